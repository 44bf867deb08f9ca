"""Cameras of Human3.6M: its `metadata.xml`, and the constants of VideoPose3D as JSON.

`metadata.xml` has 300 numbers in `<w0>`. For camera c and subject s, both from 0, six at
6 (11 c + s) are three angles and the camera's place, nine at 264 + 9 c the focal lengths, the
principal point, k1 k2 k3 and p1 p2; the rotation is Rx(a) Ry(b) Rz(c), from world to camera (the
layout as read by the code of Martinez et al. 2017, "A simple yet effective baseline for 3d human
pose estimation").

JSON is a list of cameras, or an object with a list for each subject, with the names of VideoPose3D
(Pavllo et al. 2019): `id`, `center`, `focal_length`, `radial_distortion`, `tangential_distortion`,
`res_w`, `res_h`, `orientation` and `translation`. The orientation is a quaternion w x y z from the
camera to the world, the translation the camera's place.

Both are in millimetres with z up. The tangential distortion is taken as OpenCV's p1, p2: the
dataset's own code leaves out a factor of 2 in two terms, which is 0.1 pixel at the edge. Each
subject has cameras of their own, so files of several subjects need to be told which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
from scipy.spatial.transform import Rotation

from kinema.camera import Camera, Rig
from kinema.errors import FormatError, InputError
from kinema.formats.rigs.document import (
    Float64Array,
    RigDocument,
    at_least_one,
    file_faults,
    no_more_than,
    numbers,
)
from kinema.formats.rigs.xmlfile import read_xml
from kinema.formats.staging import replace_text
from kinema.formats.textfile import read_json

CAMERAS = {
    "54138969": (1000, 1002),
    "55011271": (1000, 1000),
    "58860488": (1000, 1000),
    "60457274": (1000, 1002),
}
SUBJECTS = tuple(f"S{number}" for number in range(1, 12))
_NUMBERS = 300
_LENSES = 264


def recognise_xml(head: str) -> bool:
    """Whether a text begins like `metadata.xml`, whose numbers may come late."""
    return head.lstrip().startswith("<") and ("<w0>" in head or "<metadata" in head.lower())


def recognise_json(head: str) -> bool:
    """Whether a text begins like such a JSON file."""
    return head.lstrip().startswith(("{", "[")) and '"' in head


def read_metadata(path: Path, subject: str | None = None) -> RigDocument:
    """The cameras that recorded one subject.

    Raises:
        InputError: If the file cannot be opened, or no subject or an unknown one is named.
        FormatError: If it is damaged.
    """
    root = read_xml(path)
    element = root if root.tag == "w0" else root.find(".//w0")
    if element is None:
        raise FormatError(f"{path}: w0 is missing")
    if subject not in SUBJECTS:
        raise InputError(f"{path} has a rig for each subject; name one of {', '.join(SUBJECTS)}")
    with file_faults(path):
        words = (element.text or "").strip().strip("[]").split()
        values = numbers(words, (_NUMBERS,), "w0")
        return RigDocument(
            tuple(
                _from_metadata(name, values, camera, SUBJECTS.index(subject))
                for camera, name in enumerate(CAMERAS)
            ),
            "mm",
            "z",
        )


def _from_metadata(name: str, values: Float64Array, camera: int, subject: int) -> Camera:
    start = 6 * (camera * len(SUBJECTS) + subject)
    pose, lens = values[start : start + 6], values[_LENSES + 9 * camera :][:9]
    rotation = Rotation.from_euler("XYZ", pose[:3]).as_matrix()
    (fx, fy, cx, cy), (k1, k2, k3, p1, p2) = lens[:4], lens[4:]
    return Camera(
        name=name,
        size=CAMERAS[name],
        matrix=np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]),
        distortion=np.array([k1, k2, p1, p2, k3]),
        rotation=rotation,
        translation=-rotation @ pose[3:],
    )


def read_cameras(path: Path, subject: str | None = None) -> RigDocument:
    """The cameras of a JSON file.

    Raises:
        InputError: If it cannot be opened, or has several subjects of which none is named.
        FormatError: If it is damaged.
    """
    document = read_json(path)
    if isinstance(document, dict):
        names = [name for name, value in document.items() if isinstance(value, list)]
        if subject is None and len(names) == 1:
            subject = names[0]
        if subject not in names:
            there = ", ".join(names) or "none"
            raise InputError(f"{path} has a rig for each subject; name one of {there}")
        document = document[subject]
    with file_faults(path):
        if not isinstance(document, list):
            raise FormatError("no list of cameras")
        return RigDocument(at_least_one([_from_json(entry) for entry in document]), "mm", "z")


def _from_json(entry: object) -> Camera:
    if not isinstance(entry, dict):
        raise FormatError("a camera is no object")
    camera = cast(Mapping[str, object], entry)
    name = str(camera["id"])
    (fx, fy) = numbers(camera["focal_length"], (2,), f"focal_length of {name}")
    (cx, cy) = numbers(camera["center"], (2,), f"center of {name}")
    k1, k2, k3 = numbers(camera.get("radial_distortion", [0, 0, 0]), (3,), f"k of {name}")
    p1, p2 = numbers(camera.get("tangential_distortion", [0, 0]), (2,), f"p of {name}")
    w, x, y, z = numbers(camera["orientation"], (4,), f"orientation of {name}")
    rotation = Rotation.from_quat([x, y, z, w]).inv().as_matrix()
    place = numbers(camera["translation"], (3,), f"translation of {name}")
    size = numbers([camera.get("res_w", 0), camera.get("res_h", 0)], (2,), f"size of {name}")
    return Camera(
        name=name,
        size=(round(size[0]), round(size[1])),
        matrix=np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]),
        distortion=np.array([k1, k2, p1, p2, k3]),
        rotation=rotation,
        translation=-rotation @ place,
    )


def write_cameras(path: Path, rig: Rig) -> None:
    """Writes a rig as a list in JSON.

    Raises:
        InputError: If the file cannot be written, or a camera has more than 5 coefficients.
    """
    entries = []
    for camera in rig:
        k1, k2, p1, p2, k3 = map(float, no_more_than(camera, 5, "a Human3.6M file"))
        x, y, z, w = Rotation.from_matrix(camera.rotation.T).as_quat().tolist()
        entries.append(
            {
                "id": camera.name,
                "center": camera.matrix[:2, 2].tolist(),
                "focal_length": [camera.matrix[0, 0], camera.matrix[1, 1]],
                "radial_distortion": [k1, k2, k3],
                "tangential_distortion": [p1, p2],
                "res_w": camera.size[0],
                "res_h": camera.size[1],
                "orientation": [w, x, y, z],
                "translation": (camera.centre * 1000).tolist(),
            }
        )
    replace_text(path, json.dumps(entries, indent=1) + "\n")
