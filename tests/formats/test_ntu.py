"""NTU RGB+D's `.skeleton` files."""

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import read_poses
from kinema.skeletons import KINECT25


def joint(x=0.5, y=1.0, z=2.0, state=2):
    """0.5 m to the sensor's left, 1 m up, 2 m away."""
    return f"{x} {y} {z} 277 191 1036 519 -0.2 0.05 0.98 -0.003 {state}"


def body(identity, joints=None):
    joints = joints or [joint()] * 25
    return [f"{identity} 0 1 1 1 1 0 0.02 -0.2 2", str(len(joints)), *joints]


def skeleton(path, *frames):
    lines = [str(len(frames))]
    for bodies in frames:
        lines += [str(len(bodies)), *(line for some in bodies for line in some)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_bodies_of_each_frame(tmp_path) -> None:
    big, small = 72057594037931101, 72057594037931368
    path = skeleton(
        tmp_path / "S001C001P001R001A050.skeleton",
        [body(big)],
        [],
        [body(small), body(big, [joint(x=-0.5)] * 25)],
    )
    with read_poses(path) as recording:
        assert (recording.header.skeleton, recording.header.rate) == (KINECT25, 30)
        one, none, two = recording
    assert one.joint("head").tolist() == [[-0.5, 2, 1]]
    assert (one.frame, one.time, one.space, one.ids.tolist()) == (0, 0, "world", [1])
    assert (len(none), none.frame, none.time) == (0, 1, pytest.approx(1 / 30))
    assert two.ids.tolist() == [2, 1]
    assert two.joint("left_hand")[:, 0].tolist() == [-0.5, 0.5]


def test_states_become_scores(tmp_path) -> None:
    joints = [joint(state=2), joint(state=1), joint(state=0), joint(x="nan"), *[joint()] * 21]
    path = skeleton(tmp_path / "a.skeleton", [body(1, joints)])
    with read_poses(path) as recording:
        (poses,) = recording
    assert poses.scores[0, :5].tolist() == [1, 0.5, 0, 0, 1]
    assert np.isnan(poses.keypoints[0, 2:4]).all()


def test_nobody_at_all(tmp_path) -> None:
    with read_poses(skeleton(tmp_path / "a.skeleton")) as recording:
        assert list(recording) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "cut off after line 0", id="empty"),
        pytest.param("many\n", "line 1: expected numbers", id="no count"),
        pytest.param("1.5\n", "line 1: expected the number of frames", id="half a frame"),
        pytest.param("1\n1\n", "cut off after line 2", id="cut off"),
        pytest.param("1\n1\n7 0\n20\n", "a body has 25 joints, not 20", id="20 joints"),
        pytest.param("1\n1\n7 0\n25\n1 2 3\n", "a joint has 12 numbers, not 3", id="a short joint"),
        pytest.param("1\n1\n\n", "expected the id", id="no id"),
    ],
)
def test_damage_is_one_line(tmp_path, text, message) -> None:
    path = tmp_path / "a.skeleton"
    path.write_text(text)
    with pytest.raises(FormatError, match=message) as error:
        list(read_poses(path))
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_the_same_body_twice(tmp_path) -> None:
    path = skeleton(tmp_path / "a.skeleton", [body(1), body(1)])
    with pytest.raises(FormatError, match="person 1 is twice in frame 0"):
        list(read_poses(path))


def test_no_file(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_poses(tmp_path / "a.skeleton")
