"""From one source to files: what `kinema run` leaves of a video, an image or a camera."""

from kinema.outputs.plan import DEFAULT_KINDS, KINDS, Plan
from kinema.outputs.process import Report, process

__all__ = ["DEFAULT_KINDS", "KINDS", "Plan", "Report", "process"]
