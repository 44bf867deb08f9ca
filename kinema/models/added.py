"""Models that the user has added from files of their own.

A card is kept as one JSON file beside a copy of the network, in the user's data folder, not in the
cache: a cache may be deleted, a user's model may not. `KINEMA_DATA` moves the folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import platformdirs

from kinema.errors import InputError, ModelError
from kinema.models.card import ModelCard
from kinema.skeletons import find_skeleton

NETWORK_SUFFIXES = (".pb", ".onnx", ".tflite", ".xml")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def data_folder() -> Path:
    """Where models of the user are kept."""
    if moved := os.environ.get("KINEMA_DATA"):
        return Path(moved).expanduser().absolute()
    return platformdirs.user_data_path("kinema", appauthor=False)


def add_model(file: Path, *, name: str, family: str, skeleton: str, licence: str) -> ModelCard:
    """Copies a network file into the user's models and describes it.

    Raises:
        InputError: If the name, the file or the skeleton cannot be used.
        ModelError: If the folder of models cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"model name {name!r} may hold only a-z, 0-9, dot, dash and underscore")
    check_network_file(file)
    keypoints = find_skeleton(skeleton)
    folder = data_folder() / "models"
    copy = folder / f"{name}{file.suffix}"
    card = {
        "name": name,
        "family": family,
        "skeleton": keypoints.name,
        "file": copy.name,
        "licence": licence,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy(file, copy)
        if file.suffix == ".xml":  # OpenVINO keeps the weights beside the graph
            _copy(file.with_suffix(".bin"), copy.with_suffix(".bin"))
        part = folder / f".{name}.json.part"
        part.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        part.replace(folder / f"{name}.json")
        for suffix in NETWORK_SUFFIXES:  # of a model of that name that this one takes the place of
            if suffix != file.suffix:
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
        if file.suffix != ".xml":
            copy.with_name(f"{name}.bin").unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written: {error.strerror}") from error
    return _card(folder / f"{name}.json")


def added_models() -> list[ModelCard]:
    """The cards of all models that the user has added, by name.

    Raises:
        ModelError: If a card is damaged.
    """
    return [_card(path) for path in sorted((data_folder() / "models").glob("*.json"))]


def check_network_file(file: Path) -> None:
    """Makes sure that a file is there and is of a kind that the runtime reads.

    Raises:
        InputError: If not.
    """
    if not file.is_file():
        raise InputError(f"{file} is no file")
    if file.suffix not in NETWORK_SUFFIXES:
        raise InputError(f"{file} is no network file; known are {', '.join(NETWORK_SUFFIXES)}")
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
        return ModelCard(
            name=card["name"],
            family=card["family"],
            skeleton=find_skeleton(card["skeleton"]),
            weights=(path.parent / card["file"],),
            licence=card["licence"],
            description="Added by the user.",
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} is damaged ({error}); delete it and add the model again"
        ) from error
