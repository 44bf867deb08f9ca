"""From people over time to the arrays that recognisers take: same size, same place, same length.

A clip is (D + 1, T, K, P): the coordinates of each joint in units of the body's height, then 1
where it is there and 0 where it is not. The origin is the middle of the hips of the first person;
in space z points up, in the picture y down. The unit is one for the whole clip: the height that the
limbs tell (`kinema.space.lifting.screen.body_heights`), which in the picture is the largest of the
frames on the whole, as limbs that point at the camera look short.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.poses import Float32Array, Space
from kinema.skeleton import Skeleton
from kinema.space.lifting.joints import joints_for
from kinema.space.lifting.screen import LIMB_SHARES
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

FARTHEST = 5.0
"""Body heights from the origin; what is further away is taken to be there."""

_LARGE = 0.9  # of the frames, by the size of the body
_AT_REST = 0.1  # of the frames, of which the one that moves most tells how much joints jitter
_SMOOTH = 2.0  # half-frames
_PAIRS = (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"))


def clip_of(people: Sequence[Track], spec: ActionSpec) -> Float32Array:
    """One clip (D + 1, T, K, P) of a whole recording.

    Args:
        people: Who may be there at different times; the first one is the one who counts. Of more
            than `spec.people` those are taken who move most, of fewer the rest is empty.
        spec: Of the recogniser. Joints that the people's skeleton does not have are absent.

    Raises:
        InputError: If there is nobody, or they are not in a space that the recogniser takes.
    """
    if not people or not any(len(track) for track in people):
        raise InputError("there is nobody whose action could be told")
    check_space(people[0], spec)
    chosen = _movers([track for track in people if len(track)], spec.people)
    start = min(float(track.times[0]) for track in chosen)
    end = max(float(track.times[-1]) for track in chosen)
    return _clip(chosen, start, end, spec)


def window_of(track: Track, end: float, spec: ActionSpec) -> Float32Array:
    """One clip (D + 1, T, K, P) of the `spec.seconds` of one person before and at a time.

    Raises:
        InputError: If the person is not in a space that the recogniser takes, or the recogniser
            takes whole recordings.
    """
    check_space(track, spec)
    if spec.seconds is None:
        raise InputError("this recogniser takes whole recordings; windows have no length")
    return _clip([track], end - spec.seconds, end, spec)


def check_space(track: Track, spec: ActionSpec) -> None:
    """Checks that a recogniser can take these poses.

    Raises:
        InputError: If they are in the picture and it takes such in space, or the other way round.
    """
    if track.keypoints.shape[2] != spec.dimensions:
        here = "in the picture" if track.keypoints.shape[2] == 2 else "in space"
        wanted = "in the picture" if spec.dimensions == 2 else "in space"
        raise InputError(f"these poses are {here}; the recogniser takes poses {wanted}")


def _clip(people: Sequence[Track], start: float, end: float, spec: ActionSpec) -> Float32Array:
    times = np.linspace(start, end, spec.frames)
    if spec.pacing and end > start:
        fine = np.linspace(start, end, 2 * spec.frames)
        points = np.stack([_at(track, fine, spec) for track in people])
        times = np.interp(np.linspace(0, 1, spec.frames), _progress(points, spec.pacing), fine)
    points = np.stack([_at(track, times, spec) for track in people])
    return normalised(points, spec, people[0].space)


def _progress(points: Float32Array, share: float) -> Float64Array:
    """How far a movement has come (T,), from 0 to 1, in points (P, T, K, D) at equal steps of time.

    It is the way that all joints have gone, over that of the whole clip; what they jitter at rest
    is taken off. A `share` of it counts, and else the time.
    """
    smooth = gaussian_filter1d(_without_gaps(points), _SMOOTH, axis=1, mode="nearest")
    ways = np.linalg.norm(np.diff(smooth, axis=1), axis=-1).sum(axis=(0, 2))
    ways = np.maximum(ways - np.quantile(ways, _AT_REST), 0)
    by_time = np.full(len(ways), 1 / len(ways))
    by_movement = ways / ways.sum() if ways.sum() > 0 else by_time
    steps = share * by_movement + (1 - share) * by_time
    return np.concatenate([[0.0], np.cumsum(steps) / steps.sum()])


def _without_gaps(points: Float32Array) -> Float64Array:
    """The points, each joint at rest where it is absent, from where it was last."""
    filled = points.astype(np.float64)
    for frame in range(1, filled.shape[1]):
        here = filled[:, frame]
        filled[:, frame] = np.where(np.isnan(here), filled[:, frame - 1], here)
    for frame in range(filled.shape[1] - 2, -1, -1):
        here = filled[:, frame]
        filled[:, frame] = np.where(np.isnan(here), filled[:, frame + 1], here)
    return np.nan_to_num(filled)


def normalised(points: Float32Array, spec: ActionSpec, space: Space) -> Float32Array:
    """A clip (D + 1, T, K, P) of points (P, T, K, D) in any unit; NaN where a joint is absent.

    Poses in "body" space, whose y points down, are turned upright as from a level camera.
    """
    turned = points.astype(np.float64)
    if space == "body":
        turned = np.stack([turned[..., 0], turned[..., 2], -turned[..., 1]], axis=-1)
    middle = _middles(turned[0], spec.joints)  # (T, D)
    if spec.centre == "clip":
        middle = np.broadcast_to(_median(middle), middle.shape)
    centred = turned - middle[None, :, None]
    if spec.dimensions == 3 and spec.heading == "front":
        centred = _to_front(centred, spec.joints)
    size = _body_size(centred, spec.joints)
    scaled = np.clip(centred / size, -FARTHEST, FARTHEST)
    found = ~np.isnan(scaled).any(axis=-1, keepdims=True)
    clip = np.concatenate([np.where(found, scaled, 0), found], axis=-1)
    empty = spec.people - len(clip)
    clip = np.concatenate([clip, np.zeros((empty, *clip.shape[1:]))]) if empty > 0 else clip
    return np.ascontiguousarray(clip.transpose(3, 1, 2, 0), dtype=np.float32)


def _at(track: Track, times: Float64Array, spec: ActionSpec) -> Float32Array:
    """The joints (T, K, D) of the recogniser at these times, linearly between the frames."""
    points, _ = joints_for(spec.joints, track, partial=True)
    if len(track) == 1:
        near = np.abs(times - track.times[0]) < 0.5
        return np.where(near[:, None, None], points, np.nan).astype(np.float32)
    after = np.clip(np.searchsorted(track.times, times), 1, len(track) - 1)
    before = after - 1
    step = track.times[after] - track.times[before]
    share = np.clip((times - track.times[before]) / step, 0, 1)[:, None, None]
    values = points[before] + (points[after] - points[before]) * share
    nearest = np.where(share < 0.5, points[before], points[after])
    values = np.where(np.isnan(values), nearest, values)
    outside = (times < track.times[0] - 1e-9) | (times > track.times[-1] + 1e-9)
    return np.where(outside[:, None, None], np.nan, values).astype(np.float32)


def _movers(people: Sequence[Track], count: int) -> list[Track]:
    """At most `count` people, those who move most, in the order that they had."""
    if len(people) <= count:
        return list(people)
    ways = []
    for track in people:
        steps = np.abs(np.diff(track.keypoints.astype(np.float64), axis=0))
        ways.append(float(np.nansum(steps)))
    best = sorted(np.argsort(-np.array(ways), kind="stable")[:count].tolist())
    return [people[i] for i in best]


def _middles(points: Float64Array, joints: Skeleton) -> Float64Array:
    """The middle of the hips (T, D), or of all joints where the hips are not found."""
    names = [name for name in ("left_hip", "right_hip") if name in joints]
    names = names if len(names) == 2 else ["mid_hip"] if "mid_hip" in joints else []
    body = _mean(points)
    if not names:
        return body
    hips = points[:, [joints.index(name) for name in names]].mean(axis=1)
    return np.where(np.isnan(hips), body, hips)


def _mean(points: Float64Array) -> Float64Array:
    """Of the joints found, (T, D); NaN where there is none."""
    found = ~np.isnan(points).any(axis=-1, keepdims=True)
    count = found.sum(axis=1)
    total = np.where(found, points, 0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _median(values: Float64Array) -> Float64Array:
    known = values[~np.isnan(values).any(axis=1)]
    return np.median(known, axis=0) if len(known) else np.zeros(values.shape[1])


def _body_size(points: Float64Array, joints: Skeleton) -> float:
    """The height that the limbs tell, as it is in the frames where they are long; 1 if unknown."""
    lengths, shares = [], []
    for start, end, share in LIMB_SHARES.values():
        if start in joints and end in joints:
            limb = points[..., joints.index(end), :] - points[..., joints.index(start), :]
            lengths.append(np.linalg.norm(limb, axis=-1).ravel())
            shares.append(share)
    if not lengths:
        return 1.0
    table = np.stack(lengths, axis=1)
    found = ~np.isnan(table)
    share_found = (found * np.array(shares)).sum(axis=1)
    usable = share_found > 0
    if not usable.any():
        return 1.0
    heights = np.where(found, table, 0).sum(axis=1)[usable] / share_found[usable]
    size = float(np.quantile(heights, _LARGE))
    return size if size > 0 else 1.0


def _to_front(points: Float64Array, joints: Skeleton) -> Float64Array:
    """Turned about the vertical until the line from right to left lies along x on the whole."""
    across = np.zeros(2)
    for left, right in _PAIRS:
        if left in joints and right in joints:
            line = points[0, :, joints.index(right)] - points[0, :, joints.index(left)]
            flat = line[~np.isnan(line).any(axis=1), :2]
            across += np.median(flat, axis=0) if len(flat) else 0
    size = float(np.hypot(*across))
    if size == 0:
        return points
    # People who face the sensor have their right side on its left: from left to right is -x.
    cosine, sine = -across / size
    turned = points.copy()
    turned[..., 0] = cosine * points[..., 0] + sine * points[..., 1]
    turned[..., 1] = -sine * points[..., 0] + cosine * points[..., 1]
    return turned
