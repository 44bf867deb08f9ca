"""Weights that no package index holds: what they are, where they are released, how to add them.

Kinema does not fetch these: they are a download of yours, on the terms of those who made them.
"""

from __future__ import annotations

from dataclasses import dataclass

from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17, HALPE26, MPII16, WHOLEBODY133

_RTMPOSE = "https://github.com/open-mmlab/mmpose/tree/main/projects/rtmpose"
_RTMO = "https://github.com/open-mmlab/mmpose/tree/main/projects/rtmo"
_MMPOSE = "https://mmpose.readthedocs.io/en/latest/model_zoo/body_2d_keypoint.html"
_ULTRALYTICS = "https://docs.ultralytics.com/tasks/pose/"
_VITPOSE = "https://huggingface.co/JunkyByte/easy_ViTPose/tree/main/onnx"
_ALPHAPOSE = "https://github.com/MVIG-SJTU/AlphaPose/blob/master/docs/MODEL_ZOO.md"

EXPORT = "export it to ONNX with {} first"


@dataclass(frozen=True)
class Release:
    """Weights that somebody has released somewhere.

    Attributes:
        name: How Kinema is to call them.
        description: In a few words.
        family: Which decoder reads them; see `kinema.models.families`.
        skeleton: The keypoints that they give; None for a detector.
        file: The name under which they are released.
        address: The page that offers them.
        licence: Of the weights, as an SPDX name.
        preparation: What has to be done with the file before it can be added.
    """

    name: str
    description: str
    family: str
    skeleton: Skeleton | None
    file: str
    address: str
    licence: str
    preparation: str = ""

    @property
    def command(self) -> str:
        """The command that adds the weights."""
        skeleton = f" --skeleton {self.skeleton.name}" if self.skeleton else ""
        file = self.file if self.file.endswith(".onnx") else f"{self.name}.onnx"
        return (
            f"kinema models add {file} --family {self.family}{skeleton} --name {self.name} "
            f"--licence {self.licence}"
        )


UNPACK = "unpack it and take its `end2end.onnx`, here renamed"

