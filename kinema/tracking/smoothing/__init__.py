"""Smoothers of paths, by name: `find_smoother("butterworth").smooth(track)`."""

from __future__ import annotations

from collections.abc import Callable

from kinema.errors import InputError, did_you_mean
from kinema.track import Track
from kinema.tracking.smoothing.butterworth import Butterworth
from kinema.tracking.smoothing.gaussian import Gaussian
from kinema.tracking.smoothing.kalman import Kalman
from kinema.tracking.smoothing.median import Median
from kinema.tracking.smoothing.one_euro import OneEuro
from kinema.tracking.smoothing.protocol import OnlineSmoother, Smoother
from kinema.tracking.smoothing.savitzky_golay import SavitzkyGolay
from kinema.tracking.smoothing.spline import Spline
from kinema.tracking.smoothing.whittaker import Whittaker

__all__ = [
    "SMOOTHERS",
    "Butterworth",
    "Gaussian",
    "Kalman",
    "Median",
    "OneEuro",
    "OnlineSmoother",
    "SavitzkyGolay",
    "Smoother",
    "Spline",
    "Unsmoothed",
    "Whittaker",
    "find_online_smoother",
    "find_smoother",
]


class Unsmoothed:
    """Leaves every position as it is."""

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base."""
        return track.regular()


SMOOTHERS: dict[str, Callable[[], Smoother]] = {
    "auto": Whittaker,
    "none": Unsmoothed,
    "butterworth": Butterworth,
    "gaussian": Gaussian,
    "kalman": Kalman,
    "kalman-acceleration": lambda: Kalman(order=3),
    "median": Median,
    "one-euro": OneEuro,
    "savitzky-golay": SavitzkyGolay,
    "spline": Spline,
    "whittaker": Whittaker,
}
"""How the smoothers are called. `auto` is the one that was best on motion capture."""


ONLINE: dict[str, Callable[[], OnlineSmoother | None]] = {
    "auto": OneEuro,
    "none": lambda: None,
    "kalman": Kalman,
    "kalman-acceleration": lambda: Kalman(order=3),
    "one-euro": OneEuro,
}
"""Those that work while frames arrive."""


def find_online_smoother(name: str) -> OnlineSmoother | None:
    """A new smoother for frames as they arrive; None for `none`.

    Raises:
        InputError: If there is none of that name, or it needs the whole recording.
    """
    if name in SMOOTHERS and name not in ONLINE:
        raise InputError(
            f"{name} needs the whole recording: use it with kinema angles, gait or report; "
            f"while frames arrive there are {', '.join(ONLINE)}"
        )
    if name not in ONLINE:
        raise InputError(f"there is no smoother {name!r}; {did_you_mean(name, ONLINE)}")
    return ONLINE[name]()


def find_smoother(name: str) -> Smoother:
    """A new smoother by its name.

    Raises:
        InputError: If there is none of that name; the message names near ones.
    """
    if name not in SMOOTHERS:
        raise InputError(f"there is no smoother {name!r}; {did_you_mean(name, SMOOTHERS)}")
    return SMOOTHERS[name]()
