import numpy as np
import pytest

from kinema.errors import SkeletonError
from kinema.markers import joints_from_markers, marker_skeleton, place_of
from kinema.skeletons import BODY25, HALPE26
from kinema.track import Track


@pytest.mark.parametrize(
    ("marker", "side", "place"),
    [
        pytest.param("LHEE", "left", "heel", id="Plug-in Gait"),
        pytest.param("Walker 1:RTOE", "right", "big_toe", id="with a subject"),
        pytest.param("LASI", "left", "asis", id="front spine"),
        pytest.param("RPSIS", "right", "psis", id="back spine"),
        pytest.param("LKNE", "left", "knee_lateral", id="lateral knee"),
        pytest.param("LKNM", "left", "knee_medial", id="CGM2 medial knee"),
        pytest.param("RKNEE", "right", "knee", id="not a lateral knee: R and knee"),
        pytest.param("LLM", "left", "ankle_lateral", id="a left one whose rest starts with L"),
        pytest.param("RLM", "right", "ankle_lateral", id="a right one whose rest starts with L"),
        pytest.param("LMM", "left", "ankle_medial", id="medial malleolus"),
        pytest.param("LMT5", "left", "small_toe", id="fifth metatarsal"),
        pytest.param("L_FLE", "left", "knee_lateral", id="CAST"),
        pytest.param("R_TAM", "right", "ankle_medial", id="CAST, tibia"),
        pytest.param("RFCC", "right", "heel", id="IOR"),
        pytest.param("L.Knee.Lat", "left", "knee_lateral", id="Helen Hayes"),
        pytest.param("V.Sacral", "middle", "sacrum", id="sacrum"),
        pytest.param("WaistLFront", "left", "asis", id="Qualisys"),
        pytest.param("RHeelBack", "right", "heel", id="Qualisys heel"),
        pytest.param("RAnkleOut", "right", "ankle_lateral", id="Qualisys ankle"),
        pytest.param("r_calc_study", "right", "heel", id="OpenCap"),
        pytest.param("r_mknee_study", "right", "knee_medial", id="OpenCap medial"),
        pytest.param("RBigToe", "right", "big_toe", id="Pose2Sim"),
        pytest.param("Heel_R", "right", "heel", id="side last"),
        pytest.param("left ankle", "left", "ankle", id="in words"),
    ],
)
def test_names_of_common_sets(marker: str, side: str, place: str) -> None:
    assert place_of(marker) == (side, place)


@pytest.mark.parametrize("marker", ["LTHI", "C7", "LFIN", "LHipAngles", "RTIB", "*12", "", "CLAV"])
def test_markers_of_no_joint(marker: str) -> None:
    assert place_of(marker) is None


def markers(points: dict[str, tuple[float, float, float]], frames: int = 3) -> Track:
    keypoints = np.repeat(np.array(list(points.values()), dtype=np.float32)[None], frames, axis=0)
    scores = np.full(keypoints.shape[:2], np.nan, dtype=np.float32)
    skeleton = marker_skeleton(list(points))
    return Track(skeleton, keypoints, scores, np.arange(frames) / 100, space="world")


STANDING = {
    # Facing +x: left is +y.
    "LASI": (0.10, 0.12, 1.0),
    "RASI": (0.10, -0.12, 1.0),
    "LPSI": (-0.05, 0.05, 1.0),
    "RPSI": (-0.05, -0.05, 1.0),
    "LKNE": (0.02, 0.16, 0.5),
    "LKNM": (0.02, 0.06, 0.5),
    "RKNE": (0.02, -0.16, 0.5),
    "LANK": (0.0, 0.13, 0.08),
    "LMED": (0.0, 0.0, 0.0),
    "RANK": (0.0, -0.13, 0.08),
    "LHEE": (-0.05, 0.1, 0.05),
    "LMT5": (0.15, 0.14, 0.03),
    "LTOE": (0.17, 0.1, 0.03),
}


def test_joints_in_the_middle_of_their_markers_and_hips_by_harrington() -> None:
    joints = joints_from_markers(markers(STANDING))
    assert joints.skeleton == HALPE26
    assert joints.space == "world"
    np.testing.assert_allclose(joints.joint("left_knee")[0], [0.02, 0.11, 0.5], atol=1e-6)
    np.testing.assert_allclose(joints.joint("right_knee")[0], [0.02, -0.16, 0.5], atol=1e-6)
    np.testing.assert_allclose(joints.joint("left_big_toe")[0], [0.17, 0.1, 0.03], atol=1e-6)
    # Width 0.24 m, depth 0.15 m: 0.24 * 0.15 + 0.0099 back, 0.3 * 0.24 + 0.0109 down,
    # 0.33 * 0.24 + 0.0073 out.
    hip = [0.10 - 0.0459, 0.0865, 1.0 - 0.0829]
    np.testing.assert_allclose(joints.joint("left_hip")[0], hip, atol=1e-5)
    np.testing.assert_allclose(joints.joint("right_hip")[0], [hip[0], -hip[1], hip[2]], atol=1e-5)
    assert np.isnan(joints.joint("right_heel")).all()
    assert joints.scores[0, HALPE26.index("right_heel")] == 0


def test_turning_the_person_turns_the_hips() -> None:
    turned = {name: (-y, x, z) for name, (x, y, z) in STANDING.items()}
    straight, other = joints_from_markers(markers(STANDING)), joints_from_markers(markers(turned))
    x, y, z = straight.joint("left_hip")[0]
    np.testing.assert_allclose(other.joint("left_hip")[0], [-y, x, z], atol=1e-5)


def test_a_plain_knee_beside_a_medial_one_is_the_lateral_one() -> None:
    points = {
        "r_knee_study": (0, -0.2, 0.5), "r_mknee_study": (0, -0.1, 0.5), "L_knee": (0, 0.1, 0.5),
        "LHJC": (0, 0.1, 0.9), "RHJC": (0, -0.1, 0.9),
        "LANK": (0, 0.1, 0.1), "RANK": (0, -0.1, 0.1),
    }  # fmt: skip
    joints = joints_from_markers(markers(points))
    np.testing.assert_allclose(joints.joint("right_knee")[0], [0, -0.15, 0.5], atol=1e-6)
    np.testing.assert_allclose(joints.joint("mid_hip")[0], [0, 0, 0.9], atol=1e-6)


def test_keypoints_stay_keypoints() -> None:
    keypoints = np.zeros((2, 25, 3), dtype=np.float32)
    track = Track(BODY25, keypoints, np.ones((2, 25)), np.array([0, 1.0]), space="world")
    assert joints_from_markers(track).skeleton == HALPE26


def test_an_unknown_set_is_refused_with_what_was_found_and_what_is_needed() -> None:
    with pytest.raises(SkeletonError, match=r"no marker is known for left_hip.*M1, M2; needed are"):
        joints_from_markers(markers({"M1": (0, 0, 0), "M2": (1, 1, 1)}))
