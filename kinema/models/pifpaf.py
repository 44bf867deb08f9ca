"""OpenPifPaf: composite fields, which point to joints and tie them in pairs.

Kreiss, Bertoni and Alahi, "PifPaf", CVPR 2019, sections 3.2 to 3.4, and "OpenPifPaf", T-ITS 2021,
sections III-C to III-E; the constants are those of the authors' program, version 0.13.

Each cell of the intensity fields (CIF) says how sure it is of a joint, where that joint is and how
large it is; each cell of the association fields (CAF) does so of a pair of joints. Reading them:

1. `sharp_maps`: every sure cell of a CIF adds a small Gaussian where it points to (PifPaf, eq. 1).
2. `find_seeds`: the places that many cells agree on, the best first.
3. `grow`: from a seed on, the best tie to a joint not yet found is followed, until there is none;
   a tie must lead back to where it came from (section 3.4).
4. `remove_doubles`: of two people, the same joint in the same place belongs to the better one.

Positions are pixels of the network's input, 0 the centre of the first one; cell c is at pixel
c * stride.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from kinema.errors import InputError
from kinema.models.card import ModelCard
from kinema.models.families import refuse_options
from kinema.models.heatmap import IMAGENET
from kinema.models.options import Options
from kinema.models.ports import input_size, network_file, unfit
from kinema.models.runtime import Network
from kinema.models.whole_picture import OneStage, Outputs, People, WholePicture
from kinema.poses import Float32Array
from kinema.skeleton import chain_edges
from kinema.skeletons import COCO17

TIES = chain_edges(
    "left_ankle left_knee left_hip",
    "right_ankle right_knee right_hip",
    "left_hip right_hip",
    "left_shoulder left_hip",
    "right_shoulder right_hip",
    "left_shoulder right_shoulder",
    "left_shoulder left_elbow",
    "right_shoulder right_elbow",
    "left_elbow left_wrist",
    "right_elbow right_wrist",
    "left_eye right_eye",
    "nose left_eye",
    "nose right_eye",
    "left_eye left_ear",
    "right_eye right_ear",
    "left_ear left_shoulder",
    "right_ear right_shoulder",
)
"""The pairs of the 19 association fields: COCO's limbs in COCO's order."""

TIE_ENDS = tuple((COCO17.index(a), COCO17.index(b)) for a, b in TIES)

CIF_NUMBERS, CAF_NUMBERS = 5, 8
"""Numbers a cell: width, score, x, y, size; width, score, x, y, x, y, size, size."""

SHARP_THRESHOLD = 0.3  # least score of a cell that adds to the sharp maps
NEIGHBOURS = 16  # so many cells that agree make a sharp map 1
SEED_THRESHOLD = 0.2
SHARP_SHARE = 0.9  # of the sharp map in the score of a seed; the cell's own score is the rest
TIE_THRESHOLD = 0.2
TIE_FLOOR = 0.1  # share of a tie's score that does not depend on the sharp map where it leads
JOINT_THRESHOLD = 0.15
RELATIVE_THRESHOLD = 0.5  # of a joint to the one that it was found from
LEAST_SIZE = 4.0  # pixels, half of a square that a joint takes up
PERSON_THRESHOLD = 0.15
BEST_WEIGHT = 3.0  # of each of the three best joints in the score of a person; others have 1


@dataclass(frozen=True)
class Joint:
    """A joint of a person: its score, place and size in pixels."""

    score: float
    x: float
    y: float
    size: float


Person = dict[int, Joint]
"""Joints by their number."""


def find_people(cif: Float32Array, caf: Float32Array, stride: float) -> list[Person]:
    """All people in the fields of a picture, the best first.

    Args:
        cif: (17, 5, h, w)
        caf: (19, 8, h, w)
        stride: Pixels of the input a cell.
    """
    maps = sharp_maps(cif, stride)
    ties = [_ties(field, ends, maps, stride) for field, ends in zip(caf, TIE_ENDS, strict=True)]
    people: list[Person] = []
    taken = Taken()
    for joint, seed in find_seeds(cif, maps, stride):
        if taken.has(joint, seed):
            continue
        person = grow({joint: seed}, ties)
        for number, found in person.items():
            taken.add(number, found)
        people.append(person)
    return remove_doubles(people)


def sharp_maps(cif: Float32Array, stride: float) -> Float32Array:
    """Maps (17, H, W) at the input's resolution, near 1 where many cells point to."""
    k, _, h, w = cif.shape
    height, width = round((h - 1) * stride) + 1, round((w - 1) * stride) + 1
    maps = np.zeros((k, height, width), dtype=np.float32)
    for joint, row, column in zip(*np.nonzero(cif[:, 1] >= SHARP_THRESHOLD), strict=True):
        _, score, x, y, size = cif[joint, :, row, column]
        x, y, sigma = x * stride, y * stride, max(1.0, 0.5 * size * stride)
        left, right = max(int(x - sigma), 0), min(int(x + sigma) + 1, width)
        top, bottom = max(int(y - sigma), 0), min(int(y + sigma) + 1, height)
        if left >= right or top >= bottom:
            continue
        rows, columns = np.ogrid[top:bottom, left:right]
        squared = (columns - x) ** 2 + (rows - y) ** 2
        hill = np.exp(-0.5 * squared / sigma**2) * (squared <= sigma**2)
        maps[joint, top:bottom, left:right] += score / NEIGHBOURS * hill
    return np.minimum(maps, 1)