ELSEWHERE: tuple[Release, ...] = (
    Release(
        "rtmpose-m",
        "RTMPose-m, 192x256, body",
        "simcc",
        COCO17,
        "rtmpose-m_simcc-body7_pt-body7_420e-256x192-e48f03d0_20230504.zip",
        _RTMPOSE,
        "Apache-2.0",
        UNPACK,
    ),
    Release(
        "rtmpose-x",
        "RTMPose-x, 288x384, body",
        "simcc",
        COCO17,
        "rtmpose-x_simcc-body7_pt-body7_700e-384x288-71d7b7e9_20230629.zip",
        _RTMPOSE,
        "Apache-2.0",
        UNPACK,
    ),
    Release(
        "rtmpose-m-feet",
        "RTMPose-m, 192x256, body and feet",
        "simcc",
        HALPE26,
        "rtmpose-m_simcc-body7_pt-body7-halpe26_700e-256x192-4d3e73dd_20230605.zip",
        _RTMPOSE,
        "Apache-2.0",
        UNPACK,
    ),
    Release(
        "rtmw-x",
        "RTMW-x, 192x256, body, feet, face and hands",
        "simcc",
        WHOLEBODY133,
        "rtmw-x_simcc-cocktail13_pt-ucoco_270e-256x192-fbef0d61_20230925.zip",
        _RTMPOSE,
        "Apache-2.0",
        UNPACK,
    ),
    Release(
        "rtmo-s",
        "RTMO-s, 640x640: everybody in one look",
        "rtmo",
        COCO17,
        "rtmo-s_8xb32-600e_body7-640x640-dac2bf74_20231211.zip",
        _RTMO,
        "Apache-2.0",
        UNPACK,
    ),
    Release(
        "yolox-m-humanart",
        "YOLOX-m, 640x640: a detector of people",
        "yolox",
        None,
        "yolox_m_8xb8-300e_humanart-c2c7a14a.zip",
        _RTMPOSE,
        "Apache-2.0",
        UNPACK,
    ),
    Release(
        "rtmdet-m",
        "RTMDet-m, 640x640: a detector of people",
        "rtmdet",
        None,
        "rtmdet_m_8xb32-100e_coco-obj365-person-235e8209.pth",
        _RTMPOSE,
        "Apache-2.0",
        EXPORT.format("MMDeploy"),
    ),
    Release(
        "yolo11n-pose",
        "YOLO11n-pose, 640x640: everybody in one look",
        "yolo",
        COCO17,
        "yolo11n-pose.pt",
        _ULTRALYTICS,
        "AGPL-3.0",
        EXPORT.format("`yolo export format=onnx`"),
    ),
    Release(
        "yolo26n-pose",
        "YOLO26n-pose, 640x640: everybody in one look",
        "yolo",
        COCO17,
        "yolo26n-pose.pt",
        _ULTRALYTICS,
        "AGPL-3.0",
        EXPORT.format("`yolo export format=onnx`"),
    ),
    Release(
        "vitpose-b",
        "ViTPose-B, 192x256, body",
        "heatmap-udp",
        COCO17,
        "vitpose-b-coco.onnx",
        _VITPOSE,
        "Apache-2.0",
    ),
    Release(
        "vitpose-b-mpii",
        "ViTPose-B, 192x256, the joints of MPII",
        "heatmap-udp",
        MPII16,
        "vitpose-b-mpii.onnx",
        _VITPOSE,
        "Apache-2.0",
    ),
    Release(
        "vitpose-b-wholebody",
        "ViTPose-B, 192x256, body, feet, face and hands",
        "heatmap-udp",
        WHOLEBODY133,
        "vitpose-b-wholebody.onnx",
        _VITPOSE,
        "Apache-2.0",
    ),
    Release(
        "hrnet-w48",
        "HRNet-W48, 192x256, body",
        "heatmap",
        COCO17,
        "td-hm_hrnet-w48_8xb32-210e_coco-256x192-0e67c616_20220913.pth",
        _MMPOSE,
        "Apache-2.0",
        EXPORT.format("MMDeploy"),
    ),
    Release(
        "alphapose-fastpose",
        "AlphaPose's FastPose (ResNet-50), 192x256, body",
        "alphapose",
        COCO17,
        "fast_res50_256x192.pth",
        _ALPHAPOSE,
        "LicenseRef-AlphaPose-non-commercial",
        EXPORT.format("`torch.onnx.export`"),
    ),
    Release(
        "deeppose-rle",
        "DeepPose (ResNet-50) with RLE, 192x256, body",
        "deeppose",
        COCO17,
        "td-reg_res50_rle-8xb64-210e_coco-256x192-d37efd64_20220913.pth",
        _MMPOSE,
        "Apache-2.0",
        EXPORT.format("MMDeploy"),
    ),
    Release(
        "keypoint-rcnn-torchvision",
        "TorchVision's keypoint R-CNN (ResNet-50): everybody in one look",
        "keypoint-rcnn",
        COCO17,
        "keypointrcnn_resnet50_fpn_coco-fc266e95.pth",
        "https://docs.pytorch.org/vision/stable/models/keypoint_rcnn.html",
        "BSD-3-Clause",
        EXPORT.format("`torch.onnx.export`"),
    ),
    Release(
        "keypoint-rcnn-detectron2",
        "Detectron2's keypoint R-CNN (R50-FPN 3x): everybody in one look",
        "detectron2",
        COCO17,
        "model_final_a6e10b.pkl",
        "https://github.com/facebookresearch/detectron2/blob/main/MODEL_ZOO.md",
        "CC-BY-SA-3.0",
        EXPORT.format("Detectron2's `tools/deploy/export_model.py`"),
    ),
    Release(
        "openpifpaf-shufflenetv2k16",
        "OpenPifPaf (ShuffleNetV2k16): everybody in one look",
        "pifpaf",
        COCO17,
        "shufflenetv2k16-210404-110105-cocokp-o10s-f90ed364.pkl",
        "https://github.com/openpifpaf/torchhub/releases",
        "AGPL-3.0",
        EXPORT.format("`python -m openpifpaf.export_onnx`"),
    ),
)
"""All of them. Files that are archives hold the network as `end2end.onnx`."""
