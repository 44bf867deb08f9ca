"""People who come into the picture or leave it, half of them beyond its border.

A network that sees half a body squeezes the joints of a whole one into it. Such frames look like
movement and are none.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.track import Track

MARGIN = 0.015
"""Of the picture's width: a joint so near to a side counts as at the border."""
MOST = 0.4
"""Of a track: somebody who is at the border for longer is filmed so, and is measured as seen."""


def at_border(track: Track, width: int) -> npt.NDArray[np.bool_]:
    """The frames (T,) at the start and the end of a track in which the person is being cut off.

    These are the frames in which a joint lies at the left or right border of the picture, or
    beyond it, and those from the start, or to the end, that they leave over. Frames in the middle,
    and all if there would be more than 40 % of them, are not counted.

    Args:
        track: In a picture.
        width: Of the picture in pixels.
    """
    x = track.keypoints[..., 0]
    margin = MARGIN * width
    beside = np.any((x < margin) | (x > width - 1 - margin), axis=1)  # NaN is neither
    cut = np.zeros(len(track), dtype=bool)
    frames = np.arange(len(track))
    for order in (frames, frames[::-1]):
        inside = order[~beside[order] & track.found[order].any(axis=1)]
        # A foot that swings back from the border for a moment does not mean that all is inside:
        # the person is in when a tenth of the track in a row is.
        need = max(1, len(track) // 10)
        steady = _first_steady(inside, need)
        if steady is None:
            return np.zeros(len(track), dtype=bool)
        cut[order[: int(np.flatnonzero(order == steady)[0])]] = True
    if not beside.any() or cut.mean() > MOST:
        return np.zeros(len(track), dtype=bool)
    return cut & _reaches(beside, cut)


def _first_steady(inside: npt.NDArray[np.intp], need: int) -> int | None:
    """The first of `need` frames on end."""
    for start in range(len(inside) - need + 1):
        if abs(int(inside[start + need - 1]) - int(inside[start])) == need - 1:
            return int(inside[start])
    return None


def _reaches(beside: npt.NDArray[np.bool_], cut: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Of the cut parts at both ends, those in which somebody really was at the border."""
    kept = np.zeros(len(cut), dtype=bool)
    first_in, last_in = np.flatnonzero(~cut)[[0, -1]] if not cut.all() else (0, 0)
    for part in (slice(0, first_in), slice(last_in + 1, None)):
        if beside[part].any():
            kept[part] = True
    return kept
