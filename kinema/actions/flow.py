"""Optical flow about a person in a video, as small pictures: how the body moves, without joints.

Flow is that of Farnebäck 2003, "Two-frame motion estimation based on polynomial expansion", in a
square about the person that stays where it is for the whole clip, so that it also shows where the
person goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.media.sources import read_video
from kinema.poses import Float32Array
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
Pictures = npt.NDArray[np.uint8]

FRAMES, SIZE = 16, 32
FLOW_SHAPE = (2, FRAMES, SIZE, SIZE)
"""Of a clip of flow: to the right and down."""

_LOOKED_AT = 2 * SIZE  # pixels of the square in which the flow is computed
_MARGIN = 0.15  # around the joints, as a share of the square
_MOST = 8.0  # widths of the square a second; what is faster is an error


@dataclass(frozen=True, eq=False)
class Square:
    """The pictures in a square of a video.

    Attributes:
        pictures: (F, 64, 64) brightness.
        times: (F,) seconds.
    """

    pictures: Pictures
    times: Float64Array


def flow_clips(video: str, track: Track, spans: Sequence[tuple[float, float]]) -> Float32Array:
    """Clips of flow (M, 2, FRAMES, SIZE, SIZE), in widths of the square a second.

    Args:
        video: The file.
        track: The person, in the pixels and on the clock of the video.
        spans: Start and end of each clip, in seconds.

    Raises:
        MediaError: If the video cannot be read.
        InputError: If the person is not in its picture.
    """
    square = square_of(video, track)
    return np.stack([_clip(square, start, end) for start, end in spans])


def square_of(video: str, track: Track) -> Square:
    """The pictures in the square about all that a person does in a video.

    Raises:
        MediaError: If the video cannot be read.
        InputError: If the person is not in its picture.
    """
    if track.space != "image" or not track.found.any():
        raise InputError(f"{video}: flow needs a person whose joints are in its picture")
    corner, width = _place(track)
    pictures, times = [], []
    with read_video(video) as frames:
        for frame in frames:
            pictures.append(_cut(frame.image, corner, width))
            times.append(frame.time)
    return Square(np.stack(pictures), np.array(times))


def _place(track: Track) -> tuple[tuple[int, int], int]:
    """The upper left corner (x, y) and the width of the square, in pixels."""
    points = track.keypoints[track.found].astype(np.float64)
    # A joint that leaps away for a moment does not make the square huge.
    low, high = np.percentile(points, [2, 98], axis=0)
    width = max(round(max(*(high - low)) * (1 + 2 * _MARGIN)), 4)
    x, y = np.round((low + high) / 2 - width / 2).astype(int).tolist()
    return (x, y), width


def _cut(image: Pictures, corner: tuple[int, int], width: int) -> Pictures:
    """The square (64, 64) of a picture (H, W, 3); beyond the edge the picture goes on as there."""
    height, length = image.shape[:2]
    rows = np.clip(np.arange(corner[1], corner[1] + width), 0, height - 1)
    columns = np.clip(np.arange(corner[0], corner[0] + width), 0, length - 1)
    part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    grey = grey[(rows - rows[0])[:, None], (columns - columns[0])[None]]
    way = cv2.INTER_AREA if width > _LOOKED_AT else cv2.INTER_LINEAR
    small = cv2.resize(grey, (_LOOKED_AT, _LOOKED_AT), interpolation=way)
    return np.asarray(small, dtype=np.uint8)


def _clip(square: Square, start: float, end: float) -> Float32Array:
    """(2, FRAMES, SIZE, SIZE) at equal steps of time; 0 where the video has no picture."""
    clip = np.zeros((2, FRAMES, SIZE, SIZE), dtype=np.float32)
    times = square.times
    if len(times) < 2:
        return clip
    for number, time in enumerate(np.linspace(start, end, FRAMES)):
        if not times[0] - 1e-6 <= time <= times[-1] + 1e-6:
            continue
        after = int(np.clip(np.searchsorted(times, time, side="right"), 1, len(times) - 1))
        flow = cv2.calcOpticalFlowFarneback(
            square.pictures[after - 1],
            square.pictures[after],
            np.zeros((_LOOKED_AT, _LOOKED_AT, 2), dtype=np.float32),
            pyr_scale=0.5,
            levels=3,
            winsize=9,
            iterations=2,
            poly_n=5,
            poly_sigma=1.1,
            flags=0,
        )
        small = cv2.resize(flow, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        pace = 1 / (_LOOKED_AT * (times[after] - times[after - 1]))
        clip[:, number] = np.clip(small * pace, -_MOST, _MOST).transpose(2, 0, 1)
    return clip
