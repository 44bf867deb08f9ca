"""Two or more recordings of the same movement, one of them the reference: `compare`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinema.analysis.angles import facing_of, joint_angles
from kinema.analysis.compare.agreement import Agreement, agreement
from kinema.analysis.compare.errors import Errors, errors_of
from kinema.analysis.compare.placement import (
    ALIGNMENTS,
    Align,
    Similarity,
    best_similarity,
    root_path,
)
from kinema.analysis.compare.ranking import Ranking, rank
from kinema.analysis.compare.shared import (
    common_skeleton,
    has_no_path,
    in_one_space,
    unit_and_axes,
)
from kinema.analysis.compare.timing import Timing, best_timing
from kinema.correspondence import remarks_on
from kinema.curves import Curves
from kinema.errors import InputError, did_you_mean
from kinema.skeleton import Skeleton
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
TimeAlign = Literal["offset", "clock", "none"]
TIME_ALIGNMENTS: tuple[TimeAlign, ...] = ("offset", "clock", "none")


@dataclass(frozen=True, eq=False)
class Method:
    """One recording beside the reference.

    Attributes:
        name: What it is called.
        timing: How its times were mapped.
        placement: How its joints were moved; turned and scaled alone, about the root, where that
            was taken away first.
        errors: How far it is from the reference.
        track: The common joints at the times of the comparison, placed; NaN where unknown.
        distances: (T, K) of them from the reference.
        angles: All angles that it and the reference have in the same frame of some, at the same
            times.
        agreements: Of those angles, by name.
        remarks: Joints that are not measured as those of the reference are.
    """

    name: str
    timing: Timing
    placement: Similarity
    errors: Errors
    track: Track
    distances: Float64Array
    angles: Curves
    agreements: dict[str, Agreement]
    remarks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Recordings of one movement.

    Attributes:
        reference: Name of the one that the others are held against.
        unit: Of positions and errors: `m` or `px`.
        axes: Of the coordinates, in words.
        align: How recordings were laid over the reference in space.
        by_root: Whether positions are relative to the middle of the hips.
        track: The reference, its common joints, at the times of the comparison.
        angles: Of the reference at these times.
        methods: The others, in the order given.
        ranking: Of the methods; None for a single one.
    """

    reference: str
    unit: str
    axes: tuple[str, ...]
    align: Align
    by_root: bool
    track: Track
    angles: Curves
    methods: tuple[Method, ...]
    ranking: Ranking | None

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints that are compared."""
        return self.track.skeleton.keypoints


def compare(
    recordings: Mapping[str, Track],
    *,
    reference: str | None = None,
    align: Align | Literal["auto"] = "auto",
    time: TimeAlign | Literal["auto"] = "auto",
    max_offset: float | None = None,
    seed: int = 0,
) -> Comparison:
    """Holds recordings of one person's movement against one of them.

    Joints are joined by name, also those that follow from others. The others are taken to the times
    of the reference, linearly between their frames.

    Args:
        recordings: Two or more tracks by name, all in pictures or all in space.
        reference: Name of the one that counts as right; the first by default.
        align: In space, one movement for the whole recording: `rigid` turns and moves,
            `similarity` scales too, `root` takes the middle of the hips away from each frame and
            nothing else, `none` leaves all as it is. `auto` is `none` for pictures, else `rigid`.
            Recordings of "body" space, and others whose hips are the origin, have no path through
            the room: where there is one, all are taken relative to the middle of the hips first,
            and turned and scaled about it, so that it is nowhere off.
        time: `offset` finds the shift between the clocks, `clock` their rate as well; `none` takes
            times as they are. `auto` is `none` for pictures, which are taken to be those of one
            video, else `offset`.
        max_offset: Seconds that the clocks differ by at most.
        seed: Of the random draws of the ranking.

    Raises:
        InputError: If there are fewer than two recordings, no common joints or no common times, the
            spaces do not fit each other, or an option is unknown.
    """
    chosen = _checked(recordings, reference, align, time)
    how, when, by_root = _decided(recordings.values(), align, time)
    alike = in_one_space(recordings)
    truth, others = alike[chosen], {n: t for n, t in alike.items() if n != chosen}
    skeleton = common_skeleton(chosen, truth, others)
    if by_root:
        truth = _centred(truth)
        others = {name: _centred(track) for name, track in others.items()}
    timings = {
        name: _timing(track.to(skeleton), truth.to(skeleton), when, max_offset)
        for name, track in others.items()
    }
    truth, shifted = _at_common_times(chosen, truth, others, timings)
    angles = _angles(truth, truth)
    methods = tuple(
        _method(name, shifted[name], timings[name], truth, angles, skeleton, (how, by_root))
        for name in others
    )
    unit, axes = unit_and_axes(truth.space)
    ranking = _ranking(methods, skeleton, seed) if len(methods) > 1 else None
    track = truth.to(skeleton)
    return Comparison(chosen, unit, axes, how, by_root, track, angles, methods, ranking)


def _ranking(methods: Sequence[Method], skeleton: Skeleton, seed: int) -> Ranking:
    distances = {method.name: method.distances for method in methods}
    return rank(distances, skeleton.keypoints, seed=seed)


def _checked(recordings: Mapping[str, Track], reference: str | None, align: str, time: str) -> str:
    """The name of the reference, if all options can be used."""
    if len(recordings) < 2:
        raise InputError(f"a comparison needs two recordings or more, got {len(recordings)}")
    if align not in (*ALIGNMENTS, "auto"):
        raise InputError(f"cannot align by {align!r}; {did_you_mean(align, ALIGNMENTS)}")
    if time not in (*TIME_ALIGNMENTS, "auto"):
        raise InputError(f"no time alignment {time!r}; {did_you_mean(time, TIME_ALIGNMENTS)}")
    if reference is not None and reference not in recordings:
        raise InputError(f"no recording {reference!r}; {did_you_mean(reference, recordings)}")
    return reference or next(iter(recordings))


def _decided(
    recordings: Collection[Track],
    align: Align | Literal["auto"],
    time: TimeAlign | Literal["auto"],
) -> tuple[Align, TimeAlign, bool]:
    """The alignments in space and in time, and whether the root is taken away."""
    spaces = {track.space for track in recordings}
    pictures = spaces == {"image"}
    if align == "auto":
        align = "none" if pictures else "rigid"
    if time == "auto":
        time = "none" if pictures else "offset"
    if align == "none" and "body" in spaces and len(spaces) > 1:
        raise InputError(
            "positions relative to the body and in the room cannot be compared as they are; align "
            "them by root, rigid or similarity"
        )
    about_hips = align != "none" and any(has_no_path(track) for track in recordings)
    return align, time, align == "root" or about_hips


def _timing(track: Track, truth: Track, time: TimeAlign, max_offset: float | None) -> Timing:
    if time == "none":
        return Timing()
    return best_timing(track, truth, max_offset=max_offset, clock=time == "clock")


def _at_common_times(
    reference: str, truth: Track, others: Mapping[str, Track], timings: Mapping[str, Timing]
) -> tuple[Track, dict[str, Track]]:
    """The reference in the frames in which another one is, and the others at these times."""
    shifted = {
        name: replace(track, times=timings[name].apply(track.times)).at(truth.times)
        for name, track in others.items()
    }
    both = {
        name: track.found.any(axis=1) & truth.found.any(axis=1) for name, track in shifted.items()
    }
    for name, rows in both.items():
        if not rows.any():
            times = timings[name].apply(others[name].times)
            raise InputError(
                f"{name} and {reference} do not overlap in time: {_span(times)} and "
                f"{_span(truth.times)}"
            )
    any_of_them = np.flatnonzero(np.any(list(both.values()), axis=0))
    when = truth.times[any_of_them[0] : any_of_them[-1] + 1]
    return truth.at(when), {name: track.at(when) for name, track in shifted.items()}


def _span(times: Float64Array) -> str:
    return f"{times[0]:.2f} to {times[-1]:.2f} s" if len(times) else "no frames"


def _method(
    name: str,
    track: Track,
    timing: Timing,
    truth: Track,
    angles: Curves,
    skeleton: Skeleton,
    align: tuple[Align, bool],
) -> Method:
    how, by_root = align
    right = truth.to(skeleton).keypoints.astype(np.float64)
    placement = Similarity.identity(right.shape[2])
    if how in ("rigid", "similarity"):
        ours = track.to(skeleton).keypoints.astype(np.float64)
        d = right.shape[2]
        placement = best_similarity(
            ours.reshape(-1, d),
            right.reshape(-1, d),
            scale=how == "similarity",
            about_origin=by_root,
        )
    placed = replace(track, keypoints=placement.apply(track.keypoints).astype(np.float32))
    common = placed.to(skeleton)
    ours = common.keypoints.astype(np.float64)
    own_angles = _angles(placed, truth)
    shared = [
        curve
        for curve in angles.names
        if curve in own_angles.names and np.isfinite(angles[curve] + own_angles[curve]).any()
    ]
    own_angles = _same_turn(own_angles.only(shared), angles.only(shared))
    return Method(
        name=name,
        timing=timing,
        placement=placement,
        errors=errors_of(ours, right, truth.times, skeleton.keypoints),
        track=common,
        distances=np.linalg.norm(ours - right, axis=2),
        angles=own_angles,
        agreements={curve: agreement(own_angles[curve], angles[curve]) for curve in shared},
        remarks=remarks_on(track.skeleton, truth.skeleton),
    )


def _angles(track: Track, truth: Track) -> Curves:
    """The angles of a track, in a picture those of the view in which the reference is seen."""
    if track.space != "image":
        return joint_angles(track)
    return joint_angles(track, facing=facing_of(truth))


def _same_turn(angles: Curves, reference: Curves) -> Curves:
    """Angles that were counted from another full turn than those of the reference, put right."""
    values = angles.values.copy()
    for column in range(values.shape[1]):
        apart = values[:, column] - reference.values[:, column]
        apart = apart[~np.isnan(apart)]
        if len(apart):
            values[:, column] -= 360.0 * np.round(np.median(apart) / 360.0)
    return replace(angles, values=values)


def _centred(track: Track) -> Track:
    root = root_path(track.keypoints.astype(np.float64), track.skeleton.keypoints)
    return replace(track, keypoints=(track.keypoints - root[:, None]).astype(np.float32))
