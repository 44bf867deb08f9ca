"""What the answers of the verbs share: numbers for JSON, and words and lines for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path


def finite(value: float) -> float | None:
    """The number with 4 decimals; None, JSON's null, for NaN and infinity.

    >>> finite(0.123456), finite(float("nan"))
    (0.1235, None)
    """
    return round(value, 4) if math.isfinite(value) else None


def people(count: int) -> str:
    """How many, in words.

    >>> people(1), people(0)
    ('1 person', '0 people')
    """
    return "1 person" if count == 1 else f"{count} people"


def with_files(lines: Iterable[str], files: Iterable[Path]) -> str:
    """The lines, and below them those of the files that were written."""
    return "\n".join([*lines, *(f"  {path}" for path in files)])
