from __future__ import annotations

import gc
import mmap
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from kinema.errors import InputError, MediaError
from kinema.media.prefetch import CLOSE_SECONDS
from kinema.media.sources import expand_sources, natural_key, read_video


def write_image(path: Path, level: int, *, size: tuple[int, int] = (6, 4)) -> Path:
    width, height = size
    done, data = cv2.imencode(path.suffix, np.full((height, width, 3), level, np.uint8))
    assert done
    path.write_bytes(data.tobytes())
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    """Pictures 1, 2 and 10, of level 10 times that, and things that are none."""
    for number in (10, 2, 1):
        write_image(tmp_path / f"img{number}.png", 10 * number)
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden.png").write_bytes(b"not a picture either")
    (tmp_path / "more.png").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(lambda f: f, id="folder as path"),
        pytest.param(str, id="folder as text"),
        pytest.param(lambda f: f"{f}/*.png", id="pattern"),
        pytest.param(lambda f: f"{f}/img[0-9]*", id="pattern with a set"),
        pytest.param(lambda f: [f / "img1.png", str(f / "img2.png"), f / "img10.png"], id="list"),
    ],
)
def test_pictures_are_one_sequence_in_natural_order(folder, choose):
    with read_video(choose(folder)) as video:
        frames = list(video)
    assert (video.info.kind, video.info.size, video.info.frame_count) == ("sequence", (6, 4), 3)
    assert (video.info.rate, video.info.duration) == (25, 0.12)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [10, 20, 100]
    assert [(frame.index, frame.time) for frame in frames] == [(0, 0), (1, 0.04), (2, 0.08)]
    assert video.damage is None


def test_a_list_keeps_its_order(folder):
    with read_video([folder / "img10.png", folder / "img2.png"]) as video:
        assert [int(frame.image[0, 0, 0]) for frame in video] == [100, 20]
    assert video.info.source == f"{folder / 'img10.png'} and 1 more"


def test_a_sequence_has_the_rate_given(folder):
    with read_video(folder, rate=29.97) as video:
        assert [frame.time for frame in video] == pytest.approx([0, 1 / 29.97, 2 / 29.97])
    assert float(video.info.rate) == 29.97


def test_one_image_is_one_frame(folder):
    with read_video(folder / "img2.png") as video:
        (frame,) = video
    assert (frame.index, frame.time, int(frame.image[0, 0, 0])) == (0, 0, 20)
    assert (video.info.kind, video.info.rate, video.info.frame_count) == ("image", None, 1)


def test_pictures_of_a_sequence_keep_their_sizes(folder):
    write_image(folder / "img3.png", 30, size=(9, 9))
    with read_video(folder) as video:
        assert [frame.size for frame in video] == [(6, 4), (6, 4), (9, 9), (6, 4)]
    assert video.info.size == (6, 4)


def test_a_bad_picture_in_a_sequence_is_left_out_and_told_of(folder, caplog):
    (folder / "img5.png").write_bytes((folder / "img2.png").read_bytes()[:-9])
    with read_video(folder) as video:
        assert [frame.index for frame in video] == [0, 1, 3]
    assert video.damage == (
        f"{folder} is damaged: 1 of 4 images could not be read, the first is img5.png"
    )
    assert caplog.messages == [video.damage]


def test_a_name_with_wildcards_that_exists_is_that_file(tmp_path):
    path = write_image(tmp_path / "clip[1].png", 50)
    write_image(tmp_path / "clip1.png", 60)
    with read_video(str(path)) as video:
        assert int(next(video).image[0, 0, 0]) == 50
    assert expand_sources([str(path)]) == [str(path)]


def test_a_file_url_is_a_file(tmp_path):
    path = write_image(tmp_path / "a b.png", 50)
    with read_video(path.as_uri()) as video:
        assert video.info.kind == "image"


def test_an_animation_is_a_video(tmp_path):
    pictures = [np.full((16, 16, 3), level, np.uint8) for level in (0, 128, 255)]
    animation = cv2.Animation()
    animation.frames, animation.durations = pictures, np.array([100, 100, 200], np.int32)
    path = tmp_path / "a.gif"
    assert cv2.imwriteanimation(str(path), animation)
    with read_video(path) as video:
        frames = list(video)
    assert video.info.kind == "video"
    assert [frame.time for frame in frames] == pytest.approx([0, 0.1, 0.2])
    assert [int(frame.image[8, 8, 1]) for frame in frames] == pytest.approx([0, 128, 255], abs=20)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda f: f / "none.mp4", r"there is no file \S+none\.mp4$", id="missing"),
        pytest.param(lambda f: f / "void.mp4", r"void\.mp4 is empty", id="empty video"),
        pytest.param(lambda f: f / "void.png", r"void\.png is empty", id="empty image"),
        pytest.param(lambda f: f / "sub", r"no image in the folder \S+sub", id="empty folder"),
        pytest.param(lambda f: f"{f}/*.jpg", r"no image that matches \S+\.jpg", id="no match"),
        pytest.param(lambda f: f / "fake.png", r"fake\.png is not an image", id="no image"),
        pytest.param(lambda f: "nosuch://x", "nosuch://x cannot be opened", id="protocol"),
        pytest.param(lambda f: 97, "camera 97 is not there", id="camera"),
        pytest.param(lambda f: "97", "camera 97 is not there", id="camera as text"),
    ],
)
def test_what_is_no_source_is_refused_in_one_line(tmp_path, capfd, make, message):
    (tmp_path / "sub").mkdir()
    (tmp_path / "void.mp4").touch()
    (tmp_path / "void.png").touch()
    (tmp_path / "fake.png").write_text("I am text")
    with pytest.raises(MediaError, match=message) as caught:
        read_video(make(tmp_path))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 0}, "rate must be"),
        ({"rate": float("nan")}, "rate must be"),
        ({"rate": float("inf")}, "rate must be"),
        ({"prefetch": 0}, "prefetch must be at least 1"),
    ],
)
def test_options_that_cannot_be_are_refused(folder, options, message):
    with pytest.raises(InputError, match=message):
        read_video(folder, **options)


