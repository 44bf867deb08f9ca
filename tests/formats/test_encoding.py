import json
import math
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import Header, decode_header, decode_poses, encode_header, encode_poses
from kinema.poses import Action, Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, COCO17, H36M17, OPENPOSE137

EYES = Skeleton("eyes", ("left_eye", "right_eye"), mirror=(("left_eye", "right_eye"),))
FLY = Skeleton("fly", ("head", "left_wing", "right_wing"), edges=(("head", "left_wing"),))


def test_a_frame_as_its_documentation_says() -> None:
    poses = Poses(
        EYES,
        [[[1.23456, -0.0001], [np.nan, np.nan]], [[3, 4], [5, 6]]],
        [[0.123456, 0], [np.nan, 1]],
        ids=[7, 8],
        boxes=[[0.5, 1, 2, 3.0004], [np.nan] * 4],
        frame=12,
        time=1 / 3,
    )
    assert json.loads(encode_poses(poses)) == {
        "frame": 12,
        "time": 0.333333,
        "keypoints": [[[1.235, 0.0], None], [[3.0, 4.0], [5.0, 6.0]]],
        "scores": [[0.1235, 0.0], [None, 1.0]],
        "ids": [7, 8],
        "boxes": [[0.5, 1.0, 2.0, 3.0], None],
    }


def test_metres_have_five_decimals() -> None:
    poses = Poses(EYES, [[[0.1234567, 0, -1], [0, 0, 0]]], [[1, 1]], space="world")
    assert '"keypoints":[[[0.12346,0.0,-1.0],[0.0,0.0,0.0]]]' in encode_poses(poses)


def test_a_joint_with_one_coordinate_missing_is_missing() -> None:
    poses = Poses(EYES, [[[1, np.nan], [2, 3]]], [[0.5, 0.5]])
    assert '"keypoints":[[null,[2.0,3.0]]]' in encode_poses(poses)


def test_nothing_known_is_null() -> None:
    assert encode_poses(Poses.empty(EYES, time=math.nan)) == (
        '{"frame":0,"time":null,"keypoints":[],"scores":[],"ids":null,"boxes":null}'
    )


@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("boxes", [False, True])
@pytest.mark.parametrize(
    ("n", "skeleton", "space"),
    [
        pytest.param(0, COCO17, "image", id="nobody"),
        pytest.param(1, COCO17, "image", id="one person"),
        pytest.param(300, BODY25, "image", id="300 people"),
        pytest.param(2, OPENPOSE137, "image", id="face and hands"),
        pytest.param(2, H36M17, "body", id="3D from the pelvis"),
        pytest.param(2, FLY, "world", id="a skeleton of the user's own"),
    ],
)
def test_write_then_read_is_equal_and_read_then_write_is_the_same_line(
    make_poses, assert_equal, n, skeleton, space, ids, boxes
) -> None:
    poses = make_poses(n, skeleton, space=space, ids=ids, boxes=boxes, frame=41, time=1.366667)
    header = decode_header(encode_header(Header(skeleton, space=space)))
    line = encode_poses(poses)
    back = decode_poses(line, header)
    assert_equal(back, poses)
    assert encode_poses(back) == line


def test_lines_stay_the_same_to_the_edge_of_the_largest_picture() -> None:
    values = np.random.default_rng(1).uniform(-16384, 16384, (50, 2, 2))
    line = encode_poses(Poses(EYES, values, np.ones((50, 2))))
    assert encode_poses(decode_poses(line, Header(EYES))) == line


def test_unknown_scores_survive() -> None:
    poses = Poses(EYES, [[[1, 2], [3, 4]]], [[np.nan, 0.5]])
    back = decode_poses(encode_poses(poses), Header(EYES))
    assert np.isnan(back.scores[0, 0])
    assert back.scores[0, 1] == 0.5


def test_an_infinite_coordinate_is_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        encode_poses(Poses(EYES, [[[np.inf, 0], [0, 0]]], [[1, 1]]))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(Header(), id="nothing known"),
        pytest.param(
            Header(COCO17, "walk.mp4", (1280, 720), 30000 / 1001, "openpose"), id="all known"
        ),
        pytest.param(Header(FLY, "Fliege ü.mp4", space="world"), id="a skeleton of its own"),
    ],
)
def test_headers_survive(header) -> None:
    line = encode_header(header)
    assert decode_header(line) == header
    assert encode_header(decode_header(line)) == line


def _header(**changes: object) -> str:
    return json.dumps(json.loads(encode_header(Header(COCO17))) | changes)


def test_a_known_skeleton_comes_with_its_sigmas() -> None:
    skeleton = decode_header(_header()).skeleton
    assert skeleton is COCO17


def test_the_names_count_where_they_differ_from_the_named_skeleton() -> None:
    names = ["left_paw", "right_paw", "tail"]
    line = _header(keypoint_names=names, edges=None, mirror=None)
    skeleton = decode_header(line).skeleton
    assert skeleton == Skeleton("coco17", tuple(names), mirror=(("left_paw", "right_paw"),))


def test_a_header_may_name_a_known_skeleton_only() -> None:
    assert decode_header(_header(keypoint_names=None)).skeleton is COCO17


def test_unknown_keys_are_ignored() -> None:
    assert decode_header(_header(weather="rain")) == Header(COCO17)
    line = '{"frame":3,"keypoints":[],"scores":[],"mood":"good"}'
    assert decode_poses(line, Header(EYES)).frame == 3


