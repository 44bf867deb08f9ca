"""How the results of a source are called: the start of their names, from its own name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

Source = str | int | Sequence[str]
"""As for `kinema.read_video`: several images are one recording."""

NUMBERING = "0123456789_-. "
"""What the numbers of images in a row are made of."""


def stem_of(source: Source) -> str:
    """How the files of a source are called: its name without the last suffix.

    Of several images, or a pattern, it is what they have in common, else their folder's name.

    >>> stem_of("clips/walk.left.mp4"), stem_of(0), stem_of("https://example.org/a/b.mp4?x=1")
    ('walk.left', 'camera0', 'b')
    >>> stem_of("jump/img_*.png"), stem_of("jump/*.png"), stem_of(["jump/01.png", "jump/02.png"])
    ('img', 'jump', 'jump')
    """
    if not isinstance(source, str | int):
        names = [Path(path).stem for path in source]
        common = os.path.commonprefix(names)  # noqa: RUF071 - names, not paths
        stem = _stem_of_many(common, Path(source[0]).parent)
    elif isinstance(source, int) or source.isdecimal():
        stem = f"camera{source}"
    elif "://" in source:
        stem = _stem_of_url(source.split("://", 1)[1])
    elif Path(source).is_dir():
        stem = Path(source).resolve().name
    elif re.search(r"[*?\[]", source) and not Path(source).exists():
        folder = Path(re.split(r"[*?\[]", source)[0] + "x").parent
        stem = _stem_of_many(re.split(r"[*?\[]", Path(source).name)[0], folder)
    else:
        stem = Path(source).stem
    return re.sub(r"[*?\[\]:]+", "_", stem) or "source"


def distinct_stems(sources: Iterable[Source]) -> list[str]:
    """One stem a source; where two would share one, the later gets a number.

    Capitals do not count, since some file systems do not tell them apart.

    >>> distinct_stems(["a/walk.mp4", "b/Walk.mp4", "run.mp4"])
    ['walk', 'Walk_2', 'run']
    """
    stems: list[str] = []
    taken: set[str] = set()
    for source in sources:
        stem = first = stem_of(source)
        number = 2
        while stem.casefold() in taken:
            stem = f"{first}_{number}"
            number += 1
        stems.append(stem)
        taken.add(stem.casefold())
    return stems


def _stem_of_many(common: str, folder: Path) -> str:
    return common.rstrip(NUMBERING) or folder.resolve().name


def _stem_of_url(address: str) -> str:
    path = re.split(r"[?#]", address)[0].rstrip("/")
    # The name of a user, and above all a password, may not get into the name of a file.
    host, slash, rest = re.sub(r"^[^/]*@", "", path).partition("/")
    return Path(rest).stem if slash else host
