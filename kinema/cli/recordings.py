"""The sources on a command line: which recordings they are, and the way through all of them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from kinema.errors import InputError, KinemaError, MediaError

logger = logging.getLogger(__name__)

RESULTS_OF_RUN = re.compile(r"\.(overlay|maps)\.(mp4|png)")
"""How the names of videos and images end that `kinema run` has made."""


@dataclass(frozen=True)
class Recording:
    """One source and the start of the names of its results.

    Attributes:
        source: As for `read_video`.
        stem: Start of the names of the files.
        called: What to call it in messages, if not by its place.
    """

    source: str | tuple[str, ...]
    stem: str
    called: str | None = None

    @property
    def name(self) -> str:
        """What the user calls it."""
        if self.called is not None:
            return self.called
        return self.source if isinstance(self.source, str) else self.source[0]


@dataclass(frozen=True)
class Failure:
    """A source that could not be used, and why."""

    source: str
    error: KinemaError


def find_recordings(
    names: Sequence[str], *, sequence: bool
) -> tuple[list[Recording], list[Failure]]:
    """The recordings that names on a command line stand for, and the names that are none.

    A folder or pattern stands for all videos and images in it but those that an earlier run left
    there as its results.

    Args:
        names: As given.
        sequence: A folder, a pattern or several images in a row are one recording.
    """
    from kinema.media.images import is_image
    from kinema.media.stems import distinct_stems

    sources: list[str | tuple[str, ...]] = []
    failures: list[Failure] = []
    if sequence and len(names) > 1 and all(_is_file(n) and is_image(Path(n)) for n in names):
        sources.append(tuple(names))  # a pattern that the shell has expanded
    else:
        for name in names:
            try:
                sources += [name] if sequence else _expanded(name)
            except KinemaError as error:
                failures.append(Failure(name, error))
    stems = distinct_stems(sources)
    return [Recording(*both) for both in zip(sources, stems, strict=True)], failures


def find_movements(names: Sequence[str]) -> tuple[list[Recording], list[Failure]]:
    """As `find_recordings`, but a file or folder of poses is a recording, too.

    Raises:
        InputError: If there is nothing at all.
    """
    from kinema.formats.registry import is_poses

    sources: list[str] = []
    failures: list[Failure] = []
    for name in names:
        if name != "-" and is_poses(name):
            sources.append(name)
            continue
        found, failed = find_recordings([name], sequence=False)
        sources += [recording.name for recording in found]
        failures += failed
    if not sources and not failures:
        raise InputError("there is nothing to measure; give a video or a file of poses")
    stems = stems_of(sources)
    return [Recording(*both) for both in zip(sources, stems, strict=True)], failures


def stems_of(names: Sequence[str]) -> list[str]:
    """A name for each source, all different, without its folder and endings."""
    from kinema.media.stems import distinct_stems

    return list(distinct_stems([_without_kind(name) for name in names]))


def _without_kind(name: str) -> str:
    """`walk.poses.jsonl` as if it were called `walk.jsonl`."""
    path = Path(name)
    return name if not path.stem.endswith(".poses") else str(path.with_name(path.stem))


def process_each(
    recordings: Sequence[Recording],
    failures: Sequence[Failure],
    process: Callable[[Recording], object],
) -> list[Failure]:
    """Processes one recording after the other; all that failed, each told of on stderr.

    One that fails does not stop the others, unless it is the only one.

    Args:
        recordings: What to process.
        failures: Sources that have failed before.
        process: Does the work.

    Raises:
        KinemaError: What is wrong with the only one.
    """
    failed = list(failures)
    alone = len(recordings) + len(failed) == 1
    if alone and failed:
        raise failed[0].error
    for failure in failed:
        _tell(failure)
    for recording in recordings:
        try:
            process(recording)
        except KinemaError as error:
            if alone:
                raise
            failed.append(Failure(recording.name, error))
            _tell(failed[-1])
    return failed


def _tell(failure: Failure) -> None:
    typer.echo(f"kinema: {failure.error}", err=True)
    logger.debug("the traceback of this:", exc_info=failure.error)


def _expanded(name: str) -> Iterable[str]:
    from kinema.formats.registry import is_poses
    from kinema.media.sources import expand_sources
    from kinema.media.video import scheme_of

    if name == "-":
        raise InputError("run reads no pipes; give a file, or - to kinema convert for JSON lines")
    found = expand_sources([name])
    if found == [name]:
        # Said now, not after a model has been fetched for it.
        if not (name.isdecimal() or scheme_of(name) or Path(name).exists()):
            raise MediaError(f"there is no file {name}")
        if Path(name).is_file() and is_poses(name):
            raise MediaError(
                f"{name} is not a video, it holds poses: kinema actions predict, angles, convert, "
                "gait, lift and report take them"
            )
        return found
    others = [path for path in found if not RESULTS_OF_RUN.search(Path(path).name)]
    if not others:
        raise InputError(f"there are only results of earlier runs in {name}")
    return others


def _is_file(name: str) -> bool:
    return "://" not in name and Path(name).is_file()
