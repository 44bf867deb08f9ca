"""One person of a recording: clean trajectories, angles, speeds, the centre of mass and gait."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinema.analysis.angles import joint_angles
from kinema.analysis.centre_of_mass import centre_of_mass
from kinema.analysis.floor import FloorLine, floor_line
from kinema.analysis.gait import Gait, analyse_gait
from kinema.analysis.kinematics import speeds
from kinema.analysis.scale import Scale, heights, scale_from_height, to_metres
from kinema.curves import Curves, Event
from kinema.errors import InputError
from kinema.formats.recording import Header
from kinema.study.plan import StudyPlan
from kinema.track import Track
from kinema.tracking.border import at_border
from kinema.tracking.cleaning import Cleaned, clean


@dataclass(frozen=True, eq=False)
class Person:
    """What was found of one person.

    Attributes:
        id: Identity within the recording.
        cleaned: Raw and clean trajectories, and what was repaired.
        angles: Of the clean trajectories, with their uncertainty.
        raw_angles: Of the raw ones.
        metric: The clean trajectories in metres where there is a scale, else as they are.
        speeds: Of all joints; in px/s for a picture without a scale, else in m/s.
        centre_of_mass: Its place and the share of the body that it was found from.
        scale: Metres and pixels, where the height of the body is known; None otherwise.
        floor: The floor as the feet that stand show it, in a picture; None where they do not.
        gait: Steps and what follows from them; None where gait cannot be looked for.
        no_gait: Why not; "" where it can.
        cut_seconds: Time in which the person came into the picture or left it, and was not
            measured, for only a part of the body was to be seen.
    """

    id: int
    cleaned: Cleaned
    angles: Curves
    raw_angles: Curves
    metric: Track
    speeds: Curves
    centre_of_mass: Curves
    scale: Scale | None
    floor: FloorLine | None
    gait: Gait | None
    no_gait: str = ""
    cut_seconds: float = 0.0

    @property
    def events(self) -> tuple[Event, ...]:
        """Heel strikes and toe-offs; none where there is no gait."""
        return () if self.gait is None else self.gait.events

    @property
    def track(self) -> Track:
        """The clean trajectories."""
        return self.cleaned.track


def study_person(track: Track, header: Header, plan: StudyPlan) -> Person:
    """Everything that follows from the trajectories of one person.

    Raises:
        InputError: If the plan names a filter or a value that cannot be used.
    """
    whole, cleaned = clean_person(track, header, plan)
    person = study_cleaned(cleaned, plan)
    return replace(
        person, cut_seconds=(len(track) - len(whole)) / track.rate if len(track) > 1 else 0.0
    )


def study_cleaned(cleaned: Cleaned, plan: StudyPlan) -> Person:
    """Everything that follows from clean trajectories; the plan's cleaning is not asked."""
    floor = _floor(cleaned.track)
    tilt = plan.floor_angle if plan.floor_angle is not None else floor.angle if floor else 0.0
    scale = _scale(cleaned.track, plan.height, tilt)
    metric = to_metres(cleaned.track, scale) if scale else cleaned.track
    gait, no_gait = _gait(cleaned, plan, scale)
    angles = joint_angles(cleaned.track, floor_angle=tilt)
    as_found = cleaned.is_untouched
    return Person(
        id=cleaned.track.id,
        cleaned=cleaned,
        angles=angles,
        raw_angles=angles if as_found else joint_angles(cleaned.raw, floor_angle=tilt),
        metric=metric,
        speeds=speeds(metric),
        centre_of_mass=centre_of_mass(metric),
        scale=scale,
        floor=floor,
        gait=gait,
        no_gait=no_gait,
    )


def clean_person(track: Track, header: Header, plan: StudyPlan) -> tuple[Track, Cleaned]:
    """A track without the frames in which the person is cut off, and the same clean.

    Raises:
        InputError: If the plan names a filter or a value that cannot be used.
    """
    whole = _without_cut_off_frames(track, header.size or plan.size)
    cleaned = clean(whole, smooth=plan.smooth, max_gap=plan.max_gap, repair_swaps=plan.repair_swaps)
    return whole, cleaned


def _floor(track: Track) -> FloorLine | None:
    """The floor in the picture, from feet that stand."""
    if track.space != "image" or len(track) == 0:
        return None
    known = heights(track)["height"]
    known = known[~np.isnan(known)]
    return floor_line(track, float(np.median(known))) if len(known) else None


def _scale(track: Track, height: float | None, floor_angle: float) -> Scale | None:
    """Metres and pixels from the height of the body; None where it cannot be had."""
    if height is None or track.space != "image":
        return None
    try:
        return scale_from_height(track, height, floor_angle=floor_angle)
    except InputError:  # trunk and legs are never seen together
        return None


def _without_cut_off_frames(track: Track, size: tuple[int, int] | None) -> Track:
    """The track without the frames in which the person is half in the picture."""
    if track.space != "image" or size is None:
        return track
    kept = ~at_border(track, size[0])
    return replace(
        track, keypoints=track.keypoints[kept], scores=track.scores[kept], times=track.times[kept]
    )


def _gait(cleaned: Cleaned, plan: StudyPlan, scale: Scale | None) -> tuple[Gait | None, str]:
    """The gait, from repaired but not smoothed trajectories: its methods filter for themselves."""
    try:
        gait = analyse_gait(
            cleaned.repaired,
            view=plan.view,
            surface=plan.surface,
            mode=plan.mode,
            height=None if scale else plan.height,
            scale=scale.metres_per_pixel if scale else None,
        )
    except InputError as error:
        return None, str(error)
    return gait, ""
