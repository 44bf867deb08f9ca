"""The plan of a training, as it stands in its folder: what a training that goes on goes by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from kinema.errors import InputError

PLAN = "plan.json"


def begun_plan(folder: Path) -> dict[str, object]:
    """The settings of the training that was begun in a folder, or in the folders of its folds.

    Raises:
        InputError: If there is none, or its file is damaged.
    """
    places = [folder / PLAN, *sorted(folder.glob(f"*/{PLAN}"))]
    place = next((each for each in places if each.exists()), places[0])
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"there is no training in {folder} to go on with: {place.name}: "
            f"{error.strerror or error}"
        ) from error
    except ValueError as error:
        raise InputError(f"{place} is damaged; start the training anew") from error
    if not isinstance(content, dict):
        raise InputError(f"{place} is damaged; start the training anew")
    return content


def check_same(folder: Path, before: Mapping[str, object], plan: Mapping[str, object]) -> None:
    """Checks that a training goes on as it was begun.

    Args:
        folder: Where.
        before: The settings that it was begun with; what is not among them is not looked at.
        plan: Those that it is to go on with.

    Raises:
        InputError: If one is another; the message has both values.
    """
    changed = [
        f"{name} {_plain(value)}, not {_plain(plan.get(name))}"
        for name, value in before.items()
        if plan.get(name) != value
    ]
    if changed:
        raise InputError(
            f"the training in {folder} was begun with {'; '.join(changed)}; leave that out to go "
            "on, or use another folder"
        )


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)
