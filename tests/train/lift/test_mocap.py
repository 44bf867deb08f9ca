from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.skeletons import H36M17
from kinema.train.lift import expmap
from kinema.train.lift.mocap import (
    h36m_joints,
    read_motions,
    same_motion,
    split_by_subject,
)

# The skeleton of CMU's conversions to BVH, cut down to what matters; lengths in CMU's units.
BVH_JOINTS = """
Hips - 0 17 0
LHipJoint Hips 0 0 0
LeftHip LHipJoint 1.6 -1.8 0.6
LeftKnee LeftHip 2.6 -7.1 0
LeftAnkle LeftKnee 2.5 -6.8 0
RHipJoint Hips 0 0 0
RightHip RHipJoint -1.6 -1.8 0.6
RightKnee RightHip -2.6 -7.1 0
RightAnkle RightKnee -2.5 -6.8 0
lowerback Hips 0 0 0
Chest lowerback 0 2 0
Chest2 Chest 0 2 0
lowerneck Chest2 0 0 0
Neck lowerneck 0 1.5 0
Head Neck 0 1.5 0
HeadEnd Head 0 1.6 0
LeftCollar Chest2 0 0 0
LeftShoulder LeftCollar 3.5 0.9 0
LeftElbow LeftShoulder 0 -4.8 0
LeftWrist LeftElbow 0 -3.4 0
RightCollar Chest2 0 0 0
RightShoulder RightCollar -3.5 0.9 0
RightElbow RightShoulder 0 -4.8 0
RightWrist RightElbow 0 -3.4 0
"""


def write_bvh(path, frames=60):
    rows = [line.split() for line in BVH_JOINTS.strip().splitlines()]

    def block(name, indent):
        parent, *offset = next(row[1:] for row in rows if row[0] == name)
        pad = "  " * indent
        head = f"{pad}{'ROOT' if parent == '-' else 'JOINT'} {name}\n{pad}{{\n"
        offset = "0 0 0" if parent == "-" else " ".join(offset)
        channels = "6 Xposition Yposition Zposition" if parent == "-" else "3"
        inner = (
            f"{pad}  OFFSET {offset}\n{pad}  CHANNELS {channels} Zrotation Yrotation Xrotation\n"
        )
        children = [row[0] for row in rows if row[1] == name]
        inner += "".join(block(child, indent + 1) for child in children)
        if not children:
            inner += f"{pad}  End Site\n{pad}  {{\n{pad}    OFFSET 0 0 0\n{pad}  }}\n"
        return head + inner + f"{pad}}}\n"

    line = "0 17 0 " + " ".join(["0"] * 3 * len(rows))
    path.write_text(
        "HIERARCHY\n"
        + block("Hips", 0)
        + f"MOTION\nFrames: {frames}\nFrame Time: .0083333\n"
        + "\n".join([line] * frames)
        + "\n"
    )


def joint(motion, name):
    return motion.points[0, H36M17.index(name)]


def test_bvh_with_the_bones_that_cmus_conversion_lost(tmp_path):
    write_bvh(tmp_path / "07_03.bvh")
    (motion,) = read_motions([tmp_path])
    assert (motion.name, motion.subject, motion.rate) == ("07_03", "07", 120)
    unit = expmap.METRES
    # The trunk: 2 + 2 + the lost 2 up from the root, the shoulders 0.9 above; z is up.
    assert joint(motion, "thorax")[2] == pytest.approx((17 + 6.9) * unit, abs=1e-3)
    assert joint(motion, "mid_hip")[2] == pytest.approx((17 - 1.8) * unit, abs=1e-3)
    # The wrist: half of the forearm bone further down.
    elbow, wrist = joint(motion, "left_elbow"), joint(motion, "left_wrist")
    assert np.linalg.norm(elbow - wrist) == pytest.approx(1.5 * 3.4 * unit, abs=1e-3)
    assert joint(motion, "jaw")[2] == pytest.approx((17 + 6 + 3) * unit, abs=1e-3)
    head = joint(motion, "head_top")[2] - joint(motion, "jaw")[2]
    assert head == pytest.approx(1.9 * 1.6 * unit, abs=1e-3)


def test_exponential_maps_at_rest():
    frame = np.zeros((1, 117))
    frame[0, :3] = 1, 18, 3
    places = expmap.joint_places(frame)[0] / expmap.METRES
    at = dict(zip(expmap.JOINTS, places.tolist(), strict=True))
    assert at["root"] == pytest.approx([1, 18, 3])
    assert at["left_ankle"] == pytest.approx(
        [1 + 1.65674 + 2.5972 + 2.49236, 18 - 1.80282 - 7.13576 - 6.8477, 3.62477]
    )
    assert at["left_wrist"][0] - at["left_elbow"][0] == pytest.approx(3.35554 + 1.67777)
    assert at["head_end"][1] - at["root"][1] == pytest.approx(
        2.0545 + 2.06436 + 2.06805 + 1.56711 + 1.56041 + 1.6256
    )


