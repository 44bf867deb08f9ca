"""What tests of several parts need: a short part of the sample clip, and networks of Caffe."""

import importlib.util
import signal
import sys
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import kinema
from kinema.formats import Header
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch
from kinema.skeletons import COCO17, H36M17
from kinema.space.stereo import StereoPair

FIRST, COUNT = 60, 6  # a man and a woman, both in full view

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Shells have background jobs ignore it, and what is ignored is inherited by the programs under
    # test; in the tests of Ctrl-C they are to begin as on a terminal.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames of the sample clip at half its size, with two people."""
    path = tmp_path_factory.mktemp("clip") / "sample.mp4"
    with (
        kinema.read_video(fetch(SAMPLE_CLIP)) as video,
        kinema.VideoWriter(path, video.info, crf=16) as out,
    ):
        width, height = (side // 2 for side in video.info.size)
        for frame in islice(video, FIRST, FIRST + COUNT):
            out.write(frame.scaled(width, height - height % 2), frame.time)
    return path


@pytest.fixture(scope="session")
def walking_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of the woman of the sample clip who walks to the left, four steps."""
    path = tmp_path_factory.mktemp("walk") / "walking.mp4"
    with (
        kinema.read_video(fetch(SAMPLE_CLIP)) as video,
        kinema.VideoWriter(path, video.info, crf=16) as out,
    ):
        for frame in islice(video, 70, 160):
            part = np.ascontiguousarray(frame.image[460:, 500:1540])
            out.write(kinema.Frame(part).scaled(520, 266), frame.time)
    return path


@pytest.fixture(scope="session")
def two_views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one person in space and in two pictures, three seconds at 30 Hz.

    `motion.jsonl` is the truth in metres, `left.jsonl` and `right.jsonl` what two parallel cameras
    with f = 525 px see, 0.28 m apart and 3 m away, each coordinate off by 0.5 px; `lifted.npy` the
    joints of Human3.6M about the pelvis, as a lifting network leaves them.
    """
    folder = tmp_path_factory.mktemp("views")
    joints = moving_joints(np.arange(90) / 30)
    cameras = StereoPair.parallel(0.28, 525).cameras
    rng = np.random.default_rng(0)
    names = {"motion": "world", "left": "image", "right": "image"}
    with ExitStack() as stack:
        out = {
            name: stack.enter_context(
                kinema.open_writer(
                    folder / f"{name}.jsonl",
                    Header(size=None if name == "motion" else (640, 480), rate=30, space=space),
                )
            )
            for name, space in names.items()
        }
        for frame, points in enumerate(joints):
            seen = [camera.project(points) for camera in cameras]
            seen = [points, *(view + rng.normal(0, 0.5, view.shape) for view in seen)]
            for (name, space), keypoints in zip(names.items(), seen, strict=True):
                out[name].write(
                    kinema.Poses(
                        COCO17,
                        keypoints[None],
                        np.ones((1, 17)),
                        ids=[1],
                        frame=frame,
                        time=frame / 30,
                        space=space,
                    )
                )
    body = kinema.Poses(COCO17, joints, np.ones(joints.shape[:2]), space="world").to(H36M17)
    x, y, z = np.moveaxis(body.keypoints - body.keypoints[:, :1], 2, 0)
    np.save(folder / "lifted.npy", np.stack([x, -z, y], axis=2))
    return folder


def moving_joints(times: np.ndarray) -> np.ndarray:
    """COCO's joints (T, 17, 3) of somebody 3 m away who sways and swings arms and legs, z up."""
    up = [0.6, 0.63, 0.63, 0.61, 0.61, 0.4, 0.4, 0.12, 0.12, -0.1, -0.1, -0.1, -0.1]
    up += [-0.5, -0.5, -0.9, -0.9]
    side = [0, 0.03, -0.03, 0.07, -0.07, 0.2, -0.2, 0.25, -0.25, 0.27, -0.27, 0.12, -0.12]
    side += [0.13, -0.13, 0.14, -0.14]
    still = np.stack([np.array(side), np.full(17, 3.0), np.array(up)], axis=1)
    pace = 5 + 0.2 * times
    wave = np.sin((pace * times)[:, None] + np.where(np.arange(17) % 2, 0, np.pi))
    reach = np.array([0.0] * 7 + [0.1, 0.1, 0.25, 0.25, 0, 0, 0.15, 0.15, 0.3, 0.3])
    joints = np.tile(still, (len(times), 1, 1))
    joints[..., 1] += reach * wave
    joints[..., 2] += 0.3 * reach * wave**2
    joints[..., 0] += 0.2 * times[:, None]
    return joints


@pytest.fixture(scope="session")
def caffe_networks() -> ModuleType:
    """`benchmarks/caffe_networks.py`, which writes networks of Caffe."""
    name = "caffe_networks"
    path = Path(__file__).parents[1] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def scene() -> object:
    """`Scene` of `tests/space/ring_of_cameras.py`: four cameras and people whom they see."""
    path = Path(__file__).parent / "space" / "ring_of_cameras.py"
    spec = importlib.util.spec_from_file_location("ring_of_cameras", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Scene()


@pytest.fixture(scope="session")
def four_cameras(scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with calibration.toml and trial/cam1.jsonl to cam4.jsonl: a person who walks."""
    folder = tmp_path_factory.mktemp("four_cameras")
    scene.save(folder)
    return folder
