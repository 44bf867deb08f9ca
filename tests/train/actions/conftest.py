import numpy as np
import pytest

from kinema.actions.protocols import split
from kinema.actions.sequences import ActionSequence, ActionSet
from kinema.space.lifting import LIFT13
from kinema.track import Track

RATE = 20.0
# A person 1.7 m high who stands upright and faces y; x is to the person's right, z is up.
UPRIGHT = {
    "head": (0, 0, 1.6),
    "shoulder": (0.18, 0, 1.4),
    "elbow": (0.18, 0, 1.1),
    "wrist": (0.18, 0, 0.84),
    "hip": (0.1, 0, 0.9),
    "knee": (0.1, 0, 0.48),
    "ankle": (0.1, 0, 0.07),
}
LABELS = ("wave", "squat")


def standing(frames):
    points = np.empty((frames, len(LIFT13), 3))
    for k, joint in enumerate(LIFT13.keypoints):
        side, _, part = joint.rpartition("_")
        x, y, z = UPRIGHT[part]
        points[:, k] = (-x if side == "left" else x, y, z)
    return points


def people_doing(label, rng, *, frames=30, empty=False):
    """Who waves with the right hand, or goes down to the knees and up; beginning at any time."""
    points = standing(frames)
    phase = 2 * np.pi * (np.arange(frames) / RATE + rng.random())
    if label == "wave":
        wrist = LIFT13.index("right_wrist")
        points[:, wrist, 2] = 1.5
        points[:, wrist, 0] += 0.25 * np.sin(2 * phase)
    else:
        depth = 0.2 * (1 - np.cos(phase))
        above = [k for k, joint in enumerate(LIFT13.keypoints) if "ankle" not in joint]
        points[:, above, 2] -= depth[:, None]
    points += rng.normal(0, 0.01, points.shape)
    if empty:
        points[:] = np.nan
    scores = np.ones(points.shape[:2])
    return (Track(LIFT13, points, scores, np.arange(frames) / RATE, space="world"),)


@pytest.fixture
def made():
    """Makes a data set of two labels, by some subjects."""

    def make(*, subjects=4, each=3, frames=30, labels=LABELS, empty=(), name="made"):
        rng = np.random.default_rng(0)
        sequences = []
        for label in labels:
            for s in range(1, subjects + 1):
                for t in range(1, each + 1):
                    called = f"{label}_s{s}_t{t}"
                    people = people_doing(label, rng, frames=frames, empty=called in empty)
                    sequences.append(
                        ActionSequence(called, label, lambda people=people: people, f"s{s}")
                    )
        return ActionSet(name, tuple(labels), tuple(sequences))

    return make


@pytest.fixture
def parts(made):
    """The same, divided: half of the subjects are learned from."""
    from kinema.train.actions.training import Parts

    everything = made()
    learned = [s for s in everything.sequences if s.subject in ("s1", "s3")]
    tested = [s for s in everything.sequences if s.subject in ("s2", "s4")]
    return Parts(everything.only(learned), tested=everything.only(tested), protocol="halves")


@pytest.fixture
def by_chance():
    """Divides a data set by chance, with a validation part."""
    return lambda actions: split(actions, "random", validation=0.25)
