"""Takes models off this machine: those that the user has added, and fetched weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kinema.errors import InputError, ModelError
from kinema.models.added import added_files
from kinema.models.card import ModelCard
from kinema.models.catalogue import CARDS
from kinema.models.loading import find_card
from kinema.models.store.cache import place_of
from kinema.models.store.files import ArchiveFile


@dataclass(frozen=True)
class Removal:
    """What was removed.

    Attributes:
        name: Of the model.
        files: That were deleted.
        size: Of them, in bytes.
        kept: Files that were left, as other models that are here need them, each with their names.
        added: Whether the model was one of the user's: it is unknown from now on. One of the
            catalogue is fetched again when it is used next.
    """

    name: str
    files: tuple[Path, ...]
    size: int
    kept: dict[Path, tuple[str, ...]]
    added: bool


def remove_model(name: str) -> Removal:
    """Deletes the files of a model of the user, or the fetched files of one of the catalogue.

    What another model needs whose files are all here is left.

    Raises:
        UnknownModel: If there is no such model.
        InputError: If nothing of it is on this machine, or it is a file and no model by name.
        ModelError: If a file cannot be deleted.
    """
    kept: dict[Path, tuple[str, ...]] = {}
    added = not any(card.name == name for card in CARDS)
    if added:
        files = added_files(name)
        if not files:
            find_card(name)  # says what is called nearly so
            raise InputError(f"{name} is a file of yours, no added model; delete it yourself")
    else:
        card = find_card(name)
        files = _fetched_files(card)
        kept = _needed(card)
    files = [file for file in files if file not in kept]
    if not files:
        others = "; ".join(f"{file.name} stays for {' and '.join(n)}" for file, n in kept.items())
        raise InputError(f"nothing of {name} is on this machine{f': {others}' if others else ''}")
    size = sum(file.stat().st_size for file in files)
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise ModelError(f"{file} cannot be deleted: {error.strerror}") from error
    return Removal(name, tuple(files), size, kept, added)


def _packaged(card: ModelCard) -> list[ArchiveFile]:
    return [weights for weights in card.weights if not isinstance(weights, Path)]


def _fetched_files(card: ModelCard) -> list[Path]:
    """What there is of it in the cache, with what was made of TensorFlow.js's files."""
    places = [place_of(weights) for weights in _packaged(card)]
    made = [graph for place in places for graph in place.parent.glob(f"{place.stem}.v*.pb")]
    return [path for path in (*places, *made) if path.is_file()]


def _needed(card: ModelCard) -> dict[Path, tuple[str, ...]]:
    """Its files that others need too whose files are all here, with the names of those."""
    needed: dict[Path, tuple[str, ...]] = {}
    for weights in _packaged(card):
        place = place_of(weights)
        users = tuple(
            other.name
            for other in CARDS
            if other is not card and weights in other.weights and _is_here(other)
        )
        if users and place.is_file():
            needed[place] = users
    return needed


def _is_here(card: ModelCard) -> bool:
    return all(place_of(weights).is_file() for weights in _packaged(card))
