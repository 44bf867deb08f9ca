"""What the verbs that train share: going on as it was begun, and the tale of the epochs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

import typer

if TYPE_CHECKING:
    from kinema.train.session import Progress


class Settings(Protocol):
    """A plan of training, as it stands in a file."""

    def as_dict(self) -> dict[str, object]:
        """The plan as JSON takes it."""

    @classmethod
    def of_dict(cls, content: dict[str, object]) -> Self:
        """The plan that `as_dict` made this of."""


Plan = TypeVar("Plan", bound=Settings)


def given_on(context: typer.Context) -> set[str]:
    """The names of the parameters that stand on the command line, and are no defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def plan_to_go_on(plan: type[Plan], folder: Path, given: dict[str, object]) -> Plan:
    """The plan of the training that was begun in a folder.

    Args:
        plan: Its kind.
        folder: Of the training.
        given: The settings that are said anew.

    Raises:
        InputError: If there is no such training, or it was begun with other ones.
    """
    from kinema.train.plans import begun_plan, check_same

    before = begun_plan(folder)
    begun, anew = plan.of_dict(before), plan.of_dict({**before, **given})
    check_same(folder, begun.as_dict(), anew.as_dict())
    return begun


@contextmanager
def epochs_told(count: int) -> Iterator[Progress]:
    """A bar of so many epochs, and a line on stderr with the figures of each."""
    from kinema.cli.progress import FrameBar
    from kinema.train.session import Progress

    with FrameBar("epochs") as bar:
        bar.expect(count)

        def told(record: dict[str, float]) -> None:
            bar.advance()
            figures = [f"{name} {value:g}" for name, value in record.items() if name != "frames"]
            typer.echo("  ".join(figures), err=True)

        yield Progress(on_epoch=told)
