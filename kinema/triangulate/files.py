"""The files of people in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kinema.errors import InputError
from kinema.track_files import ENDINGS, points_table, write_tracks
from kinema.track_pictures import PICTURES, Footage, write_pictures
from kinema.triangulate.clocks import write_clocks
from kinema.triangulate.result import Triangulated
from kinema.triangulate.views import View

__all__ = ["FILES", "Shown", "points_table", "write_triangulated"]

_BASE = "triangulated"
FILES = {kind: _BASE + ending for kind, ending in (ENDINGS | PICTURES).items()}
"""The file of each kind of result."""


@dataclass(frozen=True)
class Shown:
    """How people are shown in pictures.

    Attributes:
        view: The recording by whose clock the people's times are; its video stands beside them.
        offset: Seconds by which its own clock is behind.
        turn: Degrees a second by which the viewer of a film goes round.
        command: The command line, to be shown on the page.
    """

    view: View | None = None
    offset: float = 0.0
    turn: float = 0.0
    command: str | None = None

    @property
    def source(self) -> str | None:
        """What the people were recorded as: the video, if there is one."""
        return None if self.view is None else self.view.video or self.view.source

    def footage(self, result: Triangulated) -> Footage:
        """With the cameras as corrected."""
        view = self.view
        if view is None or view.video is None or not Path(view.video).is_file():
            return Footage(source=self.source, rig=result.rig)
        times = {poses.frame: poses.time + self.offset for poses in view.frames}
        return Footage(
            view.video,
            rig=result.rig,
            camera=view.camera,
            times=times if self.offset or view.recorded else {},
            delay=self.offset,
        )


def write_triangulated(
    result: Triangulated,
    folder: Path,
    save: Sequence[str],
    *,
    shown: Shown | None = None,
) -> tuple[Path, ...]:
    """Writes results of the kinds of `FILES`; which files there are then.

    Where the clocks had to be found, they are written too.

    Raises:
        InputError: If there is nobody, or a file cannot be written.
        MediaError: If the video cannot be read or a picture not written.
        MissingExtra: If what the page needs is not installed.
    """
    if not result.tracks:
        raise InputError("nobody was seen by two cameras at once; check --calibration and --offset")
    shown = shown or Shown()
    people, times, base = result.tracks, result.times, folder / _BASE
    poses = [kind for kind in save if kind not in PICTURES]
    pictures = [kind for kind in save if kind in PICTURES]
    clocks = base.with_name(f"{_BASE}.clocks.csv")
    if result.clocks:
        folder.mkdir(parents=True, exist_ok=True)
        write_clocks(result.clocks, clocks)
    return (
        *write_tracks(people, times, base, poses, source=shown.source),
        *write_pictures(
            people,
            times,
            base,
            pictures,
            shown.footage(result),
            turn=shown.turn,
            command=shown.command,
        ),
        *([clocks] if result.clocks else []),
    )
