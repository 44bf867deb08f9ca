"""The timeline under the picture: who is there when, and what happened."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from kinema.curves import Event
from kinema.media.scene.ground import nice_step
from kinema.study import Person

_WIDTH, _LEFT, _RIGHT = 1200, 90, 12
_LENGTH = _WIDTH - _LEFT - _RIGHT
_ROW, _TOP, _BOTTOM = 38, 8, 22
_TICKS = 10


@dataclass(frozen=True)
class _Span:
    """The times that the picture shows, in seconds."""

    start: float
    duration: float

    def x(self, time: float) -> float:
        """Where a time lies in the picture."""
        return _LEFT + _LENGTH * (time - self.start) / max(self.duration, 1e-9)


def timeline_svg(people: Sequence[Person], start: float, duration: float) -> str:
    """An SVG picture; the script moves its line `.now` and jumps where it is clicked.

    Args:
        people: One row each.
        start: Time of the first frame, seconds.
        duration: From there to the last frame, seconds.
    """
    span = _Span(start, duration)
    height = _TOP + _ROW * max(len(people), 1) + _BOTTOM
    parts = [
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="Timeline" data-start="{_LEFT}" data-length="{_LENGTH}">'
    ]
    parts += _axis(span, height - _BOTTOM)
    for row, person in enumerate(people):
        parts += _person(person, _TOP + row * _ROW, span)
    parts.append(
        f'<g class="now"><line y1="0" y2="{height - _BOTTOM + 4}" stroke="var(--ink)" '
        'stroke-width="1.5"/></g></svg>'
    )
    return "".join(parts)


def _axis(span: _Span, y: float) -> list[str]:
    step = nice_step(span.duration / _TICKS)
    first = math.ceil(span.start / step - 1e-3)
    last = math.floor((span.start + span.duration) / step + 1e-3)
    parts = []
    for tick in (step * number for number in range(first, last + 1)):
        x = span.x(tick)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{y}" stroke="var(--line)"/>'
            f'<text x="{x:.1f}" y="{y + 16}" text-anchor="middle" font-size="12" '
            f'fill="var(--soft)">{tick:.12g} s</text>'
        )
    return parts


def _person(person: Person, y: float, span: _Span) -> list[str]:
    parts = [
        f'<text x="{_LEFT - 10}" y="{y + 22}" text-anchor="end" font-size="13" '
        f'fill="var(--ink)">person {person.id}</text>'
    ]
    for first, last in _stretches(person):
        parts.append(
            f'<rect x="{span.x(first):.1f}" y="{y + 14}" rx="3" height="8" '
            f'width="{max(span.x(last) - span.x(first), 2):.1f}" fill="var(--line)"/>'
        )
    parts += [_mark(event, span.x(event.time), y) for event in person.events]
    return parts


def _mark(event: Event, x: float, y: float) -> str:
    """A triangle: full for a heel strike, hollow for a toe-off; left above, right below."""
    up = event.side == "left"
    tip, base = (y + 13, y + 3) if up else (y + 23, y + 33)
    side = event.side or "middle"
    fill = f"var(--{side})" if event.kind == "heel_strike" else "none"
    name = escape(f"{side} {event.kind.replace('_', ' ')}, {event.time:.3f} s")
    return (
        f'<path d="M{x:.1f} {tip}L{x - 5:.1f} {base}L{x + 5:.1f} {base}Z" fill="{fill}" '
        f'stroke="var(--{side})" stroke-width="1.4"><title>{name}</title></path>'
    )


def _stretches(person: Person) -> Sequence[tuple[float, float]]:
    """The times between which the person was seen without a break."""
    track = person.track
    seen = track.found.any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], seen, [False]]).astype(int)))
    return [
        (float(track.times[first]), float(track.times[last - 1]))
        for first, last in edges.reshape(-1, 2)
    ]
