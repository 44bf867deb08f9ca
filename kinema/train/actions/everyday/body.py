"""A body of bones that is posed by the angles of its joints and stands, sits or lies on a floor.

Angles are in degrees, 0 for someone who stands upright with arms hanging. The axes of the body are
x to its right, y forwards, z up. `FREEDOMS` names the angles:

- `turn` about the vertical; `pitch` and `roll` tilt the whole body forwards and to its right;
  `about` turns it about its own long axis, say from lying on the back to lying on the side.
- `lean`, `side`, `twist` of the trunk from the pelvis: forwards, to the right, to the left; `curl`
  bends the upper half further. `nod` and `look` of the head: down, to the left.
- of each leg, `left_` and `right_`: `thigh` forwards, `out` sideways, `spin` outwards about its own
  axis, `knee` bent.
- of each arm: `arm` forwards, `spread` sideways, `spun` outwards about its own axis, `elbow` bent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from kinema.skeletons import H36M17

Float64Array = npt.NDArray[np.float64]
Angles = Mapping[str, float]
"""Of some freedoms, in degrees; those that are not named are 0."""

_WHOLE = ("turn", "pitch", "roll", "about")
_TRUNK = ("lean", "side", "twist", "curl", "nod", "look")
_LEG, _ARM = ("thigh", "out", "spin", "knee"), ("arm", "spread", "spun", "elbow")
SIDES = ("left_", "right_")
FREEDOMS = _WHOLE + _TRUNK + tuple(side + name for side in SIDES for name in _LEG + _ARM)
"""The angles, in their order in arrays (T, F)."""

_J = {joint: i for i, joint in enumerate(H36M17.keypoints)}
_F = {freedom: i for i, freedom in enumerate(FREEDOMS)}

# Of a body of 1 m, but for the head after Drillis & Contini 1966 (Winter 2009, figure 4.1).
_SHARES = MappingProxyType(
    {
        "hip": 0.075,
        "knee": 0.245,
        "ankle": 0.246,
        "spine": 0.145,
        "thorax": 0.145,
        "jaw": 0.085,
        "head_top": 0.11,
        "shoulder": 0.105,
        "elbow": 0.172,
        "wrist": 0.15,
    }
)
_CLEARANCES = MappingProxyType(
    {
        "mid_hip": 0.10,
        "hip": 0.09,
        "knee": 0.055,
        "ankle": 0.075,
        "spine": 0.09,
        "thorax": 0.09,
        "jaw": 0.08,
        "head_top": 0.04,
        "shoulder": 0.08,
        "elbow": 0.045,
        "wrist": 0.04,
    }
)
CLEARANCE = np.array(
    [_CLEARANCES[j.removeprefix("left_").removeprefix("right_")] for j in H36M17.keypoints]
)
"""How far above the floor each joint (17,) of `h36m17` is where the body rests on it, in metres."""

_SOFT = 0.02  # metres above its rest within which a joint holds the body in place
_SHRUG = 0.2  # of the angle of a raised arm, by which the collar bone rises


@dataclass(frozen=True)
class Body:
    """Lengths of bones in metres, by the joint at their end, of both sides alike."""

    lengths: Mapping[str, float]

    @classmethod
    def random(cls, rng: np.random.Generator, *, spread: float = 0.06) -> Body:
        """A body of other size and proportions; with no spread, the average of 1.7 m."""
        height = 1.7 * float(np.exp(spread * rng.normal()))
        factors = np.exp(spread * rng.normal(size=len(_SHARES)))
        pairs = zip(_SHARES.items(), factors.tolist(), strict=True)
        return cls({bone: height * share * factor for (bone, share), factor in pairs})

    def length(self, joint: str) -> float:
        """Of the bone that ends at a joint of `h36m17`."""
        return self.lengths[joint.removeprefix("left_").removeprefix("right_")]

    def with_bones_of(self, points: npt.NDArray[np.floating]) -> Float64Array:
        """The same poses (T, 17, 3) with the bones of this body; the pelvis stays in its place."""
        moved = np.array(points, dtype=np.float64)
        for start, end in H36M17.edges:  # parents before children
            bone = points[:, _J[end]] - points[:, _J[start]]
            size = np.linalg.norm(bone, axis=1, keepdims=True)
            step = bone / np.maximum(size, 1e-9) * self.length(end)
            moved[:, _J[end]] = moved[:, _J[start]] + step
        return moved


def column(freedom: str) -> int:
    """The place of a freedom in arrays (T, F)."""
    return _F[freedom]


def row_of(angles: Angles) -> Float64Array:
    """Some angles as an array (F,)."""
    row = np.zeros(len(FREEDOMS))
    for name, value in angles.items():
        row[_F[name]] = value
    return row


def posed(angles: Float64Array, body: Body) -> Float64Array:
    """The joints of `h36m17` (T, 17, 3) from the pelvis, for angles (T, F)."""
    value = {name: np.radians(angles[:, i]) for name, i in _F.items()}
    whole = _z(value["turn"]) @ _tilt(value["pitch"], value["roll"]) @ _z(value["about"])
    points = np.zeros((len(angles), len(_J), 3))

    def place(joint: str, start: str, axes: Float64Array, way: tuple[float, float, float]) -> None:
        step = axes @ (np.array(way) / np.linalg.norm(way)) * body.length(joint)
        points[:, _J[joint]] = points[:, _J[start]] + step

    lower = whole @ _z(value["twist"] / 2) @ _y(value["side"]) @ _x(-value["lean"])
    upper = lower @ _z(value["twist"] / 2) @ _x(-value["curl"])
    head = upper @ _z(value["look"]) @ _x(-value["nod"])
    place("spine", "mid_hip", lower, (0, 0, 1))
    place("thorax", "spine", upper, (0, 0, 1))
    place("jaw", "thorax", upper @ _x(-value["nod"] / 2), (0, 1, 4))
    place("head_top", "jaw", head, (0, -1, 20))
    for side, sign in (("left_", 1.0), ("right_", -1.0)):
        place(f"{side}hip", "mid_hip", whole, (-sign, 0, 0))
        leg = whole @ _x(value[side + "thigh"]) @ _y(sign * value[side + "out"])
        leg = leg @ _z(sign * value[side + "spin"])
        place(f"{side}knee", f"{side}hip", leg, (0, 0, -1))
        place(f"{side}ankle", f"{side}knee", leg @ _x(-value[side + "knee"]), (0, 0, -1))
        raised = np.maximum(np.abs(value[side + "arm"]), np.abs(value[side + "spread"]))
        collar = upper @ _y(sign * _SHRUG * np.maximum(raised - np.pi / 6, 0))
        place(f"{side}shoulder", "thorax", collar, (-sign, 0, 0))
        arm = upper @ _x(value[side + "arm"]) @ _y(sign * value[side + "spread"])
        arm = arm @ _z(sign * value[side + "spun"])
        place(f"{side}elbow", f"{side}shoulder", arm, (0, 0, -1))
        place(f"{side}wrist", f"{side}elbow", arm @ _x(value[side + "elbow"]), (0, 0, -1))
    return points


def on_floor(points: Float64Array, lift: Float64Array | None = None) -> Float64Array:
    """Poses (T, 17, 3) put on the floor z = 0, with what rests on it held in place.

    The joint that is lowest rests on the floor. All joints that are about as low do not slide: feet
    stay where they stand, hands where they support, as weighted means if they move apart.

    Args:
        points: Places from anywhere, as of `posed`.
        lift: (T,) metres above the floor, of who jumps.
    """
    placed = points - points[:, :1]
    placed[..., 2] += (CLEARANCE - placed[..., 2]).max(axis=1)[:, None]
    over = placed[..., 2] - CLEARANCE
    weight = np.exp(-over / _SOFT)
    held = (weight[1:] + weight[:-1])[..., None]
    steps = -(held * np.diff(placed[..., :2], axis=0)).sum(axis=1) / held.sum(axis=1)
    placed[1:, :, :2] += np.cumsum(steps, axis=0)[:, None]
    if lift is not None:
        placed[..., 2] += lift[:, None]
    return placed


def above_floor(points: Float64Array) -> Float64Array:
    """Poses (T, 17, 3), raised where a joint would be in the floor."""
    raised = points.copy()
    raised[..., 2] += np.maximum((CLEARANCE - points[..., 2]).max(axis=1), 0)[:, None]
    return raised


def _x(angle: Float64Array) -> Float64Array:
    return _about(angle, 1, 2)


def _y(angle: Float64Array) -> Float64Array:
    return _about(angle, 2, 0)


def _z(angle: Float64Array) -> Float64Array:
    return _about(angle, 0, 1)


def _about(angle: Float64Array, first: int, second: int) -> Float64Array:
    """Rotations (T, 3, 3) that turn the first axis towards the second."""
    matrix = np.zeros((len(angle), 3, 3))
    matrix[:, range(3), range(3)] = 1
    matrix[:, first, first] = matrix[:, second, second] = np.cos(angle)
    matrix[:, first, second], matrix[:, second, first] = -np.sin(angle), np.sin(angle)
    return matrix


def _tilt(pitch: Float64Array, roll: Float64Array) -> Float64Array:
    """Rotations (T, 3, 3) of what tips over forwards and to the right at once."""
    from scipy.spatial.transform import Rotation

    vectors = np.stack([-pitch, roll, np.zeros_like(pitch)], axis=1)
    return np.asarray(Rotation.from_rotvec(vectors).as_matrix())
