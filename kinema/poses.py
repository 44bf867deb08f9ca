"""The people of one instant (`Poses`). One person over time is `kinema.track.Track`.

Coordinates. In the picture (`space = "image"`, D = 2) x points right and y down, in pixels, and
(0, 0) is the centre of the top-left pixel, so a picture W pixels wide spans -0.5 to W - 0.5.
In space (D = 3) units are metres and the axes right-handed: `"body"` has its origin at the pelvis
and the directions of the picture (x right, y down, z away from the camera); `"world"` is the frame
of the room, with z up. Files whose own axes differ are turned when they are read and written.

Absent is absent: nobody found is N = 0, a joint that was not found is NaN with score 0. A score of
NaN says that no score is known, as for hand labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, ShapeError
from kinema.known_values import mean_of_known
from kinema.skeleton import Skeleton

Float32Array = npt.NDArray[np.float32]
Space = Literal["image", "body", "world"]
_Scalar = TypeVar("_Scalar", np.float32, np.float64, np.int64)
SPACE_DIMENSIONS: dict[str, int] = {"image": 2, "body": 3, "world": 3}


class Action(NamedTuple):
    """What somebody is doing, and how sure a recogniser is of it."""

    label: str
    probability: float


@dataclass(frozen=True, eq=False)
class Poses:
    """The people of one frame of one camera, or of one instant in space. There may be none.

    Attributes:
        skeleton: Names the K keypoints.
        keypoints: (N, K, D) float32; NaN where a joint was not found.
        scores: (N, K) float32 in [0, 1]; 0 = not found, NaN = no score is known.
        ids: (N,) int64 identities over time, or None before tracking.
        boxes: (N, 4) float32 x1 y1 x2 y2 in pixels, or None.
        frame: Number of the frame in its source, from 0.
        time: Seconds from the start of the source, by the container's own timestamps.
        space: `"image"` (D = 2), `"body"` or `"world"` (D = 3).
        certainty: (N,) float32 in [0, 1]: how sure the model is of each person as a whole, or None
            where it says so of joints alone. `person_scores` is never None.
        actions: N of them: what each person is doing, None for who does nothing that is known; or
            None where nobody has looked.

    Arrays are converted to these types and made read-only. `poses[i]`, `poses[mask]` and
    `poses[1:]` give the chosen people; `len(poses)` is N.

    Raises:
        ShapeError: If the shapes do not fit each other and the skeleton.
        InputError: If a score lies outside [0, 1] or `space` is unknown.
    """

    skeleton: Skeleton
    keypoints: Float32Array
    scores: Float32Array
    ids: npt.NDArray[np.int64] | None = None
    boxes: Float32Array | None = None
    frame: int = 0
    time: float = 0.0
    space: Space = "image"
    certainty: Float32Array | None = None
    actions: tuple[Action | None, ...] | None = None

    def __post_init__(self) -> None:
        d = space_dimensions(self.space)
        keypoints = frozen_array(self.keypoints, np.float32)
        n = len(keypoints) if keypoints.ndim else 0
        k = len(self.skeleton)
        check_shape("keypoints", keypoints, (n, k, d))
        scores = frozen_array(self.scores, np.float32)
        check_shape("scores", scores, (n, k))
        check_scores(scores)
        object.__setattr__(self, "keypoints", keypoints)
        object.__setattr__(self, "scores", scores)
        if self.ids is not None:
            object.__setattr__(self, "ids", frozen_array(self.ids, np.int64))
            check_shape("ids", self.ids, (n,))
        if self.boxes is not None:
            object.__setattr__(self, "boxes", frozen_array(self.boxes, np.float32))
            check_shape("boxes", self.boxes, (n, 4))
        if self.certainty is not None:
            object.__setattr__(self, "certainty", frozen_array(self.certainty, np.float32))
            check_shape("certainty", self.certainty, (n,))
            check_scores(self.certainty)
        if self.actions is not None and len(self.actions) != n:
            raise ShapeError(f"{n} people have {n} actions or None, not {len(self.actions)}")

    @classmethod
    def empty(
        cls, skeleton: Skeleton, *, frame: int = 0, time: float = 0.0, space: Space = "image"
    ) -> Poses:
        """Nobody: N = 0."""
        keypoints = np.empty((0, len(skeleton), space_dimensions(space)), dtype=np.float32)
        scores = np.empty((0, len(skeleton)), dtype=np.float32)
        return cls(skeleton, keypoints, scores, frame=frame, time=time, space=space)

    def __len__(self) -> int:
        return len(self.keypoints)

    def __getitem__(self, people: int | slice | npt.ArrayLike) -> Poses:
        """The chosen people: by number, slice, mask or list of numbers."""
        chosen = [people] if isinstance(people, int | np.integer) else people
        if not isinstance(chosen, slice):
            chosen = np.asarray(chosen)
            if chosen.size == 0:
                chosen = chosen.astype(np.intp)
        actions = self.actions
        if actions is not None:
            rows = np.arange(len(self))[chosen].tolist()
            actions = tuple(actions[row] for row in rows)
        return replace(
            self,
            keypoints=self.keypoints[chosen],
            scores=self.scores[chosen],
            actions=actions,
            ids=None if self.ids is None else self.ids[chosen],
            boxes=None if self.boxes is None else self.boxes[chosen],
            certainty=None if self.certainty is None else self.certainty[chosen],
        )

    def joint(self, name: str) -> Float32Array:
        """The positions of one joint in all people, (N, D)."""
        return self.keypoints[:, self.skeleton.index(name)]

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Which joints have a position, (N, K)."""
        return np.asarray(~np.isnan(self.keypoints).any(axis=2))

    @property
    def person_scores(self) -> Float32Array:
        """One score a person, (N,): the model's certainty, where it has one.

        Otherwise the mean of the joint scores, joints not found counting 0; NaN for a person of
        whose joints no score is known.
        """
        if self.certainty is not None:
            return self.certainty
        return mean_of_known(self.scores, axis=1).astype(np.float32)

    def bounds(self) -> Float32Array:
        """The smallest boxes x1 y1 x2 y2 around the joints found, (N, 4); NaN if none is found.

        Raises:
            InputError: If the poses are not in an image.
        """
        if self.space != "image":
            raise InputError(f"boxes belong to images; these poses are in {self.space} space")
        low = np.where(self.found[..., None], self.keypoints, np.inf).min(axis=1, initial=np.inf)
        high = np.where(self.found[..., None], self.keypoints, -np.inf).max(axis=1, initial=-np.inf)
        boxes = np.concatenate([low, high], axis=1)  # (N, 4)
        return np.where(np.isfinite(boxes), boxes, np.nan).astype(np.float32)

    def to(self, skeleton: Skeleton) -> Poses:
        """The same people with the keypoints of another skeleton, joined by name.

        A joint that is neither here nor follows from `kinema.skeleton.DERIVED_JOINTS` is NaN with
        score 0. A derived joint's score is the lowest of the scores that it comes from.
        """
        if skeleton == self.skeleton:
            return self
        n, d = len(self), self.keypoints.shape[2]
        keypoints = np.full((n, len(skeleton), d), np.nan, dtype=np.float32)
        scores = np.zeros((n, len(skeleton)), dtype=np.float32)
        for i, sources in enumerate(self.skeleton.recipe(skeleton)):
            if sources:
                keypoints[:, i] = self.keypoints[:, sources].mean(axis=1)
                scores[:, i] = self.scores[:, sources].min(axis=1)
        scores[np.isnan(keypoints).any(axis=2)] = 0
        return replace(self, skeleton=skeleton, keypoints=keypoints, scores=scores)

    def mirrored(self, width: float) -> Poses:
        """The people as they would be in the mirrored picture, `width` pixels wide.

        Left and right are swapped, so that `left_knee` is again the person's left knee.

        Raises:
            InputError: If the poses are not in an image.
        """
        if self.space != "image":
            raise InputError(f"only poses in an image can be mirrored; these are in {self.space}")
        order = self.skeleton.mirror_order
        keypoints = self.keypoints[:, order].copy()
        keypoints[..., 0] = width - 1 - keypoints[..., 0]
        boxes = self.boxes
        if boxes is not None:
            boxes = boxes[:, [2, 1, 0, 3]]
            boxes[:, [0, 2]] = width - 1 - boxes[:, [0, 2]]
        return replace(self, keypoints=keypoints, scores=self.scores[:, order], boxes=boxes)


