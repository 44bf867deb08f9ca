"""What the maps of OpenPose's networks stand for, and those of networks made after them.

Names, limbs and numbers of channels are those of OpenPose's own tables (`POSE_BODY_PART_PAIRS` and
`POSE_MAP_INDEX`; `HAND_NUMBER_PARTS`, `FACE_NUMBER_PARTS`). All its networks give the confidence
maps first, then one of the background, then the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kinema.models.openpose.part_fields import PartLayout, PartMaps, Thresholds
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, FACE70, HAND21, MPI15, OPENPOSE18

TF_POSE_OFFSET = (0.06, 0.03)
"""Half an input pixel in x, less in y. In x it shows without any labels: the joints of a mirrored
picture, mirrored back, lie 0.114 cells to the left of those of the picture (960 joints of 40 COCO
pictures). In y it is the mean distance to the labels, 0.034 with a standard error of 0.009 (2,624
joints)."""

AUTHORS_THRESHOLDS = Thresholds(peak=0.05, sample=0.05, samples=0.8)
"""For OpenPose's own COCO and BODY_25, by their authors; the share of samples is that of their
first code, which looks at ten points of a limb, as `part_fields` does."""

MPI_THRESHOLDS = replace(AUTHORS_THRESHOLDS, peak=0.3, sample=0.01)
"""For OpenPose's MPI, by its authors. For the network of six stages alone they ask for a peak of
0.6; a joint between the two comes with a score that says so."""


@dataclass(frozen=True)
class Channels:
    """Where the maps are in the output of a network.

    Attributes:
        count: All channels, also unused ones such as the background.
        layout: The joints and limbs.
        heatmaps: First channel of the confidence maps, which follow each other.
        fields: For each limb the channels of the x and of the y of its field.
        offset: How far to the right and down of its place the network sees a joint, in cells.
        thresholds: What counts as a joint, a limb, a person in these maps.
    """

    count: int
    layout: PartLayout
    heatmaps: int
    fields: tuple[tuple[int, int], ...]
    offset: tuple[float, float] = (0.0, 0.0)
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def skeleton(self) -> Skeleton:
        """The joints."""
        return self.layout.skeleton

    def split(self, output: Float32Array) -> PartMaps:
        """The maps in the network's output (1, channels, h, w)."""
        k = len(self.skeleton)
        heatmaps = output[0, self.heatmaps : self.heatmaps + k]
        fields = np.array(self.fields, dtype=np.intp).reshape(-1, 2)
        return PartMaps(self.layout, heatmaps, output[0][fields])


def _channels(
    skeleton: Skeleton, fields: Mapping[str, int], thresholds: Thresholds = AUTHORS_THRESHOLDS
) -> Channels:
    """Joints, background, fields; `fields` has the channel of x for each limb ("neck nose")."""
    first = len(skeleton) + 1
    limbs = [limb.split() for limb in fields]
    return Channels(
        count=first + 2 * len(fields),
        layout=PartLayout(skeleton, tuple((a, b) for a, b in limbs)),
        heatmaps=0,
        fields=tuple((first + x, first + x + 1) for x in fields.values()),
        thresholds=thresholds,
    )


BODY25_CHANNELS = _channels(
    BODY25,
    {
        "neck mid_hip": 0,
        "neck right_shoulder": 14,
        "neck left_shoulder": 22,
        "right_shoulder right_elbow": 16,
        "right_elbow right_wrist": 18,
        "left_shoulder left_elbow": 24,
        "left_elbow left_wrist": 26,
        "mid_hip right_hip": 6,
        "right_hip right_knee": 2,
        "right_knee right_ankle": 4,
        "mid_hip left_hip": 8,
        "left_hip left_knee": 10,
        "left_knee left_ankle": 12,
        "neck nose": 30,
        "nose right_eye": 32,
        "right_eye right_ear": 36,
        "nose left_eye": 34,
        "left_eye left_ear": 38,
        "right_shoulder right_ear": 20,
        "left_shoulder left_ear": 28,
        "left_ankle left_big_toe": 40,
        "left_big_toe left_small_toe": 42,
        "left_ankle left_heel": 44,
        "right_ankle right_big_toe": 46,
        "right_big_toe right_small_toe": 48,
        "right_ankle right_heel": 50,
    },
)
"""The 78 channels of BODY_25: 25 joints, background, 26 limbs x 2."""

OPENPOSE18_CHANNELS = _channels(
    OPENPOSE18,
    {
        "neck right_shoulder": 12,
        "neck left_shoulder": 20,
        "right_shoulder right_elbow": 14,
        "right_elbow right_wrist": 16,
        "left_shoulder left_elbow": 22,
        "left_elbow left_wrist": 24,
        "neck right_hip": 0,
        "right_hip right_knee": 2,
        "right_knee right_ankle": 4,
        "neck left_hip": 6,
        "left_hip left_knee": 8,
        "left_knee left_ankle": 10,
        "neck nose": 28,
        "nose right_eye": 30,
        "right_eye right_ear": 34,
        "nose left_eye": 32,
        "left_eye left_ear": 36,
        "right_shoulder right_ear": 18,
        "left_shoulder left_ear": 26,
    },
)
"""The 57 channels of OpenPose's COCO model: 18 joints, background, 19 limbs x 2."""

COCO_CHANNELS = replace(OPENPOSE18_CHANNELS, offset=TF_POSE_OFFSET, thresholds=Thresholds())
"""The same in TF-OpenPose's networks."""

MPI15_CHANNELS = _channels(
    MPI15,
    {
        "head_top upper_neck": 0,
        "upper_neck right_shoulder": 2,
        "right_shoulder right_elbow": 4,
        "right_elbow right_wrist": 6,
        "upper_neck left_shoulder": 8,
        "left_shoulder left_elbow": 10,
        "left_elbow left_wrist": 12,
        "upper_neck chest": 14,
        "chest right_hip": 16,
        "right_hip right_knee": 18,
        "right_knee right_ankle": 20,
        "chest left_hip": 22,
        "left_hip left_knee": 24,
        "left_knee left_ankle": 26,
    },
    MPI_THRESHOLDS,
)
"""The 44 channels of OpenPose's MPI model: 15 joints, background, 14 limbs x 2."""

BODY_CHANNELS = (BODY25_CHANNELS, OPENPOSE18_CHANNELS, MPI15_CHANNELS)
"""OpenPose's own networks of whole bodies."""

PART_CHANNELS = (_channels(HAND21, {}), _channels(FACE70, {}))
"""OpenPose's own networks of one hand (22 channels) and one face (71): no fields."""
