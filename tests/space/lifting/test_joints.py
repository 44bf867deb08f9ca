import numpy as np
import pytest

from kinema.errors import SkeletonError
from kinema.skeleton import Skeleton
from kinema.skeletons import (
    BLAZEPOSE33,
    BODY25,
    COCO17,
    H36M17,
    KINECT20,
    KINECT25,
    LSP14,
    MPI15,
    MPII16,
    OPENPOSE18,
)
from kinema.space.lifting import LIFT13, joints_for
from kinema.track import Track


def track_of(skeleton, places=None):
    """One frame; joint number i is at (i, 10 i) if no place is given."""
    points = np.array([[[i, 10 * i] for i in range(len(skeleton))]], dtype=float)
    for name, place in (places or {}).items():
        points[0, skeleton.index(name)] = place
    return Track(skeleton, points, np.full((1, len(skeleton)), 0.5), np.zeros(1))


@pytest.mark.parametrize("source", [COCO17, OPENPOSE18, BODY25, BLAZEPOSE33, H36M17])
@pytest.mark.parametrize(
    "target",
    [LIFT13, H36M17, COCO17, OPENPOSE18, MPI15, MPII16, LSP14, KINECT20, KINECT25],
    ids=lambda skeleton: skeleton.name,
)
def test_every_input_gives_every_network_its_joints(source, target):
    points, certainty = joints_for(target, track_of(source))
    assert not np.isnan(points).any()
    assert (certainty == 0.5).all()
    for name in target.keypoints:
        if name in source:
            assert np.array_equal(
                points[0, target.index(name)], [source.index(name), 10 * source.index(name)]
            )


def test_derived_joints_by_hand():
    track = track_of(
        COCO17,
        {
            "left_shoulder": (2, 8),
            "right_shoulder": (-2, 8),
            "left_hip": (1, 20),
            "right_hip": (-1, 20),
            "left_ear": (1, 2),
            "right_ear": (-1, 2),
            "nose": (0.5, 2),
        },
    )
    points, _ = joints_for(H36M17, track)
    expected = {
        "mid_hip": (0, 20),
        "thorax": (0, 8),
        "spine": (0, 14),
        "jaw": (0.5, 2),
        "head_top": (0, 2 - 6 * 0.064 / 0.118),
    }
    for name, place in expected.items():
        assert points[0, H36M17.index(name)] == pytest.approx(place, abs=1e-5), name


def test_hands_and_feet_of_a_depth_sensor():
    places = {
        "left_elbow": (0, 0),
        "left_wrist": (10, 0),
        "left_thumb": (15, 5),
        "left_index": (18, 3),
        "left_pinky": (17, -3),
        "left_ankle": (0, 100),
        "left_foot_index": (8, 104),
    }
    points, _ = joints_for(KINECT25, track_of(BLAZEPOSE33, places))
    found = dict(zip(KINECT25.keypoints, points[0].tolist(), strict=True))
    assert found["left_hand"] == pytest.approx([15, 0])
    assert found["left_thumb_tip"] == [15, 5]
    assert found["left_foot"] == [4, 102]
    few = {name: places[name] for name in ("left_elbow", "left_wrist", "left_ankle")}
    points, _ = joints_for(KINECT25, track_of(COCO17, few))
    found = dict(zip(KINECT25.keypoints, points[0].tolist(), strict=True))
    assert found["left_hand"] == found["left_thumb_tip"] == pytest.approx([13, 0])
    assert found["left_hand_tip"][0] == pytest.approx(10 + 10 * 0.108 / 0.146)
    assert found["left_foot"] == [0, 100]


def test_necks_by_hand():
    places = {
        "left_shoulder": (2, 8),
        "right_shoulder": (-2, 8),
        "left_ear": (1, 2),
        "right_ear": (-1, 2),
        "nose": (1, 4),
    }
    track = track_of(COCO17, places)
    assert joints_for(OPENPOSE18, track)[0][0, 1].tolist() == [0, 8]
    place = LSP14.index("upper_neck")
    assert joints_for(LSP14, track)[0][0, place].tolist() == [0, 5]
    one_sided = track_of(COCO17, {**places, "left_ear": (np.nan, np.nan)})
    assert joints_for(LSP14, one_sided)[0][0, place].tolist() == [0.5, 6]


def test_the_head_by_one_ear_or_the_nose():
    places = {"left_ear": (1, 2), "right_ear": (np.nan, np.nan), "nose": (5, 5)}
    assert joints_for(LIFT13, track_of(COCO17, places))[0][0, 0].tolist() == [1, 2]
    places["left_ear"] = (np.nan, np.nan)
    assert joints_for(LIFT13, track_of(COCO17, places))[0][0, 0].tolist() == [5, 5]
    places["nose"] = (np.nan, np.nan)
    points, certainty = joints_for(LIFT13, track_of(COCO17, places))
    assert np.isnan(points[0, 0]).all()
    assert certainty[0, 0] == 0


def test_unknown_scores_count_as_certain():
    track = track_of(COCO17)
    unknown = Track(COCO17, track.keypoints, np.full((1, 17), np.nan), track.times)
    assert (joints_for(LIFT13, unknown)[1] == 1).all()


def test_a_hand_has_no_body():
    with pytest.raises(SkeletonError, match="stick has nothing for head, left_shoulder"):
        joints_for(LIFT13, track_of(Skeleton("stick", ("a", "b"))))
