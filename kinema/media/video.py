"""Read a video file or a stream through FFmpeg: frames with true times, upright, past damage."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from kinema.errors import MediaError
from kinema.media.clock import FrameClock
from kinema.media.damage import Promise, Tally, describe
from kinema.media.frame import Frame, MediaInfo
from kinema.media.picture import DecodedPicture, Orientation

ASSUMED_RATE = Fraction(25)  # what FFmpeg assumes where a source names no rate
HIGHEST_RATE = 1000  # a "rate" at or above this is the clock of a file of variable rate
OPEN_SECONDS, READ_SECONDS = 15.0, 10.0  # how long a network source may be silent
LIVE_SCHEMES = frozenset({"rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt", "mms"})
TEXT_CODECS = frozenset({"ansi", "bintext", "xbin", "idf"})  # FFmpeg makes films of text files
MOST_HELD = 1000  # packets since a keyframe; where there are more, all that follows is decoded
NETWORK_OPTIONS = {"rtsp": {"rtsp_flags": "prefer_tcp"}}  # UDP loses packets, often silently


class VideoReader:
    """The frames of one video file or stream; opened, and its first frame decoded, at once.

    Non-square pixels stay as they are stored, interlaced fields woven. If the picture changes its
    size on the way, later frames are scaled to the size of the first one.

    Args:
        source: A path, or a URL with all that its server wants to know.
        name: What it is called in messages; without a password.
        start: Seconds; what is shown before is passed over where it need not be decoded.

    Attributes:
        info: What the container says, with the size of the first frame as shown.
        damage: After the last frame: one line that says what could not be read, or None; always
            None where there is a start.

    Raises:
        MediaError: If there is no such file or stream, or no frame of video in it.
    """

    def __init__(self, source: str, *, name: str, start: float = 0.0) -> None:
        self.name = name
        self.damage: str | None = None
        self._scheme = scheme_of(source)
        self.live = self._scheme in LIVE_SCHEMES
        self._tally = Tally()
        self._start = start
        self._origin: int | None = None  # timestamp of the first frame
        self._passed_over = 0  # frames
        self._container = open_container(source, name)
        try:
            stream = _video_stream(self._container, name)
            stream.thread_type = "AUTO"  # several frames, or slices of one, at once
            self._rate = _rate(stream)
            # Not that of each frame: the last ones, flushed out of the decoder, have none.
            self._time_base = stream.time_base or 1 / ASSUMED_RATE
            self._promise = _promise(self._container, stream, 1 / (self._rate or ASSUMED_RATE))
            # The decoder and its threads live and end with this generator.
            self._decoded = self._decode(stream)
            first = next(self._decoded, None)
            if first is None:
                raise MediaError(_no_frames(name, self._tally))
            self._first: av.VideoFrame | None = first
            self._origin = first.pts if first.pts is not None else first.dts
            self._orientation = Orientation.of(first)
            self.info = self._read_info(stream, first)
        except BaseException:
            self._container.close()
            raise

    def frames(self) -> Generator[Frame, None, None]:
        """Every frame that can be decoded, in the order of showing. Closes the file at the end.

        Raises:
            MediaError: If a live source stops sending.
        """
        clock = FrameClock(1 / (self._rate or ASSUMED_RATE))
        try:
            frame, self._first = self._first, None
            index = 0
            while frame is not None:
                picture = DecodedPicture(frame, orientation=self._orientation, size=self.info.size)
                stamp = frame.pts if frame.pts is not None else frame.dts
                seconds = None if stamp is None else stamp * self._time_base
                number = index + self._passed_over
                yield Frame.from_picture(picture, number, clock.seconds(seconds))
                index += 1
                frame = next(self._decoded, None)
            if not self.live and not self._start:
                self.damage = describe(self.name, self._promise, self._tally)
        finally:
            self.close()

    def close(self) -> None:
        """Release the file. Not while `frames` runs in another thread."""
        self._first = None
        self._decoded.close()
        self._container.close()

    def _decode(self, stream: VideoStream) -> Generator[av.VideoFrame, None, None]:
        held: av.Packet[VideoStream] | None = None
        for packet in self._wanted(stream):
            if held is not None:
                yield from self._decode_packet(stream, held)
            held = packet if packet.is_corrupt else None
            if held is None:
                yield from self._decode_packet(stream, packet)
        # A corrupt packet at the very end was cut off there. It is not given to the decoder, which
        # works on several frames at once and would drop good ones with it.
        self._tally.failed += held is not None
        yield from self._decode_packet(stream, None)

    def _wanted(self, stream: VideoStream) -> Iterator[av.Packet[VideoStream]]:
        """The packets of the first frame, and those from the last keyframe before the start on."""
        held: list[av.Packet[VideoStream]] = []
        packets, given = self._packets(stream), 0
        for packet in packets:
            if self._origin is None:
                given += 1
                yield packet
                continue
            if packet.pts is None:
                held.append(packet)
                break
            time = (packet.pts - self._origin) * self._time_base
            if packet.is_keyframe and time <= self._start:
                held = []
            held.append(packet)
            if time >= self._start or len(held) > MOST_HELD:
                break
        before = self._tally.packets - len(held)
        if before > given:  # packets are left out: the decoder must not wait for them
            stream.codec_context.flush_buffers()
            self._passed_over = before - self._tally.delivered
        yield from held
        yield from packets

    def _decode_packet(
        self, stream: VideoStream, packet: av.Packet[VideoStream] | None
    ) -> Iterator[av.VideoFrame]:
        try:
            frames = stream.decode(packet)
        except av.error.FFmpegError:
            self._tally.failed += 1
            return
        for frame in frames:
            self._tally.delivered += 1
            self._tally.spoiled += frame.is_corrupt
            yield frame

    def _packets(self, stream: VideoStream) -> Iterator[av.Packet[VideoStream]]:
        """The packets of the video stream. Notes the times of those of all streams."""
        packets = self._container.demux()
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                if self.live:
                    raise MediaError(f"{self.name} stopped sending: {_reason(error)}") from error
                self._tally.stopped = _reason(error)
                return
            if packet is None:
                return
            if not packet.size:  # would tell the decoder that the end has come
                continue
            video = packet.stream.index == stream.index
            stamp = packet.pts if packet.pts is not None else packet.dts
            if packet.time_base and stamp is not None:
                start, length = (t * packet.time_base for t in (stamp, packet.duration or 0))
                self._tally.saw(start, length, video=video)
            if video:
                self._tally.packets += 1
                yield cast("av.Packet[VideoStream]", packet)

    def _read_info(self, stream: VideoStream, first: av.VideoFrame) -> MediaInfo:
        duration: float | None = None
        if stream.duration and stream.time_base:
            duration = float(stream.duration * stream.time_base)
        elif self._container.duration:
            duration = self._container.duration / 1_000_000
        return MediaInfo(
            source=self.name,
            kind="camera" if self.live else "video",
            size=self._orientation.size(first.width, first.height),
            rate=self._rate,
            frame_count=stream.frames or None,
            duration=None if self.live else duration,
            has_audio=bool(self._container.streams.audio),
        )


def scheme_of(source: str) -> str | None:
    """The scheme of a URL, in lower case, or None for anything else."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", source)
    return match[1].lower() if match else None


