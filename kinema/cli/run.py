"""`kinema run`: poses, overlay video and files from any source."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from kinema.cli import options, summary
from kinema.cli.extras import need_for
from kinema.cli.recordings import Failure, Recording, find_recordings, process_each
from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.models.model import Model
    from kinema.outputs import Plan, Report
    from kinema.outputs.live_actions import Acting
    from kinema.outputs.live_lifting import Lifting


def run(
    sources: options.Sources,
    output: options.Output = ".",
    save: options.Save = None,
    model: options.DefaultModel = None,
    refine: options.Refine = None,
    size: options.Size = None,
    scales: options.Scales = "1",
    mirror: options.Mirror = False,
    single_person: options.SinglePerson = False,
    hands: options.Hands = False,
    face: options.Face = False,
    turn: options.TurnBy = "0",
    people: options.People = None,
    track: options.Track = True,
    tracker: options.TrackerName = "oks",
    smooth: options.Smooth = "none",
    colour_by: options.ColourBy = "side",
    show_maps: options.ShowMaps = None,
    lift: options.Lift = False,
    lifter: options.LifterFile = None,
    height: options.BodyHeight = None,
    focal: options.Focal = None,
    actions: options.Actions = None,
    sequence: options.Sequence = False,
    rate: options.Rate = None,
    precision: options.Precision = "auto",
    as_json: options.AsJson = False,
) -> int:
    """Find people in videos, images and cameras.

    Writes DIR/STEM.poses.jsonl, DIR/STEM.overlay.mp4 (.png for an image), DIR/STEM.openpose/,
    DIR/STEM.coco.json and DIR/STEM.maps.mp4, as chosen with --save; with --lift
    DIR/STEM.lifted.jsonl and with --actions DIR/STEM.actions.csv, too.
    """
    lifting = _lifting(lifter, height, focal, wanted=lift)
    kinds = _kinds(save, to_stdout=output == "-", show_maps=show_maps, lift=lifting is not None)
    need_for(kinds)
    kinds, acting = _acting(actions, save, kinds, sources, to_stdout=output == "-")
    tracker = tracker if track else ""
    plan = _plan(kinds, people, colour_by, show_maps, rate, tracker, smooth, lifting, acting)
    recordings, failures = find_recordings(sources, sequence=sequence)
    _check_sources(recordings, failures, to_stdout=output == "-")
    loaded = _load(
        _named(model, kinds),
        refine=refine,
        size=size,
        scales=options.multiples(scales),
        mirror=mirror,
        single_person=single_person,
        precision=precision,
        latency=any(_is_live(recording.name) for recording in recordings),
        hands=hands,
        face=face,
        turn=options.turn_of(turn),
    )
    target = sys.stdout if output == "-" else Path(output)
    page = "report" in kinds
    return run_all(recordings, loaded, target, plan, failures=failures, page=page, as_json=as_json)


def _named(model: str | None, kinds: Sequence[str]) -> str | None:
    from kinema.models.catalogue import DEFAULT_MAP_MODEL

    return DEFAULT_MAP_MODEL if model is None and "maps" in kinds else model


def _load(model: str | None, **settings: Any) -> Model:
    from kinema.cli.progress import download_bar
    from kinema.models.loading import load_model

    with download_bar(model or "the model") as progress:
        return load_model(model, progress=progress, **settings)


def _check_sources(
    recordings: Sequence[Recording], failures: Sequence[Failure], *, to_stdout: bool
) -> None:
    if to_stdout and len(recordings) + len(failures) > 1:
        raise InputError(f"only one source can go to stdout, got {len(recordings)}")
    if not recordings and len(failures) == 1:
        raise failures[0].error


def run_all(
    recordings: Sequence[Recording],
    model: Model,
    target: Path | TextIO,
    plan: Plan,
    *,
    failures: Sequence[Failure] = (),
    page: bool = False,
    as_json: bool = False,
) -> int:
    """Processes one recording after the other and tells of each; the exit code.

    One that fails is reported and does not stop the others, unless it is the only one.

    Args:
        recordings: What to process.
        model: Finds the people.
        target: A folder, or a stream for the poses.
        plan: What to make.
        failures: Sources that have failed before.
        page: Also make the report of movement of each recording.
        as_json: Print one JSON object at the end instead.
    """
    reports: list[Report] = []
    to_stream = not isinstance(target, Path)

    def process(recording: Recording) -> None:
        report = _process(recording, model, target, plan)
        if page and isinstance(target, Path):
            report = _with_page(report, recording, target)
        reports.append(report)
        if not as_json:
            typer.echo(_summary(report), err=to_stream)

    failed = process_each(recordings, failures, process)
    if as_json:
        facts = {"results": [_facts(report) for report in reports], "failures": _reasons(failed)}
        typer.echo(json.dumps(facts), err=to_stream)
    return 1 if failed else 0


def _kinds(
    save: str | None, *, to_stdout: bool, show_maps: str | None, lift: bool
) -> tuple[str, ...]:
    if save is None:
        save = "poses" if to_stdout else options.DEFAULT_SAVE
        if lift:
            save = "lifted" if to_stdout else f"{save},lifted"
    kinds = dict.fromkeys(word.strip() for word in save.split(",") if word.strip())
    if show_maps is not None:
        kinds["maps"] = None
    if "report" in kinds:
        kinds["poses"] = None  # which it is made of
        if to_stdout:
            raise InputError("a report cannot go to stdout; choose a folder with -o")
    return tuple(kinds)


def _lifting(
    lifter: str | None, height: float | None, focal: float | None, *, wanted: bool
) -> Lifting | None:
    if not (wanted or lifter):
        if height is not None or focal is not None:
            raise InputError("--height and --focal are for people who are lifted; add --lift")
        return None
    from kinema.models.lifter import load_lifter
    from kinema.outputs.live_lifting import Lifting

    return Lifting(load_lifter(lifter, live=True), height, focal)


def _acting(
    model: str | None,
    save: str | None,
    kinds: tuple[str, ...],
    sources: Sequence[str],
    *,
    to_stdout: bool,
) -> tuple[tuple[str, ...], Acting | None]:
    """What tells actions, and the kinds of results with their table, where nobody chose them."""
    if model is None:
        return kinds, None
    from kinema.models.recogniser import load_recogniser
    from kinema.outputs.live_actions import Acting

    acting = Acting(load_recogniser(model, live=any(map(_is_live, sources))))
    table = save is None and not to_stdout
    return (*kinds, *(["actions"] if table else [])), acting


def _with_page(report: Report, recording: Recording, folder: Path) -> Report:
    """The report of a recording, with the page of movement among its files."""
    from kinema.cli.movement import command_line
    from kinema.measure import write_page

    poses = folder / f"{recording.stem}.poses.jsonl"
    page = write_page(poses, folder / f"{recording.stem}.report.html", command=command_line())
    return replace(report, files=(*report.files, page))


def _plan(
    kinds: Sequence[str],
    people: int | None,
    colour_by: str,
    show_maps: str | None,
    rate: float | None,
    tracker: str,
    smooth: str,
    lifting: Lifting | None,
    acting: Acting | None,
) -> Plan:
    from kinema.outputs import Plan

    return Plan(
        save=tuple(kind for kind in kinds if kind != "report"),
        people=people,
        colour_by=colour_by,  # type: ignore[arg-type]
        maps="all" if show_maps is None else show_maps,
        rate=rate,
        tracker=tracker or None,  # type: ignore[arg-type]
        smooth=smooth,
        lifting=lifting,
        acting=acting,
    )


def _is_live(source: str) -> bool:
    from kinema.media.video import LIVE_SCHEMES, scheme_of

    return source.isdecimal() or scheme_of(source) in LIVE_SCHEMES


def _process(recording: Recording, model: Model, target: Path | TextIO, plan: Plan) -> Report:
    from kinema.cli.progress import FrameBar
    from kinema.outputs import process

    # Lines of JSON and a bar would mix on one terminal.
    shown = isinstance(target, Path) or not target.isatty()
    with FrameBar(recording.stem, shown=shown) as bar:
        report = process(
            recording.source,
            model,
            target,
            plan,
            stem=recording.stem,
            on_start=bar.expect_frames,
            on_frame=lambda poses: bar.advance(),
        )
    return replace(report, source=recording.called) if recording.called else report


def _summary(report: Report) -> str:
    frames = "1 frame" if report.frames == 1 else f"{report.frames} frames"
    people = summary.people(report.people) if report.people else "nobody found"
    if report.frames > 1 and report.people > 1:
        people = f"up to {people} at a time"
    line = f"{report.source}: {frames}, {people}, {report.rate:.1f} frames/s"
    return summary.with_files([line], report.files)


def _facts(report: Report) -> dict[str, object]:
    return {
        "source": report.source,
        "frames": report.frames,
        "people": report.people,
        "seconds": round(report.seconds, 3),
        "frames_per_second": round(report.rate, 2),
        "files": [str(path) for path in report.files],
        "damage": report.damage,
    }


def _reasons(failures: Sequence[Failure]) -> list[dict[str, str]]:
    from kinema.media.video import without_password

    return [
        {"source": without_password(failure.source), "error": str(failure.error)}
        for failure in failures
    ]
