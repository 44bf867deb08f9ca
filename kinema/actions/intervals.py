"""From the action of each moment to intervals with a name, a start and an end; and their files.

    person,action,start,end,probability       # CSV: seconds; ELAN and spreadsheets read it
    {"actions": [{"person": 1, "action": "walking", "start": 0.2, "end": 3.8, "probability": 0.97}]}

WebVTT is the third form: subtitles, which players and browsers show over the video.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.curves import Event
from kinema.errors import InputError
from kinema.formats.csv_wide import line_of, quoted
from kinema.formats.staging import replace_text
from kinema.formats.textfile import encode_json

SHORTEST = 0.2
"""Seconds; what lasts less is no action."""

ENDINGS = (".csv", ".json", ".vtt")
BRIDGED = 0.3
"""Seconds without an action within one, up to which it is taken to go on."""

_COLUMNS = ("person", "action", "start", "end", "probability")
_LONGEST_STEP = 3.0  # usual steps between moments; beyond, nothing is known of the time between


@dataclass(frozen=True)
class ActionInterval:
    """One action of one person.

    Attributes:
        label: What they do.
        start: Seconds, on the time axis of the recording.
        end: Seconds.
        probability: The mean over its moments.
        person: The identity.
    """

    label: str
    start: float
    end: float
    probability: float
    person: int = 0

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.start


def intervals(
    times: npt.ArrayLike,
    labels: Sequence[str | None],
    probabilities: npt.ArrayLike,
    *,
    person: int = 0,
    shortest: float = SHORTEST,
    single: float = 0.0,
) -> tuple[ActionInterval, ...]:
    """The actions of one person, in order, from those of single moments.

    Each moment stands for half the usual step before and after it. Where the next one is more than
    three such steps away, the action ends there. Two of one label that are no further apart than
    `BRIDGED`, with nothing between, are one.

    Args:
        times: (W,) seconds, increasing.
        labels: W actions, None for none.
        probabilities: (W,) of them.
        person: Whose they are.
        shortest: Those that last less are left out.
        single: Seconds for which a moment stands that is the only one.
    """
    at = np.asarray(times, dtype=np.float64)
    chances = np.asarray(probabilities, dtype=np.float64)
    if not len(at) == len(labels) == len(chances):
        raise InputError(f"{len(at)} times, {len(labels)} actions, {len(chances)} probabilities")
    steps = np.diff(at)
    if (steps <= 0).any():
        raise InputError(f"the times of the actions of person {person} do not increase")
    usual = float(np.median(steps)) if len(steps) else single
    found, first = [], 0
    for last in range(len(at)):
        ends = last + 1 == len(at) or labels[last + 1] != labels[first]
        if ends or steps[last] > _LONGEST_STEP * usual:
            label = labels[first]
            if label is not None:
                start, end = at[first] - usual / 2, at[last] + usual / 2
                mean = float(chances[first : last + 1].mean())
                found.append(ActionInterval(label, float(start), float(end), mean, person))
            first = last + 1
    return tuple(interval for interval in _joined(found) if interval.seconds >= shortest)


def _joined(found: Sequence[ActionInterval]) -> list[ActionInterval]:
    """The same with those in one that are hardly interrupted."""
    joined: list[ActionInterval] = []
    for interval in found:
        before = joined[-1] if joined else None
        near = before is not None and interval.start - before.end <= BRIDGED
        if before is None or not near or before.label != interval.label:
            joined.append(interval)
            continue
        lasting = max(before.seconds + interval.seconds, 1e-9)
        both = before.seconds * before.probability + interval.seconds * interval.probability
        joined[-1] = replace(before, end=interval.end, probability=both / lasting)
    return joined


def events(actions: Sequence[ActionInterval]) -> tuple[Event, ...]:
    """The moments at which actions begin and end: `walking begins`, `walking ends`, by time."""
    pairs = [
        Event(f"{action.label} {what}", time)
        for action in actions
        for what, time in (("begins", action.start), ("ends", action.end))
    ]
    return tuple(sorted(pairs, key=lambda event: event.time))


def write_actions(path: str | Path, actions: Sequence[ActionInterval]) -> None:
    """Writes actions; `.csv`, `.json` or `.vtt` at the end of the path says how.

    Raises:
        InputError: If the ending is none of these, or the file cannot be written.
    """
    place = Path(path)
    writers = {".csv": _csv, ".json": _json, ".vtt": _subtitles}
    kind = place.suffix.lower()
    if kind not in writers:
        known = ", ".join(ENDINGS)
        raise InputError(f"cannot tell how to write actions to {path}; known are {known}")
    replace_text(place, writers[kind](sorted(actions, key=lambda a: (a.start, a.person))))


def _entry(action: ActionInterval) -> dict[str, object]:
    return {
        "person": action.person,
        "action": action.label,
        "start": round(action.start, 3),
        "end": round(action.end, 3),
        "probability": round(action.probability, 4),
    }


def _csv(actions: Sequence[ActionInterval]) -> str:
    rows = [[entry[name] for name in _COLUMNS] for entry in map(_entry, actions)]
    cells = [[quoted(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    return "".join(line_of(row) for row in [_COLUMNS, *cells])


def _json(actions: Sequence[ActionInterval]) -> str:
    entries = ",\n ".join(encode_json(_entry(action)) for action in actions)
    return f'{{"actions":[\n {entries}\n]}}\n' if actions else '{"actions":[]}\n'


def _subtitles(actions: Sequence[ActionInterval]) -> str:
    several = len({action.person for action in actions}) > 1
    cues = ["WEBVTT\n"]
    for action in actions:
        who = f"{action.person}: " if several else ""
        times = f"{_clock(action.start)} --> {_clock(action.end)}"
        text = action.label.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;")
        cues.append(f"{times}\n{who}{text}\n")
    return "\n".join(cues)


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> _clock(3725.5)
    '01:02:05.500'
    """
    thousandths = max(0, round(seconds * 1000))
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest / 1000:06.3f}"
