import numpy as np
import pytest

from kinema.errors import InputError
from kinema.poses import Poses
from kinema.skeletons import COCO17, H36M17
from kinema.space.lifting import LiftSpec, LiveLifter, lift
from kinema.track import people_of

SIZE = (641, 481)


@pytest.mark.parametrize("rate", [30, 60])
@pytest.mark.parametrize("causal", [True, False])
def test_live_is_the_same_as_offline(standing, flat, causal, rate):
    network, spec = flat((3, 3, 3), causal=causal)
    track = standing(60, rate=rate, speed=(2, 1))
    offline = lift(track, network, spec, size=SIZE, mirrored=False, height=1.8)
    live = LiveLifter(network, spec, SIZE, rate=rate, height=1.8)
    assert live.latency == (0 if causal else 13 * rate // 30)
    out = [live.update(poses) for poses in people_of([track], track.times)]
    assert all(poses is None for poses in out[: live.latency])
    out = [poses for poses in out if poses is not None] + live.flush()
    assert [poses.frame for poses in out] == list(range(60))
    found = np.stack([poses.keypoints[0] for poses in out])
    assert np.allclose(found, offline.keypoints, atol=1e-4)
    assert (out[0].skeleton, out[0].space) == (H36M17, "body")


def test_two_people_come_and_go(standing, flat):
    network, spec = flat(causal=True)
    live = LiveLifter(network, spec, SIZE, height=1)
    first, second = standing(30), standing(30, at=(100, 240), zoom=2)
    for frame in range(30):
        chosen = [track for i, track in enumerate((first, second)) if i == 0 or frame % 10 > 4]
        poses = Poses(
            COCO17,
            np.stack([track.keypoints[frame] for track in chosen]),
            np.ones((len(chosen), 17)),
            ids=np.arange(len(chosen)),
            frame=frame,
        )
        out = live.update(poses)
        assert len(out) == len(chosen)
        assert out.ids.tolist() == list(range(len(chosen)))
        knee = out.joint("left_knee")
        assert knee[:, 1] == pytest.approx(0.245, abs=1e-3)


def test_frames_without_people(flat):
    network, spec = flat(causal=True)
    live = LiveLifter(network, spec, SIZE)
    out = live.update(Poses.empty(COCO17, frame=4, time=0.2))
    assert (len(out), out.frame, out.time, out.space) == (0, 4, 0.2, "body")


def test_memory_is_bounded(standing, flat):
    network, spec = flat(causal=True)
    live = LiveLifter(network, spec, SIZE)
    for poses in people_of([standing(300)], standing(300).times):
        live.update(poses)
    assert len(live._people[0]) == spec.field.frames - 1


def test_what_it_refuses(standing, flat):
    network, spec = flat()
    with pytest.raises(InputError, match="person alone"):
        LiveLifter(network, LiftSpec(H36M17), SIZE)
    with pytest.raises(InputError, match="rate"):
        LiveLifter(network, spec, SIZE, rate=0)
    two = Poses(COCO17, np.zeros((2, 17, 2)), np.ones((2, 17)))
    with pytest.raises(InputError, match="no ids"):
        LiveLifter(network, spec, SIZE).update(two)
