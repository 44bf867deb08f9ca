import numpy as np
import pytest

from kinema.errors import InputError, ShapeError
from kinema.media.colours import DARK, LIGHT, PERSON_COLOURS, SIDE_COLOURS, ink_on, rainbow
from kinema.media.draw import draw_poses
from kinema.poses import Action, Poses
from kinema.skeleton import Skeleton

STICK = Skeleton(
    "stick",
    ("nose", "left_hand", "right_hand", "foot"),
    edges=(("nose", "left_hand"), ("nose", "right_hand"), ("left_hand", "right_hand")),
    mirror=(("left_hand", "right_hand"),),
)
NAN = float("nan")
BODY = ((100.0, 20.0), (160.0, 80.0), (40.0, 80.0), (100.0, 180.0))
GREY = 120


def picture(width: int = 200, height: int = 200):
    return np.full((height, width, 3), GREY, dtype=np.uint8)


def people(*bodies, scores=1.0, **fields) -> Poses:
    keypoints = np.array(bodies or np.empty((0, 4, 2)), dtype=np.float32)
    found = ~np.isnan(keypoints).any(axis=2)
    return Poses(STICK, keypoints, np.where(found, scores, 0), **fields)


def colour_at(image, x: float, y: float) -> tuple[int, int, int]:
    return tuple(image[round(y), round(x)].tolist())


def changed(image) -> np.ndarray:
    return (image != GREY).any(axis=2)


def test_sides_have_their_colours():
    drawn = draw_poses(picture(), people(BODY), thickness=4)
    assert colour_at(drawn, 160, 80) == SIDE_COLOURS["left"]
    assert colour_at(drawn, 130, 50) == SIDE_COLOURS["left"]  # nose to left hand
    assert colour_at(drawn, 70, 50) == SIDE_COLOURS["right"]
    assert colour_at(drawn, 100, 80) == SIDE_COLOURS["middle"]  # hand to hand
    assert colour_at(drawn, 100, 20) == SIDE_COLOURS["middle"]
    assert colour_at(drawn, 100, 180) == SIDE_COLOURS["middle"]  # a joint without limbs
    assert colour_at(drawn, 100, 120) == (GREY,) * 3  # no limb between


@pytest.mark.parametrize(
    ("ids", "colours"),
    [
        pytest.param([7, 12], [PERSON_COLOURS[7], PERSON_COLOURS[0]], id="by identity"),
        pytest.param(None, [PERSON_COLOURS[0], PERSON_COLOURS[1]], id="by row"),
    ],
)
def test_people_have_their_colours(ids, colours):
    second = tuple((x + 200, y) for x, y in BODY)
    drawn = draw_poses(
        picture(400), people(BODY, second, ids=ids), colour_by="person", show_ids=False
    )
    assert [colour_at(drawn, x, 50) for x in (130, 330)] == colours


def test_limbs_have_the_colours_of_the_rainbow():
    drawn = draw_poses(picture(), people(BODY), colour_by="limb", thickness=4)
    middles = [(130, 50), (70, 50), (100, 80)]
    assert [colour_at(drawn, *at) for at in middles] == list(rainbow(3))


def test_the_picture_itself_stays_as_it_is():
    image = picture()
    image.flags.writeable = False
    drawn = draw_poses(image, people(BODY))
    assert (image == GREY).all()
    assert drawn.flags.writeable
    assert drawn.shape == image.shape


@pytest.mark.parametrize(
    "poses",
    [
        pytest.param(people(), id="nobody"),
        pytest.param(people([(NAN, NAN)] * 4), id="nothing found of one person"),
        pytest.param(people(tuple((x - 900, y) for x, y in BODY), ids=[1]), id="outside"),
        pytest.param(people([(1e9, 1e9)] * 4, ids=[1]), id="very far outside"),
        pytest.param(people([(np.inf, -np.inf)] * 4), id="infinite"),
    ],
)
def test_nothing_to_draw_gives_a_copy(poses):
    image = picture()
    drawn = draw_poses(image, poses, show_boxes=True)
    assert np.array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


def test_a_missing_joint_takes_its_limbs_with_it():
    body = ((NAN, NAN), *BODY[1:])
    drawn = draw_poses(picture(), people(body), thickness=4)
    assert colour_at(drawn, 130, 50) == (GREY,) * 3
    assert colour_at(drawn, 100, 80) == SIDE_COLOURS["middle"]


def test_joints_below_the_least_score_are_left_out():
    drawn = draw_poses(picture(), people(BODY, scores=[0.3, 0.9, 0.9, 0.1]), min_score=0.3)
    assert colour_at(drawn, 100, 20) == SIDE_COLOURS["middle"] or changed(drawn)[20, 100]
    assert not changed(drawn)[160:].any()


