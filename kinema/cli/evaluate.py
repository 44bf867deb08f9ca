"""`kinema evaluate`: how accurate a model is on people that were labelled by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import options
from kinema.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinema.cli.progress import FrameBar
    from kinema.evaluation.exhibits import Section
    from kinema.evaluation.gallery import Page
    from kinema.evaluation.one_person import Subject, SubjectLabels
    from kinema.evaluation.subject_report import SubjectEvaluation
    from kinema.models.model import Model

app = typer.Typer(help="Measure a model on people that were labelled by hand.")


@app.callback(invoke_without_command=True)
def _help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


CocoFile = Annotated[
    Path, typer.Option("--annotations", metavar="FILE", help="COCO's keypoint labels, as JSON.")
]
MpiiFile = Annotated[
    Path,
    typer.Option(
        "--annotations", metavar="FILE", help="mpii_human_pose_v1_u12_1.mat or valid.json."
    ),
]
LspFile = Annotated[Path, typer.Option("--annotations", metavar="FILE", help="joints.mat.")]
Images = Annotated[Path, typer.Option(metavar="DIR", help="The folder of the pictures.")]
Limit = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Look at the first N only; all by default.")
]
Gallery = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the worst failures to a page of HTML.")
]


@app.command()
def coco(
    annotations: CocoFile,
    images: Images,
    model: options.DefaultModel = None,
    refine: options.Refine = None,
    size: options.Size = None,
    scales: options.Scales = "1",
    mirror: options.Mirror = False,
    single_person: options.SinglePerson = False,
    precision: options.Precision = "auto",
    limit: Limit = None,
    save_results: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the results, in COCO's format.")
    ] = None,
    gallery: Gallery = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure average precision (OKS), PCK, recall and speed on labels of COCO's kind.

    Pictures of the labels that are not in the folder are left out.
    """
    from kinema.cli.evaluation_text import coco_facts, coco_page, coco_text
    from kinema.cli.progress import FrameBar
    from kinema.evaluation.average_precision import require_pycocotools
    from kinema.evaluation.coco import evaluate_coco, present_pictures
    from kinema.evaluation.coco_labels import CocoLabels
    from kinema.evaluation.failures import coco_failures

    require_pycocotools()
    _check_folder(gallery)
    labels = CocoLabels(annotations)
    pictures, complaint = present_pictures(labels, images, limit=limit)
    _warn(complaint)
    loaded = _load(model, refine, size, scales, mirror, single_person, precision)
    with FrameBar("pictures") as bar:
        bar.expect(len(pictures))
        evaluation = evaluate_coco(
            loaded, labels, pictures, results=save_results, on_picture=bar.advance
        )
    report = evaluation.report
    if gallery:
        _write(gallery, coco_page(report, annotations), coco_failures(evaluation))
    files = [str(path) for path in (save_results, gallery) if path]
    typer.echo(_json(coco_facts(report), files) if as_json else coco_text(report, files))


@app.command()
def mpii(
    annotations: MpiiFile,
    images: Images,
    model: options.DefaultModel = None,
    refine: options.Refine = None,
    heads: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="gt_valid.mat: the boxes of heads for a list in JSON."),
    ] = None,
    size: options.Size = None,
    scales: options.Scales = "1",
    mirror: options.Mirror = False,
    single_person: options.SinglePerson = False,
    precision: options.Precision = "auto",
    limit: Limit = None,
    gallery: Gallery = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure PCKh at 0.5 and 0.1 of the head's size on MPII Human Pose.

    The model is told the place of each person, as in that data set's protocol.
    """
    from kinema.evaluation.mpii import read_mpii
    from kinema.evaluation.subject_report import evaluate_mpii

    _check_folder(gallery)
    labels = read_mpii(annotations, heads=heads)
    subjects = _subjects(labels, images, limit)
    loaded = _load(model, refine, size, scales, mirror, single_person, precision)
    with _bar(subjects) as bar:
        evaluation = evaluate_mpii(loaded, labels, subjects, on_person=bar.advance)
    _tell(evaluation, labels, "PCKh", gallery=gallery, as_json=as_json)


@app.command()
def lsp(
    annotations: LspFile,
    images: Images,
    model: options.DefaultModel = None,
    refine: options.Refine = None,
    split: Annotated[
        str, typer.Option(metavar="NAME", help="test (the second 1000), train or all.")
    ] = "test",
    size: options.Size = None,
    scales: options.Scales = "1",
    mirror: options.Mirror = False,
    single_person: options.SinglePerson = False,
    precision: options.Precision = "auto",
    limit: Limit = None,
    gallery: Gallery = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure PCK at 0.2 and 0.1 of the torso, and PCP, on Leeds Sports Pose."""
    from kinema.evaluation.lsp import read_lsp
    from kinema.evaluation.subject_report import evaluate_lsp

    _check_folder(gallery)
    labels = read_lsp(annotations, split=split)  # type: ignore[arg-type]
    subjects = _subjects(labels, images, limit)
    loaded = _load(model, refine, size, scales, mirror, single_person, precision)
    with _bar(subjects) as bar:
        evaluation = evaluate_lsp(loaded, labels, subjects, on_person=bar.advance)
    _tell(evaluation, labels, "PCK", gallery=gallery, as_json=as_json)


