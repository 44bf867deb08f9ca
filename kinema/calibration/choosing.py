"""Which of many views of a board are worth using: few that differ, rather than many alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from kinema.space.calibration.board import Board
from kinema.space.calibration.views import View, well_spread

SHARED_VIEWS = 30
"""So many views of a camera are chosen first, at moments that another camera shares."""
USUAL_VIEWS = 40
MOST_VIEWS = 80


def choose_views(
    views: Mapping[str, Sequence[View]],
    board: Board,
    sizes: Mapping[str, tuple[int, int]],
    *,
    always: int | None = None,
) -> dict[str, list[View]]:
    """Views that differ from each other, first at moments that several cameras share.

    Cameras choose in turn; what one chooses, others that saw the board at the same moment get, too.

    Args:
        views: Of each camera.
        board: That they show.
        sizes: Of the pictures.
        always: An instant that is chosen in any case.
    """
    chosen: dict[str, dict[int, View]] = {name: {} for name in views}
    if always is not None:
        _take(always, views, chosen)
    seen_by = Counter(view.instant for row in views.values() for view in row)
    shared = {name: [v for v in row if seen_by[v.instant] > 1] for name, row in views.items()}
    for candidates, wanted in ((shared, SHARED_VIEWS), (views, USUAL_VIEWS)):
        for name, instant in _in_turn(candidates, board, sizes):
            if len(chosen[name]) < wanted:
                _take(instant, views, chosen)
    return {name: [row[instant] for instant in sorted(row)] for name, row in chosen.items()}


def _in_turn(
    views: Mapping[str, Sequence[View]], board: Board, sizes: Mapping[str, tuple[int, int]]
) -> list[tuple[str, int]]:
    """The first choice of each camera, the second of each, and so on."""
    ranked = []
    for name, row in views.items():
        order = well_spread(row, board, sizes[name], MOST_VIEWS)
        ranked += [(place, name, row[number].instant) for place, number in enumerate(order)]
    return [(name, instant) for _, name, instant in sorted(ranked, key=lambda entry: entry[0])]


def _take(
    instant: int, views: Mapping[str, Sequence[View]], chosen: Mapping[str, dict[int, View]]
) -> None:
    for name, row in views.items():
        for view in row:
            if view.instant == instant and len(chosen[name]) < MOST_VIEWS:
                chosen[name][instant] = view
