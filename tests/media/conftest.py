"""Small synthetic videos and images, made with FFmpeg on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

Image = npt.NDArray[np.uint8]


def _write_video(
    path: Path,
    pictures: Sequence[Image],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: int = 25,
    stamps: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    prepare: Callable[[Any], None] | None = None,
    prepare_frame: Callable[[av.VideoFrame], None] | None = None,
    sound: bool = False,
) -> Path:
    """Encode RGB pictures; `stamps` are their times in milliseconds, else they come at `rate`."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        if stamps is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if prepare is not None:
            prepare(stream)
        if sound:
            voice = container.add_stream("aac", rate=16000, layout="mono")
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame = frame.reformat(format=pix_fmt)
            if prepare_frame is not None:
                prepare_frame(frame)
            frame.pts = index if stamps is None else stamps[index]
            frame.time_base = Fraction(1, rate) if stamps is None else Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound:
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            quiet.sample_rate, quiet.pts = 16000, 0
            container.mux(voice.encode(quiet))
            container.mux(voice.encode())
    return path


@pytest.fixture
def write_video() -> Callable[..., Path]:
    return _write_video


@pytest.fixture
def moving() -> Callable[..., list[Image]]:
    """Makes pictures of noise that wanders to the right, 2 pixels a frame."""

    def make(count: int, *, size: tuple[int, int] = (64, 48)) -> list[Image]:
        width, height = size
        noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
        return [np.roll(noise, 2 * i, axis=1) for i in range(count)]

    return make


@pytest.fixture
def quarters() -> Image:
    """48 x 32: red and green above, blue and white below."""
    image = np.empty((32, 48, 3), np.uint8)
    image[:16, :24] = (255, 0, 0)
    image[:16, 24:] = (0, 255, 0)
    image[16:, :24] = (0, 0, 255)
    image[16:, 24:] = (255, 255, 255)
    return image


@pytest.fixture
def corners() -> Callable[[Image], str]:
    """Names the colours in the middle of the four quarters, as "rgbw"."""
    names = {(255, 0, 0): "r", (0, 255, 0): "g", (0, 0, 255): "b", (255, 255, 255): "w"}

    def name(image: Image) -> str:
        height, width = image.shape[:2]
        points = [(y, x) for y in (1, 3) for x in (1, 3)]
        seen = [image[height * y // 4, width * x // 4].astype(int) for y, x in points]
        return "".join(
            min(names.items(), key=lambda item, s=s: np.abs(np.array(item[0]) - s).sum())[1]
            for s in seen
        )

    return name
