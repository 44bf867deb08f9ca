"""Average precision of a model on people that were labelled as in COCO.

    pip install pycocotools
    python benchmarks/coco.py --annotations person_keypoints_val2017.json --images val2017

Pictures that are not in the folder are left out, so a part of a data set will do. What is measured
is what `kinema run --save coco` gives, by COCO's own evaluation (`pycocotools`, keypoints).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import kinema

SHOWN = {"AP": 0, "AP50": 1, "AP75": 2, "AP medium": 3, "AP large": 4, "AR": 5}
"""Where these are in `COCOeval.stats`."""


def main() -> None:
    """Runs the model, evaluates its results and prints one line a number."""
    arguments = _arguments()
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints as it goes
        labels = COCO(arguments.annotations)
    pictures = {
        number: path
        for number, image in sorted(labels.imgs.items())
        if (path := arguments.images / Path(image["file_name"]).name).exists()
    }
    if not pictures:
        raise SystemExit(f"none of the pictures of {arguments.annotations} is in that folder")
    model = kinema.load_model(
        arguments.model,
        size=arguments.size,
        scales=tuple(float(scale) for scale in arguments.scales.split(",")),
        mirror=arguments.mirror,
        precision=arguments.precision,
    )
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "people.coco.json"
        with kinema.open_writer(results) as out:
            for poses in kinema.run(model, _frames(pictures)):
                out.write(poses)
        seconds = time.perf_counter() - started
        stats = _evaluate(labels, results, list(pictures))
    print(f"{'pictures':<10}{len(pictures)}")
    print(f"{'seconds':<10}{seconds:.1f}")
    for name, place in SHOWN.items():
        print(f"{name:<10}{stats[place]:.3f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--annotations", required=True, help="a file of COCO keypoint labels")
    parser.add_argument("--images", required=True, type=Path, help="the folder of the pictures")
    parser.add_argument("--model", default="openpose")
    parser.add_argument("--size", type=int, help="height of the network's input")
    parser.add_argument("--scales", default="1", help="say 0.5,1,1.5,2")
    parser.add_argument("--mirror", action="store_true")
    parser.add_argument("--precision", default="auto", help="auto, f32 or bf16")
    return parser.parse_args()


def _frames(pictures: dict[int, Path]) -> Iterator[kinema.Frame]:
    """The pictures; the number of a frame is COCO's id of the image, which the writer keeps."""
    for number, path in pictures.items():
        yield kinema.Frame(kinema.read_image(path).image, index=number)


def _evaluate(labels: COCO, results: Path, images: list[int]) -> list[float]:
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(labels, labels.loadRes(str(results)), "keypoints")
        evaluation.params.imgIds = images
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return list(evaluation.stats)


if __name__ == "__main__":
    main()
