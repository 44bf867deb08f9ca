"""BlazePose on networks of known outputs, and on real ones beside MediaPipe's own results.

In `golden/mediapipe_sample_clip.json` are joints that the package mediapipe 0.10.21 gave
(`static_image_mode`, `model_complexity=1`) for frames of the sample clip at 960 x 540 pixels.
"""

import json
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.blazepose.detector import PoseDetector, anchors
from kinema.models.blazepose.landmarks import LandmarkNetwork
from kinema.models.blazepose.model import (
    FRAMES_BETWEEN_SEARCHES,
    BlazePose,
    load_model,
    load_person,
)
from kinema.models.card import ModelCard
from kinema.models.loading import fetched, find_card
from kinema.models.model import RememberingModel, run
from kinema.models.options import Options
from kinema.skeletons import BLAZEPOSE33

GOLDEN = Path(__file__).parents[1] / "golden" / "mediapipe_sample_clip.json"
POINTS = 39
SIDE = 224  # of the pictures here: as large as the detector's input
BLACK, LEFT, RIGHT, BOTH = ((), ("left",), ("right",), ("left", "right"))
HIPS = {"left": (56, 112), "right": (168, 112)}


def frame(lit, index=0, size=SIDE):
    """A picture in which the left half, the right half, none or both are red."""
    image = np.zeros((size, size, 3), np.uint8)
    for half in lit:
        columns = slice(0, size // 2) if half == "left" else slice(size // 2, None)
        image[:, columns, 0] = 255
    return Frame(image, index, index / 30)


def frames(*parts):
    """Frames of a video: (what is lit, how many)."""
    lit = [what for what, count in parts for _ in range(count)]
    return [frame(what, index) for index, what in enumerate(lit)]


def save_detector(path, rims):
    """Sees a person in each half that is red, with hips in its middle and the rim 40 pixels off."""
    entry = ops.parameter([1, SIDE, SIDE, 3], ov.Type.f32, name="picture")
    boxes = np.zeros((1, 2254, 12), np.float32)
    light = np.zeros((SIDE * SIDE * 3, 2), np.float32)
    halves = np.zeros((2, SIDE, SIDE, 3), np.float32)
    halves[0, :, : SIDE // 2, 0] = halves[1, :, SIDE // 2 :, 0] = 20 * 2 / SIDE**2
    for number, hips in enumerate(np.array(list(HIPS.values()))):
        anchor = 100 * number
        cell = anchors()[anchor] * SIDE
        boxes[0, anchor] = [
            *(hips - cell),
            20,
            20,
            *(hips - cell),
            *(hips + rims - cell),
            0,
            0,
            0,
            0,
        ]
        light[:, number] = halves[number].ravel()
    flat = ops.reshape(entry, np.array([1, -1]), special_zero=False)
    used = [0, 100]
    bright = ops.matmul(flat, light, False, False)  # -20 where black, 20 where red
    place = np.zeros((2, 2254), np.float32)
    place[[0, 1], used] = 1
    rest = np.full((1, 2254), -20, np.float32)
    rest[0, used] = 0
    logits = ops.add(ops.matmul(bright, place, False, False), rest)
    scores = ops.reshape(logits, np.array([1, 2254, 1]), special_zero=False)
    constant = ops.add(boxes, ops.multiply(ops.reduce_sum(entry, np.arange(4)), np.float32(0)))
    ov.save_model(ov.Model([constant, scores], [entry]), path, compress_to_fp16=False)
    return path


def save_landmarks(path):
    """Sees a person in a red crop: joints in its middle row, hips and rim so that it stays."""
    entry = ops.parameter([1, 256, 256, 3], ov.Type.f32, name="picture")
    values = np.zeros((POINTS, 5), np.float32)
    values[:, 0] = np.arange(POINTS) * 4 + 64
    values[:, 1] = 128
    values[33, :2] = 128, 128
    values[34, :2] = 128, 128 - 256 / 2.5
    values[:, 3] = np.log(4)
    space = np.zeros((POINTS, 3), np.float32)
    space[0] = 0.0, -0.7, 0.2  # the nose is above the hips in the crop
    corner = ops.slice(entry, [0, 96, 96, 0], [1, 160, 160, 1], [1, 1, 1, 1])
    flag = ops.reduce_mean(corner, np.array([1, 2, 3]), keep_dims=False)
    nothing = ops.multiply(flag, np.float32(0))
    outputs = [
        ops.add(values.reshape(1, -1), nothing),
        ops.reshape(flag, np.array([1, 1]), special_zero=False),
        ops.add(np.full((1, 64, 64, POINTS), -60, np.float32), nothing),
        ops.add(space.reshape(1, -1), nothing),
    ]
    ov.save_model(ov.Model(outputs, [entry]), path, compress_to_fp16=False)
    return path


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blazepose")
    upright = PoseDetector(save_detector(folder / "upright.xml", (0, -40)))
    lying = PoseDetector(save_detector(folder / "lying.xml", (40, 0)))
    return upright, lying, LandmarkNetwork(save_landmarks(folder / "landmarks.xml"))


@pytest.fixture
def model(networks):
    upright, _, landmarks = networks
    return BlazePose(upright, landmarks, name="tiny")


def halves(poses):
    """In which half of the picture each person is."""
    return ["left" if box[0] < SIDE / 2 else "right" for box in poses.boxes]


def test_a_person_of_known_places(model):
    poses = model.start(frame(LEFT, 7)).poses()
    # A square of 2 * 40 * 1.25 = 100 pixels around (56, 112).
    expected_x = 56 + (64 + 4 * np.arange(33) - 128) / 256 * 100
    np.testing.assert_allclose(poses.keypoints[0, :, 0], expected_x, atol=1e-3)
    np.testing.assert_allclose(poses.keypoints[0, :, 1], 112, atol=1e-3)
    np.testing.assert_allclose(poses.scores, 0.8, rtol=1e-5)
    np.testing.assert_allclose(poses.boxes, [[31, 112, 81, 112]], atol=1e-3)
    np.testing.assert_allclose(poses.certainty, [1], atol=0.01)
    assert (poses.skeleton, poses.frame, poses.time) == (BLAZEPOSE33, 7, 7 / 30)


def test_space_is_turned_as_the_person_is(networks):
    upright, lying, landmarks = networks
    for detector, nose in ((upright, (0, -0.7, 0.2)), (lying, (0.7, 0, 0.2))):
        job = BlazePose(detector, landmarks, name="tiny").start(frame(LEFT, 3))
        poses = job.poses_3d()
        assert (poses.space, poses.frame, len(poses)) == ("body", 3, 1)
        np.testing.assert_allclose(poses.joint("nose"), [nose], atol=1e-6)
        np.testing.assert_allclose(poses.scores, job.poses().scores)


def test_nobody(model):
    job = model.start(frame(BLACK))
    assert len(job.poses()) == len(job.poses_3d()) == 0
    assert job.poses().boxes.shape == (0, 4)
    assert job.poses_3d().keypoints.shape == (0, 33, 3)


@pytest.mark.parametrize("size", [1, 2, 37])
def test_smallest_pictures(model, size):
    poses = model.start(frame(BOTH, size=size)).poses()
    assert np.isfinite(poses.keypoints).all()


def test_single_pictures_are_taken_each_for_itself(model):
    found = [halves(model.start(one).poses()) for one in frames((LEFT, 1), (BLACK, 1), (BOTH, 1))]
    assert found == [["left"], [], ["left", "right"]]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([(BLACK, 3)], [[]] * 3, id="nobody"),
        pytest.param([(BLACK, 2), (LEFT, 2)], [[]] * 2 + [["left"]] * 2, id="someone comes"),
        pytest.param(
            [(LEFT, 3), (BLACK, 2), (RIGHT, 2)],
            [["left"]] * 3 + [[]] * 2 + [["right"]] * 2,
            id="leaves, and another comes",
        ),
        pytest.param([(LEFT, 3), (RIGHT, 3)], [["left"]] * 3 + [["right"]] * 3, id="cut"),
        pytest.param(
            [(BOTH, 2), (RIGHT, 2)], [["left", "right"]] * 2 + [["right"]] * 2, id="one goes"
        ),
        pytest.param(
            [(LEFT, 1), (BOTH, FRAMES_BETWEEN_SEARCHES + 1)],
            [["left"]] * FRAMES_BETWEEN_SEARCHES + [["left", "right"]] * 2,
            id="a second one is found at the next search",
        ),
        pytest.param(
            [(RIGHT, 1), (BOTH, FRAMES_BETWEEN_SEARCHES)],
            [["right"]] * FRAMES_BETWEEN_SEARCHES + [["right", "left"]],
            id="those who are known stay first",
        ),
    ],
)
def test_people_are_followed_on_video(model, parts, expected):
    assert isinstance(model, RememberingModel)
    assert [halves(poses) for poses in run(model, frames(*parts))] == expected


