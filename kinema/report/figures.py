"""The numbers behind the page: skeletons and curves as compact arrays for its script."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.analysis.cycles import Cycle, cycles_of
from kinema.camera import Camera
from kinema.curves import Curves, Event
from kinema.study import Person
from kinema.track import Track

ABSENT = np.iinfo(np.int16).min
_MARGIN = 0.08
"""Free space around people in a picture whose size is unknown, as a share of their extent."""
_LEAST_SPAN = {"deg": 20.0}
"""Of a chart's value axis, so that a joint at rest does not look like an earthquake."""
LEG_JOINTS = ("hip_flexion", "knee_flexion", "ankle_dorsiflexion", "hip_adduction")
"""What is drawn over the gait cycle."""
_UNSURE = {"deg": 30.0}
"""Half a band that is wider does not count for the value axis."""


@dataclass(frozen=True)
class Stage:
    """The picture that skeletons are drawn in.

    Attributes:
        size: Width and height, in pixels of the video or of a picture made for the purpose.
        shift: What is added to the joints' coordinates to stand in it.
        camera: That took it, where the people are in space.
    """

    size: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)
    camera: Camera | None = None

    @property
    def unit(self) -> float:
        """Pixels that an int16 step stands for: three pictures fit into its range."""
        return 3 * max(self.size) / np.iinfo(np.int16).max


def flat(track: Track, stage: Stage) -> npt.NDArray[np.float64]:
    """The joints in the picture, (T, K, 2) pixels, x right and y down."""
    if track.space == "image":
        return track.keypoints.astype(np.float64)
    assert stage.camera is not None
    return stage.camera.project(track.keypoints)


def stage_of(
    people: Sequence[Person], size: tuple[int, int] | None, camera: Camera | None = None
) -> Stage | None:
    """The picture for these people: the video's, where its size is known, else around them.

    People in space have one only where the camera of the video is known.
    """
    if any(person.track.space != "image" for person in people):
        return None if camera is None else Stage(camera.size, camera=camera)
    if size is not None:
        return Stage((float(size[0]), float(size[1])))
    points = [person.track.keypoints.reshape(-1, 2) for person in people]
    every = np.concatenate(points).astype(np.float64) if points else np.empty((0, 2))
    every = every[~np.isnan(every).any(axis=1)]
    if len(every) == 0:
        return Stage((640.0, 480.0))
    low, high = every.min(axis=0), every.max(axis=0)
    margin = _MARGIN * max(*(high - low), 1.0)
    width, height = high - low + 2 * margin
    shift = margin - low
    return Stage((float(width), float(height)), (float(shift[0]), float(shift[1])))


def person_data(person: Person, stage: Stage | None) -> dict[str, object]:
    """One person for the script: times, and clean and raw joints as int16 steps.

    Without a stage there are no joints: nothing is drawn in a picture.
    """
    track = person.track
    facts: dict[str, object] = {
        "id": person.id,
        "times": encode(track.times),
        "step": float(1.5 / track.rate) if len(track) > 1 else 1.0,
    }
    if stage is None:
        return facts
    heights = _heights(flat(track, stage))
    return facts | {
        "clean": encode(_steps(track, stage)),
        "raw": encode(_steps(person.cleaned.raw, stage)),
        "stroke": float(np.nanmedian(heights) if len(heights) else 100.0) / 60,
    }


