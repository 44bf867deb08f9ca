"""Qualisys calibration, `.qca.txt`: XML of Qualisys Track Manager.

Lengths are millimetres with z up. `transform` has the place of the camera and, as its rows, the
camera's axes in the world: x right, y up and z backwards, so that y and z change sign to become
OpenCV's. Focal lengths and the principal point are in 1/64 pixel, the latter counted from the
sensor, of which the picture (`fov_video`) may be a part. Coefficients of distortion are OpenCV's
as they stand; Pose2Sim divides them by 64 like the lengths, which chessboard pictures of its own
demo contradict (they give k1 = -0.053, k2 = 0.151 where the file has -0.046, 0.140).

Cameras of markers are left out where there are cameras of video.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from kinema.camera import Camera, Rig
from kinema.errors import FormatError
from kinema.formats.rigs.document import (
    RigDocument,
    at_least_one,
    distortion_of,
    file_faults,
    no_more_than,
    rotation_of,
)
from kinema.formats.rigs.xmlfile import read_xml
from kinema.formats.staging import replace_text

SUBPIXELS = 64.0
_TO_OPENCV = np.diag([1.0, -1.0, -1.0])
_VIDEO = ("video", "none")  # in the name of the model of a camera that makes pictures


def recognise(head: str) -> bool:
    """Whether a text begins like such a file."""
    return head.lstrip().startswith("<") and "<calibration" in head


def read_qualisys(path: Path) -> RigDocument:
    """The cameras of a file.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it is damaged.
    """
    root = read_xml(path)
    with file_faults(path):
        elements = root.findall("cameras/camera")
        video = [e for e in elements if any(w in e.get("model", "").lower() for w in _VIDEO)]
        return RigDocument(at_least_one([_camera(e) for e in video or elements]), "mm", "z")


def _camera(element: ElementTree.Element) -> Camera:
    name = element.get("serial") or ""
    if not name:
        raise FormatError("a camera has no serial")
    view = _attributes(element, "fov_video", ("left", "right", "top", "bottom"), name)
    lengths = ("focalLengthU", "focalLengthV", "centerPointU", "centerPointV")
    lens = _attributes(element, "intrinsic", lengths, name)
    fu, fv, cu, cv = (lens[key] / SUBPIXELS for key in lengths)
    bends = ("radialDistortion1", "radialDistortion2", "tangentalDistortion1")
    bent = _attributes(element, "intrinsic", (*bends, "tangentalDistortion2"), name)
    third = float(element.find("intrinsic").get("radialDistortion3", 0))  # type: ignore[union-attr]
    names = tuple(f"r{row}{column}" for row in (1, 2, 3) for column in (1, 2, 3))
    place = _attributes(element, "transform", ("x", "y", "z", *names), name)
    axes = np.array([place[key] for key in names]).reshape(3, 3)
    rotation = rotation_of(_TO_OPENCV @ axes)
    return Camera(
        name=name,
        size=(round(view["right"] - view["left"]) + 1, round(view["bottom"] - view["top"]) + 1),
        matrix=np.array([[fu, 0, cu - view["left"]], [0, fv, cv - view["top"]], [0, 0, 1]]),
        distortion=distortion_of([*bent.values(), *([third] if third else [])]),
        rotation=rotation,
        translation=-rotation @ np.array([place["x"], place["y"], place["z"]]),
    )


def _attributes(
    element: ElementTree.Element, part: str, keys: tuple[str, ...], camera: str
) -> dict[str, float]:
    found = element.find(part)
    if found is None:
        raise FormatError(f"camera {camera} has no {part}")
    values = {}
    for key in keys:
        text = found.get(key)
        try:
            values[key] = float(text or "")
        except ValueError as error:
            raise FormatError(f"{key} of camera {camera} is {text!r}, no number") from error
        if not np.isfinite(values[key]):
            raise FormatError(f"{key} of camera {camera} is not finite")
    return values


def write_qualisys(path: Path, rig: Rig) -> None:
    """Writes a rig.

    Raises:
        InputError: If the file cannot be written, or a camera has more than 5 coefficients.
    """
    root = ElementTree.Element("calibration", {"type": "regular", "source": "Kinema"})
    cameras = ElementTree.SubElement(root, "cameras")
    for camera in rig:
        _add(cameras, camera)
    ElementTree.indent(root)
    replace_text(path, ElementTree.tostring(root, encoding="unicode") + "\n")


def _add(cameras: ElementTree.Element, camera: Camera) -> None:
    element = ElementTree.SubElement(
        cameras, "camera", {"active": "1", "serial": camera.name, "model": "none"}
    )
    width, height = camera.size
    view = {"left": "0", "top": "0", "right": str(width - 1), "bottom": str(height - 1)}
    for name in ("fov_marker", "fov_video"):
        ElementTree.SubElement(element, name, view)
    axes = _TO_OPENCV @ camera.rotation
    place = dict(zip("xyz", camera.centre * 1000, strict=True))
    place |= {f"r{i + 1}{j + 1}": axes[i, j] for i in range(3) for j in range(3)}
    ElementTree.SubElement(element, "transform", {k: repr(float(v)) for k, v in place.items()})
    k1, k2, p1, p2, k3 = no_more_than(camera, 5, "a Qualisys file")
    lens = {
        "focalLengthU": camera.matrix[0, 0] * SUBPIXELS,
        "focalLengthV": camera.matrix[1, 1] * SUBPIXELS,
        "centerPointU": camera.matrix[0, 2] * SUBPIXELS,
        "centerPointV": camera.matrix[1, 2] * SUBPIXELS,
        "skew": 0.0,
        "radialDistortion1": k1,
        "radialDistortion2": k2,
        "radialDistortion3": k3,
        "tangentalDistortion1": p1,
        "tangentalDistortion2": p2,
    }
    ElementTree.SubElement(element, "intrinsic", {k: repr(float(v)) for k, v in lens.items()})
