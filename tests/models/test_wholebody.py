"""Bodies with hands and faces.

In `golden/mediapipe_hand_sample_clip.json` are the joints that the package mediapipe 0.10.21 gave
of the woman's left hand in frame 60 of the sample clip, in a picture cut out around it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.formats import read_poses
from kinema.formats.openpose_frame import decode_frame, encode_frame
from kinema.media.frame import Frame
from kinema.media.sources import read_video
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.crop_network import CropNetwork
from kinema.models.loading import load_model
from kinema.models.model import RememberingModel, run
from kinema.models.runtime import Network, PictureInput
from kinema.models.store import fetch
from kinema.models.wholebody import FACE, HANDS, WholeBody
from kinema.outputs import Plan, process
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import (
    BLAZEPOSE33,
    BODY25,
    COCO17,
    FACE468,
    H36M17,
    HAND21,
    MPII16,
    OPENPOSE137,
    WHOLEBODY133,
)

GOLDEN = Path(__file__).parent / "golden" / "mediapipe_hand_sample_clip.json"
FRAME = Frame(np.zeros((400, 600, 3), np.uint8), index=7, time=0.25)
BODY = slice(0, len(BODY25))
STANDING = {
    "nose": (300, 90), "left_eye": (310, 80), "right_eye": (290, 80),
    "left_shoulder": (350, 150), "right_shoulder": (250, 150),
    "left_elbow": (450, 150), "right_elbow": (150, 150),
    "left_wrist": (550, 150), "right_wrist": (50, 150),
}  # fmt: skip


def person(skeleton: Skeleton = COCO17, *, shift=(0, 0), low=(), **places) -> Poses:
    """A person with the arms to both sides, facing the camera."""
    keypoints = np.full((1, len(skeleton), 2), np.nan, np.float32)
    scores = np.zeros((1, len(skeleton)), np.float32)
    for joint, place in (STANDING | places).items():
        keypoints[0, skeleton.index(joint)] = np.add(place, shift)
        scores[0, skeleton.index(joint)] = 0.1 if joint in low else 0.8
    return Poses(skeleton, keypoints, scores, frame=FRAME.index, time=FRAME.time)


@dataclass
class Known:
    """A model that knows who is in the picture."""

    people: Poses
    name: str = "known"
    parallel: int = 2

    @property
    def skeleton(self) -> Skeleton:
        return self.people.skeleton

    def start(self, frame: Frame) -> KnownJob:
        return KnownJob(frame, self.people)


@dataclass
class KnownJob:
    frame: Frame
    people: Poses

    def poses(self) -> Poses:
        return self.people


class Forgetful(Known):
    """The same, as a model that remembers."""

    def renewed(self) -> Known:
        return replace(self, name="renewed")


@pytest.fixture
def crop_network(network):
    """Makes networks that see one thing in any crop of 64 pixels: points around (x, y), 8 wide."""

    def make(skeleton: Skeleton, x=31.5, y=31.5, score=0.9) -> CropNetwork:
        path = network(np.zeros((1, 1)), picture=(1, 64, 64, 3))
        corners = np.array([(-4, -4), (4, -4), (4, 4), (-4, 4)], np.float32)
        count = len(skeleton)
        points = (x, y) + corners[np.arange(count) % 4]
        points[skeleton.index("wrist") if "wrist" in skeleton else 0] = x, y
        points = points if score else np.full_like(points, np.nan)
        return CropNetwork(
            Network(path, picture=PictureInput()),
            lambda outputs: (points, np.full(count, score, np.float32)),
            name=f"my-{skeleton.name}",
            skeleton=skeleton,
            crop_size=(64, 64),
        )

    return make


def find(model: WholeBody) -> Poses:
    return model.start(FRAME).poses()


def wrist(poses: Poses, side: str, row: int = 0) -> np.ndarray:
    return poses.joint(f"{side}_hand_wrist")[row]


def test_hands_are_beyond_the_wrists(crop_network):
    poses = find(WholeBody(Known(person()), hand=crop_network(HAND21)))
    assert poses.skeleton == OPENPOSE137
    assert (poses.frame, poses.time) == (7, 0.25)
    # The forearm is 100 long, so the middle of the crop is 33 beyond the wrist.
    np.testing.assert_allclose(wrist(poses, "left")[0], 583, atol=8)
    np.testing.assert_allclose(wrist(poses, "right")[0], 17, atol=8)
    for side in HANDS.values():
        np.testing.assert_allclose(poses.scores[0, side], 0.9, rtol=1e-6)
    assert not poses.scores[0, FACE].any() and np.isnan(poses.keypoints[0, FACE]).all()


def test_the_face_is_where_the_eyes_are(crop_network):
    poses = find(WholeBody(Known(person()), face=crop_network(FACE468)))
    middle = poses.keypoints[0, FACE].mean(axis=0)
    np.testing.assert_allclose(middle, (300, 85), atol=5)
    np.testing.assert_allclose(poses.scores[0, FACE], 0.9, rtol=1e-6)
    assert all(np.isnan(poses.keypoints[0, side]).all() for side in HANDS.values())


def test_the_body_stays_as_it_was(crop_network):
    body = person()
    poses = find(WholeBody(Known(body), hand=crop_network(HAND21), face=crop_network(FACE468)))
    np.testing.assert_array_equal(poses.keypoints[:, BODY], body.to(BODY25).keypoints)
    np.testing.assert_array_equal(poses.scores[:, BODY], body.to(BODY25).scores)
    np.testing.assert_array_equal(poses.person_scores, body.person_scores)


@pytest.mark.parametrize(
    ("body", "left", "right"),
    [
        pytest.param(person(left_wrist=(math.nan, 0)), False, True, id="no wrist"),
        pytest.param(person(right_elbow=(math.nan, 0)), True, False, id="no elbow"),
        pytest.param(person(low=("left_wrist",)), False, True, id="wrist at a low score"),
        pytest.param(person(left_shoulder=(math.nan, 0)), True, True, id="no shoulder"),
        pytest.param(person(shift=(5000, 0)), True, True, id="outside of the picture"),
    ],
)
def test_a_hand_needs_its_forearm(crop_network, body, left, right):
    poses = find(WholeBody(Known(body), hand=crop_network(HAND21)))
    for side, found in (("left", left), ("right", right)):
        assert np.isfinite(poses.keypoints[0, HANDS[side]]).all() == found
        assert (poses.scores[0, HANDS[side]] > 0).all() == found


def test_what_a_network_does_not_see_is_absent(crop_network):
    hand, face = crop_network(HAND21, score=0), crop_network(FACE468, score=0)
    poses = find(WholeBody(Known(person()), hand=hand, face=face))
    assert np.isnan(poses.keypoints[0, FACE.start :]).all()
    assert not poses.scores[0, FACE.start :].any()


def test_a_hand_far_from_the_wrist_is_another_ones(crop_network):
    """The first crop is 110 pixels wide; 44 from the wrist is the limit."""
    # In a crop turned to the left, its lower edge is to the right: towards the elbow.
    near = find(WholeBody(Known(person()), hand=crop_network(HAND21, y=40)))
    far = find(WholeBody(Known(person()), hand=crop_network(HAND21, y=0)))
    assert np.isfinite(wrist(near, "left")).all()
    assert np.isnan(wrist(far, "left")).all()


def test_one_hand_is_not_found_twice(crop_network):
    """A hand at a height of 167 or 168, to which the right wrist is nearer."""
    body = person(
        left_elbow=(300, 300), left_wrist=(300, 200), right_elbow=(300, 221), right_wrist=(300, 181)
    )
    poses = find(WholeBody(Known(body), hand=crop_network(HAND21)))
    assert np.isnan(wrist(poses, "left")).all()
    assert np.isfinite(wrist(poses, "right")).all()


def test_everybody_has_hands_and_nobody_has_none(crop_network):
    hand, face = crop_network(HAND21), crop_network(FACE468)
    one, other = person(), person(shift=(20, 100))
    both = replace(
        one,
        keypoints=np.concatenate([one.keypoints, other.keypoints]),
        scores=np.concatenate([one.scores, other.scores]),
        ids=[3, 5],
        boxes=[(0, 0, 9, 9), (1, 1, 9, 9)],
    )
    poses = find(WholeBody(Known(both), hand=hand, face=face))
    np.testing.assert_array_equal(poses.ids, [3, 5])
    np.testing.assert_array_equal(poses.boxes, both.boxes)
    for side in HANDS:
        np.testing.assert_allclose(
            wrist(poses, side, 1) - wrist(poses, side, 0), (20, 100), atol=1e-3
        )
    nobody = find(WholeBody(Known(both[:0]), hand=hand, face=face))
    assert len(nobody) == 0 and nobody.skeleton == OPENPOSE137


def test_feet_of_blazepose():
    feet = {"left_heel": (1, 2), "left_foot_index": (3, 4), "right_foot_index": (5, 6)}
    poses = find(WholeBody(Known(person(BLAZEPOSE33, **feet))))
    np.testing.assert_array_equal(poses.joint("left_heel")[0], (1, 2))
    np.testing.assert_array_equal(poses.joint("left_big_toe")[0], (3, 4))
    np.testing.assert_array_equal(poses.joint("right_big_toe")[0], (5, 6))
    assert np.isnan(poses.joint("left_small_toe")).all()
    assert poses.scores[0, BODY25.index("left_big_toe")] == np.float32(0.8)


def test_a_body_that_has_hands_keeps_them():
    poses = find(WholeBody(Known(person(WHOLEBODY133, left_hand_thumb_tip=(9, 8)))))
    np.testing.assert_array_equal(poses.joint("left_hand_thumb_tip")[0], (9, 8))


@pytest.mark.parametrize(
    ("skeleton", "parts", "message"),
    [
        pytest.param(MPII16, {"face": FACE468}, "no nose, which says where faces are", id="face"),
        pytest.param(HAND21, {"hand": HAND21}, "known has no left_wrist", id="hands of a hand"),
        pytest.param(MPII16, {"hand": HAND21}, None, id="hands of mpii"),
        pytest.param(H36M17, {"hand": HAND21}, None, id="hands of h36m"),
    ],
)
def test_a_body_must_have_the_joints(crop_network, skeleton, parts, message):
    networks = {part: crop_network(points) for part, points in parts.items()}
    body = Known(Poses.empty(skeleton))
    if message is None:
        assert len(find(WholeBody(body, **networks))) == 0
    else:
        with pytest.raises(InputError, match=message):
            WholeBody(body, **networks)


def test_a_model_that_remembers_begins_anew(crop_network):
    hand = crop_network(HAND21)
    model = WholeBody(Forgetful(person()), hand=hand)
    assert isinstance(model, RememberingModel)
    assert (model.name, model.renewed().name) == ("known+my-hand21", "renewed+my-hand21")
    plain = WholeBody(Known(person()), hand=hand)
    assert plain.renewed() is plain


def test_frames_in_order_and_repeatable(crop_network):
    model = WholeBody(Known(person()), hand=crop_network(HAND21))
    found = list(run(model, [FRAME] * 9))
    assert len(found) == 9
    for poses in found[1:]:
        np.testing.assert_array_equal(poses.keypoints, found[0].keypoints)


def test_openpose_files_are_complete(crop_network):
    hand, face = crop_network(HAND21), crop_network(FACE468)
    poses = find(WholeBody(Known(person(BLAZEPOSE33)), hand=hand, face=face))
    document = json.loads(encode_frame(poses))
    counts = {key: len(values) // 3 for key, values in document["people"][0].items() if "2d" in key}
    assert counts == {
        "pose_keypoints_2d": 25,
        "face_keypoints_2d": 70,
        "hand_left_keypoints_2d": 21,
        "hand_right_keypoints_2d": 21,
    }
    back = decode_frame(document, frame=7, skeleton=OPENPOSE137)
    np.testing.assert_array_equal(back.found, poses.found)
    np.testing.assert_allclose(back.keypoints, poses.keypoints, atol=0.01)


@pytest.fixture(scope="module")
def frame_60() -> Frame:
    """A man and a woman, 1768 x 994 pixels."""
    with read_video(fetch(SAMPLE_CLIP)) as video:
        return next(islice(video, 60, None))


@pytest.fixture(scope="module")
def real() -> WholeBody:
    model = load_model(hands=True, face=True, precision="f32")
    assert isinstance(model, WholeBody)
    return model


def test_hands_agree_with_mediapipe(real, frame_60):
    poses = real.start(frame_60).poses()
    woman = poses[int(np.argmax(poses.joint("nose")[:, 0]))]
    golden = np.array(json.loads(GOLDEN.read_text())["joints"])
    errors = np.hypot(*(woman.keypoints[0, HANDS["left"]] - golden).T)
    # The hand is 30 pixels large and its little finger hidden; the first square was another one.
    assert np.median(errors) < 1
    assert np.count_nonzero(errors < 2) >= 16


def test_hands_and_face_are_where_they_belong(real, frame_60):
    poses = real.start(frame_60).poses()
    man = poses[int(np.argmin(poses.joint("nose")[:, 0]))]
    for side in HANDS:
        reach = np.hypot(*(man.joint(f"{side}_wrist") - man.joint(f"{side}_elbow"))[0])
        gap = np.hypot(*(man.joint(f"{side}_hand_wrist") - man.joint(f"{side}_wrist"))[0])
        assert gap < 0.4 * reach
    for side in ("left", "right"):
        near = man.joint(f"{side}_eye")[0] - man.joint(f"face_{side}_pupil")[0]
        assert np.hypot(*near) < 6
    assert man.joint("face_right_pupil")[0, 0] < man.joint("face_left_pupil")[0, 0]
    heights = [man.joint(f"face_{part}")[0, 1] for part in ("left_brow_2", "left_pupil",
               "nose_bridge_3", "outer_lip_03", "jaw_08")]  # fmt: skip
    assert heights == sorted(heights)


def test_a_run_with_hands_leaves_whole_bodies(real, short_clip, tmp_path):
    process(str(short_clip), real, tmp_path, Plan(("openpose",)))
    with read_poses(tmp_path / "sample.openpose") as recording:
        found = list(recording)
    assert all(poses.skeleton == OPENPOSE137 and len(poses) >= 1 for poses in found)