def find_seeds(cif: Float32Array, maps: Float32Array, stride: float) -> list[tuple[int, Joint]]:
    """Joints from which people may be grown, by number, the best first.

    Args:
        cif: (17, 5, h, w)
        maps: (17, H, W), as `sharp_maps` gives them.
        stride: Pixels of the input a cell.
    """
    seeds = []
    for joint, row, column in np.argwhere(cif[:, 1] >= SEED_THRESHOLD).tolist():
        score, x, y, size = cif[joint, 1:, row, column].tolist()
        x, y = x * stride, y * stride
        score = SHARP_SHARE * _value(maps[joint], x, y) + (1 - SHARP_SHARE) * score
        if score >= SEED_THRESHOLD:
            seeds.append((joint, Joint(score, x, y, size * stride)))
    return sorted(seeds, key=lambda seed: -seed[1].score)


def _value(sharp: Float32Array, x: float, y: float) -> float:
    """Of a map at the pixel nearest to a place; 0 beyond it."""
    row, column = round(y), round(x)
    inside = 0 <= row < sharp.shape[0] and 0 <= column < sharp.shape[1]
    return float(sharp[row, column]) if inside else 0.0


@dataclass(frozen=True, eq=False)
class Ties:
    """The sure cells of one association field, in both directions.

    Attributes:
        ends: Numbers of the two joints.
        forwards: (n, 6) score, x and y of the first joint, x, y and size of the second one.
        backwards: (m, 6) likewise from the second joint to the first.
    """

    ends: tuple[int, int]
    forwards: Float32Array
    backwards: Float32Array


def _ties(field: Float32Array, ends: tuple[int, int], maps: Float32Array, stride: float) -> Ties:
    rows = field[1:, field[1] >= TIE_THRESHOLD].T  # (n, 7): score, x, y, x, y, size, size
    rows = np.concatenate([rows[:, :1], rows[:, 1:] * stride], axis=1)
    directions = []
    for target, columns in ((ends[1], [0, 1, 2, 3, 4, 6]), (ends[0], [0, 3, 4, 1, 2, 5])):
        chosen = rows[:, columns]
        sharp = np.array([_value(maps[target], x, y) for x, y in chosen[:, 3:5].tolist()])
        chosen[:, 0] *= TIE_FLOOR + (1 - TIE_FLOOR) * sharp.reshape(-1)
        directions.append(chosen[chosen[:, 0] > TIE_THRESHOLD])
    return Ties(ends, *directions)


def follow(ties: Float32Array, start: Joint) -> Joint | None:
    """Where the ties near a joint lead: the mean of the two best, if they agree.

    A lone tie, or one whose second best leads elsewhere, counts half.

    Args:
        ties: (n, 6), those of `Ties` that begin at joints of this name.
        start: The joint.
    """
    size = max(start.size, 0.5)
    away = np.abs(ties[:, 1:3] - (start.x, start.y))
    near = ties[(away <= size / 2).all(axis=1)]
    squared = (near[:, 1] - start.x) ** 2 + (near[:, 2] - start.y) ** 2
    scores = near[:, 0] * np.exp(-0.5 * squared / (0.25 * size**2))
    order = np.argsort(-scores, kind="stable")[:2]
    if len(order) == 0 or scores[order[0]] == 0:
        return None
    best, *others = (
        Joint(float(scores[row]), float(x), float(y), max(float(end_size), 0.0))
        for row, (x, y, end_size) in zip(order, near[order, 3:], strict=True)
    )
    alone = Joint(0.5 * best.score, best.x, best.y, best.size)
    if not others:
        return alone
    second = others[0]
    apart = (best.x - second.x) ** 2 + (best.y - second.y) ** 2
    if second.score < max(0.01, 0.5 * best.score) or apart > best.size**2 / 4:
        return alone
    share = second.score / (best.score + second.score)
    return Joint(
        0.5 * (best.score + second.score),
        best.x + share * (second.x - best.x),
        best.y + share * (second.y - best.y),
        best.size + share * (second.size - best.size),
    )


