"""Draw an overlay of your own: a line through both wrists of each person, red where arms are up.

    python examples/own_overlay.py [VIDEO [OVERLAY]]

`run_jobs` gives the frame beside the poses, which `run` does not.
"""

import sys

import cv2
import numpy as np

import kinema
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.model import run_jobs
from kinema.models.store import fetch

UP, DOWN = (230, 60, 60), (240, 240, 240)

clip = sys.argv[1] if len(sys.argv) > 1 else fetch(SAMPLE_CLIP)
overlay = sys.argv[2] if len(sys.argv) > 2 else "wrists.mp4"
model = kinema.load_model("openpose")
with kinema.read_video(clip) as video, kinema.VideoWriter(overlay, video.info) as out:
    for job in run_jobs(model, video):
        poses = job.poses()
        image = job.frame.image.copy()  # frames are read-only
        nose = poses.joint("nose")
        wrists = np.stack([poses.joint("left_wrist"), poses.joint("right_wrist")], axis=1)
        for person in range(len(poses)):
            if np.isnan(wrists[person]).any():
                continue  # a joint that was not found is NaN and cannot be drawn
            arms_up = bool((wrists[person, :, 1] < nose[person, 1]).all())  # y points down
            start, end = np.rint(wrists[person]).astype(int).tolist()
            cv2.line(image, start, end, UP if arms_up else DOWN, 4, cv2.LINE_AA)
        out.write(image, job.frame.time)
print(overlay)
