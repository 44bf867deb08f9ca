"""TOML as Pose2Sim and Anipose write it: a table for each camera.

    [cam01]
    name = "cam01"
    size = [1088, 1920]
    matrix = [[1681.2, 0.0, 532.9], [0.0, 1681.1, 948.1], [0.0, 0.0, 1.0]]
    distortions = [-0.046, 0.139, 0.0006, 0.0007]
    rotation = [1.688, 1.048, -0.4195]
    translation = [0.321, 0.956, 2.891]
    fisheye = false

`rotation` is a rotation vector in radians and `translation` where the world's origin stands before
the camera, both from world to camera as in OpenCV. Pose2Sim's lengths are metres with z up.
Anipose's are in the unit of the board, mostly millimetres, often in the axes of the first camera:
`kinema.formats.rigs.document` says how that is found out. Lenses that are marked as fish eyes are
refused, as they have another model.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from kinema.camera import Camera, Rig
from kinema.errors import FormatError
from kinema.formats.rigs.document import (
    RigDocument,
    at_least_one,
    distortion_of,
    file_faults,
    numbers,
    rotation_of_vector,
    vector_of_rotation,
)
from kinema.formats.staging import replace_text
from kinema.formats.textfile import open_to_read

_MATRIX = re.compile(r"^\s*matrix\s*=\s*\[", re.MULTILINE)
_KEYS = frozenset({"matrix", "rotation", "translation"})


def recognise(head: str) -> bool:
    """Whether a text begins like such a file."""
    return _MATRIX.search(head) is not None


def read_toml(path: Path) -> RigDocument:
    """The cameras of a file.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it is damaged.
    """
    with open_to_read(path) as file:
        text = file.read()
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"{path} is not TOML: {error}") from error
    with file_faults(path):
        cameras = [
            _camera(name, table)
            for name, table in tables.items()
            if isinstance(table, dict) and _KEYS & set(table)
        ]
        return RigDocument(at_least_one(cameras))


def _camera(section: str, table: Mapping[str, object]) -> Camera:
    missing = _KEYS - set(table)
    if missing:
        raise FormatError(f"camera {section} has no {min(missing)}")
    if table.get("fisheye"):
        raise FormatError(f"camera {section} has a fish-eye lens, whose model cannot be used")
    size = numbers(table.get("size", [0, 0]), (2,), f"size of {section}")
    vector = numbers(table["rotation"], (3,), f"rotation of {section}")
    return Camera(
        name=str(table.get("name", section)),
        size=(round(size[0]), round(size[1])),
        matrix=numbers(table["matrix"], (3, 3), f"matrix of {section}"),
        distortion=distortion_of(table.get("distortions", []), f"distortions of {section}"),
        rotation=rotation_of_vector(vector),
        translation=numbers(table["translation"], (3,), f"translation of {section}"),
    )


def write_toml(path: Path, rig: Rig) -> None:
    """Writes a rig in metres with z up, as Pose2Sim does.

    Raises:
        InputError: If the file cannot be written.
    """
    lines = []
    for camera in rig:
        distortion = camera.distortion if len(camera.distortion) else [0.0] * 4
        values = {
            "name": camera.name,
            "size": list(camera.size),
            "matrix": camera.matrix.tolist(),
            "distortions": list(map(float, distortion)),
            "rotation": vector_of_rotation(camera.rotation).tolist(),
            "translation": camera.translation.tolist(),
            "fisheye": False,
        }
        lines.append(f"[{json.dumps(camera.name, ensure_ascii=False)}]")
        # Strings, numbers, lists and truth values are the same in JSON and TOML.
        lines += [f"{key} = {json.dumps(v, ensure_ascii=False)}" for key, v in values.items()]
        lines.append("")
    lines += ["[metadata]", "adjusted = false", "error = 0.0", ""]
    replace_text(path, "\n".join(lines))
