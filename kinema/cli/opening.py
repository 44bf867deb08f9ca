"""Opening the recordings of a verb: videos, in which a chosen model finds people, and poses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinema.formats.recording import Header, PoseReader
    from kinema.models.model import Model
    from kinema.poses import Poses


@dataclass(frozen=True)
class ModelChoice:
    """Which model finds the people of videos."""

    model: str
    refine: str | None
    precision: str
    mirror: bool = False

    def load(self) -> Model:
        """The model, fetched with a bar of progress if need be."""
        from kinema.cli.progress import download_bar
        from kinema.models.loading import load_model

        with download_bar(self.model) as progress:
            return load_model(
                self.model,
                refine=self.refine,
                mirror=self.mirror,
                precision=self.precision,  # type: ignore[arg-type]
                progress=progress,
            )


def loader(choice: ModelChoice) -> Callable[[], Model]:
    """Gives the chosen model, loaded at the first call."""
    loaded: list[Model] = []

    def load() -> Model:
        if not loaded:
            loaded.append(choice.load())
        return loaded[0]

    return load


def open_with_bar(
    source: str,
    folder: Path,
    stem: str,
    load: Callable[[], Model],
    rate: float | None,
    *,
    size: tuple[int, int] | None = None,
) -> PoseReader:
    """As `kinema.sources.poses.open_poses`, with a bar of progress where it is a video.

    Raises:
        InputError: If the source cannot be read as poses.
        MediaError: If it cannot be read as a video.
    """
    from kinema.cli.progress import FrameBar
    from kinema.sources.poses import open_poses

    with FrameBar(stem) as bar:
        return open_poses(
            source,
            folder,
            stem=stem,
            load=load,
            rate=rate,
            size=size,
            on_start=bar.expect_frames,
            on_frame=lambda poses: bar.advance(),
        )


def frames_of(
    source: str,
    folder: Path,
    stem: str,
    load: Callable[[], Model],
    rate: float | None,
    *,
    recorded: bool = False,
) -> tuple[Header, list[Poses]]:
    """The header and the frames of one source, people followed; with a bar where it is a video.

    `recorded` takes the times that `kinema record` left beside it, if there are any.

    Raises:
        InputError: If the source cannot be read as poses, or has no times.
        MediaError: If it cannot be read as a video.
    """
    from kinema.sources.poses import followed, on_recorded_clock, timed

    with open_with_bar(source, folder, stem, load, rate) as recording:
        frames = timed(recording, source)
        if recorded:
            frames, _ = on_recorded_clock(frames, source, recording.header.source)
        return recording.header, followed(frames)
