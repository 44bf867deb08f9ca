import numpy as np
import pytest

from kinema.train.lift.batches import batches
from kinema.train.lift.measure import BODY, measure, predictions, views_to_measure
from kinema.train.lift.plan import LiftPlan

PLAN = LiftPlan(noise=0, views=1)


@pytest.fixture
def views(motion):
    return views_to_measure([motion(), motion("02")], PLAN)


def knowing(views, spec, moved=(0, 0, 0), sigma=0.05):
    """A network that knows the answers, moved by so many body heights."""
    answers = iter(list(batches(views, spec, 1024, None)))

    def network(inputs):
        points = (next(answers).targets + moved).reshape(len(inputs), 1, -1)
        spread = np.full((len(inputs), 1, 17), np.log(sigma))
        return np.concatenate([points, spread], axis=2).astype(np.float32)

    return network


def test_who_knows_makes_no_error(views):
    found = measure(knowing(views, PLAN.spec), PLAN.spec, views)
    assert found["frames"] == len(views)
    assert [found[name] for name in ("mpjpe", "p_mpjpe", "n_mpjpe", "velocity")] == [0] * 4


def test_errors_in_millimetres_of_a_body_of_170_cm(views):
    found = measure(knowing(views, PLAN.spec, moved=(0.03, 0, 0.04)), PLAN.spec, views)
    assert found["mpjpe"] == pytest.approx(50 * BODY, abs=0.01)
    assert found["p_mpjpe"] == pytest.approx(0, abs=0.01)
    assert found["velocity"] == pytest.approx(0, abs=1e-4)
    # It said 0.05 on each axis, so an error of 0.05 times the root of 3.
    assert found["sigma_ratio"] == pytest.approx(1 / np.sqrt(3), abs=1e-3)


def test_frames_without_a_person_are_nan(views):
    views.pixels[:] = np.nan
    places, truth, _ = predictions(lambda inputs: inputs, PLAN.spec, views)
    assert np.isnan(places).all()
    assert np.isfinite(truth).all()


def test_the_views_are_the_same_for_all_networks_of_a_kind(motion):
    first, second = (
        views_to_measure([motion()], LiftPlan(seed=seed, epochs=seed + 1, channels=8 + seed))
        for seed in (0, 5)
    )
    assert np.array_equal(first.pixels, second.pixels, equal_nan=True)
