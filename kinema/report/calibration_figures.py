"""Pictures of a calibration as SVG: where corners were, errors by picture, and the rig."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt

from kinema.media.scene.ground import nice_step
from kinema.media.scene.rig_drawing import rig_svg
from kinema.space.calibration.result import CalibratedCamera, Calibration

_BAR_WIDTH, _BAR_HEIGHT = 900, 150


def coverage_svg(each: CalibratedCamera, colour: str) -> str:
    """The picture of a camera: shaded where corners are, with a dot for each of them."""
    width, height = each.camera.size
    rows, columns = each.coverage.shape
    most = max(int(each.coverage.max()), 1)
    parts = [
        f'<svg viewBox="-1 -1 {width + 2} {height + 2}" role="img" '
        f'aria-label="Where corners were in the picture of {escape(each.camera.name)}">'
        f'<rect width="{width}" height="{height}" fill="none" stroke="var(--line)" '
        f'stroke-width="{width / 300:.1f}"/>'
    ]
    for row in range(rows):
        for column in range(columns):
            share = float(each.coverage[row, column]) / most
            if share > 0:
                parts.append(
                    f'<rect x="{column * width / columns:.1f}" y="{row * height / rows:.1f}" '
                    f'width="{width / columns:.1f}" height="{height / rows:.1f}" '
                    f'fill="{colour}" opacity="{0.1 + 0.35 * share:.2f}"/>'
                )
    radius = width / 320
    for view in each.views:
        dots = "".join(f"M{x:.0f} {y:.0f}h.01" for x, y in view.corners.pixels)
        parts.append(
            f'<path d="{dots}" stroke="{colour}" stroke-width="{2 * radius:.1f}" '
            f'stroke-linecap="round"><title>{escape(view.label)}</title></path>'
        )
    return "".join([*parts, "</svg>"])


def errors_svg(each: CalibratedCamera, highest: float, colour: str) -> str:
    """A bar for the error of each picture of a camera, on one scale for all cameras."""
    count = max(len(each.views), 1)
    step = nice_step(max(highest, 0.01) / 3)
    top = step * np.ceil(max(highest, step) / step)
    left, bottom = 46, _BAR_HEIGHT - 8
    scale = (bottom - 10) / top
    parts = [
        f'<svg viewBox="0 0 {_BAR_WIDTH} {_BAR_HEIGHT}" role="img" '
        f'aria-label="Error of each picture of {escape(each.camera.name)}">'
    ]
    for tick in np.arange(0, top + step / 2, step):
        y = bottom - tick * scale
        parts.append(
            f'<line x1="{left}" x2="{_BAR_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="12" '
            f'fill="var(--soft)">{tick:g}</text>'
        )
    pitch = (_BAR_WIDTH - left) / count
    for number, (view, error) in enumerate(zip(each.views, each.errors, strict=True)):
        parts.append(
            f'<rect x="{left + number * pitch + pitch * 0.1:.1f}" '
            f'y="{bottom - error * scale:.1f}" width="{min(pitch * 0.8, 40):.1f}" '
            f'height="{error * scale:.1f}" fill="{colour}"><title>{escape(view.label)}: '
            f"{error:.2f} px, {len(view.corners)} corners</title></rect>"
        )
    return "".join([*parts, "</svg>"])


def calibrated_rig_svg(calibration: Calibration) -> str:
    """The rig from above and from the side, and where the board was."""
    return rig_svg(calibration.rig, outlines=board_outlines(calibration))


def board_outlines(calibration: Calibration) -> list[npt.NDArray[np.float64]]:
    """Where the outermost corners of the board were, (4, 3) metres for each instant used."""
    corners = calibration.board.points
    outline = corners[[0, calibration.board.columns - 1, -1, -calibration.board.columns]]
    return [outline @ pose[:3, :3].T + pose[:3, 3] for pose in calibration.boards.values()]
