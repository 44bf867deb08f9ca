"""What `kinema models` says of a model: as facts for JSON, and as text for a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from kinema.models.card import ModelCard
from kinema.models.elsewhere import ELSEWHERE, Release
from kinema.models.measured import Measured, frames

HEAD = ("NAME", "PEOPLE", "KEYPOINTS", "AP", "FRAMES/S", "MB", "LICENCE", "HERE", "FROM")
NUMBERS = (3, 4, 5)
"""Columns that are set to the right."""

PIPELINES_HEAD = ("TWO TOGETHER, OR WITH OPTIONS", "AP", "FRAMES/S", "MB", "LICENCE")


def facts_of(card: ModelCard) -> dict[str, object]:
    """All that is known of a model."""
    files = files_of(card)
    return {
        "name": card.name,
        "description": card.description,
        "family": card.family,
        "people": card.people,
        "skeleton": card.skeleton.name if card.skeleton else None,
        "keypoints": list(card.skeleton.keypoints) if card.skeleton else [],
        "licence": card.licence,
        "origin": card.origin,
        "size": _size(card),
        "cached": None if files is None else [str(file) for file in files],
        "measured": [_numbers(result) for result in card.measured],
        "paper": card.paper,
    }


def _numbers(result: Measured) -> dict[str, object]:
    return {
        "arguments": result.arguments,
        "of": result.of,
        **{name: getattr(result, name) for name in ("AP", "AP50", "APm", "APl", "AR")},
        "images": result.images,
        "people": result.people,
        "joints_not_given": list(result.not_given),
        "frames_per_second": result.frames_per_second,
        "machine": result.machine,
        "command": result.command,
    }


def table_of(cards: Sequence[ModelCard], pipelines: Sequence[ModelCard]) -> str:
    """All models, then what was measured of two together and with options, for a terminal.

    Where they come from is shown where the terminal is wide enough.
    """
    rows = [HEAD, *(_row(card) for card in cards)]
    text = _aligned(rows, NUMBERS)
    if max(map(len, text)) > shutil.get_terminal_size().columns:
        text = _aligned([row[:-1] for row in rows], NUMBERS)
    results = [result for card in pipelines for result in card.measured]
    results += [result for card in cards for result in card.measured[1:]]
    if results:
        results.sort(key=lambda result: -(result.AP or 0))
        together = [PIPELINES_HEAD, *(_result_row(result) for result in results)]
        text += ["", *_aligned(together, (1, 2, 3))]
    return "\n".join([*text, "", *_remarks()])


def _row(card: ModelCard) -> tuple[str, ...]:
    size = _size(card)
    plain = card.measured[0] if card.measured and ":" not in card.measured[0].entry else None
    return (
        card.name,
        card.people,
        card.skeleton.name if card.skeleton else "boxes",
        f"{plain.AP:.3f}" if plain and plain.AP is not None else "-",
        frames(plain.frames_per_second) if plain else "-",
        "" if size is None else f"{size / 1e6:.1f}",
        card.licence,
        "no" if files_of(card) is None else "yes",
        card.origin,
    )


def _result_row(result: Measured) -> tuple[str, ...]:
    precision = "-" if result.AP is None else f"{result.AP:.3f}"
    speed = frames(result.frames_per_second)
    return result.arguments, precision, speed, f"{result.megabytes:.1f}", result.licence


def _remarks() -> list[str]:
    return [
        "AP of COCO's people: joints, of nanodet boxes; - is not measured, for want of",
        "labels mostly. kinema models show NAME says more, and how to measure it again.",
        f"{len(ELSEWHERE)} more networks are in no package index, so they are neither fetched nor",
        f"measured: {ELSEWHERE[0].name} and others; kinema models list --elsewhere shows them.",
    ]


def _aligned(rows: Sequence[tuple[str, ...]], right: Sequence[int]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def text_of(card: ModelCard) -> str:
    """All that is known of a model, a line each."""
    facts = facts_of(card)
    size = facts["size"]
    facts["size"] = f"{size / 1e6:.1f} MB" if isinstance(size, int) else None
    lines: dict[str, object] = {}
    for key, value in facts.items():
        if key == "measured":
            lines |= _measured_lines(card)
        elif value:
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            lines[key.replace("_", " ")] = text
    return lines_of(lines)


def lines_of(lines: dict[str, object]) -> str:
    """Names and values, a line each."""
    return "\n".join(f"{key + ': ':<16}{value}" for key, value in lines.items())


def _measured_lines(card: ModelCard) -> dict[str, object]:
    if not card.measured:
        own = f"kinema evaluate coco --annotations LABELS.json --images DIR --model {card.name}"
        return {"accuracy": f"not measured; to do so: {own}"}
    lines: dict[str, object] = {}
    for result in card.measured:
        options = result.arguments.removeprefix(card.name).strip()
        if not options:
            alone = card.people == "one" and result.AP is not None
            remark = "; it gives one person a picture, and these have several" if alone else ""
            lines |= {"accuracy": result.accuracy + remark, "speed": result.speed}
            lines["measured by"] = result.command
        elif result.AP is not None:
            lines[f"with {options}"] = (
                f"AP {result.AP:.3f}, {frames(result.frames_per_second)} frames/s"
            )
    return lines


def facts_of_release(release: Release) -> dict[str, object]:
    """All that is known of weights that Kinema does not fetch."""
    return {
        "name": release.name,
        "description": release.description,
        "family": release.family,
        "skeleton": release.skeleton.name if release.skeleton else None,
        "licence": release.licence,
        "origin": f"{release.file} of {release.address}",
        "cached": None,
        "measured": [],
        "preparation": release.preparation,
        "command": release.command,
    }


def releases_table() -> str:
    """All weights that Kinema does not fetch, for a terminal."""
    rows = [("NAME", "KEYPOINTS", "LICENCE")]
    for release in ELSEWHERE:
        keypoints = release.skeleton.name if release.skeleton else "boxes"
        rows.append((release.name, keypoints, release.licence))
    remark = "Not measured: download them first; kinema models show NAME says where and how."
    return "\n".join([*_aligned(rows, ()), "", remark])


def text_of_release(release: Release) -> str:
    """The same, a line each."""
    facts = {key: value for key, value in facts_of_release(release).items() if value}
    facts["accuracy"] = "not measured: its weights are in no package index; download them first"
    return lines_of(facts)


def files_of(card: ModelCard) -> list[Path] | None:
    """The model's files on this machine; None if one is not here."""
    from kinema.models.store import cached

    files: list[Path] = []
    for weights in card.weights:
        path = weights if isinstance(weights, Path) else cached(weights)
        if path is None or not path.is_file():
            return None
        files.append(path)
    return files


def _size(card: ModelCard) -> int | None:
    """Of all its files in bytes; None if one is gone."""
    if all(weights.is_file() for weights in card.weights if isinstance(weights, Path)):
        return sum(w.stat().st_size if isinstance(w, Path) else w.size for w in card.weights)
    return None
