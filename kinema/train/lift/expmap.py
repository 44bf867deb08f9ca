"""CMU's motion capture as exponential maps: 117 numbers a frame.

The form comes from work on predicting motion (Fragkiadaki et al. 2015; Martinez, Black & Romero
2017): the root's place, then the rotations of 38 joints of one and the same skeleton, each as its
axis times its angle. They are those of row vectors, so that a joint's rotation is that of the
negative map. The skeleton is that of CMU's subject 02 in the conversion of all recordings to BVH,
which has lost three bones: from the upper back to where neck and collar bones begin, and from the
twist of each forearm to the wrist. They are put back here, with their vectors from `02.asf`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

COLUMNS = 117
METRES = 0.0254 / 0.45
"""In a unit of CMU's skeletons."""

# Name, parent, and the vector from the parent in CMU's units; y is up.
_LEFT_LEG = (
    ("left_hip_root", "root", (0, 0, 0)),
    ("left_hip", "left_hip_root", (1.65674, -1.80282, 0.62477)),
    ("left_knee", "left_hip", (2.59720, -7.13576, 0)),
    ("left_ankle", "left_knee", (2.49236, -6.84770, 0)),
    ("left_toes", "left_ankle", (0.19704, -0.54136, 2.14581)),
    ("left_toes_end", "left_toes", (0, 0, 1.11249)),
)
_RIGHT_LEG = (
    ("right_hip_root", "root", (0, 0, 0)),
    ("right_hip", "right_hip_root", (-1.61070, -1.80282, 0.62476)),
    ("right_knee", "right_hip", (-2.59502, -7.12977, 0)),
    ("right_ankle", "right_knee", (-2.46780, -6.78024, 0)),
    ("right_toes", "right_ankle", (-0.23024, -0.63258, 2.13368)),
    ("right_toes_end", "right_toes", (0, 0, 1.11569)),
)
_THORAX = (0.00151, 2.06805, 0.00804)
_TRUNK = (
    ("lower_back", "root", (0, 0, 0)),
    ("upper_back", "lower_back", (0.01961, 2.05450, -0.14112)),
    ("thorax", "upper_back", (0.01021, 2.06436, -0.05921)),
    ("lower_neck", "thorax", _THORAX),
    ("upper_neck", "lower_neck", (0.00713, 1.56711, 0.14968)),
    ("head", "upper_neck", (0.03429, 1.56041, -0.10006)),
    ("head_end", "head", (0.01305, 1.62560, -0.05265)),
)


def _arm(
    side: str,
    shoulder: tuple[float, float, float],
    *,
    arm: float,
    radius: float,
    wrist: float,
    hand: tuple[float, float],
    thumb: tuple[float, float],
) -> tuple[tuple[str, str, tuple[float, float, float]], ...]:
    """The joints of an arm that is stretched out along x."""
    return (
        (f"{side}_collar", "thorax", _THORAX),
        (f"{side}_shoulder", f"{side}_collar", shoulder),
        (f"{side}_elbow", f"{side}_shoulder", (arm, 0, 0)),
        (f"{side}_twist", f"{side}_elbow", (radius, 0, 0)),
        (f"{side}_wrist", f"{side}_twist", (wrist, 0, 0)),
        (f"{side}_hand", f"{side}_wrist", (hand[0], 0, 0)),
        (f"{side}_hand_end", f"{side}_hand", (hand[1], 0, 0)),
        (f"{side}_thumb", f"{side}_twist", (wrist, 0, 0)),
        (f"{side}_thumb_end", f"{side}_thumb", (thumb[0], 0, thumb[1])),
    )


_LEFT_ARM = _arm(
    "left",
    (3.54205, 0.90436, -0.17364),
    arm=4.86513,
    radius=3.35554,
    wrist=1.67777,
    hand=(0.66117, 0.53306),
    thumb=(0.54120, 0.54120),
)
_RIGHT_ARM = _arm(
    "right",
    (-3.49802, 0.75994, -0.32616),
    arm=-5.02649,
    radius=-3.36431,
    wrist=-1.68215,
    hand=(-0.73041, -0.58887),
    thumb=(-0.59786, 0.59786),
)
_SKELETON = _LEFT_LEG + _RIGHT_LEG + _TRUNK + _LEFT_ARM + _RIGHT_ARM
JOINTS = ("root", *(name for name, _, _ in _SKELETON))
"""The 38 joints, in the order of the columns."""

_PARENTS = (-1, *(JOINTS.index(parent) for _, parent, _ in _SKELETON))
_OFFSETS = np.array([(0.0, 0.0, 0.0), *(vector for _, _, vector in _SKELETON)])


def joint_places(frames: npt.ArrayLike) -> Float64Array:
    """The places of the 38 `JOINTS` in metres, (T, 38, 3), y up, of frames (T, 117)."""
    from scipy.spatial.transform import Rotation

    frames = np.asarray(frames, dtype=np.float64).reshape(-1, COLUMNS)
    if len(frames) == 0:
        return np.empty((0, len(JOINTS), 3))
    maps = -frames[:, 3:].reshape(-1, 3)
    turns = Rotation.from_rotvec(maps).as_matrix().reshape(len(frames), -1, 3, 3)
    places = np.empty((len(frames), len(JOINTS), 3))
    turned = np.empty_like(turns)
    for i, parent in enumerate(_PARENTS):
        if parent < 0:
            places[:, i], turned[:, i] = frames[:, :3], turns[:, i]
        else:
            places[:, i] = places[:, parent] + turned[:, parent] @ _OFFSETS[i]
            turned[:, i] = turned[:, parent] @ turns[:, i]
    return places * METRES
