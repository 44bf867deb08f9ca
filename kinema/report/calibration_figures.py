"""Pictures of a calibration as SVG: where corners were, errors by picture, and the rig."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt

from kinema.report.timeline import nice_step
from kinema.space.calibration.result import CalibratedCamera, Calibration

_RIG_WIDTH, _RIG_HEIGHT = 900.0, 520.0
_BAR_WIDTH, _BAR_HEIGHT = 900, 150
_COLOURS = ("#0a6fc2", "#c25e00", "#3c9d63", "#7d4cc2", "#c0392b", "#0f8f8f", "#a88600", "#8a4b6b")


def colour_of(number: int) -> str:
    """Of a camera, by its place in the rig."""
    return _COLOURS[number % len(_COLOURS)]


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


def rig_svg(calibration: Calibration) -> str:
    """The rig from above: cameras with what they see, and where the board was."""
    cameras = [each.camera for each in calibration.cameras]
    centres = np.array([camera.centre[:2] for camera in cameras])
    corners = calibration.board.points
    outline = corners[[0, calibration.board.columns - 1, -1, -calibration.board.columns]]
    boards = [outline @ pose[:3, :3].T + pose[:3, 3] for pose in calibration.boards.values()]
    points = np.concatenate([centres, *(board[:, :2] for board in boards)])
    low, high = points.min(axis=0), points.max(axis=0)
    reach = 0.12 * float(max(*(high - low), 0.3))  # length of the cameras' cones
    low, high = low - 1.3 * reach, high + 1.3 * reach
    scale = min(_RIG_WIDTH / (high - low)[0], _RIG_HEIGHT / (high - low)[1])
    middle = (low + high) / 2

    def place(point: npt.NDArray[np.float64]) -> str:
        x = _RIG_WIDTH / 2 + (point[0] - middle[0]) * scale
        y = _RIG_HEIGHT / 2 - (point[1] - middle[1]) * scale
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg viewBox="0 0 {_RIG_WIDTH:g} {_RIG_HEIGHT:g}" role="img" '
        'aria-label="The rig from above">',
        *_grid(low, high, scale, middle),
    ]
    for board in boards:
        parts.append(
            f'<polygon points="{" ".join(place(corner) for corner in board)}" fill="none" '
            'stroke="var(--soft)" stroke-width="0.8" opacity="0.6"/>'
        )
    for number, camera in enumerate(cameras):
        edges = camera.rays([(0, camera.size[1] / 2), (camera.size[0], camera.size[1] / 2)])
        cone = [camera.centre, *(camera.centre + reach * ray for ray in edges)]
        x, y = place(camera.centre).split(",")
        colour = colour_of(number)
        parts.append(
            f'<polygon points="{" ".join(place(point) for point in cone)}" fill="{colour}" '
            f'opacity="0.35"/><circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>'
            f'<text x="{x}" y="{float(y) - 9:.1f}" text-anchor="middle" font-size="13" '
            f'fill="var(--ink)">{escape(camera.name)}</text>'
        )
    return "".join([*parts, "</svg>"])


def _grid(
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    scale: float,
    middle: npt.NDArray[np.float64],
) -> list[str]:
    """Lines at round distances, and how far apart they are."""
    step = nice_step(float(max(high - low)) / 10)
    lines = []
    half = np.array([_RIG_WIDTH, _RIG_HEIGHT]) / scale / 2
    first, last = middle - half, middle + half
    for x in np.arange(np.ceil(first[0] / step) * step, last[0], step):
        at = _RIG_WIDTH / 2 + (x - middle[0]) * scale
        lines.append(f"M{at:.1f} 0V{_RIG_HEIGHT:g}")
    for y in np.arange(np.ceil(first[1] / step) * step, last[1], step):
        at = _RIG_HEIGHT / 2 - (y - middle[1]) * scale
        lines.append(f"M0 {at:.1f}H{_RIG_WIDTH:g}")
    return [
        f'<path d="{"".join(lines)}" stroke="var(--line)" stroke-width="1"/>',
        f'<text x="8" y="{_RIG_HEIGHT - 8:g}" font-size="12" fill="var(--soft)">'
        f"from above; lines are {step:g} m apart, x to the right, y up</text>",
    ]
