"""What all pages are made of: templates, plotly's script, files of the page folder, and data."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from kinema.errors import MissingExtra

if TYPE_CHECKING:
    from jinja2 import Environment


def page_tools() -> tuple[Environment, str]:
    """The environment of templates, and the script of plotly.

    Raises:
        MissingExtra: If plotly or jinja2 is not installed.
    """
    try:
        import jinja2
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise MissingExtra("plotly and jinja2", "report") from error
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment, get_plotlyjs()


def asset(name: str) -> str:
    """The text of a file in the page folder."""
    return resources.files("kinema.report").joinpath("page", name).read_text("utf-8")


def data_text(document: object) -> str:
    """A document as JSON that can stand in an element of a page."""
    # "</script>" in a name must not end the element that holds this.
    return json.dumps(document, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
