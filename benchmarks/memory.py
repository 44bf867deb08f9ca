"""Peak memory of `kinema run` on a short and on a long video, in one go.

python benchmarks/memory.py [--minutes 30] [--rate 1]

Makes a video of 10 seconds and one of 30 minutes from the sample clip, both 1920 x 1080, runs
`kinema run --save poses,overlay` on each in a process of its own, and prints the peaks and their
ratio. The short video has 30 frames a second; the long one has fewer, so that the run takes
minutes, not an hour.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

from kinema import VideoWriter, read_video
from kinema.media.frame import MediaInfo
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

SIZE = (1920, 1080)
SHORT = (10, 30)  # seconds, frames a second


def main() -> None:
    """Makes both videos, runs both, prints the table."""
    parser = argparse.ArgumentParser(description="Peak memory on a short and a long video.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int, default=1, help="frames a second of the long video")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peaks = []
        for seconds, rate in (SHORT, (round(arguments.minutes * 60), arguments.rate)):
            video = folder / f"{seconds}_seconds.mp4"
            make_video(video, seconds=seconds, rate=rate)
            peaks.append(peak_memory_mb(video, folder / "results"))
            print(f"{seconds:>6} s, {seconds * rate:>6} frames: {peaks[-1]:.0f} MB", flush=True)
        print(f"ratio: {peaks[1] / peaks[0]:.3f}")


def make_video(path: Path, *, seconds: int, rate: int) -> None:
    """The sample clip, every fifth frame, enlarged to 1080p and repeated as often as it takes."""
    with read_video(fetch(SAMPLE_CLIP)) as clip:
        images = [frame.scaled(*SIZE) for frame in islice(clip, 0, None, 5)]
    info = MediaInfo(path.name, "video", SIZE, Fraction(rate))
    with VideoWriter(path, info) as writer:
        for number, image in enumerate(islice(cycle(images), seconds * rate)):
            writer.write(image, number / rate)


def peak_memory_mb(video: Path, results: Path) -> float:
    """The peak of a process that does nothing but run on the video."""
    code = (
        "import resource, sys; from kinema.cli.main import _run;"
        "code = _run(sys.argv[1:], debug=True);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
    )
    words = [sys.executable, "-c", code, "run", str(video), "-o", str(results)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    peak = int(done.stderr.split()[-1])
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    main()
