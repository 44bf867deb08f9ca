"""The files of people in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kinema.errors import InputError
from kinema.formats.staging import made_folder
from kinema.space_outputs.files import ENDINGS, points_table, write_tracks
from kinema.space_outputs.pictures import PICTURES, Footage, write_pictures
from kinema.triangulate.clocks import write_clocks
from kinema.triangulate.result import Triangulated
from kinema.triangulate.views import View

if TYPE_CHECKING:
    from kinema.triangulate.people import TriangulationPlan

__all__ = ["FILES", "Shown", "points_table", "write_triangulated"]

_BASE = "triangulated"
FILES = {kind: _BASE + ending for kind, ending in (ENDINGS | PICTURES).items()}
"""The file of each kind of result."""


@dataclass(frozen=True)
class Shown:
    """How people are shown in pictures.

    Attributes:
        views: The recordings. The people's times are by the clock of the first one, whose video
            stands beside them.
        plan: How they were triangulated.
        turn: Degrees a second by which the viewer of a film goes round.
        command: The command line, to be shown on the page.
    """

    views: Sequence[View] = ()
    plan: TriangulationPlan | None = None
    turn: float = 0.0
    command: str | None = None

    @property
    def source(self) -> str | None:
        """What the people were recorded as: the video, if there is one."""
        view = self.views[0] if self.views else None
        return None if view is None else view.video or view.source

    @property
    def model(self) -> str | None:
        """That found the people in the pictures, as far as it is known."""
        return ", ".join(sorted({view.model for view in self.views if view.model})) or None

    def footage(self, result: Triangulated) -> Footage:
        """With the cameras as corrected."""
        names = ", ".join(camera.name for camera in result.cameras)
        alone = Footage(
            source=self.source,
            title=f"Triangulated from {len(result.cameras)} cameras: {names}",
            made=self._made(result),
            model=self.model,
            rig=result.rig,
        )
        view = self.views[0] if self.views else None
        if view is None or view.video is None or not Path(view.video).is_file():
            return alone
        offset = self.plan.offset_of(view) if self.plan else 0.0
        times = {poses.frame: poses.time + offset for poses in view.frames}
        return replace(
            alone,
            video=view.video,
            camera=view.camera,
            times=times if offset or view.recorded else {},
            delay=offset,
        )

    def _made(self, result: Triangulated) -> dict[str, str]:
        made = {
            "reprojection error": f"{result.median_error:.1f} px in the median, "
            f"{result.median_error_of_all:.1f} px with the {result.dropped:.0%} that did not count",
        }
        if self.plan is not None:
            made["smoothing"] = f"{self.plan.smooth}, gaps of up to {self.plan.max_gap:g} s filled"
        if self.views:
            made["recordings"] = ", ".join(view.source for view in self.views)
        return made


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
        made_folder(folder)
        write_clocks(result.clocks, clocks)
    return (
        *write_tracks(people, times, base, poses, source=shown.source, model=shown.model),
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
