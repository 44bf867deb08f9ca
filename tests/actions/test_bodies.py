"""Bodies at one place."""

import numpy as np
import pytest

from kinema.actions.bodies import Body, at_place, box_of, is_part


def box(left, top, right, bottom):
    return np.array([[left, top], [right, bottom]], dtype=float)


LYING = box(100, 400, 300, 460)  # reaches 50 px beyond


def test_boxes_around_points():
    points = [[[1, 5], [np.nan, 7]], [[3, 2], [0, 4]]]
    assert box_of(points).tolist() == [[0, 2], [3, 5]]
    assert np.isnan(box_of(np.empty((0, 2)))).all()
    assert np.isnan(box_of([[np.nan, 1.0]])).all()


@pytest.mark.parametrize(
    ("newcomer", "found"),
    [
        pytest.param(box(310, 420, 360, 450), 0, id="its middle is 35 px beyond"),
        pytest.param(box(330, 420, 380, 450), None, id="its middle is 55 px beyond"),
        pytest.param(box(390, 100, 410, 200), 1, id="within another"),
        pytest.param(np.full((2, 2), np.nan), None, id="nowhere"),
    ],
)
def test_who_was_at_a_place(newcomer, found):
    standing = box(350, 50, 450, 330)
    assert at_place(newcomer, [LYING, standing, np.full((2, 2), np.nan)]) == found
    assert at_place(newcomer, []) is None


def test_the_nearest_of_several_was_there():
    assert at_place(box(240, 420, 260, 440), [box(0, 300, 400, 600), LYING]) == 1


@pytest.mark.parametrize(
    ("body", "part"),
    [
        pytest.param(Body(box(320, 410, 400, 470), 0.1), True, id="legs beside the trunk"),
        pytest.param(Body(box(320, 410, 400, 470), 0.4), False, id="seen more surely"),
        pytest.param(Body(box(360, 410, 400, 470), 0.1), False, id="further away"),
        pytest.param(Body(np.full((2, 2), np.nan), 0.1), False, id="nowhere"),
    ],
)
def test_parts_of_one_who_lies(body, part):
    assert is_part(body, [Body(LYING, 0.3)]) is part
    assert not is_part(body, [])
