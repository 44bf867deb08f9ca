"""How a model is to look at pictures: one set of options for all families."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kinema.errors import InputError

Precision = Literal["auto", "f32", "bf16"]
"""Arithmetic of the network: `auto` is bfloat16 where the processor has it, else float32."""


@dataclass(frozen=True)
class Options:
    """How a model is to look at pictures. A family refuses what it has no use for.

    Attributes:
        size: Height of the network's input in pixels, or None for the family's own. Larger finds
            smaller people and takes longer.
        scales: Look at the picture at each of these multiples of `size`, and average.
        mirror: Look at the mirrored picture too, and average.
        single_person: The picture has one person: take the best place for each joint, without
            asking which joints belong together.
        precision: See `Precision`.
        latency: Spend all cores on one picture at a time, for live use, instead of on several
            side by side, which gives more pictures a second.

    Raises:
        InputError: If there is no scale or one is not positive, or the precision is unknown.
    """

    size: int | None = None
    scales: tuple[float, ...] = (1.0,)
    mirror: bool = False
    single_person: bool = False
    precision: Precision = "auto"
    latency: bool = False

    def __post_init__(self) -> None:
        if not self.scales or not all(scale > 0 for scale in self.scales):
            raise InputError(f"scales must be positive numbers, got {list(self.scales)}")
        if self.precision not in ("auto", "f32", "bf16"):
            raise InputError(f"precision must be auto, f32 or bf16, not {self.precision!r}")
