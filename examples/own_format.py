"""A file format of your own: a table with one row for each joint that was found.

    python examples/own_format.py [VIDEO [TABLE]]

A writer has `write`, `close` and `discard`; the rest comes from `PoseWriter`. CONTRIBUTING.md shows
how such a class becomes a format that every command knows.
"""

import csv
import sys
from pathlib import Path

import kinema
from kinema.formats import Header, PoseWriter
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch


class TableWriter(PoseWriter):
    """Writes frame, time, person, joint, x, y and score as comma-separated values."""

    readable_when_cut = True  # whole rows, whenever writing stops

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._path = path
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(["frame", "time", "person", "joint", "x", "y", "score"])

    def write(self, poses: kinema.Poses) -> None:
        """Add one frame; joints that were not found have no row."""
        self.started = True
        names = poses.skeleton.keypoints
        for person, joint in zip(*poses.found.nonzero(), strict=True):
            x, y = poses.keypoints[person, joint].tolist()
            score = f"{poses.scores[person, joint]:.4f}"
            row = [poses.frame, f"{poses.time:.6f}", person, names[joint], f"{x:.3f}", f"{y:.3f}"]
            self._rows.writerow([*row, score])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def discard(self) -> None:
        """Remove what was written."""
        if not self._file.closed:
            self._file.close()
            self._path.unlink(missing_ok=True)


clip = sys.argv[1] if len(sys.argv) > 1 else fetch(SAMPLE_CLIP)
table = Path(sys.argv[2] if len(sys.argv) > 2 else "joints.csv")
model = kinema.load_model("openpose")
with kinema.read_video(clip) as video, TableWriter(table, Header.of(video.info)) as out:
    for poses in kinema.run(model, video):
        out.write(poses)
print(table)
