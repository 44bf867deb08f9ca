import numpy as np
import pytest

from kinema.actions.clips import clip_of, normalised, window_of
from kinema.actions.spec import ActionSpec
from kinema.errors import InputError, SkeletonError
from kinema.skeletons import COCO17, HAND21
from kinema.space.lifting import LIFT13
from kinema.track import Track

LABELS = ("a", "b")
FLAT = ActionSpec(LABELS, LIFT13, dimensions=2, frames=5)
DEEP = ActionSpec(LABELS, LIFT13, frames=5)
# A body of height 1: the shares of Drillis & Contini 1966 by which body sizes are told.
HEIGHTS = {"shoulder": 0.818, "hip": 0.530, "knee": 0.285, "ankle": 0.039}
ARMS = {"elbow": 0.818 - 0.186, "wrist": 0.818 - 0.186 - 0.146}


def body(scale=1.0):
    """(13, 3): upright, facing -y, its left side at +x; the middle of the hips is (0, 0, 0.53)."""
    points = np.zeros((13, 3))
    for k, joint in enumerate(LIFT13.keypoints):
        side, _, part = joint.rpartition("_")
        x = {"left": 0.1, "right": -0.1, "": 0.0}[side]
        points[k] = (x, 0, (HEIGHTS | ARMS | {"head": 0.936})[part])
    return points * scale


def track(points, rate=10.0, space="world", skeleton=LIFT13):
    points = np.asarray(points)
    scores = np.where(np.isnan(points).any(axis=2), 0, 1)
    return Track(skeleton, points, scores, np.arange(len(points)) / rate, space=space)


def still(scale=1.0, frames=9):
    return np.repeat(body(scale)[None], frames, axis=0)


def test_the_hips_are_the_origin_and_the_height_the_unit():
    clip = clip_of([track(still(scale=1.8) + np.array([5, 3, 0]))], DEEP)
    assert clip.shape == (4, 5, 13, 1)
    np.testing.assert_allclose(clip[3], 1)
    expected = body() - (0, 0, 0.53)
    np.testing.assert_allclose(clip[:3, 2, :, 0].T, expected, atol=1e-5)


def test_in_the_picture_y_points_down_and_pixels_do_not_matter():
    flat = body()[:, [0, 2]] * (1, -1)
    small = clip_of([track(np.repeat(flat[None] * 200 + 300, 4, axis=0), space="image")], FLAT)
    large = clip_of([track(np.repeat(flat[None] * 900 + 50, 9, axis=0), space="image")], FLAT)
    np.testing.assert_allclose(small, large, atol=1e-5)
    assert small[1, 0, LIFT13.index("head"), 0] < 0


def test_where_a_person_goes_is_seen_unless_each_frame_is_centred():
    path = still(frames=9) + np.linspace(0, 1, 9)[:, None, None] * (1, 0, 0)
    hip = LIFT13.index("left_hip")
    seen = clip_of([track(path)], DEEP)
    np.testing.assert_allclose(seen[0, :, hip, 0], 0.1 + np.linspace(-0.5, 0.5, 5), atol=1e-5)
    each = clip_of([track(path)], ActionSpec(LABELS, LIFT13, frames=5, centre="frame"))
    np.testing.assert_allclose(each[0, :, hip, 0], 0.1, atol=1e-5)


def test_poses_of_a_level_camera_are_turned_upright():
    points = still()
    seen = np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)  # y down, z away
    np.testing.assert_allclose(
        clip_of([track(seen, space="body")], DEEP), clip_of([track(points)], DEEP), atol=1e-6
    )


@pytest.mark.parametrize("degrees", [0, 30, 120, 200, 300])
def test_whoever_turns_away_is_turned_to_the_front(degrees):
    angle = np.radians(degrees)
    turn = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    front = ActionSpec(LABELS, LIFT13, frames=5, heading="front")
    turned = clip_of([track(still() @ np.array(turn).T)], front)
    np.testing.assert_allclose(turned, clip_of([track(still())], front), atol=1e-5)
    left, right = (LIFT13.index(f"{side}_hip") for side in ("left", "right"))
    np.testing.assert_allclose(turned[0, 0, left, 0] - turned[0, 0, right, 0], 0.2, atol=1e-5)


