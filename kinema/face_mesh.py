"""The 468 keypoints of MediaPipe's face mesh, and the smaller faces that can be had from it."""

from __future__ import annotations

import numpy as np

from kinema.poses import Float32Array
from kinema.skeleton import Skeleton, chain_edges

# The mesh is made of two mirrored halves: 248 vertices of the midplane and the person's right, then
# the 220 of the left in the order of their partners. So the vertices of the midplane tell all.
# They are those with x = 0 in MediaPipe's canonical_face_model.obj, where each other vertex
# (x, y, z) has its partner at (-x, y, z).
_LEFT_START = 248
_KEYPOINTS = tuple(f"mesh_{i:03d}" for i in range(468))
_MIDPLANE = """
0 1 2 4 5 6 8 9 10 11 12 13 14 15 16 17 18 19 94 151 152 164 168 175 195 197 199 200
"""

# The contours that MediaPipe draws (FACEMESH_CONTOURS in its face_mesh_connections.py).
_CONTOURS = """
10 338 297 332 284 251 389 356 454 323 361 288 397 365 379 378 400 377 152
152 148 176 149 150 136 172 58 132 93 234 127 162 21 54 103 67 109 10
33 7 163 144 145 153 154 155 133
33 246 161 160 159 158 157 173 133
263 249 390 373 374 380 381 382 362
263 466 388 387 386 385 384 398 362
46 53 52 65 55
70 63 105 66 107
276 283 282 295 285
300 293 334 296 336
61 146 91 181 84 17 314 405 321 375 291
61 185 40 39 37 0 267 269 270 409 291
78 95 88 178 87 14 317 402 318 324 308
78 191 80 81 82 13 312 311 310 415 308
"""
# One chain a line: the oval (left half, right half), the lids of the right and of the left eye
# (lower, upper), the edges of the brows, the lips (outer, inner; lower, upper).


def _names(numbers: str) -> list[str]:
    return [_KEYPOINTS[int(number)] for number in numbers.split()]


def _mirror() -> tuple[tuple[str, str], ...]:
    midplane = set(_names(_MIDPLANE))
    right = (name for name in _KEYPOINTS[:_LEFT_START] if name not in midplane)
    return tuple(zip(_KEYPOINTS[_LEFT_START:], right, strict=True))


FACE468 = Skeleton(
    "face468",
    _KEYPOINTS,
    edges=chain_edges(*(" ".join(_names(line)) for line in _CONTOURS.strip().splitlines())),
    mirror=_mirror(),
)
"""MediaPipe's face mesh, `mesh_000` to `mesh_467`, with the contours of oval, eyes, brows, lips.

The names are MediaPipe's numbers: `mesh_001` is the tip of the nose, `mesh_152` the chin,
`mesh_033` the outer corner of the right eye. Joints inside the contours are in no edge.
"""

# Which vertices the 68 points of iBUG are, or lie in the middle of: the correspondence that Peizhi
# Yan published (github.com/PeizhiYan/Mediapipe_2_Dlib_Landmarks, 2024). One point differs: the left
# jaw_13 is there the vertex 361 alone; here it is the mirror image of the right jaw_03.
_IBUG = """
127 234 93 132,58 58,172 136 150 176 152 400 379 365 397,288 361,288 323 454 356
70 63 105 66 107  336 296 334 293 300
168,6 197,195 5 4  75 97 2 326 305
33 160 158 133 153 144  362 385 387 263 373 380
61 39 37 0 267 269 291 321 314 17 84 91
78 82 13 312 308 317 14 87
"""
# A line each: jaw; brows, right and left; bridge and base of the nose; eyes; outer lip; inner lip.

_PAIRS = np.array([(vertices.split(",") * 2)[:2] for vertices in _IBUG.split()], dtype=np.intp)
_LIDS = np.array(
    [
        [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
        [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
    ]
)  # of the right eye, of the left eye


def ibug_face(mesh: Float32Array) -> Float32Array:
    """The 68 points of `face68`, (..., 68, D), from those of the mesh, (..., 468, D).

    The jaw of the mesh is that of the skull, where iBUG's follows the edge that the picture shows;
    in profile they differ.
    """
    points: Float32Array = mesh[..., _PAIRS, :].mean(axis=-2)
    return points


def openpose_face(mesh: Float32Array) -> Float32Array:
    """The 70 points of `face70`, (..., 70, D), from those of the mesh, (..., 468, D).

    The mesh has no pupils. Those given here are the middles of the lids' contours, where the eye
    is; they do not say where it looks.
    """
    pupils: Float32Array = mesh[..., _LIDS, :].mean(axis=-2)
    return np.concatenate([ibug_face(mesh), pupils], axis=-2)
