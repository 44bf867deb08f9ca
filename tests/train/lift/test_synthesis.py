from dataclasses import replace

import numpy as np
import pytest

from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13
from kinema.space.lifting.rays import ray_rotations
from kinema.space.lifting.screen import body_heights
from kinema.train.lift.batches import batches
from kinema.train.lift.noise import NOISE, with_noise
from kinema.train.lift.plan import LiftPlan
from kinema.train.lift.synthesis import (
    WIDTH,
    before_camera,
    make_views,
)

PERSON = LiftPlan(noise=0, mix=0, bend=0, tilt=0, views=1)
PICTURE = LiftPlan(noise=0, mix=0, bend=0, tilt=0, views=1, screen="picture", sigma=False)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def bone(points, start, end):
    return np.linalg.norm(points[:, H36M17.index(end)] - points[:, H36M17.index(start)], axis=1)


def test_the_camera_sees_people_upright_and_before_it(motion, rng):
    points = motion().points.astype(float)
    for _ in range(50):
        inside = before_camera(points, rng)
        assert inside[:, 0, 2].min() > 0.99
        head, ankle = inside[:, H36M17.index("head_top")], inside[:, H36M17.index("left_ankle")]
        assert (head[:, 1] < ankle[:, 1]).all()  # y is down
        if inside[..., 2].min() > 0.3:  # nothing had to be put before the camera
            for start, end in H36M17.edges:
                assert bone(inside, start, end) == pytest.approx(bone(points, start, end))


def test_left_stays_left(motion, rng):
    # Seen from the front, the person's left is on the right of the picture, and from behind left.
    points = motion().points.astype(float)
    for _ in range(20):
        inside = before_camera(points, rng)
        left = inside[0, H36M17.index("left_hip")] - inside[0, H36M17.index("right_hip")]
        up = inside[0, H36M17.index("thorax")] - inside[0, 0]
        forward = inside[-1, 0] - inside[0, 0]
        assert np.dot(np.cross(left, up), forward) > 0


def test_views_of_a_person(motion, rng):
    views = make_views([motion(), motion("02", frames=1200)], PERSON, rng)
    assert views.pixels.shape[1:] == (13, 2)
    assert (views.certainty == 1).all()
    assert np.allclose(views.targets[:, 0], 0)
    # The targets, put where they are, project to the pixels: nothing is lost on the way.
    rows = [H36M17.index("jaw" if joint == "head" else joint) for joint in LIFT13.keypoints]
    assert body_heights(views.targets[:, rows]) == pytest.approx(1, abs=0.05)
    turns = ray_rotations(views.roots[:, :2] / views.roots[:, 2:])
    inside = np.einsum("tij,tkj->tki", turns, views.targets)
    knee = inside[:, H36M17.index("left_knee")]
    seen = views.pixels[:, LIFT13.index("left_knee")]
    errors = []
    for metres in np.linspace(1.2, 2.2, 101):  # the body's own height is not kept
        place = knee * metres + views.roots
        pixels = place[:, :2] / place[:, 2:] * views.focal[:, None] + (WIDTH - 1) / 2
        errors.append(np.linalg.norm(pixels - seen, axis=1))
    assert np.min(errors, axis=0).max() < 2


def test_views_of_a_picture_project_exactly(motion, rng):
    views = make_views([motion()], PICTURE, rng)
    place = views.targets + views.roots[:, None]
    pixels = place[..., :2] / place[..., 2:] * views.focal[:, None, None] + (WIDTH - 1) / 2
    assert np.abs(pixels - views.pixels).max() < 0.1


