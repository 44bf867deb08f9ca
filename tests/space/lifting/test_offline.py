import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.skeletons import COCO17, H36M17
from kinema.space.lifting import LIFT13, LiftSpec, ReceptiveField, lift

SIZE = (641, 481)


def place(track, joint, frame=0):
    return track.keypoints[frame, track.skeleton.index(joint)]


def test_a_standing_person_in_metres(standing, flat):
    network, spec = flat()
    lifted = lift(standing(), network, spec, size=SIZE, height=1.8)
    assert (lifted.skeleton, lifted.space, len(lifted)) == (H36M17, "body", 40)
    assert place(lifted, "left_knee", 7) == pytest.approx([0.18, 0.441, 0], abs=1e-5)
    assert place(lifted, "right_ankle", 39) == pytest.approx([-0.18, 0.8838, 0], abs=1e-5)
    assert np.allclose(lifted.scores, 0.9)
    assert lifted.sigma is None


def test_without_a_height_it_is_170_cm(standing, flat):
    network, spec = flat()
    lifted = lift(standing(), network, spec, size=SIZE)
    assert place(lifted, "left_knee")[1] == pytest.approx(0.245 * 1.7)


def test_a_person_at_the_edge_is_turned(standing, flat):
    network, spec = flat()
    # 45 degrees to the right: what is flat before the ray lies along the direction (1, 0, -1).
    lifted = lift(standing(at=(420, 240)), network, spec, size=SIZE, focal=100, height=1)
    expected = np.array([0.1, 0, -0.1]) * np.sqrt(0.5)
    assert place(lifted, "left_hip") == pytest.approx(expected, abs=1e-5)


def test_the_mirrored_person_takes_out_what_leans(standing, flat):
    network, spec = flat(lean=0.2)
    plain = lift(standing(), network, spec, size=SIZE, mirrored=False, height=1)
    both = lift(standing(), network, spec, size=SIZE, mirrored=True, height=1)
    assert place(plain, "left_hip") == pytest.approx([0.3, 0, 0], abs=1e-5)
    assert place(both, "left_hip") == pytest.approx([0.1, 0, 0], abs=1e-5)


def test_sigma_is_in_metres(standing, flat):
    network, spec = flat(sigma=True)
    lifted = lift(standing(), network, spec, size=SIZE, height=2)
    pelvis = lifted.skeleton.index("mid_hip")
    assert lifted.sigma[:, pelvis] == pytest.approx(0)  # the origin, which cannot be off
    assert np.delete(lifted.sigma, pelvis, axis=1) == pytest.approx(0.1)


def test_what_was_not_seen_is_absent_or_guessed(standing, flat):
    network, spec = flat()
    track = standing()
    points = track.keypoints.copy()
    points[5, COCO17.index("left_wrist")] = np.nan
    points[6:9] = np.nan
    track = replace(track, keypoints=points)
    lifted = lift(track, network, spec, size=SIZE)
    missing = np.argwhere(~lifted.found).tolist()
    wrist = H36M17.index("left_wrist")
    assert missing == [[5, wrist]] + [[t, k] for t in (6, 7, 8) for k in range(17)]
    assert (lifted.scores[~lifted.found] == 0).all()
    guessed = lift(track, network, spec, size=SIZE, guess_missing=True)
    assert guessed.found[5].all()
    assert not guessed.found[6:9].any()


@pytest.mark.parametrize("rate", [10, 25, 30, 60, 120])
def test_any_rate(standing, flat, rate):
    network, spec = flat()
    lifted = lift(standing(rate=rate, speed=(1, 0)), network, spec, size=SIZE, height=1)
    assert np.allclose(lifted.times, np.arange(40) / rate)
    assert lifted.keypoints[:, H36M17.index("left_knee"), 1] == pytest.approx(0.245, abs=1e-4)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_few_frames(standing, flat, frames):
    network, spec = flat()
    assert len(lift(standing(frames), network, spec, size=SIZE)) == frames


def test_nobody(standing, flat):
    network, spec = flat()
    track = standing()
    nobody = replace(track, keypoints=track.keypoints * np.nan, scores=track.scores * 0)
    assert not lift(nobody, network, spec, size=SIZE).found.any()


def picture_network(windows=(3, 3)):
    """Takes `h36m17` in the picture; gives it back as x and y, moved by a metre."""
    field = ReceptiveField(windows)

    def network(sequence):
        frames = sequence.shape[1] - field.frames + 1
        here = sequence[:, field.before : field.before + frames].reshape(1, frames, 17, 2)
        places = np.concatenate([here + 1, np.zeros_like(here[..., :1])], axis=-1)
        return places.reshape(1, frames, 51)

    return network, LiftSpec(H36M17, field)


@pytest.mark.parametrize("frames", [5, 5000])
def test_whole_sequences_from_the_pelvis(standing, frames):
    network, spec = picture_network()
    track = standing(frames, speed=(0.01, 0))
    lifted = lift(track, network, spec, size=SIZE, mirrored=False)
    assert np.allclose(place(lifted, "left_knee", frames - 1)[:2], [20 / 641, 49 / 641], atol=1e-4)
    assert np.allclose(lifted.joint("mid_hip"), 0)


def test_whole_sequences_at_a_given_height(standing):
    network, spec = picture_network()
    lifted = lift(standing(), network, spec, size=SIZE, height=1.8)
    assert place(lifted, "left_knee")[1] == pytest.approx(0.245 * 1.8, abs=1e-3)


def test_gaps_are_bridged_for_networks_that_need_all(standing):
    network, spec = picture_network()
    track = standing()
    points = track.keypoints.copy()
    points[3, COCO17.index("left_knee")] = np.nan
    lifted = lift(replace(track, keypoints=points), network, spec, size=SIZE)
    assert np.argwhere(~lifted.found).tolist() == [[3, H36M17.index("left_knee")]]
    points[:, COCO17.index("left_knee")] = np.nan
    with pytest.raises(InputError, match="left_knee is never found"):
        lift(replace(track, keypoints=points), network, spec, size=SIZE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"height": 180}, "give it in metres", id="height in cm"),
        pytest.param({"focal": 0}, "focal length", id="no focal length"),
        pytest.param({"focal": float("nan")}, "focal length", id="unknown focal length"),
    ],
)
def test_what_makes_no_sense(standing, flat, options, message):
    network, spec = flat()
    with pytest.raises(InputError, match=message):
        lift(standing(), network, spec, size=SIZE, **options)


def test_poses_in_space_are_not_lifted(standing, flat):
    network, spec = flat()
    lifted = lift(standing(), network, spec, size=SIZE)
    with pytest.raises(InputError, match="these are in body space"):
        lift(lifted, network, spec, size=SIZE)


def test_another_network_than_described(standing):
    spec = LiftSpec(LIFT13, ReceptiveField((3,)), "person", 30)
    with pytest.raises(ModelError, match=r"not \(40, 1, 51\)"):
        lift(standing(), lambda windows: windows, spec, size=SIZE)


def test_a_long_track_takes_little_memory(standing, flat):
    network, spec = flat((3, 3, 3))
    track = standing(20_000)
    tracemalloc.start()
    lift(track, network, spec, size=SIZE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
