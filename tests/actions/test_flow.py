"""Optical flow about a person: a noisy disc that moves over a noisy wall."""

import av
import numpy as np
import pytest

from kinema.actions.flow import FLOW_SHAPE, FRAMES, SIZE, flow_clips
from kinema.errors import InputError
from kinema.space.lifting import LIFT13
from kinema.track import Track

RATE, STEP, COUNT = 25, 2, 20  # pixels to the right in each frame
WALL, BODY = (160, 240), 60


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """The disc goes to the right, and the joints of a person lie upon it."""
    rng = np.random.default_rng(0)
    wall = np.kron(rng.integers(40, 215, (40, 60)), np.ones((4, 4))).astype(np.uint8)
    body = np.kron(rng.integers(40, 215, (15, 15)), np.ones((4, 4))).astype(np.uint8)
    path = tmp_path_factory.mktemp("flow") / "disc.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "8"})
        stream.height, stream.width = WALL
        stream.pix_fmt = "yuv420p"
        for number in range(COUNT):
            picture = wall.copy()
            x = 60 + STEP * number
            picture[50 : 50 + BODY, x : x + BODY] = body
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[..., None], 3, 2), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return str(path)


def person(space="image"):
    rng = np.random.default_rng(1)
    shape = (COUNT, 13, 2) if space == "image" else (COUNT, 13, 3)
    points = np.zeros(shape)
    points[..., :2] = rng.uniform(0, BODY, (1, 13, 2))
    points[:, 0, :2], points[:, 1, :2] = (0, 0), (BODY, BODY)
    points[..., 0] += 60 + STEP * np.arange(COUNT)[:, None]
    points[..., 1] += 50
    times = np.arange(COUNT) / RATE
    return Track(LIFT13, points, np.ones((COUNT, 13)), times, space=space)


def test_flow_goes_where_the_person_goes(video):
    track = person()
    points = track.keypoints.reshape(-1, 2).astype(float)
    low, high = np.percentile(points, [2, 98], axis=0)
    width = 1.3 * (high - low).max()
    clip = flow_clips(video, track, [(0.1, 0.7)])[0]
    assert clip.shape == FLOW_SHAPE
    # In the middle of the clip the disc is in the middle of the square.
    middle = clip[:, FRAMES // 2, SIZE // 2 - 3 : SIZE // 2 + 3, SIZE // 2 - 3 : SIZE // 2 + 3]
    assert np.median(middle[0]) == pytest.approx(STEP * RATE / width, rel=0.15)
    assert abs(np.median(middle[1])) < 0.05
    # Above it the wall stands still.
    assert np.abs(clip[:, :, :3]).mean() < 0.05


def test_there_is_no_flow_before_and_after_the_video(video):
    early, whole = flow_clips(video, person(), [(-2.0, -1.0), (0.0, 2.0)])
    assert not early.any()
    assert whole[:, 2].any()
    assert not whole[:, -4:].any()


def test_flow_needs_a_person_in_the_picture(video):
    with pytest.raises(InputError, match="whose joints are in its picture"):
        flow_clips(video, person("world"), [(0.0, 1.0)])
