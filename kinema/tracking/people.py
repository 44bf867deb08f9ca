"""What an online stage remembers of each person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from kinema.errors import InputError
from kinema.poses import Poses

State = TypeVar("State")
_FORGET = 2.0  # seconds unseen


class PerPerson(Generic[State]):
    """One state for each identity; who is not seen for 2 seconds is forgotten.

    Args:
        new: Makes the state of a person who appears.
    """

    def __init__(self, new: Callable[[], State]) -> None:
        self._new = new
        self._known: dict[int, tuple[float, State]] = {}

    def states(self, poses: Poses) -> list[State]:
        """The states of the people of a frame, in their order.

        Raises:
            InputError: If there are several people without ids; a single one is the same always.
        """
        if poses.ids is not None:
            ids = poses.ids.tolist()
        elif len(poses) <= 1:
            ids = [0] * len(poses)
        else:
            raise InputError(f"the people of frame {poses.frame} have no ids; run a tracker first")
        states = [self._known.get(i, (0.0, None))[1] or self._new() for i in ids]
        self._known.update({i: (poses.time, s) for i, s in zip(ids, states, strict=True)})
        late = [i for i, (time, _) in self._known.items() if poses.time - time > _FORGET]
        for i in late:
            del self._known[i]
        return states
