"""The BlazePose family: 33 joints of each person, in the picture and in metres, also on video.

Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", CVPR Workshop 2020
(arXiv:2006.10204). A detector finds people; a network looks at the square around each; on video the
next square follows from the last joints, so that the detector can rest. In a single picture, and
with one person, the joints are those of MediaPipe's `Pose` with `static_image_mode`. On video
MediaPipe then smooths the joints over time, which is left to whoever wants it, and looks for one
person only.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kinema.errors import ModelError
from kinema.media.frame import Frame
from kinema.models.blazepose.detector import PoseDetector
from kinema.models.blazepose.landmarks import (
    HIPS,
    INPUT_SIZE,
    JOINTS,
    RIM,
    LandmarkNetwork,
    Look,
)
from kinema.models.blazepose.regions import Pixels, square, to_picture
from kinema.models.card import ModelCard
from kinema.models.crop_network import CropNetwork
from kinema.models.crops import Region
from kinema.models.families import refuse_options
from kinema.models.options import Options, Precision
from kinema.models.ports import network_file
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BLAZEPOSE33

LEAST_CERTAINTY = 0.5
"""Below it there is nobody in the square: `ThresholdingCalculator` in MediaPipe's graph."""

MOST_PEOPLE = 8
"""People in a picture, if nothing else is asked for."""

FRAMES_BETWEEN_SEARCHES = 10
"""On video, while everybody who was there still is, and more may come."""

PERSON_PADDING = 1.5
"""How much larger than a box of another model the upright square is: best of 1, 1.25, 1.5 and 1.75
on boxes of COCO."""

SAME_CENTRE = 0.15
"""Squares whose middles are nearer than this share of the smaller one's side are of one person."""

SAME_JOINTS = 0.1
"""So are two people whose joints are nearer than this share of the side on average."""

COVERED = 0.6
"""Who comes anew and has this share of his box, or of the other one's, in common with someone known
is the same: a part of a body, or a body seen the wrong way round. Those who are followed may cover
each other."""


class Person(NamedTuple):
    """A person in a frame.

    Attributes:
        region: The square that was looked at.
        look: What the network saw there.
        points: (39, 2) the points in pixels of the frame.
    """

    region: Region
    look: Look
    points: Float32Array

    @property
    def next_region(self) -> Region | None:
        """The square to look at in the next frame."""
        return square(self.points[HIPS], self.points[RIM])


