"""Error of heel strikes and toe-offs against labelled ones, by method and of the consensus.

    python benchmarks/gait.py RECORDING [--events EVENTS.csv] [--from S] [--to S] [--view NAME]

RECORDING is anything that `kinema gait` takes, or an example of the package gaitkit
(`example_parkinson.json` in its source archive, with its own labels). The truth is the EVENT group
of a C3D file (events named Foot Strike and Foot Off), or a CSV file with the columns time,side,kind
(seconds, left or right, heel_strike or toe_off). Only truth between --from and --to counts, so that
one part of a recording can be looked at while developing and the other kept for the figures.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinema.analysis.gait import Gait, analyse_gait
from kinema.analysis.gait.result import SIDES
from kinema.curves import Event
from kinema.formats.opening import read_poses
from kinema.skeletons import HALPE26
from kinema.study import StudyPlan, study_poses
from kinema.track import Track

KINDS = {"Foot Strike": "heel_strike", "Foot Off": "toe_off"}
NEAR = 0.15  # s: a found event further from every true one is a false one


def true_events(recording: Path, labels: Path | None) -> list[Event]:
    """The labelled events in order of time."""
    if labels is not None:
        with labels.open(newline="") as file:
            rows = list(csv.DictReader(file))
        events = [Event(row["kind"], float(row["time"]), row["side"]) for row in rows]
        return sorted(events, key=lambda event: event.time)
    import ezc3d

    group = ezc3d.c3d(str(recording))["parameters"]["EVENT"]
    minutes, seconds = np.asarray(group["TIMES"]["value"])
    names = zip(group["LABELS"]["value"], group["CONTEXTS"]["value"], strict=True)
    events = [
        Event(KINDS[label], float(60 * m + s), side.lower())
        for (label, side), m, s in zip(names, minutes, seconds, strict=True)
        if label in KINDS and side in ("Left", "Right")
    ]
    return sorted(events, key=lambda event: event.time)


def gaitkit_example(path: Path) -> tuple[Gait, list[Event]]:
    """The gait of an example of gaitkit, in millimetres with y up, and its labels."""
    example = json.loads(path.read_text("utf-8"))
    keypoints = np.full((len(example["angle_frames"]), len(HALPE26), 3), np.nan, np.float32)
    for frame, row in enumerate(example["angle_frames"]):
        for name, (x, y, z) in row["landmark_positions"].items():
            joint = name.replace("toe", "big_toe")
            if joint in HALPE26 and (x, y, z) != (0, 0, 0):
                keypoints[frame, HALPE26.index(joint)] = (x / 1000, -z / 1000, y / 1000)
    scores = np.where(np.isnan(keypoints).any(axis=2), 0, np.nan)
    times = np.arange(len(keypoints)) / example["fps"]
    labels = example["ground_truth"]
    truth = [
        Event(kind, frame / example["fps"], side)
        for kind, key in (("heel_strike", "hs_frames"), ("toe_off", "to_frames"))
        for side in SIDES
        for frame in labels[key][side]
    ]
    gait = analyse_gait(Track(HALPE26, keypoints, scores, times, space="world"))
    return gait, sorted(truth, key=lambda event: event.time)


def study(path: Path, view: str) -> Gait:
    """The gait of the person who takes most steps."""
    with read_poses(path) as recording:
        people = study_poses(recording, StudyPlan(view=view)).people
    gaits = [person.gait for person in people if person.gait is not None]
    return max(gaits, key=lambda each: len(each.events))


def compare(found: Sequence[Event], truth: Sequence[Event]) -> tuple[list[float], int, int]:
    """Errors in ms of the true events that were found, how many were not, how many are false."""
    errors, used = [], set()
    for true in truth:
        same = [e for e in found if e.kind == true.kind and e.side == true.side]
        nearest = min(same, key=lambda e: abs(e.time - true.time), default=None)
        if nearest is not None and abs(nearest.time - true.time) <= NEAR:
            errors.append(1000 * (nearest.time - true.time))
            used.add(nearest)
    return errors, len(truth) - len(errors), sum(event not in used for event in found)


def main() -> None:
    """Print one line a method and kind of event."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path)
    parser.add_argument("--events", type=Path)
    parser.add_argument("--from", dest="start", type=float, default=-np.inf)
    parser.add_argument("--to", dest="end", type=float, default=np.inf)
    parser.add_argument("--view", default="auto")
    options = parser.parse_args()
    if options.recording.name.startswith("example_"):
        gait, labels = gaitkit_example(options.recording)
    else:
        labels = true_events(options.recording, options.events)
        gait = study(options.recording, options.view)
    truth = [event for event in labels if options.start <= event.time < options.end]
    first, last = truth[0].time - NEAR, truth[-1].time + NEAR
    print(f"{'kind':12} {'method':11} found missed false   bias    sd   MAE   max  ms")
    for kind in ("heel_strike", "toe_off"):
        for name, events in {**gait.methods, "consensus": gait.events}.items():
            found = [e for e in events if e.kind == kind and first <= e.time <= last]
            errors, missed, false = compare(found, [e for e in truth if e.kind == kind])
            if errors:
                e = np.array(errors)
                print(
                    f"{kind:12} {name:11} {len(e):5} {missed:6} {false:5} {e.mean():6.1f} "
                    f"{e.std():5.1f} {np.abs(e).mean():5.1f} {np.abs(e).max():5.1f}"
                )


if __name__ == "__main__":
    main()
