"""From the poses of a recording to people in motion."""

from kinema.study.person import Person, clean_person, study_cleaned, study_person
from kinema.study.plan import Mode, StudyPlan, Surface, View
from kinema.study.recording import SHORTEST_SECONDS, Found, Study, find_people, study_poses

__all__ = [
    "SHORTEST_SECONDS",
    "Found",
    "Mode",
    "Person",
    "Study",
    "StudyPlan",
    "Surface",
    "View",
    "clean_person",
    "find_people",
    "study_cleaned",
    "study_person",
    "study_poses",
]
