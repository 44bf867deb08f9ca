"""Turn a folder of OpenPose JSON into one file of JSON lines with times.

    python examples/openpose_to_jsonl.py [FOLDER [RATE]]

OpenPose's files have no times, so RATE (frames per second, 30 if not given) makes them. Without
FOLDER the example first makes such a folder, sample.openpose, from ten frames of the sample clip.
"""

import itertools
import sys

import kinema
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

folder = sys.argv[1] if len(sys.argv) > 1 else "sample.openpose"
rate = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0

if len(sys.argv) == 1:
    model = kinema.load_model("openpose")
    with kinema.read_video(fetch(SAMPLE_CLIP)) as video, kinema.open_writer(folder) as out:
        for poses in kinema.run(model, itertools.islice(video, 10)):
            out.write(poses)

report = kinema.convert(folder, "poses.jsonl", rate=rate)
print(f"poses.jsonl: {report.frames} frames, {report.people} poses")
with kinema.read_poses("poses.jsonl") as recording:
    times = [poses.time for poses in recording]
print(f"from {times[0]:.3f} s to {times[-1]:.3f} s")
