import numpy as np
import pytest

from kinema.actions.spec import ActionSpec
from kinema.errors import FormatError, InputError
from kinema.skeletons import COCO17
from kinema.space.lifting import LIFT13

SPEC = ActionSpec(("walk", "sit", "none"), COCO17, dimensions=2, frames=32, people=2)


def test_the_shape_of_a_clip():
    assert SPEC.shape == (3, 32, 17, 2)


def test_the_temperature_makes_probabilities_less_sure():
    logits = np.log([[16.0, 1.0, 1.0]])
    np.testing.assert_allclose(SPEC.probabilities(logits), [[16 / 18, 1 / 18, 1 / 18]], rtol=1e-5)
    warm = ActionSpec(SPEC.labels, COCO17, temperature=2.0)
    np.testing.assert_allclose(warm.probabilities(logits), [[4 / 6, 1 / 6, 1 / 6]], rtol=1e-5)


def test_huge_logits_do_not_overflow():
    found = SPEC.probabilities(np.array([[1e4, 0.0, -1e4]]))
    np.testing.assert_allclose(found, [[1, 0, 0]], atol=1e-7)


def test_what_is_written_is_read():
    spec = ActionSpec(
        ("a", "b", "none"), LIFT13, frames=48, seconds=2.0, pacing=0.5, background="none"
    )
    assert ActionSpec.of_dict(spec.as_dict()) == spec


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"labels": ("a",)}, "two or more different labels", id="one-label"),
        pytest.param({"labels": ("a", "a")}, "two or more different labels", id="twice"),
        pytest.param({"dimensions": 4}, "2 or 3 dimensions", id="dimensions"),
        pytest.param({"frames": 1}, "2 or more frames", id="frames"),
        pytest.param({"seconds": 0.0}, "a positive time", id="no-time"),
        pytest.param({"seconds": float("nan")}, "a positive time", id="nan"),
        pytest.param({"pacing": 1.5}, "pacing is a share", id="pacing"),
        pytest.param({"background": "rest"}, "none of the labels", id="background"),
        pytest.param({"temperature": 0.0}, "temperature must be positive", id="temperature"),
        pytest.param({"threshold": 2.0}, "threshold between 0 and 1", id="threshold"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, words):
    given = {"labels": ("a", "b"), "joints": LIFT13} | changes
    with pytest.raises(InputError, match=words):
        ActionSpec(**given)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param([], "no object", id="list"),
        pytest.param({"labels": ["a", "b"], "joints": "octopus"}, "unknown skeleton", id="joints"),
        pytest.param({"labels": "ab", "joints": "coco17"}, "not a list of texts", id="labels"),
        pytest.param(
            {"labels": ["a", "b"], "joints": "coco17", "legs": 8}, "is damaged", id="unknown"
        ),
        pytest.param({"labels": ["a"], "joints": "coco17"}, "is damaged", id="one-label"),
    ],
)
def test_a_damaged_description_is_refused(content, words):
    with pytest.raises(FormatError, match=words):
        ActionSpec.of_dict(content)
