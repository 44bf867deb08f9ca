"""The whole: people by a detector, six looks at each, several boxes of one person as one."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame
from kinema.models.accurate.model import FILES, Accurate, load_model
from kinema.models.accurate.views import VIEWS, Sight
from kinema.models.catalogue import CARDS
from kinema.models.crops import Region
from kinema.models.loading import fetched, find_card
from kinema.models.model import run
from kinema.models.options import Options
from kinema.skeletons import COCO17

CARD = find_card("accurate")
FRAME = Frame(np.zeros((200, 400, 3), np.uint8), 3, 0.1)


class Boxes:
    """A detector that finds people in these boxes, with these scores, in every frame."""

    name, parallel = "boxes", 1

    def __init__(self, *found):
        self.found = found

    def start(self, frame):
        return self

    def result(self):
        rows = np.array([box for box, _ in self.found], np.float32).reshape(-1, 4)
        return rows, np.array([score for _, score in self.found], np.float32)


class Middle:
    """Sees all joints in the middle of each box, in maps of the height `height`."""

    parallel = 2

    def __init__(self, height=0.64):
        self.height, self.views = height, []

    def start(self, cutter, box, view):
        self.views.append(view)
        region = Region.around(box, padding=view.padding)
        maps = np.zeros((17, 8, 8), np.float32)
        maps[:, 3:5, 3:5] = self.height  # around the middle, which lies between four cells
        guess = np.full((17, 2), region.centre, np.float32)
        return lambda: Sight(region, maps, guess)


LEFT, RIGHT = (50, 20, 110, 180), (300, 10, 360, 170)


def test_people_the_most_certain_first():
    heads = Middle()
    poses = Accurate(Boxes((LEFT, 0.25), (RIGHT, 0.81)), heads, name="mine").find(FRAME)
    assert (poses.skeleton, poses.frame, poses.time) == (COCO17, 3, 0.1)
    np.testing.assert_allclose(poses.keypoints, [[(330, 90)] * 17, [(80, 100)] * 17], atol=10)
    np.testing.assert_allclose(poses.scores, 0.64, atol=0.01)
    # Geometric means of the score of the joints and that of the box.
    np.testing.assert_allclose(poses.certainty, [0.8 * 0.9, 0.8 * 0.5], atol=0.01)
    np.testing.assert_array_equal(poses.boxes, [RIGHT, LEFT])
    assert heads.views == [*VIEWS, *VIEWS]


def test_two_boxes_of_one_person_are_one_person():
    nearly = (52, 22, 112, 182)
    model = Accurate(Boxes((LEFT, 0.5), (nearly, 0.7)), Middle(), name="mine")
    poses = model.find(FRAME)
    np.testing.assert_array_equal(poses.boxes, [nearly])


def test_one_person_is_the_most_certain():
    model = Accurate(Boxes((LEFT, 0.25), (RIGHT, 0.8)), Middle(), name="mine", single_person=True)
    np.testing.assert_array_equal(model.find(FRAME).boxes, [RIGHT])


def test_what_is_hardly_a_person_is_none():
    # Geometric means of 0.04 and 0.9, and of 0.04 and 1: 0.19 and 0.2.
    model = Accurate(Boxes((LEFT, 0.9), (RIGHT, 1.0)), Middle(0.0405), name="mine")
    np.testing.assert_array_equal(model.find(FRAME).boxes, [RIGHT])


@pytest.mark.parametrize("single_person", [False, True])
def test_nobody(single_person):
    poses = Accurate(Boxes(), Middle(), name="mine", single_person=single_person).find(FRAME)
    assert len(poses) == 0
    assert poses.boxes.shape == (0, 4)


def test_frames_come_in_order():
    frames = [Frame(np.zeros((50, 50, 3), np.uint8), number, number / 10) for number in range(7)]
    model = Accurate(Boxes((LEFT, 0.5)), Middle(), name="mine")
    before = threading.active_count()
    assert [poses.frame for poses in run(model, frames)] == list(range(7))
    assert threading.active_count() <= before + model.parallel + 1


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"size": 256}, id="size"),
        pytest.param({"mirror": True}, id="mirror"),
        pytest.param({"scales": (1.0, 2.0)}, id="scales"),
    ],
)
def test_options_of_no_use_are_refused(options, tmp_path):
    with pytest.raises(InputError, match="accurate has no use for --"):
        load_model(CARD, (tmp_path,) * FILES, replace(Options(), **options))


def test_a_wrong_number_of_files(tmp_path):
    with pytest.raises(ModelError, match=r"takes 4 files.* got 1"):
        load_model(CARD, (tmp_path,), Options())


def test_its_weights_are_those_of_two_models_of_the_catalogue():
    weights = {card.name: card.weights for card in CARDS}
    assert CARD.weights == (*weights["nanodet"], *weights["movenet-thunder"])


def test_a_real_picture(clip_frames):
    model = load_model(CARD, fetched(CARD), Options(precision="f32"))
    poses = model.find(clip_frames[100])
    man, woman = poses[0], poses[1]
    assert len(poses) >= 2 and poses.certainty[1] > 2 * max(poses.certainty[2:], default=0)
    for person, left, right in ((man, 0, 1768), (woman, 0, 1768)):
        nose, ankle = person.joint("nose")[0], person.joint("left_ankle")[0]
        assert left < nose[0] < right and nose[1] + 150 < ankle[1]
