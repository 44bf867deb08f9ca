"""The options of `kinema lift`, `stereo` and `triangulate`: calibrations, and results in space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.camera import Rig

Save = Annotated[
    str,
    typer.Option(
        metavar="KINDS", help="Of poses,points,trc,c3d,bvh,csv,... in metres; film,gif,report,rig."
    ),
]
Turn = Annotated[
    float,
    typer.Option(metavar="DEGREES", help="A second, by which the view of a film goes round."),
]
UnitName = Annotated[
    str | None, typer.Option(metavar="UNIT", help="Of lengths in the calibration: m, cm, mm.")
]
UpAxis = Annotated[
    str | None, typer.Option(metavar="AXIS", help="That points up in it: z, y, -y, ...")
]
Subject = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose cameras, in Human3.6M's files: S1.")
]


def rig_of(calibration: str, unit: str | None, up: str | None, subject: str | None) -> Rig:
    """The cameras of a calibration file, read as the options say.

    Raises:
        InputError: If it cannot be opened, or unit, axis or subject is unknown.
        FormatError: If it is damaged.
    """
    from kinema.formats.rigs import read_rig

    return read_rig(calibration, unit=unit, up=up, subject=subject)  # type: ignore[arg-type]


def refuse_without_calibration(unit: str | None, up: str | None, subject: str | None) -> None:
    """Tells of options that say how a calibration is read, where none is given.

    Raises:
        InputError: If there is one.
    """
    for name, value in (("unit", unit), ("up", up), ("subject", subject)):
        if value is not None:
            raise InputError(f"--{name} says how a --calibration is read; give that too")
