"""Pictures of a recogniser as SVG: what is taken for what, how true its confidence is, its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Records = Sequence[Mapping[str, float]]

_CELL = 22.0  # pixels of a cell of the confusion matrix, before the browser scales it
_LETTER, _CAPITAL = 6.2, 8.5  # usual width of a letter of its names
_MOST_NUMBERS = 40  # labels, up to which numbers are written into the cells
_LONGEST = 34  # letters of a name beside the matrix

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _RIGHT, _TOP = 520.0, 300.0, 52.0, 38.0, 12.0, 14.0


def confusion_svg(labels: Sequence[str], confusion: Sequence[Sequence[int]]) -> str:
    """The matrix: rows are what was done, columns what it was taken for; shaded by the row."""
    count = len(labels)
    names = [_short(label) for label in labels]
    left = max(_length(f"{name} {row + 1}") for row, name in enumerate(names)) + 14
    top = 26.0 if count > _MOST_NUMBERS else 34.0
    size = _CELL * count
    parts = [
        f'<svg viewBox="0 0 {left + size + 8:.0f} {top + size + 8:.0f}" role="img" '
        f'style="max-width:{1.4 * (left + size):.0f}px" '
        'aria-label="What was done, by row, and what it was taken for, by column">'
    ]
    for row, (label, name) in enumerate(zip(labels, names, strict=True)):
        y = top + row * _CELL
        parts.append(
            f'<text x="{left - 8:.1f}" y="{y + 15:.1f}" text-anchor="end" font-size="11.5" '
            f'fill="var(--ink)">{escape(name)} <tspan fill="var(--soft)">{row + 1}</tspan></text>'
        )
        parts.append(
            f'<text x="{left + (row + 0.5) * _CELL:.1f}" y="{top - 7:.1f}" text-anchor="middle" '
            f'font-size="10.5" fill="var(--soft)">{row + 1}<title>{escape(label)}</title></text>'
        )
        parts += _row(labels, confusion[row], row, left, y, written=count <= _MOST_NUMBERS)
    parts.append(
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{size:.1f}" height="{size:.1f}" fill="none" '
        'stroke="var(--line)"/>'
    )
    return "".join([*parts, "</svg>"])


def _row(
    labels: Sequence[str],
    values: Sequence[int],
    row: int,
    left: float,
    y: float,
    *,
    written: bool,
) -> list[str]:
    whole = max(sum(values), 1)
    parts = []
    for column, value in enumerate(values):
        if value == 0:
            continue
        x = left + column * _CELL
        colour = "var(--fine)" if row == column else "var(--outlier)"
        share = value / whole
        text = f"{value} of {whole}: {labels[row]} taken for {labels[column]}"
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{_CELL}" height="{_CELL}" fill="{colour}" '
            f'opacity="{0.25 + 0.75 * share:.2f}"><title>{escape(text)}</title></rect>'
        )
        if written:
            ink = "#fff" if share > 0.5 else "var(--ink)"
            parts.append(
                f'<text x="{x + _CELL / 2:.1f}" y="{y + 15:.1f}" text-anchor="middle" '
                f'font-size="10.5" fill="{ink}" pointer-events="none">{value}</text>'
            )
    return parts


def calibration_svg(bins: Sequence[Mapping[str, float | None]]) -> str:
    """Confidence against the share that is right; a dot is as large as its recordings are many."""
    parts = [_axes("confidence", "share that is right", (0, 1), (0, 1))]
    x, y = _scale(np.array([0.0, 1.0]), 0, 1), _up(np.array([0.0, 1.0]), 0, 1)
    parts.append(
        f'<line x1="{x[0]:.1f}" y1="{y[0]:.1f}" x2="{x[1]:.1f}" y2="{y[1]:.1f}" '
        'stroke="var(--soft)" stroke-dasharray="5 4"/>'
    )
    known = [each for each in bins if each["confidence"] is not None]
    most = max((float(each["recordings"] or 0) for each in known), default=1.0)
    points = []
    for each in known:
        sure, right = float(each["confidence"] or 0), float(each["accuracy"] or 0)
        count = float(each["recordings"] or 0)
        px, py = _scale(np.array(sure), 0, 1), _up(np.array(right), 0, 1)
        points.append(f"{px:.1f},{py:.1f}")
        parts.append(
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{3 + 9 * (count / most) ** 0.5:.1f}" '
            f'fill="var(--accent)" opacity="0.75"><title>{count:.0f} recordings: confidence '
            f"{sure:.2f}, right {right:.2f}</title></circle>"
        )
    line = f'<polyline points="{" ".join(points)}" fill="none" stroke="var(--accent)"/>'
    return _svg("Confidence and share that is right", [*parts[:2], line, *parts[2:]])


def learning_svg(log: Records, lines: Mapping[str, tuple[str, str]], unit: str) -> str:
    """Quantities of the log, epoch by epoch.

    Args:
        log: A record for each epoch.
        lines: The name of each quantity in the log, what to call it, and its colour.
        unit: What the vertical axis is called.
    """
    epochs = np.array([record["epoch"] for record in log])
    shown = {name: style for name, style in lines.items() if name in log[0]}
    values = {name: np.array([record[name] for record in log]) for name in shown}
    highest = max(float(series.max()) for series in values.values())
    top = 1.0 if unit == "accuracy" else max(float(np.ceil(highest * 2)) / 2, 0.5)
    # Where the lines are not: a loss falls, an accuracy rises.
    first = _HEIGHT - _BOTTOM - 28 if unit == "accuracy" else _TOP + 16
    parts = [_axes("epoch", unit, (0, float(epochs[-1])), (0, top))]
    for number, (name, (called, colour)) in enumerate(shown.items()):
        xs, ys = _scale(epochs, 0, float(epochs[-1])), _up(values[name], 0, top)
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>'
            f'<text x="{_WIDTH - _RIGHT - 6:.0f}" y="{first + 16 * number:.0f}" '
            f'text-anchor="end" font-size="12" fill="{colour}">{escape(called)}</text>'
        )
    return _svg(f"{unit} by epoch", parts)


def _axes(
    below: str, beside: str, horizontal: tuple[float, float], vertical: tuple[float, float]
) -> str:
    parts = []
    for value in np.linspace(*vertical, 6):
        y = float(_up(np.array(value), *vertical))
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="var(--line)"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="11" '
            f'fill="var(--soft)">{value:.2g}</text>'
        )
    for value in np.linspace(*horizontal, 6):
        x = float(_scale(np.array(value), *horizontal))
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle" font-size="11" '
            f'fill="var(--soft)">{value:.3g}</text>'
        )
    parts.append(
        f'<text x="{(_LEFT + _WIDTH) / 2:.0f}" y="{_HEIGHT - 4}" text-anchor="middle" '
        f'font-size="12" fill="var(--soft)">{escape(below)}</text>'
        f'<text x="12" y="{_HEIGHT / 2:.0f}" text-anchor="middle" font-size="12" '
        f'fill="var(--soft)" transform="rotate(-90 12 {_HEIGHT / 2:.0f})">{escape(beside)}</text>'
    )
    return "".join(parts)


def _svg(called: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{escape(called)}">'
        + "".join(parts)
        + "</svg>"
    )


def _scale(values: Numbers, low: float, high: float) -> Numbers:
    return np.asarray(_LEFT + (values - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT))


def _up(values: Numbers, low: float, high: float) -> Numbers:
    share = (values - low) / (high - low)
    return np.asarray(_HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP))


def _length(text: str) -> float:
    """About how long a name is in the picture."""
    return sum(_CAPITAL if letter.isupper() or letter in "mw" else _LETTER for letter in text)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
