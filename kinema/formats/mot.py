"""MOT and STO: angles over time, as OpenSim, Pose2Sim and Sports2D read and write them.

    Coordinates
    version=1
    nRows=230
    nColumns=3
    inDegrees=yes
    endheader
    time      knee_angle_r  knee_angle_l
    0.000000  12.345600     3.210000
    ...

They hold `Curves`, not poses. `nColumns` counts the time too. Sigma is lost.

Gaps. OpenSim 4.6 takes a `nan` in such a file for the number before it and drops rows at the end,
without a word. So none is written: `write_mot` leaves out the curves and the rows that it must, by
`complete_part`, and says what it wrote. Rows need not be equally far apart.

Names and signs are those of OpenSim's coordinates where there is one of the same meaning, in the
models of Rajagopal et al. (2016) and their successors, which Pose2Sim uses: bending the knee is
positive there (in the older gait2392 it is negative). `COORDINATES` is the table. Abduction of the
shoulder is `arm_add_r` with its sign turned. What OpenSim has no coordinate for, as angles of
segments, keeps its name; OpenSim's programs then leave it aside. Curves in degrees and in metres
can be written.

Reading turns known coordinates back into Kinema's names, in degrees. Other columns keep their
names, in degrees if the file says `inDegrees=yes`, in metres if they end in `_tx`, `_ty` or `_tz`,
else without a unit and as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.curves import Curves
from kinema.errors import FormatError, InputError
from kinema.formats.staging import replace_text
from kinema.formats.textfile import parse_lines

DECIMALS = 6

_COORDINATES = {
    "ankle_dorsiflexion": ("ankle_angle", 1),
    "knee_flexion": ("knee_angle", 1),
    "hip_flexion": ("hip_flexion", 1),
    "hip_adduction": ("hip_adduction", 1),
    "hip_rotation": ("hip_rotation", 1),
    "shoulder_flexion": ("arm_flex", 1),
    "shoulder_abduction": ("arm_add", -1),
    "elbow_flexion": ("elbow_flex", 1),
    "wrist_flexion": ("wrist_flex", 1),
}
COORDINATES: dict[str, tuple[str, int]] = {
    f"{side}_{angle}": (f"{coordinate}_{side[0]}", sign)
    for side in ("left", "right")
    for angle, (coordinate, sign) in _COORDINATES.items()
}
"""OpenSim's coordinate of each of Kinema's curves, and the sign of Kinema's in it."""

_CURVES = {coordinate: (curve, sign) for curve, (coordinate, sign) in COORDINATES.items()}
_TRANSLATIONS = ("_tx", "_ty", "_tz")
_UNITS = ("deg", "m")


def write_mot(curves: Curves, path: Path) -> Curves:
    """Writes curves, in degrees and metres, as MOT (or STO, which has the same form).

    Returns:
        What was written: `complete_part(curves)`.

    Raises:
        InputError: If a curve has another unit, nothing is known, or the file cannot be written.
    """
    curves = complete_part(curves)
    if not (len(curves) and curves.names):
        raise InputError(f"{path}: no curve has a value, so there is nothing to write")
    for name, unit in zip(curves.names, curves.units, strict=True):
        if unit not in _UNITS:
            raise InputError(
                f"{path}: MOT holds degrees and metres, and {name} is in {unit or 'no unit'}; "
                "choose the curves, or save them as CSV"
            )
    known = [COORDINATES.get(name, (name, 1)) for name in curves.names]
    values = curves.values * np.array([sign for _, sign in known], dtype=np.float64)
    lines = [
        "Coordinates",
        "version=1",
        f"nRows={len(curves)}",
        f"nColumns={len(known) + 1}",
        "inDegrees=yes",
        "endheader",
        "\t".join(["time", *(name for name, _ in known)]),
    ]
    table = np.round(values, DECIMALS) + 0.0  # turns -0.0 into 0.0
    for time, row in zip(curves.times.tolist(), table.tolist(), strict=True):
        lines.append("\t".join(f"{value:.{DECIMALS}f}" for value in (time, *row)))
    replace_text(path, "\n".join(lines) + "\n")
    return curves


