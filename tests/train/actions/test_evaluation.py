import numpy as np
import pytest

from kinema.actions.recogniser import Recogniser
from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.space.lifting import LIFT13
from kinema.train.actions.evaluation import evaluate_recogniser

WRIST = LIFT13.index("right_wrist")
HEAD = LIFT13.index("head")


def knows_waving(clips):
    """Whose right wrist is near the head waves; in the order of the labels below."""
    high = clips[:, 2, :, WRIST, 0].mean(axis=1) > 0.6 * clips[:, 2, :, HEAD, 0].mean(axis=1)
    return np.stack([~high, np.zeros(len(clips)), high], axis=1).astype(np.float32) * 5


def recogniser(labels=("squat", "sleep", "wave")):
    return Recogniser(knows_waving, ActionSpec(labels, LIFT13, frames=12))


def test_labels_are_matched_by_name(made):
    told = []
    found = evaluate_recogniser(recogniser(), made(), on_step=lambda: told.append(1))
    assert found.accuracy == 1
    assert found.labels == ("squat", "sleep", "wave")
    assert found.confusion.sum(axis=1).tolist() == [12, 0, 12]
    assert len(told) == 24


def test_a_recording_without_anybody_counts_as_what_it_is_taken_for(made, caplog):
    found = evaluate_recogniser(recogniser(), made(empty=("wave_s1_t1",)))
    assert found.count == 24
    assert found.accuracy == pytest.approx(23 / 24)
    assert "show nobody" in caplog.text


def test_labels_that_are_unknown_are_refused(made):
    with pytest.raises(InputError, match="does not know wave of made; it knows squat, sleep"):
        evaluate_recogniser(recogniser(("squat", "sleep", "run")), made())
