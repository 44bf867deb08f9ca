"""Say how many people a camera sees, once a second, until Ctrl-C.

    python examples/count_people.py [CAMERA_OR_VIDEO]

`python examples/count_people.py 0` takes the first camera of this machine. `latency` spends all
cores on one picture at a time, so that the answer is about now. Without a source it counts in the
sample clip.
"""

import contextlib
import sys

import kinema
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

source = sys.argv[1] if len(sys.argv) > 1 else fetch(SAMPLE_CLIP)
model = kinema.load_model("openpose", latency=True)
said = -1
with kinema.read_video(source) as video, contextlib.suppress(KeyboardInterrupt):
    for poses in kinema.run(model, video):
        if int(poses.time) > said:
            said = int(poses.time)
            print(f"{said:5d} s: {len(poses)}", flush=True)
