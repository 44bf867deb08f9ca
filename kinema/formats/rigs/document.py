"""What a calibration file says, before its axes and units become Kinema's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinema.camera import Camera, Rig
from kinema.errors import FormatError, InputError, did_you_mean
from kinema.formats.axes import Up, z_up

Float64Array = npt.NDArray[np.float64]
Unit = Literal["m", "cm", "mm"]
METRES: dict[Unit, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001}

FARTHEST = 50.0
"""A camera that is further from the origin than this is not measured in metres."""
_ROUNDED = 0.01  # what rotations that were written with few digits may be off


@dataclass(frozen=True)
class RigDocument:
    """Cameras as a file has them.

    Attributes:
        cameras: Their translations in the file's unit.
        unit: Of lengths; None where the format does not say.
        up: The axis of the file's world that points up; None where the format does not say.
    """

    cameras: tuple[Camera, ...]
    unit: Unit | None = None
    up: Up | None = None

    def rig(self, *, unit: Unit | None = None, up: Up | None = None) -> Rig:
        """The rig in metres, z up.

        Where neither the format nor the caller says it: the unit is a millimetre if a camera is
        more than 50 units from the origin, else a metre; z is up, unless the world is that of one
        of the cameras, whose y axis points down.

        Raises:
            InputError: If the unit or the axis is unknown, or the cameras make no rig.
        """
        unit = unit or self.unit or self._usual_unit()
        if unit not in METRES:
            raise InputError(f"no unit {unit!r}; {did_you_mean(str(unit), get_args(Unit))}")
        turn = z_up(np.eye(3), up or self.up or self._usual_up()).T
        return Rig(
            tuple(
                replace(
                    camera,
                    rotation=camera.rotation @ turn.T,
                    translation=camera.translation * METRES[unit],
                )
                for camera in self.cameras
            )
        )

    def _usual_unit(self) -> Unit:
        farthest = max((np.linalg.norm(camera.centre) for camera in self.cameras), default=0)
        return "mm" if farthest > FARTHEST else "m"

    def _usual_up(self) -> Up:
        is_own = any(
            np.abs(camera.rotation - np.eye(3)).max() < _ROUNDED
            and np.abs(camera.translation).max() < 1e-9
            for camera in self.cameras
        )
        return "-y" if is_own else "z"


@contextmanager
def file_faults(path: Path) -> Iterator[None]:
    """Turns what goes wrong with the content of a file into one line that names it.

    Raises:
        FormatError: For anything that is missing, no number, or of the wrong shape.
    """
    try:
        yield
    except FormatError as error:
        text = str(error)
        raise FormatError(text if str(path) in text else f"{path}: {text}") from error
    except KeyError as error:
        raise FormatError(f"{path}: {error.args[0]} is missing") from error
    except (InputError, ValueError, TypeError, IndexError) as error:
        raise FormatError(f"{path}: {' '.join(str(error).split())}") from error


def numbers(values: object, shape: tuple[int, ...], what: str) -> Float64Array:
    """Values of a file as an array of that shape; -1 stands for any length.

    Raises:
        FormatError: If they are no finite numbers, or of another shape.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise FormatError(f"{what} is no table of numbers") from error
    fits = array.ndim == len(shape) and all(
        wanted in (-1, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("n" if n == -1 else str(n) for n in shape)
        raise FormatError(f"{what} must have {wanted} numbers, its shape is {array.shape}")
    if not np.isfinite(array).all():
        raise FormatError(f"{what} has a number that is not finite")
    return array


def rotation_of(matrix: Float64Array) -> Float64Array:
    """The rotation nearest to a matrix (3, 3) that was written with few digits.

    Raises:
        FormatError: If it is far from any rotation.
    """
    left, _, right = np.linalg.svd(matrix)
    nearest = left @ right
    if np.abs(nearest - matrix).max() > _ROUNDED or np.linalg.det(nearest) < 0:
        raise FormatError("the rotation matrix is no rotation")
    return np.asarray(nearest)


def rotation_of_vector(vector: Float64Array) -> Float64Array:
    """The rotation matrix (3, 3) of a rotation vector (3,), in radians."""
    return np.asarray(Rotation.from_rotvec(vector).as_matrix())


def vector_of_rotation(rotation: Float64Array) -> Float64Array:
    """The rotation vector (3,) of a matrix (3, 3), in radians."""
    return np.asarray(Rotation.from_matrix(rotation).as_rotvec())


def no_more_than(camera: Camera, length: int, format_name: str) -> Float64Array:
    """The camera's distortion with exactly so many coefficients, 0 where it has none.

    Raises:
        InputError: If it has more that are not 0.
    """
    distortion = np.pad(camera.distortion, (0, max(0, length - len(camera.distortion))))
    if distortion[length:].any():
        raise InputError(
            f"{format_name} holds {length} coefficients of distortion, camera {camera.name} has "
            f"{len(camera.distortion)}: write TOML"
        )
    return distortion[:length]


def distortion_of(values: object, what: str = "the distortion") -> Float64Array:
    """Coefficients in OpenCV's order, with zeros added up to a length that OpenCV has.

    Raises:
        FormatError: If they are no numbers, or more than 12.
    """
    array = numbers(np.ravel(np.asarray(values, dtype=object)).tolist(), (-1,), what)
    lengths = [n for n in (0, 4, 5, 8, 12) if n >= len(array)]
    if not lengths:
        if array[12:].any():
            raise FormatError(f"{what} has {len(array)} coefficients; at most 12 can be used")
        return array[:12]
    return np.pad(array, (0, lengths[0] - len(array)))


def at_least_one(cameras: Sequence[Camera]) -> tuple[Camera, ...]:
    """The cameras, of which there must be at least one.

    Raises:
        FormatError: If there is none.
    """
    if not cameras:
        raise FormatError("no camera is in it")
    return tuple(cameras)
