"""`joint_angles` of a person over time and `angles_of` the people of one moment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles.facing import FacingArray, checked, facing_now, facing_of
from kinema.analysis.angles.planar import PlanarPlan, planar_angles, planar_plan
from kinema.analysis.angles.spatial import SpatialPlan, spatial_angles, spatial_plan
from kinema.curves import Curves
from kinema.errors import InputError
from kinema.poses import Poses
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]


def joint_angles(
    track: Track,
    *,
    facing: str | Sequence[str] | FacingArray = "auto",
    floor_angle: float = 0.0,
) -> Curves:
    """All joint and segment angles that the skeleton allows, in degrees.

    Names, zeros and signs are those of `angle_conventions()`. Joint angles lie in one turn whose
    ends are where no joint goes; segment angles are followed through full turns and over gaps by
    the nearer way, and begin in the range of the table. In space, an angle is NaN while more than
    half of its segment stands out of its plane, and begins anew after that.

    Args:
        track: Joints in the picture give the angles of the view in which they are seen, joints in
            space those of the body.
        facing: In the picture: which way the person faces, `right`, `left`, `front` or `back`, once
            or for each frame; found by `facing_of` by default. Angles that the view of a frame does
            not show are NaN there, and no curve at all if no frame shows them.
        floor_angle: In the picture: degrees by which a level floor rises to the right, as a camera
            that is tilted shows it (`kinema.analysis.scale`). Angles against the horizontal are
            measured from it.

    Returns:
        Curves with `sigma` where the track has one: the first-order effect of independent errors
        of the joints. It does not know of errors of view: what a picture does not show.

    Raises:
        InputError: If `facing` is not one of those or the floor angle is no number.
    """
    points = track.keypoints.astype(np.float64)
    sigma = None if track.sigma is None else track.sigma.astype(np.float64)
    if track.space == "image":
        seen = facing_of(track) if _is_auto(facing) else checked(facing, len(track))
        tilt = _finite(floor_angle)
        values, spread = planar_angles(track.skeleton, points, sigma, seen, tilt)
        plan: PlanarPlan | SpatialPlan = planar_plan(track.skeleton)
        kept, out = planar_plan(track.skeleton).shown(seen), np.zeros(values.shape, bool)
    else:
        values, spread, out = spatial_angles(track.skeleton, points, sigma, track.space)
        plan = spatial_plan(track.skeleton)
        kept = np.ones(len(plan.names), bool)
    for column in np.flatnonzero(plan.follows):
        values[:, column] = followed(values[:, column], plan.low[column], out[:, column])
    names = tuple(name for name, keep in zip(plan.names, kept, strict=True) if keep)
    spread = None if spread is None else spread[:, kept]
    return Curves(names, ("deg",) * len(names), values[:, kept], track.times, spread)


def angles_of(
    poses: Poses, *, facing: str | Sequence[str] | FacingArray = "auto", floor_angle: float = 0.0
) -> tuple[tuple[str, ...], Float64Array]:
    """The angles of the people of one moment, as `joint_angles` gives them for one frame.

    For live use: nothing is remembered, so `facing` is found from the one picture (`facing_now`),
    or stated once or for each person, and segments lie in the ranges of the table.

    Returns:
        A names, those of all angles that the skeleton allows, and (N, A) values in degrees, NaN
        where a joint is missing or the view does not show the angle.

    Raises:
        InputError: As for `joint_angles`.
    """
    points = poses.keypoints.astype(np.float64)
    if poses.space != "image":
        values, _, _ = spatial_angles(poses.skeleton, points, None, poses.space)
        return spatial_plan(poses.skeleton).names, values
    auto = _is_auto(facing)
    seen = facing_now(poses.skeleton, points) if auto else checked(facing, len(poses))
    values, _ = planar_angles(poses.skeleton, points, None, seen, _finite(floor_angle))
    return planar_plan(poses.skeleton).names, values


def followed(
    values: Float64Array, low: float, lost: npt.NDArray[np.bool_] | None = None
) -> Float64Array:
    """An angle (T,) in degrees followed through full turns, over gaps by the nearer way.

    The curve is put where its median lies in the turn that begins at `low`. It is cut, and each
    piece put there by itself, where the angle is `lost`, (T,): which way it went is not known then.
    """
    known = ~np.isnan(values)
    result = np.full(values.shape, np.nan)
    pieces = np.zeros(len(values), int) if lost is None else np.cumsum(lost)
    for piece in np.unique(pieces[known]):
        rows = known & (pieces == piece)
        curve = np.unwrap(values[rows], period=360.0)
        result[rows] = curve - 360.0 * np.floor((np.median(curve) - low) / 360.0)
    return result


def _is_auto(facing: str | Sequence[str] | FacingArray) -> bool:
    return isinstance(facing, str) and facing == "auto"


def _finite(floor_angle: float) -> float:
    if not np.isfinite(floor_angle):
        raise InputError(f"the floor angle must be a number of degrees, got {floor_angle}")
    return floor_angle
