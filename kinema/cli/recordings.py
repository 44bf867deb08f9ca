"""What the sources on a command line stand for: recordings, each with the name of its results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinema.errors import InputError, KinemaError, MediaError

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


def _expanded(name: str) -> Iterable[str]:
    from kinema.media.sources import expand_sources
    from kinema.media.video import scheme_of

    if name == "-":
        raise InputError("run reads no pipes; give a file, or - to kinema convert for JSON lines")
    found = expand_sources([name])
    if found == [name]:
        # Said now, not after a model has been fetched for it.
        if not (name.isdecimal() or scheme_of(name) or Path(name).exists()):
            raise MediaError(f"there is no file {name}")
        return found
    others = [path for path in found if not RESULTS_OF_RUN.search(Path(path).name)]
    if not others:
        raise InputError(f"there are only results of earlier runs in {name}")
    return others


def _is_file(name: str) -> bool:
    return "://" not in name and Path(name).is_file()
