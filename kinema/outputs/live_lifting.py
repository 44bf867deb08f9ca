"""Lifts people while their frames arrive, and writes them: what `kinema run --lift` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, TextIO

import numpy as np

from kinema.formats import Header, PoseWriter, open_writer
from kinema.formats.recording import files_of
from kinema.media.frame import MediaInfo
from kinema.models.lifter import Lifter
from kinema.models.model import Job
from kinema.poses import Poses
from kinema.skeletons import H36M17
from kinema.space.lifting import LiveLifter
from kinema.space.lifting.offline import check_sizes

_USUAL_RATE = 30.0


@dataclass(frozen=True, eq=False)
class Lifting:
    """How people are lifted while frames arrive.

    Attributes:
        lifter: A network of the kind `person`; a causal one gives each frame at once.
        height: Of the people, in metres; None for 1.7.
        focal: Of the camera, in pixels; None for the usual one.

    Raises:
        InputError: If height or focal length is none.
    """

    lifter: Lifter
    height: float | None = None
    focal: float | None = None

    def __post_init__(self) -> None:
        check_sizes(focal=self.focal, height=self.height)

    def begin(self, info: MediaInfo) -> LiveLifter:
        """What lifts the people of one source.

        Raises:
            InputError: If the network is of another kind.
        """
        rate = float(info.rate) if info.rate else _USUAL_RATE
        return self.lifter.live(size=info.size, rate=rate, focal=self.focal, height=self.height)


class LiftedFile:
    """Poses in space in one of the formats; a context manager.

    Args:
        target: A path, or a text stream for JSON lines.
        path: The same path, or None.
        format_name: Of the file.
        info: Of the source.
        lifting: How.
        model: Name of the model that finds the people.
    """

    def __init__(
        self,
        target: Path | TextIO,
        path: Path | None,
        format_name: str,
        info: MediaInfo,
        lifting: Lifting,
        *,
        model: str,
    ) -> None:
        self._path = path
        self._live = lifting.begin(info)
        self._is_image = info.kind == "image"
        header = replace(Header.of(info), space="body")
        self._writer: PoseWriter = open_writer(
            target, header, format=format_name, skeleton=H36M17, model=model
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, once they are whole."""
        return files_of(self._writer, self._path)

    def add(self, job: Job, poses: Poses) -> None:
        """Takes the people of the next frame."""
        if self._is_image and poses.ids is None:  # nobody to be followed
            poses = replace(poses, ids=np.arange(1, len(poses) + 1))
        ready = self._live.update(poses)
        if ready is not None:
            self._writer.write(ready)

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if not isinstance(error[1], Exception):  # after Ctrl-C, too, what was seen is kept
            for poses in self._live.flush():
                self._writer.write(poses)
        self._writer.__exit__(*error)  # type: ignore[arg-type]
