"""One page of HTML that holds recordings of one movement against each other."""

from __future__ import annotations

import math
from importlib import metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.analysis.compare import Comparison, Method
from kinema.formats.staging import replace_text
from kinema.report.assets import asset, data_text, page_tools
from kinema.report.figures import encode, words

Row = list[str]


def write_comparison_page(
    path: Path, comparison: Comparison, *, command: str | None = None
) -> None:
    """Writes the page of a comparison.

    Args:
        path: Of the page; ends in .html.
        comparison: What was found.
        command: The command line that repeats this, to be shown.

    Raises:
        MissingExtra: If plotly or jinja2 is not installed.
        InputError: If the page cannot be written.
    """
    environment, plotly = page_tools()
    scale, unit = (1000.0, "mm") if comparison.unit == "m" else (1.0, "px")
    remarks = (text for method in comparison.methods for text in method.remarks)
    text = environment.from_string(asset("compare.html.jinja")).render(
        title=_title(comparison),
        subtitle=_subtitle(comparison),
        facts=_facts(comparison),
        remarks=list(dict.fromkeys(remarks)),
        unit=unit,
        reference=comparison.reference,
        names=[method.name for method in comparison.methods],
        axes=comparison.axes,
        methods=[_method_row(method, scale) for method in comparison.methods],
        ranking=_ranking(comparison, scale),
        joint_rows=_joint_rows(comparison, scale),
        angle_rows=_angle_rows(comparison),
        joints=[(name, words(name)) for name in comparison.joints],
        shown=_shown(comparison),
        angles=[(name, words(name)) for name in _angles(comparison)],
        command=command,
        settings=_settings(comparison),
        version=metadata.version("kinema"),
        style=asset("report.css") + asset("compare.css"),
        script=asset("compare.js"),
        plotly=plotly,
        data=data_text(_document(comparison, scale, unit)),
    )
    replace_text(path, text)


def _title(comparison: Comparison) -> str:
    names = ", ".join(method.name for method in comparison.methods)
    return f"{names} beside {comparison.reference}"


def _subtitle(comparison: Comparison) -> str:
    how = {
        "rigid": "each recording turned and moved as a whole",
        "similarity": "each recording turned, moved and scaled as a whole",
        "root": "not turned",
        "none": "as they are",
    }
    if comparison.by_root:
        hips = "the middle of the hips laid on each other in each frame, "
        how["rigid"] = f"{hips}each recording turned about it as a whole"
        how["similarity"] = f"{hips}each recording turned about it and scaled as a whole"
        how["root"] = f"{hips}not turned"
    return f"{comparison.reference} counts as right; {how[comparison.align]}."


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    times = comparison.track.times
    facts = [
        ("Frames", str(len(times))),
        ("Duration", f"{times[-1] - times[0]:.1f} s"),
        ("Joints", str(len(comparison.joints))),
        ("Angles", str(len(_angles(comparison)))),
    ]
    if comparison.ranking and comparison.ranking.ranks:
        ranks = comparison.ranking.ranks
        chance = "" if len(ranks) < 2 or ranks[1].is_sure else ", maybe by chance"
        facts.append(("Nearest", ranks[0].name + chance))
    return facts


def _shown(comparison: Comparison) -> int:
    """The joint whose paths are shown first: the first one that most recordings have."""
    counts = [
        sum(method.errors.joints[k].n > 0 for method in comparison.methods)
        for k in range(len(comparison.joints))
    ]
    return counts.index(max(counts))


def _angles(comparison: Comparison) -> list[str]:
    """Angles that some method has in common with the reference, in at least two frames."""
    found = dict.fromkeys(
        name
        for method in comparison.methods
        for name, agreement in method.agreements.items()
        if agreement.limits.n > 1
    )
    return [name for name in comparison.angles.names if name in found]


def _method_row(method: Method, scale: float) -> Row:
    errors, timing = method.errors, method.timing
    return [
        method.name,
        f"{timing.offset:+.3f}",
        f"{timing.clock:.5f}",
        _number(timing.correlation, 2),
        f"{method.placement.scale:.3f}",
        f"{method.placement.turn_deg:.1f}",
        f"{100 * errors.coverage:.0f}",
        _number(scale * errors.mpjpe),
        _number(scale * errors.p_mpjpe),
        _number(scale * errors.velocity),
        *(_number(scale * value) for value in errors.rmse),
    ]


