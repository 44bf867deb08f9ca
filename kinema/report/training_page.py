"""One page of HTML on a recogniser of actions: figures, confusion, each label, calibration, log."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from kinema.analysis.shares import share_interval
from kinema.errors import InputError, MissingExtra
from kinema.formats.staging import replace_text
from kinema.report.assets import asset
from kinema.report.training_figures import calibration_svg, confusion_svg, learning_svg

Card = Mapping[str, Any]
_LOSSES = {
    "loss": ("training", "var(--left)"),
    "held_out_loss": ("held out", "var(--right)"),
}
_ACCURACIES = {
    "accuracy": ("training", "var(--left)"),
    "held_out_accuracy": ("held out", "var(--right)"),
}
_MOST_MISTAKES = 12


def write_training_page(path: Path, card: Card, *, command: str | None = None) -> None:
    """Writes the page; it opens without a network.

    Args:
        path: Of the page; ends in .html.
        card: Of a recogniser, as `kinema actions train` writes it, or what `kinema actions
            evaluate` prints: at least `protocol` and `measured`.
        command: The command line that repeats this, to be shown.

    Raises:
        MissingExtra: If jinja2 is not installed.
        InputError: If there are no figures to show, or the page cannot be written.
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtra("jinja2", "report") from error
    measured = card["measured"]
    log = card.get("log") or []
    if measured is None and not log:
        raise InputError("nothing was measured; there is nothing to show on a page")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    labels = list(measured["labels"]) if measured else []
    text = environment.from_string(asset("training.html.jinja")).render(
        title=_title(card),
        subtitle=_subtitle(card),
        facts=_facts(card),
        remark=people_remark(card["protocol"]),
        confusion=confusion_svg(labels, measured["confusion"]) if measured else None,
        mistakes=_mistakes(labels, measured["confusion"]) if measured else [],
        rows=_rows(measured) if measured else [],
        calibration=calibration_svg(measured["calibration"]) if measured else None,
        curves=[
            learning_svg(log, _LOSSES, "loss"),
            learning_svg(log, _ACCURACIES, "accuracy"),
        ]
        if log
        else [],
        command=command,
        settings=_settings(card),
        version=metadata.version("kinema"),
        style=asset("report.css"),
    )
    replace_text(path, text)


def _title(card: Card) -> str:
    plan = card.get("plan")
    name = f"{plan['model']} ({', '.join(plan['streams'])})" if plan else card.get("model", "")
    return f"Actions: {name}"


def _subtitle(card: Card) -> str:
    data = card["trained_on"]["data"] if "trained_on" in card else card.get("data", "")
    protocol = card["protocol"]
    parts = {
        "test": "measured on the test part",
        "validation": "measured on the part held out of the training; the test part was not looked "
        "at",
        "all": "measured on all recordings",
    }
    where = parts.get(protocol.get("measured_on"), "not measured")
    by = f", protocol {protocol['name']}" if protocol.get("name") else ""
    return f"{data}{by}; {where}."


def people_remark(protocol: Card) -> str:
    """A caution where people who were learned from may be among those measured on; else empty."""
    if protocol.get("people") == "same":
        return "Some people are in both parts: it may do worse with people whom it has not seen."
    if protocol.get("people") == "unknown":
        return (
            "Who the people are is not known, so the same ones may be in both parts: it may do "
            "worse with others."
        )
    return ""


def _facts(card: Card) -> list[tuple[str, str]]:
    facts = []
    measured = card["measured"]
    if measured:
        count = measured["recordings"]
        low, high = share_interval(round(measured["accuracy"] * count), count)
        facts += [
            ("Accuracy", f"{measured['accuracy']:.1%}"),
            ("95% interval", f"{100 * low:.1f} to {high:.1%}"),
            ("Mean F1", f"{measured['macro_f1']:.3f}"),
            ("Calibration error", f"{measured['calibration_error']:.3f}"),
            ("Recordings", str(measured["recordings"])),
            ("Labels", str(len(measured["labels"]))),
        ]
    if "trained_on" in card:
        facts.append(("Learned from", str(card["trained_on"]["recordings"])))
    if "parameters" in card:
        facts.append(("Parameters", f"{card['parameters']:,}"))
    if card.get("seconds"):
        seconds = card["seconds"]
        took = f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
        facts.append(("Training took", took))
    return facts


def _mistakes(labels: list[str], confusion: list[list[int]]) -> list[tuple[str, str, int, int]]:
    """What was done, what it was taken for, how often, and of how many; the most first."""
    found = [
        (labels[row], labels[column], value, sum(values))
        for row, values in enumerate(confusion)
        for column, value in enumerate(values)
        if value and row != column
    ]
    return sorted(found, key=lambda each: (-each[2], each[0]))[:_MOST_MISTAKES]


def _rows(measured: Card) -> list[list[str]]:
    return [
        [label, str(row["recordings"])]
        + [_number(row[name]) for name in ("precision", "recall", "f1")]
        for label, row in measured["labels"].items()
    ]


def _settings(card: Card) -> list[tuple[str, str]]:
    protocol = card["protocol"]
    rows = [
        (name, str(protocol[name]))
        for name in ("train", "fitting", "validation", "test")
        if protocol.get(name)
    ]
    settings = [("recordings", ", ".join(f"{name} {count}" for name, count in rows))]
    if card.get("trained_on", {}).get("subjects"):
        settings.append(("learned from", ", ".join(card["trained_on"]["subjects"])))
    if card.get("held_out") and card["held_out"]["subjects"]:
        settings.append(("held out", ", ".join(card["held_out"]["subjects"])))
    if "spec" in card:
        settings.append(("temperature", f"{card['spec']['temperature']:g}"))
    plan = card.get("plan") or {}
    settings += [(name.replace("_", " "), _plain(value)) for name, value in plan.items()]
    made = card.get("made_with") or {}
    settings += [("with", ", ".join(f"{name} {value}" for name, value in made.items()))] * bool(
        made
    )
    return settings


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
