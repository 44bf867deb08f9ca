"""Models that the user has added from files of their own.

A card is kept as one JSON file beside copies of the network's files, in the user's data folder, not
in the cache: a cache may be deleted, a user's model may not. `KINEMA_DATA` moves the folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Literal

import platformdirs

from kinema.errors import InputError, ModelError
from kinema.models.card import ModelCard
from kinema.skeletons import find_skeleton

NETWORK_SUFFIXES = (".pb", ".onnx", ".tflite", ".xml")
CAFFE_SUFFIXES = (".prototxt", ".caffemodel")
"""A network of Caffe is two files: its layers and its weights."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def data_folder() -> Path:
    """Where models of the user are kept."""
    if moved := os.environ.get("KINEMA_DATA"):
        return Path(moved).expanduser().absolute()
    return platformdirs.user_data_path("kinema", appauthor=False)


def add_model(
    *files: Path,
    name: str,
    family: str,
    skeleton: str | None,
    licence: str,
    people: Literal["many", "one"] = "many",
) -> ModelCard:
    """Copies the files of a network into the user's models and describes it.

    Raises:
        InputError: If the name, a file or the skeleton cannot be used.
        ModelError: If the folder of models cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"model name {name!r} may hold only a-z, 0-9, dot, dash and underscore")
    files = network_files(*files)
    keypoints = find_skeleton(skeleton) if skeleton else None
    folder = data_folder() / "models"
    card = {
        "name": name,
        "family": family,
        "skeleton": keypoints.name if keypoints else None,
        "files": [f"{name}{file.suffix}" for file in files],
        "licence": licence,
        "people": people,
    }
    sources = {file.suffix: file for file in files}
    if ".xml" in sources:  # OpenVINO keeps the weights beside the graph
        sources[".bin"] = sources[".xml"].with_suffix(".bin")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, source in sources.items():
            _copy(source, folder / f"{name}{suffix}")
        part = folder / f".{name}.json.part"
        part.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        part.replace(folder / f"{name}.json")
        # Of a model of that name that this one takes the place of:
        for suffix in {*NETWORK_SUFFIXES, *CAFFE_SUFFIXES, ".bin"}.difference(sources):
            (folder / f"{name}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written: {error.strerror}") from error
    return _card(folder / f"{name}.json")


def added_models() -> list[ModelCard]:
    """The cards of all models that the user has added, by name.

    Raises:
        ModelError: If a card is damaged.
    """
    return [_card(path) for path in sorted((data_folder() / "models").glob("*.json"))]


def added_files(name: str) -> list[Path]:
    """The files of a model that the user has added, its card among them; none if there is none."""
    folder = data_folder() / "models"
    if not _NAME.fullmatch(name) or not (folder / f"{name}.json").is_file():
        return []
    suffixes = (".json", *NETWORK_SUFFIXES, *CAFFE_SUFFIXES, ".bin")
    return [file for suffix in suffixes if (file := folder / f"{name}{suffix}").is_file()]


def network_files(*given: Path) -> tuple[Path, ...]:
    """All files of a network, in the order in which its family takes them.

    Of a network of Caffe one file is enough if the other lies beside it: by the same name, or as
    the only one of its kind in the folder.

    Raises:
        InputError: If they are not the files of one network.
    """
    if not any(file.suffix in CAFFE_SUFFIXES for file in given):
        if len(given) != 1:
            raise InputError(f"{' and '.join(map(str, given))} are not one network; add each alone")
        check_network_file(given[0])
        return given
    suffixes = [file.suffix for file in given]
    if len(set(suffixes)) < len(given) or not set(suffixes).issubset(CAFFE_SUFFIXES):
        raise InputError("a network of Caffe is one .prototxt and one .caffemodel")
    for file in given:
        if not file.is_file():
            raise InputError(f"{file} is no file")
    found = dict(zip(suffixes, given, strict=True))
    return tuple(found.get(suffix) or _beside(given[0], suffix) for suffix in CAFFE_SUFFIXES)


def _beside(file: Path, suffix: str) -> Path:
    """The file with that suffix that belongs to another one."""
    if file.with_suffix(suffix).is_file():
        return file.with_suffix(suffix)
    near = sorted(file.parent.glob(f"*{suffix}"))
    if len(near) == 1:
        return near[0]
    which = f"one of {', '.join(path.name for path in near)}" if near else "that file"
    raise InputError(f"{file} needs its {suffix}: give {which} too")


def check_network_file(file: Path) -> None:
    """Makes sure that a file is there and is of a kind that the runtime reads.

    Raises:
        InputError: If not.
    """
    if not file.is_file():
        raise InputError(f"{file} is no file")
    if file.suffix not in NETWORK_SUFFIXES:
        known = ", ".join((*NETWORK_SUFFIXES, *CAFFE_SUFFIXES))
        raise InputError(f"{file} is no network file; known are {known}")
    if file.suffix == ".xml" and not file.with_suffix(".bin").is_file():
        raise InputError(f"{file} needs its weights {file.with_suffix('.bin').name} beside it")


def _copy(source: Path, target: Path) -> None:
    if target.exists() and source.samefile(target):
        return
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _card(path: Path) -> ModelCard:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        # Cards of earlier versions name one file.
        names = card["files"] if "files" in card else [card["file"]]
        return ModelCard(
            name=card["name"],
            family=card["family"],
            skeleton=find_skeleton(card["skeleton"]) if card["skeleton"] else None,
            weights=tuple(path.parent / name for name in names),
            licence=card["licence"],
            description="Added by the user.",
            people=card.get("people", "many"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} is damaged ({error}); delete it and add the model again"
        ) from error
