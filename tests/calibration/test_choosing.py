import numpy as np

from kinema.calibration.choosing import MOST_VIEWS, SHARED_VIEWS, USUAL_VIEWS, choose_views
from kinema.space.calibration.board import parse_board
from kinema.space.calibration.detection import Corners
from kinema.space.calibration.views import View

BOARD = parse_board("chessboard:9x6:0.05")
SIZES = {"a": (1280, 720), "b": (1280, 720)}


def views(name, instants, seed):
    rng = np.random.default_rng(seed)
    flat = BOARD.points[:, :2] * 1000
    return [
        View(name, i, str(i), Corners(np.arange(54), flat + rng.uniform(0, 600, 2), 2.0, 50.0))
        for i in instants
    ]


def test_few_views_are_all_kept():
    seen = {"a": views("a", range(5), 1), "b": views("b", range(3, 9), 2)}
    chosen = choose_views(seen, BOARD, SIZES)
    assert {name: len(row) for name, row in chosen.items()} == {"a": 5, "b": 6}


def test_many_views_are_thinned_and_shared_moments_come_first():
    seen = {"a": views("a", range(200), 1), "b": views("b", range(150, 400), 2)}
    chosen = choose_views(seen, BOARD, SIZES)
    for row in chosen.values():
        assert USUAL_VIEWS <= len(row) <= MOST_VIEWS
        shared = [view for view in row if 150 <= view.instant < 200]
        assert len(shared) >= SHARED_VIEWS
        assert [view.instant for view in row] == sorted({view.instant for view in row})


def test_the_moment_asked_for_is_there():
    seen = {"a": views("a", range(200), 1), "b": views("b", range(200), 2)}
    for instant in (0, 77, 199):
        chosen = choose_views(seen, BOARD, SIZES, always=instant)
        assert all(instant in {view.instant for view in row} for row in chosen.values())


def test_nothing_seen():
    assert choose_views({"a": [], "b": []}, BOARD, SIZES) == {"a": [], "b": []}
