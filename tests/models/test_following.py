from __future__ import annotations

import math

import numpy as np
import pytest

from kinema.media.frame import Frame
from kinema.models.catalogue import CARDS
from kinema.models.crops import Region
from kinema.models.following import Follower, next_region
from kinema.models.model import RememberingModel, run
from kinema.models.movenet import load_model
from kinema.models.options import Options
from kinema.skeletons import COCO17

CARD = next(card for card in CARDS if card.name == "movenet-lightning")
STANDING = {
    "left_shoulder": (120, 140), "right_shoulder": (80, 140),
    "left_hip": (110, 200), "right_hip": (90, 200),
    "left_ankle": (110, 290), "right_ankle": (90, 290),
}  # fmt: skip


def body(places: dict[str, tuple[float, float]], scores: dict[str, float] | None = None):
    points = np.full((17, 2), 100, np.float32)
    sure = np.zeros(17, np.float32)
    for joint, place in places.items():
        points[COCO17.index(joint)] = place
        sure[COCO17.index(joint)] = 0.9
    for joint, score in (scores or {}).items():
        sure[COCO17.index(joint)] = score
    return points, sure


def region_after(places, scores=None, picture=(640, 480)):
    return next_region(*body(places, scores), COCO17, picture)


def test_the_torso_decides():
    # Shoulders are 60 above the middle of the hips, ankles 90 below: 60 * 1.9 > 90 * 1.2.
    assert region_after(STANDING) == Region((100, 200), (228, 228))


@pytest.mark.parametrize(
    ("change", "scores", "half"),
    [
        pytest.param({"left_ankle": (110, 300)}, {}, 120, id="a foot farther away"),
        pytest.param({"right_wrist": (0, 140)}, {}, 120, id="a hand to the side"),
        pytest.param({"right_wrist": (0, 140)}, {"right_wrist": 0.19}, 114, id="unsure hand"),
        pytest.param({"left_shoulder": (180, 140)}, {}, 152, id="a shoulder to the side"),
        pytest.param({"left_shoulder": (180, 140)}, {"left_shoulder": 0}, 152, id="unsure, too"),
    ],
)
def test_what_reaches_farther(change, scores, half):
    region = region_after(STANDING | change, scores)
    assert region.centre == (100, 200)
    np.testing.assert_allclose(region.size, 2 * half, rtol=1e-6)


@pytest.mark.parametrize(
    ("places", "scores"),
    [
        pytest.param({}, {}, id="nobody"),
        pytest.param(STANDING, {"left_hip": 0.1, "right_hip": 0.1}, id="no hips"),
        pytest.param(STANDING, {"left_shoulder": 0.1, "right_shoulder": 0}, id="no shoulders"),
        pytest.param(STANDING | {"left_ankle": (110, 900)}, {}, id="larger than the picture"),
        pytest.param(dict.fromkeys(STANDING, (100, 200)), {}, id="all at one place"),
    ],
)
def test_where_the_whole_picture_is_next(places, scores):
    assert region_after(places, scores) is None


def test_one_hip_and_one_shoulder_are_enough():
    scores = {"left_hip": 0.2, "right_hip": 0, "left_shoulder": 0, "right_shoulder": 0.2}
    assert region_after(STANDING, scores) == Region((100, 200), (228, 228))


def test_no_farther_than_the_farthest_edge():
    # In a picture 300 x 220 the farthest edge is 300 - 0.5 - 100 away: more than half of 300.
    assert region_after(STANDING | {"left_ankle": (110, 330)}, picture=(300, 220)) is None
    near = {joint: (x + 50, y - 90) for joint, (x, y) in STANDING.items()}
    near["left_ankle"] = (160, 400)
    region = region_after(near, picture=(320, 220))
    assert region is None  # 169.5 to the right edge, more than half of 320


def test_joints_that_are_absent():
    points, scores = body(STANDING)
    points[COCO17.index("left_hip")] = math.nan
    scores[COCO17.index("left_hip")] = 0
    region = next_region(points, scores, COCO17, (640, 480))
    assert region.centre == (90, 200)


