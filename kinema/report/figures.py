"""The numbers behind the page: skeletons and curves as compact arrays for its script."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.analysis.cycles import Cycle, cycles_of
from kinema.curves import Curves, Event
from kinema.study import Person
from kinema.track import Track

ABSENT = np.iinfo(np.int16).min
_UNITS_PER_METRE = 400.0  # of the picture that is made of a recording in space
_MARGIN = 0.08
"""Free space around such a picture, as a share of its size."""
_LEAST_WAY = 0.5
"""Metres: whoever moves less stays in place, and faces somewhere rather than goes there."""
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
        shift: What is added to flat coordinates to stand in it.
        along: The horizontal direction in space, (x, y) of length 1, that points right in it.
    """

    size: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)
    along: tuple[float, float] = (1.0, 0.0)

    @property
    def unit(self) -> float:
        """Pixels that an int16 step stands for: three pictures fit into its range."""
        return 3 * max(self.size) / np.iinfo(np.int16).max


def side_view(tracks: Sequence[Track]) -> tuple[float, float]:
    """The horizontal direction (x, y), of length 1, that points right in a view from the side.

    It is the main direction in which people travel, and goes where they go; where all stay in
    place, it is where their hips face. One direction for all keeps people where they are.
    """
    ways = [way for track in tracks if len(way := _way(track))]
    if not ways:
        return 1.0, 0.0
    centred = np.concatenate([way - way.mean(axis=0) for way in ways])
    along = np.linalg.svd(centred, full_matrices=False)[2][0]
    if np.ptp(centred @ along) >= _LEAST_WAY:
        along = along * (np.sign(sum((way[-1] - way[0]) @ along for way in ways)) or 1.0)
    else:
        along = sum((_facing(track) for track in tracks), start=np.zeros(2))
    length = float(np.linalg.norm(along))
    return (float(along[0]) / length, float(along[1]) / length) if length > 0 else (1.0, 0.0)


def _way(track: Track) -> npt.NDArray[np.float64]:
    """Where the middle of the person is on the floor, in the frames that show it, (F, 2)."""
    centre = _mean(track.keypoints[..., :2].astype(np.float64), axis=1)
    return centre[~np.isnan(centre).any(axis=1)]


def _facing(track: Track) -> npt.NDArray[np.float64]:
    """The mean direction in which the hips face, (2,); 0 if they are never seen."""
    if "left_hip" not in track.skeleton or "right_hip" not in track.skeleton:
        return np.zeros(2)
    left = (track.joint("left_hip") - track.joint("right_hip")).astype(np.float64)
    left = _mean(left[..., :2], axis=0)
    return np.asarray(np.nan_to_num(np.array([left[1], -left[0]])))


def flat(track: Track, along: tuple[float, float] = (1.0, 0.0)) -> npt.NDArray[np.float64]:
    """The joints in a plane, (T, K, 2), x right and y down.

    Poses in an image are that already. Of those in space the side view is taken in which the
    horizontal direction `along` points right.
    """
    keypoints = track.keypoints.astype(np.float64)
    if track.space == "image":
        return keypoints
    if track.space == "body":  # already x right, y down
        return keypoints[..., :2] * _UNITS_PER_METRE
    right = keypoints[..., :2] @ np.array(along)
    return np.stack([right, -keypoints[..., 2]], axis=-1) * _UNITS_PER_METRE


def stage_of(people: Sequence[Person], size: tuple[int, int] | None) -> Stage:
    """The picture for these people: the video's, where its size is known, else around them."""
    if size is not None and all(person.track.space == "image" for person in people):
        return Stage((float(size[0]), float(size[1])))
    along = side_view([person.track for person in people if person.track.space == "world"])
    points = [flat(person.track, along).reshape(-1, 2) for person in people]
    every = np.concatenate(points) if points else np.empty((0, 2))
    every = every[~np.isnan(every).any(axis=1)]
    if len(every) == 0:
        return Stage((640.0, 480.0), along=along)
    low, high = every.min(axis=0), every.max(axis=0)
    margin = _MARGIN * max(*(high - low), 1.0)
    width, height = high - low + 2 * margin
    shift = margin - low
    return Stage((float(width), float(height)), (float(shift[0]), float(shift[1])), along)


def person_data(person: Person, stage: Stage) -> dict[str, object]:
    """One person for the script: times, and clean and raw joints as int16 steps."""
    track = person.track
    height = np.nanmedian(_heights(flat(track, stage.along))) if track.found.any() else 100.0
    return {
        "id": person.id,
        "times": encode(track.times),
        "clean": encode(_steps(track, stage)),
        "raw": encode(_steps(person.cleaned.raw, stage)),
        "step": float(1.5 / track.rate) if len(track) > 1 else 1.0,
        "stroke": float(height / 60),
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
            "raw": _bulk(raw[name]) if name in raw.names else None,
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
    points = (flat(track, stage.along) + stage.shift) / stage.unit
    limit = np.iinfo(np.int16).max
    whole = np.where(np.isnan(points), 0, np.rint(np.clip(points, -limit, limit)))
    absent = np.isnan(points).any(axis=2, keepdims=True)
    return np.where(absent, ABSENT, whole).astype(np.int16)


def _heights(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How tall the found part of the person is in each frame that shows some, in pixels."""
    y = points[~np.isnan(points).all(axis=(1, 2)), :, 1]
    return np.asarray(np.nanmax(y, axis=1) - np.nanmin(y, axis=1))


def _mean(values: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    """The mean of what is known, NaN without a warning where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0).sum(axis=axis)
    mean = np.full(total.shape, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
