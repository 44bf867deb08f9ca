"""The families: each is one file that reads the output of one kind of network."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from kinema.errors import InputError
from kinema.models.card import ModelCard
from kinema.models.model import Model
from kinema.models.options import Options
from kinema.models.person import Detector, PersonNetwork
from kinema.skeleton import Skeleton

Files = tuple[Path, ...]
"""The files of a model on this machine, in the order of `ModelCard.weights`."""


class LoadModel(Protocol):
    """`load_model` of a family that finds people in whole pictures."""

    def __call__(self, card: ModelCard, files: Files, options: Options) -> Model:
        """A model with these files and options."""
        ...


class LoadPerson(Protocol):
    """`load_person` of a family whose networks look at one person at a time."""

    def __call__(self, card: ModelCard, files: Files, options: Options) -> PersonNetwork:
        """A network with these files and options."""
        ...


class LoadDetector(Protocol):
    """`load_detector` of a family of detectors."""

    def __call__(self, card: ModelCard, files: Files, options: Options) -> Detector:
        """A detector with these files and options."""
        ...


@dataclass(frozen=True)
class Family:
    """One kind of network.

    Attributes:
        module: The file that knows it. It has one or more of `load_model`, `load_person` and
            `load_detector`, and is imported when a model of it is loaded, as it brings the runtime.
        description: What it is, in a line.
    """

    module: str
    description: str

    def model_loader(self) -> LoadModel | None:
        """Loads models that find people in whole pictures, if the family has such."""
        return getattr(importlib.import_module(self.module), "load_model", None)

    def person_loader(self) -> LoadPerson | None:
        """Loads networks that look at one person, if the family has such."""
        return getattr(importlib.import_module(self.module), "load_person", None)

    def detector_loader(self) -> LoadDetector | None:
        """Loads detectors of people, if the family has such."""
        return getattr(importlib.import_module(self.module), "load_detector", None)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "openpose": Family(
            "kinema.models.openpose.model",
            "bottom-up: confidence maps and part affinity fields of any number of people",
        ),
        "movenet": Family(
            "kinema.models.movenet", "MoveNet: one person with a crop that follows, or up to six"
        ),
        "openpose-crop": Family(
            "kinema.models.openpose.crops",
            "one hand or one face in a crop: OpenPose's own networks of Caffe",
        ),
        "heatmap": Family(
            "kinema.models.heatmap",
            "one person by a map for each joint: SimpleBaseline, HRNet, hourglass, CPM",
        ),
        "heatmap-dark": Family(
            "kinema.models.heatmap", "the same, read by DARK: networks trained with it"
        ),
        "heatmap-udp": Family(
            "kinema.models.heatmap",
            "the same with unbiased data processing: ViTPose, HRNet-UDP, CSPNeXt-UDP",
        ),
        "alphapose": Family("kinema.models.heatmap", "one person by maps: AlphaPose's FastPose"),
        "efficientpose": Family("kinema.models.heatmap", "one person by maps: EfficientPose"),
        "simcc": Family(
            "kinema.models.simcc", "one person by rows of classes: RTMPose, RTMW, SimCC"
        ),
        "yolo": Family("kinema.models.yolo", "one-stage: YOLO-pose of Ultralytics, 8, 11 and 26"),
        "rtmo": Family("kinema.models.yolo", "one-stage: RTMO"),
        "posenet": Family("kinema.models.posenet", "bottom-up: PoseNet with MobileNet"),
        "posenet-resnet": Family("kinema.models.posenet", "bottom-up: PoseNet with ResNet"),
        "deeppose": Family("kinema.models.deeppose", "one person by coordinates: DeepPose, RLE"),
        "keypoint-rcnn": Family(
            "kinema.models.keypoint_rcnn", "boxes with joints: TorchVision's keypoint R-CNN"
        ),
        "detectron2": Family(
            "kinema.models.keypoint_rcnn", "boxes with joints: Detectron2's keypoint R-CNN"
        ),
        "pifpaf": Family("kinema.models.pifpaf", "bottom-up: OpenPifPaf, version 0.12 and later"),
        "nanodet": Family("kinema.models.nanodet", "detector: NanoDet"),
        "yolox": Family("kinema.models.yolox", "detector: YOLOX"),
        "rtmdet": Family("kinema.models.rtmdet", "detector: RTMDet, and others by MMDeploy"),
        "accurate": Family(
            "kinema.models.accurate.model",
            "people by NanoDet, then MoveNet's maps of several crops of each, averaged",
        ),
        "blazepose": Family(
            "kinema.models.blazepose.model",
            "people by a detector, then 33 joints of each in 2D and 3D; follows them on video",
        ),
        "mediapipe-hand": Family("kinema.models.mediapipe_hand", "one hand in a crop: MediaPipe"),
        "mediapipe-face": Family("kinema.models.mediapipe_face", "one face in a crop: MediaPipe"),
    }
)
"""All families by name, as in `ModelCard.family` and `kinema models add --family`."""


def refuse_options(card: ModelCard, options: Options, *names: str) -> None:
    """For families that have no use for some options.

    Raises:
        InputError: If one of the options named is not as it is by default.
    """
    plain = Options()
    for name in names:
        if getattr(options, name) != getattr(plain, name):
            raise InputError(f"{card.name} has no use for --{name.replace('_', '-')}")


def skeleton_needed(card: ModelCard) -> Skeleton:
    """The skeleton of a card, for families whose files do not say which joints they give.

    Raises:
        InputError: If the card has none.
    """
    if card.skeleton is None:
        raise InputError(f"{card.name} needs a skeleton, whose joints it gives")
    return card.skeleton