def spots(
    x: float, y: float, size: tuple[int, int] = (400, 240), *, light: float = 255, scale: float = 1
) -> Frame:
    """Red to the left, green above and blue to the right of a place; each 10 pixels from it.

    Red are the nose and the right joints of the torso, blue the left ones.
    """
    v, u = np.mgrid[: size[1], : size[0]]
    image = np.zeros((size[1], size[0], 3), np.uint8)
    far = 10 * scale
    for channel, (left, top) in enumerate([(x - far, y), (x, y - far), (x + far, y)]):
        spot = light * np.exp(-((u - left) ** 2 + (v - top) ** 2) / (18 * scale**2))
        image[..., channel] = spot.round()
    return Frame(image)


def numbered(frames: list[Frame]) -> list[Frame]:
    return [Frame(frame.image, i, i / 10) for i, frame in enumerate(frames)]


@pytest.fixture
def follower(spot_network) -> Follower:
    model = load_model(CARD, (spot_network(48, 48),), Options(precision="f32"))
    assert isinstance(model, Follower)
    return model


def test_the_crop_follows_a_person_who_moves(follower):
    path = [(100 + 3 * i, 120 - i) for i in range(20)]
    jobs = [follower.start(frame) for frame in numbered([spots(x, y) for x, y in path])]
    poses = [job.poses() for job in jobs]
    for (x, y), found in zip(path, poses, strict=True):
        np.testing.assert_allclose(found.joint("nose"), [(x - 10, y)], atol=0.5)
        np.testing.assert_allclose(found.joint("right_eye"), [(x + 10, y)], atol=0.5)
    assert [p.frame for p in poses] == list(range(20))
    assert poses[5].time == 0.5
    region = jobs[-1].next_region()
    np.testing.assert_allclose(region.centre, path[-1], atol=0.5)
    # The spots are 10 to either side; the third, 10 above, is no joint of the torso.
    np.testing.assert_allclose(region.size, 2 * 10 * 1.9, atol=2)


def test_a_person_who_is_lost_is_looked_for_in_the_same_frame(follower):
    frames = numbered([spots(60, 60), spots(60, 60), spots(330, 180)])
    poses = list(run(follower, frames))
    np.testing.assert_allclose(poses[2].joint("nose"), [(320, 180)], atol=1)


def test_nobody_is_nobody(follower):
    dark, faint = spots(60, 60, light=0), spots(60, 60, light=60)
    poses = list(run(follower, numbered([dark, faint, spots(60, 60), dark])))
    assert [len(p) for p in poses] == [0, 0, 1, 0]
    assert poses[0].keypoints.shape == (0, 17, 2)


def test_who_is_found_in_the_whole_picture_is_looked_at_closer(follower):
    # In a crop of the whole picture a pixel is 33 wide; the torso reaches 80 to either side.
    job = follower.start(spots(620.4, 380.7, (1600, 900), scale=8))
    assert job.next_region().size[0] < 400
    np.testing.assert_allclose(job.poses().joint("nose"), [(540.4, 380.7)], atol=3)


def test_every_recording_begins_anew(follower):
    assert isinstance(follower, RememberingModel)
    first = list(run(follower, numbered([spots(60, 60)] * 3)))
    other = list(run(follower, numbered([spots(330, 180)])))
    again = list(run(follower, numbered([spots(60, 60)] * 3)))
    np.testing.assert_array_equal(first[0].keypoints, again[0].keypoints)
    np.testing.assert_allclose(other[0].joint("nose"), [(320, 180)], atol=1)


def test_frames_that_change_their_size(follower):
    frames = numbered([spots(60, 60), spots(60, 60, (90, 90)), spots(60, 60, (800, 100))])
    for poses in run(follower, frames):
        np.testing.assert_allclose(poses.joint("nose"), [(50, 60)], atol=1)


def test_mirrored_looks(spot_network):
    model = load_model(CARD, (spot_network(48, 48),), Options(precision="f32", mirror=True))
    # The nose is no side's; what is left in the mirror is right: the wrists meet in the middle.
    (poses,) = run(model, numbered([spots(100, 120)]))
    np.testing.assert_allclose(poses.joint("nose"), [(90, 120)], atol=3)
    middle = (poses.joint("left_wrist") + poses.joint("right_wrist")) / 2
    np.testing.assert_allclose(poses.joint("left_wrist"), middle, atol=1)
