"""Tells what people do while their frames arrive, and writes it, for `kinema run --actions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kinema.actions.intervals import write_actions
from kinema.actions.live import EVERY, ActionLog, LiveRecogniser, still
from kinema.actions.recogniser import Recogniser
from kinema.media.frame import MediaInfo
from kinema.models.model import Job
from kinema.poses import Poses


@dataclass(frozen=True, eq=False)
class Acting:
    """How it is told what people do while frames arrive.

    Attributes:
        recogniser: What tells it.
        every: Frames from one look at a person to the next.
    """

    recogniser: Recogniser
    every: int = EVERY

    def begin(self, info: MediaInfo) -> Callable[[Poses], Poses]:
        """What gives the people of each frame of one source their `actions`."""
        if info.kind == "image":
            return lambda poses: still(self.recogniser, poses)
        return LiveRecogniser(self.recogniser, every=self.every).labelled

    def latency(self, info: MediaInfo) -> float:
        """By how many seconds what is told of a frame is late."""
        if info.kind == "image":
            return 0.0
        return LiveRecogniser(self.recogniser, every=self.every).latency


class ActionFile:
    """A table of the actions of a recording with their starts and ends; a context manager.

    It is written when the recording ends, after Ctrl-C, too, with the delay of the recogniser taken
    off the times.

    Args:
        path: Of the table.
        acting: How the actions are told.
        info: Of the source.
    """

    def __init__(self, path: Path, acting: Acting, info: MediaInfo) -> None:
        self._path = path
        self._log = ActionLog(acting.latency(info))
        self._shortest = 0.0 if info.kind == "image" else None
        self._written = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file, once it is whole."""
        return (self._path,) if self._written else ()

    def add(self, job: Job, poses: Poses) -> None:
        """Takes the people of the next frame, with their `actions`."""
        self._log.add(poses)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if isinstance(error[1], Exception):
            return
        log = self._log
        shortest = self._shortest
        found = log.intervals() if shortest is None else log.intervals(shortest=shortest)
        write_actions(self._path, found)
        self._written = True
