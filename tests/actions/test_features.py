import numpy as np
import pytest

from kinema.actions.examples import spec_for
from kinema.actions.features import mirrored_clips, movement_features, pose_features
from kinema.actions.kernel import LANDMARKS, distances, probabilities, train
from kinema.actions.recogniser import windows_of
from kinema.space.lifting import LIFT13


@pytest.fixture
def clips(person, examples):
    """Three clips of a person who flaps."""
    spec = spec_for("movement", ("flap", "unknown"), examples("flap"), 1.0)
    return windows_of(person("flap"), [1.5, 2.0, 2.7], spec)


def test_mirrored_twice_is_as_it_was(clips):
    once = mirrored_clips(clips, LIFT13)
    assert np.abs(once - clips).max() > 0.01
    np.testing.assert_array_equal(mirrored_clips(once, LIFT13), clips)
    wrist = LIFT13.index("left_wrist"), LIFT13.index("right_wrist")
    np.testing.assert_allclose(once[:, 0, :, wrist[0]], -clips[:, 0, :, wrist[1]])
    np.testing.assert_allclose(once[:, 1:, :, wrist[0]], clips[:, 1:, :, wrist[1]])


def test_a_pose_in_numbers():
    clip = np.zeros((1, 3, 2, 13, 1), np.float32)
    clip[:, 2] = 1
    places = {"left_shoulder": (0.1, -0.3), "left_elbow": (0.1, -0.1), "left_wrist": (0.3, -0.1)}
    for joint, (x, y) in places.items():
        clip[0, :2, :, LIFT13.index(joint), 0] = np.array([[x], [y]])
    (numbers,) = pose_features(clip, LIFT13)
    assert len(numbers) == 2 * 13 + 2 * len(LIFT13.edges) + 2 * 8
    wrist = LIFT13.index("left_wrist")
    np.testing.assert_allclose(numbers[2 * wrist : 2 * wrist + 2], [0.3, -0.1], atol=1e-6)
    directions = numbers[26 : 26 + 2 * len(LIFT13.edges)].reshape(-1, 2)
    np.testing.assert_allclose(directions[:2], [[0, 1], [1, 0]], atol=1e-6)
    elbow = numbers[26 + 2 * len(LIFT13.edges) :][:2]
    np.testing.assert_allclose(elbow, [0, 1], atol=1e-6)  # 90 degrees, with its sign


def test_what_is_not_seen_is_nan_and_nothing_else(clips):
    missing = clips.copy()
    missing[:, :, :, LIFT13.index("left_wrist")] = 0
    for make in (pose_features, movement_features):
        whole, part = make(clips, LIFT13), make(missing, LIFT13)
        assert not np.isnan(whole).any()
        assert 0 < np.isnan(part).mean() < 0.3
        known = ~np.isnan(part)
        np.testing.assert_allclose(part[known], whole[known], atol=1e-9)


def test_nobody_gives_no_numbers():
    empty = np.zeros((2, 3, 8, 13, 1), np.float32)
    assert np.isnan(pose_features(empty, LIFT13)[:, :26]).all()
    assert movement_features(empty, LIFT13).shape[0] == 2


def test_poses_in_space_have_numbers():
    clip = np.random.default_rng(0).normal(0, 0.3, (2, 4, 6, 13, 1)).astype(np.float32)
    clip[:, 3] = 1
    assert np.isfinite(pose_features(clip, LIFT13)).all()
    assert np.isfinite(movement_features(clip, LIFT13)).all()


def test_distances():
    nan = np.nan
    one = np.array([[0.0, 0.0], [3.0, nan], [nan, nan]])
    other = np.array([[3.0, 4.0], [nan, 1.0]])
    expected = [[np.sqrt(12.5), 1.0], [0.0, np.inf], [np.inf, np.inf]]
    np.testing.assert_allclose(distances(one, other), expected, atol=1e-7)


def test_a_classifier_tells_what_a_line_cannot():
    rng = np.random.default_rng(1)
    features = rng.uniform(-1, 1, (300, 2))
    classes = (features[:, 0] * features[:, 1] > 0).astype(np.int64)  # the four quarters
    told = train(features, classes, 2).logits(features).argmax(axis=1)
    plain = train(features, classes, 2, landmarks=0).logits(features).argmax(axis=1)
    assert (told == classes).mean() > 0.97
    assert (plain == classes).mean() < 0.75


def test_a_classifier_is_the_same_each_time_and_small():
    rng = np.random.default_rng(2)
    features = rng.normal(size=(900, 3)) + 3 * np.eye(3)[np.arange(900) % 3]
    features[::7, 1] = np.nan
    features = np.concatenate([features, np.full((900, 1), np.nan)], axis=1)  # never known
    classes = np.arange(900, dtype=np.int64) % 3
    one, two = (train(features, classes, 3) for _ in range(2))
    np.testing.assert_array_equal(one.weights, two.weights)
    assert len(one.landmarks) <= LANDMARKS
    chances = probabilities(one.logits(features))
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert (chances.argmax(axis=1) == classes).mean() > 0.85
    known = features.copy()
    known[:, 3] = 100.0  # which was never learned from says nothing
    np.testing.assert_allclose(one.logits(known), one.logits(features))


def test_one_example_a_class_is_enough():
    classifier = train(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1]), 2)
    assert classifier.logits(np.array([[0.1, 0.9], [0.8, 0.1]])).argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(classifier.apart()[0], classifier.apart()[1])