def frozen_array(array: npt.ArrayLike, dtype: type[_Scalar]) -> npt.NDArray[_Scalar]:
    """A read-only view of `array` as `dtype`, without a copy where none is needed."""
    view: npt.NDArray[_Scalar] = np.asarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def space_dimensions(space: str) -> int:
    """How many coordinates a point of this space has.

    Raises:
        InputError: If the space is unknown.
    """
    if space not in SPACE_DIMENSIONS:
        raise InputError(f"space must be one of {', '.join(SPACE_DIMENSIONS)}, not {space!r}")
    return SPACE_DIMENSIONS[space]


def check_scores(scores: Float32Array) -> None:
    """Refuse scores that are neither in [0, 1] nor NaN.

    Raises:
        InputError: If there is one.
    """
    low, high = np.nanmin(scores, initial=0), np.nanmax(scores, initial=0)
    if low < 0 or high > 1:
        raise InputError(f"scores must lie in [0, 1] or be NaN, got {low} to {high}")


def check_shape(name: str, array: npt.NDArray[np.generic], expected: tuple[int, ...]) -> None:
    """Refuse an array of another shape than expected.

    Raises:
        ShapeError: If it has one.
    """
    if array.shape != expected:
        raise ShapeError(f"{name} must have the shape {expected}, got {array.shape}")
