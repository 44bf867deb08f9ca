"""What the file of a network says of itself, and what its family expects of it."""

from __future__ import annotations

from pathlib import Path

from kinema.errors import ModelError
from kinema.models.runtime import Network
from kinema.models.tfjs import frozen_graph


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


def input_size(network: Network, size: int | None = None) -> tuple[int, int]:
    """Width and height of the pictures that a network takes.

    Args:
        network: Takes one picture.
        size: Width and height where the file leaves them open.

    Raises:
        ModelError: If the file leaves them open and there is no `size`.
    """
    width, height = network.picture_size
    if min(width, height) > 0:
        return width, height
    if size is None:
        raise ModelError(f"{network.path} leaves the size of its pictures open; export it with one")
    return size, size