def test_an_empty_list_is_refused():
    with pytest.raises(InputError, match="list of images is empty"):
        read_video([])


def test_a_rate_for_a_video_is_refused(tmp_path, write_video, moving):
    path = write_video(tmp_path / "a.mp4", moving(2))
    with pytest.raises(InputError, match=r"a\.mp4 has its own timestamps"):
        read_video(path, rate=30)


def prefetch_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "kinema-prefetch"]


def test_leaving_early_stops_the_thread_and_releases_the_file(tmp_path, write_video, moving):
    path = write_video(tmp_path / "a.mp4", moving(100))
    with read_video(path, prefetch=2) as video:
        for frame in video:
            if frame.index == 3:
                break
        assert len(prefetch_threads()) == 1
        started = time.monotonic()
    assert time.monotonic() - started < CLOSE_SECONDS  # it did not have to give up
    assert prefetch_threads() == []
    open_files = Path("/proc/self/fd")
    if open_files.is_dir():
        assert str(path) not in [str(p.resolve()) for p in open_files.iterdir()]
    assert frame.image.shape == (48, 64, 3)  # a frame outlives its video
    with pytest.raises(MediaError, match=r"a\.mp4 was closed"):
        next(video)
    video.close()


def test_a_video_is_read_once(tmp_path, write_video, moving):
    with read_video(write_video(tmp_path / "a.mp4", moving(5))) as video:
        assert len(list(video)) == 5
        assert list(video) == []
        assert prefetch_threads() == []


def test_a_video_never_read_leaves_no_thread(tmp_path, write_video, moving):
    with read_video(write_video(tmp_path / "a.mp4", moving(5))):
        assert prefetch_threads() == []
    read_video(tmp_path / "a.mp4").close()


STATM = Path("/proc/self/statm")


@pytest.mark.skipif(not STATM.exists(), reason="the memory of the process is read from /proc")
def test_memory_stays_flat_without_the_garbage_collector(tmp_path, write_video, moving):
    path = write_video(
        tmp_path / "long.avi", moving(30, size=(320, 240)) * 40, codec="mjpeg", pix_fmt="yuvj420p"
    )
    pages = {}
    gc.collect()
    gc.disable()
    try:
        with read_video(path) as video:
            for frame in video:
                frame.scaled(32, 24)
                if frame.index in (200, 1199):
                    pages[frame.index] = int(STATM.read_text().split()[1])
    finally:
        gc.enable()
    # 1000 frames of 320 x 240 in YUV 4:2:0 would be 115 MB.
    assert (pages[1199] - pages[200]) * mmap.PAGESIZE < 12_000_000


def test_expanding_keeps_names_and_opens_folders_and_patterns(folder, monkeypatch):
    (folder / "b.MP4").touch()
    monkeypatch.chdir(folder)
    everything = ["b.MP4", "img1.png", "img2.png", "img10.png"]
    assert expand_sources(["img*.png"]) == everything[1:]
    assert expand_sources([str(folder)]) == [str(folder / name) for name in everything]
    assert expand_sources(["."]) == everything
    rest = ["0", "rtsp://camera/1?a=*", "missing.mp4", "-", "img2.png"]
    assert expand_sources(rest) == rest
    assert expand_sources([]) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("more.png", "no image or video in the folder more.png"),
        ("*.txt", r"no image or video matches \*\.txt"),
        ("?.mp4", "matches"),
        ("a**.mp4", r"a\*\*\.mp4 is no pattern|matches"),  # a star is a star from Python 3.13 on
    ],
)
def test_expanding_to_nothing_is_refused(folder, monkeypatch, name, message):
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=message):
        expand_sources([name])


def test_natural_order():
    names = ["img10.png", "img2.png", "Img3.png", "img02.png", "a", "img", "10", "9"]
    ordered = ["9", "10", "a", "img", "img02.png", "img2.png", "Img3.png", "img10.png"]
    assert sorted(names, key=natural_key) == ordered
