"""The reports of `kinema evaluate` as text, as JSON and at the head of the gallery."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kinema.evaluation.coco import LEAST_OKS, CocoReport
from kinema.evaluation.gallery import Page, percent
from kinema.evaluation.joints import JointAccuracy
from kinema.evaluation.subject_report import PartAccuracy, SubjectReport
from kinema.evaluation.tracking import THRESHOLD, TrackingReport

SHOWN = ("AP", "AP50", "AP75", "APm", "APl", "AR")
COCO_SIZE = "the longer side of the person's box"


def coco_text(report: CocoReport, files: Sequence[str]) -> str:
    """The report for a terminal."""
    scores = "   ".join(f"{name} {_score(report.precision[name])}" for name in SHOWN)
    lines = [
        f"{report.model}: {_count(report.images, 'picture')}, {_count(report.people, 'person')}",
        "",
        scores,
        f"found {percent(report.recall) or 'nobody'} of the people; {_best(report)}",
        f"{report.images_per_second:.1f} pictures/s, {report.people_per_second:.1f} people/s",
        "",
        *joint_lines(report.joints, "PCK"),
        "",
        *coco_notes(report),
        *(f"  {file}" for file in files),
    ]
    return "\n".join(lines)


def coco_notes(report: CocoReport) -> list[str]:
    """How the numbers came about."""
    notes = [
        "AP and AR are of object keypoint similarity (OKS), by pycocotools.",
        f"A person counts as found from an OKS of {LEAST_OKS:g} on, the highest scores first.",
        f"PCK and errors are by {COCO_SIZE}. Joints of people not found are wrong in PCK; the "
        "median is of the joints found.",
    ]
    if report.missing:
        notes.append(f"{_count(report.missing, 'picture')} of the labels not looked at.")
    return notes + _not_given(report.not_given, "AP counts them as wrong, the last row not at all.")


def coco_page(report: CocoReport, labels: Path) -> Page:
    """The head of the gallery."""
    figures = [(name, _score(report.precision[name])) for name in SHOWN]
    figures += [
        ("recall", percent(report.best.recall)),
        ("precision", percent(report.best.precision)),
        ("pictures/s", f"{report.images_per_second:.1f}"),
    ]
    chosen = (
        f"Shown are people with a score from {report.best.score:.2g} on, which parts right from "
        "wrong best."
    )
    subtitle = (
        f"{labels.name}: {_count(report.images, 'picture')}, {_count(report.people, 'person')} "
        "with labelled joints"
    )
    notes = (*coco_notes(report), chosen)
    return Page(report.model, subtitle, tuple(figures), notes, report.joints)


def coco_facts(report: CocoReport) -> dict[str, object]:
    """The report for machines; what cannot be said is None."""
    facts = _plain(asdict(report))
    assert isinstance(facts, dict)
    return {"model": facts.pop("model"), **facts.pop("precision"), **facts}


def subject_text(report: SubjectReport, measure: str, files: Sequence[str]) -> str:
    """The report for a terminal."""
    lines = [
        f"{report.model}: {_count(report.people, 'person')}",
        "",
        _mean_pck(report, measure),
        f"{report.people_per_second:.1f} people/s",
        "",
        *joint_lines(report.joints, measure),
        *(["", *_part_lines(report.parts)] if report.parts else []),
        "",
        *subject_notes(report, measure),
        *(f"  {file}" for file in files),
    ]
    return "\n".join(lines)


def subject_notes(report: SubjectReport, measure: str) -> list[str]:
    """How the numbers came about."""
    notes = [f"{measure} and errors are by {report.size_is}. Joints not found are wrong."]
    if report.missing:
        notes.append(f"{_count(report.missing, 'labelled person')} not looked at.")
    return notes + _not_given(report.not_given, "The last rows leave them out.")


def subject_page(report: SubjectReport, labels: Path, measure: str) -> Page:
    """The head of the gallery."""
    total = report.joints[-1]
    figures = [(f"{measure}@{limit:g}", percent(share)) for limit, share in total.pck.items()]
    figures += [(f"PCP, {kind}", percent(value)) for kind, value in _pcp(report)]
    figures.append(("people/s", f"{report.people_per_second:.1f}"))
    subtitle = f"{labels.name}: {_count(report.people, 'person')}"
    notes = tuple(subject_notes(report, measure))
    return Page(report.model, subtitle, tuple(figures), notes, report.joints)


def subject_facts(report: SubjectReport) -> dict[str, object]:
    """The report for machines; what cannot be said is None."""
    facts = _plain(asdict(report))
    assert isinstance(facts, dict)
    return facts


def tracking_text(report: TrackingReport) -> str:
    """The report for a terminal."""
    return "\n".join(
        [
            f"{_count(report.frames, 'frame')}, {_count(report.people, 'person')} labelled "
            f"{report.positions} times",
            "",
            f"HOTA {report.hota:.3f}   detection {report.detection:.3f}   "
            f"association {report.association:.3f}",
            f"IDF1 {report.idf1:.3f}   MOTA {report.mota:.3f}   "
            f"{_count(report.switches, 'identity switch')}",
            f"missed {report.missed}   false {report.false}   {_count(report.ids, 'id')} given",
            "",
            "By object keypoint similarity (OKS): HOTA over thresholds of 0.05 to 0.95, the rest "
            f"at {THRESHOLD:g}.",
        ]
    )


def joint_lines(joints: Sequence[JointAccuracy], measure: str) -> list[str]:
    """The table of joints; `all` last."""
    limits = list(joints[0].pck)
    names = "".join(f"{f'{measure}@{limit:g}':>11}" for limit in limits)
    head = f"{'joint':<16}{'labelled':>9}{'found':>9}{names}{'median error':>20}"
    return [head, *(_joint_line(joint, limits) for joint in joints)]


def _joint_line(joint: JointAccuracy, limits: Sequence[float]) -> str:
    shares = "".join(f"{percent(joint.pck[limit]):>11}" for limit in limits)
    error = "" if math.isnan(joint.median_px) else f"{joint.median_px:.1f} px"
    return (
        f"{joint.joint:<16}{joint.labelled:>9}{percent(joint.found):>9}{shares}"
        f"{error:>12}{percent(joint.median_share):>8}"
    ).rstrip()


def _part_lines(parts: Sequence[PartAccuracy]) -> list[str]:
    head = f"{'part':<16}{'labelled':>9}{'strict PCP':>12}{'usual PCP':>12}"
    rows = [
        f"{p.part:<16}{p.labelled:>9}{percent(p.strict):>12}{percent(p.usual):>12}" for p in parts
    ]
    return [head, *rows]


def _mean_pck(report: SubjectReport, measure: str) -> str:
    shares = [f"{measure}@{limit:g} {percent(s)}" for limit, s in report.joints[-1].pck.items()]
    shares += [f"PCP ({kind}) {percent(value)}" for kind, value in _pcp(report)]
    return "   ".join(shares)


def _pcp(report: SubjectReport) -> list[tuple[str, float]]:
    if not report.parts:
        return []
    return [("strict", report.parts[-1].strict), ("usual", report.parts[-1].usual)]


def _best(report: CocoReport) -> str:
    best = report.best
    if math.isnan(best.precision):
        return "nobody was seen"
    return (
        f"from score {best.score:.2g} on {percent(best.recall) or 'nobody'}, and "
        f"{percent(best.precision)} of those seen are people"
    )


def _not_given(joints: Sequence[str], consequence: str) -> list[str]:
    if not joints:
        return []
    return [f"The model does not give {', '.join(joints)}. {consequence}"]


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _count(number: int, what: str) -> str:
    """`1 person`, `2 people`.

    >>> _count(2, "person"), _count(1, "picture")
    ('2 people', '1 picture')
    """
    if number == 1:
        return f"1 {what}"
    if "person" in what:
        return f"{number} {what.removesuffix('person')}people"
    return f"{number} {what}es" if what.endswith("ch") else f"{number} {what}s"


def _plain(value: object) -> object:
    """The same with None for NaN, and with text for keys."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, dict):
        return {f"{k:g}" if isinstance(k, float) else k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
