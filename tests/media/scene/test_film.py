"""Films of people in space."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError, MediaError
from kinema.media.colours import SIDE_COLOURS
from kinema.media.frame import MediaInfo
from kinema.media.scene import in_picture, write_film
from kinema.media.scene.viewpoint import heading_of
from kinema.media.sources import read_video
from kinema.media.writer import VideoWriter

# From 5 m in front of the person, who faces along x.
CAMERA = Camera(
    "front",
    (160, 240),
    np.array([[300.0, 0, 79.5], [0, 300, 119.5], [0, 0, 1]]),
    rotation=np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]]),
    translation=np.array([0, 1.0, 5]),
)


def frames(path):
    with read_video(path) as video:
        return [(frame.time, np.array(frame.image)) for frame in video]


def like(image, colour, tolerance=40):
    """Where a colour is, as far as the video kept it."""
    return (np.abs(image.astype(int) - colour) < tolerance).all(axis=2)


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, MediaInfo("clip", "video", (160, 240), Fraction(30))) as out:
        for frame in range(12):
            out.write(np.full((240, 160, 3), 128, np.uint8), frame / 30)
    return path


def test_beside_a_video(person, clip, tmp_path):
    track, path, calls = person(), tmp_path / "film.mp4", []
    write_film(
        path,
        [track],
        video=clip,
        overlay=in_picture([track], CAMERA),
        rig=Rig((CAMERA,)),
        azimuth=heading_of(CAMERA),
        height=240,
        on_frame=lambda: calls.append(1),
    )
    shown = frames(path)
    assert len(calls) == len(shown) == 12
    np.testing.assert_allclose([time for time, _ in shown], np.arange(12) / 30, atol=1e-3)
    image = shown[3][1]
    assert image.shape == (240, 160 + 240, 3)
    # As in the picture, so in space: the left arm is stretched out to the right.
    for part in (image[:, :160], image[:, 160:]):
        left, right = (
            np.flatnonzero(like(part, SIDE_COLOURS[side]).any(axis=0)) for side in ("left", "right")
        )
        assert right.max() < left.max()
        assert right.min() < left.min()
    x, y = in_picture([track], CAMERA)[0].joint("left_elbow")[3]
    assert (x, y) == pytest.approx((79.5 + 30, 119.5 - 27))  # 0.5 m beside, 0.45 m up, 5 m away
    orange = np.argwhere(like(image[:, :160], SIDE_COLOURS["left"], 100))  # thin lines fade
    assert np.abs(orange - (y, x)).max(axis=1).min() <= 2
    # The last picture of the video has nobody: the track is a third of a second long.
    assert not like(shown[11][1], SIDE_COLOURS["left"]).any()


def test_alone_with_its_own_times(person, tmp_path):
    times = 3 + np.array([0, 0.04, 0.08, 0.3, 0.34, 0.38, 0.42, 0.46, 0.5, 0.9])
    write_film(tmp_path / "film.mp4", [replace(person(), times=times)], height=96)
    shown = frames(tmp_path / "film.mp4")
    np.testing.assert_allclose([time for time, _ in shown], times - 3, atol=1e-3)
    assert shown[0][1].shape == (96, 96, 3)


def test_a_gif(person, tmp_path):
    write_film(tmp_path / "film.gif", [person(frames=31)], height=120, turn=90)
    shown = frames(tmp_path / "film.gif")
    assert 15 <= len(shown) <= 16
    np.testing.assert_allclose([time for time, _ in shown], np.arange(len(shown)) / 15, atol=0.02)
    assert np.mean(shown[0][1] != shown[-1][1]) > 0.01  # it turns
    assert {path.name for path in tmp_path.iterdir()} == {"film.gif"}


def test_people_come_and_go_and_joints_are_missing(person, in_body_space, tmp_path):
    late = replace(person(identity=2, at=(1, 0, 0)), times=1 + np.arange(10) / 30)
    write_film(tmp_path / "two.mp4", [person(), late], height=96)
    assert len(frames(tmp_path / "two.mp4")) == 20
    keypoints = in_body_space().keypoints.copy()
    keypoints[3:] = np.nan
    write_film(tmp_path / "few.mp4", [replace(in_body_space(), keypoints=keypoints)], height=96)
    assert len(frames(tmp_path / "few.mp4")) == 10


def test_one_frame(person, tmp_path):
    for name in ("one.mp4", "one.gif"):
        write_film(tmp_path / name, [person(frames=1)], height=96)
        assert len(frames(tmp_path / name)) == 1


@pytest.mark.parametrize(
    ("name", "words", "error", "message"),
    [
        pytest.param("a.avi", {}, MediaError, "end in .mp4 or .gif", id="suffix"),
        pytest.param("a.mp4", {"height": 10}, InputError, "64 pixels high", id="height"),
        pytest.param("a.mp4", {"turn": np.nan}, InputError, "are degrees", id="turn"),
        pytest.param("a.mp4", {"video": "no.mp4"}, MediaError, "no.mp4", id="video"),
        pytest.param("no/a.mp4", {}, MediaError, "cannot write", id="folder"),
    ],
)
def test_bad_words(person, tmp_path, name, words, error, message):
    with pytest.raises(error, match=message):
        write_film(tmp_path / name, [person()], **words)
    assert list(tmp_path.iterdir()) == []


def test_nobody(person, tmp_path):
    nothing = np.full((10, 25, 3), np.nan)
    for tracks in ([], [person(frames=0)], [replace(person(), keypoints=nothing)]):
        with pytest.raises(InputError, match="nobody"):
            write_film(tmp_path / "a.mp4", tracks)
    with pytest.raises(InputError, match="over a video"):
        write_film(tmp_path / "a.mp4", [person()], overlay=[person()])
