"""The model `accurate`: NanoDet's people, faint ones too, and MoveNet's maps of six crops of each.

What it gains over `nanodet+movenet-thunder`, and what each part of that gives, is measured by
`benchmarks/accurate_views.py`.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kinema.errors import ModelError
from kinema.media.frame import Frame
from kinema.models.accurate.reading import read_joints
from kinema.models.accurate.same_person import people_once
from kinema.models.accurate.views import FAMILY, VIEWS, Heads
from kinema.models.card import ModelCard
from kinema.models.crops import Cutter
from kinema.models.families import refuse_options
from kinema.models.nanodet import load_fainter
from kinema.models.options import Options
from kinema.models.person import Detector
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

FAINTEST_BOX = 0.15
"""Least score of a person of the detector. With 0.3 it finds 347 of 395 people of COCO pictures,
with this 382, and the maps tell the true ones among them from the rest."""

LEAST_CERTAINTY = 0.2
"""Of a person. On COCO pictures one of fifteen people with a certainty of 0.2 to 0.25 is right
(similarity 0.5), of those with 0.15 to 0.2 one of forty. With these the average precision would be
0.503, without them it is 0.502."""

FILES = 4
"""Two each for the detector and the network, as TensorFlow.js has them."""


class Accurate:
    """People by a detector, joints by the mean of what a network sees in several crops of each.

    Attributes:
        name: In the catalogue.
        skeleton: COCO's.
        parallel: How many frames are worked on at once.

    Args:
        detector: Says where people may be.
        heads: Look at each.
        name: In the catalogue.
        single_person: Keep the one person that is most certain.
    """

    def __init__(
        self, detector: Detector, heads: Heads, *, name: str, single_person: bool = False
    ) -> None:
        self.name = name
        self.skeleton: Skeleton = COCO17
        self.parallel = heads.parallel
        self._detector = detector
        self._heads = heads
        self._single_person = single_person
        self._threads = ThreadPoolExecutor(self.parallel + 1, thread_name_prefix="kinema-accurate")

    def start(self, frame: Frame) -> AccurateJob:
        """Starts on a frame and returns at once."""
        return AccurateJob(frame, self._threads.submit(self.find, frame))

    def find(self, frame: Frame) -> Poses:
        """The people of one frame, the most certain first.

        The certainty of a person is the geometric mean of the detector's score and of the mean
        score of the joints.
        """
        boxes, sure = self._detector.start(frame).result()
        cutter = Cutter(frame)
        looks = [self._look(cutter, box) for box in boxes]
        keypoints = np.array([k for k, _ in looks], np.float32).reshape(-1, len(COCO17), 2)
        scores = np.array([s for _, s in looks], np.float32).reshape(-1, len(COCO17))
        certainty = np.sqrt(scores.mean(axis=1) * sure)
        chosen, joints = people_once(keypoints, scores, boxes, certainty)
        poses = Poses(
            COCO17,
            joints,
            scores[chosen],
            boxes=boxes[chosen],
            certainty=certainty[chosen],
            frame=frame.index,
            time=frame.time,
        )
        poses = poses[poses.person_scores >= LEAST_CERTAINTY]
        return poses[:1] if self._single_person else poses

    def _look(self, cutter: Cutter, box: Float32Array) -> tuple[Float32Array, Float32Array]:
        waiting = [self._heads.start(cutter, box, view) for view in VIEWS]
        return read_joints([sight() for sight in waiting], box)


class AccurateJob:
    """One frame that the model is working on."""

    def __init__(self, frame: Frame, future: Future[Poses]) -> None:
        self.frame = frame
        self._future = future

    def poses(self) -> Poses:
        """Waits for the people of the frame."""
        return self._future.result()


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> Accurate:
    """The model of the files of a detector (NanoDet) and a network (single-pose MoveNet).

    Raises:
        ModelError: If the files hold no such networks.
        InputError: If an option is of no use.
    """
    refuse_options(card, options, "size", "scales", "mirror")
    if len(files) != FILES:
        raise ModelError(
            f"the family {FAMILY} takes {FILES} files: model and weights of NanoDet, then of "
            f"single-pose MoveNet; got {len(files)}"
        )
    closer = Options(precision=options.precision, latency=options.latency)
    return Accurate(
        load_fainter(card, files[:2], closer, threshold=FAINTEST_BOX),
        Heads(files[2:], closer),
        name=card.name,
        single_person=options.single_person,
    )