class BlazePose:
    """A model that finds people, looks at each, and on video follows them.

    As it is loaded, it takes each frame for itself. `kinema.models.model.run` follows people from
    frame to frame (see `renewed`) as long as time goes on and the size of the picture stays.

    Args:
        detector: Finds people.
        landmarks: Looks at one.
        name: In the catalogue.
        most_people: Look at no more than so many.
        follows: Look where people were in the frame before, rather than search each frame.
    """

    parallel = 1

    def __init__(
        self,
        detector: PoseDetector,
        landmarks: LandmarkNetwork,
        *,
        name: str,
        most_people: int = MOST_PEOPLE,
        follows: bool = False,
    ) -> None:
        self.name = name
        self.most_people = most_people
        self.follows = follows
        self._detector = detector
        self._landmarks = landmarks
        # Frame after frame, as each needs the one before. Inference takes all cores by itself.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kinema-blazepose")
        self._last: Frame | None = None
        self._regions: list[Region] = []
        self._since_search = 0
        self._halvings: int | None = None

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints that it gives."""
        return BLAZEPOSE33

    def renewed(self) -> BlazePose:
        """One that follows people through a recording and has not seen any of it yet."""
        return BlazePose(
            self._detector,
            self._landmarks,
            name=self.name,
            most_people=self.most_people,
            follows=True,
        )

    def start(self, frame: Frame) -> BlazePoseJob:
        """Begins work on a frame and returns at once."""
        # The picture is made here, while the thread is still busy with the frame before.
        pixels = Pixels(frame, halvings=self._halvings)
        return BlazePoseJob(frame, self._thread.submit(self._people, pixels))

    def _people(self, pixels: Pixels) -> list[Person]:
        frame = pixels.frame
        people: list[Person] = []
        regions = self._remembered(frame)
        for person in self._look(pixels, regions):
            if not any(_same_joints(person, known) for known in people):
                people.append(person)
        if self._must_search(len(people), len(regions)):
            room = self.most_people - len(people)
            for person in self._look(pixels, self._new_regions(pixels, people)[:room]):
                if not any(_covered(person, known) for known in people):
                    people.append(person)
        if self.follows:
            self._regions = [r for person in people if (r := person.next_region)]
            self._last = frame
            self._halvings = pixels.halvings
        return people

    def _remembered(self, frame: Frame) -> list[Region]:
        """Where people should be, from the frame before."""
        last, regions = self._last, self._regions
        self._last, self._regions = None, []  # if this frame fails, the next one begins anew
        if last is None or frame.time <= last.time or frame.size != last.size:
            return []
        return regions

    def _must_search(self, people: int, remembered: int) -> bool:
        """Whether the detector is needed: someone was lost, or others may have come."""
        self._since_search += 1
        if people and people >= self.most_people:
            return False
        due = self._since_search >= FRAMES_BETWEEN_SEARCHES
        if people == 0 or people < remembered or due:
            self._since_search = 0
            return True
        return False

    def _new_regions(self, pixels: Pixels, people: list[Person]) -> list[Region]:
        known = [region for person in people if (region := person.next_region)]
        found = [found.region for found in self._detector.find(pixels)]
        return [one for one in found if not any(_same_place(one, other) for other in known)]

    def _look(self, pixels: Pixels, regions: Iterable[Region]) -> list[Person]:
        """The people in these squares."""
        requests = [
            (region, self._landmarks.start(pixels.crop(region, INPUT_SIZE))) for region in regions
        ]
        looks = [(region, request.result()) for region, request in requests]
        return [
            Person(region, look, to_picture(region, look.places))
            for region, look in looks
            if look.certainty >= LEAST_CERTAINTY and np.isfinite(look.places).all()
        ]


class BlazePoseJob:
    """One frame that a `BlazePose` model is working on."""

    def __init__(self, frame: Frame, people: Future[list[Person]]) -> None:
        self.frame = frame
        self._people = people

    def poses(self) -> Poses:
        """Waits for the people of the frame.

        The score of a joint is its visibility: how likely it is to be in the picture and not
        hidden. Joints that are not have a position all the same, the network's guess, which may lie
        beyond the picture. The box is the smallest around the joints, the certainty is how likely
        there is a person.
        """
        people = self._people.result()
        poses = replace(
            Poses.empty(BLAZEPOSE33, frame=self.frame.index, time=self.frame.time),
            keypoints=_stacked([person.points[:JOINTS] for person in people], 2),
            scores=_scores(people),
            certainty=np.array([person.look.certainty for person in people], np.float32),
        )
        return replace(poses, boxes=poses.bounds())

    def poses_3d(self) -> Poses:
        """Waits for the same people in space "body", in metres, in the same order.

        The origin is the middle of the hips; x points right as in the picture, y down, and z away
        from the camera, so that what is nearer to the camera than the hips has z < 0. The camera is
        taken to stand level and to look at the person straight on. The size is that of an average
        person, as a single picture cannot tell it.
        """
        people = self._people.result()
        return Poses(
            BLAZEPOSE33,
            _stacked([_upright(person)[:JOINTS] for person in people], 3),
            _scores(people),
            frame=self.frame.index,
            time=self.frame.time,
            space="body",
            certainty=np.array([person.look.certainty for person in people], np.float32),
        )


def _same_place(one: Region, other: Region) -> bool:
    distance = np.hypot(*np.subtract(one.centre, other.centre))
    return bool(distance < SAME_CENTRE * min(one.size[0], other.size[0]))


def _same_joints(one: Person, other: Person) -> bool:
    distance = np.linalg.norm(one.points[:JOINTS] - other.points[:JOINTS], axis=1).mean()
    return bool(distance < SAME_JOINTS * min(one.region.size[0], other.region.size[0]))


def _covered(one: Person, other: Person) -> bool:
    corners = [(p.points[:JOINTS].min(axis=0), p.points[:JOINTS].max(axis=0)) for p in (one, other)]
    (low, high), (other_low, other_high) = corners
    common = np.clip(np.minimum(high, other_high) - np.maximum(low, other_low), 0, None).prod()
    smaller = min((high - low).prod(), (other_high - other_low).prod())
    return bool(common > 0 and common >= COVERED * smaller)


def _upright(person: Person) -> Float32Array:
    """The points in space, turned as the region was (`WorldLandmarkProjectionCalculator`)."""
    cos, sin = np.cos(person.region.angle), np.sin(person.region.angle)
    x, y, z = person.look.space.T
    return np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=1).astype(np.float32)


def _scores(people: list[Person]) -> Float32Array:
    return np.array([p.look.visibility[:JOINTS] for p in people], np.float32).reshape(-1, JOINTS)


def _stacked(arrays: list[Float32Array], dimensions: int) -> Float32Array:
    return np.array(arrays, np.float32).reshape(-1, JOINTS, dimensions)


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> BlazePose:
    """The model; `files` are those of the landmark network, then the detector.

    Raises:
        ModelError: If a file is missing or no such network.
        InputError: If an option is of no use.
    """
    refuse_options(card, options, "size", "scales", "mirror")
    if len(files) < 2:
        raise ModelError(
            f"{card.name} has one file; a model of this family takes a landmark network and the "
            "detector of people"
        )
    precision = _precision(options)
    return BlazePose(
        PoseDetector(files[-1], precision=precision),
        LandmarkNetwork(network_file(files[:-1]), precision=precision),
        name=card.name,
        most_people=1 if options.single_person else MOST_PEOPLE,
    )


def load_person(card: ModelCard, files: tuple[Path, ...], options: Options) -> CropNetwork:
    """The landmark network alone, which looks at people whom another model has found, upright.

    Raises:
        ModelError: If the file is no such network.
    """
    landmarks = LandmarkNetwork(
        network_file(files[:-1]), precision=_precision(options), latency=options.latency
    )

    def decode(outputs: tuple[Float32Array, ...]) -> tuple[Float32Array, Float32Array]:
        look = landmarks.read(outputs)
        return look.places[:JOINTS] * INPUT_SIZE, look.visibility[:JOINTS]

    return CropNetwork(
        landmarks.network,
        decode,
        name=card.name,
        skeleton=BLAZEPOSE33,
        crop_size=(INPUT_SIZE, INPUT_SIZE),
        padding=PERSON_PADDING,
    )


def _precision(options: Options) -> Precision:
    """These networks lose people and joints in bfloat16, which must therefore be asked for."""
    return "f32" if options.precision == "auto" else options.precision