@pytest.mark.parametrize(
    ("score", "opacity"),
    [
        pytest.param(0.0, 0.25, id="no confidence is faint but there"),
        pytest.param(0.4, 0.625, id="half way"),
        pytest.param(0.8, 1.0, id="sure"),
        pytest.param(1.0, 1.0, id="surer"),
        pytest.param(NAN, 1.0, id="hand label"),
    ],
)
def test_opacity_follows_the_score(score, opacity):
    drawn = draw_poses(picture(), people(BODY, scores=[1.0, score, 1.0, 1.0]))
    left = np.array(SIDE_COLOURS["left"])
    expected = GREY + opacity * (left - GREY)
    assert colour_at(drawn, 160, 80) == pytest.approx(expected, abs=2)
    assert colour_at(drawn, 130, 50) == pytest.approx(expected, abs=2)  # the limb's weaker end
    assert colour_at(drawn, 70, 50) == SIDE_COLOURS["right"]


def test_nothing_but_the_drawing_fades():
    image = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    solid, faint = (draw_poses(image, people(BODY, scores=score)) for score in (1.0, 0.2))
    untouched = (solid == image).all(axis=2)
    assert np.array_equal(faint[untouched], image[untouched])


def test_the_centre_of_a_joint_lies_where_it_should():
    body = ((NAN, NAN), (NAN, NAN), (NAN, NAN), (70.25, 90.75))
    drawn = draw_poses(np.zeros((200, 200, 3), np.uint8), people(body), thickness=12)
    weight = drawn.astype(float).sum(axis=2)
    weight = np.where(weight > sum(DARK), weight, 0)  # the disc without its outline
    y, x = np.mgrid[:200, :200]
    centre = ((weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum())
    assert centre == pytest.approx((70.25, 90.75), abs=0.05)


@pytest.mark.parametrize("scale", [0.5, 1, 4, 20])
def test_drawings_grow_with_the_picture(scale):
    side = round(200 * scale)
    body = tuple((x * scale, y * scale) for x, y in BODY)
    drawn = draw_poses(picture(side, side), people(body))
    share = changed(drawn).mean()
    assert 0.012 < share < 0.065


def test_small_people_get_thinner_lines_but_not_in_proportion():
    def row_width(size: float) -> int:
        body = tuple((x * size, y * size) for x, y in BODY)
        drawn = draw_poses(picture(800, 800), people(body))
        return int(changed(drawn)[:, round(100 * size)][round(50 * size) : round(120 * size)].sum())

    large, small = row_width(3.5), row_width(0.7)
    assert small < large < 4 * small


def test_thickness_can_be_chosen():
    drawn = draw_poses(picture(), people(BODY), thickness=9)
    column = changed(drawn)[60:100, 100]
    assert 9 + 2 <= column.sum() <= 9 + 6  # with outline and soft edges


def test_short_limbs_are_thin():
    face = ((100.0, 20.0), (104.0, 20.0), (96.0, 20.0), (100.0, 180.0))
    drawn = draw_poses(picture(), people(face), thickness=10)
    assert changed(drawn)[:40].any(axis=1).sum() < 12


@pytest.mark.parametrize(
    "shift",
    [
        pytest.param((-100, 0), id="left"),
        pytest.param((100, 0), id="right"),
        pytest.param((0, -100), id="top"),
        pytest.param((0, 100), id="bottom"),
        pytest.param((-160, -180), id="one corner left"),
        pytest.param((400, 0), id="all outside but near"),
    ],
)
@pytest.mark.parametrize("score", [0.3, 1.0])
def test_people_cut_by_the_border(shift, score):
    body = tuple((x + shift[0], y + shift[1]) for x, y in BODY)
    drawn = draw_poses(picture(), people(body, scores=score), show_boxes=True)
    wide = np.full((1000, 1400, 3), GREY, np.uint8)
    inside = tuple((x + 600, y + 400) for x, y in body)
    same = draw_poses(wide, people(inside, scores=score), thickness=4)[400:600, 600:800]
    alone = draw_poses(picture(), people(body, scores=score), thickness=4)
    assert drawn.shape == (200, 200, 3)
    differ = np.abs(alone.astype(int) - same).max(axis=2) > 1
    assert differ.sum() <= 20  # OpenCV cuts a soft edge a little differently at the border


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 2)])
@pytest.mark.parametrize("score", [0.3, 1.0])
def test_tiny_pictures(size, score):
    image = picture(*size)
    poses = people(((0, 0), (0.4, 0), (0, 0.3), (0, 0)), scores=score, ids=[123456])
    drawn = draw_poses(image, poses, show_boxes=True)
    assert drawn.shape == image.shape


