"""The list of formats. A new format is one file and one row of `FORMATS`."""

from __future__ import annotations

from pathlib import Path

from kinema.formats.alphapose import is_alphapose, read_alphapose
from kinema.formats.amc import is_amc, read_amc
from kinema.formats.body_tree import tree_skeleton
from kinema.formats.bvh import bvh_writer, is_bvh, read_bvh
from kinema.formats.c3d import c3d_writer, is_c3d, read_c3d
from kinema.formats.card import ACTIONS, EVERYTHING, IMAGE_ONLY, METRES_ONLY, Format
from kinema.formats.coco import CocoResultsWriter, is_coco, read_coco, result_skeleton
from kinema.formats.coco_annotations import CocoAnnotationsWriter
from kinema.formats.csv_long import LongCsvWriter, is_long_csv, read_long_csv
from kinema.formats.csv_wide import CsvWriter, is_csv, read_csv
from kinema.formats.deeplabcut import DeepLabCutWriter, is_deeplabcut, read_deeplabcut
from kinema.formats.jsonl import JsonLinesWriter, is_jsonl, read_jsonl
from kinema.formats.kinect import KinectWriter, is_kinect, kinect_skeleton, read_kinect
from kinema.formats.mediapipe import is_mediapipe, read_mediapipe, read_mediapipe_world
from kinema.formats.mmpose import is_mmpose, read_mmpose
from kinema.formats.npy import NpyWriter, is_npy, read_npy
from kinema.formats.npz import NpzWriter, is_npz, read_npz
from kinema.formats.ntu import is_ntu, read_ntu
from kinema.formats.openpose import OpenPoseWriter, is_openpose, read_openpose
from kinema.formats.openpose_frame import openpose_skeleton
from kinema.formats.parquet import ParquetWriter, is_parquet, read_parquet
from kinema.formats.trc import is_trc, read_trc, trc_writer
from kinema.formats.ultralytics import is_ultralytics, read_ultralytics
from kinema.formats.videopose3d import VideoPose3DWriter, is_videopose3d, read_videopose3d


def _by_name_only(path: Path) -> bool:
    return False


