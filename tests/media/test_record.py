"""Recording from several sources at once: videos and generators stand for cameras."""

import csv
import threading
import time
from fractions import Fraction

import numpy as np
import pytest

from kinema.errors import InputError, MediaError
from kinema.media.frame import Frame, MediaInfo
from kinema.media.record import record
from kinema.media.sources import read_video
from kinema.media.times import read_times, times_path
from kinema.media.writer import VideoWriter

RATE = 50


class Generated:
    """A camera that is a generator: grey pictures whose level is their number."""

    live = True
    damage = None

    def __init__(self, *, rate=RATE, size=(64, 48), breaks_after=None, starts_after=0.0, skip=()):
        self.info = MediaInfo("generated", "camera", size, Fraction(rate))
        self._breaks_after = breaks_after
        self._starts_after = starts_after
        self._skip = skip
        self.closed = False

    def frames(self):
        time.sleep(self._starts_after)
        start = time.monotonic()
        width, height = self.info.size
        number = 0
        while number != self._breaks_after:
            time.sleep(max(start + number / float(self.info.rate) - time.monotonic(), 0))
            if number not in self._skip:
                level = np.uint8(number % 200)
                yield Frame(np.full((height, width, 3), level), number, time.monotonic() - start)
            number += 1
        raise MediaError("the cable was pulled out")

    def close(self):
        self.closed = True


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """One second of video at 50 pictures a second."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, MediaInfo("film", "video", (64, 48), Fraction(RATE))) as writer:
        for number in range(RATE):
            writer.write(np.full((48, 64, 3), 4 * number, np.uint8), number / RATE)
    return path


def frames_of(path):
    with read_video(path) as video:
        return list(video)


def test_files_stand_for_cameras(film, tmp_path):
    cameras = record([str(film), str(film)], tmp_path / "new" / "folder")
    assert [camera.name for camera in cameras] == ["cam0", "cam1"]
    for camera in cameras:
        assert camera.error == ""
        assert camera.dropped == 0
        assert camera.frames == RATE
        times = read_times(camera.video)
        assert len(times) == RATE == len(frames_of(camera.video))
        # Played at the film's pace: not as fast as it can be read.
        assert times[-1] - times[0] == pytest.approx(0.98, abs=0.3)


def test_times_in_the_video_are_those_of_arrival(tmp_path):
    camera, _ = record([Generated(), Generated()], tmp_path, seconds=0.5)
    clock = read_times(camera.video)
    inside = [frame.time for frame in frames_of(camera.video)]
    np.testing.assert_allclose(inside, clock - clock[0], atol=1e-3)
    assert camera.first == pytest.approx(clock[0], abs=1e-5)
    assert 0 <= clock[0] < 0.3


def test_all_start_when_the_slowest_is_there(tmp_path):
    """Pictures of the quick camera from before then are not kept: both clips start together."""
    quick, slow = record([Generated(), Generated(starts_after=0.4)], tmp_path, seconds=0.4)
    assert abs(quick.first - slow.first) < 0.2
    level = int(frames_of(quick.video)[0].image.mean())
    assert level > 10


def test_missing_pictures_are_counted(tmp_path):
    (camera,) = record([Generated(skip=(30, 31, 40))], tmp_path, seconds=1.2)
    assert camera.missing >= 3


def test_a_camera_that_breaks_leaves_what_it_gave_and_the_others_go_on(tmp_path):
    broken, whole = record([Generated(breaks_after=20), Generated()], tmp_path, seconds=0.8)
    assert broken.error == "the cable was pulled out"
    assert len(frames_of(broken.video)) == broken.frames <= 20
    assert whole.error == ""
    assert whole.frames > broken.frames


def test_stop_ends_it_and_files_are_whole(tmp_path):
    stop = threading.Event()
    counted = []

    def count(name):
        counted.append(name)
        if len(counted) > 10:
            stop.set()

    sources = [Generated(), Generated()]
    cameras = record(sources, tmp_path, stop=stop, on_frame=count)
    assert sum(camera.frames for camera in cameras) == len(counted)
    assert all(source.closed for source in sources)
    with times_path(cameras[0].video).open(encoding="utf-8") as file:
        assert len(list(csv.reader(file))) == cameras[0].frames + 1


def test_slow_writing_drops_and_counts(tmp_path):
    """Whoever writes is held up; the camera is not, and nothing is lost without being told."""

    def slow(name):
        time.sleep(0.1)

    (camera,) = record([Generated()], tmp_path, seconds=1.0, waiting_bytes=0, on_frame=slow)
    assert camera.dropped >= 20
    assert 5 <= camera.frames <= 20
    assert camera.missing <= 5


def test_nothing_came(tmp_path):
    with pytest.raises(MediaError, match="the cable was pulled out"):
        record([Generated(breaks_after=0)], tmp_path)
    assert [path for path in tmp_path.iterdir() if path.suffix == ".mp4"] == []


@pytest.mark.parametrize(
    ("sources", "seconds", "error", "complaint"),
    [
        pytest.param([], None, InputError, "at least one camera", id="no source"),
        pytest.param(["none.mp4"], None, MediaError, "no file none.mp4", id="no file"),
        pytest.param(["none.mp4"], 0, InputError, "must be positive", id="no time"),
        pytest.param(["none.mp4"], float("nan"), InputError, "must be positive", id="nan"),
    ],
)
def test_what_cannot_be_recorded(sources, seconds, error, complaint, tmp_path):
    with pytest.raises(error, match=complaint):
        record(sources, tmp_path, seconds=seconds)


def test_a_folder_that_cannot_be_made(film, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(MediaError, match="cannot make the folder"):
        record([str(film)], tmp_path / "taken")
