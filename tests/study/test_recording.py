"""A recording and the people in it."""

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.formats.recording import Header, PoseStream
from kinema.poses import Poses
from kinema.skeletons import COCO17
from kinema.study import StudyPlan, study_poses

BODY = np.random.default_rng(0).uniform(100, 300, (17, 2))


def recording(times, *, people=lambda frame: (1,), with_ids=True):
    """Poses at these times; `people` gives the identities of a frame."""

    def frames():
        for frame, time in enumerate(times):
            here = people(frame)
            shape = (-1, 17, 2)
            keypoints = np.array([BODY + np.array([200 * who, 0]) for who in here]).reshape(shape)
            scores = np.ones((len(here), 17))
            ids = np.array(here, dtype=np.int64) if with_ids else None
            yield Poses(COCO17, keypoints, scores, ids=ids, frame=frame, time=time)

    return PoseStream(Header(COCO17, size=(1280, 720)), frames())


def test_ids_of_the_recording_are_kept_and_who_passes_is_skipped():
    def people(frame):
        return (7, 3) if frame < 6 else (7,)

    study = study_poses(recording(np.arange(60) / 30, people=people))
    assert [person.id for person in study.people] == [7]
    assert study.skipped == {3: pytest.approx(0.2)}
    assert len(study.times) == 60


def test_without_ids_people_are_followed():
    study = study_poses(recording(np.arange(30) / 30, people=lambda frame: (1, 2), with_ids=False))
    assert [person.id for person in study.people] == [1, 2]


def test_who_is_asked_for_twice_is_there_once():
    plan = StudyPlan(people=(2, 1, 2))
    study = study_poses(recording(np.arange(30) / 30, people=lambda frame: (1, 2)), plan)
    assert [person.id for person in study.people] == [2, 1]


def test_nobody():
    study = study_poses(recording(np.arange(30) / 30, people=lambda frame: ()))
    assert study.people == ()
    assert len(study.times) == 30


@pytest.mark.parametrize(
    ("times", "plan", "complaint"),
    [
        pytest.param([0, 0.1, 0.1], StudyPlan(), "frame 2 is at 0.1 s", id="a time twice"),
        pytest.param([0, 0.2, 0.1], StudyPlan(), "frame 2 is at 0.1 s", id="back in time"),
        pytest.param([np.nan], StudyPlan(), "has no times", id="no times"),
        pytest.param([0, 0.1], StudyPlan(people=(5,)), "no person 5 .* it has 1", id="nobody 5"),
    ],
)
def test_what_cannot_be_studied(times, plan, complaint):
    with pytest.raises(InputError, match=complaint):
        study_poses(recording(times), plan)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        pytest.param({"smooth": "butter"}, "did you mean butterworth", id="filter"),
        pytest.param({"view": "up"}, "unknown view 'up'", id="view"),
        pytest.param({"height": 170}, r"did you mean 1\.7\?", id="centimetres"),
        pytest.param({"height": 17}, "17 is none", id="height"),
        pytest.param({"max_gap": -1}, "cannot be -1 s", id="gap"),
        pytest.param({"floor_angle": 90}, "tilted by 90", id="floor"),
    ],
)
def test_plans_are_checked_before_any_work(wrong, complaint):
    with pytest.raises(InputError, match=complaint):
        StudyPlan(**wrong)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_recordings_have_angles_and_no_gait(frames):
    (person,) = study_poses(recording(np.arange(frames) / 30)).people
    assert len(person.angles) == frames
    assert person.gait is None
    assert "at least 1 s" in person.no_gait


def test_body_space_has_one_person():
    frames = [
        Poses(COCO17, np.ones((1, 17, 3)), np.ones((1, 17)), frame=i, time=i / 30, space="body")
        for i in range(30)
    ]
    study = study_poses(PoseStream(Header(space="body"), iter(frames)))
    assert [person.id for person in study.people] == [1]
    two = Poses(COCO17, np.ones((2, 17, 3)), np.ones((2, 17)), space="body")
    with pytest.raises(InputError, match="2 people without ids in body space"):
        study_poses(PoseStream(Header(space="body"), iter([two])))