def test_exponential_maps_turn_the_other_way():
    frame = np.zeros((1, 117))
    frame[0, 3:6] = 0, np.pi / 2, 0  # the root by 90 degrees about y, for row vectors
    places = expmap.joint_places(frame)[0] / expmap.METRES
    toes, ankle = (places[expmap.JOINTS.index(name)] for name in ("left_toes", "left_ankle"))
    assert (toes - ankle).tolist() == pytest.approx([-2.14581, -0.54136, 0.19704])


def test_archives_of_exponential_maps(tmp_path):
    frames = np.zeros((60, 117), dtype=np.float32)
    frames[:, 1] = 18
    np.savez(tmp_path / "train.npz", walking_1=frames, running_1=frames[:10])
    (motion,) = read_motions([tmp_path / "train.npz"])  # the other one is too short
    assert (motion.name, motion.subject, len(motion.points)) == ("train/walking_1", "train", 60)
    assert joint(motion, "head_top")[2] > 1.6
    assert joint(motion, "left_ankle")[2] < 0.2
    # Facing the viewer, y towards -y: the left is on the right-hand side.
    assert joint(motion, "left_wrist")[0] > 0.5


def test_human36m(tmp_path):
    points = np.random.default_rng(0).normal(size=(100, 32, 3))
    positions = {"S1": {"Walking": points, "Eating 1": points[:, :17]}}
    np.savez(tmp_path / "data_3d_h36m.npz", positions_3d=np.array(positions, dtype=object))
    walking = {m.name: m for m in read_motions([tmp_path])}["S1 Walking"]
    assert (walking.subject, walking.rate, walking.seconds) == ("S1", 50, 2)
    assert np.allclose(joint(walking, "left_shoulder"), points[0, 17])
    assert np.allclose(joint(walking, "head_top"), points[0, 15])
    assert np.allclose(joint(walking, "right_wrist"), points[0, 27])


def test_the_wrist_of_two_forearm_bones():
    here = np.zeros((1, 3))
    named = {f"{side}_{part}": here for side in ("left", "right") for part in
             ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")}  # fmt: skip
    named |= {"upper_neck": here}
    named |= {"head_top": np.array([[0.0, 0, 1]]), "lwrist": np.array([[1.0, 2, 3]])}
    joints = h36m_joints(named)
    assert joints[0, H36M17.index("left_wrist")].tolist() == [1, 2, 3]
    assert joints[0, H36M17.index("right_wrist")].tolist() == [0, 0, 0]
    assert joints[0, H36M17.index("head_top")].tolist() == pytest.approx([0, 0, 1.9])


def test_one_recording_on_two_skeletons_is_the_same(motion):
    first = motion("02", frames=240)
    longer = replace(first, points=np.concatenate([first.points[:1], 1.1 * first.points[:-2]]))
    assert same_motion(first, longer)
    assert same_motion(longer, first)
    waving = first.points.copy()
    waving[:, H36M17.index("left_wrist")] += (0, 0.3, 0.2)
    assert not same_motion(first, replace(first, points=waving))
    assert not same_motion(first, motion("02", frames=250))
    assert not same_motion(first, replace(first, rate=60.0))


def test_a_recording_that_is_there_twice_is_taken_once(tmp_path):
    frames = np.zeros((60, 117), dtype=np.float32)
    for joint in (3, 9, 22, 31):  # knees and elbows
        frames[:, 3 + 3 * joint + 2] = np.linspace(0, 1, 60)
    np.savez(tmp_path / "a.npz", one=frames, two=0.5 * frames, three=frames[:59])
    assert [m.name for m in read_motions([tmp_path])] == ["a/one", "a/two"]


def test_subjects_are_held_out_whole(motion):
    motions = [motion("01", name="01_01"), motion("01", name="01_02"), motion("02")]
    kept, held_out = split_by_subject(motions, ["01"])
    assert [m.name for m in kept] == ["02_01"]
    assert [m.name for m in held_out] == ["01_01", "01_02"]
    with pytest.raises(InputError, match="subject 07"):
        split_by_subject(motions, ["07"])
    with pytest.raises(InputError, match="nobody is left"):
        split_by_subject(motions, ["01", "02"])


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="there is no"):
        read_motions([tmp_path / "missing"])
    with pytest.raises(InputError, match="no motion"):
        read_motions([tmp_path])
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InputError, match="neither BVH"):
        read_motions([tmp_path / "a.txt"])
    np.savez(tmp_path / "a.npz", x=np.zeros((5, 99)))
    with pytest.raises(FormatError, match="exponential maps"):
        read_motions([tmp_path / "a.npz"])
