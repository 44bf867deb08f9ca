"""From one file format to another, with an account of what was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinema.correspondence import remarks_on
from kinema.errors import InputError
from kinema.formats.card import Format, Kept, Size
from kinema.formats.opening import open_writer, read_poses
from kinema.formats.recording import files_of
from kinema.formats.registry import find_format, format_to_read, format_to_write
from kinema.poses import Poses
from kinema.skeleton import Skeleton

_MOST_IDS_SHOWN = 12


@dataclass(frozen=True)
class ConversionReport:
    """What a conversion did.

    Attributes:
        frames: Frames read.
        people: People in them, all frames together.
        source_skeleton: Of the source; None if it has no frames.
        target_skeleton: What was written.
        lost: Joints that only the source's skeleton has, and how often they had been found.
        derived: Joints that follow from others, as in `Skeleton.recipe`, and how often they did.
        missing: Joints of the target that the source has not and that follow from nothing.
        dropped: What else the source had and the target cannot hold: "times", "ids", ...
        remarks: Joints that have one name in both, but are not measured in the same way.
        files: What was written: the target, or a file a person, where the format holds one.
    """

    frames: int
    people: int
    source_skeleton: Skeleton | None
    target_skeleton: Skeleton | None
    lost: dict[str, int]
    derived: dict[str, int]
    missing: tuple[str, ...]
    dropped: tuple[Kept, ...]
    remarks: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


def convert(
    source: str | Path,
    target: str | Path,
    *,
    skeleton: Skeleton | None = None,
    from_format: str | None = None,
    to_format: str | None = None,
    rate: float | None = None,
    size: Size | None = None,
    person: int | None = None,
) -> ConversionReport:
    """Write the poses of one file in another format, frame by frame.

    Args:
        source: A recording; `-` is standard input.
        target: Where to write; `-` is standard output. What is there is overwritten.
        skeleton: What to convert to; None keeps the source's, or takes the nearest that the
            target's format can hold.
        from_format: Name of the source's format; None takes it from the path or the content.
        to_format: Name of the target's format; None takes it from the ending of the path.
        rate: Frames per second, where the source has no times.
        size: Width and height of the picture, where the source does not say it.
        person: Id of the only person to write; None writes all.

    Raises:
        InputError: If source and target are the same, one cannot be opened, or nobody has that id.
        FormatError: If a format is unknown or the source is damaged.
    """
    if str(source) != "-" and Path(source).resolve() == Path(target).resolve():
        raise InputError(f"{source} cannot be converted into itself; name another target")
    reading = find_format(from_format) if from_format else format_to_read(source)
    writing = find_format(to_format) if to_format else format_to_write(target)
    account = _Account(writing, skeleton)
    with (
        read_poses(source, format=reading.name, rate=rate, size=size) as recording,
        open_writer(target, recording.header, format=writing.name, skeleton=skeleton) as out,
    ):
        if recording.header.size is not None:
            account.note("picture size")
        frames = recording if person is None else _only(recording, person)
        try:
            for poses in frames:
                out.write(poses)
                account.add(poses)
        except _NobodyOfThatId:
            out.discard()
            raise
    return replace(account.report(), files=files_of(out, Path(target)))


class _NobodyOfThatId(InputError):
    """The recording ended, and the person had not come."""


def _only(recording: Iterable[Poses], person: int) -> Iterator[Poses]:
    """The frames with one person alone.

    Raises:
        InputError: If the people have no ids, or none has this one.
    """
    others: set[int] = set()
    seen = False
    for poses in recording:
        if len(poses) and poses.ids is None:
            raise _NobodyOfThatId(
                f"the people of frame {poses.frame} have no ids, so nobody is person {person}: "
                "track them first"
            )
        chosen = np.zeros(len(poses), dtype=bool) if poses.ids is None else poses.ids == person
        seen = seen or bool(chosen.any())
        others.update([] if poses.ids is None else poses.ids.tolist())
        yield poses[chosen]
    if not seen:
        known = ", ".join(map(str, sorted(others)[:_MOST_IDS_SHOWN])) or "nobody"
        raise _NobodyOfThatId(f"nobody in the recording has the id {person}; there are {known}")


class _Account:
    """Counts what becomes of the poses of a conversion."""

    def __init__(self, target: Format, skeleton: Skeleton | None) -> None:
        self._target = target
        self._wanted = skeleton
        self._source: Skeleton | None = None
        self._steps: tuple[Skeleton, Skeleton] | None = None
        self._frames = self._people = 0
        self._lost: Counter[str] = Counter()
        self._derived: Counter[str] = Counter()
        self._had: set[Kept] = set()

    def note(self, what: Kept) -> None:
        """The source has this, whatever is in its frames."""
        self._had.add(what)

    def add(self, poses: Poses) -> None:
        """Takes note of one frame: its people, and what of them the target cannot hold."""
        if poses.skeleton != self._source or self._steps is None:
            self._source = poses.skeleton
            wanted = self._wanted or poses.skeleton
            self._steps = wanted, self._target.stores(wanted)
        between, final = self._steps
        self._frames += 1
        self._people += len(poses)
        for joint, count in zip(poses.skeleton.keypoints, poses.found.sum(axis=0), strict=True):
            if joint not in between or joint not in final:
                self._lost[joint] += int(count)
        if final != poses.skeleton:
            written = poses.to(between).to(final)
            for joint, count in zip(final.keypoints, written.found.sum(axis=0), strict=True):
                if count and joint not in poses.skeleton:
                    self._derived[joint] += int(count)
        self._had |= _contents(poses)
        if poses.frame != self._frames - 1:
            self._had.add("frame numbers")

    def report(self) -> ConversionReport:
        """What the frames so far add up to."""
        final = None if self._steps is None else self._steps[1]
        return ConversionReport(
            frames=self._frames,
            people=self._people,
            source_skeleton=self._source,
            target_skeleton=final,
            lost=dict(self._lost),
            derived=dict(self._derived),
            missing=self._missing(),
            dropped=tuple(sorted(self._had - self._target.keeps)),
            remarks=self._remarks(final),
        )

    def _remarks(self, final: Skeleton | None) -> tuple[str, ...]:
        if self._source is None or final is None:
            return ()
        return remarks_on(self._source, final)

    def _missing(self) -> tuple[str, ...]:
        if self._source is None or self._steps is None:
            return ()
        between, final = self._steps
        first, second = self._source.recipe(between), between.recipe(final)
        reachable = [bool(needs) and all(first[i] for i in needs) for needs in second]
        joints = zip(final.keypoints, reachable, strict=True)
        return tuple(joint for joint, can_be_had in joints if not can_be_had)


def _contents(poses: Poses) -> set[Kept]:
    """What there is in a frame besides positions."""
    found = poses.found.any(axis=1)
    contents: dict[Kept, bool] = {
        "times": not np.isnan(poses.time),
        "ids": poses.ids is not None,
        "boxes": poses.boxes is not None,
        "scores": bool(np.any(poses.scores > 0)),
        "certainty": poses.certainty is not None,
        "body space": poses.space == "body",
        "empty frames": len(poses) == 0,
        "people without joints": not found.all(),
        "actions": poses.actions is not None,
    }
    return {name for name, there in contents.items() if there}
