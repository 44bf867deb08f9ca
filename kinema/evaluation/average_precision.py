"""Average precision by COCO's own evaluation, `pycocotools`."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from kinema.errors import InputError, MissingExtra
from kinema.formats.coco_entries import PERSON
from kinema.formats.textfile import JsonObject

PRECISIONS = {"AP": 0, "AP50": 1, "AP75": 2, "APm": 3, "APl": 4, "AR": 5, "AR50": 6, "AR75": 7}
"""Where these are in `COCOeval.stats`; the rest are recalls of medium and large people."""


def require_pycocotools() -> None:
    """Makes sure, before hours are spent, that results can be evaluated.

    Raises:
        MissingExtra: If `pycocotools` is not installed.
    """
    if find_spec("pycocotools") is None:
        raise MissingExtra("pycocotools", "evaluate")


def average_precision(
    labels: JsonObject, results: Path, images: Sequence[int]
) -> dict[str, float | None]:
    """AP, AP50, AP75, APm, APl, AR, AR50 and AR75 of keypoints, over OKS of 0.5 to 0.95.

    Args:
        labels: An annotation file that was parsed.
        results: A file of results.
        images: The ids of those that count.

    Returns:
        None for what has no people, such as APl where nobody is large.

    Raises:
        InputError: If the labels are not complete enough for `pycocotools`.
        MissingExtra: If it is not installed.
    """
    require_pycocotools()
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    found = json.loads(results.read_text(encoding="utf-8"))
    with contextlib.redirect_stdout(io.StringIO()):  # it prints as it goes
        truth = COCO()
        # It marks people in its data as it evaluates, so it gets data of its own.
        truth.dataset = {**labels, "annotations": _people(labels)}
        truth.createIndex()
        if not found:  # loadRes refuses an empty list
            return dict.fromkeys(PRECISIONS, 0.0)
        try:
            evaluation = COCOeval(truth, truth.loadRes(found), "keypoints")
            evaluation.params.imgIds = list(images)
            evaluation.params.catIds = [PERSON]
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        except (KeyError, IndexError) as error:
            raise InputError(f"COCO's evaluation misses {error} in the labels") from error
    stats = evaluation.stats
    return {
        name: float(stats[place]) if stats[place] >= 0 else None
        for name, place in PRECISIONS.items()
    }


def _people(labels: JsonObject) -> list[JsonObject]:
    """The annotations, each with what the evaluation asks for and some files leave out."""
    entries = cast("list[JsonObject]", labels["annotations"])
    return [{"num_keypoints": _count_labelled(entry), "iscrowd": 0, **entry} for entry in entries]


def _count_labelled(entry: JsonObject) -> int:
    values = cast("list[float]", entry.get("keypoints", []))
    return sum(v > 0 for v in values[2::3])
