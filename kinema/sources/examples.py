"""Examples to be taught by, from videos, pictures, poses and the camera: what `kinema teach` reads.

    squat=squats.mp4              a video, a picture or a recording of poses
    squat=day1.mp4@12.5-20        from 12.5 to 20 seconds of it
    squat=folder                  all of these in a folder
    folder                        a folder of folders, whose names are the labels

The poses of videos and pictures are kept as FOLDER/LABEL/STEM.poses.jsonl, so that they need not be
found a second time, and so that FOLDER can be taught by itself, with more examples beside. Of a
part of a video that part alone is looked at and kept (STEM@12.5-20.poses.jsonl).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.actions.examples import Example
from kinema.actions.recogniser import part_of
from kinema.errors import FormatError, InputError
from kinema.formats import Header, open_writer, read_poses
from kinema.formats.registry import is_poses
from kinema.formats.staging import made_folder
from kinema.media.sources import expand_sources, natural_key, read_video
from kinema.media.stems import distinct_stems, stem_of
from kinema.models.model import Model, run_jobs
from kinema.outputs.followed import Followed
from kinema.poses import Poses
from kinema.sources.poses import followed, open_poses, timed
from kinema.track import Track, tracks

_PART = re.compile(r"(?P<source>.+)@(?P<start>\d+(?:\.\d+)?)-(?P<end>\d+(?:\.\d+)?)")
_ENDING = ".poses.jsonl"
_LEAST_RECORDED = 0.5  # of the seconds that were asked for


@dataclass(frozen=True)
class Wanted:
    """A source of examples.

    Attributes:
        label: What is done in it.
        source: A video, a picture or a recording of poses.
        part: From where to where in seconds; None for all of it.
    """

    label: str
    source: str
    part: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """As the user would write it."""
        return f"{self.source}{self.mark}"

    @property
    def mark(self) -> str:
        """What is written after the source: `@12.5-20`, or nothing for all of it."""
        return "" if self.part is None else f"@{self.part[0]:.15g}-{self.part[1]:.15g}"


def wanted_examples(words: Sequence[str]) -> list[Wanted]:
    """The sources that the words of a command line stand for.

    Raises:
        InputError: If one has no label, stands for nothing, or two that overlap have two labels.
    """
    found: list[Wanted] = []
    for word in words:
        label, mark, source = word.partition("=")
        if mark:
            found += _of_label(label, source)
        elif Path(word).is_dir():
            found += _of_folders(Path(word))
        else:
            raise InputError(f"{word} has no label; write LABEL={word}, or name a folder of labels")
    _check_parts(found)
    return found


def _of_label(label: str, source: str) -> list[Wanted]:
    match = _PART.fullmatch(source)
    if not source:
        raise InputError(f"the label {label!r} has no source; write {label}=VIDEO")
    if match and not Path(source).exists():
        start, end = float(match["start"]), float(match["end"])
        if not start < end:
            raise InputError(f"{source} ends before it begins")
        return [Wanted(label, match["source"], (start, end))]
    if Path(source).is_dir() and not is_poses(source):
        inside = _in_folder(Path(source))
        if not inside:
            raise InputError(f"there is no video, picture or recording of poses in {source}")
        return [Wanted(label, name) for name in inside]
    return [Wanted(label, name) for name in expand_sources([source])]


def _of_folders(folder: Path) -> list[Wanted]:
    labels = sorted((p for p in folder.iterdir() if p.is_dir()), key=lambda p: natural_key(p.name))
    inside = [(label.name, _in_folder(label)) for label in labels if label.name[0] != "."]
    if not any(sources for _, sources in inside):
        raise InputError(f"{folder} holds no folders of examples, LABEL/*")
    for label, sources in inside:
        if not sources:
            raise InputError(f"the folder {folder / label} has no examples in it")
    return [Wanted(label, source) for label, sources in inside for source in sources]


def _in_folder(folder: Path) -> list[str]:
    """The videos, pictures and recordings of poses in a folder, in natural order."""
    found = [str(p) for p in folder.iterdir() if p.name[0] != "." and is_poses(str(p))]
    with suppress(InputError):  # where there are only poses
        found += expand_sources([str(folder)])
    return sorted(dict.fromkeys(found), key=natural_key)


def _check_parts(found: Sequence[Wanted]) -> None:
    for i, one in enumerate(found):
        for other in found[:i]:
            same = one.source == other.source and one.label != other.label
            if same and _overlap(one.part, other.part):
                raise InputError(
                    f"{one.name} is an example of {other.label!r} and of {one.label!r}; name the "
                    f"seconds of each, as in {one.label}={one.source}@0-5"
                )


def _overlap(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    return one is None or other is None or (one[0] < other[1] and other[0] < one[1])


def read_examples(
    wanted: Sequence[Wanted],
    folder: Path,
    load: Callable[[], Model],
    *,
    rate: float | None = None,
    on_source: Callable[[str], object] = lambda name: None,
    on_left: Callable[[Path], object] = lambda path: None,
) -> list[Example]:
    """The examples of all sources: of each the person who is seen largest and longest.

    Of a video only the wanted part is looked at.

    Args:
        wanted: The sources.
        folder: Where the poses of videos and pictures are kept.
        load: Gives the model, if it is needed.
        rate: Frames per second, where a recording of poses has no times.
        on_source: Told the name of each source before it is read.
        on_left: Told of each file that was kept there before and is none of the examples now.

    Raises:
        InputError: If a source cannot be read, or there is nobody in it.
        MediaError: If it cannot be read as a video.
    """
    labels = list(dict.fromkeys(one.label for one in wanted))
    stems: dict[str, dict[str, str]] = {}
    for label in labels:
        own = list(dict.fromkeys(one.source for one in wanted if one.label == label))
        stems[label] = dict(zip(own, distinct_stems(own), strict=True))
    examples = []
    used = {Path(one.source).resolve() for one in wanted}
    for one in wanted:
        on_source(one.name)
        place = folder / _folder_name(one.label)
        kept = place / f"{stems[one.label][one.source]}{one.mark}{_ENDING}"
        used.add(kept.resolve())
        frames = _frames(one, kept, load, rate)
        examples.append(Example(one.label, _main_person(frames, one), one.name))
    for path in sorted(folder.glob(f"*/*{_ENDING}")):
        if path.resolve() not in used:
            on_left(path)
    return examples


def _frames(
    wanted: Wanted, kept: Path, load: Callable[[], Model], rate: float | None
) -> list[Poses]:
    source = wanted.source
    if not is_poses(source) and _is_of(kept, source):
        source = str(kept)
    stem = kept.name.removesuffix(_ENDING)
    reader = open_poses(source, kept.parent, stem=stem, load=load, rate=rate, part=wanted.part)
    with reader as recording:
        frames = list(recording)
    if len(frames) == 1:  # a picture has no time of its own
        return frames
    return followed(timed(frames, source))


def _is_of(kept: Path, source: str) -> bool:
    """Whether poses were found in this video, and after it was made."""
    try:
        newer = kept.stat().st_mtime >= Path(source).stat().st_mtime
        with read_poses(kept) as recording:
            return newer and recording.header.source == source and any(True for _ in recording)
    except (OSError, InputError, FormatError):
        return False


def _main_person(frames: Sequence[Poses], wanted: Wanted) -> Track:
    """The one of whom the most is seen: the sum of the sizes over the frames."""
    people = [_of_picture(frames[0])] if len(frames) == 1 else tracks(frames)
    if wanted.part is not None:
        people = [_between(track, *wanted.part) for track in people]
    people = [track for track in people if len(track) and track.found.any()]
    if not people:
        raise InputError(f"nobody was found in {wanted.name}; leave it out")
    return max(people, key=_size)


def _of_picture(poses: Poses) -> Track:
    """The largest person of a picture."""
    people = [
        Track(
            poses.skeleton,
            poses.keypoints[row : row + 1],
            poses.scores[row : row + 1],
            np.zeros(1),
            space=poses.space,
        )
        for row in range(len(poses))
    ]
    empty = Poses.empty(poses.skeleton, space=poses.space)
    nobody = Track(poses.skeleton, empty.keypoints, empty.scores, np.zeros(0), space=poses.space)
    return max(people, key=_size, default=nobody)


def _between(track: Track, start: float, end: float) -> Track:
    first, last = np.searchsorted(track.times, [start, end]).tolist()
    return part_of(track, slice(first, last))


def _size(track: Track) -> float:
    points = np.where(track.found[..., None], track.keypoints, np.nan).astype(np.float64)
    seen = points[track.found.any(axis=1)]
    if not len(seen):
        return 0.0
    return float(np.linalg.norm(np.nanmax(seen, axis=1) - np.nanmin(seen, axis=1), axis=1).sum())


def _folder_name(label: str) -> str:
    return re.sub(r'[\\/:*?"<>|]+', "_", label).strip(". ") or "_"


def record_examples(
    labels: Sequence[str],
    source: str,
    model: Model,
    folder: Path,
    *,
    seconds: float,
    countdown: float,
    on_second: Callable[[str, int, bool], object] = lambda label, left, recording: None,
) -> list[Wanted]:
    """Records examples of one label after the other, with a countdown before each.

    Args:
        labels: In the order in which they will be asked for.
        source: A camera's number or address, or a video in its place.
        model: Finds the people.
        folder: Gets LABEL/STEM.poses.jsonl of each.
        seconds: How long each is recorded.
        countdown: Seconds before that.
        on_second: Told the label, how many seconds are left, and whether these are recorded, once a
            second.

    Raises:
        MediaError: If the camera cannot be read.
        InputError: If it ends too early, or seconds are none.
    """
    if not (seconds > 0 and countdown >= 0):
        raise InputError(f"cannot record {seconds} s after {countdown} s")
    found = []
    with read_video(source) as video:
        jobs = Followed("oks", None).people(run_jobs(model, video))
        stream = (poses for _, poses in jobs)
        start: float | None = None
        for number, label in enumerate(labels):
            place = folder / _folder_name(label)
            made_folder(place)
            path = _free(place, stem_of(source))
            header = Header.of(video.info)
            shown: tuple[bool, int] | None = None
            kept = -1.0  # seconds
            with open_writer(path, header, model=model.name, skeleton=model.skeleton) as out:
                for poses in _until(stream, start, (number + 1) * (countdown + seconds)):
                    start = poses.time if start is None else start
                    at = poses.time - start - number * (countdown + seconds)
                    recording = at >= countdown
                    left = max(1, math.ceil((countdown + seconds * recording) - at))
                    if shown != (recording, left):
                        shown = recording, left
                        on_second(label, left, recording)
                    if recording:
                        out.write(poses)
                        kept = at - countdown
            if kept < _LEAST_RECORDED * seconds:
                raise InputError(f"{source} ended before {label!r} could be recorded")
            found.append(Wanted(label, str(path)))
    return found


def _until(stream: Iterable[Poses], start: float | None, end: float) -> Iterator[Poses]:
    """The frames of a stream up to some seconds after its start; the rest stays in it."""
    for poses in stream:
        start = poses.time if start is None else start
        yield poses
        if poses.time - start >= end:
            return


def _free(folder: Path, stem: str) -> Path:
    """A name that is not taken: `camera0`, `camera0_2`, ..."""
    number = 1
    while True:
        path = folder / f"{stem}{'' if number == 1 else f'_{number}'}{_ENDING}"
        if not path.exists():
            return path
        number += 1