def test_one_joint_in_one_place_is_drawn():
    drawn = draw_poses(picture(), people([(50.0, 60.0)] * 4))
    assert changed(drawn)[60, 50]


def test_ids_are_written_above_the_head():
    body = tuple((x, y + 10) for x, y in BODY)
    poses = people(body, ids=[3])
    without = draw_poses(picture(), poses, show_ids=False)
    drawn = draw_poses(picture(), poses)
    added = (drawn != without).any(axis=2)
    rows, columns = np.nonzero(added)
    assert rows.max() < 30  # the nose
    assert columns.mean() == pytest.approx(100, abs=1)
    assert (drawn[added] == PERSON_COLOURS[3]).all(axis=1).any()


def test_what_people_do_is_written_there_too():
    body = tuple((x, y + 10) for x, y in BODY)
    alone, told = (people(body, ids=[3], actions=a) for a in ((None,), (Action("run", 0.93),)))
    same = draw_poses(picture(), people(body, ids=[3]))
    assert np.array_equal(draw_poses(picture(), alone), same)
    assert np.array_equal(draw_poses(picture(), told, show_actions=False), same)
    wide = [
        np.ptp(np.nonzero((image == PERSON_COLOURS[3]).all(axis=2))[1])
        for image in (same, draw_poses(picture(), told))
    ]
    assert wide[1] > 3 * wide[0]  # "3" and "3 run 93 %"
    unnamed = draw_poses(picture(), told, show_ids=False)
    assert not np.array_equal(unnamed, draw_poses(picture(), alone, show_ids=False))


def test_ids_stay_in_the_picture():
    body = tuple((x + 95, y - 20) for x, y in BODY)
    poses = people(body, ids=[88])
    added = draw_poses(picture(), poses) != draw_poses(picture(), poses, show_ids=False)
    assert (draw_poses(picture(), poses)[added.any(axis=2)] == PERSON_COLOURS[4]).all(axis=1).any()


def test_no_ids_no_labels():
    poses = people(BODY)
    assert np.array_equal(
        draw_poses(picture(), poses), draw_poses(picture(), poses, show_ids=False)
    )


@pytest.mark.parametrize(
    ("boxes", "corner"),
    [
        pytest.param([[30, 10, 170, 190]], (30, 190), id="given"),
        pytest.param(None, (40, 180), id="bounds of the joints"),
    ],
)
def test_boxes(boxes, corner):
    poses = people(BODY, boxes=boxes)
    drawn = draw_poses(picture(), poses, show_boxes=True)
    assert colour_at(drawn, *corner) == PERSON_COLOURS[0]


def test_large_people_are_drawn_over_small_ones():
    small = tuple((100 + (x - 100) / 4, 80 + (y - 80) / 4) for x, y in BODY)
    for order in ((BODY, small), (small, BODY)):
        drawn = draw_poses(picture(), people(*order), thickness=4)
        assert colour_at(drawn, 100, 80) == SIDE_COLOURS["middle"]


@pytest.mark.parametrize(
    ("image", "poses", "options", "error", "message"),
    [
        pytest.param(
            picture(),
            Poses(STICK, np.zeros((1, 4, 3)), np.ones((1, 4)), space="world"),
            {},
            InputError,
            "only poses in an image can be drawn; these are in world space",
            id="3D",
        ),
        pytest.param(
            picture(), people(), {"colour_by": "hand"}, InputError, "not 'hand'", id="colours"
        ),
        pytest.param(picture()[..., 0], people(), {}, ShapeError, "(H, W, 3)", id="grey"),
        pytest.param(picture() / 2, people(), {}, ShapeError, "float64", id="float"),
        pytest.param(picture()[:0], people(), {}, ShapeError, "(0, 200, 3)", id="no pixels"),
    ],
)
def test_what_cannot_be_drawn(image, poses, options, error, message):
    with pytest.raises(error) as caught:
        draw_poses(image, poses, **options)
    assert message in str(caught.value)


def test_left_and_right_stay_apart_for_colour_blind_eyes():
    # Viénot, Brettel and Mollon 1999: what remains of linear RGB without red or green cones.
    deuteranopia = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    protanopia = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    left, right = ((np.array(SIDE_COLOURS[side]) / 255) ** 2.2 for side in ("left", "right"))
    for sight in (np.eye(3), deuteranopia, protanopia):
        assert np.abs(sight @ left - sight @ right).max() > 0.5


def test_ink_is_readable():
    assert ink_on(LIGHT) == DARK
    assert ink_on(DARK) == LIGHT


def test_no_person_has_the_colour_of_a_side():
    for person in PERSON_COLOURS:
        for side in (SIDE_COLOURS["left"], SIDE_COLOURS["right"]):
            assert np.abs(np.subtract(person, side)).max() > 45
