"""What people do in a recording: one action for the whole of it, and actions over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from kinema.actions.clips import check_space, clip_of
from kinema.actions.flow import flow_clips
from kinema.actions.intervals import ActionInterval
from kinema.actions.recogniser import (
    STEPS,
    ActionScores,
    Recogniser,
    Timeline,
    window_ends,
    windows_of,
)
from kinema.actions.together import timelines
from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.track import Track

LEAST_FRAMES = 2
"""People who are seen in fewer frames are passed over, where others are seen in more."""


@dataclass(frozen=True, eq=False)
class Doings:
    """What one person does.

    Attributes:
        track: The person.
        whole: The one action of the whole recording.
        intervals: Actions with their starts and ends; none where the recogniser looks at several
            people, or at the video of whole recordings.
    """

    track: Track
    whole: ActionScores
    intervals: tuple[ActionInterval, ...]


def recognise_people(
    people: Sequence[Track], recogniser: Recogniser, *, video: str | None = None
) -> list[Doings]:
    """What each person of a recording does.

    Args:
        people: Of one recording.
        recogniser: One that looks at several people at once gives one result, of all of them.
        video: The file that the poses were found in, for recognisers that look at it too.

    Raises:
        InputError: If nobody is there, the poses are not in a space that the recogniser takes, or
            it needs a video and there is none.
    """
    seen = [track for track in people if len(track) and track.found.any()]
    if not seen:
        raise InputError("there is nobody whose action could be told")
    lasting = [track for track in seen if len(track) >= LEAST_FRAMES] or seen
    check_space(lasting[0], recogniser.spec)
    if recogniser.spec.people > 1:
        by_length = sorted(lasting, key=len, reverse=True)
        return [Doings(by_length[0], recogniser.predict(by_length), ())]
    if recogniser.spec.flow:
        return [_with_flow(track, recogniser, video) for track in lasting]
    over_time = timelines(lasting, recogniser)
    return [
        Doings(track, _whole(track, timeline, recogniser), timeline.intervals())
        for track, timeline in zip(lasting, over_time, strict=True)
    ]


def _whole(track: Track, timeline: Timeline, recogniser: Recogniser) -> ActionScores:
    """The one action of the whole recording; with what can follow what, where that is known."""
    if recogniser.spec.order is None:
        return recogniser.predict([track])
    known = ~np.isnan(timeline.chances).any(axis=1)
    told = known if timeline.silent is None else known & ~timeline.silent
    rows = timeline.chances[told if told.any() else known]
    scores = recogniser.scores((rows if len(rows) else timeline.chances[:1]).mean(axis=0))
    return scores if told.any() else replace(scores, label=None)


def _with_flow(track: Track, recogniser: Recogniser, video: str | None) -> Doings:
    """As the others, with the flow of the whole recording, or that of each window."""
    if video is None:
        raise InputError(
            "this recogniser looks at the optical flow of the video, too; give it the video"
        )
    spec, first, last = recogniser.spec, float(track.times[0]), float(track.times[-1])
    network = cast("Callable[..., Float32Array]", recogniser.network)
    if spec.seconds is None:
        flow = flow_clips(video, track, [(first, last)])
        chances = spec.probabilities(network(clip_of([track], spec)[None], flow))
        return Doings(track, recogniser.scores(chances[0]), ())
    ends = window_ends(first, last, spec.seconds, spec.seconds / STEPS)
    flow = flow_clips(video, track, [(end - spec.seconds, end) for end in ends.tolist()])
    chances = spec.probabilities(network(windows_of(track, ends, spec), flow))
    timeline = Timeline(spec, ends - spec.seconds / 2, chances, track.id)
    return Doings(track, recogniser.scores(chances.mean(axis=0)), timeline.intervals())
