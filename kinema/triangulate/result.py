"""People in space with the figures that say how good they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.camera import Rig
from kinema.poses import Poses
from kinema.space.bones import length_variations
from kinema.space.reconstruction import Reconstruction
from kinema.track import Track, people_of
from kinema.triangulate.clocks import Clock

Float64Array = npt.NDArray[np.float64]

_MISFIT = 2.0
_LEAST_MISFIT = 5.0  # pixels


@dataclass(frozen=True)
class CameraFigures:
    """How well one camera fits.

    Attributes:
        name: Of the camera.
        median_error: Of the reprojections of what it saw and was used, in pixels.
        dropped: The share of what it saw that did not count.
        turned_deg: By how much it was turned to fit the others; 0 if it was left alone.
        offset_before: What all its errors had in common before that, in pixels.
    """

    name: str
    median_error: float
    dropped: float
    turned_deg: float
    offset_before: float


@dataclass(frozen=True, eq=False)
class Triangulated:
    """People in space, and how good they are.

    Reprojection errors are of the joints as triangulated, so that they can be compared with those
    of other programs; `median_error_written` and `bone_variation` are of the clean tracks.

    Attributes:
        tracks: Each person, clean, with sigma.
        times: (T,) of all frames, by the clock of the first camera.
        rig: The cameras, as corrected.
        cameras: Figures of each.
        median_error: Reprojection error in pixels, median over all that was used.
        median_error_of_all: The same over all that cameras saw, also of what was not used.
        median_error_written: As `median_error`, of the clean tracks.
        dropped: The share of what cameras saw that was not used.
        bone_variation: Standard deviation over mean of a bone's length, median over bones.
        left_out: People whom too few cameras saw.
        seconds: What steps 3 and 4 took.
        clocks: Of the cameras, as they were found by the movement; none where they were not.
    """

    tracks: tuple[Track, ...]
    times: Float64Array
    rig: Rig
    cameras: tuple[CameraFigures, ...]
    median_error: float
    median_error_of_all: float
    median_error_written: float
    dropped: float
    bone_variation: float
    left_out: int
    seconds: float
    clocks: tuple[Clock, ...] = ()

    @property
    def frames_per_second(self) -> float:
        """Frames by seconds."""
        return len(self.times) / self.seconds if self.seconds > 0 else 0.0

    @property
    def misfits(self) -> tuple[str, ...]:
        """Cameras whose median error is more than twice that of the other cameras, and 5 pixels."""
        found = []
        for camera in self.cameras:
            others = [other.median_error for other in self.cameras if other is not camera]
            usual = _median(np.array(others))
            if camera.median_error > max(_MISFIT * usual, _LEAST_MISFIT):
                found.append(camera.name)
        return tuple(found)

    def poses(self) -> Iterator[Poses]:
        """The people, frame by frame."""
        if self.tracks:
            yield from people_of(self.tracks, self.times)


def measured(
    found: Reconstruction, tracks: tuple[Track, ...], times: Float64Array, seconds: float
) -> Triangulated:
    """Reprojection errors and lengths of bones."""
    errors, used, seen, written = [], [], [], []
    bones: list[float] = []
    for person, raw, track in zip(found.people, found.tracks, tracks, strict=True):
        flat = (len(found.rig), -1)
        points = track.at(raw.times).keypoints.astype(np.float64)
        written.append(person.errors_of(found.rig, points).reshape(flat))
        errors.append(person.errors.reshape(flat))
        used.append(person.used.reshape(flat))
        seen.append(person.seen.reshape(flat))
        bones += length_variations(track.skeleton, track.keypoints.astype(np.float64)).values()
    nothing = np.empty((len(found.rig), 0))
    error = np.concatenate([nothing, *errors], axis=1)
    smooth = np.concatenate([nothing, *written], axis=1)
    use = np.concatenate([nothing.astype(bool), *used], axis=1)
    sight = np.concatenate([nothing.astype(bool), *seen], axis=1)
    adjusted = found.adjustment
    cameras = tuple(
        CameraFigures(
            name=camera.name,
            median_error=_median(error[i][use[i]]),
            dropped=_dropped(use[i], sight[i]),
            turned_deg=float(adjusted.turned_deg[i]) if adjusted else 0.0,
            offset_before=float(adjusted.before[i]) if adjusted else float("nan"),
        )
        for i, camera in enumerate(found.rig)
    )
    return Triangulated(
        tracks=tracks,
        times=times,
        rig=found.rig,
        cameras=cameras,
        median_error=_median(error[use]),
        median_error_of_all=_median(error[sight]),
        median_error_written=_median(smooth[use]),
        dropped=_dropped(use, sight),
        bone_variation=_median(np.array(bones)),
        left_out=found.left_out,
        seconds=seconds,
    )


def _median(values: npt.NDArray[np.floating]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _dropped(used: npt.NDArray[np.bool_], seen: npt.NDArray[np.bool_]) -> float:
    return 1 - float(used.sum() / seen.sum()) if seen.any() else float("nan")
