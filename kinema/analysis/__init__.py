"""What one person's movement says: angles, speeds, centre of mass, symmetry, gait.

Every analysis is a function of a `kinema.track.Track` (or of the `kinema.curves.Curves` of another)
and gives `Curves`, `Event`s or a small frozen record. None reads a file or knows where a track came
from.
"""
