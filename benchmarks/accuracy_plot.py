"""The plot of `accuracy_speed.py`."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kinema.models.measured import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

ONE_STEP, TWO_STEPS = "#2f6fb3", "#d97706"
PLACES = [  # of a label, in points from its dot: the first that is free is taken
    (dx * far, dy * far) for far in (8, 16, 26) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
] + [(dx * far, dy * far) for far in (10, 20, 32) for dx in (1, -1) for dy in (1, -1)]


def draw_plot(path: Path, measured: Sequence[Measured]) -> None:
    """Average precision against frames per second, with a line through those that nothing beats.

    Entries without average precision of keypoints are left out.
    """
    measured = [m for m in measured if m.AP is not None and m.of == "keypoints"]
    os.environ.setdefault("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    plt.rcParams["text.hinting"] = "none"  # outlined text is as wide as it is measured then
    figure, axes = plt.subplots(figsize=(9.6, 6.0), dpi=120)
    best = _unbeaten(measured)
    axes.step(
        [r.frames_per_second for r in best],
        [r.AP for r in best],
        where="pre",
        color="#9aa5b1",
        linewidth=1.2,
        zorder=1,
        label="nothing is both faster and more accurate",
    )
    for name, colour, two in (("one model", ONE_STEP, False), ("two models", TWO_STEPS, True)):
        chosen = [r for r in measured if ("+" in r.entry) == two]
        if chosen:
            x, y = [r.frames_per_second for r in chosen], [r.AP for r in chosen]
            axes.scatter(x, y, s=46, color=colour, edgecolor="white", zorder=3, label=name)
    _style(axes)
    figure.tight_layout()
    labels = [_label(axes, r, best=r in best) for r in measured]
    figure.canvas.draw()
    _spread(axes, labels)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)


def _unbeaten(measured: Sequence[Measured]) -> list[Measured]:
    """Those that nothing beats in both, the slowest first."""
    best: list[Measured] = []
    for result in sorted(measured, key=lambda r: (-r.frames_per_second, -r.AP)):
        if not best or result.AP > best[-1].AP:
            best.append(result)
    return best[::-1]


def _style(axes: Axes) -> None:
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_xlim()
    low, high = low / 1.25, high * 1.25
    marks = [m for m in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if low <= m <= high]
    axes.set_xticks(marks, [f"{mark:g}" for mark in marks])
    axes.set_xlim(low, high)
    bottom, top = axes.get_ylim()
    axes.set_ylim(max(0, math.floor(10 * bottom) / 10), top + 0.03)
    axes.set_xlabel("frames per second, whole run, two people in the picture")
    axes.set_ylabel("average precision (OKS)")
    axes.grid(True, color="#e3e7ec", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="best", frameon=False, fontsize=9)


def _label(axes: Axes, result: Measured, *, best: bool) -> Annotation:
    from matplotlib.patheffects import withStroke

    return axes.annotate(
        result.entry,
        (result.frames_per_second, result.AP),
        xytext=PLACES[0],
        textcoords="offset points",
        fontsize=8,
        color="#1b2027" if best else "#7b8693",
        va="center",
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        zorder=4,
    )


def _spread(axes: Axes, labels: Sequence[Annotation]) -> None:
    """Puts each label where it covers no dot and no label before it, as far as there is room."""
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    frame = axes.get_window_extent(renderer)
    dots = [axes.transData.transform(label.xy) for label in labels]
    taken = []
    for label in labels:
        for dx, dy in PLACES:
            label.set_position((dx, dy))
            label.set_ha("left" if dx > 0 else "right" if dx < 0 else "center")
            box = label.get_window_extent(renderer)
            inside = frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1)
            free = not any(box.overlaps(other) for other in taken)
            clear = not any(box.expanded(1.02, 1.3).contains(*dot) for dot in dots)
            if inside and free and clear:
                break
        taken.append(label.get_window_extent(renderer))