def encode(array: npt.NDArray[np.generic]) -> str:
    """Base64 of the array's numbers, little-endian."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(np.ascontiguousarray(little).tobytes()).decode("ascii")


@dataclass(frozen=True)
class Plot:
    """One chart: a quantity, of both sides where it has sides.

    Attributes:
        title: Of the quantity, in words.
        unit: Of its values.
        names: The curves in it.
    """

    title: str
    unit: str
    names: tuple[str, ...]


def plots_of(curves: Curves) -> list[Plot]:
    """Which curves stand in which chart: left and right of one quantity together.

    Quantities that were never known get no chart.
    """
    charts: dict[str, list[str]] = {}
    for name in curves.names:
        if not np.isnan(curves[name]).all():
            charts.setdefault(without_side(name), []).append(name)
    return [
        Plot(words(title), curves.units[curves.index(names[0])], tuple(names))
        for title, names in charts.items()
    ]


def plot_data(plot: Plot, person: Person, events: Iterable[Event], axis: int) -> dict[str, object]:
    """One chart for the script."""
    curves, raw = person.angles, person.raw_angles
    shown = []
    for name in plot.names:
        value, sigma = curves[name], curves.sigma_of(name)
        side = side_of(name)
        curve: dict[str, object] = {
            "label": side if side != "middle" else plot.title,
            "side": side,
            "value": _bulk(value),
            "raw": _bulk(raw[name]) if raw is not curves and name in raw.names else None,
        }
        if not np.isnan(sigma).all():
            curve |= {"low": _bulk(value - 2 * sigma), "high": _bulk(value + 2 * sigma)}
        shown.append(curve)
    dashes = {"heel_strike": "solid", "toe_off": "dot"}
    marks = [
        {"time": event.time, "side": event.side or "middle", "dash": dashes.get(event.kind, "dash")}
        for event in events
    ]
    return {
        "title": plot.title,
        "unit": {"deg": "°"}.get(plot.unit, plot.unit),
        "axis": axis,
        "least": _LEAST_SPAN.get(plot.unit, 0),
        "unsure": _UNSURE.get(plot.unit, 1e9),
        "curves": shown,
        "events": marks,
    }


def cycle_plots(person: Person, axis: int) -> list[dict[str, object]]:
    """The joints of the legs over the gait cycle, left against right, for the script."""
    charts: dict[str, list[Cycle]] = {}
    for cycle in cycles_of(person.angles, person.events):
        charts.setdefault(without_side(cycle.name), []).append(cycle)
    return [
        {
            "title": words(name),
            "unit": "°",
            "axis": axis,
            "cycle": True,
            "least": _LEAST_SPAN["deg"],
            "unsure": 1e9,
            "curves": [_cycle_curve(cycle) for cycle in cycles],
            "events": [],
        }
        for name, cycles in charts.items()
        if name in LEG_JOINTS
    ]


def _cycle_curve(cycle: Cycle) -> dict[str, object]:
    curve: dict[str, object] = {
        "label": f"{cycle.side} (n = {len(cycle.each)})",
        "side": cycle.side,
        "value": _bulk(cycle.mean),
        "raw": None,
    }
    if not np.isnan(cycle.sd).any():
        low, high = cycle.mean - cycle.sd, cycle.mean + cycle.sd
        curve |= {"low": _bulk(low), "high": _bulk(high)}
    return curve


def side_of(name: str) -> str:
    """`left`, `right` or `middle`, by how the name begins."""
    first = name.split("_", 1)[0]
    return first if first in ("left", "right") else "middle"


def without_side(name: str) -> str:
    """The name without the side it begins with."""
    return name.removeprefix("left_").removeprefix("right_")


def words(name: str) -> str:
    """A name as a person would write it.

    >>> words("knee_flexion")
    'Knee flexion'
    """
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _bulk(values: npt.NDArray[np.float64]) -> dict[str, str]:
    """An array as plotly.js takes it."""
    return {"dtype": "f4", "bdata": encode(values.astype(np.float32))}


def _steps(track: Track, stage: Stage) -> npt.NDArray[np.int16]:
    points = (flat(track, stage) + stage.shift) / stage.unit
    limit = np.iinfo(np.int16).max
    whole = np.where(np.isnan(points), 0, np.rint(np.clip(points, -limit, limit)))
    absent = np.isnan(points).any(axis=2, keepdims=True)
    return np.where(absent, ABSENT, whole).astype(np.int16)


def _heights(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How tall the found part of the person is in each frame that shows some, in pixels."""
    y = points[~np.isnan(points).all(axis=(1, 2)), :, 1]
    return np.asarray(np.nanmax(y, axis=1) - np.nanmin(y, axis=1))