def _ranking(comparison: Comparison, scale: float) -> dict[str, object] | None:
    ranking = comparison.ranking
    if ranking is None or ranking.frames == 0:
        return None
    rows = []
    for place, rank in enumerate(ranking.ranks, start=1):
        verdict = "" if place == 1 else "yes" if rank.is_sure else "may be chance"
        rows.append(
            [
                str(place),
                rank.name,
                _number(scale * rank.error),
                f"{scale * rank.ci[0]:.1f} to {scale * rank.ci[1]:.1f}",
                f"{100 * rank.best:.0f} %",
                "" if place == 1 else _number(scale * rank.behind),
                verdict,
            ]
        )
    return {
        "rows": rows,
        "frames": ranking.frames,
        "joints": len(ranking.joints),
        "block": ranking.block,
    }


def _joint_rows(comparison: Comparison, scale: float) -> list[Row]:
    rows = []
    for k, joint in enumerate(comparison.joints):
        for method in comparison.methods:
            e = method.errors.joints[k]
            if e.n == 0:
                continue
            rows.append(
                [words(joint), method.name, str(e.n)]
                + [_number(scale * value) for value in (e.mean, e.median, e.p95)]
                + [
                    f"{_number(scale * bias)} ± {_number(scale * spread)}"
                    for bias, spread in zip(e.bias, e.spread, strict=True)
                ]
            )
    return rows


def _angle_rows(comparison: Comparison) -> list[Row]:
    rows = []
    for name in _angles(comparison):
        for method in comparison.methods:
            found = method.agreements.get(name)
            if found is None or found.limits.n < 2:
                continue
            limits = found.limits
            rows.append(
                [
                    words(name),
                    method.name,
                    f"{limits.n} ({limits.n_effective:.0f})",
                    _number(found.rmse),
                    f"{_number(limits.bias)}{_interval(limits.bias_ci)}",
                    f"{_number(limits.lower)}{_interval(limits.lower_ci)}",
                    f"{_number(limits.upper)}{_interval(limits.upper_ci)}",
                    f"{_number(found.r, 2)}{_interval(found.r_ci, 2)}",
                    _number(found.icc, 2),
                ]
            )
    return rows


def _settings(comparison: Comparison) -> list[tuple[str, str]]:
    packages = ("numpy", "scipy", "plotly")
    return [
        ("reference", comparison.reference),
        ("alignment in space", comparison.align),
        ("joints", ", ".join(comparison.joints)),
        ("Kinema", metadata.version("kinema")),
        ("with", ", ".join(f"{name} {metadata.version(name)}" for name in packages)),
    ]


def _document(comparison: Comparison, scale: float, unit: str) -> dict[str, object]:
    """What the script draws; positions by joint and axis, so that a chart finds its own at once."""
    tracks = [comparison.track, *(method.track for method in comparison.methods)]
    angles = _angles(comparison)
    return {
        "unit": comparison.unit,
        "errorUnit": unit,
        "axes": list(comparison.axes),
        "times": _bulk(comparison.track.times),
        "joints": list(comparison.joints),
        "names": [comparison.reference, *(method.name for method in comparison.methods)],
        "paths": [_bulk(track.keypoints.transpose(1, 2, 0)) for track in tracks],  # (K, D, T)
        "distances": [_bulk(scale * method.distances.T) for method in comparison.methods],
        "means": [
            [_finite(scale * joint.mean) for joint in method.errors.joints]
            for method in comparison.methods
        ],
        "angles": {
            name: {
                "reference": _bulk(comparison.angles[name]),
                "methods": [_angle(method, name) for method in comparison.methods],
            }
            for name in angles
        },
    }


def _angle(method: Method, name: str) -> dict[str, object] | None:
    found = method.agreements.get(name)
    if found is None or found.limits.n < 2:
        return None
    limits = found.limits
    return {
        "values": _bulk(method.angles[name]),
        "bias": limits.bias,
        "lower": limits.lower,
        "upper": limits.upper,
        "bands": [
            [_finite(end) for end in ends]
            for ends in (limits.bias_ci, limits.lower_ci, limits.upper_ci)
        ],
    }


def _bulk(values: npt.NDArray[np.generic]) -> str:
    return encode(values.astype(np.float32))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(value: float, digits: int = 1) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}" if math.isfinite(value) else ""


def _interval(ends: tuple[float, float], digits: int = 1) -> str:
    if not all(math.isfinite(end) for end in ends):
        return ""
    return f" ({_number(ends[0], digits)} to {_number(ends[1], digits)})"