def complete_part(curves: Curves) -> Curves:
    """The curves and rows, without any gap, that together hold the most values.

    Curves go first that have the most gaps; those that have none at all, never.

    >>> knee, wrist = [1.0, 2.0, np.nan, 4.0], [np.nan, np.nan, np.nan, 3.0]
    >>> both = Curves(("knee", "wrist"), ("deg",) * 2, np.array([knee, wrist]).T, np.arange(4.0))
    >>> part = complete_part(both)
    >>> part.names, part.times.tolist()
    (('knee',), [0.0, 1.0, 3.0])
    """
    known = ~np.isnan(curves.values)
    order = np.argsort(-known.sum(axis=0), kind="stable")  # fewest gaps first
    rows = np.logical_and.accumulate(known[:, order], axis=1).sum(axis=0)
    sizes = rows * np.arange(1, len(order) + 1)
    count = 0 if sizes.max(initial=0) == 0 else len(sizes) - int(np.argmax(sizes[::-1]))
    part = curves.only([curves.names[column] for column in sorted(order[:count].tolist())])
    kept = ~np.isnan(part.values).any(axis=1)
    sigma = None if part.sigma is None else part.sigma[kept]
    return replace(part, values=part.values[kept], times=part.times[kept], sigma=sigma)


def read_mot(path: Path) -> Curves:
    """The curves of a MOT or STO file.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is damaged; the message names the line.
    """
    table = parse_lines(path, _parse)
    names, units, values = [], [], table.values.copy()
    for column, name in enumerate(table.names):
        curve, sign = _CURVES.get(name, (name, 1))
        values[:, column] *= sign
        if curve != name and table.degrees is False:
            values[:, column] = np.rad2deg(values[:, column])
        names.append(curve)
        units.append(_unit(name, curve != name, table.degrees))
    return Curves(tuple(names), tuple(units), values, table.times)


def _unit(name: str, is_known: bool, degrees: bool | None) -> str:
    if name.endswith(_TRANSLATIONS):
        return "m"
    return "deg" if is_known or degrees else ""


@dataclass(frozen=True)
class _Table:
    """What a file says, in its own names, signs and units."""

    names: list[str]
    times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    degrees: bool | None


def _parse(lines: list[str]) -> _Table:
    """Errors begin with the number of the line, counted from 1."""
    plain = [line.strip().lower() for line in lines]
    if "endheader" not in plain:
        raise FormatError(f"line {max(len(lines), 1)}: no endheader; not a MOT or STO file")
    end = plain.index("endheader")
    head = dict(line.split("=", 1) for line in plain[:end] if "=" in line)
    rows = [(number, line) for number, line in enumerate(lines, 1) if number > end + 1]
    rows = [(number, line) for number, line in rows if line.strip()]
    if not rows:
        raise FormatError(f"line {len(lines)}: the file ends after its head")
    names = _cells(rows[0][1])
    if names[0].lower() != "time" or len(set(names)) < len(names):
        raise FormatError(f'line {rows[0][0]}: it should name "time" and columns that all differ')
    values = np.array([_row(n, line, names) for n, line in rows[1:]]).reshape(-1, len(names))
    told = head.get("nrows", "").strip()
    if told.isdecimal() and int(told) != len(values):
        raise FormatError(
            f"line {len(lines)}: the file ends after {len(values)} rows, but nRows is {told}; "
            "was it cut off?"
        )
    wrong = np.flatnonzero(~(np.diff(values[:, 0]) > 0))
    if len(wrong):
        number = rows[1:][wrong[0] + 1][0]
        raise FormatError(f"line {number}: the time does not come after that of the line before")
    degrees = {"yes": True, "no": False}.get(head.get("indegrees", "").strip())
    return _Table(names[1:], values[:, 0], values[:, 1:], degrees)


def _cells(line: str) -> list[str]:
    """Parted by tabs, else by spaces. An empty cell stays one; tabs at the end do not count."""
    cells = line.rstrip().split("\t") if "\t" in line else line.split()
    return [cell.strip() for cell in cells]


def _row(number: int, line: str, names: list[str]) -> list[float]:
    cells = _cells(line)
    if line.rstrip("\r\n").count("\t") >= len(cells):  # empty cells at the end were stripped
        cells += [""] * (len(names) - len(cells))
    if len(cells) != len(names):
        raise FormatError(
            f"line {number}: {len(cells)} cells for {len(names)} columns; was it cut off?"
        )
    try:
        return [float(cell or "nan") for cell in cells]
    except ValueError as error:
        raise FormatError(f"line {number}: {error}") from error
