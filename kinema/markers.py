"""From the markers of motion capture to keypoints: which marker of which set is which place.

Marker names are read without the subject ("Walker:LHEE"), case, spaces, dots and underscores. The
sets known are Plug-in Gait, CGM2, Helen Hayes, IOR, CAST, Qualisys' animation and sports sets,
Rajagopal's and other OpenSim sets, and the keypoint names of OpenCap, Theia and Pose2Sim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kinema.errors import SkeletonError
from kinema.skeleton import Skeleton
from kinema.skeletons import HALPE26
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

_SIDED = {
    "asis": "asi asis ias frontwaist waistfront frontpelvis pelvisfront",
    "psis": "psi psis ips backwaist waistback backpelvis pelvisback",
    "hip": "hip hjc hipjointcenter hipjointcentre hipcenter hipcentre hipjc",
    "knee": "knee kjc kneejointcenter kneejointcentre kneecenter kneecentre kneejc",
    "knee_lateral": "kne lek kneelat latknee lknee lkne fle lfe lfc kneeout kneeouter knl",
    "knee_medial": "mek knm kneemed medknee mknee mkne kme fme mfe mfc kneein kneeinner",
    "ankle": "ankle ajc anklejointcenter anklejointcentre anklecenter anklecentre anklejc",
    "ankle_lateral": "ank lm anklelat latankle lankle lank fal lmal ankleout ankleouter latmal anl",
    "ankle_medial": "mm anklemed medankle mankle mank tam mmal mma anklein ankleinner medmal anm",
    "heel": "hee heel cal calc calcn calcaneus fcc heelback hel",
    "big_toe": "toe bigtoe toetip hlx hallux fm1 mt1 fmt1 fmh met1 d1m toein toemed forefoot1",
    "second_toe": "toe2 mt2 met2 fm2 fmt2 smh d2m toemid toemiddle forefoot2",
    "small_toe": "smalltoe toe5 mt5 met5 5meta fm5 fmt5 vmh d5m toeout toelat forefoot5",
    "shoulder": "sho shoulder acr acro acromion sae shouldertop sjc shoulderjointcenter",
    "elbow": "elbow ejc elb elblat latelbow lelbow lelb ele elbowout elbowjointcenter",
    "wrist": "wrist wjc wra wristout radius rsp wristrad wristjointcenter",
    "eye": "eye",
    "ear": "ear",
}
"""What is left of a marker's name without its side, by place. A letter for the side may stand first
or last: LHEE, L_HEE, HEE_L, L.Heel, Left Heel, WaistLFront."""

_MIDDLE = {
    "upper_neck": "neck upperneck",
    "head_top": "headtop tophead vertex",
    "nose": "nose",
    "sacrum": "sacr sacrum sacral vsacral vsacr waistback",
}

# Harrington et al. 2007 (J Biomech 40, equations 1 to 3), as refined there for all subjects, in
# metres: pelvis depth and width to the hip joint, from the middle of the front spines.
_HIP_BACK = (-0.24, -0.0099)
_HIP_DOWN = (-0.30, -0.0109)
_HIP_OUT = (0.33, 0.0073)

_NEEDED = ("hip", "knee", "ankle")


def place_of(marker: str) -> tuple[str, str] | None:
    """The side (`left`, `right` or `middle`) and the place of a marker; None if it is unknown.

    >>> place_of("Subject01:LHEE")
    ('left', 'heel')
    >>> place_of("r_ankle")
    ('right', 'ankle')
    >>> place_of("LMM")
    ('left', 'ankle_medial')
    """
    name = marker.rsplit(":", 1)[-1].strip().lower().removesuffix("_study")
    plain = re.sub(r"[^a-z0-9]", "", name)
    for place, names in _MIDDLE.items():
        if plain in names.split():
            return "middle", place
    for side, rest in _sides(name, plain):
        for place, names in _SIDED.items():
            if rest in names.split():
                return side, place
    return None


def joints_from_markers(track: Track) -> Track:
    """A track of HALPE26 joints from one of markers.

    Knees and ankles are the middles of their lateral and medial markers where both are there, else
    the lateral one. Hips are, in this order: a marker or joint centre of that name; from the four
    pelvis markers by Harrington et al. 2007; the middle of the front and back spine of the side.
    The second toe or the fifth metatarsal stands for a big toe that has no marker.

    Args:
        track: Its skeleton names the markers. A track of known keypoints comes back as HALPE26.

    Raises:
        SkeletonError: If hips, knees or ankles cannot be had; says what was found and is needed.
    """
    if {"left_hip", "right_hip", "left_ankle", "right_ankle"} <= set(track.skeleton.keypoints):
        return track.to(HALPE26)
    places = _places(track)
    joints: dict[str, Float64Array] = {}
    for side in ("left", "right"):
        for joint, path in _limbs(places, side).items():
            joints[f"{side}_{joint}"] = path
    joints |= _hips(places, track.space == "world")
    for name in ("upper_neck", "head_top", "nose"):
        if ("middle", name) in places:
            joints[name] = places["middle", name]
    _check(joints, track.skeleton)
    if "left_hip" in joints and "right_hip" in joints:
        joints["mid_hip"] = 0.5 * (joints["left_hip"] + joints["right_hip"])
    keypoints = np.full((len(track), len(HALPE26), track.keypoints.shape[2]), np.nan)
    for name, path in joints.items():
        keypoints[:, HALPE26.index(name)] = path
    found = np.isfinite(keypoints).all(axis=2)
    keypoints[~found] = np.nan
    scores = np.where(found, np.nan, 0).astype(np.float32)
    return Track(
        HALPE26, keypoints.astype(np.float32), scores, track.times, id=track.id, space=track.space
    )


def marker_skeleton(names: Sequence[str], name: str = "markers") -> Skeleton:
    """A skeleton whose keypoints are these markers, in their order, without limbs.

    Raises:
        SkeletonError: If a name repeats.
    """
    return Skeleton(name, tuple(names))


def _sides(name: str, plain: str) -> list[tuple[str, str]]:
    """Readings of a name as a side and the rest, the surest first."""
    parts = re.split(r"[^a-z0-9]+", name)
    words, letters = [], []
    for side in ("left", "right"):
        rests = (plain.removeprefix(side), plain.removesuffix(side))
        words += [(side, rest) for rest in rests if rest != plain]
        letters += [(side, rest) for rest in _without_letter(side[0], parts, plain)]
    return words + sorted(letters, key=lambda reading: plain.endswith(reading[0][0]))


def _without_letter(letter: str, parts: list[str], plain: str) -> list[str]:
    """What is left of a name without the letter of a side, wherever that may stand."""
    rests = []
    if len(parts) > 1 and letter in (parts[0], parts[-1]):
        rests.append("".join(parts[1:] if parts[0] == letter else parts[:-1]))
    if plain.startswith(letter):
        rests.append(plain[1:])
    if plain.startswith(f"waist{letter}"):
        rests.append("waist" + plain[6:])
    if plain.endswith(letter):
        rests.append(plain[:-1])
    return rests


def _places(track: Track) -> dict[tuple[str, str], Float64Array]:
    """The path of each known place; the mean of its markers if several name it."""
    found: dict[tuple[str, str], list[Float64Array]] = {}
    for index, marker in enumerate(track.skeleton.keypoints):
        place = place_of(marker)
        path = track.keypoints[:, index].astype(np.float64)
        if place is not None and np.isfinite(path).any():
            found.setdefault(place, []).append(path)
    return {place: _mean(paths) for place, paths in found.items()}


def _mean(paths: list[Float64Array]) -> Float64Array:
    """The mean of markers of one place where all are seen, else that of those seen most."""
    seen = [int(np.isfinite(path).all(axis=1).sum()) for path in paths]
    best = [path for path, n in zip(paths, seen, strict=True) if n >= 0.98 * max(seen)]
    return np.asarray(np.mean(best, axis=0))


def _limbs(places: dict[tuple[str, str], Float64Array], side: str) -> dict[str, Float64Array]:
    """All joints of one side but the hip."""
    joints = {}
    for joint in ("knee", "ankle"):
        lateral, medial = (places.get((side, f"{joint}_{end}")) for end in ("lateral", "medial"))
        centre = places.get((side, joint))
        if medial is not None and lateral is None:
            lateral, centre = centre, None  # a plain "knee" beside a medial one is the lateral one
        if centre is None and lateral is not None and medial is not None:
            centre = 0.5 * (lateral + medial)
        if centre is None:
            centre = lateral if lateral is not None else medial
        if centre is not None:
            joints[joint] = centre
    for name in ("heel", "small_toe", "shoulder", "elbow", "wrist", "eye", "ear"):
        if (side, name) in places:
            joints[name] = places[side, name]
    toe = places.get((side, "big_toe"), places.get((side, "second_toe"), joints.get("small_toe")))
    if toe is not None:
        joints["big_toe"] = toe
    return joints


def _hips(places: dict[tuple[str, str], Float64Array], is_world: bool) -> dict[str, Float64Array]:
    direct = {f"{side}_hip": places.get((side, "hip")) for side in ("left", "right")}
    if all(path is not None for path in direct.values()):
        return {name: path for name, path in direct.items() if path is not None}
    front = [places.get((side, "asis")) for side in ("left", "right")]
    if front[0] is None or front[1] is None:
        return {}
    back = [places.get((side, "psis")) for side in ("left", "right")]
    sacrum = places.get(("middle", "sacrum"))
    if back[0] is not None and back[1] is not None:
        sacrum = 0.5 * (back[0] + back[1])
    if sacrum is None or not is_world:
        return {"left_hip": front[0], "right_hip": front[1]}
    return _harrington(front[0], front[1], sacrum)


def _harrington(
    left: Float64Array, right: Float64Array, sacrum: Float64Array
) -> dict[str, Float64Array]:
    """Hip joint centres from the front spines and the middle of the back ones, in metres."""
    middle = 0.5 * (left + right)
    width = np.linalg.norm(left - right, axis=1)[:, None]
    depth = np.linalg.norm(middle - sacrum, axis=1)[:, None]
    out = (left - right) / width
    ahead = middle - sacrum
    up = np.cross(ahead, out)
    up /= np.linalg.norm(up, axis=1)[:, None]
    ahead = np.cross(out, up)
    base = middle + ahead * (_HIP_BACK[0] * depth + _HIP_BACK[1])
    base = base + up * (_HIP_DOWN[0] * width + _HIP_DOWN[1])
    aside = out * (_HIP_OUT[0] * width + _HIP_OUT[1])
    return {"left_hip": base + aside, "right_hip": base - aside}


def _check(joints: dict[str, Float64Array], skeleton: Skeleton) -> None:
    missing = [
        f"{side}_{joint}"
        for joint in _NEEDED
        for side in ("left", "right")
        if f"{side}_{joint}" not in joints
    ]
    if missing:
        names = ", ".join(skeleton.keypoints[:40]) or "none"
        raise SkeletonError(
            f"no marker is known for {', '.join(missing)}; the markers are {names}; needed are "
            "LASI RASI LPSI RPSI (or hips), LKNE RKNE, LANK RANK, better with LHEE RHEE LTOE RTOE"
        )
