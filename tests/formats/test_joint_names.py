import pytest

from kinema.formats.body_tree import tree_edges, tree_skeleton
from kinema.formats.joint_names import (
    joints_of_asf,
    joints_of_bvh,
    joints_of_markers,
    marker_names,
    skeleton_of,
)
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17, H36M17, HALPE26, SKELETONS


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_marker_names_and_back(skeleton) -> None:
    names = marker_names(skeleton)
    assert joints_of_markers(names) == skeleton.keypoints
    assert skeleton_of(skeleton.keypoints, "markers") == skeleton


def test_the_names_of_pose2sim() -> None:
    assert marker_names(HALPE26)[16:22] == ("RAnkle", "Head", "Neck", "Hip", "LBigToe", "RBigToe")


def test_a_neck_is_the_neck_of_its_neighbours() -> None:
    assert joints_of_markers(["Neck", "RHip"]) == ("neck", "right_hip")
    assert joints_of_markers(["Neck", "Head"]) == ("upper_neck", "head_top")


def test_names_stay_where_two_mean_one() -> None:
    assert joints_of_markers(["Hip", "CHip"]) == ("mid_hip", "CHip")
    assert joints_of_markers(["left_knee", "LKnee"]) == ("left_knee", "LKnee")


@pytest.mark.parametrize(
    ("names", "joints"),
    [
        pytest.param(
            "Hips LeftUpLeg LeftLeg LeftFoot LeftToeBase LeftToeBase_end LeftShoulder LeftArm "
            "LeftForeArm LeftHand Spine Spine1 Head Head_end",
            "mid_hip left_hip left_knee left_ankle left_toe_base left_foot_index LeftShoulder "
            "left_shoulder left_elbow left_wrist Spine spine upper_neck head_top",
            id="MotionBuilder",
        ),
        pytest.param(
            "mixamorig:Hips mixamorig:RightUpLeg mixamorig:RightHand",
            "mid_hip right_hip right_wrist",
            id="Mixamo",
        ),
        pytest.param(
            "hip lThigh lShin lFoot rShldr rForeArm",
            "mid_hip left_hip left_knee left_ankle right_shoulder right_elbow",
            id="Poser",
        ),
        pytest.param(
            "Hips LeftHip LeftKnee LeftAnkle LeftToe LeftCollar LeftShoulder LeftElbow LeftWrist",
            "mid_hip left_hip left_knee left_ankle left_toe_base LeftCollar left_shoulder "
            "left_elbow left_wrist",
            id="CMU",
        ),
        pytest.param("mid_hip neck left_knee", "mid_hip neck left_knee", id="Kinema"),
        pytest.param("lowerback ribs tail", "lowerback ribs tail", id="unknown"),
    ],
)
def test_names_of_bvh(names, joints) -> None:
    assert joints_of_bvh(names.split()) == tuple(joints.split())


def test_bones_of_asf_are_their_ends() -> None:
    bones = ["root", "lhipjoint", "lfemur", "rclavicle", "rthumb"]
    joints = ("mid_hip", "left_hip", "left_knee", "right_shoulder", "rthumb")
    assert joints_of_asf(bones) == joints


def test_the_wrist_of_asf_is_where_the_second_bone_of_the_forearm_ends() -> None:
    assert joints_of_asf(["lhumerus", "lradius", "lwrist", "lhand"]) == (
        *("left_elbow", "lradius", "left_wrist", "lhand"),
    )
    assert joints_of_asf(["rhumerus", "rradius", "rhand"]) == (
        *("right_elbow", "right_wrist", "rhand"),
    )


def test_limbs_are_those_of_the_nearest_skeleton() -> None:
    skeleton = skeleton_of(("left_hip", "left_knee", "C7"), "markers")
    assert (skeleton.name, skeleton.edges) == ("markers", (("left_hip", "left_knee"),))


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_trees(skeleton) -> None:
    """Each joint but the first hangs on one before it, and a tree stays as it is."""
    tree = tree_skeleton(skeleton)
    assert tree_skeleton(tree) == tree
    edges = tree_edges(tree)
    if edges:
        assert len(edges) == len(tree) - 1
        parents = {child: parent for parent, child in edges}
        places = {joint: i for i, joint in enumerate(tree.keypoints)}
        assert all(places[parents[joint]] < places[joint] for joint in tree.keypoints[1:])


def test_what_a_tree_has() -> None:
    assert tree_skeleton(H36M17) is H36M17
    assert set(tree_skeleton(COCO17).keypoints) == {*COCO17.keypoints, "mid_hip", "neck"}


def test_a_joint_hangs_on_what_its_missing_parent_hangs_on() -> None:
    legs = Skeleton("legs", ("left_hip", "right_hip", "left_knee", "left_heel"))
    assert ("left_knee", "left_heel") in tree_edges(tree_skeleton(legs))
