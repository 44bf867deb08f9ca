"""Jobs with the people of their frames: ids, and who is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.media.frame import Frame
from kinema.outputs.followed import Followed
from kinema.poses import Poses
from kinema.skeletons import COCO17

PICTURE = np.zeros((48, 64, 3), np.uint8)
BODY = np.random.default_rng(0).uniform(0, 200, (17, 2))


@dataclass
class Given:
    """A job that finds people with these scores, each in a place of their own."""

    frame: Frame
    scores: tuple[float, ...]

    def poses(self) -> Poses:
        if not self.scores:
            raise ModelError("no answer")
        points = BODY + 500 * np.arange(len(self.scores))[:, None, None]
        scores = np.repeat(np.array(self.scores)[:, None], 17, axis=1)
        return Poses(COCO17, points, scores, frame=self.frame.index, time=self.frame.time)


def jobs(*scores: tuple[float, ...]) -> list[Given]:
    return [Given(Frame(PICTURE, n, n / 30), each) for n, each in enumerate(scores)]


@pytest.mark.parametrize("tracker", ["oks", "flow"])
def test_jobs_come_with_their_own_people(tracker):
    given = jobs(*[(0.5, 0.6)] * 8)
    found = list(Followed(tracker, None).people(given))
    assert [job for job, _ in found] == given
    for job, poses in found:
        assert poses.frame == job.frame.index
        np.testing.assert_array_equal(poses.ids, (1, 2))


def test_without_a_tracker_nothing_changes():
    given = jobs((0.5, 0.6), (0.4,))
    found = [poses for _, poses in Followed(None, None).people(given)]
    assert [poses.ids for poses in found] == [None, None]
    assert [len(poses) for poses in found] == [2, 1]


def test_people_who_are_kept_stay_the_same():
    """The second is better in most frames; untracked, the choice jumps to the first."""
    scores = [(0.5, 0.8)] * 4 + [(0.9, 0.7)] * 2 + [(0.5, 0.8)] * 2
    kept = [poses.ids.tolist() for _, poses in Followed("oks", 1).people(jobs(*scores))]
    assert kept == [[2]] * 8
    untracked = [poses.scores[0, 0] for _, poses in Followed(None, 1).people(jobs(*scores))]
    np.testing.assert_allclose(untracked, [0.8] * 4 + [0.9] * 2 + [0.8] * 2)


def test_an_error_comes_after_the_frames_before_it():
    found = []
    with pytest.raises(ModelError, match="no answer"):
        for _, poses in Followed("oks", None).people(jobs((0.5,), (0.5,), ())):
            found.append(poses.ids.tolist())
    assert found == [[1], [1]]
