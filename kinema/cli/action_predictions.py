"""What `kinema actions predict` does: each recording's people and actions, as text and files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kinema.cli.opening import ModelChoice, frames_of, loader
from kinema.cli.recordings import Recording, find_movements, process_each
from kinema.cli.summary import finite, with_files
from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.actions.recognised import Doings
    from kinema.actions.recogniser import Recogniser
    from kinema.models.model import Model

_BEST = 3
"""Labels of which the probability is said."""


def predict_all(
    sources: Sequence[str],
    recogniser: str,
    folder: Path,
    *,
    save: tuple[str, ...],
    choice: ModelChoice,
    rate: float | None,
    as_json: bool,
) -> int:
    """Says of each source what its people do; the exit code.

    Raises:
        KinemaError: If there is one source, and it cannot be used.
    """
    from kinema.models.recogniser import load_recogniser

    endings = [f".{kind}" for kind in save]
    _check_endings(endings)
    loaded = load_recogniser(recogniser)
    recordings, failures = find_movements(sources)
    load = loader(choice)
    facts: list[dict[str, object]] = []

    def predict(recording: Recording) -> None:
        found = _people(recording.name, recording.stem, folder, loaded, load, rate)
        files = _write(folder / f"{recording.stem}.predicted", found, endings)
        facts.append(_facts(recording.name, found, files))
        if not as_json:
            typer.echo(_text(recording.name, found, files))

    failed = process_each(recordings, failures, predict)
    if as_json:
        typer.echo(json.dumps({"results": facts}))
    return 1 if failed else 0


def _check_endings(endings: Sequence[str]) -> None:
    from kinema.actions.intervals import ENDINGS

    for ending in endings:
        if ending not in ENDINGS:
            known = ", ".join(each.removeprefix(".") for each in ENDINGS)
            raise InputError(f"--save takes {known}, not {ending.removeprefix('.')!r}")


def _people(
    source: str,
    stem: str,
    folder: Path,
    recogniser: Recogniser,
    load: Callable[[], Model],
    rate: float | None,
) -> list[Doings]:
    from kinema.actions.recognised import recognise_people
    from kinema.formats.registry import is_poses
    from kinema.track import tracks

    header, frames = frames_of(source, folder, stem, load, rate)
    video = source if not is_poses(source) else header.source
    known = video if video and Path(video).is_file() else None
    try:
        return recognise_people(tracks(frames), recogniser, video=known)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error


def _write(start: Path, found: Sequence[Doings], endings: Sequence[str]) -> list[Path]:
    from kinema.actions.intervals import write_actions

    every = [interval for person in found for interval in person.intervals]
    files = [start.with_name(start.name + ending) for ending in endings]
    for file in files:
        write_actions(file, every)
    return files


def _facts(source: str, found: Sequence[Doings], files: Sequence[Path]) -> dict[str, object]:
    return {
        "source": source,
        "people": [
            {
                "id": person.track.id,
                "from_s": round(float(person.track.times[0]), 3),
                "to_s": round(float(person.track.times[-1]), 3),
                "action": person.whole.label,
                "probability": finite(person.whole.probability),
                "best": [[label, round(p, 4)] for label, p in person.whole.best(_BEST)],
                "intervals": [
                    {
                        "action": each.label,
                        "start_s": round(each.start, 3),
                        "end_s": round(each.end, 3),
                        "probability": round(each.probability, 4),
                    }
                    for each in person.intervals
                ],
            }
            for person in found
        ],
        "files": [str(path) for path in files],
    }


def _text(source: str, found: Sequence[Doings], files: Sequence[Path]) -> str:
    lines = [f"{source}:"]
    for person in found:
        times = f"{person.track.times[0]:.1f} to {person.track.times[-1]:.1f} s"
        best = ", ".join(f"{label} {p:.2f}" for label, p in person.whole.best(_BEST))
        what = person.whole.label or "no action that is sure"
        lines.append(f"  person {person.track.id} ({times}): {what} ({best or 'too little seen'})")
        lines += [
            f"    {each.start:6.2f} to {each.end:6.2f} s  {each.label} {each.probability:.2f}"
            for each in person.intervals
        ]
    return with_files(lines, files)
