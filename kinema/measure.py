"""From a video or a file of poses to the files of an analysis: angles, gait and the report.

`measure` is what the verbs `angles`, `gait` and `report` of the command line call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from kinema.analysis.kinematics import accelerations
from kinema.errors import InputError, did_you_mean
from kinema.formats import read_poses
from kinema.formats.curves import write_curves
from kinema.formats.recording import PoseReader
from kinema.formats.registry import is_poses
from kinema.formats.staging import made_folder, replace_text
from kinema.media.frame import MediaInfo
from kinema.models.model import Model
from kinema.outputs import Plan, process
from kinema.poses import Poses
from kinema.report import VideoPlace, write_report
from kinema.study import Person, Study, StudyPlan, study_poses

Result = Literal[
    "csv", "mot", "parquet", "speeds", "accelerations", "centre-of-mass", "gait", "report"
]
RESULTS: tuple[Result, ...] = get_args(Result)


@dataclass(frozen=True)
class MeasurePlan:
    """What to make of a recording.

    Attributes:
        save: The kinds of results: tables of the angles (`csv`, `mot`, `parquet`), of the `speeds`
            and `accelerations` of joints and of the `centre-of-mass`, the events and the table of
            `gait`, and the `report`.
        study: How the movement is analysed.
        video: Where the report has its video; see `kinema.report.film`.
        rate: Frames per second, where the source has no times.
        command: The command line, to be shown in the report.

    Raises:
        InputError: If a kind is unknown.
    """

    save: tuple[Result, ...] = ("csv", "mot", "report")
    study: StudyPlan = field(default_factory=StudyPlan)
    video: VideoPlace = "auto"
    rate: float | None = None
    command: str | None = None

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind not in RESULTS:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, RESULTS)}")


@dataclass(frozen=True, eq=False)
class Measured:
    """What came of one recording.

    Attributes:
        study: The people and their movement.
        files: What was written, in order.
    """

    study: Study
    files: tuple[Path, ...]


def measure(
    source: str | tuple[str, ...],
    folder: Path,
    plan: MeasurePlan,
    *,
    stem: str,
    load: Callable[[], Model],
    on_start: Callable[[MediaInfo], object] = lambda info: None,
    on_frame: Callable[[Poses], object] = lambda poses: None,
) -> Measured:
    """Analyses one recording and writes what the plan names to `folder`.

    Of a video, the poses come first and are kept as STEM.poses.jsonl, so that another analysis
    need not find them again.

    Args:
        source: A video, pictures of one, or a file or folder of poses.
        folder: Where the files go; made if need be.
        plan: What to make.
        stem: Start of the names of the files.
        load: Gives the model, if it is needed.
        on_start: Told about a video once it is open.
        on_frame: Told of each frame in which people were looked for.

    Raises:
        InputError: If the poses cannot be analysed as the plan wants.
        MediaError: If the source cannot be read or a file not written.
    """
    files: list[Path] = []
    video: str | None = None
    notes: tuple[str, ...] = ()
    if isinstance(source, str) and is_poses(source):
        reader = read_poses(source, rate=plan.rate, size=plan.study.size)
        made_folder(folder)
    else:
        report = process(
            source,
            load(),
            folder,
            Plan(("poses",), rate=plan.rate),
            stem=stem,
            on_start=on_start,
            on_frame=on_frame,
        )
        files += report.files
        notes = (f"Damage: {report.damage}",) if report.damage else ()
        video = source if isinstance(source, str) else None
        reader = read_poses(report.files[0])
    study = _study(reader, plan.study)
    if not study.people:
        raise InputError(f"nobody was found in {source}; there is nothing to measure")
    if "gait" in plan.save and all(p.gait is None for p in study.people):
        raise InputError(f"no gait in {source}: {study.people[0].no_gait}")
    files += _tables(study, folder, stem, plan)
    if "report" in plan.save:
        page = folder / f"{stem}.report.html"
        write_report(page, study, video=video, place=plan.video, command=plan.command, notes=notes)
        files.append(page)
    return Measured(study, tuple(files))


def write_page(poses: Path, page: Path, *, command: str | None = None) -> Path:
    """The report of a recording whose poses have been found; its video is the one they name.

    Raises:
        InputError: If the poses cannot be analysed, or the page not be written.
        MissingExtra: If what the report needs is not installed.
    """
    write_report(page, _study(read_poses(poses), StudyPlan()), command=command)
    return page


def _study(reader: PoseReader, plan: StudyPlan) -> Study:
    with reader as recording:
        return study_poses(recording, plan)


def _tables(study: Study, folder: Path, stem: str, plan: MeasurePlan) -> list[Path]:
    files = []
    for person in study.people:
        start = stem if len(study.people) == 1 else f"{stem}_P{person.id}"
        for kind in plan.save:
            path = _write_one(kind, person, folder / start)
            files += [path] if path else []
    return files


def _write_one(kind: Result, person: Person, base: Path) -> Path | None:
    """One kind of result of one person; None for the report, which has all of them."""
    if kind in ("csv", "mot", "parquet"):
        path = base.with_name(f"{base.name}.angles.{kind}")
        write_curves(path, person.angles)
        return path
    tables = {
        "speeds": lambda: person.speeds,
        "accelerations": lambda: accelerations(person.metric),
        "centre-of-mass": lambda: person.centre_of_mass,
    }
    if kind in tables:
        path = base.with_name(f"{base.name}.{kind}.csv")
        write_curves(path, tables[kind]())
        return path
    if kind == "gait" and person.gait is not None:
        path = base.with_name(f"{base.name}.gait.json")
        replace_text(path, json.dumps(person.gait.to_json(), indent=1) + "\n")
        return path
    return None