@app.command()
def tracking(
    annotations: Annotated[
        Path,
        typer.Option("--annotations", metavar="FILE", help="PoseTrack's JSON, or COCO's with ids."),
    ],
    poses: Annotated[
        Path, typer.Option("--poses", metavar="FILE", help="What kinema run made of the video.")
    ],
    as_json: options.AsJson = False,
) -> None:
    """Measure HOTA, IDF1, MOTA and identity switches on one video with labelled ids."""
    from dataclasses import asdict

    from kinema.cli.evaluation_text import tracking_text
    from kinema.evaluation.track_labels import read_track_labels
    from kinema.evaluation.tracking import evaluate_labels, require_motrics
    from kinema.formats import read_poses

    require_motrics()
    labels = read_track_labels(annotations)
    with read_poses(poses) as found:
        report = evaluate_labels(labels, found)
    typer.echo(json.dumps(asdict(report)) if as_json else tracking_text(report))


def _load(
    model: str | None,
    refine: str | None,
    size: int | None,
    scales: str,
    mirror: bool,
    single_person: bool,
    precision: str,
) -> Model:
    from kinema.cli.progress import download_bar
    from kinema.models.loading import load_model

    multiples = options.multiples(scales)
    with download_bar(model or "the model") as progress:
        return load_model(
            model,
            refine=refine,
            size=size,
            scales=multiples,
            mirror=mirror,
            single_person=single_person,
            precision=precision,  # type: ignore[arg-type]
            progress=progress,
        )


def _subjects(labels: SubjectLabels, images: Path, limit: int | None) -> list[tuple[Path, Subject]]:
    from kinema.evaluation.one_person import present_subjects

    subjects, complaint = present_subjects(labels, images, limit=limit)
    _warn(complaint)
    return subjects


def _bar(subjects: Sequence[object]) -> FrameBar:
    from kinema.cli.progress import FrameBar

    bar = FrameBar("people")
    bar.expect(len(subjects))
    return bar


def _tell(
    evaluation: SubjectEvaluation,
    labels: SubjectLabels,
    measure: str,
    *,
    gallery: Path | None,
    as_json: bool,
) -> None:
    """Writes the gallery and prints the report; `measure` is what its shares are called."""
    from kinema.cli.evaluation_text import subject_facts, subject_page, subject_text
    from kinema.evaluation.failures import subject_failures

    report = evaluation.report
    if gallery:
        threshold = max(report.joints[0].pck)
        sections = subject_failures(evaluation, labels.skeleton, threshold)
        _write(gallery, subject_page(report, labels.path, measure), sections)
    files = [str(gallery)] if gallery else []
    facts, text = subject_facts(report), subject_text(report, measure, files)
    typer.echo(_json(facts, files) if as_json else text)


def _write(path: Path, page: Page, sections: Sequence[Section]) -> None:
    from kinema.cli.progress import FrameBar
    from kinema.evaluation.gallery import write_gallery

    with FrameBar("gallery") as bar:
        bar.expect(sum(len(section.exhibits) for section in sections))
        write_gallery(path, page, sections, on_picture=bar.advance)


def _check_folder(path: Path | None) -> None:
    """Says before the work is done, not after, that a file has nowhere to go."""
    if path and not path.absolute().parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}")


def _warn(complaint: str) -> None:
    if complaint:
        typer.echo(f"kinema: {complaint}", err=True)


def _json(facts: dict[str, object], files: list[str]) -> str:
    return json.dumps({**facts, "files": files})
