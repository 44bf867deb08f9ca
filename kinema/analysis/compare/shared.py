"""What several recordings have in common: joints by name, and one space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kinema.analysis.compare.placement import can_be_rooted, root_path
from kinema.errors import InputError, SkeletonError
from kinema.poses import Space
from kinema.skeleton import Skeleton, mirror_by_name
from kinema.track import Track

AT_ORIGIN = 0.05  # metres: nobody's hips are so near to the floor


def common_skeleton(reference: str, truth: Track, others: Mapping[str, Track]) -> Skeleton:
    """The joints that the reference and at least one other has, in the reference's order.

    A joint may be one that follows from others (`Skeleton.recipe`). Each has been found at least
    once on both sides.

    Raises:
        SkeletonError: If a recording has no joint in common with the reference.
    """
    names = list(truth.skeleton.keypoints)
    for track in others.values():
        names += [name for name in track.skeleton.keypoints if name not in names]
    wanted = Skeleton("wanted", tuple(names))
    there = truth.to(wanted).found.any(axis=0)
    shared = np.zeros(len(names), dtype=bool)
    for name, track in others.items():
        both = track.to(wanted).found.any(axis=0) & there
        if not both.any():
            raise SkeletonError(
                f"{name} ({track.skeleton.name}) and {reference} ({truth.skeleton.name}) have no "
                "joint in common"
            )
        shared |= both
    chosen = tuple(joint for joint, keep in zip(names, shared, strict=True) if keep)
    edges = [
        edge
        for track in (truth, *others.values())
        for edge in track.skeleton.edges
        if set(edge) <= set(chosen)
    ]
    return Skeleton("common", chosen, tuple(dict.fromkeys(edges)), mirror_by_name(chosen))


def in_one_space(recordings: Mapping[str, Track]) -> dict[str, Track]:
    """All in one space: where "body" meets "world", its axes are turned to those of the room.

    Of body axes (x right, y down, z away) they become x right, y away, z up.

    Raises:
        InputError: If pictures are to be compared with positions in space.
    """
    spaces = {track.space for track in recordings.values()}
    if "image" in spaces and len(spaces) > 1:
        flat = next(name for name, track in recordings.items() if track.space == "image")
        solid = next(name for name, track in recordings.items() if track.space != "image")
        raise InputError(
            f"{flat} is in a picture, in pixels, {solid} in space, in metres; only like recordings "
            "can be compared"
        )
    if spaces != {"body", "world"}:
        return dict(recordings)
    return {
        name: track if track.space == "world" else _upright(track)
        for name, track in recordings.items()
    }


def has_no_path(track: Track) -> bool:
    """Whether the middle of the hips is always the origin, as networks that lift give joints.

    In files of motion capture such recordings look like any other.
    """
    if track.space == "body":
        return True
    if track.space == "image" or not can_be_rooted(track.skeleton.keypoints):
        return False
    root = root_path(track.keypoints.astype(np.float64), track.skeleton.keypoints)
    known = root[~np.isnan(root).any(axis=1)]
    return len(known) > 0 and bool(np.linalg.norm(known, axis=1).max() < AT_ORIGIN)


def unit_and_axes(space: Space) -> tuple[str, tuple[str, ...]]:
    """The unit of a space and its axes in words."""
    return {
        "image": ("px", ("x, right", "y, down")),
        "body": ("m", ("x, right", "y, down", "z, away")),
        "world": ("m", ("x", "y", "z, up")),
    }[space]


def _upright(track: Track) -> Track:
    x, y, z = np.moveaxis(track.keypoints, 2, 0)
    return replace(track, keypoints=np.stack([x, z, -y], axis=2), space="world")
