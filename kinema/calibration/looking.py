"""Looking for a calibration board in videos and folders of pictures, one source a camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.errors import InputError, MediaError
from kinema.media.frame import Frame, MediaInfo
from kinema.media.images import IMAGE_SUFFIXES, read_image
from kinema.media.sources import expand_sources, natural_key, read_video
from kinema.media.stems import distinct_stems
from kinema.media.times import read_times
from kinema.space.calibration.board import Board
from kinema.space.calibration.detection import find_corners
from kinema.space.calibration.views import Rejected, View

STEP_SECONDS = 0.2  # between frames of a video that are looked at
MOST_MOMENTS = 300  # of a video; a long one is looked at in larger steps

Start = Callable[[str, MediaInfo | None, int], object]


@dataclass(frozen=True)
class CameraSource:
    """Where the pictures of a camera are.

    Attributes:
        name: Of the camera: that of the file or folder.
        video: A video, or None.
        images: Pictures in order, if it is no video.
    """

    name: str
    video: str | None = None
    images: tuple[Path, ...] = ()


@dataclass(frozen=True, eq=False)
class Seen:
    """What a camera saw of the board.

    Attributes:
        name: Of the camera.
        size: Width and height of its pictures.
        views: Where the board was found.
        looked_at: How many pictures were looked at.
        missed: Labels of those in which it was not found.
        unreadable: Pictures that could not be used, and why.
        is_video: Whether the pictures are frames of a video.
    """

    name: str
    size: tuple[int, int]
    views: tuple[View, ...]
    looked_at: int
    missed: tuple[str, ...]
    unreadable: tuple[Rejected, ...]
    is_video: bool


def camera_sources(sources: Sequence[str]) -> list[CameraSource]:
    """One source a camera, with the name of its file or folder.

    A folder of pictures is one camera; a folder of videos, or of folders, stands for those.

    Raises:
        InputError: If there is nothing in a folder, or videos and pictures are mixed.
    """
    places: list[str] = []
    for source in sources:
        folder = Path(source)
        places += (
            _inside(folder) if "://" not in source and folder.is_dir() else expand_sources([source])
        )
    if not places:
        raise InputError("name a video or a folder of pictures for each camera")
    found = []
    for name, place in zip(distinct_stems(places), places, strict=True):
        if "://" not in place and Path(place).is_dir():
            found.append(CameraSource(name, images=tuple(_images(Path(place)))))
        elif Path(place).suffix.lower() in IMAGE_SUFFIXES:
            raise InputError(f"{place} is a single picture; name the folder of each camera")
        else:
            found.append(CameraSource(name, video=place))
    if len({each.video is None for each in found}) > 1:
        raise InputError("give videos for all cameras, or folders of pictures for all")
    return found


def _inside(folder: Path) -> list[str]:
    """The folder itself if pictures are in it, else the videos or folders in it."""
    if _images(folder):
        return [str(folder)]
    inside = [p for p in folder.iterdir() if p.is_dir() and _images(p)]
    if inside:
        return [str(p) for p in sorted(inside, key=lambda p: natural_key(p.name))]
    return expand_sources([str(folder)])


def _images(folder: Path) -> list[Path]:
    files = [p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES]
    visible = [p for p in files if p.is_file() and not p.name.startswith(".")]
    return sorted(visible, key=lambda p: natural_key(p.name))


def look(
    cameras: Sequence[CameraSource],
    board: Board,
    *,
    matched: bool,
    on_start: Start = lambda name, info, count: None,
    on_frame: Callable[[], object] = lambda: None,
) -> list[Seen]:
    """Looks for the board in the pictures of all cameras.

    Of videos a frame every 0.2 s is looked at, the same moments in all of them.

    Args:
        cameras: Their sources.
        board: What to look for.
        matched: Whether pictures of several cameras must belong to the same moments.
        on_start: Told about each source: see `kinema.calibration.calibrate`.
        on_frame: Told of each picture that was looked at.

    Raises:
        InputError: If pictures of several cameras cannot be matched.
        MediaError: If a source cannot be read.
    """
    if cameras[0].video is not None:
        step = _step(cameras)
        return [_look_at_video(each, board, step, on_start, on_frame) for each in cameras]
    instants = _matched(cameras) if matched else [range(len(each.images)) for each in cameras]
    return [
        _look_at_images(each, board, numbers, on_start, on_frame)
        for each, numbers in zip(cameras, instants, strict=True)
    ]


def _step(cameras: Sequence[CameraSource]) -> float:
    longest = 0.0
    for each in cameras:
        with read_video(each.video or "") as video:
            longest = max(longest, video.info.duration or 0.0)
    return max(STEP_SECONDS, longest / MOST_MOMENTS)


def _look_at_video(
    camera: CameraSource,
    board: Board,
    step: float,
    on_start: Start,
    on_frame: Callable[[], object],
) -> Seen:
    assert camera.video is not None
    views, missed = [], []
    with read_video(camera.video) as video:
        length = video.info.duration
        on_start(camera.name, video.info, int(length / step) + 1 if length else 0)
        for moment, time, frame in _moments(video, camera.video, video.info, step):
            label = f"{time:.2f} s"
            corners = find_corners(frame.image, board, thorough=False)
            if corners is None:
                missed.append(label)
            else:
                views.append(View(camera.name, moment, label, corners, time))
            on_frame()
    return Seen(
        name=camera.name,
        size=video.info.size,
        views=tuple(views),
        looked_at=len(views) + len(missed),
        missed=tuple(missed),
        unreadable=(),
        is_video=True,
    )


def _moments(
    frames: Iterator[Frame], source: str, info: MediaInfo, step: float
) -> Iterator[tuple[int, float, Frame]]:
    """For each multiple of the step the frame nearest to it: its number, time and picture.

    A frame that is more than a frame interval off is none: there is a gap.
    """
    times = None if "://" in source else read_times(source)
    interval = float(1 / info.rate) if info.rate else step / 2
    moment = 0
    for frame in frames:
        time = frame.time
        if times is not None:
            if frame.index >= len(times):
                return
            time = float(times[frame.index])
        if time < moment * step - interval / 2:
            continue
        moment = max(moment, int(np.ceil((time - interval) / step)))
        if abs(time - moment * step) <= interval:
            yield moment, time, frame
            moment += 1


def _look_at_images(
    camera: CameraSource,
    board: Board,
    instants: Sequence[int],
    on_start: Start,
    on_frame: Callable[[], object],
) -> Seen:
    on_start(camera.name, None, len(camera.images))
    size: tuple[int, int] | None = None
    views, missed, unreadable = [], [], []
    for instant, path in zip(instants, camera.images, strict=True):
        on_frame()
        try:
            frame = read_image(path)
        except MediaError as error:
            unreadable.append(Rejected(camera.name, path.name, str(error)))
            continue
        size = size or frame.size
        if frame.size != size:
            reason = "it is {} x {}, the first one {} x {}".format(*frame.size, *size)
            unreadable.append(Rejected(camera.name, path.name, reason))
            continue
        corners = find_corners(frame.image, board)
        if corners is None:
            missed.append(path.name)
        else:
            views.append(View(camera.name, instant, path.name, corners))
    if size is None:
        raise MediaError(f"no picture in {camera.images[0].parent} can be read")
    return Seen(
        name=camera.name,
        size=size,
        views=tuple(views),
        looked_at=len(camera.images),
        missed=tuple(missed),
        unreadable=tuple(unreadable),
        is_video=False,
    )


def _matched(cameras: Sequence[CameraSource]) -> list[list[int]]:
    """For each camera the moments of its pictures: by their names, else by their order."""
    stems = [[path.stem for path in each.images] for each in cameras]
    every: dict[str, int] = {}
    for row in stems:
        for stem in row:
            every.setdefault(stem, len(every))
    shared = sum(map(len, stems)) - len(every)
    if shared:
        return [[every[stem] for stem in row] for row in stems]
    counts = {each.name: len(each.images) for each in cameras}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise InputError(
            "pictures of one moment must have one name in the folders of all cameras, or there "
            f"must be as many in each: {told}"
        )
    return [list(range(len(row))) for row in stems]
