"""MediaPipe's networks of hands and faces: where to look, and what their outputs mean."""

import math

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.face_and_hands import HAND21
from kinema.models import mediapipe_face, mediapipe_hand
from kinema.models.card import ModelCard
from kinema.models.mediapipe_crop import present_points, square_around
from kinema.models.mediapipe_face import face_region
from kinema.models.mediapipe_hand import hand_region
from kinema.models.options import Options
from kinema.skeletons import FACE468

NOWHERE = (math.nan, math.nan)


def xy(*point):
    return np.array(point, np.float32)


@pytest.mark.parametrize(
    ("wrist", "elbow", "shoulder", "centre", "side", "angle"),
    [
        pytest.param((100, 100), (100, 200), (100, 250), (100, 67), 110, 0, id="up"),
        pytest.param((100, 100), (100, 0), (100, -50), (100, 133), 110, math.pi, id="down"),
        pytest.param((100, 0), (0, 0), (0, 50), (133, 0), 110, math.pi / 2, id="right"),
        pytest.param((-100, 0), (0, 0), (0, 50), (-133, 0), 110, -math.pi / 2, id="left"),
        pytest.param((0, 0), (0, 10), (0, 210), (0, -3.3), 1.1 * 180, 0, id="to the camera"),
        pytest.param((0, 0), (0, 100), NOWHERE, (0, -33), 110, 0, id="no shoulder"),
        pytest.param((0, 0), (0, 0.1), NOWHERE, (0, -0.033), 1, 0, id="tiny"),
    ],
)
def test_the_forearm_says_where_a_hand_is(wrist, elbow, shoulder, centre, side, angle):
    region = hand_region(xy(*wrist), xy(*elbow), xy(*shoulder))
    assert region is not None
    assert region.centre == pytest.approx(centre, abs=1e-4)
    assert region.size == pytest.approx((side, side), rel=1e-5)
    assert abs(math.remainder(region.angle - angle, 2 * math.pi)) < 1e-6


@pytest.mark.parametrize(
    ("wrist", "elbow"),
    [
        pytest.param(NOWHERE, (0, 0), id="no wrist"),
        pytest.param((0, 0), NOWHERE, id="no elbow"),
        pytest.param((5, 5), (5, 5), id="one place"),
    ],
)
def test_without_a_forearm_there_is_no_hand(wrist, elbow):
    assert hand_region(xy(*wrist), xy(*elbow), xy(0, 9)) is None


@pytest.mark.parametrize(
    ("angle", "scale", "lift", "centre", "side"),
    [
        pytest.param(0, 1, 0, (2, 4), 8, id="as it is"),
        pytest.param(0, 2, 0.1, (2, 3.2), 16, id="lifted"),
        pytest.param(math.pi / 2, 1, 0, (2, 4), 8, id="turned"),
        pytest.param(math.pi / 2, 2, 0.25, (3, 4), 16, id="turned: up is to the right"),
    ],
)
def test_a_square_around_points(angle, scale, lift, centre, side):
    region = square_around([(0, 0), (4, 8)], angle, scale=scale, lift=lift)
    assert region.centre == pytest.approx(centre)
    assert region.size == pytest.approx((side, side))


def hand(**places):
    points = np.zeros((21, 2), np.float32)
    for joint, place in places.items():
        points[HAND21.index(joint)] = place
    return points


def test_the_second_square_of_a_hand_leaves_the_tips_out():
    fingers = dict.fromkeys(("index_pip", "middle_pip", "ring_pip"), (0, -100))
    region = mediapipe_hand.closer_region(hand(**fingers, pinky_tip=(500, 500)))
    # The palm reaches from the wrist at 0 to -100, so its middle is -50, lifted by a tenth of 100.
    assert region.centre == pytest.approx((0, -60))
    assert region.size == pytest.approx((200, 200))
    assert region.angle == pytest.approx(0)


def head(*, nose=(100, 120), right=(80, 100), left=(120, 100), ears=(NOWHERE, NOWHERE), neck=None):
    """Eyes 40 apart, the nose 20 below."""
    return face_region(
        nose=xy(*nose),
        eyes=np.array([right, left], np.float32),
        ears=np.array(ears, np.float32),
        neck=xy(*(neck or NOWHERE)),
    )


