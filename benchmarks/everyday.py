"""How the recogniser of everyday movements does on real videos: what it says, and when.

    python benchmarks/everyday.py FOLDER
    python benchmarks/everyday.py FOLDER --model actions.onnx --poses DIR

FOLDER has the videos of UP-Fall's subject 1, trial 1, in two cameras, `activity1_trial1_cam1.mp4`
to `activity11_trial1_cam2.mp4` (Martinez-Villasenor et al. 2019); none of them was learned from.
Camera 1 was looked at while the recogniser was made. Camera 2 was measured along with the network,
and one thing changed for what was seen there: that models take things for people; what can follow
what was measured on it once, in the end. They show the same performances. The poses of each video
are found once and kept in DIR.

Printed are, for each video, what is recognised over time; for each camera a table of seconds, in
which of several bodies that a model makes of one person the surest counts; whether each fall was
told; how often falls are told that are none, of each of these bodies; and what is said of all
bodies while somebody lies, be they parts of one or passers-by. What counts as truth stands in
`TRUTH`; the times of falls were read off the videos. A fall is told when `falling` is said in the
time from `EARLY` seconds before it begins to `LATE` seconds after the impact.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from kinema.actions.live import LiveRecogniser
from kinema.actions.recogniser import Recogniser, Timeline
from kinema.actions.together import timelines
from kinema.cli.opening import ModelChoice
from kinema.formats import read_poses
from kinema.models.recogniser import load_recogniser
from kinema.sources.poses import open_poses
from kinema.track import Track, tracks

Spans = tuple[tuple[float, float, str], ...]

TRUTH: dict[int, Spans] = {
    1: ((0.0, 2.5, "standing"), (2.5, 3.4, "falling"), (3.7, 99, "lying")),
    2: ((0.0, 0.6, "standing"), (0.7, 1.6, "falling"), (1.9, 99, "lying")),
    3: ((0.0, 0.8, "standing"), (0.9, 1.7, "falling"), (2.5, 99, "lying")),
    4: ((0.0, 0.5, "standing"), (0.6, 1.3, "falling"), (1.6, 99, "lying")),
    5: ((0.0, 0.6, "standing"), (0.7, 1.6, "falling"), (2.0, 99, "lying")),
    6: ((0.0, 99, "walking"),),
    7: ((0.0, 99, "standing"),),
    8: ((0.0, 99, "sitting"),),
    9: ((0.7, 1.6, "bending"), (2.0, 99, "standing")),
    10: ((0.0, 99, "jumping"),),
    11: ((0.0, 99, "lying"),),
}
"""By the number of the activity: seconds from, seconds to, what the person does."""

FALLS = (1, 2, 3, 4, 5)
EARLY, LATE = 0.7, 0.7
STEP = 0.25
BYSTANDER = {2: 0.8}
"""By camera: who is on the whole further right in the picture, as a share of its width, sits there
and is somebody else."""

Said = dict[float, tuple[str, float]]


def main() -> None:
    """Prints what is recognised in each video, and the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="everyday")
    parser.add_argument("--poses", type=Path, default=Path("everyday-poses"))
    parser.add_argument("--pose-model", default="nanodet+movenet-thunder")
    arguments = parser.parse_args()
    recogniser = load_recogniser(arguments.model)
    choice = ModelChoice(arguments.pose_model, None, "auto")
    for camera in (1, 2):
        table: Counter[tuple[str, str]] = Counter()
        names: Counter[str] = Counter()
        told, alarms, minutes = 0, np.zeros(2, dtype=int), 0.0
        for activity, spans in TRUTH.items():
            stem = f"activity{activity}_trial1_cam{camera}"
            people = _people(arguments.folder / f"{stem}.mp4", arguments.poses, choice)
            if people is None:
                print(f"{stem}: no video and no poses")
                continue
            bystanders = {track.id for track in people if _bystander(track, camera)}
            found = _recognised(people, recogniser)
            said = _together([one for one in found if one.person not in bystanders])
            print(f"{stem}:\n{_lines(found)}")
            table.update(_held_against(said, spans))
            for one in found:
                alarms += np.array(_false_alarms(_together([one]), spans))
                names.update(_names_of_lying(_together([one]), spans))
            beside = _together([one for one in found if one.person in bystanders])
            table.update(
                {("sitting (bystander)", label): n for label, n in _counts(beside).items()}
            )
            minutes += (len(said) + len(beside)) * STEP / 60
            if activity in FALLS:
                told += _is_told(said, spans)
                print(
                    f"  live: {_live(arguments.poses / f'{stem}.poses.jsonl', recogniser, spans)}"
                )
        _print_table(camera, table, recogniser.spec.labels)
        print(
            f"camera {camera}: {told} of {len(FALLS)} falls told; falling is said wrongly ", end=""
        )
        print(
            f"{alarms[0]} times of who does not lie and {alarms[1]} times of who lies already, ",
            end="",
        )
        print(f"in {minutes:.1f} minutes of people")
        listed = ", ".join(f"{label} {n * STEP:.1f}" for label, n in names.most_common())
        print(f"seconds of all bodies while somebody lies: {listed}\n")


