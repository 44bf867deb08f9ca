"""What a skeleton is: names, limbs, mirror pairs, recipes."""

import math

import pytest

from kinema.errors import SkeletonError
from kinema.skeleton import DERIVED_JOINTS, Skeleton, chain_edges, mirror_by_name

ARM = Skeleton(
    "arm",
    ("neck", "left_hand", "right_hand"),
    edges=(("neck", "left_hand"), ("neck", "right_hand")),
    mirror=(("left_hand", "right_hand"),),
    sigmas=(0.1, 0.2, 0.3),
)


def skeleton(*keypoints, **more):
    return Skeleton("test", keypoints, **more)


def test_length_membership_and_index():
    assert len(ARM) == 3
    assert "neck" in ARM
    assert "nose" not in ARM
    assert 0 not in ARM
    assert [ARM.index(joint) for joint in ARM.keypoints] == [0, 1, 2]


def test_index_of_an_unknown_joint_names_near_ones():
    with pytest.raises(SkeletonError, match="arm has no keypoint 'left_hnd'; did you mean left_ha"):
        ARM.index("left_hnd")


def test_edge_indices():
    assert ARM.edge_indices.tolist() == [[0, 1], [0, 2]]
    assert skeleton("nose").edge_indices.shape == (0, 2)


def test_mirror_order_swaps_the_pairs():
    assert ARM.mirror_order.tolist() == [0, 2, 1]
    assert skeleton("nose", "chin").mirror_order.tolist() == [0, 1]


@pytest.mark.parametrize("shared", [ARM.edge_indices, ARM.mirror_order])
def test_what_is_shared_cannot_be_changed(shared):
    with pytest.raises(ValueError, match="read-only"):
        shared[0] = 1


@pytest.mark.parametrize(
    ("joint", "side"), [("neck", "middle"), ("left_hand", "left"), ("right_hand", "right")]
)
def test_side(joint, side):
    assert ARM.side(joint) == side


def test_side_of_an_unknown_joint():
    with pytest.raises(SkeletonError, match="arm has no keypoint 'nose'"):
        ARM.side("nose")


def test_sigmas_are_nan_where_none_are_given():
    assert ARM.sigmas == (0.1, 0.2, 0.3)
    assert all(math.isnan(sigma) for sigma in skeleton("nose", "chin").sigmas)


def test_sigmas_do_not_count_for_equality():
    same = Skeleton("arm", ARM.keypoints, ARM.edges, ARM.mirror)
    assert same == ARM
    assert hash(same) == hash(ARM)
    assert Skeleton("other", ARM.keypoints, ARM.edges, ARM.mirror) != ARM


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"keypoints": ("a", "b", "a")}, "names a keypoint twice", id="twice"),
        pytest.param({"edges": (("a", "c"),)}, r"edge \('a', 'c'\) names no keypoint", id="edge"),
        pytest.param(
            {"mirror": (("a", "c"),)}, r"mirror pair \('a', 'c'\) names no keypoint", id="mirror"
        ),
        pytest.param(
            {"keypoints": ("a", "b", "c"), "mirror": (("a", "b"), ("b", "c"))},
            "keypoint in two mirror pairs",
            id="two pairs",
        ),
        pytest.param({"mirror": (("a", "a"),)}, "keypoint in two mirror pairs", id="itself"),
        pytest.param({"sigmas": (0.1,)}, "has 2 keypoints but 1 sigmas", id="sigmas"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(SkeletonError, match=f"skeleton bad.*{message}"):
        Skeleton(**{"name": "bad", "keypoints": ("a", "b"), **wrong})


@pytest.mark.parametrize(
    ("source", "target", "recipe"),
    [
        pytest.param(("nose", "neck"), ("neck", "nose"), ((1,), (0,)), id="by name"),
        pytest.param(("nose",), ("chin",), ((),), id="not there"),
        pytest.param(
            ("right_shoulder", "nose", "left_shoulder"), ("neck",), ((2, 0),), id="derived"
        ),
        pytest.param(("left_shoulder",), ("neck",), ((),), id="one source is missing"),
        pytest.param(
            ("neck", "left_shoulder", "right_shoulder"), ("neck",), ((0,),), id="own joint first"
        ),
        pytest.param(
            ("left_shoulder", "right_shoulder", "mid_hip"),
            ("chest",),
            ((),),
            id="nothing is derived from derived joints",
        ),
        pytest.param((), ("nose",), ((),), id="empty source"),
        pytest.param(("nose",), (), (), id="empty target"),
    ],
)
def test_recipe(source, target, recipe):
    assert skeleton(*source).recipe(skeleton(*target)) == recipe


def test_derived_joints_keep_left_and_right_apart():
    for joint, sources in DERIVED_JOINTS.items():
        assert joint not in sources
        mirrored = {s.replace("left_", "x_").replace("right_", "left_") for s in sources}
        assert {s.replace("x_", "right_") for s in mirrored} == set(sources)


def test_chain_edges():
    assert chain_edges("a b c", "c d") == (("a", "b"), ("b", "c"), ("c", "d"))
    assert chain_edges("a", "") == ()
    assert chain_edges() == ()


@pytest.mark.parametrize(
    ("keypoints", "pairs"),
    [
        pytest.param(["left_ear", "right_ear"], (("left_ear", "right_ear"),), id="pair"),
        pytest.param(["right_ear", "left_ear"], (("left_ear", "right_ear"),), id="left is first"),
        pytest.param(["left_ear", "right_eye"], (), id="no partner"),
        pytest.param(["face_left_ear", "face_right_ear"], (), id="side inside the name"),
        pytest.param(["ear", "right_ear"], (), id="no side in the name"),
        pytest.param(
            ["ear", "left_ear", "right_ear"], (("left_ear", "right_ear"),), id="with a middle one"
        ),
        pytest.param([], (), id="none"),
    ],
)
def test_mirror_by_name(keypoints, pairs):
    assert mirror_by_name(keypoints) == pairs
