"""Animated GIF pictures."""

from fractions import Fraction

import av
import numpy as np
import pytest

from kinema.errors import InputError, MediaError
from kinema.media.frame import MediaInfo
from kinema.media.gif import write_gif
from kinema.media.sources import read_video
from kinema.media.writer import VideoWriter


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A second at 30 Hz: a red square that moves right over grey, 64 x 48."""
    path = tmp_path_factory.mktemp("clip") / "square.mp4"
    with VideoWriter(path, MediaInfo("square", "video", (64, 48), Fraction(30)), crf=0) as out:
        for frame in range(30):
            image = np.full((48, 64, 3), 90, np.uint8)
            image[16:32, frame : frame + 16] = (220, 30, 30)
            out.write(image, frame / 30)
    return path


def pictures(path):
    with read_video(path) as video:
        return [(frame.time, np.array(frame.image)) for frame in video]


@pytest.mark.parametrize(
    ("rate", "count"), [(15, 15), (10, 10), (20, 20), (30, 30), (50, 30), (1, 1)]
)
def test_the_rate(clip, tmp_path, rate, count):
    write_gif(tmp_path / "a.gif", clip, rate=rate)
    times = [time for time, _ in pictures(tmp_path / "a.gif")]
    assert len(times) == count
    steps = np.diff(times)
    if count > 1:
        assert times[-1] == pytest.approx((count - 1) / min(rate, 30), abs=0.04)
        assert (steps >= 0.02 - 1e-9).all()


def test_pictures_are_those_of_the_video(clip, tmp_path):
    calls = []
    write_gif(tmp_path / "a.gif", clip, rate=30, on_frame=lambda: calls.append(1))
    shown, seen = pictures(tmp_path / "a.gif"), pictures(clip)
    assert len(calls) == len(shown) == 30
    for (at, image), (time, original) in zip(shown, seen, strict=True):
        assert at == pytest.approx(time, abs=0.006)
        assert np.mean(np.abs(image.astype(int) - original)) < 6


def test_times_that_vary_are_kept(tmp_path):
    times = [5.0, 5.1, 5.4, 5.5, 6.5]
    with VideoWriter(tmp_path / "a.mp4", MediaInfo("a", "video", (32, 32), Fraction(10))) as out:
        for number, time in enumerate(times):
            out.write(np.full((32, 32, 3), 20 * number, np.uint8), time)
    write_gif(tmp_path / "a.gif", tmp_path / "a.mp4")
    found = [time for time, _ in pictures(tmp_path / "a.gif")]
    np.testing.assert_allclose(found, np.array(times) - 5, atol=0.011)


def test_it_repeats_for_ever_and_the_last_picture_lasts(clip, tmp_path):
    write_gif(tmp_path / "a.gif", clip, rate=10)
    data = (tmp_path / "a.gif").read_bytes()
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in data
    with av.open(str(tmp_path / "a.gif")) as file:
        assert [packet.duration for packet in file.demux() if packet.size][-1] == 10


def test_width(clip, tmp_path):
    write_gif(tmp_path / "a.gif", clip, width=32)
    assert pictures(tmp_path / "a.gif")[0][1].shape == (24, 32, 3)
    write_gif(tmp_path / "b.gif", clip, width=2000)
    assert pictures(tmp_path / "b.gif")[0][1].shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("name", "words", "error", "message"),
    [
        pytest.param("a.mp4", {}, MediaError, "end in .gif", id="suffix"),
        pytest.param("a.gif", {"rate": 0}, InputError, "up to 50", id="rate 0"),
        pytest.param("a.gif", {"rate": 60}, InputError, "up to 50", id="rate 60"),
        pytest.param("a.gif", {"width": 0}, InputError, "0 pixels wide", id="width"),
        pytest.param("no/a.gif", {}, MediaError, "cannot write", id="folder"),
    ],
)
def test_bad_words(clip, tmp_path, name, words, error, message):
    with pytest.raises(error, match=message):
        write_gif(tmp_path / name, clip, **words)
    assert list(tmp_path.iterdir()) == []


def test_no_video(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no video")
    with pytest.raises(MediaError):
        write_gif(tmp_path / "a.gif", tmp_path / "a.mp4")
    assert not (tmp_path / "a.gif").exists()
