"""The sound of a source, carried over into a new MP4 file.

Sound that browsers play from an MP4 file is copied byte for byte; any other is encoded as AAC.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av

from kinema.errors import MediaError
from kinema.media.video import open_container, without_password

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

COPIED_CODECS = frozenset({"aac", "mp3", "opus", "flac"})
"""What MP4 can hold and today's browsers play from it."""

MP3_LOWEST_RATE = 16_000  # the MP4 muxer refuses slower MP3
AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})
AAC_BITS_PER_CHANNEL = 96_000

PREROLL = 0.1
"""Seconds of sound kept before time 0. Decoders need them to settle (80 ms for Opus, RFC 7845
section 4.6; one or two packets for AAC); the file marks them as not to be heard."""

logger = logging.getLogger(__name__)


class SoundTrack:
    """Feeds the sound of `source` into `output`, as far as its pictures have got.

    Time 0 of the output is `start` seconds after the first picture of the source, so that lips
    stay in step with the voice. Must be made before the output's first packet is written.

    Args:
        source: A file with sound. The first track counts.
        output: An MP4 file that was opened for writing.
        start: Seconds, in the source, from its first picture to the output's first picture.

    Raises:
        MediaError: If `source` cannot be opened.
    """

    def __init__(self, source: str | Path, output: OutputContainer, *, start: float) -> None:
        try:
            self._from = first_picture_time(source) + start
            self._input = _open(source)
        except (av.FFmpegError, MediaError) as error:
            reason = error.strerror if isinstance(error, av.FFmpegError) else error
            raise MediaError(f"cannot read the sound of {source}: {reason}") from error
        self._source = source
        self._output = output
        self._packets: Iterator[Packet[AudioStream]] = iter(())
        self._waiting: Packet[AudioStream] | None = None
        track = cast("AudioStream | None", self._input.streams.best("audio"))
        if track is None:
            return
        if track.codec_context is None:
            logger.warning("the sound of %s is of an unknown kind and is left out", source)
        elif can_be_copied(track):
            self._packets = self._copied(track)
        else:
            self._packets = self._encoded(track, add_aac_stream(output, track))

    def write_until(self, end: float) -> None:
        """Write the packets that begin before `end` seconds of the output."""
        while True:
            if self._waiting is None:
                self._waiting = next(self._packets, None)
            packet = self._waiting
            if packet is None or packet.pts is None or packet.pts * packet.time_base >= end:
                return
            self._waiting = None
            self._output.mux(packet)

    def close(self) -> None:
        """Let go of the source."""
        self._input.close()

    def _copied(self, track: AudioStream) -> Iterator[Packet[AudioStream]]:
        copy = self._output.add_stream_from_template(track)

        def packets() -> Iterator[Packet[AudioStream]]:
            """The packets, not decoded, from the first picture on and timed from it."""
            for packet in self._read(track):
                if packet.pts is None or packet.dts is None or packet.time_base is None:
                    continue
                shift = round(self._from / packet.time_base)
                packet.pts -= shift
                packet.dts -= shift
                if (packet.pts + (packet.duration or 0)) * packet.time_base > -PREROLL:
                    packet.stream = copy
                    yield packet

        return packets()

    def _encoded(self, track: AudioStream, encoder: AudioStream) -> Iterator[Packet[AudioStream]]:
        for frame in self._decoded(track):
            if frame.pts is None or frame.time_base is None:
                continue
            frame.pts -= round(self._from / frame.time_base)
            if frame.pts * frame.time_base + frame.samples / frame.sample_rate > 0:
                yield from encoder.encode(frame)
        yield from encoder.encode(None)

    def _decoded(self, track: AudioStream) -> Iterator[AudioFrame]:
        for packet in self._read(track):
            try:
                yield from packet.decode()
            except av.InvalidDataError:
                logger.debug("a damaged packet of sound in %s is left out", self._source)

    def _read(self, track: AudioStream) -> Iterator[Packet[AudioStream]]:
        """The packets of the track; a source that breaks off ends the sound, not the video."""
        try:
            yield from self._input.demux(track)
        except av.FFmpegError as error:
            logger.warning("the sound of %s breaks off: %s", self._source, error.strerror)


def first_picture_time(source: str | Path) -> float:
    """When the first picture that can be decoded is due, in seconds of the container's clock.

    Cut recordings often begin with pictures that lack their key frame; the times of `Frame` count
    from the first that can be shown, and so must the sound. 0 if there is none.
    """
    with _open(source) as container:
        pictures = cast("VideoStream | None", container.streams.best("video"))
        for packet in container.demux(pictures) if pictures is not None else ():
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in frames:
                if frame.pts is not None and frame.time_base is not None:
                    return float(frame.pts * frame.time_base)
    return 0.0


def _open(source: str | Path) -> InputContainer:
    return open_container(str(source), without_password(str(source)))


def can_be_copied(track: AudioStream) -> bool:
    """Whether a browser plays this sound from an MP4 file as it is."""
    name = track.codec_context.codec.canonical_name
    if name == "mp3":
        return track.sample_rate >= MP3_LOWEST_RATE
    return name in COPIED_CODECS


def add_aac_stream(output: OutputContainer, track: AudioStream) -> AudioStream:
    """A new AAC track, mono or stereo, as near to the rate of `track` as AAC allows."""
    rate = track.sample_rate if track.sample_rate in AAC_RATES else 48_000
    channels = min(track.codec_context.channels, 2)
    stream = output.add_stream("aac", rate=rate)
    stream.codec_context.layout = "mono" if channels == 1 else "stereo"
    stream.codec_context.bit_rate = AAC_BITS_PER_CHANNEL * channels
    return stream
