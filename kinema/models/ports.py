"""What the file of a network says of itself, and what its family expects of it."""

from __future__ import annotations

from pathlib import Path

from kinema.errors import InputError, ModelError
from kinema.models.card import ModelCard
from kinema.models.importers.tfjs import frozen_graph
from kinema.models.options import Options
from kinema.models.runtime import Network

USUAL_SIZE = 640
"""Side of the input of one-stage networks and detectors, where the file leaves it open."""


def network_file(files: tuple[Path, ...]) -> Path:
    """The file that the runtime reads: the first one, or made of the files of TensorFlow.js.

    Raises:
        ModelError: If the files of TensorFlow.js are damaged.
    """
    model, *weights = files
    return frozen_graph(model, weights) if model.suffix == ".json" else model


def unfit(network: Network, family: str, expected: str) -> ModelError:
    """The error that a network does not give what its family reads."""
    given = " and ".join(str(port.shape) for port in network.outputs)
    return ModelError(f"{network.path} gives {given}; the family {family} reads {expected}")


def wrong_count(network: Network, skeleton: str, expected: int, given: int) -> ModelError:
    """The error that a network gives another number of keypoints than its skeleton has."""
    return ModelError(
        f"{network.path} gives {given} keypoints, but {skeleton} has {expected}; "
        "choose another --skeleton"
    )


def input_size(network: Network) -> tuple[int, int]:
    """Width and height of the pictures that a network takes.

    Raises:
        ModelError: If the file leaves them open.
    """
    width, height = network.picture_size
    if min(width, height) < 1:
        raise ModelError(f"{network.path} leaves the size of its pictures open; export it with one")
    return width, height


def chosen_size(network: Network, card: ModelCard, options: Options) -> tuple[int, int]:
    """Width and height of the input: the file's, or a square where the file leaves them open.

    Raises:
        InputError: If the user chooses another size than the file has.
    """
    if min(network.picture_size) < 1:
        side = USUAL_SIZE if options.size is None else options.size
        return side, side
    width, height = network.picture_size
    if options.size not in (None, height):
        raise InputError(f"{card.name} takes pictures {width}x{height} and no other --size")
    return width, height
