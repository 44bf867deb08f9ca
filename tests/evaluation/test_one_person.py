"""Whom a model means, of several people near the place that it was told."""

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.evaluation.one_person import (
    Subject,
    SubjectLabels,
    look_at_subjects,
    most_overlapping,
    present_subjects,
)
from kinema.media.writer import write_image
from kinema.models.crops import Region
from kinema.poses import Poses
from kinema.skeleton import Skeleton

NAN = float("nan")
TWO = Skeleton("two", ("a", "b"))
PLACE = (0.0, 0.0, 10.0, 20.0)


@pytest.mark.parametrize(
    ("people", "chosen"),
    [
        pytest.param([[[0, 0], [10, 20]], [[1, 1], [9, 19]]], 0, id="the larger overlap"),
        pytest.param([[[4, 4], [5, 5]], [[5, 0], [15, 20]]], 1, id="not a speck in the middle"),
        pytest.param([[[50, 50], [60, 60]]], None, id="nobody near"),
        pytest.param([[[NAN, NAN], [NAN, NAN]]], None, id="no joints"),
        pytest.param(np.empty((0, 2, 2)), None, id="nobody"),
    ],
)
def test_most_overlapping(people, chosen):
    assert most_overlapping(np.array(people, dtype=np.float64), PLACE) == chosen


def test_what_is_found_in_a_part_is_put_back(tmp_path, told_model):
    """A part twice as large as what the model is given at most; its pixels are halves then."""
    write_image(tmp_path / "a.png", np.zeros((40, 60, 3), np.uint8))
    view = Region((1000.0, 500.0), (2048.0, 2048.0))
    subject = Subject("a.png", np.zeros((2, 2)), 1.0, (990, 490, 1010, 520), view)
    points = np.array([[[511.5, 511.5], [512.5, 521.5]]], np.float32)
    model = told_model(TWO, {0: Poses(TWO, points, np.ones((1, 2), np.float32))})
    (seen,), seconds = look_at_subjects(model, TWO, [(tmp_path / "a.png", subject)])
    np.testing.assert_allclose(seen.keypoints, [[1000, 500], [1002, 520]], atol=1e-3)
    assert seconds > 0


def test_pictures_that_are_not_there(tmp_path):
    write_image(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    people = tuple(Subject(name, np.zeros((2, 2)), 1.0) for name in ("a.png", "b.png", "b.png"))
    labels = SubjectLabels(tmp_path / "labels", TWO, people, "something")
    subjects, complaint = present_subjects(labels, tmp_path)
    assert [subject.picture for _, subject in subjects] == ["a.png"]
    assert complaint.startswith("1 of the 2 pictures of ")
    with pytest.raises(InputError, match="there are no people"):
        look_at_subjects(None, TWO, [])
