"""Kinema measures human movement with any camera.

    import kinema

    model = kinema.load_model("openpose")
    with kinema.read_video("walk.mp4") as video:
        with kinema.open_writer("walk.jsonl", video.info, model=model.name) as out:
            for poses in kinema.run(model, video):
                out.write(poses)

Names are looked up when they are used, so that `import kinema` takes milliseconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinema.analysis.angles import joint_angles
    from kinema.analysis.gait import analyse_gait
    from kinema.camera import Camera, Rig
    from kinema.curves import Curves, Event
    from kinema.errors import KinemaError
    from kinema.formats import convert, open_writer, read_poses
    from kinema.media.draw import draw_poses
    from kinema.media.frame import Frame
    from kinema.media.sources import read_image, read_video
    from kinema.media.writer import VideoWriter, write_image
    from kinema.models.lifter import load_lifter
    from kinema.models.loading import load_model
    from kinema.models.model import run
    from kinema.poses import Poses
    from kinema.report import write_report
    from kinema.skeleton import Skeleton
    from kinema.skeletons import find_skeleton
    from kinema.study import study_poses
    from kinema.track import Track, tracks
    from kinema.tracking.cleaning import clean
    from kinema.tracking.flow import FlowTracker
    from kinema.tracking.smoothing import OneEuro
    from kinema.tracking.tracker import Tracker

__version__ = "0.1.0"

_HOMES = {
    "Camera": "kinema.camera",
    "Curves": "kinema.curves",
    "Event": "kinema.curves",
    "FlowTracker": "kinema.tracking.flow",
    "Frame": "kinema.media.frame",
    "KinemaError": "kinema.errors",
    "OneEuro": "kinema.tracking.smoothing",
    "Poses": "kinema.poses",
    "Rig": "kinema.camera",
    "Skeleton": "kinema.skeleton",
    "Track": "kinema.track",
    "Tracker": "kinema.tracking.tracker",
    "VideoWriter": "kinema.media.writer",
    "analyse_gait": "kinema.analysis.gait",
    "clean": "kinema.tracking.cleaning",
    "convert": "kinema.formats",
    "draw_poses": "kinema.media.draw",
    "find_skeleton": "kinema.skeletons",
    "joint_angles": "kinema.analysis.angles",
    "load_lifter": "kinema.models.lifter",
    "load_model": "kinema.models.loading",
    "open_writer": "kinema.formats",
    "read_image": "kinema.media.sources",
    "read_poses": "kinema.formats",
    "read_video": "kinema.media.sources",
    "run": "kinema.models.model",
    "study_poses": "kinema.study",
    "tracks": "kinema.track",
    "write_image": "kinema.media.writer",
    "write_report": "kinema.report",
}

__all__ = [
    "Camera",
    "Curves",
    "Event",
    "FlowTracker",
    "Frame",
    "KinemaError",
    "OneEuro",
    "Poses",
    "Rig",
    "Skeleton",
    "Track",
    "Tracker",
    "VideoWriter",
    "analyse_gait",
    "clean",
    "convert",
    "draw_poses",
    "find_skeleton",
    "joint_angles",
    "load_lifter",
    "load_model",
    "open_writer",
    "read_image",
    "read_poses",
    "read_video",
    "run",
    "study_poses",
    "tracks",
    "write_image",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'kinema' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
