"""Put the sample clip of the documentation, sample.mp4, into this folder.

    python examples/sample_clip.py

The clip is 7.7 seconds of a man who jumps and a woman who walks by, from the package sports2d
(BSD-3-Clause, David Pagnon). It is fetched once and then taken from Kinema's cache.
"""

import shutil
import sys

from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch

target = sys.argv[1] if len(sys.argv) > 1 else "sample.mp4"
shutil.copyfile(fetch(SAMPLE_CLIP), target)
print(target)