def test_the_same_seed_gives_the_same_views(motion):
    plan = LiftPlan(views=2)
    first, second, third = (
        make_views([motion()], plan, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.pixels, second.pixels, equal_nan=True)
    assert len(first) != len(third) or not np.array_equal(first.targets, third.targets)


def test_windows_stay_within_their_view(motion, rng):
    views = make_views([motion()], LiftPlan(views=3), rng)
    start = int(views.first[-1])
    offsets = np.arange(-2, 3)
    chosen = np.array([start, len(views) - 1])
    rows = views.windows(chosen, offsets).tolist()
    assert rows[0] == [start, start, start, start + 1, start + 2]
    assert rows[1] == [len(views) - 3, len(views) - 2] + [len(views) - 1] * 3


@pytest.mark.parametrize("plan", [PERSON, PICTURE], ids=["person", "picture"])
def test_batches_hold_each_frame_once(motion, rng, plan):
    views = make_views([motion()], plan, rng)
    found = list(batches(views, plan.spec, 16, rng))
    frames = np.concatenate([batch.frames for batch in found])
    assert sorted(frames.tolist()) == list(range(len(views)))
    assert found[0].inputs.shape == (16, 27, plan.spec.inputs)
    assert np.array_equal(found[0].targets, views.targets[found[0].frames])
    ordered = next(batches(views, plan.spec, 16, None))
    assert ordered.frames.tolist() == list(range(16))


def test_gaps_of_a_picture_take_what_was_known_before(motion, rng):
    views = make_views([motion()], PICTURE, rng)
    pixels = views.pixels.copy()
    pixels[5:8, 3] = np.nan
    pixels[:2, 4] = np.nan
    pixels[:, 5] = np.nan
    gaps = replace(views, pixels=pixels)
    batch = next(batches(gaps, PICTURE.spec, 10, None))
    inputs = batch.inputs[:, PICTURE.spec.field.before].reshape(10, 17, 2)
    whole = next(batches(views, PICTURE.spec, 10, None)).joints
    assert np.array_equal(np.isnan(batch.joints).any(axis=2), np.isnan(pixels[:10]).any(axis=2))
    assert np.array_equal(inputs[5:8, 3], np.repeat(whole[4:5, 3], 3, axis=0))
    assert np.array_equal(inputs[:2, 4], np.repeat(whole[2:3, 4], 2, axis=0))
    assert (inputs[:, 5] == 0).all()


def noisy(frames=20_000, strength=1.0, seed=0, **numbers):
    pixels = np.zeros((frames, 13, 2), dtype=np.float32)
    rng = np.random.default_rng(seed)
    model = replace(NOISE, **numbers)
    behind = np.zeros((frames, 13), dtype=np.float32)
    return with_noise(
        pixels, behind, LIFT13, height=400, rate=30, rng=rng, model=model, strength=strength
    )


QUIET = {"outlier_rate": 0, "gap_rate": 0, "swap_rate": 0, "cut": 0, "spread": 0, "constant": 0}


def test_the_size_of_the_noise():
    found, certainty = noisy(**QUIET, size=1.0, slow=0.5)
    rms = np.sqrt((found**2).sum(axis=2).mean(axis=0))
    assert rms[LIFT13.index("left_wrist")] == pytest.approx(0.062 * 0.43 * 400, rel=0.1)
    assert rms[LIFT13.index("right_hip")] == pytest.approx(0.107 * 0.43 * 400, rel=0.1)
    assert ((certainty > 0) & (certainty <= 1)).all()


def test_noise_lasts_as_long_as_it_should():
    found, _ = noisy(**QUIET, slow=1.0, slow_seconds=0.5)
    path = found[:, 5, 0]
    correlation = np.corrcoef(path[:-15], path[15:])[0, 1]  # half a second later
    assert correlation == pytest.approx(np.exp(-1), abs=0.08)


def test_gaps_are_as_many_as_they_should_be():
    found, certainty = noisy(**(QUIET | {"gap_rate": 0.2}), gap_seconds=0.3)
    share = np.isnan(found[..., 0]).mean()
    # They begin 0.2 times a second and last 0.3 s and, being whole frames, half a frame more.
    assert share == pytest.approx(1 - np.exp(-0.2 * (0.3 + 0.5 / 30)), rel=0.15)
    assert np.array_equal(np.isnan(found[..., 0]), certainty == 0)


def test_swapped_limbs():
    pixels = np.zeros((3000, 13, 2), dtype=np.float32)
    knees = [LIFT13.index(f"{side}_knee") for side in ("left", "right")]
    pixels[:, knees[0], 0], pixels[:, knees[1], 0] = 50, -50
    found, _ = with_noise(
        pixels,
        np.zeros((3000, 13), dtype=np.float32),
        LIFT13,
        height=1,
        rate=30,
        rng=np.random.default_rng(0),
        model=replace(NOISE, **(QUIET | {"swap_rate": 0.5, "size": 1e-6})),
    )
    swapped = found[:, knees[0], 0] < 0
    assert 0.02 < swapped.mean() < 0.3
    assert np.array_equal(swapped, found[:, knees[1], 0] > 0)


def test_no_noise_changes_nothing():
    found, certainty = noisy(strength=0)
    assert (found == 0).all()
    assert (certainty == 1).all()


def test_one_lens_for_all(motion, rng):
    views = make_views([motion()], replace(PICTURE, focal=1.145), rng)
    assert set(views.focal.tolist()) == {1145.0}
    assert len(set(make_views([motion()], PICTURE, rng, views=3).focal.tolist())) == 3
