"""Tables of quantities over time (`Curves`): CSV and Parquet, and MOT for OpenSim.

    time, left_knee_flexion_deg, left_knee_flexion_sigma_deg, mid_hip_speed_m_per_s, ...

One row a time, in seconds. The unit stands at the end of a name: `_deg`, `_m`, `_px`, `_s`,
`_m_per_s`, `_deg_per_s2`, `_percent`, ...; a unit that is not in `UNITS` stands in brackets,
`name [N m]`. `_sigma` before it marks the standard deviation of the column of that name; it is
there for curves of which one is known. What is not known is empty. CSV has 6 decimals; Parquet
(`pip install 'kinema[tables]'`) whole float64. Columns that a reader does not understand as such
are curves without a unit.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kinema.curves import Curves
from kinema.errors import FormatError, InputError, MissingExtra
from kinema.formats.csv_wide import line_of, quoted
from kinema.formats.delimited import Table
from kinema.formats.mot import read_mot, write_mot
from kinema.formats.staging import StagedBytes, StagedText, file_errors

if TYPE_CHECKING:
    from types import ModuleType

DECIMALS = 6
_LENGTHS = {"deg": "deg", "rad": "rad", "m": "m", "cm": "cm", "mm": "mm", "px": "px"}
UNITS: dict[str, str] = {
    **_LENGTHS,
    **{f"{unit}/s": f"{name}_per_s" for unit, name in _LENGTHS.items()},
    **{f"{unit}/s²": f"{name}_per_s2" for unit, name in _LENGTHS.items()},
    "s": "s",
    "ms": "ms",
    "Hz": "hz",
    "1/s": "per_s",
    "1/min": "per_min",
    "%": "percent",
    "kg": "kg",
    "N": "n",
}
"""The ending of a column for each unit; no ending is a pure number."""

_ENDINGS = sorted(((name, unit) for unit, name in UNITS.items()), key=lambda pair: -len(pair[0]))
_SIGMA = "_sigma"
_IN_BRACKETS = re.compile(r"(?P<name>.+) \[(?P<unit>[^\]]*)\]")
Float64Array = npt.NDArray[np.float64]


def write_curves(path: str | Path, curves: Curves) -> None:
    """Writes a table; `.csv`, `.parquet` or `.mot` at the end of the path says which.

    MOT holds angles and metres without gaps; see `kinema.formats.mot` for what is left out of it.

    Raises:
        InputError: If the ending is none of these, or the file cannot be written.
        MissingExtra: If Parquet is wanted and pyarrow is not installed.
    """
    place = Path(path)
    kind = place.suffix.lower()
    if kind == ".csv":
        _write_csv(place, curves)
    elif kind == ".parquet":
        _write_parquet(place, curves)
    elif kind in (".mot", ".sto"):
        write_mot(curves, place)
    else:
        raise InputError(f"cannot tell the kind of table from {path}; known are csv, parquet, mot")


def read_curves(path: str | Path) -> Curves:
    """The curves of a table that `write_curves` or another program wrote.

    Raises:
        InputError: If the file cannot be opened, or the ending is unknown.
        FormatError: If there is no column `time`, times do not increase, or a cell is no number.
    """
    place = Path(path)
    kind = place.suffix.lower()
    if kind in (".mot", ".sto"):
        return read_mot(place)
    if kind == ".parquet":
        names, values = _read_parquet(place)
    elif kind in (".csv", ".tsv", ".txt"):
        names, values = _read_csv(place)
    else:
        raise InputError(f"cannot tell the kind of table from {path}; known are csv, parquet, mot")
    try:
        return _curves_of(names, values)
    except InputError as error:
        raise FormatError(f"{path}: {error}") from error


def columns_of(curves: Curves) -> tuple[list[str], Float64Array]:
    """The names of the columns and the table (T, columns) of `curves`."""
    names, columns = ["time"], [np.asarray(curves.times)]
    for number, (name, unit) in enumerate(zip(curves.names, curves.units, strict=True)):
        names.append(_column(name, unit))
        columns.append(curves.values[:, number])
        if curves.sigma is not None and not np.isnan(curves.sigma[:, number]).all():
            names.append(_column(name + _SIGMA, unit))
            columns.append(curves.sigma[:, number])
    return names, np.stack(columns, axis=1)


def _column(name: str, unit: str) -> str:
    if unit in UNITS:
        return f"{name}_{UNITS[unit]}"
    ambiguous = not unit and _split(name)[1]
    return f"{name} [{unit}]" if unit or ambiguous else name


def _split(column: str) -> tuple[str, str]:
    """The name of a column without its unit, and the unit.

    >>> _split("left_knee_flexion_sigma_deg")
    ('left_knee_flexion_sigma', 'deg')
    """
    match = _IN_BRACKETS.fullmatch(column)
    if match:
        return match["name"], match["unit"]
    for ending, unit in _ENDINGS:
        if column.endswith(f"_{ending}") and len(column) > len(ending) + 1:
            return column.removesuffix(f"_{ending}"), unit
    return column, ""


def _curves_of(columns: list[str], values: Float64Array) -> Curves:
    if "time" not in columns:
        raise InputError("the column time is missing")
    times = values[:, columns.index("time")]
    if np.isnan(times).any():
        raise InputError(f"no time in row {int(np.isnan(times).argmax()) + 1}")
    back = np.flatnonzero(np.diff(times) <= 0)
    if len(back):
        row = int(back[0]) + 2
        raise InputError(f"the time {times[row - 1]:g} s in row {row} after {times[row - 2]:g} s")
    at = {_split(name): number for number, name in enumerate(columns) if name not in ("time", "")}
    names = [key for key in at if not _is_sigma(key, at)]
    sigmas = [at.get((name + _SIGMA, unit)) for name, unit in names]
    unknown = np.full(len(values), np.nan)
    sigma = np.array([unknown if i is None else values[:, i] for i in sigmas]).T
    return Curves(
        tuple(name for name, _ in names),
        tuple(unit for _, unit in names),
        values[:, [at[key] for key in names]],
        times,
        sigma.reshape(len(values), len(names)) if any(i is not None for i in sigmas) else None,
    )


def _is_sigma(key: tuple[str, str], at: dict[tuple[str, str], int]) -> bool:
    name, unit = key
    return name.endswith(_SIGMA) and (name.removesuffix(_SIGMA), unit) in at


def _write_csv(path: Path, curves: Curves) -> None:
    names, values = columns_of(curves)
    file = StagedText(path)
    try:
        file.write(line_of([quoted(name) for name in names]))
        for row in (np.round(values, DECIMALS) + 0.0).tolist():
            file.write(line_of([None if cell != cell else cell for cell in row]))
        file.commit()
    finally:
        file.discard()


def _read_csv(path: Path) -> tuple[list[str], Float64Array]:
    table = Table(path)
    try:
        rows = [
            [table.number(cell, name) for cell, name in zip(cells, table.header, strict=True)]
            for cells in table.rows()
        ]
    finally:
        table.close()
    return table.header, np.array(rows, dtype=np.float64).reshape(-1, len(table.header))


def _write_parquet(path: Path, curves: Curves) -> None:
    arrow, parquet = _arrow()
    names, values = columns_of(curves)
    # Null rather than NaN, as every reader of tables knows it.
    arrays = [arrow.array(column, mask=np.isnan(column)) for column in values.T]
    file = StagedBytes(path)
    try:
        with file_errors("write", path):
            parquet.write_table(arrow.table(arrays, names=names), file.stream)
        file.commit()
    finally:
        file.discard()


def _read_parquet(path: Path) -> tuple[list[str], Float64Array]:
    arrow, parquet = _arrow()
    with file_errors("read", path), path.open("rb") as stream:
        try:
            table = parquet.read_table(stream)
            columns = [column.cast(arrow.float64()).to_numpy() for column in table.columns]
        except (arrow.ArrowException, OSError, UnicodeError) as error:  # all of them mean damage
            reason = str(error).partition("\n")[0]
            raise FormatError(f"{path} is not a table of numbers in Parquet: {reason}") from error
    values = np.stack(columns, axis=1) if columns else np.empty((0, 0))
    return list(table.column_names), values


def _arrow() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "tables") from error
    return pyarrow, pyarrow.parquet
