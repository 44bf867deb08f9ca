"""From videos or folders of pictures of a board to calibrated cameras.

`calibrate` looks for the board in each source, chooses views that are sharp and differ, and hands
them to `kinema.space.calibration`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kinema.calibration.choosing import choose_views
from kinema.calibration.looking import CameraSource, Seen, camera_sources, look
from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.media.frame import MediaInfo
from kinema.space.calibration.board import Board
from kinema.space.calibration.result import Calibration
from kinema.space.calibration.rig import calibrate_alone, calibrate_rig
from kinema.space.calibration.views import Rejected, View, sharp_views

FLOOR_SECONDS = 1.0  # from the moment given to the nearest one at which the board was found


@dataclass(frozen=True)
class CalibrationPlan:
    """What to find out.

    Attributes:
        board: That is shown to the cameras.
        intrinsics_only: Not where the cameras stand.
        known: Cameras whose matrix and distortion are known, by the names of the sources.
        floor: When the board lies on the floor: seconds of videos, or the name of a picture.
    """

    board: Board
    intrinsics_only: bool = False
    known: Rig | None = None
    floor: str | None = None


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What came of the sources.

    Attributes:
        calibration: The cameras.
        seen: What was looked at, source by source.
        rejected: All pictures that were left out as bad, and why.
    """

    calibration: Calibration
    seen: tuple[Seen, ...]
    rejected: tuple[Rejected, ...] = field(default=())


def calibrate(
    sources: Sequence[str],
    plan: CalibrationPlan,
    *,
    on_start: Callable[[str, MediaInfo | None, int], object] = lambda name, info, count: None,
    on_frame: Callable[[], object] = lambda: None,
) -> Calibrated:
    """Calibrates cameras from what they saw of a board, one source a camera.

    Videos must be synchronised: the same time is the same moment in all of them. Times that
    `kinema record` has written beside a video count. Pictures in folders belong together if they
    have the same name, or, where names differ, the same place in order.

    Args:
        sources: Videos or folders of pictures; a folder of videos or of folders stands for them.
        plan: What to find out.
        on_start: Told about each source: its name, what is known of a video, and how many pictures
            will be looked at (0 if unknown).
        on_frame: Told of each picture that was looked at.

    Raises:
        InputError: If the sources do not suffice; the message says what is missing.
        MediaError: If a source cannot be read.
    """
    cameras = camera_sources(sources)
    rig_wanted = not plan.intrinsics_only and len(cameras) > 1
    seen = look(cameras, plan.board, matched=rig_wanted, on_start=on_start, on_frame=on_frame)
    floor = None if plan.floor is None else _floor_instant(seen, plan.floor)
    usable: dict[str, list[View]] = {}
    rejected: list[Rejected] = []
    for each in seen:
        rejected += each.unreadable
        sharp, blurred = sharp_views(each.views)
        if floor is not None:  # it is wanted, sharp or not
            sharp += [v for v in each.views if v.instant == floor and v not in sharp]
        usable[each.name] = sharp
        if not each.is_video:  # of videos most frames are passed over anyhow
            rejected += [line for line in blurred if line.label not in {v.label for v in sharp}]
    sizes = {each.name: each.size for each in seen}
    chosen = choose_views(usable, plan.board, sizes, always=floor)
    if plan.intrinsics_only:
        calibration = calibrate_alone(chosen, sizes, plan.board)
    else:
        known = _known(plan.known, cameras)
        calibration = calibrate_rig(chosen, sizes, plan.board, known=known, floor=floor)
    return Calibrated(calibration, tuple(seen), (*rejected, *calibration.rejected))


def _known(rig: Rig | None, cameras: Sequence[CameraSource]) -> dict[str, Camera]:
    """The known cameras by the names of the sources."""
    return {} if rig is None else {each.name: rig[each.name] for each in cameras}


def _floor_instant(seen: Sequence[Seen], when: str) -> int:
    """The moment that a user means."""
    views = [view for each in seen for view in each.views]
    if not all(each.is_video for each in seen):
        for view in views:
            if when in (view.label, view.label.rpartition(".")[0]):
                return view.instant
        raise InputError(f"the board was not found in a picture named {when}; see --floor")
    try:
        time = float(when)
    except ValueError:
        raise InputError(f"--floor takes seconds of the videos, not {when!r}") from None
    near = min(views, key=lambda view: abs(view.time - time), default=None)
    if near is None or abs(near.time - time) > FLOOR_SECONDS:
        raise InputError(f"the board was not found within a second of {when} s; see --floor")
    return near.instant
