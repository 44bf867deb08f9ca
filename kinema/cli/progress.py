"""Progress on stderr: bars when it is a terminal, nothing when it is piped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from kinema.models.store.files import Progress

if TYPE_CHECKING:
    from kinema.media.frame import MediaInfo


@contextmanager
def download_bar(what: str) -> Iterator[Progress]:
    """A bar that shows up with the first bytes of a download and never if there is none."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    bars = Bars(*columns, TransferSpeedColumn(), console=console, disable=not console.is_terminal)
    task = bars.add_task(f"fetching {what}", total=None)

    def report(*, completed: int, total: int) -> None:
        bars.start()
        bars.update(task, completed=completed, total=total)

    try:
        yield report
    finally:
        bars.stop()


class FrameBar:
    """A bar of frames, with their rate and the time left; a context manager.

    It is wiped out in the end, for the summary that follows says as much.

    Args:
        what: Written before the bar.
        shown: False for no bar at all.
    """

    def __init__(self, what: str, *, shown: bool = True) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        console = Console(stderr=True)
        self._bars = Bars(
            # Names of files may hold square brackets, which are no markup.
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bars.add_task(what, total=None, rate="")

    def expect_frames(self, info: MediaInfo) -> None:
        """Says how many frames there will be, as far as the source tells."""
        total = info.frame_count
        if total is None and info.duration and info.rate:
            total = round(info.duration * info.rate)
        self.expect(total)

    def expect(self, total: int | None) -> None:
        """Says how many steps there will be, if that is known."""
        self._bars.update(self._task, total=total)

    def advance(self) -> None:
        """One more is done."""
        task = self._bars.tasks[self._task]
        rate = f"{task.speed:.1f}/s" if task.speed else ""
        self._bars.update(self._task, advance=1, rate=rate)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()
