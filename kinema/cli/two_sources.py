"""What verbs of several recordings share: opening each, be it a video or a file of poses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kinema.cli.movement import ModelChoice

if TYPE_CHECKING:
    from kinema.formats.recording import Header
    from kinema.models.model import Model
    from kinema.poses import Poses


def stems_of(sources: Sequence[str]) -> list[str]:
    """A name for each source, all different, without its folder and endings."""
    from kinema.media.stems import distinct_stems

    return list(distinct_stems([_without_kind(source) for source in sources]))


def loader(choice: ModelChoice) -> Callable[[], Model]:
    """Gives the chosen model, loaded at the first call."""
    loaded: list[Model] = []

    def load() -> Model:
        if not loaded:
            loaded.append(choice.load())
        return loaded[0]

    return load


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
    from kinema.cli.progress import FrameBar
    from kinema.pose_sources import followed, on_recorded_clock, open_poses, timed

    with FrameBar(stem) as bar:
        reader = open_poses(
            source,
            folder,
            stem=stem,
            load=load,
            rate=rate,
            on_start=bar.expect_frames,
            on_frame=lambda poses: bar.advance(),
        )
    with reader as recording:
        frames = timed(recording, source)
        if recorded:
            frames, _ = on_recorded_clock(frames, source, recording.header.source)
        return recording.header, followed(frames)


def _without_kind(name: str) -> str:
    """`walk.poses.jsonl` as if it were called `walk.jsonl`."""
    path = Path(name)
    return name if not path.stem.endswith(".poses") else str(path.with_name(path.stem))