def test_no_more_than_the_most_people(networks):
    upright, _, landmarks = networks
    one = BlazePose(upright, landmarks, name="tiny", most_people=1)
    count = [len(poses) for poses in run(one, frames((BOTH, 2 * FRAMES_BETWEEN_SEARCHES)))]
    assert count == [1] * 2 * FRAMES_BETWEEN_SEARCHES
    assert len(one.start(frame(BOTH)).poses()) == 1


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(Frame(frame(BOTH).image, 1, 0.0), id="time stands still"),
        pytest.param(Frame(frame(BOTH, size=220).image, 1, 0.1), id="another size"),
    ],
)
def test_pictures_of_another_kind_are_searched_anew(model, second):
    found = [halves(poses) for poses in run(model, [frame(LEFT), second])]
    assert found == [["left"], ["left", "right"]]


def test_a_recording_knows_nothing_of_the_one_before(model):
    assert [halves(p) for p in run(model, frames((RIGHT, 2)))] == [["right"]] * 2
    assert [halves(p) for p in run(model, frames((BOTH, 1)))] == [["left", "right"]]


CARD = ModelCard("mine", "blazepose", BLAZEPOSE33, (), "MIT", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(Options(size=256), "mine has no use for --size", id="size"),
        pytest.param(Options(scales=(1.0, 2.0)), "no use for --scales", id="scales"),
        pytest.param(Options(mirror=True), "no use for --mirror", id="mirror"),
    ],
)
def test_options_without_use_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        load_model(CARD, (Path("a"), Path("b")), options)


