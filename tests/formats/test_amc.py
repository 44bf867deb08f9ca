import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import read_poses
from kinema.formats.amc import read_amc

ASF = """# a comment
:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name lhipjoint
    direction 1 0 0
    length 2
    axis 0 0 0 XYZ
  end
  begin
    id 2
    name lfemur
    direction 0 -1 0
    length 10
    axis 0 0 90 XYZ
    dof rx ry rz
  end
  begin
    id 3
    name ltibia
    direction 0 -1 0
    length 10
    axis 0 0 0 XYZ
    dof rx
  end
:hierarchy
  begin
    root lhipjoint
    lhipjoint lfemur
    lfemur ltibia
  end
"""
AMC = """:FULLY-SPECIFIED
:DEGREES
1
root 1 20 3 0 0 0
lfemur 0 0 0
ltibia 0
2
root 1 20 3 0 90 0
lfemur 0 -90 0
ltibia 90
"""
UNIT = 0.0254 / 0.45


@pytest.fixture
def amc(tmp_path):
    def write(motion=AMC, figure=ASF, asf="05.asf"):
        (tmp_path / asf).write_text(figure)
        (tmp_path / "05_01.amc").write_text(motion)
        return tmp_path / "05_01.amc"

    return write


def test_two_frames_by_hand(amc) -> None:
    """y is up in the file; here z is up, and y is minus the file's z.

    In the second frame the pelvis turns by 90 degrees about y, so its x is the file's -z. The
    femur's own y axis is the figure's -x: -90 about it is 90 about x, which swings the femur from
    -y to -z, and the pelvis turns -z to -x. The shank swings on about x, from -z to y.
    """
    first, second = read_amc(amc())
    assert first.skeleton.keypoints == ("mid_hip", "left_hip", "left_knee", "left_ankle")
    assert first.skeleton.edges[-1] == ("left_knee", "left_ankle")
    np.testing.assert_allclose(
        first.keypoints[0] / UNIT, [[1, -3, 20], [3, -3, 20], [3, -3, 10], [3, -3, 0]], rtol=1e-5
    )
    np.testing.assert_allclose(
        second.keypoints[0] / UNIT,
        [[1, -3, 20], [1, -1, 20], [-9, -1, 20], [-9, -1, 30]],
        atol=1e-4,
    )
    assert (first.frame, second.frame, first.space) == (0, 1, "world")
    assert np.isnan(first.time)


def test_the_rate_is_named_by_the_user(amc) -> None:
    with read_poses(amc(), rate=120) as recording:
        assert [poses.time for poses in recording] == [0, 1 / 120]


def test_other_lengths_are_told_by_the_legs(amc) -> None:
    """Ten and ten units are inches in CMU's scale, or else 20 of CMU's units are told from cm."""
    figure = ASF.replace("length 0.45", "length 1.0").replace("length 10", "length 42")
    first = next(read_amc(amc(figure=figure), up="y"))
    np.testing.assert_allclose(first.joint("left_ankle")[0], (0.03, -0.03, -0.64), atol=1e-6)


def test_radians(amc) -> None:
    motion = AMC.replace(":DEGREES", ":RADIANS").replace("90", str(np.pi / 2))
    second = list(read_amc(amc(motion)))[1]
    np.testing.assert_allclose(second.keypoints[0, 3] / UNIT, (-9, -1, 30), atol=1e-4)


def test_where_the_skeleton_is(amc, tmp_path) -> None:
    assert len(list(read_amc(amc(asf="05_01.ASF")))) == 2
    (tmp_path / "05_01.ASF").rename(tmp_path / "any.asf")
    assert len(list(read_amc(tmp_path / "05_01.amc"))) == 2
    (tmp_path / "other.asf").write_text("")
    with pytest.raises(InputError, match=r"needs the skeleton .* as 05\.asf"):
        read_amc(tmp_path / "05_01.amc")
    assert len(list(read_amc(tmp_path / "05_01.amc", asf=tmp_path / "any.asf"))) == 2


@pytest.mark.parametrize(
    ("motion", "message"),
    [
        pytest.param("", "line 1: the file holds no frames", id="empty"),
        pytest.param("hello\n", "line 1: the skeleton has no bone 'hello'", id="another file"),
        pytest.param(AMC[:-10], "line 9: frame 2 ends without ltibia|line 9: ", id="cut"),
        pytest.param(AMC[:-25], "frame 2 ends without", id="cut before"),
        pytest.param(AMC.replace("20 3 0 90", "20 x 0 90"), "line 8: .*'x'", id="text"),
        pytest.param(AMC.replace("20 3 0 90", "nan 3 0 90"), "line 8: .*finite", id="NaN"),
        pytest.param(
            AMC.replace("lfemur 0 0 0", "lfemur 0 0"), "line 5: lfemur has 2 of 3", id="few"
        ),
        pytest.param(AMC.replace("\nltibia 0\n", "\n"), "line 6: frame 1 ends", id="no bone"),
        pytest.param(AMC + "ltibia 1\n", "line 11: ltibia .*twice", id="twice"),
    ],
)
def test_damaged_motion(amc, motion, message) -> None:
    with pytest.raises(FormatError, match=r"05_01\.amc, .*(" + message + ")"):
        read_amc(amc(motion))


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        pytest.param("", "ends without bones", id="empty"),
        pytest.param(ASF[:400], "line .*damaged|does not say where", id="cut"),
        pytest.param(
            ASF.replace("length 10", "length x"), "line 24: 'length x' is damaged", id="text"
        ),
        pytest.param(ASF.replace("TX TY TZ", "TX TY"), "line 8: ", id="order of the root"),
        pytest.param(
            ASF.replace("direction 1 0 0", "direction 1 0"), "line 16: ", id="two numbers"
        ),
        pytest.param(ASF.replace("lfemur ltibia", "lfemur toe"), "line 40: ", id="unknown bone"),
        pytest.param(ASF.replace("root lhipjoint", "ltibia lhipjoint"), "where .* hang", id="loop"),
    ],
)
def test_damaged_skeletons(amc, figure, message) -> None:
    with pytest.raises(FormatError, match=r"05\.asf, .*(" + message + ")"):
        read_amc(amc(figure=figure))


def bone(name, length) -> str:
    return f"""  begin
    name {name}
    direction 1 0 0
    length {length}
    axis 0 0 0 XYZ
  end
"""


def test_the_forearm_is_as_long_as_its_two_bones(amc) -> None:
    """Lengths of `02.asf`: 3.35 and 1.68 units are 0.189 and 0.095 m, the forearm 0.284 m."""
    lengths = {"lhumerus": 4.86513, "lradius": 3.35554, "lwrist": 1.67777, "lhand": 0.66117}
    bones = "".join(bone(name, length) for name, length in lengths.items())
    links = "    lhipjoint lhumerus\n    lhumerus lradius\n    lradius lwrist\n    lwrist lhand\n"
    figure = ASF.replace(":hierarchy", f"{bones}:hierarchy").replace(
        "    lfemur ltibia\n", f"    lfemur ltibia\n{links}"
    )
    first = next(read_amc(amc(figure=figure)))
    elbow, wrist, hand = (first.joint(name)[0] for name in ("left_elbow", "left_wrist", "lhand"))
    assert np.linalg.norm(wrist - elbow) == pytest.approx(5.03331 * UNIT, abs=1e-6)
    assert np.linalg.norm(wrist - elbow) == pytest.approx(0.2841, abs=1e-4)
    assert np.linalg.norm(hand - wrist) == pytest.approx(0.0373, abs=1e-4)