def test_an_absent_joint_is_nothing_with_a_mark():
    points = still()
    points[:, LIFT13.index("left_wrist")] = np.nan
    clip = clip_of([track(points)], DEEP)
    assert not clip[:, :, LIFT13.index("left_wrist")].any()
    assert clip[3].sum() == 5 * 12


def test_joints_of_other_skeletons_come_by_name():
    points = np.full((4, 17, 2), np.nan)
    flat = body()[:, [0, 2]] * (1, -1)
    for joint in LIFT13.keypoints[1:]:
        points[:, COCO17.index(joint)] = flat[LIFT13.index(joint)]
    points[:, COCO17.index("nose")] = flat[LIFT13.index("head")]
    one = clip_of([track(points * 100, space="image", skeleton=COCO17)], FLAT)
    other = clip_of([track(np.repeat(flat[None] * 100, 4, axis=0), space="image")], FLAT)
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_pacing_gives_more_frames_to_movement():
    # A second of rest, then a second in which the head goes a body height, then a second of rest.
    points = still(frames=31)
    head = LIFT13.index("head")
    points[:, head, 0] += np.clip(np.arange(31) / 10 - 1, 0, 1)
    by_time = clip_of([track(points)], ActionSpec(LABELS, LIFT13, frames=31))
    paced = clip_of([track(points)], ActionSpec(LABELS, LIFT13, frames=31, pacing=0.7))
    places = [clip[0, :, head, 0] for clip in (by_time, paced)]
    moving = [int(((x > 0.02) & (x < 0.98)).sum()) for x in places]
    # By time a third of the frames; paced nearly 0.7 + 0.3 / 3 = 0.8 of them: paths are smoothed.
    assert moving[0] == 9
    assert 20 <= moving[1] <= 25
    np.testing.assert_allclose(paced[:, 0], by_time[:, 0], atol=1e-5)
    np.testing.assert_allclose(paced[:, -1], by_time[:, -1], atol=1e-5)


def test_who_stands_still_is_paced_by_time():
    paced = ActionSpec(LABELS, LIFT13, frames=5, pacing=1.0)
    np.testing.assert_allclose(clip_of([track(still())], paced), clip_of([track(still())], DEEP))


def test_of_many_people_those_who_move_are_taken():
    waving = still()
    waving[:, LIFT13.index("left_wrist"), 2] += np.sin(np.arange(9))
    clip = clip_of([track(still()), track(waving + np.array([1, 0, 0]))], DEEP)
    assert np.ptp(clip[2, :, LIFT13.index("left_wrist"), 0]) > 0.5


def test_a_second_person_may_be_missing():
    clip = clip_of([track(still())], ActionSpec(LABELS, LIFT13, frames=5, people=2))
    assert clip.shape == (4, 5, 13, 2)
    assert not clip[..., 1].any()


def test_a_window_ends_at_its_time_and_knows_nothing_of_before():
    path = still(frames=11) + np.arange(11)[:, None, None] * (0.1, 0, 0)
    spec = ActionSpec(LABELS, LIFT13, frames=5, seconds=0.8, centre="frame")
    assert window_of(track(path), 1.0, spec)[3].all()
    early = window_of(track(path), 0.4, spec)  # from -0.4 s: two of five frames are before
    assert early[3, :, 0, 0].tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("frames", [1, 2])
def test_a_frame_or_two_make_a_clip(frames):
    assert np.isfinite(clip_of([track(still(frames=frames))], DEEP)).all()


def test_nobody_found_is_an_empty_clip():
    assert not normalised(np.full((1, 5, 13, 3), np.nan, np.float32), DEEP, "world").any()


HAND = track(np.zeros((3, 21, 3)), skeleton=HAND21)


@pytest.mark.parametrize(
    ("people", "spec", "error", "words"),
    [
        pytest.param([], DEEP, InputError, "nobody", id="nobody"),
        pytest.param([track(still(frames=0))], DEEP, InputError, "nobody", id="no-frames"),
        pytest.param([track(still())], FLAT, InputError, "takes poses in the picture", id="space"),
        pytest.param(
            [track(np.zeros((3, 21, 3)), skeleton=HAND21)],
            DEEP,
            SkeletonError,
            "nothing",
            id="hand",
        ),
    ],
)
def test_what_cannot_be_a_clip_is_refused(people, spec, error, words):
    with pytest.raises(error, match=words):
        clip_of(people, spec)