@pytest.mark.parametrize(
    ("line", "match"),
    [
        pytest.param("", "not JSON", id="empty"),
        pytest.param("[1, 2]", "not a JSON object", id="a list"),
        pytest.param("{}", "not a Kinema recording", id="no format"),
        pytest.param(_header(format="else"), "not a Kinema recording", id="another format"),
        pytest.param(_header(version=2), "newer Kinema .*version 2.*pip install -U", id="newer"),
        pytest.param(_header(version="1"), "its version is '1'", id="version as text"),
        pytest.param(_header(space="moon"), "unknown space 'moon'; known are image", id="space"),
        pytest.param(_header(size=[1]), "size must be", id="one side"),
        pytest.param(_header(size=[None, 2]), "damaged header", id="no width"),
        pytest.param(_header(keypoint_names=["a", "a"]), "names a keypoint twice", id="twice"),
        pytest.param(_header(keypoint_names=5), "must be a list of texts", id="names are no list"),
        pytest.param(_header(edges=[["a"]], keypoint_names=["a"]), "damaged", id="half an edge"),
        pytest.param(
            _header(keypoint_names=["a", 5], mirror=None), "names must be a list of texts", id="5"
        ),
        pytest.param(_header(space=["image"]), r"unknown space \['image'\]", id="list of spaces"),
        pytest.param(_header(source=5), "source must be a text, got 5", id="source"),
        pytest.param(_header(model=[1]), r"model must be a text, got \[1\]", id="model"),
        pytest.param(_header(rate="fast"), "rate must be a number, got 'fast'", id="rate"),
        pytest.param(_header(rate=10**400), "damaged header", id="endless rate"),
        pytest.param(
            _header(skeleton="yeti", keypoint_names=None), "unknown skeleton 'yeti'", id="yeti"
        ),
    ],
)
def test_bad_headers(line, match) -> None:
    with pytest.raises(FormatError, match=match):
        decode_header(line)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        pytest.param({"keypoints": [[[1, 2]]]}, "shape", id="too few joints"),
        pytest.param({"keypoints": [[[1, 2], [3]]]}, "damaged frame", id="half a joint"),
        pytest.param({"keypoints": [[[1, 2, 3], [4, 5, 6]]]}, "shape", id="3D in a picture"),
        pytest.param({"keypoints": [None]}, "damaged frame", id="no person"),
        pytest.param({"keypoints": "many"}, "damaged frame", id="text"),
        pytest.param({"keypoints": [[[1, 2], [3, 1e39]]]}, "too large", id="beyond float32"),
        pytest.param({"scores": [[1, 2]]}, r"\[0, 1\]", id="score of 2"),
        pytest.param({"scores": []}, "shape", id="no scores"),
        pytest.param({"ids": [1, 2]}, "shape", id="two ids"),
        pytest.param({"ids": [1.5]}, "whole number, got 1.5", id="half an id"),
        pytest.param({"ids": [2**70]}, "damaged frame", id="a huge id"),
        pytest.param({"boxes": [[1, 2, 3]]}, "damaged frame", id="three corners"),
        pytest.param({"frame": None}, "whole number", id="no frame number"),
        pytest.param({"time": "noon"}, "damaged frame", id="time as text"),
    ],
)
def test_bad_frames(changes, match) -> None:
    good = {"frame": 0, "time": 0, "keypoints": [[[1, 2], [3, 4]]], "scores": [[1, 1]]}
    decode_poses(json.dumps(good), Header(EYES))
    with pytest.raises(FormatError, match=match):
        decode_poses(json.dumps(good | changes), Header(EYES))


@pytest.mark.parametrize(
    ("line", "match"),
    [
        pytest.param('{"frame":0,"keypoints":[]}', "without 'scores'", id="a key is missing"),
        pytest.param('{"frame":0,"keypoints":[],"scores":[NaN]}', "NaN is not", id="NaN"),
        pytest.param('{"frame":0,"keypoints":[[[Infinity', "Infinity is not", id="Infinity"),
        pytest.param("[" * 100_000, "not JSON", id="100,000 brackets"),
    ],
)
def test_lines_that_are_not_strict_json(line, match) -> None:
    with pytest.raises(FormatError, match=match):
        decode_poses(line, Header(EYES))


def test_a_frame_needs_a_skeleton() -> None:
    with pytest.raises(FormatError, match="names no skeleton"):
        decode_poses('{"frame":0,"keypoints":[],"scores":[]}', Header())


@pytest.mark.parametrize("n", [0, 2])
def test_certainty_is_there_only_if_it_is_known(make_poses, n) -> None:
    poses = make_poses(n)
    certain = replace(poses, certainty=np.linspace(0.25, 0.5, n))
    header = Header(poses.skeleton)
    assert "certainty" not in encode_poses(poses)
    line = encode_poses(certain)
    assert line.endswith('"certainty":[0.25,0.5]}' if n else '"certainty":[]}')
    assert decode_poses(line, header).certainty.tolist() == certain.certainty.tolist()
    assert decode_poses(encode_poses(poses), header).certainty is None


def test_actions_are_there_only_if_somebody_looked(make_poses) -> None:
    poses, header = make_poses(2), Header(skeleton=make_poses(2).skeleton)
    assert "actions" not in encode_poses(poses)
    told = replace(poses, actions=(Action("walking", 0.93456), None))
    line = encode_poses(told)
    assert line.endswith('"actions":[{"label":"walking","probability":0.9346},null]}')
    assert decode_poses(line, header).actions == (Action("walking", 0.9346), None)
    assert decode_poses(encode_poses(poses), header).actions is None
    for wrong in ('[{"label":1,"probability":1}]', '[{"label":"a"}]', "[1,2]", "[null]"):
        with pytest.raises(FormatError):
            decode_poses(line.partition('"actions"')[0] + f'"actions":{wrong}}}', header)