FORMATS: tuple[Format, ...] = (
    Format(
        name="kinema",
        description="JSON lines, Kinema's own: one line a frame, nothing is lost",
        suffixes=(".jsonl",),
        reader=read_jsonl,
        writer=JsonLinesWriter,
        recognise=is_jsonl,
        keeps=EVERYTHING | ACTIONS,
    ),
    Format(
        name="alphapose",
        description="AlphaPose's results (its own form, cmu and open), for reading",
        suffixes=(),
        reader=read_alphapose,
        writer=None,
        recognise=is_alphapose,
        keeps=EVERYTHING - {"picture size", "times", "certainty", "empty frames"},
        spaces=IMAGE_ONLY,
    ),
    Format(
        name="mmpose",
        description="MMPose's results of its inferencer and demo scripts, for reading",
        suffixes=(),
        reader=read_mmpose,
        writer=None,
        recognise=is_mmpose,
        keeps=EVERYTHING - {"picture size", "times"},
        spaces=IMAGE_ONLY,
    ),
    Format(
        name="ultralytics",
        description="Ultralytics' results as JSON, CSV or label files, for reading",
        suffixes=(),
        reader=None,
        sized_reader=read_ultralytics,
        writer=None,
        recognise=is_ultralytics,
        keeps=EVERYTHING - {"picture size", "times"},
        spaces=IMAGE_ONLY,
    ),
    Format(
        name="mediapipe",
        description="MediaPipe's pose landmarks as JSON or CSV, for reading",
        suffixes=(),
        reader=None,
        sized_reader=read_mediapipe,
        writer=None,
        recognise=is_mediapipe,
        keeps=EVERYTHING - {"picture size", "boxes", "certainty"},
        spaces=IMAGE_ONLY,
    ),
    Format(
        name="mediapipe-world",
        description="MediaPipe's world landmarks, in metres, as JSON, for reading",
        suffixes=(),
        reader=read_mediapipe_world,
        writer=None,
        recognise=_by_name_only,
        keeps=EVERYTHING - {"picture size", "boxes", "certainty"},
        spaces=METRES_ONLY,
    ),
    Format(
        name="openpose",
        description="OpenPose JSON: a folder with one file a frame",
        suffixes=(".openpose",),
        reader=read_openpose,
        writer=OpenPoseWriter,
        recognise=is_openpose,
        is_folder=True,
        stores=openpose_skeleton,
        keeps=EVERYTHING - {"picture size", "times", "boxes", "certainty"},
        spaces=IMAGE_ONLY,
    ),
    Format(
        name="coco",
        description="COCO keypoint results; reads annotation files too",
        suffixes=(".coco.json",),
        reader=read_coco,
        writer=CocoResultsWriter,
        recognise=is_coco,
        stores=result_skeleton,
        keeps=EVERYTHING - {"picture size", "times", "empty frames", "people without joints"},
        spaces=IMAGE_ONLY,
    ),
    Format(
        name="coco-annotations",
        description="COCO annotations: labelled people in pictures",
        suffixes=(),
        reader=read_coco,
        writer=CocoAnnotationsWriter,
        recognise=_by_name_only,
        keeps=EVERYTHING - {"picture size", "times", "scores", "certainty"},
        spaces=IMAGE_ONLY,
    ),
    Format(
        name="trc",
        description="TRC: paths of markers, for OpenSim, Pose2Sim and Sports2D",
        suffixes=(".trc",),
        reader=read_trc,
        writer=trc_writer,
        recognise=is_trc,
        keeps=frozenset(("times", "frame numbers")),
        one_person=True,
    ),
    Format(
        name="c3d",
        description="C3D: paths of markers, for Vicon, Qualisys and Visual3D",
        suffixes=(".c3d",),
        reader=read_c3d,
        writer=c3d_writer,
        recognise=is_c3d,
        keeps=frozenset(("times",)),
        spaces=METRES_ONLY,
        extra="mocap",
    ),
    Format(
        name="bvh",
        description="BVH: a skeleton with turning joints, for Blender and MotionBuilder",
        suffixes=(".bvh",),
        reader=read_bvh,
        writer=bvh_writer,
        recognise=is_bvh,
        stores=tree_skeleton,
        keeps=frozenset(("times",)),
        spaces=METRES_ONLY,
        one_person=True,
    ),
    Format(
        name="amc",
        description="AMC with its ASF: motion capture as in CMU's recordings",
        suffixes=(".amc",),
        reader=read_amc,
        writer=None,
        recognise=is_amc,
        keeps=frozenset(("frame numbers",)),
        spaces=METRES_ONLY,
    ),
    Format(
        name="parquet",
        description="Parquet: a table with named columns, one row a frame and person",
        suffixes=(".parquet",),
        reader=read_parquet,
        writer=ParquetWriter,
        recognise=is_parquet,
        extra="tables",
    ),
    Format(
        name="videopose3d",
        description="VideoPose3D's archives of 2D or 3D positions",
        suffixes=(".videopose3d.npz",),
        reader=read_videopose3d,
        writer=VideoPose3DWriter,
        recognise=is_videopose3d,
        keeps=frozenset({"ids", "body space", "picture size"}),
    ),
    Format(
        name="npz",
        description="NPZ: NumPy arrays with names",
        suffixes=(".npz",),
        reader=read_npz,
        writer=NpzWriter,
        recognise=is_npz,
    ),
    Format(
        name="npy",
        description="NPY: one array of positions of one person",
        suffixes=(".npy",),
        reader=read_npy,
        writer=NpyWriter,
        recognise=is_npy,
        keeps=frozenset({"empty frames"}),
        one_person=True,
    ),
    Format(
        name="kinect",
        description="Kinect recordings as text: 20 or 25 joints with times, in metres",
        suffixes=(".kinect.txt", ".kinect.csv", ".txt"),
        reader=read_kinect,
        writer=KinectWriter,
        recognise=is_kinect,
        stores=kinect_skeleton,
        keeps=EVERYTHING - {"picture size", "boxes", "scores", "certainty", "body space"},
        spaces=METRES_ONLY,
    ),
    Format(
        name="ntu",
        description="NTU RGB+D's .skeleton files: bodies of a Kinect v2, for reading",
        suffixes=(".skeleton",),
        reader=read_ntu,
        writer=None,
        recognise=is_ntu,
        keeps=EVERYTHING - {"picture size", "boxes", "scores", "certainty", "body space"},
        spaces=METRES_ONLY,
    ),
    Format(
        name="deeplabcut",
        description="DeepLabCut's CSV, which movement and SLEAP's tools read too",
        suffixes=(".dlc.csv",),
        reader=read_deeplabcut,
        writer=DeepLabCutWriter,
        recognise=is_deeplabcut,
        keeps=frozenset({"frame numbers", "ids", "scores", "empty frames"}),
    ),
    Format(
        name="csv-long",
        description="CSV with joint names, one row a frame, person and joint",
        suffixes=(".long.csv",),
        reader=read_long_csv,
        writer=LongCsvWriter,
        recognise=is_long_csv,
        keeps=EVERYTHING - {"picture size", "boxes", "certainty"},
    ),
    Format(
        name="csv",
        description="CSV with joint names, one row a frame and person",
        suffixes=(".csv",),
        reader=read_csv,
        writer=CsvWriter,
        recognise=is_csv,
    ),
)
"""All formats; the first one that recognises a file reads it."""
