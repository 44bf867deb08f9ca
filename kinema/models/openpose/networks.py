"""Opens the network files of the OpenPose family, and says what their maps are.

There are two kinds: networks in the manner of TF-OpenPose, pixels in and maps out with the channels
last, and OpenPose's own, which are Caffe's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinema.errors import InputError, ModelError
from kinema.models.card import ModelCard
from kinema.models.importers.caffe import read_caffe
from kinema.models.importers.layers import LayerNetwork
from kinema.models.openpose.layouts import COCO_CHANNELS, PART_CHANNELS, Channels
from kinema.models.options import Options
from kinema.models.runtime import Network, PictureInput, takes_planes

CAFFE_PICTURE = PictureInput(
    "NCHW", mean=(128.0, 128.0, 128.0), scale=(256.0, 256.0, 256.0), any_size=True
)
"""What OpenPose's own networks take: BGR, each value / 256 - 0.5."""


def is_caffe(files: Sequence[Path]) -> bool:
    """Whether files are a network of Caffe: `.prototxt` and `.caffemodel`, or exported as `.xml`.

    Raises:
        ModelError: If an `.xml` cannot be read as a network.
    """
    return files[0].suffix == ".prototxt" or (files[0].suffix == ".xml" and takes_planes(files[0]))


def open_network(path: Path, options: Options) -> Network:
    """A network from one picture (1, H, W, 3) of any size to maps (1, h, w, C).

    Raises:
        ModelError: If the file is no such network.
    """
    network = Network(
        path,
        picture=PictureInput(any_size=True),
        maps_first=True,
        precision=options.precision,
        latency=options.latency,
    )
    shapes = [port.shape for port in (*network.inputs, *network.outputs)]
    if (
        len(shapes) != 2
        or any(len(shape) != 4 for shape in shapes)
        or shapes[0][3] != 3
        or shapes[1][1] < 0
    ):
        raise ModelError(f"{path} does not map pictures (1, H, W, 3) to maps (1, h, w, C)")
    return network


def open_caffe(files: Sequence[Path], options: Options) -> Network:
    """One of OpenPose's own networks, of Caffe: from one picture of any size to maps (1, C, h, w).

    Args:
        files: The `.prototxt` and the `.caffemodel`, or the one file that they were exported to.
        options: Precision and latency are heeded.

    Raises:
        ModelError: If the files are no such network.
    """
    if len(files) == 1:
        return _open_planes(files[0], None, options)
    prototxt, caffemodel = files
    layers = read_caffe(prototxt, caffemodel)
    if layers.channels != 3 or len(layers.outputs) != 1:
        raise ModelError(
            f"{prototxt} takes {layers.channels} channels and gives {', '.join(layers.outputs)}; "
            "OpenPose's networks take 3 and give one blob of maps"
        )
    return _open_planes(caffemodel, layers, options)


def _open_planes(path: Path, layers: LayerNetwork | None, options: Options) -> Network:
    network = Network(
        path,
        layers=layers,
        picture=CAFFE_PICTURE,
        precision=options.precision,
        latency=options.latency,
    )
    if len(network.outputs) != 1 or len(network.outputs[0].shape) != 4:
        raise ModelError(f"{path} does not map pictures (1, 3, H, W) to maps (1, C, h, w)")
    return network


def tf_channels(card: ModelCard) -> Channels:
    """What the maps of a network in the manner of TF-OpenPose are.

    Raises:
        InputError: If they are not those of the card's skeleton.
    """
    if card.skeleton != COCO_CHANNELS.skeleton:
        raise _unknown(card, [COCO_CHANNELS])
    return COCO_CHANNELS


def caffe_channels(card: ModelCard, network: Network, known: Sequence[Channels]) -> Channels:
    """What the maps of one of OpenPose's own networks are.

    Args:
        card: Names the skeleton; without one, the number of maps tells.
        network: Gives the maps.
        known: Those that there may be.

    Raises:
        InputError: If the skeleton is not one of those known.
        ModelError: If the network does not give the maps of the skeleton.
    """
    count = network.outputs[0].shape[1]
    fitting = [channels for channels in known if channels.count == count]
    if card.skeleton is None:
        if not fitting:
            each = ", ".join(f"{c.count} ({c.skeleton.name})" for c in known)
            raise ModelError(f"{network.path} gives {count} maps; known are {each}")
        return fitting[0]
    for channels in known:
        if channels.skeleton == card.skeleton:
            if channels.count != count:
                hint = f"; they are those of {fitting[0].skeleton.name}" if fitting else ""
                raise ModelError(
                    f"{network.path.name} gives {count} maps, but those of {card.skeleton.name} "
                    f"are {channels.count}{hint}"
                )
            return channels
    raise _unknown(card, known)


def _unknown(card: ModelCard, known: Sequence[Channels]) -> InputError:
    names = " or ".join(channels.skeleton.name for channels in known)
    parts = [channels.skeleton for channels in PART_CHANNELS]
    named = card.skeleton.name if card.skeleton else "none"
    hint = ""
    if card.skeleton in parts and card.family == "openpose":
        hint = "; hands and faces are of the family openpose-crop"
    return InputError(f"the family {card.family} has {names}, not {named}{hint}")
