import numpy as np
import pytest

from kinema.skeletons import COCO17, H36M17
from kinema.space.lifting import LIFT13, LiftSpec, ReceptiveField
from kinema.track import Track

SIZE = (641, 481)  # the middle of the picture is pixel (320, 240)

# A standing person seen from the front, 100 pixels high, the middle of the hips at (0, 0); the
# person's left is to the right of the picture.
STANDING = {
    "nose": (0, -41),
    "left_eye": (2, -43),
    "right_eye": (-2, -43),
    "left_ear": (4, -42),
    "right_ear": (-4, -42),
    "left_shoulder": (10, -28.8),
    "right_shoulder": (-10, -28.8),
    "left_elbow": (10, -10.2),
    "right_elbow": (-10, -10.2),
    "left_wrist": (10, 4.4),
    "right_wrist": (-10, 4.4),
    "left_hip": (10, 0),
    "right_hip": (-10, 0),
    "left_knee": (10, 24.5),
    "right_knee": (-10, 24.5),
    "left_ankle": (10, 49.1),
    "right_ankle": (-10, 49.1),
}


@pytest.fixture
def standing():
    """Makes a track of the standing person, at a place, for a number of frames."""

    def make(frames=40, *, at=(320, 240), rate=30.0, zoom=1.0, speed=(0.0, 0.0)):
        shape = np.array([STANDING[name] for name in COCO17.keypoints], dtype=float) * zoom
        path = np.asarray(at) + np.arange(frames)[:, None] * np.asarray(speed)
        return Track(
            COCO17,
            shape + path[:, None],
            np.full((frames, 17), 0.9),
            np.arange(frames) / rate,
        )

    return make


@pytest.fixture
def flat():
    """A network that puts each joint where it is in the picture, at the depth of the pelvis."""
    rows = [LIFT13.index(joint) if joint in LIFT13 else None for joint in H36M17.keypoints]

    def make(widths=(3, 3), *, causal=False, sigma=False, lean=0.0):
        field = ReceptiveField(widths, causal)
        spec = LiftSpec(LIFT13, field, "person", 30.0, sigma)

        def network(windows):
            frames = windows.shape[1] - field.frames + 1
            here = windows[:, field.before : field.before + frames].reshape(
                len(windows), frames, 13, 3
            )
            places = np.zeros((len(windows), frames, 17, 3), dtype=np.float32)
            for joint, source in enumerate(rows):
                if source is not None:
                    places[:, :, joint, :2] = here[:, :, source, :2]
            places[..., 0] += lean
            flat_places = places.reshape(len(windows), frames, -1)
            if not sigma:
                return flat_places
            spread = np.full((len(windows), frames, 17), np.log(0.05), dtype=np.float32)
            return np.concatenate([flat_places, spread], axis=-1)

        return network, spec

    return make
