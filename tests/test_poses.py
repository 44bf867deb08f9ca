"""People of one instant, and conversion between skeletons."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kinema.errors import InputError, ShapeError, SkeletonError
from kinema.poses import Action, Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, COCO17, MPI15, MPII16, OPENPOSE18, SKELETONS
from kinema.track import Track

NAN = np.nan
EYES = Skeleton(
    "eyes", ("nose", "right_eye", "left_eye"), mirror=(("left_eye", "right_eye"),)
)  # three keypoints, so that arrays fit on a line


def eyes(n=1, **more):
    """N people: person i has its keypoints at (10 i + k, 100 + 10 i + k) and scores 0.1 k."""
    k = np.arange(3)
    x = 10 * np.arange(n)[:, None] + k  # (N, 3)
    return Poses(EYES, np.stack([x, 100 + x], axis=2), np.broadcast_to(0.1 * k, (n, 3)), **more)


def numbered(skeleton, n=2):
    """N people whose every coordinate and score differs."""
    k = len(skeleton)
    keypoints = np.arange(n * k * 2).reshape(n, k, 2)
    return Poses(skeleton, keypoints, np.linspace(0.1, 1, n * k).reshape(n, k))


def test_arrays_are_converted_and_read_only():
    poses = Poses(
        EYES,
        [[[1, 2], [3, 4], [5, 6]]],
        [[1, 0, NAN]],
        ids=[7],
        boxes=[[0, 0, 9, 9]],
    )
    assert [a.dtype for a in (poses.keypoints, poses.scores, poses.ids, poses.boxes)] == [
        np.float32,
        np.float32,
        np.int64,
        np.float32,
    ]
    for array in (poses.keypoints, poses.scores, poses.ids, poses.boxes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(FrozenInstanceError):
        poses.frame = 1


def test_the_caller_keeps_the_right_to_write():
    keypoints = np.zeros((1, 3, 2), dtype=np.float32)
    Poses(EYES, keypoints, np.zeros((1, 3)))
    keypoints[0] = 1  # no error


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param(
            {"keypoints": np.zeros((2, 4, 2))},
            r"keypoints must have the shape \(2, 3, 2\), got \(2, 4, 2\)",
            id="K",
        ),
        pytest.param(
            {"keypoints": np.zeros((2, 3, 3))},
            r"keypoints must have the shape \(2, 3, 2\), got \(2, 3, 3\)",
            id="D",
        ),
        pytest.param(
            {"keypoints": np.zeros((3, 2))},
            r"keypoints must have the shape \(3, 3, 2\), got \(3, 2\)",
            id="no axis of people",
        ),
        pytest.param({"keypoints": 1.0}, r"keypoints must .* got \(\)", id="no array"),
        pytest.param(
            {"scores": np.zeros((2, 4))}, r"scores .* \(2, 3\), got \(2, 4\)", id="scores"
        ),
        pytest.param({"scores": np.zeros(3)}, r"scores .* \(2, 3\), got \(3,\)", id="flat scores"),
        pytest.param({"ids": [1]}, r"ids must have the shape \(2,\), got \(1,\)", id="ids"),
        pytest.param({"boxes": [[0, 0, 1, 1]]}, r"boxes .* \(2, 4\), got \(1, 4\)", id="boxes"),
        pytest.param({"space": "world"}, r"\(2, 3, 3\), got \(2, 3, 2\)", id="space"),
    ],
)
def test_shapes_that_do_not_fit(wrong, message):
    right = {"keypoints": np.zeros((2, 3, 2)), "scores": np.zeros((2, 3))}
    with pytest.raises(ShapeError, match=message):
        Poses(EYES, **{**right, **wrong})


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        pytest.param(
            [1.5, 0, 0], r"scores must lie in \[0, 1\] or be NaN, got 0.0 to 1.5", id="1.5"
        ),
        pytest.param([-0.25, NAN, 0], r"got -0.25 to 0.0", id="below 0"),
        pytest.param([NAN, np.inf, NAN], r"got 0.0 to inf", id="infinite"),
    ],
)
def test_scores_outside_their_range(scores, message):
    with pytest.raises(InputError, match=message):
        Poses(EYES, np.zeros((1, 3, 2)), [scores])
    with pytest.raises(InputError, match=message):
        Track(EYES, np.zeros((1, 3, 2)), [scores], [0.0])


@pytest.mark.parametrize("scores", [[0, 1, 0.5], [NAN, NAN, NAN], [NAN, 0, 1]])
def test_scores_in_their_range(scores):
    assert_array_equal(Poses(EYES, np.zeros((1, 3, 2)), [scores]).scores, np.float32([scores]))


def test_unknown_space():
    message = "space must be one of image, body, world, not 'room'"
    with pytest.raises(InputError, match=message):
        eyes(space="room")
    with pytest.raises(InputError, match=message):
        Poses.empty(EYES, space="room")
    with pytest.raises(InputError, match=message):
        Track(EYES, np.zeros((0, 3, 2)), np.zeros((0, 3)), [], space="room")


@pytest.mark.parametrize(("space", "d"), [("image", 2), ("body", 3), ("world", 3)])
def test_nobody(space, d):
    nobody = Poses.empty(COCO17, frame=3, time=0.1, space=space)
    assert len(nobody) == 0
    assert nobody.keypoints.shape == (0, 17, d)
    assert nobody.scores.shape == (0, 17)
    assert (nobody.frame, nobody.time, nobody.space) == (3, 0.1, space)
    assert nobody.joint("nose").shape == (0, d)
    assert nobody.found.shape == (0, 17)
    assert nobody.person_scores.shape == (0,)
    assert nobody.to(BODY25).keypoints.shape == (0, 25, d)
    assert len(nobody[:]) == len(nobody[[]]) == len(nobody[np.zeros(0, dtype=bool)]) == 0


def test_nobody_in_an_image():
    nobody = Poses.empty(COCO17)
    assert nobody.bounds().shape == (0, 4)
    assert len(nobody.mirrored(640)) == 0
    assert list(nobody) == []


@pytest.mark.parametrize(
    ("people", "chosen"),
    [
        pytest.param(0, [0], id="first"),
        pytest.param(-1, [3], id="last"),
        pytest.param(np.int64(2), [2], id="numpy integer"),
        pytest.param(slice(1, 3), [1, 2], id="slice"),
        pytest.param(slice(None, None, -1), [3, 2, 1, 0], id="backwards"),
        pytest.param(slice(9, None), [], id="empty slice"),
        pytest.param([2, 0], [2, 0], id="list"),
        pytest.param([1, 1], [1, 1], id="one twice"),
        pytest.param([], [], id="empty list"),
        pytest.param(np.array([True, False, False, True]), [0, 3], id="mask"),
        pytest.param([False, True, False, False], [1], id="mask as a list"),
        pytest.param(np.zeros(4, dtype=bool), [], id="mask of nobody"),
    ],
)
def test_choosing_people(people, chosen):
    poses = eyes(4, ids=[10, 11, 12, 13], boxes=np.arange(16).reshape(4, 4), frame=5, time=0.2)
    some = poses[people]
    assert some.ids.tolist() == [10 + i for i in chosen]
    assert some.keypoints[:, 0, 0].tolist() == [10 * i for i in chosen]
    assert some.scores.shape == (len(chosen), 3)
    assert some.boxes[:, 0].tolist() == [4 * i for i in chosen]
    assert (some.skeleton, some.frame, some.time) == (EYES, 5, 0.2)


def test_choosing_people_without_ids_and_boxes():
    some = eyes(2)[1]
    assert some.ids is None
    assert some.boxes is None


@pytest.mark.parametrize("people", [4, -5, [4], np.zeros(3, dtype=bool)])
def test_choosing_people_who_are_not_there(people):
    with pytest.raises(IndexError):
        eyes(4)[people]


def test_iteration_gives_one_person_at_a_time():
    assert [poses.keypoints[0, 0, 0] for poses in eyes(3)] == [0, 10, 20]


def test_joint():
    assert eyes(2).joint("left_eye").tolist() == [[2, 102], [12, 112]]
    with pytest.raises(SkeletonError, match="eyes has no keypoint 'left_ear'; did you mean left_e"):
        eyes().joint("left_ear")


def test_found_needs_all_coordinates():
    poses = Poses(EYES, [[[0, 0], [NAN, 1], [NAN, NAN]]], [[1, 1, 1]])
    assert poses.found.tolist() == [[True, False, False]]


@pytest.mark.parametrize(
    ("scores", "mean"),
    [
        pytest.param([0.25, 0.5, 0.75], 0.5, id="mean"),
        pytest.param([0.75, 0.75, 0], 0.5, id="not found counts 0"),
        pytest.param([0.75, 0.25, NAN], 0.5, id="unknown does not count"),
        pytest.param([NAN, NAN, NAN], NAN, id="none known"),
        pytest.param([0, 0, 0], 0, id="none found"),
    ],
)
def test_person_scores(scores, mean):
    assert_array_equal(Poses(EYES, np.zeros((1, 3, 2)), [scores]).person_scores, np.float32([mean]))


def test_bounds():
    poses = Poses(
        EYES,
        [[[1, 5], [3, 2], [NAN, NAN]], [[NAN, 0], [7, 8], [NAN, NAN]], [[NAN, NAN]] * 3],
        np.ones((3, 3)),
    )
    assert_array_equal(poses.bounds(), [[1, 2, 3, 5], [7, 8, 7, 8], [NAN] * 4])


@pytest.mark.parametrize("space", ["body", "world"])
def test_what_belongs_to_images_only(space):
    poses = Poses(EYES, np.zeros((1, 3, 3)), np.ones((1, 3)), space=space)
    with pytest.raises(InputError, match=f"boxes belong to images; these poses are in {space}"):
        poses.bounds()
    with pytest.raises(InputError, match=f"only poses in an image can be mirrored; .* {space}"):
        poses.mirrored(640)


def test_mirrored():
    poses = Poses(
        EYES,
        [[[4, 5], [3, 2], [NAN, NAN]]],
        [[0.5, 0.75, 0]],
        ids=[9],
        boxes=[[2, 1, 4, 6]],
    )
    mirrored = poses.mirrored(10)  # x -> 9 - x
    assert_array_equal(mirrored.keypoints, [[[5, 5], [NAN, NAN], [6, 2]]])
    assert_array_equal(mirrored.scores, [[0.5, 0, 0.75]])
    assert_array_equal(mirrored.boxes, [[5, 1, 7, 6]])
    assert_array_equal(mirrored.ids, [9])


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_mirroring_twice_changes_nothing(skeleton):
    poses = numbered(skeleton)
    twice = poses.mirrored(2000).mirrored(2000)
    assert_array_equal(twice.keypoints, poses.keypoints)
    assert_array_equal(twice.scores, poses.scores)


def test_coco_to_body25():
    keypoints = np.full((1, 17, 2), NAN)
    scores = np.zeros((1, 17))
    for joint, position, score in [
        ("nose", (50, 10), 0.9),
        ("left_shoulder", (60, 20), 0.8),
        ("right_shoulder", (40, 24), 0.6),
        ("left_hip", (56, 60), 0.5),
        ("right_hip", (44, 64), 0.7),
    ]:
        keypoints[0, COCO17.index(joint)] = position
        scores[0, COCO17.index(joint)] = score
    source = Poses(COCO17, keypoints, scores, ids=[3], boxes=[[0, 0, 9, 9]], frame=2, time=0.5)
    poses = source.to(BODY25)
    expected = {
        "nose": ([50, 10], 0.9),
        "neck": ([50, 22], 0.6),
        "mid_hip": ([50, 62], 0.5),
        "left_shoulder": ([60, 20], 0.8),
        "left_knee": ([NAN, NAN], 0),
        "left_big_toe": ([NAN, NAN], 0),
    }
    for joint, (position, score) in expected.items():
        assert_array_equal(poses.joint(joint), [position], err_msg=joint)
        assert_array_equal(poses.scores[0, BODY25.index(joint)], np.float32(score), err_msg=joint)
    assert (poses.ids.tolist(), poses.boxes.tolist()) == ([3], [[0, 0, 9, 9]])
    assert (poses.frame, poses.time) == (2, 0.5)


@pytest.mark.parametrize("missing", ["left_shoulder", "right_shoulder"])
def test_no_neck_without_both_shoulders(missing):
    source = numbered(COCO17, 1)
    keypoints = source.keypoints.copy()
    keypoints[0, COCO17.index(missing)] = NAN
    poses = Poses(COCO17, keypoints, source.scores).to(BODY25)
    assert np.isnan(poses.joint("neck")).all()
    assert poses.scores[0, BODY25.index("neck")] == 0
    assert poses.found[0, BODY25.index("mid_hip")]


def test_an_unknown_score_stays_unknown():
    source = numbered(COCO17, 1)
    poses = Poses(COCO17, source.keypoints, np.full((1, 17), NAN)).to(BODY25)
    assert np.isnan(poses.scores[poses.found]).all()
    assert (poses.scores[~poses.found] == 0).all()


def test_chest_from_mpii():
    source = numbered(MPII16, 1)
    chest = source.to(MPI15).joint("chest")
    assert_array_equal(chest, (source.joint("thorax") + source.joint("mid_hip")) / 2)


@pytest.mark.parametrize("larger", [BODY25, OPENPOSE18], ids=lambda skeleton: skeleton.name)
def test_coco_survives_the_way_there_and_back(larger):
    source = numbered(COCO17)
    back = source.to(larger).to(COCO17)
    assert_array_equal(back.keypoints, source.keypoints)
    assert_array_equal(back.scores, source.scores)


@pytest.mark.parametrize("source", SKELETONS.values(), ids=SKELETONS)
def test_every_skeleton_converts_to_every_other(source):
    poses = numbered(source)
    for target in SKELETONS.values():
        converted = poses.to(target)
        assert converted.skeleton == target
        shared = [joint for joint in target.keypoints if joint in source]
        for joint in shared:
            assert_array_equal(converted.joint(joint), poses.joint(joint))
        absent = ~converted.found
        assert (converted.scores[absent] == 0).all()
        assert converted.found.all(axis=0).sum() >= len(shared)


def test_conversion_in_space():
    world = Poses(COCO17, np.arange(51).reshape(1, 17, 3), np.ones((1, 17)), space="world")
    neck = world.to(BODY25).joint("neck")
    assert_array_equal(neck, [[16.5, 17.5, 18.5]])  # joints 5 and 6: (15, 16, 17), (18, 19, 20)


def test_conversion_to_itself_is_itself():
    poses = numbered(COCO17)
    assert poses.to(COCO17) is poses


def test_certainty_goes_before_the_mean_of_the_scores() -> None:
    poses = Poses(COCO17, np.zeros((2, 17, 2)), np.full((2, 17), 0.5), certainty=[0.9, 0.1])
    assert poses.person_scores.tolist() == pytest.approx([0.9, 0.1])
    assert poses[1].person_scores.tolist() == pytest.approx([0.1])
    assert replace(poses, certainty=None).person_scores.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("certainty", "error"), [([0.5], ShapeError), ([0.5, 1.1], InputError)], ids=["one", "1.1"]
)
def test_a_certainty_that_cannot_be(certainty, error) -> None:
    with pytest.raises(error):
        Poses(COCO17, np.zeros((2, 17, 2)), np.zeros((2, 17)), certainty=certainty)


def test_actions_go_with_their_people() -> None:
    poses = Poses(COCO17, np.zeros((3, 17, 2)), np.ones((3, 17)), ids=[4, 5, 6])
    told = replace(poses, actions=(Action("run", 0.9), None, Action("sit", 0.6)))
    assert told[2].actions == (Action("sit", 0.6),)
    assert told[[True, False, True]].actions == (Action("run", 0.9), Action("sit", 0.6))
    assert told[[]].actions == () and poses[1:].actions is None
    assert told.to(BODY25).actions == told.mirrored(100).actions == told.actions
    with pytest.raises(ShapeError, match="3 people have 3 actions or None, not 1"):
        replace(poses, actions=(None,))
