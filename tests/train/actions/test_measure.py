import numpy as np
import pytest

from kinema.actions.spec import ActionSpec
from kinema.space.lifting import LIFT13
from kinema.train.actions.measure import fit_temperature, measure

LABELS = ("run", "walk", "sit")
# Five recordings: run taken for run, run for walk, walk for walk twice, and nothing of sit.
CHANCES = np.array(
    [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.05, 0.95, 0.0], [0.05, 0.95, 0.0]], dtype=np.float32
)
TRUTH = [0, 0, 1, 1]


def test_figures_by_hand():
    found = measure(CHANCES, TRUTH, LABELS)
    assert found.confusion.tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]
    assert found.count == 4
    assert found.accuracy == 0.75
    # Wilson: (p + z^2 / 2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), z = 1.96, n = 4
    assert found.accuracy_interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert np.allclose(found.precision, [1, 2 / 3, np.nan], equal_nan=True)
    assert np.allclose(found.recall, [0.5, 1, np.nan], equal_nan=True)
    assert np.allclose(found.f1, [2 / 3, 0.8, np.nan], equal_nan=True)
    assert found.loss == pytest.approx(-np.log([0.75, 0.25, 0.95, 0.95]).mean(), abs=1e-6)


def test_calibration_by_hand():
    found = measure(CHANCES, TRUTH, LABELS)
    # Two recordings at 0.75, of which one is right; two at 0.95, both right.
    assert found.bins[7] == pytest.approx([0.75, 0.5, 2])
    assert found.bins[9] == pytest.approx([0.95, 1.0, 2])
    assert found.calibration_error == pytest.approx((0.25 + 0.05) / 2, abs=1e-6)
    assert found.bins[:, 2].sum() == 4


def test_figures_as_json_takes_them():
    found = measure(CHANCES, TRUTH, LABELS).as_dict()
    assert found["accuracy"] == 0.75
    assert found["macro_f1"] == round((2 / 3 + 0.8) / 2, 4)
    assert found["labels"]["run"] == {
        "recordings": 2,
        "precision": 1.0,
        "recall": 0.5,
        "f1": 0.6667,
    }
    assert found["labels"]["sit"]["recall"] is None
    assert found["calibration"][0] == {"confidence": None, "accuracy": None, "recordings": 0}


def test_the_temperature_makes_probabilities_come_true():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 3))
    spec = ActionSpec(LABELS, LIFT13)
    chances = spec.probabilities(logits)
    truth = np.array([rng.choice(3, p=row / row.sum()) for row in chances.astype(np.float64)])
    # Logits three times as large are three times too sure.
    assert fit_temperature(logits, truth) == pytest.approx(1, abs=0.07)
    assert fit_temperature(3 * logits, truth) == pytest.approx(3, abs=0.2)
    hot = measure(spec.probabilities(3 * logits), truth, LABELS).calibration_error
    assert measure(chances, truth, LABELS).calibration_error < 0.03 < 0.1 < hot


def test_a_recogniser_that_is_always_right_gets_no_endless_logits():
    logits = np.array([[2.0, 0.0], [0.0, 2.0]])
    assert 0.05 <= fit_temperature(logits, [0, 1]) < 0.06
