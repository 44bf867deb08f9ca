"""From the poses of a recording to people in motion."""

from kinema.study.person import Person, study_person
from kinema.study.plan import Mode, StudyPlan, Surface, View
from kinema.study.recording import SHORTEST_SECONDS, Study, study_poses

__all__ = [
    "SHORTEST_SECONDS",
    "Mode",
    "Person",
    "Study",
    "StudyPlan",
    "Surface",
    "View",
    "study_person",
    "study_poses",
]
