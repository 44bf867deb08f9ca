"""Write the height of both knees of one person over time as a table, knees.csv.

    python examples/knee_heights.py [VIDEO [TABLE]]

Heights are in pixels from the lower edge of the picture. The person is the one with the highest
score in the first frame with people, and from then on whoever's neck is nearest. A knee that was
not found leaves its cell empty.
"""

import csv
import math
import sys
from pathlib import Path

import numpy as np

import kinema
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

KNEES = ("left_knee", "right_knee")


def height(y: float, bottom: float) -> str:
    """Of a joint above the lower edge; empty where it was not found."""
    return "" if math.isnan(y) else f"{bottom - y:.1f}"


clip = sys.argv[1] if len(sys.argv) > 1 else fetch(SAMPLE_CLIP)
table = Path(sys.argv[2] if len(sys.argv) > 2 else "knees.csv")
model = kinema.load_model("openpose")
last = None  # where the person's neck was, (2,)
with kinema.read_video(clip) as video, table.open("w", encoding="utf-8", newline="") as file:
    bottom = video.info.size[1] - 0.5  # pixel centres are whole numbers, so edges are at halves
    rows = csv.writer(file)
    rows.writerow(["time", *KNEES])
    for poses in kinema.run(model, video):
        poses = poses[poses.found[:, poses.skeleton.index("neck")]]
        if len(poses) == 0:
            rows.writerow([f"{poses.time:.3f}", "", ""])
            continue
        necks = poses.joint("neck")  # (N, 2)
        if last is None:
            chosen = int(np.argmax(poses.person_scores))
        else:
            chosen = int(np.argmin(np.hypot(*(necks - last).T)))
        last = necks[chosen]
        heights = [height(float(poses.joint(knee)[chosen, 1]), bottom) for knee in KNEES]
        rows.writerow([f"{poses.time:.3f}", *heights])
print(table)