def _people(video: Path, folder: Path, choice: ModelChoice) -> list[Track] | None:
    kept = folder / f"{video.stem}.poses.jsonl"
    source = kept if kept.exists() else video
    if not source.exists():
        return None
    return list(tracks(open_poses(str(source), folder, stem=video.stem, load=choice.load)))


def _live(file: Path, recogniser: Recogniser, spans: Spans) -> str:
    """When a fall is told as frames arrive."""
    if not file.exists():
        return "no poses"
    start = next(start for start, _, what in spans if what == "falling")
    stage = LiveRecogniser(recogniser)
    for poses in read_poses(file):
        if any(doing.label == "falling" for doing in stage.update(poses)):
            return f"falling at {poses.time:.1f} s, {poses.time - start:.1f} s after it begins"
    return "falling is not told"


def _bystander(track: Track, camera: int) -> bool:
    edge = BYSTANDER.get(camera)
    width = 640
    return edge is not None and float(np.nanmedian(track.keypoints[..., 0])) > edge * width


def _recognised(people: list[Track], recogniser: Recogniser) -> list[Timeline]:
    """What is recognised of everybody, each in the light of the others."""
    return timelines([track for track in people if len(track) > 1], recogniser, step=STEP)


def _together(found: list[Timeline]) -> Said:
    """What is said at each moment, of whom it is said most surely."""
    said: Said = {}
    for timeline in found:
        for time, label, sure in _moments(timeline):
            moment = round(time / STEP) * STEP
            better = label != "-" and (said.get(moment, ("-", 0.0))[0] == "-")
            if moment not in said or better or (label != "-" and sure > said[moment][1]):
                said[moment] = (label, sure)
    return said


def _lines(found: list[Timeline]) -> str:
    lines = []
    for timeline in found:
        spans = [
            f"{i.start:.1f}-{i.end:.1f} {i.label} {i.probability:.2f}" for i in timeline.intervals()
        ]
        if spans:
            lines.append(f"  person {timeline.person}: {', '.join(spans)}")
    return "\n".join(lines)


def _moments(timeline: Timeline) -> list[tuple[float, str, float]]:
    found = []
    rows = zip(timeline.times.tolist(), timeline.actions, timeline.chances, strict=True)
    for time, label, chances in rows:
        if not np.isnan(chances).any():
            found.append((time, label or "-", float(chances.max())))
    return found


def _held_against(said: Said, spans: Spans) -> Counter[tuple[str, str]]:
    table: Counter[tuple[str, str]] = Counter()
    for time, (label, _) in said.items():
        for start, end, truth in spans:
            if start <= time <= end:
                # What is said of a fall that is about to be seen is no mistake.
                early = label == "falling" and _in_fall(time, spans)
                table[truth, label] += 0 if early and truth != "falling" else 1
    return table


def _names_of_lying(said: Said, spans: Spans) -> Counter[str]:
    """What is said of a body while somebody lies, of whom it may be a part."""
    lying = [(start, end) for start, end, what in spans if what == "lying"]
    return Counter(
        label
        for time, (label, _) in said.items()
        if any(start <= time <= end for start, end in lying)
    )


def _counts(said: Said) -> Counter[str]:
    return Counter(label for label, _ in said.values())


def _in_fall(time: float, spans: Spans) -> bool:
    return any(
        what == "falling" and start - EARLY <= time <= end + LATE for start, end, what in spans
    )


def _is_told(said: Said, spans: Spans) -> bool:
    return any(label == "falling" and _in_fall(time, spans) for time, (label, _) in said.items())


def _false_alarms(said: Said, spans: Spans) -> tuple[int, int]:
    """How many times falling begins to be said of who does not lie, and of who lies already."""
    times = sorted(
        time
        for time, (label, _) in said.items()
        if label == "falling" and not _in_fall(time, spans)
    )
    first = [time for i, time in enumerate(times) if i == 0 or time - times[i - 1] > 1.0]
    lying = [any(s <= time <= e for s, e, what in spans if what == "lying") for time in first]
    return len(lying) - sum(lying), sum(lying)


def _print_table(camera: int, table: Counter[tuple[str, str]], labels: tuple[str, ...]) -> None:
    columns = [*(label for label in labels if label != "other"), "-"]
    rows = list(dict.fromkeys(truth for truth, _ in table))
    print(f"camera {camera}, seconds ('-' is unsure or something else):")
    print(f"{'truth':>20s} " + " ".join(f"{column[:8]:>8s}" for column in columns))
    right = whole = 0.0
    for row in rows:
        values = [table[row, column] * STEP for column in columns]
        print(f"{row:>20s} " + " ".join(f"{value:8.1f}" if value else 8 * " " for value in values))
        right += table[row, row.split(" ")[0]] * STEP
        whole += sum(values)
    print(f"{right:.1f} of {whole:.1f} s right ({right / max(whole, 1e-9):.0%})")


if __name__ == "__main__":
    main()
