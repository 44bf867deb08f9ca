"""A short part of the sample clip, for tests that run the whole of Kinema."""

from itertools import islice
from pathlib import Path

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
