"""What every model of Kinema is: frames in, poses out, with several frames under way at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from kinema.media.frame import Frame
from kinema.models.openpose.part_fields import PartMaps
from kinema.poses import Poses
from kinema.skeleton import Skeleton


class Job(Protocol):
    """One frame that a model is working on."""

    @property
    def frame(self) -> Frame:
        """The frame that the job was started with."""
        ...

    def poses(self) -> Poses:
        """Waits for the people of the frame; may be called again."""
        ...


@runtime_checkable
class MapJob(Job, Protocol):
    """A job of a model that works by confidence maps and fields, which can be looked at."""

    @property
    def maps(self) -> PartMaps:
        """Waits for the maps of the frame."""
        ...


class Model(Protocol):
    """A pose model that is loaded and ready."""

    @property
    def name(self) -> str:
        """Name in the catalogue, or of the file that it came from."""
        ...

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints that it gives."""
        ...

    @property
    def parallel(self) -> int:
        """How many jobs keep the processor busy."""
        ...

    def start(self, frame: Frame) -> Job:
        """Prepares the frame, starts inference and returns at once."""
        ...


@runtime_checkable
class RememberingModel(Model, Protocol):
    """A model that uses what it saw in earlier frames, and so must begin anew with a recording."""

    def renewed(self) -> Model:
        """The same model without memories; it shares the networks."""
        ...


def run_jobs(model: Model, frames: Iterable[Frame]) -> Iterator[Job]:
    """The jobs of all frames, each ready or nearly so, in the order of the frames.

    While the caller uses one job, the next ones are being worked on. No more than a few frames are
    held at a time, however long the video. An error in reading or in starting a job is raised after
    the jobs of the frames before it. Use this instead of `run` where the frame itself or the maps
    of the network are needed beside the poses.
    """
    if isinstance(model, RememberingModel):
        model = model.renewed()
    # One job beyond what fills the processor, so that it has work while the caller decodes one.
    ahead = model.parallel + 1
    waiting: deque[Job] = deque()
    try:
        for frame in frames:
            waiting.append(model.start(frame))
            if len(waiting) > ahead:
                yield waiting.popleft()
    except Exception:
        yield from waiting  # the frames before the one that failed
        raise
    yield from waiting


def run(model: Model, frames: Iterable[Frame]) -> Iterator[Poses]:
    """The people of each frame, in order; inference overlaps with reading and with the caller.

    An error in reading or in the model is raised at the frame where it happened, after the poses
    of the frames before it have been given.
    """
    return (job.poses() for job in run_jobs(model, frames))
