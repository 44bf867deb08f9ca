"""Kinema's reader of Caffe networks against that of OpenCV 4, layer by layer.

    python benchmarks/caffe_layers.py

writes OpenPose's networks with random weights, runs each with both on one random picture and prints
how far apart the outputs of the layers are: the largest difference of a layer's values, over their
standard deviation, of all layers the worst. It needs `pip install "opencv-python-headless<5"`, as
OpenCV 5 no longer reads such files.

    python benchmarks/caffe_layers.py --golden tests/models/golden/caffe_layers.json

writes what OpenCV 4 makes of a small network with every kind of layer; a test compares with that.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from caffe_networks import OPENPOSE, FloatArray, write_every_kind, write_network

from kinema.models.importers.caffe import read_caffe
from kinema.models.runtime import Network

SIZE = (72, 56)
"""Width and height of the picture: 9 x 7 cells, so that neither side goes for the other."""

ENDS = ("highest", "mean", "sum")


def main() -> None:
    """Prints a line for each network, or writes the golden file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--golden", type=Path, metavar="FILE")
    parser.add_argument("--width", type=float, default=1.0, help="factor on all channels")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.golden:
            write_golden(arguments.golden, Path(folder))
            return
        print(f"OpenCV {cv2.__version__}, picture {SIZE[0]} x {SIZE[1]}")
        print(f"{'network':<14}{'layers':>7}{'parameters':>12}{'worst difference':>18}  in")
        for name, make in OPENPOSE.items():
            plan = make(arguments.width)
            files = Path(folder) / "net.prototxt", Path(folder) / "net.caffemodel"
            write_network(plan, *files)
            apart = differences(*files)
            worst = max(apart, key=apart.__getitem__)
            print(f"{name:<14}{len(apart):>7}{plan.parameters:>12}{apart[worst]:>18.2e}  {worst}")


def differences(prototxt: Path, caffemodel: Path) -> dict[str, float]:
    """For each layer, how far the two readers are apart."""
    width, height = SIZE
    picture = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 3, height, width)).astype(np.float32)
    layers = read_caffe(prototxt, caffemodel)
    names = [layer.name for layer in layers.layers]
    network = Network(
        caffemodel, layers=replace(layers, outputs={n: n for n in names}), precision="f32"
    )
    ours = network.start(picture).result()
    # OpenCV calls a layer that gives an output by the name of that.
    outputs = {layer: blob for blob, layer in layers.outputs.items()}
    theirs = opencv_outputs(prototxt, caffemodel, picture, [outputs.get(n, n) for n in names])
    return {
        name: float(np.abs(a - b).max() / b.std())
        for name, a, b in zip(names, ours, theirs, strict=True)
    }


def opencv_outputs(
    prototxt: Path, caffemodel: Path, picture: FloatArray, names: list[str]
) -> list[FloatArray]:
    """What OpenCV's layers give."""
    network = cv2.dnn.readNetFromCaffe(str(prototxt), str(caffemodel))
    network.enableFusion(False)
    network.enableWinograd(False)
    network.setInput(picture)
    return [np.asarray(output) for output in network.forward(names)]


def write_golden(path: Path, folder: Path) -> None:
    """Writes what OpenCV gives for the small network."""
    files = folder / "net.prototxt", folder / "net.caffemodel"
    picture = write_every_kind(*files)
    outputs = opencv_outputs(*files, picture, ["highest", "mean", "relu"])
    golden = {
        name: {"shape": output.shape, "values": [round(float(v), 6) for v in output.ravel()]}
        for name, output in zip(ENDS, outputs, strict=True)
    }
    path.write_text(json.dumps({"opencv": cv2.__version__, "outputs": golden}) + "\n", "utf-8")


if __name__ == "__main__":
    main()
