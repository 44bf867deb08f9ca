"""A whole gait analysis of one track."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from kinema.analysis.gait.consensus import find_events
from kinema.analysis.gait.foot_strike import flat_part, foot_strike
from kinema.analysis.gait.parameters import Stride, find_strides, gait_table
from kinema.analysis.gait.protocol import check_protocol, steady_interval
from kinema.analysis.gait.rearfoot import pronation
from kinema.analysis.gait.result import HEEL_STRIKE, SIDES, Gait, Mode
from kinema.analysis.gait.shoe import recommend_shoe
from kinema.analysis.gait.signals import Signals, check_track, prepare
from kinema.analysis.gait.steps import Step, find_steps, find_swings, running_or_walking
from kinema.analysis.gait.views import Ground, exact_ground, find_ground, find_view, is_oblique
from kinema.curves import Event
from kinema.errors import InputError
from kinema.track import Track

LEG_BY_HEIGHT = 0.491
"""Hip to knee to ankle by body height (Drillis & Contini 1966, in Winter 2009, figure 4.1)."""

_LOW_RATE = 25.0
_VIEWS = ("auto", "side", "back", "front")
_SURFACES = ("auto", "overground", "treadmill")


def analyse_gait(
    track: Track,
    *,
    view: Literal["auto", "side", "back", "front"] = "auto",
    surface: Literal["auto", "overground", "treadmill"] = "auto",
    mode: Literal["auto", "walking", "running"] = "auto",
    height: float | None = None,
    scale: float | None = None,
) -> Gait:
    """How one person walks or runs: events, parameters, foot strike, rearfoot, shoe.

    Args:
        track: In the picture or in space; best cleaned and not smoothed below 6 Hz. Hips, knees
            and ankles are needed; with heels and toes everything is more exact.
        view: How the camera stands; in space it is not asked.
        surface: Whether the ground moves. A camera that moves along is like a treadmill. Of poses
            about the pelvis it is not known, and neither are speed and lengths, unless `treadmill`
            is given.
        mode: Whether the person walks or runs.
        height: Of the body in metres; gives lengths in metres from a picture.
        scale: Metres a pixel where the person walks; used rather than `height`.

    Returns:
        The analysis. Where nobody walks there are no events, an empty table and a warning that
        says so; strides are never invented.

    Raises:
        InputError: If the track is too short, too slow or lacks the joints, or an argument is not
            one of its values.
    """
    _check_arguments(view, surface, mode, height, scale)
    check_track(track)
    chosen = find_view(track, None if view == "auto" else view)
    signals = prepare(track, chosen)
    bouts = find_steps(signals)
    warnings = _warnings(track, signals, bouts)
    ground = find_ground(signals, track, None if surface == "auto" else surface)
    if not bouts:
        return _nobody_walks(signals, ground, warnings)
    how: Mode = running_or_walking(signals, bouts) if mode == "auto" else mode
    events, alone = find_events(signals, bouts, how, ground.speed)
    metres, about_metres = _metres(track, signals, height, scale)
    gait = _measured(tuple(events), signals, ground, how, metres)
    return replace(
        gait,
        methods={name: tuple(each) for name, each in alone.items()},
        warnings=(*warnings, *_about_ground(ground), *gait.warnings, *about_metres),
    )


def _measured(
    events: tuple[Event, ...], signals: Signals, ground: Ground, mode: Mode, metres: float | None
) -> Gait:
    """All that follows from the events."""
    strides = find_strides(events, signals)
    if _contradict(events, strides):
        line = "the feet seem to land and leave the ground in an order that no walk has"
        return _nobody_walks(signals, ground, [line])
    start, end = float(signals.times[0]), float(signals.times[-1])
    if ground.surface == "treadmill":
        start, end = steady_interval(strides, signals)
    strides = [s for s in strides if start <= s.start.time and s.end.time <= end]
    ground = exact_ground(signals, ground, [flat_part(stride, mode) for stride in strides])
    feet, rear = foot_strike(strides, signals, mode), pronation(strides, signals)
    return Gait(
        events=events,
        table=gait_table(strides, signals, ground, mode, metres),
        mode=mode,
        view=signals.view,
        surface=ground.surface,
        foot_strike=feet,
        pronation=rear,
        shoe=recommend_shoe(feet, rear),
        protocol=check_protocol(strides, signals, ground, mode, end - start),
        methods={},
        length_unit="leg lengths" if metres is None else "m",
        interval=(start, end),
        warnings=tuple(_about_strides(strides)),
    )


def _contradict(events: tuple[Event, ...], strides: list[Stride]) -> bool:
    """Whether there are enough events for strides, and not one that legs could make."""
    strikes = [event.side for event in events if event.kind == HEEL_STRIKE]
    return not strides and max((strikes.count(side) for side in SIDES), default=0) >= 2


def _check_arguments(
    view: str, surface: str, mode: str, height: float | None, scale: float | None
) -> None:
    for name, value, known in (
        ("view", view, _VIEWS),
        ("surface", surface, _SURFACES),
        ("mode", mode, ("auto", "walking", "running")),
    ):
        if value not in known:
            raise InputError(f"{name} must be one of {', '.join(known)}, not {value!r}")
    if height is not None and not 0.5 <= height <= 2.6:
        raise InputError(f"height must be that of a body in metres, such as 1.75, got {height:g}")
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        raise InputError(f"scale must be a positive number of metres a pixel, got {scale:g}")


def _metres(
    track: Track, signals: Signals, height: float | None, scale: float | None
) -> tuple[float | None, tuple[str, ...]]:
    """Metres of a leg length, and what to say about it."""
    if track.space != "image":
        return signals.leg, ()
    if scale is not None:
        return scale * signals.leg, ()
    if height is not None:
        return LEG_BY_HEIGHT * height, (
            f"metres come from the body height by {LEG_BY_HEIGHT} of it for the leg, which is "
            "right to about 4 % in adults",
        )
    return None, ("no scale is known: lengths are in leg lengths; give the body height for metres",)


def _warnings(track: Track, signals: Signals, bouts: list[list[Step]]) -> list[str]:
    lines = []
    if not bouts:
        lines.append("no steps found: nobody walks here, or fewer than three steps are seen")
        if find_swings(signals):
            lines.append(
                "legs swing in turn, but not as in walking: it is another movement, or left and "
                "right are exchanged in the poses"
            )
    if signals.frame_rate < _LOW_RATE:
        lines.append(
            f"{signals.frame_rate:.3g} frames/s are few: an event is known to "
            f"{1000 / signals.frame_rate / 2:.0f} ms at best; record at 60 or more"
        )
    if not (signals.has_part("heel") and signals.has_part("toe")):
        lines.append(
            "no heels and toes: events come from the ankles and are less sure (see uncertainty)"
        )
    if signals.view == "side" and is_oblique(track):
        lines.append("the camera looks at an angle: lengths come out short")
    if signals.view in ("front", "back"):
        lines.append(f"{signals.view} view: step and stride length and speed are not seen")
    for side in SIDES:
        lost = 1 - float(signals.seen[side].mean())
        if lost > 0.1:
            lines.append(f"the {side} ankle is lost in {100 * lost:.0f} % of the time")
    return lines


def _about_ground(ground: Ground) -> list[str]:
    if ground.is_measured:
        return []
    return [
        "these poses are about the pelvis and show no way through the room: speed and lengths of "
        "steps are not known; lift with --place room, or say --surface treadmill if it was one"
    ]


def _about_strides(strides: list[Stride]) -> list[str]:
    counts = {side: sum(stride.side == side for stride in strides) for side in SIDES}
    if not strides:
        return ["no complete stride: there are events but no table"]
    if min(counts.values()) < 3:
        return [
            f"only {counts['left']} left and {counts['right']} right strides: variability and "
            "symmetry mean little"
        ]
    return []


def _nobody_walks(signals: Signals, ground: Ground, warnings: list[str]) -> Gait:
    feet, rear = foot_strike([], signals, "walking"), pronation([], signals)
    interval = (float(signals.times[0]), float(signals.times[-1]))
    return Gait(
        events=(),
        table=(),
        mode=None,
        view=signals.view,
        surface=ground.surface,
        foot_strike=feet,
        pronation=rear,
        shoe=recommend_shoe(feet, rear),
        protocol=check_protocol([], signals, ground, "walking", interval[1] - interval[0]),
        methods={},
        length_unit="m" if signals.view == "space" else "leg lengths",
        interval=interval,
        warnings=tuple(warnings),
    )