def test_one_file_is_not_enough():
    with pytest.raises(ModelError, match="mine has one file; a model of this family takes"):
        load_model(CARD, (Path("a.tflite"),), Options())


def test_a_closer_look_at_people_of_another_model(tmp_path):
    files = (save_landmarks(tmp_path / "landmarks.xml"), tmp_path / "no detector.xml")
    person = load_person(CARD, files, Options())
    assert (person.crop_size, person.channels, person.skeleton) == ((256, 256), "rgb", BLAZEPOSE33)
    points, scores = person.start(np.full((256, 256, 3), 255, np.uint8)).result()
    np.testing.assert_allclose(points[:, 0], 64 + 4 * np.arange(33), atol=1e-3)
    np.testing.assert_allclose(scores, 0.8, rtol=1e-5)


@pytest.fixture(scope="module")
def full():
    card = find_card("blazepose-full")
    return load_model(card, fetched(card), Options(single_person=True))


# The man of frame 200 bends down: there a change of a grey level by 5 moves joints by 3 pixels, and
# versions of FFmpeg differ by that much.
@pytest.mark.parametrize(("number", "median"), [(100, 1.5), (200, 4.0)])
def test_joints_are_those_of_mediapipe(full, clip_frames, number, median):
    golden = json.loads(GOLDEN.read_text())[str(number)]
    joints = np.array(golden["joints"])
    job = full.start(Frame(clip_frames[number].scaled(960, 540)))
    poses, space = job.poses(), job.poses_3d()
    distances = np.linalg.norm(poses.keypoints[0] - joints[:, :2], axis=1)
    assert np.median(distances) < median
    assert distances.max() < 20
    np.testing.assert_allclose(poses.scores[0], joints[:, 2], atol=0.1)
    np.testing.assert_allclose(space.keypoints[0], golden["space"], atol=0.1)


def test_large_pictures_give_what_small_ones_do(full, clip_frames):
    large = full.start(clip_frames[100]).poses().keypoints[0] / 1768
    small = full.start(Frame(clip_frames[100].scaled(960, 540))).poses().keypoints[0] / 960
    assert np.median(np.linalg.norm(large - small, axis=1)) < 0.004
