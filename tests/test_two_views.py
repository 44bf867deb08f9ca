"""From two recordings to people in space (`kinema.stereo`)."""

from dataclasses import replace

import numpy as np
import pytest

import kinema
from kinema.errors import InputError
from kinema.formats.curves import read_curves
from kinema.space.stereo import StereoPair
from kinema.stereo import StereoPlan, paired_frames, stereo_poses, write_scene

PAIR = StereoPair.parallel(0.28, 525)


@pytest.fixture(scope="module")
def views(two_views):
    return [list(kinema.read_poses(two_views / f"{side}.jsonl")) for side in ("left", "right")]


@pytest.fixture(scope="module")
def truth(two_views):
    return np.stack([p.keypoints[0] for p in kinema.read_poses(two_views / "motion.jsonl")])


def test_the_stated_errors_are_the_real_ones(views, truth):
    scene = stereo_poses(PAIR, *views)
    (person,) = scene.people
    error = person.track.keypoints - truth
    assert scene.noise == pytest.approx(0.5, rel=0.1)
    assert np.sqrt((error[..., 1] ** 2).mean()) == pytest.approx(
        np.sqrt((person.depth.sigma**2).mean()), rel=0.1
    )
    assert np.sqrt((error**2).mean()) == pytest.approx(
        np.sqrt((person.track.sigma**2).mean()), rel=0.1
    )
    assert scene.missing == {"one_view": 0, "no_disparity": 0, "off_row": 0}
    assert (person.track.space, person.track.id, len(scene.frames)) == ("world", 1, 90)


def test_a_given_noise_is_taken(views):
    scene = stereo_poses(PAIR, *views, StereoPlan(noise=2))
    again = stereo_poses(PAIR, *views, StereoPlan(noise=1))
    np.testing.assert_allclose(
        scene.people[0].track.sigma, 2 * again.people[0].track.sigma, rtol=1e-5
    )


def test_what_is_missing_is_counted(views):
    left, right = views
    keypoints = right[0].keypoints.copy()
    keypoints[0, 0] = left[0].keypoints[0, 0] + [5, 0]  # further right than on the left
    keypoints[0, 1, 1] += 40
    keypoints[0, 2] = np.nan
    scores = right[0].scores.copy()
    scores[0, 2] = 0
    right = [replace(right[0], keypoints=keypoints, scores=scores), *right[1:]]
    scene = stereo_poses(PAIR, left, right)
    assert scene.missing == {"one_view": 1, "no_disparity": 1, "off_row": 1}
    first = scene.frames[0]
    assert np.isnan(first.keypoints[0, :3]).all()
    assert first.scores[0, :3].tolist() == [0, 0, 0]
    assert not np.isnan(first.keypoints[0, 3:]).any()


def test_somebody_whom_one_camera_sees(views):
    left, right = views
    gone = [
        replace(p, keypoints=p.keypoints[:0], scores=p.scores[:0], ids=p.ids[:0]) for p in right
    ]
    scene = stereo_poses(PAIR, left, gone)
    assert (scene.people, scene.alone) == ((), 90)
    assert all(len(poses) == 0 for poses in scene.frames)
    assert np.isnan(scene.row_error)


def test_frames_are_paired_by_time(views):
    left, right = views
    late = [replace(p, time=p.time - 0.5) for p in right]
    pairs, unpaired = paired_frames(left, late, 0.5)
    assert (len(pairs), unpaired) == (90, 0)
    pairs, unpaired = paired_frames(left, late)
    assert (len(pairs), unpaired) == (75, 15)
    pairs, _ = paired_frames(left, right[::3])  # a camera of 10 pictures a second
    assert {right.frame for _, right in pairs} == set(range(0, 90, 3))
    with pytest.raises(InputError, match=r"left 0\.00 to 2\.97 s, right 9\.00 to 11\.97 s"):
        paired_frames(left, right, 9.0)
    with pytest.raises(InputError, match="has no frames"):
        paired_frames(left, [])


def test_files(views, tmp_path):
    plan = StereoPlan(("poses", "depth", "trc", "kinect"))
    scene = stereo_poses(PAIR, *views, plan)
    files = write_scene(scene, tmp_path / "out", "left", plan)
    assert [path.name for path in files] == [
        "left.stereo.jsonl",
        "left.stereo.depth.csv",
        "left.stereo.trc",
        "left.stereo.kinect.txt",
    ]
    with kinema.read_poses(files[0]) as back:
        first = next(back)
    assert first.space == "world"
    np.testing.assert_allclose(first.keypoints, scene.frames[0].keypoints, atol=1e-4)
    depth = read_curves(files[1])
    np.testing.assert_allclose(
        depth["left_knee_depth"][0], first.joint("left_knee")[0, 1], atol=1e-4
    )
    assert depth.sigma_of("left_knee_depth")[0] == pytest.approx(
        9 / 147 * np.sqrt(2) * scene.noise, rel=0.2
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        pytest.param({"save": ("deph",)}, "cannot save 'deph'; did you mean depth", id="kind"),
        pytest.param({"save": ("openpose",)}, "cannot save 'openpose'", id="a format of pictures"),
        pytest.param({"noise": 0}, "noise must be more than 0", id="noise"),
        pytest.param({"max_row_error": -1}, "row error must be positive", id="rows"),
        pytest.param({"offset": np.inf}, "offset must be a number", id="offset"),
    ],
)
def test_bad_plans(options, complaint):
    with pytest.raises(InputError, match=complaint):
        StereoPlan(**options)
