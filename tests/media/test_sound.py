"""A click in a synthetic recording must come at the same picture after writing."""

import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from kinema.errors import MediaError
from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter

RATE = 25
CLICK = 1.0  # seconds of sound before the click


def record(path: Path, codec: str, *, samples: int = 48000, late: float = 0, channels: int = 2):
    """Two seconds of pictures and sound; the sound begins `late` seconds after the pictures."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    time = np.arange(2 * samples) / samples
    click = np.where((time >= CLICK) & (time < CLICK + 0.1), np.sin(6283 * time), 0) / 2
    wave = np.tile(click.astype(np.float32), (channels, 1))
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=RATE)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=samples)
        sound.codec_context.layout = layout
        packets = []
        for i in range(2 * RATE):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), i, np.uint8), "rgb24")
            frame.pts, frame.time_base = i + max(0, round(-late * RATE)), Fraction(1, RATE)
            packets += pictures.encode(frame)
        for start in range(0, 2 * samples, 1024):
            part = np.ascontiguousarray(wave[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(part, "fltp", layout)
            frame.sample_rate, frame.time_base = samples, Fraction(1, samples)
            frame.pts = start + max(0, round(late * samples))
            packets += sound.encode(frame)
        for packet in packets + pictures.encode() + sound.encode():
            container.mux(packet)


def write_with_sound(source: Path, out: Path, *, skip: float = 0.0, seconds: float = 2.0) -> None:
    info = MediaInfo(str(source), "video", (64, 48), Fraction(RATE))
    with VideoWriter(out, info, sound_from=source) as writer:
        for i in range(round(skip * RATE), round(seconds * RATE)):
            writer.write(np.full((48, 64, 3), i, np.uint8), i / RATE)


def click_time(path: Path) -> tuple[str, float]:
    """The codec of the sound and when the click comes, in seconds from the first picture."""
    with av.open(str(path)) as container:
        first = next(container.decode(video=0)).time
    with av.open(str(path)) as container:
        name = container.streams.audio[0].codec_context.codec.canonical_name
        for frame in container.decode(audio=0):
            wave = np.abs(frame.to_ndarray().astype(np.float64)).max(axis=0)
            full = 1 if frame.format.name.startswith("flt") else 2 ** (8 * frame.format.bytes - 1)
            heard = np.flatnonzero(wave > 0.2 * full)
            if len(heard):
                channels = 1 if frame.format.is_planar else len(frame.layout.channels)
                return name, frame.time + heard[0] / channels / frame.sample_rate - first
    raise AssertionError("no click")


@pytest.mark.parametrize(
    ("name", "codec", "written", "options"),
    [
        pytest.param("a.mp4", "aac", "aac", {}, id="aac is copied"),
        pytest.param("a.ts", "aac", "aac", {}, id="aac of a transport stream"),
        pytest.param("a.mkv", "libmp3lame", "mp3", {}, id="mp3 is copied"),
        pytest.param("a.mkv", "libopus", "opus", {}, id="opus is copied"),
        pytest.param("a.mkv", "flac", "flac", {}, id="flac is copied"),
        pytest.param("a.mkv", "libmp3lame", "aac", {"samples": 8000, "channels": 1}, id="slow mp3"),
        pytest.param("a.mov", "pcm_s16le", "aac", {}, id="pcm is encoded"),
        pytest.param("a.mkv", "ac3", "aac", {"channels": 6}, id="surround becomes stereo"),
        pytest.param("a.mkv", "pcm_s24le", "aac", {"samples": 96000}, id="rate that aac lacks"),
        pytest.param("a.mkv", "aac", "aac", {"late": 0.48}, id="sound begins late"),
        pytest.param("a.mkv", "libopus", "opus", {"late": -0.48}, id="pictures begin late"),
        pytest.param("a.mkv", "pcm_s16le", "aac", {"late": 0.48}, id="encoded, late"),
        pytest.param("a.mkv", "pcm_s16le", "aac", {"late": -0.48}, id="encoded, pictures late"),
    ],
)
@pytest.mark.parametrize("skip", [0.0, 0.4])
def test_the_click_stays_with_its_picture(tmp_path, name, codec, written, options, skip):
    source, out = tmp_path / name, tmp_path / "out.mp4"
    record(source, codec, **options)
    write_with_sound(source, out, skip=skip)
    expected = CLICK + options.get("late", 0.0)
    assert click_time(source)[1] == pytest.approx(expected, abs=0.003)
    assert click_time(out) == (written, pytest.approx(expected - skip, abs=0.003))


def test_copied_sound_is_the_same_bytes(tmp_path):
    source, out = tmp_path / "a.mp4", tmp_path / "out.mp4"
    record(source, "aac")
    write_with_sound(source, out)

    def packets(path: Path) -> list[tuple[int | None, bytes]]:
        with av.open(str(path)) as container:
            return [(p.pts, bytes(p)) for p in container.demux(audio=0) if p.size]

    before, after = packets(source), packets(out)
    assert after == before[: len(after)]
    assert len(before) - len(after) <= 1


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_ends_with_the_pictures(tmp_path, codec):
    source, out = tmp_path / "a.mkv", tmp_path / "out.mp4"
    record(source, codec)
    write_with_sound(source, out, seconds=1.2)
    with av.open(str(out)) as container:
        sound = container.streams.audio[0]
        assert float(sound.duration * sound.time_base) == pytest.approx(1.2, abs=0.05)


def test_sound_and_pictures_lie_side_by_side(tmp_path):
    source, out = tmp_path / "a.mp4", tmp_path / "out.mp4"
    record(source, "aac")
    write_with_sound(source, out)
    with av.open(str(out)) as container:
        packets = [
            (p.pos, p.stream.type, float(p.dts * p.time_base)) for p in container.demux() if p.size
        ]
    seen = {"video": 0.0, "audio": 0.0}
    for _, kind, time in sorted(packets):
        seen[kind] = time
        assert abs(seen["video"] - seen["audio"]) < 0.3


def test_a_source_without_sound(tmp_path, write_video, moving):
    source = write_video(tmp_path / "a.mp4", moving(10))
    write_with_sound(source, tmp_path / "out.mp4", seconds=0.4)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [s.type for s in container.streams] == ["video"]


def test_a_source_that_breaks_off(tmp_path, caplog):
    source, out = tmp_path / "a.ts", tmp_path / "out.mp4"
    record(source, "aac")
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    with caplog.at_level(logging.ERROR):
        write_with_sound(source, out)
    with av.open(str(out)) as container:
        assert container.streams.video[0].frames == 2 * RATE
        assert len(container.streams.audio) == 1


def test_a_colon_in_the_name_is_no_protocol(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(Path("./12:30.mp4").absolute(), "aac")
    write_with_sound(Path("12:30.mp4"), Path("out.mp4"))
    assert click_time(tmp_path / "out.mp4")[0] == "aac"


def test_titles_that_are_not_utf8_do_no_harm(tmp_path):
    source, out = tmp_path / "a.mkv", tmp_path / "out.mp4"
    record(source, "aac")
    data = source.read_bytes()
    assert b"ENCODER" in data  # a tag, whose text follows
    source.write_bytes(data.replace(b"Lavf", b"\xff\xfe\xe9\xff"))
    write_with_sound(source, out)
    assert click_time(out)[0] == "aac"


@pytest.mark.parametrize("content", [pytest.param(b"", id="empty"), pytest.param(None, id="none")])
def test_a_source_that_cannot_be_read(tmp_path, content):
    source = tmp_path / "a.mp4"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(MediaError, match=r"cannot read the sound of .*a\.mp4"):
        write_with_sound(source, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    assert not (tmp_path / ".out.part.mp4").exists()
