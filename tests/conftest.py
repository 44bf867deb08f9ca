"""What tests of several parts need: a short part of the sample clip, and networks of Caffe."""

import importlib.util
import sys
from itertools import islice
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import kinema
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

FIRST, COUNT = 60, 6  # a man and a woman, both in full view


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
