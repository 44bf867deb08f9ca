"""Show where the network believes a joint to be, and which way a limb goes.

    python examples/confidence_map.py [VIDEO_OR_IMAGE [JOINT]]

Writes map.png, the confidence map of JOINT (right_wrist if not given) over the first frame, and
prints the highest value of each map, so that you see which joints are clear and which are not.
"""

import sys

import kinema
from kinema.media.draw_maps import draw_confidence_map
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.model import MapJob
from kinema.models.store import fetch

clip = sys.argv[1] if len(sys.argv) > 1 else fetch(SAMPLE_CLIP)
joint = sys.argv[2] if len(sys.argv) > 2 else "right_wrist"
model = kinema.load_model("openpose")
with kinema.read_video(clip) as video:
    frame = next(video)
job = model.start(frame)
if not isinstance(job, MapJob):
    sys.exit(f"the model {model.name} has no maps to show")
maps = job.maps
for name in model.skeleton.keypoints:
    print(f"{name:<15} {maps.heatmap(name).max():.2f}")
kinema.write_image("map.png", draw_confidence_map(frame.image, maps.heatmap(joint), label=joint))
print("map.png")