@pytest.mark.parametrize(
    ("places", "centre", "side", "angle"),
    [
        pytest.param({}, (100, 110), 128, 0, id="eyes: 3.2 x 40"),
        pytest.param({"ears": ((50, 105), (150, 105))}, (100, 110), 140, 0, id="ears: 1.4 x 100"),
        pytest.param({"ears": (NOWHERE, (200, 100))}, (140, 110), 176, 0, id="profile: 2.2 x 80"),
        pytest.param({"neck": (100, 420)}, (100, 110), 150, 0, id="neck: half of 300"),
        pytest.param(
            {"nose": (80, 100), "right": (100, 80), "left": (100, 120)},
            (90, 100), 128, math.pi / 2, id="lying",
        ),
        pytest.param(
            {"left": NOWHERE, "neck": (280, 120), "nose": (80, 120), "right": (80, 120)},
            (80, 120), 100, -math.pi / 2, id="one eye: the neck says which way up",
        ),
        pytest.param({"left": NOWHERE, "nose": (80, 100)}, (80, 100), 1, 0, id="one point"),
    ],
)  # fmt: skip
def test_the_head_says_where_the_face_is(places, centre, side, angle):
    region = head(**places)
    assert region is not None
    assert region.centre == pytest.approx(centre, abs=1e-4)
    assert region.size == pytest.approx((side, side), rel=1e-5)
    assert region.angle == pytest.approx(angle, abs=1e-6)


@pytest.mark.parametrize(
    "places",
    [
        pytest.param({"nose": NOWHERE}, id="no nose"),
        pytest.param({"right": NOWHERE, "left": NOWHERE, "ears": ((0, 0), (9, 0))}, id="no eye"),
    ],
)
def test_from_behind_there_is_no_face(places):
    assert head(**places) is None


@pytest.mark.parametrize("angle", [0, 0.5, -2, 3])
def test_the_second_square_of_a_face_is_turned_as_the_face(angle):
    points = np.zeros((468, 2), np.float32)
    points[[mediapipe_face.FOREHEAD, mediapipe_face.CHIN]] = (0, -50), (0, 50)
    points[[mediapipe_face.RIGHT_CORNER, mediapipe_face.LEFT_CORNER]] = (-30, 0), (30, 0)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    region = mediapipe_face.closer_region((points @ turn.T + (7, 9)).astype(np.float32))
    assert region.centre == pytest.approx((7, 9), abs=1e-4)
    assert region.size == pytest.approx((150, 150), rel=1e-5)
    assert region.angle == pytest.approx(angle)


@pytest.mark.parametrize(
    ("presence", "found"),
    [(0.5, True), (0.49, False), (1.0, True), (math.nan, False)],
)
def test_below_half_there_is_nothing(presence, found):
    points, scores = present_points(np.ones((3, 2), np.float32), presence)
    assert np.isfinite(points).all() == found
    np.testing.assert_allclose(scores, presence if found else 0)


FAMILIES = {
    "hand": (mediapipe_hand, HAND21, 224, (63, 1, 1, 63)),
    "face": (mediapipe_face, FACE468, 192, (1404, 1)),
}


def loaded(network, part, *, presence=0.0, size=None, sizes=None, options=None):
    module, skeleton, side, counts = FAMILIES[part]
    side, counts = size or side, sizes or counts
    points = np.arange(counts[0], dtype=np.float32)
    outputs = [points[None], np.full((1, 1), presence), *(np.zeros((1, n)) for n in counts[2:])]
    path = network(*outputs, picture=(1, side, side, 3))
    card = ModelCard(f"my-{part}", f"mediapipe-{part}", skeleton, (path,), "MIT", "")
    return module.load_person(card, (path,), options or Options())


@pytest.mark.parametrize(
    ("part", "presence", "score"),
    [
        pytest.param("hand", 0.75, 0.75, id="hand"),
        pytest.param("hand", 0.4, None, id="no hand"),
        pytest.param("face", math.log(3), 0.75, id="face: a logit"),
        pytest.param("face", -0.1, None, id="no face"),
        pytest.param("face", 1e9, 1.0, id="face: a huge logit"),
    ],
)
def test_outputs(network, part, presence, score):
    person = loaded(network, part, presence=presence)
    width, height = person.crop_size
    points, scores = person.start(np.zeros((height, width, 3), np.uint8)).result()
    if score is None:
        assert np.isnan(points).all() and not scores.any()
    else:
        np.testing.assert_array_equal(points[:2], [(0, 1), (3, 4)])
        np.testing.assert_allclose(scores, score, rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        pytest.param({"size": 100}, ModelError, "reads 63, 1, 1, 63 values from", id="size"),
        pytest.param({"sizes": (63, 1)}, ModelError, "family mediapipe-hand", id="outputs"),
        pytest.param({"options": Options(size=300)}, InputError, "no use for --size", id="option"),
    ],
)
def test_what_does_not_fit(network, wrong, error, message):
    with pytest.raises(error, match=message):
        loaded(network, "hand", **wrong)
