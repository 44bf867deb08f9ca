"""Moments in time (`Event`) as a table or as JSON.

    time, kind, side, uncertainty                 # CSV: seconds; empty where not known
    {"events": [{"side": "left", "kind": "heel_strike", "time": 1.2467, "uncertainty": 0.008}]}

In JSON what is not known is null. Times have 6 decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

import numpy as np

from kinema.curves import Event, Side
from kinema.errors import FormatError, InputError
from kinema.formats.csv_wide import line_of, quoted
from kinema.formats.delimited import Table
from kinema.formats.staging import replace_text
from kinema.formats.textfile import encode_json, read_json

DECIMALS = 6
_COLUMNS = ("time", "kind", "side", "uncertainty")


def write_events(path: str | Path, events: Sequence[Event]) -> None:
    """Writes events; `.csv` or `.json` at the end of the path says how.

    Raises:
        InputError: If the ending is neither, or the file cannot be written.
    """
    place = Path(path)
    kind = place.suffix.lower()
    if kind == ".json":
        entries = ",\n ".join(encode_json(_entry(event)) for event in events)
        replace_text(place, f'{{"events":[\n {entries}\n]}}\n' if events else '{"events":[]}\n')
    elif kind == ".csv":
        rows = [[entry[name] for name in _COLUMNS] for entry in map(_entry, events)]
        cells = [[quoted(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
        replace_text(place, "".join(line_of(row) for row in [_COLUMNS, *cells]))
    else:
        raise InputError(f"cannot tell how to write events to {path}; known are .csv and .json")


def _entry(event: Event) -> dict[str, object]:
    unsure = None if np.isnan(event.uncertainty) else round(event.uncertainty, DECIMALS)
    return {
        "side": event.side,
        "kind": event.kind,
        "time": round(float(event.time), DECIMALS),
        "uncertainty": unsure,
    }


def read_events(path: str | Path) -> tuple[Event, ...]:
    """The events of a file, in its order; JSON may be a bare list, too.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is something else, or damaged; the message names the line or the entry.
    """
    place = Path(path)
    return _read_table(place) if place.suffix.lower() in (".csv", ".tsv") else _read_json(place)


def _read_json(path: Path) -> tuple[Event, ...]:
    document = read_json(path)
    entries = document.get("events") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise FormatError(f"{path} holds no list of events")
    events = []
    for number, entry in enumerate(entries, 1):
        where = f"{path}, event {number}"
        if not isinstance(entry, dict):
            raise FormatError(f"{where}: not an object")
        time, unsure = entry.get("time"), entry.get("uncertainty")
        if not isinstance(time, int | float) or not isinstance(unsure, int | float | None):
            raise FormatError(f"{where}: time and uncertainty must be numbers")
        known = float("nan") if unsure is None else float(unsure)
        events.append(_event(entry.get("kind"), float(time), entry.get("side"), known, where))
    return tuple(events)


def _read_table(path: Path) -> tuple[Event, ...]:
    table = Table(path)
    try:
        at = {name.lower(): number for number, name in enumerate(table.header)}
        missing = [name for name in ("time", "kind") if name not in at]
        if missing:
            raise FormatError(f"{path}: the column {missing[0]} is missing")
        events = []
        for cells in table.rows():
            time = table.number(cells[at["time"]], "time")
            if np.isnan(time):
                raise table.error("no number in the column time")
            unsure = float("nan")
            if "uncertainty" in at:
                unsure = table.number(cells[at["uncertainty"]], "uncertainty")
            side = cells[at["side"]].strip() if "side" in at else ""
            where = f"{path}, line {table.line}"
            events.append(_event(cells[at["kind"]].strip(), time, side or None, unsure, where))
    finally:
        table.close()
    return tuple(events)


def _event(kind: object, time: float, side: object, unsure: float, where: str) -> Event:
    if not isinstance(kind, str) or not kind:
        raise FormatError(f"{where}: an event without a kind")
    if side is not None and side not in get_args(Side):
        raise FormatError(f"{where}: side must be left or right, not {side!r}")
    return Event(kind, time, cast("Side | None", side), unsure)
