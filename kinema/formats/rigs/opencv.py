"""OpenCV's own files, YAML or XML as `cv2.FileStorage` writes them.

OpenCV has no layout for a rig, so those in use are read:

- As EasyMocap names them, and as Kinema writes them: `names`, and for each name `K_NAME`,
  `dist_NAME`, `Rot_NAME` (3, 3) or `R_NAME` (rotation vector), `T_NAME`, `W_NAME` and `H_NAME`;
  in one file, or in `intri.yml` and `extri.yml` of a folder.
- Of a pair of cameras, as OpenCV's stereo sample: `M1` `D1` `M2` `D2` `R` `T`; in one file, or in
  `intrinsics.yml` and `extrinsics.yml` of a folder. The world is that of the left camera.
- Of one camera, as OpenCV's calibration sample: `camera_matrix`, `distortion_coefficients`,
  `image_width`, `image_height`, and if it stands somewhere `R` or `rvec` and `T` or `tvec`. A
  folder of such files is a rig, with a camera named after each file.

Rotations and translations are from world to camera. For units and the axis that points up see
`kinema.formats.rigs.document`; what Kinema writes is in metres with z up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinema.camera import Camera, Rig
from kinema.errors import FormatError, InputError
from kinema.formats.rigs.document import (
    Float64Array,
    RigDocument,
    at_least_one,
    distortion_of,
    file_faults,
    numbers,
    rotation_of,
    rotation_of_vector,
    vector_of_rotation,
)
from kinema.formats.staging import replace_text
from kinema.formats.textfile import open_to_read

if TYPE_CHECKING:
    import cv2

ENDINGS = (".yml", ".yaml", ".xml")
_IN_TWO = (("intri", "extri"), ("intrinsics", "extrinsics"))
_MATRIX = ("camera_matrix", "Camera_Matrix", "cameraMatrix", "K", "M")
_DISTORTION = ("distortion_coefficients", "Distortion_Coefficients", "distCoeffs", "dist", "D")
_TURN = ("R", "Rot", "rotation", "rvec")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_PLACE = ("T", "t", "translation", "tvec")

Value = Float64Array | float | str | list[str]
Nodes = Mapping[str, Value]


def recognise(head: str) -> bool:
    """Whether a text begins like such a file."""
    return head.startswith("%YAML") or "<opencv_storage>" in head or "!!opencv-matrix" in head


def read_opencv(path: Path) -> RigDocument:
    """The cameras of a file or a folder.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it is damaged, or has none of these layouts.
    """
    if not path.is_dir():
        nodes = _nodes(path)
        with file_faults(path):
            return RigDocument(at_least_one(_cameras(nodes, path.stem)))
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS)
    stems = {file.stem: file for file in files}
    for first, second in _IN_TWO:
        if first in stems and second in stems:
            both = {**_nodes(stems[first]), **_nodes(stems[second])}
            with file_faults(path):
                return RigDocument(at_least_one(_cameras(both, path.name)))
    cameras = []
    for file in files:
        nodes = _nodes(file)
        with file_faults(file):
            cameras += _cameras(nodes, file.stem)
    with file_faults(path):
        return RigDocument(at_least_one(cameras))


def _cameras(nodes: Nodes, name: str) -> list[Camera]:
    if "names" in nodes:
        names = nodes["names"]
        listed = names if isinstance(names, list) else [str(names)]
        return [_named(nodes, camera) for camera in listed]
    if "M1" in nodes and "M2" in nodes:
        turn, place = _rotation(nodes["R"]), _vector(nodes["T"], "T")
        return [
            Camera("left", (0, 0), *_lens(nodes["M1"], nodes.get("D1"))),
            Camera("right", (0, 0), *_lens(nodes["M2"], nodes.get("D2")), turn, place),
        ]
    matrix = _first(nodes, _MATRIX)
    if matrix is None:
        raise FormatError("no camera_matrix, no M1 and M2, and no names of cameras are in it")
    turned, place_at = _first(nodes, _TURN), _first(nodes, _PLACE)
    return [
        Camera(
            name,
            (_side(nodes, "image_width"), _side(nodes, "image_height")),
            *_lens(matrix, _first(nodes, _DISTORTION)),
            np.eye(3) if turned is None else _rotation(turned),
            np.zeros(3) if place_at is None else _vector(place_at, "T"),
        )
    ]


def _named(nodes: Nodes, name: str) -> Camera:
    turn = nodes.get(f"Rot_{name}")
    return Camera(
        name,
        (_side(nodes, f"W_{name}"), _side(nodes, f"H_{name}")),
        *_lens(nodes[f"K_{name}"], nodes.get(f"dist_{name}")),
        _rotation(nodes[f"R_{name}"] if turn is None else turn),
        _vector(nodes[f"T_{name}"], f"T_{name}"),
    )


def _lens(matrix: Value, distortion: Value | None) -> tuple[Float64Array, Float64Array]:
    values = np.zeros(0) if distortion is None else distortion
    return numbers(matrix, (3, 3), "the camera matrix"), distortion_of(values)


def _rotation(value: Value) -> Float64Array:
    array = np.asarray(value)
    if array.size == 3:
        return rotation_of_vector(_vector(value, "the rotation"))
    return rotation_of(numbers(value, (3, 3), "the rotation"))


def _vector(value: Value, what: str) -> Float64Array:
    return numbers(np.ravel(np.asarray(value)), (3,), what)


def _side(nodes: Nodes, name: str) -> int:
    return round(float(numbers(nodes.get(name, 0), (), name)))


def _first(nodes: Nodes, names: tuple[str, ...]) -> Value | None:
    return next((nodes[name] for name in names if name in nodes), None)


def _nodes(path: Path) -> dict[str, Value]:
    """The matrices, numbers and texts at the top of a file."""
    import cv2

    with open_to_read(path) as file:
        text = file.read()
    try:
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        root = storage.root()
        return {key: _value(root.getNode(key)) for key in root.keys()}  # noqa: SIM118
    except (cv2.error, SystemError, UnicodeDecodeError) as error:
        reason = getattr(error, "err", "") or "it is damaged"
        raise FormatError(f"{path} is no file of OpenCV: {reason}") from error


def _value(node: cv2.FileNode) -> Value:
    if node.isMap():
        matrix = node.mat()
        return np.zeros(0) if matrix is None else matrix.astype(np.float64)
    if node.isSeq():
        items = [node.at(i) for i in range(node.size())]
        if all(item.isString() for item in items):
            return [item.string() for item in items]
        return np.array([item.real() for item in items])
    return node.string() if node.isString() else float(node.real())


def write_opencv(path: Path, rig: Rig) -> None:
    """Writes one file, YAML or by its ending XML.

    Raises:
        InputError: If it cannot be written, or a camera's name has other characters than letters,
            digits, `-` and `_`.
    """
    import cv2

    for camera in rig:
        if not _NAME.fullmatch(camera.name):
            raise InputError(f"the name {camera.name!r} cannot be in a file of OpenCV; rename it")

    ending = ".xml" if path.suffix.lower() == ".xml" else ".yml"
    storage = cv2.FileStorage(ending, cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY)
    storage.startWriteStruct("names", cv2.FileNode_SEQ)
    for camera in rig:
        storage.write("", camera.name)
    storage.endWriteStruct()
    for camera in rig:
        distortion = camera.distortion if len(camera.distortion) else np.zeros(4)
        for name, values in (
            ("K", camera.matrix),
            ("dist", distortion[None]),
            ("R", vector_of_rotation(camera.rotation)[:, None]),
            ("Rot", camera.rotation),
            ("T", camera.translation[:, None]),
        ):
            storage.write(f"{name}_{camera.name}", np.ascontiguousarray(values))
        storage.write(f"W_{camera.name}", camera.size[0])
        storage.write(f"H_{camera.name}", camera.size[1])
    replace_text(path, storage.releaseAndGetString())
