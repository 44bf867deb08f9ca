"""Print how high the wrists of each person are, in pixels above the lower edge of the picture.

    python examples/wrist_heights.py [VIDEO]

Without VIDEO it takes the sample clip. A wrist that was not found is NaN, and is printed so.
"""

import sys

import kinema
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

clip = sys.argv[1] if len(sys.argv) > 1 else fetch(SAMPLE_CLIP)
model = kinema.load_model("openpose")
with kinema.read_video(clip) as video:
    bottom = video.info.size[1] - 0.5  # pixel centres are whole numbers, so edges are at halves
    for poses in kinema.run(model, video):
        left = bottom - poses.joint("left_wrist")[:, 1]  # (N,)
        right = bottom - poses.joint("right_wrist")[:, 1]
        for person in range(len(poses)):
            heights = f"left {left[person]:6.1f}  right {right[person]:6.1f}"
            print(f"{poses.time:7.3f} s  person {person}  {heights}")
