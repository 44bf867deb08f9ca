import numpy as np
import pytest

from kinema.skeletons import find_skeleton
from kinema.tracking.limbs import limbs


def joints(limb, skeleton):
    return {
        skeleton.keypoints[left].removeprefix("left_"): unit
        for (left, _), unit in zip(limb.pairs.tolist(), limb.units.tolist(), strict=True)
    }


def test_blazepose():
    skeleton = find_skeleton("blazepose33")
    leg, arm, head = limbs(skeleton)
    assert joints(leg, skeleton) == {"hip": 0, "knee": 1, "ankle": 2, "heel": 2, "foot_index": 2}
    assert joints(arm, skeleton) == {
        "shoulder": 0, "elbow": 1, "wrist": 2, "pinky": 2, "index": 2, "thumb": 2,
    }  # fmt: skip
    assert set(joints(head, skeleton)) == {"eye_inner", "eye", "eye_outer", "ear", "mouth"}
    np.testing.assert_allclose(leg.weights, [1, 1, *[3**-0.5] * 3])


@pytest.mark.parametrize("name", ["openpose137", "wholebody133"])
def test_fingers_and_faces_go_along_but_do_not_count(name):
    skeleton = find_skeleton(name)
    _, arm, head = limbs(skeleton)
    fingers = [
        pair for pair, (left, _) in enumerate(arm.pairs) if "hand_" in skeleton.keypoints[left]
    ]
    assert len(fingers) == 21
    assert not arm.weights[fingers].any()
    assert arm.units[fingers].tolist() == [2] * len(fingers)
    assert head.weights.sum() == pytest.approx(2 / 2**0.5)


def test_every_pair_is_in_one_limb():
    skeleton = find_skeleton("halpe26")
    pairs = np.concatenate([limb.pairs for limb in limbs(skeleton)])
    assert len(pairs) == len(skeleton.mirror)
    assert len(np.unique(pairs)) == pairs.size


def test_a_hand_alone():
    assert limbs(find_skeleton("hand21")) == []
