"""Quantities over time (`Curves`) and moments in time (`Event`): what an analysis gives.

Writers of tables, plots and reports take these, so that an analysis knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, did_you_mean
from kinema.poses import check_shape, frozen_array

Float64Array = npt.NDArray[np.float64]
Side = Literal["left", "right"]


@dataclass(frozen=True, eq=False)
class Curves:
    """Named quantities over time, each with its unit and its standard deviation.

    Attributes:
        names: C names, such as `left_knee_flexion`; all differ.
        units: C units: `deg`, `m`, `px`, `m/s`, ...; "" for a pure number.
        values: (T, C) float64; NaN where a quantity is not known.
        times: (T,) float64 seconds, strictly increasing.
        sigma: (T, C) float64 standard deviations in the same units, NaN where unknown; or None.

    Raises:
        ShapeError: If the shapes do not fit each other.
        InputError: If a name repeats or the times do not increase.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Float64Array
    times: Float64Array
    sigma: Float64Array | None = None

    def __post_init__(self) -> None:
        times = frozen_array(self.times, np.float64)
        values = frozen_array(self.values, np.float64)
        t, c = len(times) if times.ndim else 0, len(self.names)
        check_shape("times", times, (t,))
        check_shape("values", values, (t, c))
        check_shape("units", np.array(self.units, dtype=object), (c,))
        if len(set(self.names)) != c:
            raise InputError(f"curves name a quantity twice: {', '.join(self.names)}")
        if not np.all(np.diff(times) > 0):
            raise InputError("the times of curves do not increase")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)
        if self.sigma is not None:
            object.__setattr__(self, "sigma", frozen_array(self.sigma, np.float64))
            check_shape("sigma", self.sigma, (t, c))

    def __len__(self) -> int:
        return len(self.times)

    def index(self, name: str) -> int:
        """The column of a quantity.

        Raises:
            InputError: If there is none of that name; the message names near ones.
        """
        if name not in self.names:
            raise InputError(f"there is no curve {name!r}; {did_you_mean(name, self.names)}")
        return self.names.index(name)

    def __getitem__(self, name: str) -> Float64Array:
        """One quantity over time, (T,)."""
        return self.values[:, self.index(name)]

    def sigma_of(self, name: str) -> Float64Array:
        """The standard deviation of one quantity over time, (T,); NaN where unknown."""
        column = self.index(name)
        return np.full(len(self), np.nan) if self.sigma is None else self.sigma[:, column]

    def only(self, names: Sequence[str]) -> Curves:
        """The chosen quantities, in the order asked for.

        Raises:
            InputError: If one is not there.
        """
        columns = [self.index(name) for name in names]
        return replace(
            self,
            names=tuple(names),
            units=tuple(self.units[column] for column in columns),
            values=self.values[:, columns],
            sigma=None if self.sigma is None else self.sigma[:, columns],
        )

    def joined(self, other: Curves) -> Curves:
        """These quantities and those of `other`, which has the same times.

        Raises:
            InputError: If the times differ or a name is in both.
        """
        if not np.array_equal(self.times, other.times):
            raise InputError("curves of different times cannot stand in one table; resample one")
        sigma = None
        if self.sigma is not None or other.sigma is not None:
            unknown = [np.full(part.values.shape, np.nan) for part in (self, other)]
            parts = (self.sigma, other.sigma)
            sigma = np.concatenate(
                [u if p is None else p for u, p in zip(unknown, parts, strict=True)], axis=1
            )
        return Curves(
            self.names + other.names,
            self.units + other.units,
            np.concatenate([self.values, other.values], axis=1),
            self.times,
            sigma,
        )


@dataclass(frozen=True)
class Event:
    """Something that happened at one moment.

    Attributes:
        kind: What: `heel_strike`, `toe_off`, ...
        time: Seconds, on the time axis of the recording; may lie between frames.
        side: Of the body, or None where it has none.
        uncertainty: Standard deviation of the time in seconds; NaN if unknown.
    """

    kind: str
    time: float
    side: Side | None = None
    uncertainty: float = float("nan")