def grow(person: Person, ties: Sequence[Ties]) -> Person:
    """The person with all joints that ties lead to, the surest first."""
    person = dict(person)
    waiting: list[tuple[float, int, int, Joint | None]] = []
    asked: set[tuple[int, int]] = set()

    def look_around(start: int) -> None:
        for pair in ties:
            for one, other in (pair.ends, pair.ends[::-1]):
                if one == start and other not in person and (one, other) not in asked:
                    asked.add((one, other))
                    # As good as it can get: a tie is looked at when its turn comes.
                    heapq.heappush(waiting, (-(person[one].score ** 0.5), one, other, None))

    for joint in person:
        look_around(joint)
    while waiting:
        _, start, end, found = heapq.heappop(waiting)
        if end in person:
            continue
        if found is None:
            found = _tied(person[start], start, end, ties)
            if found:
                heapq.heappush(waiting, (-found.score, start, end, found))
            continue
        person[end] = found
        look_around(end)
    return person


def _tied(start: Joint, number: int, end: int, ties: Sequence[Ties]) -> Joint | None:
    """The joint that a tie leads to, if it is sure enough and leads back."""
    pair = next(pair for pair in ties if set(pair.ends) == {number, end})
    there, back = pair.forwards, pair.backwards
    if pair.ends[0] == end:
        there, back = back, there
    found = follow(there, start)
    if found is None:
        return None
    score = (found.score * start.score) ** 0.5  # geometric mean
    if score < JOINT_THRESHOLD or score < start.score * RELATIVE_THRESHOLD:
        return None
    found = Joint(score, found.x, found.y, found.size)
    again = follow(back, found)
    if again is None or abs(start.x - again.x) + abs(start.y - again.y) > start.size:
        return None
    return found


class Taken:
    """Squares around joints, in which the same joint of another person has no place."""

    def __init__(self) -> None:
        self._squares: dict[int, list[Joint]] = {}

    def add(self, number: int, joint: Joint) -> None:
        """Takes the square around a joint, its size and at least `LEAST_SIZE` to each side."""
        self._squares.setdefault(number, []).append(joint)

    def has(self, number: int, joint: Joint) -> bool:
        """Whether a joint of that number lies in a square."""
        return any(
            max(abs(joint.x - other.x), abs(joint.y - other.y)) < max(other.size, LEAST_SIZE)
            for other in self._squares.get(number, [])
        )


def person_score(person: Person) -> float:
    """The weighted mean of the scores of all joints, joints not found counting 0."""
    scores = sorted((joint.score for joint in person.values()), reverse=True)
    weights = [BEST_WEIGHT] * 3 + [1.0] * (len(COCO17) - 3)
    total = sum(weight * score for weight, score in zip(weights, scores, strict=False))
    return total / sum(weights)


def remove_doubles(people: list[Person]) -> list[Person]:
    """The people with the joints that are theirs, those with too few left out, the best first."""
    taken = Taken()
    left = []
    for person in sorted(people, key=person_score, reverse=True):
        own = {number: joint for number, joint in person.items() if not taken.has(number, joint)}
        for number, joint in own.items():
            taken.add(number, joint)
        sure = {number: joint for number, joint in own.items() if joint.score > JOINT_THRESHOLD}
        if person_score(sure) >= PERSON_THRESHOLD:
            left.append(sure)
    return sorted(left, key=person_score, reverse=True)


def load_model(card: ModelCard, files: tuple[Path, ...], options: Options) -> OneStage:
    """The OpenPifPaf in a file that gives fields (1, 17, 5, h, w) and (1, 19, 8, h, w).

    Raises:
        ModelError: If the file is no such network.
        InputError: If the skeleton or the options do not suit it.
    """
    refuse_options(card, options, "size", "scales", "mirror")
    if card.skeleton != COCO17:
        named = card.skeleton.name if card.skeleton else "none"
        raise InputError(f"the family {card.family} has {COCO17.name}, not {named}")
    network = Network(
        network_file(files),
        picture=IMAGENET,
        precision=options.precision,
        latency=options.latency,
    )
    size = input_size(network)
    forms = [port.shape[1:3] if len(port.shape) == 5 else () for port in network.outputs]
    cif_form, caf_form = (len(COCO17), CIF_NUMBERS), (len(TIES), CAF_NUMBERS)
    if sorted(forms) != sorted([cif_form, caf_form]):
        raise unfit(network, card.family, "fields (1, 17, 5, h, w) and (1, 19, 8, h, w)")
    decode = partial(_people, cif=forms.index(cif_form), caf=forms.index(caf_form), width=size[0])
    return OneStage(
        WholePicture(network, size=size, channels="rgb"),
        decode,
        name=card.name,
        skeleton=COCO17,
        single_person=options.single_person,
    )


def _people(outputs: Outputs, *, cif: int, caf: int, width: int) -> People:
    fields = outputs[cif][0], outputs[caf][0]
    people = find_people(*fields, stride=(width - 1) / (fields[0].shape[3] - 1))
    keypoints = np.full((len(people), len(COCO17), 2), np.nan, dtype=np.float32)
    scores = np.zeros((len(people), len(COCO17)), dtype=np.float32)
    for row, person in enumerate(people):
        for number, joint in person.items():
            keypoints[row, number] = joint.x, joint.y
            scores[row, number] = joint.score
    certainty = np.array([person_score(person) for person in people], dtype=np.float32)
    return People(keypoints, scores, None, certainty)
