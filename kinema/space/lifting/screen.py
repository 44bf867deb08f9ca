"""How pixels become numbers that a lifting network takes.

`picture_coordinates` are those of VideoPose3D: the picture is 2 wide, from -1 to 1, and as high as
its aspect says, with 0 in the middle. They say where in the picture the person is.

`person_windows` are about the person: in each window of frames the origin is the middle of the hips
in the frame of the output, and the unit is the person's size, the same for the whole window. They
suit a picture of any size, a camera of any focal length, at any distance. How large a person is in
the picture is told by the limbs: the sum of their lengths in pixels over that of a body of 1 m,
which is their true size where they lie across the view and less where they point along it, so that
frames with long limbs count most.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.space.lifting.joints import LIFT13

Float64Array = npt.NDArray[np.float64]

LIMB_SHARES: dict[str, tuple[str, str, float]] = {
    f"{side}_{name}": (f"{side}_{start}", f"{side}_{end}", share)
    for side in ("left", "right")
    for name, start, end, share in (
        ("arm", "shoulder", "elbow", 0.186),
        ("forearm", "elbow", "wrist", 0.146),
        ("trunk", "shoulder", "hip", 0.288),
        ("thigh", "hip", "knee", 0.245),
        ("shank", "knee", "ankle", 0.246),
    )
}
"""Two joints, and how long the way between them is as a share of the body height.

Drillis & Contini 1966, as in Winter 2009, figure 4.1; the trunk is from shoulder (0.818) to hip
(0.530).
"""

_POWER = 8  # of the mean over frames; 1 is the mean, infinity the maximum
_FARTHEST = 4.0  # body heights from the hips; beyond, it is no part of the body
_STARTS = [LIFT13.index(start) for start, _, _ in LIMB_SHARES.values()]
_ENDS = [LIFT13.index(end) for _, end, _ in LIMB_SHARES.values()]
_SHARES = np.array([share for _, _, share in LIMB_SHARES.values()])
_HIPS = [LIFT13.index("left_hip"), LIFT13.index("right_hip")]


def picture_coordinates(pixels: Float32Array, size: tuple[int, int]) -> Float32Array:
    """Pixels (..., 2) in units of half the width, from the middle of the picture.

    >>> picture_coordinates(np.array([[-0.5, -0.5], [639.5, 239.5]]), (640, 480)).tolist()
    [[-1.0, -0.75], [1.0, 0.0]]

    Raises:
        InputError: If the picture has no size.
    """
    width, height = _checked(size)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.asarray((pixels - middle) * (2 / width), dtype=np.float32)


def pixels_of(coordinates: Float32Array, size: tuple[int, int]) -> Float32Array:
    """What `picture_coordinates` were made of, (..., 2).

    Raises:
        InputError: If the picture has no size.
    """
    width, height = _checked(size)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.asarray(coordinates * (width / 2) + middle, dtype=np.float32)


def _checked(size: tuple[int, int]) -> tuple[int, int]:
    if not (size[0] > 0 and size[1] > 0):
        raise InputError(f"a picture of {size[0]} x {size[1]} pixels has no coordinates")
    return size


def body_heights(points: npt.NDArray[np.floating]) -> Float64Array:
    """The body height (...) that the limbs found in `lift13` points (..., 13, D) tell.

    In space it is that of the person, in the picture at most that; NaN where no limb is found.
    """
    lengths = np.linalg.norm(points[..., _ENDS, :] - points[..., _STARTS, :], axis=-1)
    found = ~np.isnan(lengths)
    shares = np.where(found, _SHARES, 0).sum(axis=-1)
    total = np.where(found, lengths, 0).sum(axis=-1)
    height = np.divide(total, shares, out=np.full(shares.shape, np.nan), where=shares > 0)
    return np.asarray(height)


def person_windows(
    points: Float32Array, certainty: Float32Array, field_before: int
) -> tuple[Float32Array, npt.NDArray[np.bool_]]:
    """Windows about the person, as a network of the kind `person` takes them.

    Args:
        points: (N, F, 13, 2) `lift13` joints in pixels, y down; NaN where a joint is absent.
        certainty: (N, F, 13) in [0, 1].
        field_before: How many frames of a window come before the one of the output.

    Returns:
        (N, F, 39) x, y and certainty of each joint, all 0 where it is absent; and (N,) where there
        is enough of a person to say where and how large it is. Other windows are 0 throughout.
    """
    heights = body_heights(points)  # (N, F)
    known = ~np.isnan(heights)
    power = np.where(known, heights, 0) ** _POWER
    size = (power.sum(axis=1) / np.maximum(known.sum(axis=1), 1)) ** (1 / _POWER)
    centre = _centre(points, field_before)
    usable = (size > 0) & ~np.isnan(centre).any(axis=1)
    size = np.where(usable, size, 1)
    places = (points - centre[:, None, None]) / size[:, None, None, None]
    found = ~np.isnan(places).any(axis=-1) & usable[:, None, None]
    values = np.concatenate([np.clip(places, -_FARTHEST, _FARTHEST), certainty[..., None]], axis=-1)
    values = np.where(found[..., None], values, 0).astype(np.float32)
    return values.reshape(*values.shape[:2], -1), usable


def _centre(points: Float32Array, here: int) -> Float32Array:
    """The middle of the hips (N, 2) in the frame of the output, or the nearest that has them."""
    hips = points[:, :, _HIPS].mean(axis=2)  # (N, F, 2)
    known = ~np.isnan(hips).any(axis=-1)
    distance = np.abs(np.arange(points.shape[1]) - here)
    nearest = np.where(known, distance, points.shape[1] + 1).argmin(axis=1)
    return np.asarray(hips[np.arange(len(hips)), nearest])
