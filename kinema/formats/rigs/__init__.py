"""Calibration files of camera rigs: Pose2Sim, Anipose, Qualisys, OpenCV, OpenPose, Human3.6M.

`read_rig` recognises a file by its content and gives a `kinema.camera.Rig` in metres with z up;
`write_rig` writes one by the ending of its name. Which axes and units each format has is said in
its module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kinema.camera import Rig
from kinema.errors import FormatError, InputError, did_you_mean
from kinema.formats.axes import Up
from kinema.formats.rigs import human36m, opencv, openpose, qualisys, toml
from kinema.formats.rigs.document import RigDocument, Unit, file_faults
from kinema.formats.staging import file_errors

__all__ = ["RIG_FORMATS", "RigFormat", "read_rig", "write_rig"]

_HEAD = 20_000  # characters that tell a format


@dataclass(frozen=True)
class RigFormat:
    """A format of calibration files.

    Attributes:
        name: As in `write_rig`.
        description: One line.
        recognise: Whether a text begins like a file of this format.
        read: Reads a path; the second argument is the subject.
        write: Writes a rig, or None.
        suffixes: Endings that mean this format when a rig is written.
    """

    name: str
    description: str
    recognise: Callable[[str], bool]
    read: Callable[[Path, str | None], RigDocument]
    write: Callable[[Path, Rig], None] | None = None
    suffixes: tuple[str, ...] = ()


def _without_subject(
    read: Callable[[Path], RigDocument],
) -> Callable[[Path, str | None], RigDocument]:
    return lambda path, subject: read(path)


RIG_FORMATS = (
    RigFormat(
        "qualisys",
        "Qualisys Track Manager, .qca.txt",
        qualisys.recognise,
        _without_subject(qualisys.read_qualisys),
        qualisys.write_qualisys,
        (".qca.txt",),
    ),
    RigFormat(
        "openpose",
        "OpenPose, a folder of XML files",
        openpose.recognise,
        _without_subject(openpose.read_openpose),
        openpose.write_openpose,
    ),
    RigFormat(
        "opencv",
        "OpenCV's FileStorage, YAML or XML",
        opencv.recognise,
        _without_subject(opencv.read_opencv),
        opencv.write_opencv,
        (".yml", ".yaml", ".xml"),
    ),
    RigFormat(
        "human36m-xml",
        "Human3.6M, metadata.xml",
        human36m.recognise_xml,
        human36m.read_metadata,
    ),
    RigFormat(
        "toml",
        "Pose2Sim and Anipose, TOML",
        toml.recognise,
        _without_subject(toml.read_toml),
        toml.write_toml,
        (".toml",),
    ),
    RigFormat(
        "human36m",
        "Human3.6M, cameras as in VideoPose3D, JSON",
        human36m.recognise_json,
        human36m.read_cameras,
        human36m.write_cameras,
        (".json",),
    ),
)
"""All formats, in the order in which they are tried."""


def read_rig(
    path: str | Path,
    *,
    unit: Unit | None = None,
    up: Up | None = None,
    subject: str | None = None,
) -> Rig:
    """The cameras of a calibration file or folder, in metres with z up.

    Args:
        path: Of the file, or of a folder with a file for each camera.
        unit: Of its lengths, `m`, `cm` or `mm`; None is as the format says, or found out.
        up: The axis of its world that points up, `z`, `y`, `-y`, ...; None likewise.
        subject: Whose cameras, in files of several subjects: `S1`.

    Raises:
        InputError: If it cannot be opened, or unit, axis or subject is unknown.
        FormatError: If it is damaged, or in no known format.
    """
    place = Path(path)
    found = _format_of(place)
    document = found.read(place, subject)
    if unit is not None or up is not None:
        return document.rig(unit=unit, up=up)
    with file_faults(place):
        return document.rig()


def _format_of(path: Path) -> RigFormat:
    file = path
    if path.is_dir():
        with file_errors("read", path):
            files = sorted(f for f in path.iterdir() if f.suffix.lower() in opencv.ENDINGS)
        if not files:
            raise FormatError(f"there is no calibration file (.xml, .yml) in the folder {path}")
        file = files[0]
    with file_errors("read", file), file.open("rb") as opened:
        head = opened.read(_HEAD).decode("utf-8-sig", errors="replace")
    for known in RIG_FORMATS:
        if known.recognise(head):
            return known
    names = "; ".join(known.description for known in RIG_FORMATS)
    raise FormatError(f"cannot tell what calibration {path} is; known are: {names}")


def write_rig(path: str | Path, rig: Rig, *, format: str | None = None) -> None:
    """Writes a rig to a calibration file.

    Args:
        path: `.toml`, `.qca.txt`, `.yml`, `.xml` or `.json`; a path without an ending is a folder
            of OpenPose's files.
        rig: In metres with z up.
        format: Name of the format, where the ending does not tell it.

    Raises:
        InputError: If the file cannot be written, or the format cannot hold the rig.
        FormatError: If the format is unknown.
    """
    place = Path(path)
    writable = {known.name: known for known in RIG_FORMATS if known.write}
    if format is None:
        matches = [k for k in writable.values() if place.name.lower().endswith(k.suffixes or "/")]
        if not matches and not place.suffix:
            matches = [writable["openpose"]]
        if not matches:
            raise FormatError(
                f"cannot tell the format to write from {str(path)!r}; let it end in .toml, "
                ".qca.txt, .yml, .xml or .json"
            )
        chosen = matches[0]
    elif format in writable:
        chosen = writable[format]
    else:
        raise FormatError(f"unknown format {format!r}; {did_you_mean(format, list(writable))}")
    if chosen.write is None:
        raise InputError(f"{chosen.name} can only be read")
    chosen.write(place, rig)
