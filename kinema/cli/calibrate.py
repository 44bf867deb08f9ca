"""`kinema calibrate`: cameras from videos or pictures of a board."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.cli import options, summary
from kinema.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from kinema.calibration import Calibrated, CalibrationPlan
    from kinema.media.frame import MediaInfo

_log = logging.getLogger(__name__)

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="For each camera a video or a folder of pictures; the cameras take their names.",
    ),
]
BoardText = Annotated[
    str | None,
    typer.Option(
        "--board",
        metavar="BOARD",
        help="chessboard:9x6:0.025 (inner corners, metres) or charuco:8x11:0.04:0.03[:DICTIONARY] "
        "(squares, side of a square and of a marker).",
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Of the rig: .toml, .qca.txt, .yml, .xml, .json."
    ),
]
IntrinsicsOnly = Annotated[
    bool, typer.Option("--intrinsics-only", help="Each camera by itself, not where they stand.")
]
KnownIntrinsics = Annotated[
    str | None,
    typer.Option(
        "--intrinsics", metavar="FILE", help="Keep matrix and distortion of cameras in this file."
    ),
]
Floor = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN",
        help="When the board lies on the floor, print up: seconds, or the name of a picture. "
        "The world starts there, z up. [default: at the first camera]",
    ),
]
PrintBoard = Annotated[
    str | None,
    typer.Option(
        "--print-board", metavar="BOARD", help="Write this board to SOURCE, a .pdf or .png."
    ),
]
Picture = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Draw the cameras from above and from the side: .svg or .png."
    ),
]
NoReport = Annotated[bool, typer.Option("--no-report", help="Do not write the HTML report.")]


def calibrate(
    sources: Sources,
    board: BoardText = None,
    output: Output = "rig.toml",
    intrinsics_only: IntrinsicsOnly = False,
    intrinsics: KnownIntrinsics = None,
    floor: Floor = None,
    print_board: PrintBoard = None,
    picture: Picture = None,
    no_report: NoReport = False,
    as_json: options.AsJson = False,
) -> None:
    """Calibrate cameras from videos or pictures of a board.

    Writes the cameras to FILE, and beside it FILE.calibration.json and FILE.calibration.html with
    the errors of each camera and picture, coverage, and the pictures that were left out and why.
    """
    if print_board is not None:
        _print_board(print_board, sources)
        return
    from kinema.calibration.facts import calibration_facts
    from kinema.formats.rigs import write_rig
    from kinema.formats.staging import made_folder, replace_text

    plan = _plan(board, intrinsics_only, intrinsics, floor)
    if picture is not None and intrinsics_only:
        raise InputError("--picture shows where cameras stand, which --intrinsics-only leaves open")
    calibrated = _calibrated(sources, plan)
    facts = calibration_facts(calibrated)
    place = Path(output)
    made_folder(place.parent)
    write_rig(place, calibrated.calibration.rig)
    stem = place.name.split(".")[0]
    details = place.with_name(f"{stem}.calibration.json")
    replace_text(details, json.dumps(facts, indent=1) + "\n")
    files = [place, details]
    if not no_report:
        files += _report(place.with_name(f"{stem}.calibration.html"), calibrated)
    if picture is not None:
        files.append(_draw(Path(picture), calibrated))
    facts["files"] = [str(path) for path in files]
    typer.echo(json.dumps(facts) if as_json else _summary(calibrated, files))


def _plan(
    board: str | None, intrinsics_only: bool, intrinsics: str | None, floor: str | None
) -> CalibrationPlan:
    from kinema.calibration import CalibrationPlan
    from kinema.formats.rigs import read_rig
    from kinema.space.calibration.board import parse_board

    if board is None:
        raise InputError("say what board was shown, such as --board chessboard:9x6:0.025")
    if intrinsics_only and (intrinsics or floor):
        raise InputError("--intrinsics-only goes neither with --intrinsics nor with --floor")
    return CalibrationPlan(
        parse_board(board),
        intrinsics_only=intrinsics_only,
        known=read_rig(intrinsics) if intrinsics else None,
        floor=floor,
    )


def _calibrated(sources: list[str], plan: CalibrationPlan) -> Calibrated:
    """Calibrates, with a bar for all pictures that are looked at."""
    from kinema.calibration import calibrate
    from kinema.cli.progress import FrameBar

    total = 0
    with FrameBar("looking for the board") as bar:

        def started(name: str, info: MediaInfo | None, count: int) -> None:
            nonlocal total
            total += count
            bar.expect(total if count else None)

        return calibrate(sources, plan, on_start=started, on_frame=bar.advance)


def _report(path: Path, calibrated: Calibrated) -> list[Path]:
    from kinema.cli.movement import command_line
    from kinema.report.calibration import write_calibration_report

    try:
        write_calibration_report(path, calibrated, command=command_line())
    except MissingExtra as error:
        _log.warning("no HTML report: %s", error)
        return []
    return [path]


def _draw(path: Path, calibrated: Calibrated) -> Path:
    from kinema.formats.staging import made_folder
    from kinema.media.scene.rig_drawing import write_rig_picture
    from kinema.report.calibration_figures import board_outlines

    calibration = calibrated.calibration
    made_folder(path.parent)
    write_rig_picture(path, calibration.rig, outlines=board_outlines(calibration))
    return path


def _print_board(text: str, sources: list[str]) -> None:
    from kinema.calibration.sheet import write_board
    from kinema.space.calibration.board import parse_board

    if len(sources) != 1:
        raise InputError("--print-board takes one file to write, a .pdf or .png")
    board = parse_board(text)
    sheet = write_board(sources[0], board)
    width, height = (round(1000 * side) for side in sheet.size)
    paper = f"{sheet.paper} paper" if sheet.paper else "paper"
    typer.echo(
        f"{sources[0]}: {board} on {paper} of {width} x {height} mm; print at 100 %, then measure "
        f"that a square is {board.square * 1000:g} mm wide"
    )


def _summary(calibrated: Calibrated, files: list[Path]) -> str:
    calibration = calibrated.calibration
    names = [each.camera.name for each in calibration.cameras]
    width = max(len("camera"), *map(len, names))
    lines = [
        f"{calibration.board}: reprojection error {calibration.error:.2f} px",
        f"  {'camera':<{width}}  pictures  coverage  error px  focal length px   position m",
    ]
    for each in calibration.cameras:
        k = each.camera.matrix
        focal = f"{k[0, 0]:.1f}" + (f" ± {each.sigma[0]:.1f}" if each.sigma[0] else "")
        place = ""
        if calibration.has_poses:
            place = " ".join(f"{value:7.3f}" for value in each.camera.centre)
            place += f" ± {each.position_sigma:.4f}" if each.position_sigma else ""
        lines.append(
            f"  {each.camera.name:<{width}}  {len(each.views):8d}  {each.covered:8.0%}  "
            f"{each.error:8.2f}  {focal:<16}  {place}".rstrip()
        )
    if calibration.has_poses:
        lines.append(f"world: {calibration.world}")
    lines += [f"left out {line.camera} {line.label}: {line.reason}" for line in calibrated.rejected]
    lines += [f"note: {line}" for line in calibration.warnings]
    return summary.with_files(lines, files)
