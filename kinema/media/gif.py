"""Animated GIF pictures of videos: 256 colours chosen for the whole of it, and its own times."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from kinema.errors import InputError, MediaError
from kinema.media.frame import Frame, Image
from kinema.media.sources import read_video
from kinema.media.writer import temporary_name

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.filter.context import FilterContext
    from av.packet import Packet
    from av.video.stream import VideoStream

RATE = 15.0
"""Pictures a second at most, if nothing else is asked for."""
WIDTH = 800
"""Pixels at most, if nothing else is asked for."""
_TICKS = 100  # a second: the clock of the format
_FASTEST = 50.0  # pictures a second; browsers slow down what is faster
_EARLY = 0.001  # seconds: times of videos are rounded


def write_gif(
    path: str | Path,
    video: str | Path,
    *,
    rate: float = RATE,
    width: int = WIDTH,
    on_frame: Callable[[], object] = lambda: None,
) -> None:
    """Write a video as an animated GIF that repeats for ever.

    Pictures keep their times to the hundredth of a second; those that come faster than `rate` are
    left out. The 256 colours are chosen from pictures of the whole video.

    Args:
        path: Ends in .gif. The folder must exist.
        video: Any video that can be read; it is read twice.
        rate: Pictures a second at most, up to 50.
        width: In pixels at most; the shape stays.
        on_frame: Called for each picture that is written.

    Raises:
        InputError: If rate or width cannot be used.
        MediaError: If the video cannot be read or the file not written.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise MediaError(f"cannot write {path}: the name of an animated picture must end in .gif")
    if not 0 < rate <= _FASTEST:
        raise InputError(f"a GIF has up to {_FASTEST:g} pictures a second, not {rate:g}")
    if width < 1:
        raise InputError(f"a GIF cannot be {width} pixels wide")
    part = temporary_name(path)
    try:
        palette = _palette(video, rate, width)
        _write(part, video, palette, rate, width, on_frame)
        part.replace(path)
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _pictures(video: str | Path, rate: float, width: int) -> Iterator[tuple[Image, float]]:
    """The pictures that are shown, small, with their times."""
    due: float | None = None
    with read_video(str(video)) as frames:
        for frame in frames:
            due = frame.time if due is None else due
            if frame.time < due - _EARLY:
                continue
            due = max(due + 1 / rate, frame.time)  # so that 20 a second of 30 are 20, not 15
            yield _small(frame, width), frame.time


def _small(frame: Frame, width: int) -> Image:
    across, down = frame.size
    if across <= width:
        return np.ascontiguousarray(frame.image)
    return frame.scaled(width, max(1, round(down * width / across)))


def _palette(video: str | Path, rate: float, width: int) -> VideoFrame:
    """The colours, as a picture of 16 x 16 pixels."""
    graph: Graph | None = None
    for image, _ in _pictures(video, rate, width):
        frame = _frame(image, 0)
        if graph is None:
            graph = Graph()
            source = _source(graph, frame)
            chooser = graph.add("palettegen", "stats_mode=full:reserve_transparent=0")
            source.link_to(chooser)
            chooser.link_to(graph.add("buffersink"))
            graph.configure()
        graph.vpush(frame)
    if graph is None:
        raise MediaError(f"there is no picture in {video}")
    graph.vpush(None)
    return graph.vpull()


def _write(
    path: Path,
    video: str | Path,
    palette: VideoFrame,
    rate: float,
    width: int,
    on_frame: Callable[[], object],
) -> None:
    palette.pts, palette.time_base = 0, Fraction(1, _TICKS)
    graph: Graph | None = None
    with av.open(str(path.absolute()), "w", format="gif", options={"loop": "0"}) as output:
        stream: VideoStream | None = None
        shortest = round(_TICKS / _FASTEST)
        first, last = 0.0, -shortest
        for image, time in _pictures(video, rate, width):
            if graph is None or stream is None:
                first = time
                graph = _mapping(_frame(image, 0), palette)
                stream = _stream(output, image, rate)
            last = max(last + shortest, round((time - first) * _TICKS))
            graph.vpush(_frame(image, last), 0)
            _encode(output, stream, graph.vpull(), rate)
            on_frame()
        if stream is not None:
            output.mux(_lasting(stream.encode(None), rate))


def _stream(output: OutputContainer, image: Image, rate: float) -> VideoStream:
    stream = output.add_stream("gif", rate=Fraction(rate).limit_denominator(1001))
    stream.width, stream.height = image.shape[1], image.shape[0]
    stream.pix_fmt = "pal8"
    stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
    return stream


def _encode(output: OutputContainer, stream: VideoStream, frame: VideoFrame, rate: float) -> None:
    output.mux(_lasting(stream.encode(frame), rate))


def _lasting(packets: list[Packet[VideoStream]], rate: float) -> list[Packet[VideoStream]]:
    for packet in packets:
        packet.duration = round(_TICKS / rate)  # counts for the last picture only
    return packets


def _mapping(frame: VideoFrame, palette: VideoFrame) -> Graph:
    """Turns pictures into those of the palette's colours."""
    graph = Graph()
    pictures, colours = _source(graph, frame), _source(graph, palette)
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=5:diff_mode=rectangle")
    pictures.link_to(use, 0, 0)
    colours.link_to(use, 0, 1)
    use.link_to(graph.add("buffersink"))
    graph.configure()
    graph.vpush(palette, 1)
    graph.vpush(None, 1)
    return graph


def _frame(image: Image, ticks: int) -> VideoFrame:
    frame = VideoFrame.from_ndarray(image, format="rgb24").reformat(format="rgb32")
    frame.pts, frame.time_base = ticks, Fraction(1, _TICKS)
    return frame


def _source(graph: Graph, frame: VideoFrame) -> FilterContext:
    return graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=Fraction(1, _TICKS),
    )