def without_password(url: str) -> str:
    """The same URL, fit to be shown and stored.

    As for FFmpeg, the host begins after the last @, as passwords may hold some too.

    >>> without_password("rtsp://ann:secret@camera.local/1")
    'rtsp://ann:***@camera.local/1'
    """
    return re.sub(r"(://[^/?#@:]*):[^/?#]*@", r"\1:***@", url)


def open_container(source: str, name: str) -> InputContainer:
    """A file or URL, opened by FFmpeg.

    Args:
        source: A path, or a URL with all that its server wants to know.
        name: What it is called in messages; without a password.

    Raises:
        MediaError: If it is not there, does not answer in time or is no video.
    """
    scheme = scheme_of(source)
    if scheme is None:
        source = f"file:{source}"  # or a colon in the name would be taken for a protocol
    try:
        return av.open(
            source,
            mode="r",
            options=NETWORK_OPTIONS.get(scheme or "", {}),
            metadata_errors="replace",
            timeout=(OPEN_SECONDS, READ_SECONDS) if scheme else None,
        )
    except av.error.FFmpegError as error:
        # Or tracebacks, and so logs, would name the source with its password.
        error.args = (error.errno, error.strerror, name)
        if scheme is None and isinstance(error, av.error.InvalidDataError):
            raise MediaError(_not_a_video(Path(source.removeprefix("file:")), name)) from error
        raise MediaError(f"{name} cannot be opened: {_reason(error)}") from error


def _not_a_video(path: Path, name: str) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return (
            f"{name} is an MP4 file without its index: the recording or the copy is not complete; "
            "copy or export it again"
        )
    return f"{name} is not a video, or too damaged to be read; convert it to MP4 or copy it again"


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    """The main video stream; the cover picture of a song is none."""
    covers = av.stream.Disposition.attached_pic
    streams = [s for s in container.streams.video if not s.disposition & covers]
    if not streams:
        what = "only sound" if container.streams.audio else "no video"
        raise MediaError(f"{name} has {what} in it, no pictures; give a video or an image")
    best = container.streams.best("video")
    stream = next((s for s in streams if best is not None and s.index == best.index), streams[0])
    context = stream.codec_context
    if context is None:
        raise MediaError(f"{name} has a codec that FFmpeg does not know; convert it to H.264")
    if context.name in TEXT_CODECS:
        raise MediaError(f"{name} is a text file, not a video")
    return stream


def _promise(container: InputContainer, stream: VideoStream, interval: Fraction) -> Promise:
    frames = stream.frames or None
    end: Fraction | None = None
    if container.format.name == "avi" and frames:  # its duration shrinks when the file is cut
        end = frames * interval
    elif stream.duration and stream.time_base:
        end = (stream.duration + (stream.start_time or 0)) * stream.time_base
    elif "DURATION" in stream.metadata:
        end = _seconds(stream.metadata["DURATION"])
    end_of_all: Fraction | None = None
    if container.duration:
        end_of_all = Fraction((container.start_time or 0) + container.duration, 1_000_000)
    return Promise(frames, end, end_of_all, interval)


def _no_frames(name: str, tally: Tally) -> str:
    if tally.failed:
        return f"{name} is too damaged: none of its frames could be decoded; copy it again"
    return f"{name} has no frames in it; record or export it again"


def _rate(stream: VideoStream) -> Fraction | None:
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 0 < rate < HIGHEST_RATE:
            return rate
    return None


def _seconds(clock: str) -> Fraction | None:
    """The seconds of a Matroska duration such as "00:01:02.500000000"."""
    match = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", clock.strip())
    return match and int(match[1]) * 3600 + int(match[2]) * 60 + Fraction(match[3])


def _reason(error: av.error.FFmpegError) -> str:
    if isinstance(error, av.error.ExitError):
        return f"no answer for {READ_SECONDS:.0f} seconds"
    return error.strerror or type(error).__name__
