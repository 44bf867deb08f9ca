"""What to make of a source."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from kinema.errors import InputError, did_you_mean
from kinema.formats import FORMATS
from kinema.media.draw import ColourBy
from kinema.outputs.followed import TRACKERS, TrackerName
from kinema.outputs.live_actions import Acting
from kinema.outputs.live_lifting import Lifting
from kinema.tracking.smoothing import find_online_smoother

POSE_FILES = {"poses": ("poses.jsonl", "kinema")} | {
    known.name: (known.suffixes[0].removeprefix("."), known.name)
    for known in FORMATS
    if known.can_write and known.suffixes and known.name != "kinema"
}
IN_METRES = {"lifted"} | {known.name for known in FORMATS if "image" not in known.spaces}
KINDS: tuple[str, ...] = ("poses", "overlay", "maps", "lifted", "actions", *list(POSE_FILES)[1:])
"""What can be saved: pictures, and poses in every format that can be written, by its name."""
CALLED = {
    "video": "the video with people drawn in is called overlay",
    "film": "the video with people drawn in is called overlay; kinema lift makes films in space",
    "gif": "kinema lift makes them of people in space",
    "lift": "people in space are called lifted",
    "json": "JSON lines are called poses, files of OpenPose openpose, those of COCO coco",
    "jsonl": "JSON lines are called poses",
}
"""What people ask for under other names."""
DEFAULT_KINDS: tuple[str, ...] = ("poses", "overlay")


@dataclass(frozen=True)
class Plan:
    """What to make of each source.

    Attributes:
        save: The kinds of results. Those in metres alone (`lifted`, `c3d`, `bvh`, ...) hold people
            in space, and need `lifting`.
        people: At most so many people a frame, those with the highest scores; None is all. If
            they are tracked, the scores of a person add up over the recording, so that those who
            are kept stay the same.
        colour_by: How people are coloured in the overlay; see `draw_poses`.
        maps: What `maps` shows: a joint (`right_elbow`), a limb (`right_elbow-right_wrist`), `all`
            joints or all `fields`.
        rate: Frames per second of folders of images, which have no times of their own.
        part: From where to where in seconds; None is all.
        tracker: Gives people ids in videos, cameras and images in a row: `"oks"` for `Tracker`,
            `"flow"` for `FlowTracker`; None for no ids.

        smooth: A filter that smooths the joints while frames arrive: `one-euro`, `kalman`, `auto`
            (which is one-euro) or `none`. It needs people who are followed.
        lifting: How people come from the picture to space; None for not at all. It needs people who
            are followed.
        acting: How it is told what people do; None for not at all. It needs people who are
            followed, too.

    Raises:
        InputError: If a kind, a colouring, a tracker or a filter is unknown, `people` or `rate` is
            not positive, or something that is needed is missing.
    """

    save: tuple[str, ...] = DEFAULT_KINDS
    people: int | None = None
    colour_by: ColourBy = "side"
    maps: str = "all"
    rate: float | None = None
    part: tuple[float, float] | None = None
    tracker: TrackerName | None = "oks"
    smooth: str = "none"
    lifting: Lifting | None = None
    acting: Acting | None = None

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind in CALLED:
                raise InputError(f"cannot save {kind!r}; {CALLED[kind]}")
            if kind not in KINDS:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, KINDS)}")
        if not self.save:
            raise InputError(f"nothing to save; known are {', '.join(KINDS)}")
        if self.people is not None and self.people < 1:
            raise InputError(f"people must be at least 1, got {self.people}")
        if self.colour_by not in get_args(ColourBy):
            known = ", ".join(get_args(ColourBy))
            raise InputError(f"cannot colour by {self.colour_by!r}; known are {known}")
        if "lifted" in self.save and self.lifting is None:
            raise InputError("lifted poses are asked for, but people are not lifted; add --lift")
        if "actions" in self.save and self.acting is None:
            raise InputError("actions are asked for, but nothing tells them; add --actions MODEL")
        if self.rate is not None and not (math.isfinite(self.rate) and self.rate > 0):
            raise InputError(f"rate must be a positive number of frames a second, got {self.rate}")
        self._check_tracker()

    def _check_tracker(self) -> None:
        if self.tracker is not None and self.tracker not in TRACKERS:
            raise InputError(f"no tracker {self.tracker!r}; known are {', '.join(TRACKERS)}")
        if find_online_smoother(self.smooth) is not None and self.tracker is None:
            raise InputError("joints can be smoothed only of people who are followed")
        if self.lifting is not None and self.tracker is None:
            raise InputError("only people who are followed can be lifted; choose a tracker")
        if self.acting is not None and self.tracker is None:
            raise InputError("actions are told of people who are followed; choose a tracker")
