"""The file of a recogniser that was taught: one small NPZ, without pickles.

It holds the arrays of the classifier and, as `card`, a text of JSON with the format and its
version, the spec of the recogniser, its kind, and the lesson.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from kinema.actions.features import movement_features, pose_features
from kinema.actions.kernel import KernelClassifier
from kinema.actions.lesson import Lesson
from kinema.actions.spec import ActionSpec
from kinema.actions.strange import Border
from kinema.actions.teaching import Taught
from kinema.errors import FormatError, KinemaError
from kinema.formats.staging import StagedBytes, file_errors

FORMAT, VERSION = "kinema.taught", 1
_ARRAYS = ("mean", "scale", "landmarks", "owners", "weights", "reach", "confusion")
_LARGEST = 100_000_000  # bytes of an array; an honest file has less than a hundredth of it


def save_taught(taught: Taught, path: str | Path) -> None:
    """Writes a recogniser that was taught; the file appears when it is whole.

    Raises:
        InputError: If it cannot be written.
    """
    classifier = taught.classifier
    card = {
        "format": FORMAT,
        "version": VERSION,
        "kind": taught.kind,
        "spec": taught.spec.as_dict(),
        "width": classifier.width,
        "limit": taught.border.limit,
        "lesson": taught.lesson.as_dict(),
    }
    arrays = {
        "mean": classifier.mean.astype(np.float32),
        "scale": classifier.scale.astype(np.float32),
        "landmarks": classifier.landmarks.astype(np.float16),
        "owners": classifier.owners.astype(np.int32),
        "weights": classifier.weights.astype(np.float32),
        "reach": taught.border.reach.astype(np.float32),
        "confusion": taught.lesson.confusion.astype(np.int32),
    }
    file = StagedBytes(Path(path))
    try:
        with file_errors("write", Path(path)):
            np.savez_compressed(file.stream, card=np.array(json.dumps(card)), **arrays)  # type: ignore[arg-type]
        file.commit()
    except KinemaError:
        file.discard()
        raise


def is_taught(path: Path) -> bool:
    """Whether a file is an archive, as those of `save_taught` are, and no network."""
    try:
        return zipfile.is_zipfile(path)
    except OSError:
        return False


def read_taught(path: str | Path) -> Taught:
    """What `save_taught` has written. Nothing in the file is executed.

    Raises:
        InputError: If the file cannot be read.
        FormatError: If it is something else, or damaged.
    """
    place = Path(path)
    with file_errors("read", place):
        card, arrays = _contents(place)
    if (card.get("format"), card.get("version")) != (FORMAT, VERSION):
        raise FormatError(f"{path} is no recogniser that was taught, of version {VERSION}")
    try:
        return _taught(card, arrays)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
        raise FormatError(f"{path} is a damaged recogniser: {reason}") from error


def _contents(path: Path) -> tuple[dict[str, object], dict[str, npt.NDArray[np.generic]]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            sizes = [info.file_size for info in archive.zip.infolist()]
            if max(sizes, default=0) > _LARGEST:
                raise FormatError(f"{path} holds an array that is too large for a recogniser")
            if "card" not in archive:
                raise FormatError(f"{path} is an archive, but of no recogniser that was taught")
            card = json.loads(str(archive["card"]))
            arrays = {name: archive[name] for name in _ARRAYS if name in archive}
    except (ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{path} cannot be read as a recogniser: {error}") from error
    return (card if isinstance(card, dict) else {}), arrays


def _taught(card: Mapping[str, object], arrays: dict[str, npt.NDArray[np.generic]]) -> Taught:
    spec = ActionSpec.of_dict(card["spec"])
    kind = card["kind"]
    if kind not in ("pose", "movement"):
        raise FormatError(f"its kind is {kind!r}")
    numbers = {name: arrays[name].astype(np.float64) for name in _ARRAYS}
    lesson = _lesson(cast("Mapping[str, object]", card["lesson"]), numbers["confusion"])
    count, width = len(lesson.labels), _features(spec, kind)
    landmarks = len(numbers["owners"])
    shapes = {
        "mean": (width,),
        "scale": (width,),
        "landmarks": (landmarks, width),
        "owners": (landmarks,),
        "weights": (width + landmarks + 1, count),
        "reach": (count,),
        "confusion": (count, count),
    }
    for name, shape in shapes.items():
        if numbers[name].shape != shape:
            raise FormatError(f"{name} is {numbers[name].shape} and should be {shape}")
    if not spec.labels[:count] == lesson.labels or len(spec.labels) - count not in (0, 1):
        raise FormatError("its labels are not those that were taught")
    for name in ("mean", "weights", "reach"):
        if not np.isfinite(numbers[name]).all():
            raise FormatError(f"{name} is not finite")
    owners = numbers["owners"].astype(np.int64)
    if not landmarks or owners.min() < 0 or owners.max() >= count:
        raise FormatError("its examples are of labels that it does not have")
    if not (numbers["scale"] > 0).all() or not (numbers["reach"] > 0).all():
        raise FormatError("a scale is not positive")
    classifier = KernelClassifier(
        numbers["mean"],
        numbers["scale"],
        numbers["landmarks"],
        owners,
        _positive(card["width"]),
        numbers["weights"],
    )
    border = Border(numbers["reach"], _positive(card["limit"]))
    return Taught(spec, kind, classifier, border, lesson)


def _positive(value: object) -> float:
    if not isinstance(value, int | float) or not (np.isfinite(value) and value > 0):
        raise FormatError(f"{value!r} is no positive number")
    return float(value)


def _features(spec: ActionSpec, kind: str) -> int:
    clip = np.zeros((1, *spec.shape), dtype=np.float32)
    make = pose_features if kind == "pose" else movement_features
    return int(make(clip, spec.joints).shape[1])


def _lesson(facts: Mapping[str, object], confusion: npt.NDArray[np.float64]) -> Lesson:
    labels = cast("list[dict[str, object]]", facts["labels"])
    doubtful = cast("list[dict[str, str]]", facts["doubtful"])
    return Lesson(
        tuple(str(entry["label"]) for entry in labels),
        tuple(int(cast("int", entry["recordings"])) for entry in labels),
        tuple(float(cast("float", entry["seconds"])) for entry in labels),
        tuple(int(cast("int", entry["clips"])) for entry in labels),
        facts["held_out"] == "recordings",
        confusion.astype(np.int64),
        accuracy=_known(facts["accuracy"]),
        error=_known(facts["standard_error"]),
        calibration=_known(facts["calibration_error"]),
        doubtful=tuple((e["recording"], e["label"], e["looks_like"]) for e in doubtful),
        mirror=bool(facts["mirror"]),
    )


def _known(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
