"""Small videos, a cut of the real clip, and two ways to give a command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from kinema.cli import main
from kinema.media.sources import read_video
from kinema.media.writer import write_image
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

Image = npt.NDArray[np.uint8]
COMMAND = [sys.executable, "-m", "kinema.cli.main"]


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr, of a command that printed nothing else."""
        assert self.out == ""
        assert self.err.count("\n") == 1 and self.err.endswith("\n"), self.err
        return self.err.removesuffix("\n")


def _write_video(
    path: Path,
    *,
    count: int = 10,
    size: tuple[int, int] = (160, 120),
    rate: int = 25,
    pictures: Sequence[Image] | None = None,
    sound: bool = False,
) -> Path:
    """A video of noise that wanders, or of the pictures given, perhaps with a tone."""
    width, height = size
    if pictures is None:
        noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
        pictures = [np.roll(noise, 2 * i, axis=1) for i in range(count)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        voice = container.add_stream("aac", rate=16000, layout="mono") if sound else None
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        for start in range(0, 16000 * len(pictures) // rate if voice else 0, 1024):
            tone = np.sin(np.arange(start, start + 1024) / 5, dtype=np.float32)[None] / 8
            samples = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            samples.sample_rate, samples.pts = 16000, start
            container.mux(voice.encode(samples))
        if voice:
            container.mux(voice.encode())
    return path


@pytest.fixture
def write_video() -> Callable[..., Path]:
    return _write_video


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models that the user of this machine has added are out of sight."""
    monkeypatch.setenv("KINEMA_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture(scope="session")
def real_pictures() -> list[Image]:
    """Twelve frames of the sample clip with two people, a quarter of its size."""
    with read_video(fetch(SAMPLE_CLIP)) as video:
        return [frame.scaled(442, 248) for frame in islice(video, 60, 72)]


@pytest.fixture(scope="session")
def real_clip(real_pictures: list[Image], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 12 frames, 442 x 248, 30 frames a second, with sound and people in it."""
    path = tmp_path_factory.mktemp("real") / "jump.mp4"
    return _write_video(path, size=(442, 248), rate=30, pictures=real_pictures, sound=True)


@pytest.fixture(scope="session")
def real_image(real_pictures: list[Image], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("real") / "jump.png"
    write_image(path, real_pictures[0])
    return path


@pytest.fixture
def kinema(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Gives a command in this process; what C libraries write to stderr counts too."""

    def give(*words: object) -> Done:
        capfd.readouterr()
        code = main._run([str(word) for word in words], debug=False)
        return Done(code, *capfd.readouterr())

    return give


@pytest.fixture
def kinema_process(tmp_path: Path) -> Callable[..., Done]:
    """Gives a command in a process of its own, in an empty folder."""

    def give(*words: object, stdin: str = "", **environment: str) -> Done:
        done = subprocess.run(
            [*COMMAND, *(str(word) for word in words)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            cwd=tmp_path,
            env=os.environ | environment,
            timeout=120,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return give
