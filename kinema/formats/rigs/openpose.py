"""OpenPose's camera parameters: a folder with one `SERIAL.xml` a camera, in OpenCV's XML.

`CameraMatrix` is the (3, 4) matrix [R | t] from the world to the camera, `Intrinsics` is K and
`Distortion` has 8 coefficients (or fewer) in OpenCV's order. The world is mostly that of one of the
cameras, whose matrix is then [1 | 0], with y down; lengths are in the unit of the board. See
`kinema.formats.rigs.document` for both. The size of the pictures is not in these files: it is
0 x 0. Other XML of OpenCV, without `CameraMatrix`, is read by `kinema.formats.rigs.opencv`.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.errors import FormatError, InputError
from kinema.formats.rigs.document import (
    RigDocument,
    at_least_one,
    distortion_of,
    file_faults,
    no_more_than,
    numbers,
    rotation_of,
)
from kinema.formats.rigs.xmlfile import read_xml
from kinema.formats.staging import file_errors, replace_text

_NAMES = ("CameraMatrix", "Intrinsics", "Distortion")


def recognise(head: str) -> bool:
    """Whether a text begins like such a file."""
    return "<opencv_storage>" in head and "<CameraMatrix" in head


def read_openpose(path: Path) -> RigDocument:
    """The cameras of a folder, in the order of their names, or the one of a file.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If a file is damaged.
    """
    files = sorted(path.glob("*.xml")) if path.is_dir() else [path]
    cameras = []
    for file in files:
        root = read_xml(file)
        with file_faults(file):
            cameras.append(_camera(file.stem, root))
    with file_faults(path):
        return RigDocument(at_least_one(cameras))


def _camera(name: str, root: ElementTree.Element) -> Camera:
    extrinsic = _matrix(root, "CameraMatrix", (3, 4))
    distortion = root.find("Distortion")
    return Camera(
        name=name,
        size=(0, 0),
        matrix=_matrix(root, "Intrinsics", (3, 3)),
        distortion=distortion_of([] if distortion is None else _values(distortion)),
        rotation=rotation_of(extrinsic[:, :3]),
        translation=extrinsic[:, 3],
    )


def _matrix(
    root: ElementTree.Element, name: str, shape: tuple[int, int]
) -> npt.NDArray[np.float64]:
    element = root.find(name)
    if element is None:
        raise FormatError(f"{name} is missing")
    return numbers(_values(element), (shape[0] * shape[1],), name).reshape(shape)


def _values(element: ElementTree.Element) -> list[str]:
    return (element.findtext("data") or "").split()


def write_openpose(path: Path, rig: Rig) -> None:
    """Writes a folder, which is made if need be.

    Raises:
        InputError: If a file cannot be written, or a camera has more than 8 coefficients.
    """
    with file_errors("write", path):
        path.mkdir(parents=True, exist_ok=True)
    for camera in rig:
        if Path(camera.name).name != camera.name:
            raise InputError(f"camera {camera.name!r} cannot be the name of a file; rename it")
        extrinsic = np.c_[camera.rotation, camera.translation]
        distortion = no_more_than(camera, 8, "an OpenPose file")[:, None]
        root = ElementTree.Element("opencv_storage")
        for name, values in zip(_NAMES, (extrinsic, camera.matrix, distortion), strict=True):
            element = ElementTree.SubElement(root, name, {"type_id": "opencv-matrix"})
            rows, columns = values.shape
            text = " ".join(repr(float(value)) for value in values.ravel())
            for key, content in (("rows", rows), ("cols", columns), ("dt", "d"), ("data", text)):
                ElementTree.SubElement(element, key).text = str(content)
        ElementTree.indent(root)
        body = ElementTree.tostring(root, encoding="unicode")
        replace_text(path / f"{camera.name}.xml", f'<?xml version="1.0"?>\n{body}\n')
