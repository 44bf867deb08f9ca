from dataclasses import replace

import numpy as np
import pytest

from kinema.skeletons import find_skeleton
from kinema.track import Track
from kinema.tracking.swaps import exchanged, repair_swaps

LEG = ("hip", "knee", "ankle")
BODY = ("eye", "ear", "shoulder", "elbow", "wrist", *LEG)


def spoil(track, joints, start, stop):
    """The track with these joints of both sides exchanged from start to stop, and where."""
    wrong = np.zeros(track.scores.shape, dtype=bool)
    for joint in joints:
        for side in ("left", "right"):
            wrong[start:stop, track.skeleton.index(f"{side}_{joint}")] = True
    return exchanged(track, wrong), wrong


def crossing(track, joint="ankle"):
    """The first frame after a second in which the sides have passed each other."""
    apart = (track.joint(f"left_{joint}") - track.joint(f"right_{joint}"))[:, 0]
    turns = np.flatnonzero(np.diff(np.sign(apart)) != 0) + 1
    return int(turns[turns > track.rate][0])


@pytest.mark.parametrize("rate", [30.0, 60.0])
@pytest.mark.parametrize(
    ("joints", "frames"),
    [
        pytest.param(LEG, 1, id="leg, 1 frame"),
        pytest.param(LEG, 7, id="leg, 7 frames"),
        pytest.param(LEG, 20, id="leg, 20 frames"),
        pytest.param(("knee",), 1, id="knee, 1 frame"),
        pytest.param(("ankle",), 4, id="ankle, 4 frames"),
        pytest.param(("shoulder", "elbow", "wrist"), 6, id="arm, 6 frames"),
        pytest.param(("wrist",), 3, id="wrist, 3 frames"),
        pytest.param(("hip", "knee", "ankle", "shoulder", "elbow", "wrist"), 9, id="body"),
    ],
)
def test_swaps_are_undone_exactly_where_sides_are_apart(walk, rate, joints, frames):
    track = walk(rate=rate)
    start = crossing(track, joints[-1]) + round(0.15 * rate)  # well after they passed
    spoilt, wrong = spoil(track, joints, start, start + frames)
    repair = repair_swaps(spoilt)
    apart = np.linalg.norm(
        track.keypoints - track.keypoints[:, track.skeleton.mirror_order], axis=2
    )
    np.testing.assert_array_equal(repair.swapped & (apart > 15), wrong & (apart > 15))
    assert np.abs(repair.track.keypoints - track.keypoints).max() < 15


@pytest.mark.parametrize("noise", [0.0, 2.0])
@pytest.mark.parametrize("frames", [5, 12])
def test_legs_that_are_taken_for_each_other_at_a_crossing(walk, noise, frames):
    track = walk(noise=noise)
    start = crossing(track)
    spoilt, wrong = spoil(track, LEG, start, start + frames)
    swapped = repair_swaps(spoilt).swapped
    ankle = track.skeleton.index("left_ankle")
    clear = np.abs((track.joint("left_ankle") - track.joint("right_ankle"))[:, 0]) > 20
    np.testing.assert_array_equal(swapped[clear, ankle], wrong[clear, ankle])


@pytest.mark.parametrize("noise", [0.0, 2.0, 4.0])
@pytest.mark.parametrize("name", ["coco17", "body25", "h36m17"])
def test_what_is_right_is_not_touched(walk, noise, name):
    skeleton = find_skeleton(name)
    track = walk(seconds=8, noise=noise, name="body25").to(skeleton)
    repair = repair_swaps(track)
    assert not repair.swapped.any()
    assert repair.doubled.mean() < 0.001
    np.testing.assert_array_equal(repair.track.keypoints, track.keypoints)


def test_hips_that_pass_slowly_are_not_taken_along(walk):
    track = walk(seconds=6, noise=1.0)
    keypoints = track.keypoints.copy()
    drift = np.linspace(15, -15, len(track))  # the nearer hip overtakes the farther one
    keypoints[:, track.skeleton.index("left_hip"), 0] += drift
    keypoints[:, track.skeleton.index("right_hip"), 0] -= drift
    spoilt, wrong = spoil(replace(track, keypoints=keypoints), ("knee", "ankle"), 0, 6)
    swapped = repair_swaps(spoilt).swapped
    assert not swapped[:, track.skeleton.index("left_hip")].any()
    assert not swapped[10:].any()
    assert wrong[:6].any()


def test_scores_go_with_their_joints(walk):
    track = walk()
    scores = track.scores.copy()
    scores[:, track.skeleton.index("left_ankle")] = 0.5
    start = crossing(track) + 6
    spoilt, _ = spoil(replace(track, scores=scores), LEG, start, start + 3)
    np.testing.assert_array_equal(repair_swaps(spoilt).track.scores, scores)


