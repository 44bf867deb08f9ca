"""Writes the networks of a model as files: in OpenVINO's own form, as they are or in INT8."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from kinema.errors import InputError, ModelError
from kinema.media.frame import Frame, Image
from kinema.media.sources import read_video
from kinema.models.added import NETWORK_SUFFIXES
from kinema.models.card import ModelCard
from kinema.models.families import FAMILIES, Files
from kinema.models.importers.caffe import read_caffe
from kinema.models.importers.layers import LayerNetwork
from kinema.models.options import Options
from kinema.models.ports import network_file
from kinema.models.runtime import Network
from kinema.models.runtime.export import require_nncf, write_int8, write_network

FORMATS = ("openvino",)

PICTURES = 100
"""Quantising takes about so many pictures, however many there are: at least this, if they are
there, and fewer than twice as many."""


@runtime_checkable
class Quantisable(Protocol):
    """A model of one network, which says what that is given."""

    @property
    def network(self) -> Network:
        """The network."""
        ...

    def inputs(self, frame: Frame) -> list[Image]:
        """The pictures (H, W, 3) that the network is given for a frame."""
        ...


@dataclass(frozen=True)
class Graph:
    """One network of a model: how to call it, and what the runtime reads."""

    name: str
    path: Path
    layers: LayerNetwork | None = None


def export_model(
    card: ModelCard,
    files: Files,
    folder: Path,
    *,
    to: str = "openvino",
    calibrate: str | None = None,
) -> list[Path]:
    """Writes the networks of a model into a folder, each as `.xml` and `.bin`.

    The first is called as the model is, further ones have the names of their files added; one in
    INT8 has `-int8` added. Files of those names are replaced.

    Args:
        card: Of the model.
        files: On this machine, in the order of the card.
        folder: Made if it is not there.
        to: One of `FORMATS`.
        calibrate: A video, or pictures, of the kind that the model is to see: quantise to INT8 by
            them. None for float32.

    Returns:
        The `.xml` files.

    Raises:
        InputError: If the format is unknown, the model cannot be quantised, or it lies itself where
            it would be written to.
        MissingExtra: If NNCF is needed and not installed.
        MediaError: If there are no pictures.
        ModelError: If a network cannot be read, quantised or written.
    """
    check_format(to)
    model = None
    if calibrate is not None:
        require_nncf()  # before work is done in vain
        model = _quantisable(card, files)
    pictures = _pictures(model, calibrate) if model and calibrate is not None else []
    ending = "-int8" if model else ""
    graphs = list(_graphs(card, files))
    targets = [folder / f"{graph.name}{ending}.xml" for graph in graphs]
    for target in targets:
        if any(target.exists() and file.exists() and target.samefile(file) for file in files):
            raise InputError(f"{target} is the model itself; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written: {error.strerror}") from error
    for graph, target in zip(graphs, targets, strict=True):
        if model and model.network.picture:
            write_int8(graph.path, target, pictures, model.network.picture, graph.layers)
        else:
            write_network(graph.path, target, graph.layers)
    return targets


def check_format(to: str) -> None:
    """Makes sure that there is such a format to write.

    Raises:
        InputError: If not.
    """
    if to == "onnx":
        raise InputError("OpenVINO reads ONNX but cannot write it; take --to openvino")
    if to not in FORMATS:
        raise InputError(f"no network can be written as {to!r}; take --to {' or '.join(FORMATS)}")


def _graphs(card: ModelCard, files: Files) -> Iterator[Graph]:
    """The networks of a model, in the order of its files."""
    if files[0].suffix == ".prototxt":
        yield Graph(card.name, files[1], read_caffe(files[0], files[1]))
        return
    groups: list[list[Path]] = []  # a network of TensorFlow.js has files of weights after it
    for file in files:
        if file.suffix == ".json" or file.suffix in NETWORK_SUFFIXES or not groups:
            groups.append([file])
        else:
            groups[-1].append(file)
    for number, group in enumerate(groups):
        name = f"{card.name}-{_stem(card, files.index(group[0]))}" if number else card.name
        yield Graph(name, network_file(tuple(group)))


def _stem(card: ModelCard, number: int) -> str:
    """What a file is called where it comes from; in the cache its name begins with a digest."""
    weights = card.weights[number]
    return weights.stem if isinstance(weights, Path) else Path(weights.member).stem


def _quantisable(card: ModelCard, files: Files) -> Quantisable:
    loader = FAMILIES[card.family].model_loader()
    model = loader(card, files, Options(precision="f32")) if loader else None
    if not isinstance(model, Quantisable):
        raise InputError(
            f"{card.name} cannot be quantised: models of the family openpose can; "
            "leave --int8 and --calibrate out"
        )
    return model


def _pictures(model: Quantisable, source: str) -> list[Image]:
    """What the network is given for pictures spread evenly over a source of any length."""
    kept: list[Image] = []
    step = 1
    with read_video(source) as video:
        for number, frame in enumerate(video):
            if number % step == 0:
                kept += model.inputs(frame)
            if len(kept) == 2 * PICTURES:
                kept, step = kept[::2], 2 * step
    if not kept:
        raise InputError(f"{source} has no picture to calibrate on")
    return kept
