"""The keypoints of a face and of a hand."""

from __future__ import annotations

from kinema.skeleton import Skeleton, chain_edges

_FACE_SIGMAS = """
.042 .043 .044 .043 .040 .035 .031 .025 .020 .023 .029 .032 .037 .038 .043 .041 .045
.013 .012 .011 .011 .012 .012 .011 .011 .013 .015 .009 .007 .007 .007 .012 .009 .008 .016 .010
.017 .011 .009 .011 .009 .007 .013 .008 .011 .012 .010 .034
.008 .008 .009 .008 .008 .007 .010 .008 .009 .009 .009 .007
.007 .008 .011 .008 .008 .008 .010 .008
"""
_HAND_SIGMAS = """
.029 .022 .035 .037 .047 .026 .025 .024 .035 .018 .024 .022 .026 .017 .021 .021 .032 .020 .019
.022 .031
"""
# Both are those of COCO-WholeBody's evaluation (Jin et al. 2020), whose faces have the 68 and whose
# hands the 21 keypoints below.


def _numbered(part: str, count: int, digits: int = 1) -> tuple[str, ...]:
    return tuple(f"{part}_{i:0{digits}d}" for i in range(count))


def _chain(joints: tuple[str, ...], *, closed: bool = False) -> tuple[tuple[str, str], ...]:
    return chain_edges(" ".join(joints + joints[:1] if closed else joints))


_JAW = _numbered("jaw", 17, digits=2)
_RIGHT_BROW, _LEFT_BROW = _numbered("right_brow", 5), _numbered("left_brow", 5)
_BRIDGE, _NOSE_BASE = _numbered("nose_bridge", 4), _numbered("nose_base", 5)
_RIGHT_EYE, _LEFT_EYE = _numbered("right_eye", 6), _numbered("left_eye", 6)
_OUTER_LIP, _INNER_LIP = _numbered("outer_lip", 12, digits=2), _numbered("inner_lip", 8)
_PUPILS = ("right_pupil", "left_pupil")

_FACE_KEYPOINTS = (
    *_JAW,
    *_RIGHT_BROW,
    *_LEFT_BROW,
    *_BRIDGE,
    *_NOSE_BASE,
    *_RIGHT_EYE,
    *_LEFT_EYE,
    *_OUTER_LIP,
    *_INNER_LIP,
)
_FACE_EDGES = (
    *_chain(_JAW),
    *_chain(_RIGHT_BROW),
    *_chain(_LEFT_BROW),
    *_chain(_BRIDGE),
    *_chain(_NOSE_BASE),
    *_chain(_RIGHT_EYE, closed=True),
    *_chain(_LEFT_EYE, closed=True),
    *_chain(_OUTER_LIP, closed=True),
    *_chain(_INNER_LIP, closed=True),
)


def _face_mirror() -> tuple[tuple[str, str], ...]:
    """Pairs (left, right), the person's left being on the picture's right."""
    # Eyes run from their right corner over the upper lid and back along the lower one, so the
    # right eye's outer corner 0 faces the left eye's outer corner 3, and so on. Lips run likewise.
    facing_eye = (3, 2, 1, 0, 5, 4)
    return (
        *zip(_JAW[:8:-1], _JAW[:8], strict=True),
        *zip(_LEFT_BROW[::-1], _RIGHT_BROW, strict=True),
        *zip(_NOSE_BASE[:2:-1], _NOSE_BASE[:2], strict=True),
        *zip((_LEFT_EYE[i] for i in facing_eye), _RIGHT_EYE, strict=True),
        *((_OUTER_LIP[left], _OUTER_LIP[6 - left]) for left in (4, 5, 6)),
        *((_OUTER_LIP[left], _OUTER_LIP[18 - left]) for left in (7, 8)),
        *((_INNER_LIP[left], _INNER_LIP[4 - left]) for left in (3, 4)),
        (_INNER_LIP[5], _INNER_LIP[7]),
    )


FACE68 = Skeleton(
    "face68",
    _FACE_KEYPOINTS,
    _FACE_EDGES,
    _face_mirror(),
    tuple(float(sigma) for sigma in _FACE_SIGMAS.split()),
)
"""The 68 points of iBUG 300-W in the order of Multi-PIE (Sagonas et al. 2016).

All runs start at the person's right, which is the picture's left: `jaw_00` is at the right ear,
`jaw_08` the chin, `outer_lip_00` the right corner of the mouth. `nose_bridge_3` is the tip.
"""

FACE70 = Skeleton(
    "face70",
    _FACE_KEYPOINTS + _PUPILS,
    _FACE_EDGES,
    (*_face_mirror(), ("left_pupil", "right_pupil")),
    (*FACE68.sigmas, float("nan"), float("nan")),
)
"""OpenPose's face: `FACE68` and the pupils, the right one first. Pupils are in no edge."""

_FINGERS = {
    "thumb": ("cmc", "mcp", "ip", "tip"),
    "index": ("mcp", "pip", "dip", "tip"),
    "middle": ("mcp", "pip", "dip", "tip"),
    "ring": ("mcp", "pip", "dip", "tip"),
    "pinky": ("mcp", "pip", "dip", "tip"),
}
_FINGER_JOINTS = tuple(
    tuple(f"{finger}_{joint}" for joint in joints) for finger, joints in _FINGERS.items()
)

HAND21 = Skeleton(
    "hand21",
    ("wrist", *(joint for finger in _FINGER_JOINTS for joint in finger)),
    edges=tuple(edge for finger in _FINGER_JOINTS for edge in _chain(("wrist", *finger))),
    sigmas=tuple(float(sigma) for sigma in _HAND_SIGMAS.split()),
)
"""One hand, as OpenPose and MediaPipe order it: wrist, then each finger from root to tip.

Which hand it is, the skeleton does not say. It has no mirror pairs: a mirrored left hand is a right
hand, joint for joint.
"""