def test_the_majority_tells_which_is_left(walk):
    track = walk(seconds=6)
    spoilt, wrong = spoil(track, BODY, 0, 50)
    repaired = repair_swaps(spoilt).track
    ankle = track.skeleton.index("left_ankle")
    assert np.mean(np.abs(repaired.keypoints[:, ankle] - track.keypoints[:, ankle]) < 15) > 0.98
    assert wrong[:50].any()


def test_long_recordings_are_one(walk):
    track = walk(seconds=45, noise=1.0)  # several stretches of ten seconds
    spoilt, wrong = spoil(track, LEG, 290, 310)  # across the first border
    ankle = track.skeleton.index("left_ankle")
    swapped = repair_swaps(spoilt).swapped
    clear = np.abs((track.joint("left_ankle") - track.joint("right_ankle"))[:, 0]) > 20
    np.testing.assert_array_equal(swapped[clear, ankle], wrong[clear, ankle])


def test_gaps_do_not_matter(walk):
    track = walk(noise=1.0)
    keypoints, scores = track.keypoints.copy(), track.scores.copy()
    gone = np.random.default_rng(0).random(scores.shape) < 0.1
    keypoints[gone], scores[gone] = np.nan, 0
    start = crossing(track) + 5
    spoilt, wrong = spoil(replace(track, keypoints=keypoints, scores=scores), LEG, start, start + 8)
    swapped = repair_swaps(spoilt).swapped
    for joint in ("left_knee", "left_ankle"):
        column = track.skeleton.index(joint)
        np.testing.assert_array_equal(swapped[start : start + 8, column], True)
        assert swapped[:, column].sum() <= 8 + 2
    assert wrong.any()


def test_a_leg_that_is_put_on_the_other_is_told(walk):
    track = walk(noise=1.0)
    left, right = track.skeleton.index("left_ankle"), track.skeleton.index("right_ankle")
    apart = np.abs(track.keypoints[:, left, 0] - track.keypoints[:, right, 0])
    start = 30 + int(apart[30:60].argmax()) - 2
    keypoints = track.keypoints.copy()
    keypoints[start : start + 4, left] = keypoints[start : start + 4, right] + 1
    repair = repair_swaps(replace(track, keypoints=keypoints))
    assert np.flatnonzero(repair.doubled[:, left]).tolist() == list(range(start, start + 4))
    assert not repair.doubled[:, right].any()
    assert not repair.swapped[:, left].any()


def test_confidence(walk):
    track = walk(noise=1.0)
    confidence = repair_swaps(track).confidence
    assert confidence.min() >= 0.5
    assert confidence.max() <= 1
    assert (confidence[:, track.skeleton.index("nose")] == 1).all()
    apart = np.abs(track.joint("left_ankle") - track.joint("right_ankle"))[:, 0]
    assert confidence[apart > 80, track.skeleton.index("left_ankle")].min() > 0.99


def test_in_space(walk):
    flat = walk()
    keypoints = np.zeros((*flat.scores.shape, 3))
    keypoints[..., 0] = flat.keypoints[..., 0] / 300
    keypoints[..., 2] = (500 - flat.keypoints[..., 1]) / 300
    track = Track(flat.skeleton, keypoints, flat.scores, flat.times, space="world")
    start = crossing(flat) + 6
    spoilt, wrong = spoil(track, LEG, start, start + 4)
    swapped = repair_swaps(spoilt).swapped
    np.testing.assert_array_equal(
        swapped[:, track.skeleton.index("left_ankle")], wrong[:, track.skeleton.index("left_ankle")]
    )


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4, 7])
def test_short_tracks(walk, frames):
    track = walk(seconds=frames / 30)
    repair = repair_swaps(track)
    assert repair.swapped.shape == (frames, 17)
    assert not repair.swapped.any()


def test_nothing_to_see(walk):
    track = walk()
    nothing = Track(
        track.skeleton,
        np.full(track.keypoints.shape, np.nan),
        np.zeros(track.scores.shape),
        track.times,
    )
    assert not repair_swaps(nothing).swapped.any()


def test_without_scores_and_with_one_side_only(walk):
    track = walk()
    keypoints = track.keypoints.copy()
    keypoints[:, track.skeleton.index("right_knee")] = np.nan
    unknown = np.full(track.scores.shape, np.nan)
    repair = repair_swaps(replace(track, keypoints=keypoints, scores=unknown))
    assert not repair.swapped.any()
    assert repair.confidence[:, track.skeleton.index("left_knee")].max() == 0.5


def test_exchanging_twice_changes_nothing(walk):
    track = walk()
    chosen = np.zeros(track.scores.shape, dtype=bool)
    chosen[10:20] = True
    once = exchanged(track, chosen)
    np.testing.assert_array_equal(once.keypoints[9], track.keypoints[9])
    np.testing.assert_array_equal(once.joint("left_hip")[10], track.joint("right_hip")[10])
    np.testing.assert_array_equal(exchanged(once, chosen).keypoints, track.keypoints)
