"""From several recordings to their comparison and its files: tables, JSON and a page.

Who is compared: of the reference the person asked for, or else the one who is found in most joints
and frames; of each other recording the person whose joints move most like those of that one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from kinema.analysis.compare import (
    Align,
    Comparison,
    Method,
    TimeAlign,
    best_timing,
    compare,
)
from kinema.analysis.compare.shared import common_skeleton, in_one_space
from kinema.errors import InputError, did_you_mean
from kinema.formats.staging import made_folder, replace_text
from kinema.markers import joints_from_markers
from kinema.poses import Poses
from kinema.report.comparison_page import write_comparison_page
from kinema.track import Track, tracks
from kinema.tracking.cleaning import clean

Result = Literal["csv", "angles", "json", "report"]
RESULTS: tuple[Result, ...] = get_args(Result)
_SHORTEST_SECONDS = 0.5


@dataclass(frozen=True)
class ComparePlan:
    """What to compare, and what to make of it.

    Attributes:
        save: The kinds of results: errors of joints (`csv`), agreement of `angles`, everything as
            `json`, and the page, `report`.
        reference: Name of the recording that counts as right; the first by default.
        align: See `kinema.analysis.compare.compare`.
        time: As there.
        max_offset: As there.
        smooth: A filter that repairs and smooths the recordings first; `none` takes them as they
            are.
        person: Identity of the person in the reference; None chooses.
        command: The command line, to be shown in the page.

    Raises:
        InputError: If a kind is unknown.
    """

    save: tuple[Result, ...] = ("csv", "angles", "report")
    reference: str | None = None
    align: Align | Literal["auto"] = "auto"
    time: TimeAlign | Literal["auto"] = "auto"
    max_offset: float | None = None
    smooth: str = "none"
    person: int | None = None
    command: str | None = None

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind not in RESULTS:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, RESULTS)}")


def compare_poses(recordings: Mapping[str, Sequence[Poses]], plan: ComparePlan) -> Comparison:
    """Compares recordings of followed people, by name.

    Raises:
        InputError: If nobody is in one of them, or they cannot be compared as the plan wants.
    """
    people = {name: _people(name, frames, plan) for name, frames in recordings.items()}
    reference = plan.reference or next(iter(people), "")
    if reference not in people:
        raise InputError(f"no recording {reference!r}; {did_you_mean(reference, people)}")
    truth = _chosen(reference, people[reference], plan.person)
    alike = {
        name: truth if name == reference else _likest(name, found, reference, truth, plan)
        for name, found in people.items()
    }
    return compare(
        alike,
        reference=reference,
        align=plan.align,
        time=plan.time,
        max_offset=plan.max_offset,
    )


def write_comparison(
    comparison: Comparison, folder: Path, stem: str, plan: ComparePlan
) -> list[Path]:
    """Writes the results that the plan names, as STEM.compare.*; the paths.

    Raises:
        InputError: If a file cannot be written.
        MissingExtra: If what the page needs is not installed.
    """
    made_folder(folder)
    files = []
    for kind in plan.save:
        if kind == "report":
            path = folder / f"{stem}.compare.html"
            write_comparison_page(path, comparison, command=plan.command)
        elif kind == "json":
            path = folder / f"{stem}.compare.json"
            replace_text(path, json.dumps(comparison_facts(comparison), indent=1) + "\n")
        else:
            path = folder / f"{stem}.compare.{'joints' if kind == 'csv' else kind}.csv"
            rows = joint_rows(comparison) if kind == "csv" else angle_rows(comparison)
            replace_text(path, "".join(",".join(map(_cell, row)) + "\n" for row in rows))
        files.append(path)
    return files


def comparison_facts(comparison: Comparison) -> dict[str, object]:
    """Everything but the paths, for JSON; what is not known is null."""
    ranking = comparison.ranking
    facts = {
        "reference": comparison.reference,
        "unit": comparison.unit,
        "align": comparison.align,
        "relative_to_hips": comparison.by_root,
        "frames": len(comparison.track),
        "joints": list(comparison.joints),
        "methods": [_method_facts(method) for method in comparison.methods],
        "ranking": None if ranking is None else asdict(ranking),
    }
    return {name: _json(value) for name, value in facts.items()}


def joint_rows(comparison: Comparison) -> list[list[object]]:
    """The errors of all joints and methods as a table, its head first."""
    unit = comparison.unit
    axes = [axis[0] for axis in comparison.axes]
    head: list[object] = ["method", "joint", "frames"]
    head += [f"{name}_{unit}" for name in ("mean", "median", "p95", "rmse")]
    head += [f"bias_{axis}_{unit}" for axis in axes]
    head += [f"sd_{axis}_{unit}" for axis in axes]
    head += [f"r_{axis}" for axis in axes]
    rows = [head]
    for method in comparison.methods:
        for e in method.errors.joints:
            rows.append(
                [
                    *(method.name, e.joint, e.n, e.mean, e.median, e.p95, e.rmse),
                    *(*e.bias, *e.spread, *e.r),
                ]
            )
    return rows


def angle_rows(comparison: Comparison) -> list[list[object]]:
    """The agreement of all angles and methods as a table, its head first."""
    head: list[object] = ["method", "angle", "frames", "independent_frames"]
    head += [f"{name}_deg" for name in ("rmse", "bias", "bias_low", "bias_high", "sd")]
    head += [f"{name}_deg" for name in ("lower", "lower_low", "lower_high")]
    head += [f"{name}_deg" for name in ("upper", "upper_low", "upper_high")]
    head += ["r", "r_low", "r_high", "icc"]
    rows = [head]
    for method in comparison.methods:
        for name, found in method.agreements.items():
            limits = found.limits
            rows.append(
                [
                    *(method.name, name, limits.n, limits.n_effective, found.rmse),
                    *(limits.bias, *limits.bias_ci, limits.sd),
                    *(limits.lower, *limits.lower_ci, limits.upper, *limits.upper_ci),
                    *(found.r, *found.r_ci, found.icc),
                ]
            )
    return rows


def _method_facts(method: Method) -> dict[str, object]:
    errors = method.errors
    return {
        "name": method.name,
        "offset_s": method.timing.offset,
        "clock": method.timing.clock,
        "speed_correlation": method.timing.correlation,
        "scale": method.placement.scale,
        "turn_deg": method.placement.turn_deg,
        "coverage": errors.coverage,
        "mpjpe": errors.mpjpe,
        "p_mpjpe": errors.p_mpjpe,
        "velocity_error_per_s": errors.velocity,
        "rmse_of_axes": list(errors.rmse),
        "joints": {joint.joint: asdict(joint) for joint in errors.joints},
        "angles": {name: asdict(found) for name, found in method.agreements.items()},
        "remarks": list(method.remarks),
    }


def _people(name: str, frames: Sequence[Poses], plan: ComparePlan) -> list[Track]:
    """The people of a recording who are long enough in view, cleaned if the plan wants it."""
    found = [_with_joints(track) for track in tracks(frames)]
    if not found:
        raise InputError(f"nobody is in {name}")
    long = [track for track in found if track.times[-1] - track.times[0] >= _SHORTEST_SECONDS]
    if plan.smooth != "none":
        long = [clean(track, smooth=plan.smooth).track for track in long]
    if not long:
        raise InputError(f"nobody is in {name} for half a second")
    return long


def _with_joints(track: Track) -> Track:
    """Markers of a motion capture system as joints; keypoints as they are."""
    known = {"left_ankle", "right_ankle", "left_knee", "right_knee"} & set(track.skeleton.keypoints)
    if known or track.space == "image":
        return track
    try:
        return joints_from_markers(track)
    except InputError:  # no markers either; joints are joined by their names
        return track


def _chosen(name: str, people: list[Track], person: int | None) -> Track:
    if person is None:
        return max(people, key=lambda track: int(track.found.sum()))
    for track in people:
        if track.id == person:
            return track
    there = ", ".join(str(track.id) for track in people)
    raise InputError(f"there is no person {person} in {name}; it has {there}")


def _likest(
    name: str, people: list[Track], reference: str, truth: Track, plan: ComparePlan
) -> Track:
    """The person who moves most like the one in the reference."""
    if len(people) == 1:
        return people[0]
    scores = [_likeness(name, track, reference, truth, plan) for track in people]
    if max(scores) == -math.inf:
        return max(people, key=lambda track: int(track.found.sum()))
    return people[int(np.argmax(scores))]


def _likeness(name: str, track: Track, reference: str, truth: Track, plan: ComparePlan) -> float:
    """Correlation of speeds, by how much of the time of the shorter one there is both."""
    try:
        alike = in_one_space({name: track, reference: truth})
        skeleton = common_skeleton(reference, alike[reference], {name: alike[name]})
        as_they_are = plan.time == "none" or (plan.time == "auto" and track.space == "image")
        limit = 0.0 if as_they_are else plan.max_offset
        ours, theirs = alike[name].to(skeleton), alike[reference].to(skeleton)
        timing = best_timing(ours, theirs, max_offset=limit)
    except InputError:
        return -math.inf
    times = timing.apply(track.times)
    shared = ((times >= truth.times[0]) & (times <= truth.times[-1])).sum()
    return timing.correlation * math.sqrt(shared / len(truth))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    text = str(value)
    return f'"{text}"' if "," in text else text


def _json(value: object) -> object:
    """NaN as null, all the way down."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    return value
