"""Which results need packages that a plain installation of Kinema does not bring."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from kinema.errors import MissingExtra

PACKAGES = {
    "mocap": ("ezc3d",),
    "report": ("jinja2", "plotly"),
    "tables": ("pyarrow",),
    "train": ("torch", "lightning", "onnxscript", "tensorboard"),
}
"""What the extras bring, as far as verbs need it."""

OF_RESULT = {"c3d": "mocap", "parquet": "tables", "report": "report"}
"""The extra of each kind of result that needs one."""


def need_extra(extra: str) -> None:
    """Tells of packages that are missing, before the work is begun.

    Raises:
        MissingExtra: If one is not installed.
    """
    if missing := _missing(extra):
        raise MissingExtra(_listed(missing), extra)


def need_for(kinds: Iterable[str]) -> None:
    """Tells of packages that results need and that are missing, before the work is begun.

    Args:
        kinds: Of results, as `--save` takes them.

    Raises:
        MissingExtra: If one is not installed.
    """
    lacking = {
        kind: OF_RESULT[kind]
        for kind in dict.fromkeys(kinds)
        if kind in OF_RESULT and _missing(OF_RESULT[kind])
    }
    if lacking:
        extras = list(dict.fromkeys(lacking.values()))
        packages = [package for extra in extras for package in _missing(extra)]
        raise MissingExtra(
            _listed(packages),
            ",".join(extras),
            what=f"--save {','.join(lacking)}",
            otherwise="or name other results with --save",
        )


def _missing(extra: str) -> list[str]:
    return [package for package in PACKAGES[extra] if find_spec(package) is None]


def _listed(names: list[str]) -> str:
    """The names with commas and an `and`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
