"""The view in space of a page: people as compact arrays, the floor, cameras, and where to stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.media.scene.ground import floor_lines, frustum
from kinema.media.scene.upright import BODY_AXES, Scene, scene_of
from kinema.media.scene.viewpoint import ELEVATION, Orbit, first_azimuth, heading_of
from kinema.report.figures import ABSENT, encode
from kinema.track import Track

_FINEST = 0.0005
"""Metres: no finer steps are written, which is far below what any camera tells."""
_MOST_STEPS = 32_000
_SQUARE = (1000, 1000)


def space_data(
    clean: Sequence[Track],
    raw: Sequence[Track] | None = None,
    rig: Rig | None = None,
    camera: str | None = None,
) -> dict[str, object] | None:
    """People in space for the script of a page; None if no joint has a position.

    Args:
        clean: In world or body space.
        raw: The same people at the same times, as found; by default as `clean`.
        rig: The cameras that saw them; only with world space.
        camera: Name of the one whose video stands beside them, from which they are seen first.

    Raises:
        InputError: If people are in a picture, or cameras come with body space.
    """
    if not any(track.found.any() for track in clean):
        return None
    scene = scene_of(clean, rig)
    # Raw joints stand in the scene of the clean ones, which may spread people out.
    as_found = scene_of(raw).people if raw and any(t.found.any() for t in raw) else scene.people
    origin = (scene.low + scene.high) / 2
    farthest = max(
        float(np.nanmax(np.abs(track.keypoints - origin)))
        for track in (*scene.people, *as_found)
        if track.found.any()
    )
    unit = max(_FINEST, farthest / _MOST_STEPS)
    xs, ys, step = floor_lines(scene)
    views = _views(scene, camera)
    return {
        "unit": unit,
        "origin": origin.tolist(),
        "people": [
            {
                "clean": encode(_steps(one, origin, unit)),
                "raw": encode(_steps(other, origin, unit)),
            }
            for one, other in zip(scene.people, as_found, strict=True)
        ],
        "low": scene.low.tolist(),
        "high": scene.high.tolist(),
        "floor": scene.floor,
        "ticks": [xs.tolist(), ys.tolist()],
        "step": step,
        "numbered": scene.axes != BODY_AXES,
        "axes": list(scene.axes),
        "azimuth": views[0]["azimuth"],
        "elevation": views[0]["elevation"],
        "distance": Orbit.around(scene, _SQUARE, first_azimuth(scene), turns=True).distance,
        "views": views,
        "cameras": [
            {"name": camera.name, "points": frustum(camera).tolist()} for camera in scene.cameras
        ],
    }


def _views(scene: Scene, camera: str | None) -> list[dict[str, object]]:
    """From where to look, for the choice on the page; that to begin with is the first.

    People in body space have the axes of the camera that saw them.
    """
    side = first_azimuth(scene)
    views: list[dict[str, object]] = [
        {"name": "oblique", "azimuth": side, "elevation": ELEVATION},
        {"name": "side", "azimuth": side - 25, "elevation": 0.0},
        {"name": "front", "azimuth": side + 65, "elevation": 0.0},
        {"name": "above", "azimuth": side - 25, "elevation": 89.0},
    ]
    if scene.axes == BODY_AXES:
        return [{"name": "camera", "azimuth": 0.0, "elevation": 0.0}, *views]
    stands: list[dict[str, object]] = [{"name": c.name, **_stand(c)} for c in scene.cameras]
    first = [stand for stand in stands if stand["name"] == camera]
    return [*first, *views, *(stand for stand in stands if stand not in first)]


def _stand(camera: Camera) -> dict[str, object]:
    """The direction in which a camera looks."""
    down = float(np.degrees(np.arcsin(np.clip(-camera.rotation[2, 2], -1, 1))))
    return {"azimuth": heading_of(camera), "elevation": down}


def _steps(track: Track, origin: npt.NDArray[np.float64], unit: float) -> npt.NDArray[np.int16]:
    points = (track.keypoints.astype(np.float64) - origin) / unit
    steps = np.where(np.isnan(points), 0, np.rint(points))
    absent = np.isnan(points).any(axis=2, keepdims=True)
    return np.where(absent, ABSENT, steps).astype(np.int16)
