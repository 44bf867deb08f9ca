"""From one source to files: what `kinema run` leaves of a video, an image or a camera.

`process` reads, estimates and writes; each kind of result is one class below.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TextIO, get_args

from kinema.errors import InputError, KinemaError, did_you_mean
from kinema.followed import TRACKERS, Followed, TrackerName
from kinema.formats import FORMATS, Header, PoseWriter, open_writer
from kinema.live_actions import Acting, ActionFile
from kinema.live_lifting import LiftedFile, Lifting
from kinema.media.draw import ColourBy, draw_poses
from kinema.media.draw_maps import draw_all_maps, draw_confidence_map, draw_fields
from kinema.media.frame import Frame, Image, MediaInfo
from kinema.media.sources import read_video
from kinema.media.stems import Source, stem_of
from kinema.media.writer import VideoWriter, write_image
from kinema.models.model import Job, MapJob, Model, run_jobs
from kinema.models.openpose.part_fields import PartLayout, PartMaps
from kinema.poses import Poses
from kinema.tracking.smoothing import find_online_smoother

_POSE_FILES = {"poses": ("poses.jsonl", "kinema")} | {
    known.name: (known.suffixes[0].removeprefix("."), known.name)
    for known in FORMATS
    if known.can_write and known.suffixes and known.name != "kinema"
}
_IN_METRES = {"lifted"} | {known.name for known in FORMATS if "image" not in known.spaces}
KINDS: tuple[str, ...] = ("poses", "overlay", "maps", "lifted", "actions", *list(_POSE_FILES)[1:])
"""What can be saved: pictures, and poses in every format that can be written, by its name."""
DEFAULT_KINDS: tuple[str, ...] = ("poses", "overlay")


@dataclass(frozen=True)
class Plan:
    """What to make of each source.

    Attributes:
        save: The kinds of results. Those in metres alone (`lifted`, `c3d`, `bvh`, ...) hold people
            in space, and need `lifting`.
        people: At most so many people a frame, those with the highest scores; None is all. If
            they are tracked, the scores of a person add up over the recording, so that those who
            are kept stay the same.
        colour_by: How people are coloured in the overlay; see `draw_poses`.
        maps: What `maps` shows: a joint (`right_elbow`), a limb (`right_elbow-right_wrist`), `all`
            joints or all `fields`.
        rate: Frames per second of folders of images, which have no times of their own.
        tracker: Gives people ids in videos, cameras and images in a row: `"oks"` for `Tracker`,
            `"flow"` for `FlowTracker`; None for no ids.

        smooth: A filter that smooths the joints while frames arrive: `one-euro`, `kalman`, `auto`
            (which is one-euro) or `none`. It needs people who are followed.
        lifting: How people come from the picture to space; None for not at all. It needs people who
            are followed.
        acting: How it is told what people do; None for not at all. It needs people who are
            followed, too.

    Raises:
        InputError: If a kind, a colouring, a tracker or a filter is unknown, `people` or `rate` is
            not positive, or something that is needed is missing.
    """

    save: tuple[str, ...] = DEFAULT_KINDS
    people: int | None = None
    colour_by: ColourBy = "side"
    maps: str = "all"
    rate: float | None = None
    tracker: TrackerName | None = "oks"
    smooth: str = "none"
    lifting: Lifting | None = None
    acting: Acting | None = None

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind not in KINDS:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, KINDS)}")
        if not self.save:
            raise InputError(f"nothing to save; known are {', '.join(KINDS)}")
        if self.people is not None and self.people < 1:
            raise InputError(f"people must be at least 1, got {self.people}")
        if self.colour_by not in get_args(ColourBy):
            known = ", ".join(get_args(ColourBy))
            raise InputError(f"cannot colour by {self.colour_by!r}; known are {known}")
        if "lifted" in self.save and self.lifting is None:
            raise InputError("lifted poses are asked for, but people are not lifted; add --lift")
        if "actions" in self.save and self.acting is None:
            raise InputError("actions are asked for, but nothing tells them; add --actions MODEL")
        if self.rate is not None and not (math.isfinite(self.rate) and self.rate > 0):
            raise InputError(f"rate must be a positive number of frames a second, got {self.rate}")
        self._check_tracker()

    def _check_tracker(self) -> None:
        if self.tracker is not None and self.tracker not in TRACKERS:
            raise InputError(f"no tracker {self.tracker!r}; known are {', '.join(TRACKERS)}")
        if find_online_smoother(self.smooth) is not None and self.tracker is None:
            raise InputError("joints can be smoothed only of people who are followed")
        if self.lifting is not None and self.tracker is None:
            raise InputError("only people who are followed can be lifted; choose a tracker")
        if self.acting is not None and self.tracker is None:
            raise InputError("actions are told of people who are followed; choose a tracker")


@dataclass(frozen=True)
class Report:
    """What came of one source.

    Attributes:
        source: As the user named it, without a password.
        frames: How many were processed.
        people: The most people in a frame.
        seconds: From opening the source to the last file closed.
        files: What was written.
        damage: What could not be read of the source, or None.
    """

    source: str
    frames: int
    people: int
    seconds: float
    files: tuple[Path, ...]
    damage: str | None = None

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


def process(
    source: Source,
    model: Model,
    target: Path | TextIO,
    plan: Plan | None = None,
    *,
    stem: str | None = None,
    on_start: Callable[[MediaInfo], object] | None = None,
    on_frame: Callable[[Poses], object] | None = None,
) -> Report:
    """Finds the people in one source and writes the results that the plan names.

    Nothing is written before the first frame has been read and understood. Videos and COCO files
    take their names when they are whole; after Ctrl-C what was done until then is kept. After an
    error the JSON lines and OpenPose files of the frames before it are kept.

    Args:
        source: As for `read_video`.
        model: Finds the people.
        target: A folder, which is made if need be; or a text stream that takes the JSON lines.
        plan: What to make.
        stem: Start of the names of the files; from the source if None.
        on_start: Told about the source once it is open.
        on_frame: Told each frame's poses once they are written.

    Raises:
        InputError: If the plan cannot be carried out with this model.
        MediaError: If the source cannot be read or a result not written.
    """
    plan = plan or Plan()
    started = time.perf_counter()
    stem = stem or stem_of(source)
    _check(plan, model, target)
    frames = most = 0
    products: list[_Product] = []
    with ExitStack() as stack, read_video(source, rate=plan.rate) as video:
        if on_start:
            on_start(video.info)
        tracker = None if video.info.kind == "image" else plan.tracker
        followed = Followed(tracker, plan.people, plan.smooth if tracker else "none")
        told = plan.acting.begin(video.info) if plan.acting else None
        for job, found in followed.people(run_jobs(model, video)):
            poses = told(found) if told else found
            if not products:
                if isinstance(target, Path):
                    stack.enter_context(_folder(target))
                # One by one: if a later one cannot be begun, those before it clean up.
                for product in _products(plan, target, stem, video.info, model):
                    products.append(stack.enter_context(product))
            for product in products:
                product.add(job, poses)
            frames, most = frames + 1, max(most, len(poses))
            if on_frame:
                on_frame(poses)
    return Report(
        source=video.info.source,
        frames=frames,
        people=most,
        seconds=time.perf_counter() - started,
        files=tuple(path for product in products for path in product.paths),
        damage=video.damage,
    )


def _check(plan: Plan, model: Model, target: Path | TextIO) -> None:
    if not isinstance(target, Path) and plan.save not in (("poses",), ("lifted",)):
        raise InputError("only poses can go to a stream; choose a folder for the rest")
    if "maps" in plan.save:
        _map_painter(model, plan.maps)


class _Product(Protocol):
    """One result in the making; a context manager."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, once they are whole."""

    def add(self, job: Job, poses: Poses) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


def made_folder(path: Path) -> list[Path]:
    """Makes a folder with all above it, if need be; those that were made, the lowest first.

    Raises:
        InputError: If that cannot be done.
    """
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file is in the way" if path.is_file() else error.strerror
        raise InputError(f"the folder {path} cannot be made: {reason}; choose another") from error
    return made


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """Makes a folder, and removes it after an error if there is nothing in it."""
    made = made_folder(path)
    try:
        yield
    except KinemaError:
        with suppress(OSError):  # not empty
            for folder in made:
                folder.rmdir()
        raise


def _products(
    plan: Plan, target: Path | TextIO, stem: str, info: MediaInfo, model: Model
) -> Iterator[_Product]:
    if not isinstance(target, Path):
        if plan.lifting is not None and plan.save == ("lifted",):
            yield LiftedFile(target, None, "kinema", info, plan.lifting, model=model.name)
        else:
            yield _PoseFile(target, None, "kinema", info, model)
        return
    for kind in dict.fromkeys(plan.save):
        if kind == "overlay":
            yield _Pictures(target / f"{stem}.overlay", info, _painter(plan.colour_by))
        elif kind == "maps":
            yield _Pictures(target / f"{stem}.maps", info, _map_painter(model, plan.maps))
        elif kind == "actions" and plan.acting is not None:
            yield ActionFile(target / f"{stem}.actions.csv", plan.acting, info)
        elif plan.lifting is not None and kind in _IN_METRES:
            ending, format_name = _POSE_FILES.get(kind, ("jsonl", "kinema"))
            path = target / f"{stem}.lifted.{ending}"
            yield LiftedFile(path, path, format_name, info, plan.lifting, model=model.name)
        else:
            name, format_name = _POSE_FILES[kind]
            path = target / f"{stem}.{name}"
            yield _PoseFile(path, path, format_name, info, model)


class _PoseFile:
    """Poses in one of the formats."""

    def __init__(
        self,
        target: Path | TextIO,
        path: Path | None,
        format_name: str,
        info: MediaInfo,
        model: Model,
    ) -> None:
        self._path = path
        self._writer: PoseWriter = open_writer(
            target, Header.of(info), format=format_name, skeleton=model.skeleton, model=model.name
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        # A format of one person a file names its files itself.
        written: tuple[Path, ...] | None = getattr(self._writer, "paths", None)
        if written is not None:
            return written
        return () if self._path is None else (self._path,)

    def add(self, job: Job, poses: Poses) -> None:
        self._writer.write(poses)

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.__exit__(*error)  # type: ignore[arg-type]


Painter = Callable[[Job, Poses], Image]


class _Pictures:
    """A painted copy of the source: a video of a video, a PNG of an image."""

    def __init__(self, base: Path, info: MediaInfo, painter: Painter) -> None:
        self._painter = painter
        self._size = info.size
        self._video: VideoWriter | None = None
        if info.kind == "image":
            self._path = base.with_name(f"{base.name}.png")
        else:
            self._path = base.with_name(f"{base.name}.mp4")
            self._video = VideoWriter(self._path, info, sound_from=_sound(info))

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self._path,)

    def add(self, job: Job, poses: Poses) -> None:
        image = self._painter(job, poses)
        if self._video:
            if job.frame.size != self._size:  # in a folder of pictures; a video has one size
                image = Frame(image).scaled(*self._size)
            self._video.write(image, job.frame.time)
        else:
            write_image(self._path, image)

    def __enter__(self) -> Self:
        if self._video:
            self._video.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._video:
            self._video.__exit__(*error)  # type: ignore[arg-type]


def _sound(info: MediaInfo) -> str | None:
    """Where the sound of a source can be read a second time, if it has any.

    A live source cannot, nor can a URL whose password is not shown.
    """
    readable = info.kind == "video" and "***" not in info.source
    return info.source if info.has_audio and readable else None


def _painter(colour_by: ColourBy) -> Painter:
    return lambda job, poses: draw_poses(job.frame.image, poses, colour_by=colour_by)


def _map_painter(model: Model, what: str) -> Painter:
    """Paints what the network sees; `what` as in `Plan.maps`.

    Raises:
        InputError: If the model has no maps, or none of that name.
    """
    layout = getattr(model, "layout", None)
    if not isinstance(layout, PartLayout):
        raise InputError(f"the model {model.name} has no maps to show")
    show = _map_view(layout, what)
    return lambda job, poses: show(_maps_of(job), job.frame)


def _maps_of(job: Job) -> PartMaps:
    assert isinstance(job, MapJob)
    return job.maps


def _map_view(layout: PartLayout, what: str) -> Callable[[PartMaps, Frame], Image]:
    joints: Sequence[str] = layout.skeleton.keypoints
    limbs = {f"{a}-{b}": i for i, (a, b) in enumerate(layout.limbs)}
    if what == "all":
        return lambda maps, frame: draw_all_maps(frame.image, maps.heatmaps.transpose(1, 2, 0))
    if what == "fields":
        return lambda maps, frame: draw_fields(frame.image, maps.fields.transpose(2, 3, 0, 1))
    if what in limbs:
        number = limbs[what]
        return lambda maps, frame: draw_fields(
            frame.image, maps.fields[[number]].transpose(2, 3, 0, 1), label=what
        )
    if what in joints:
        return lambda maps, frame: draw_confidence_map(frame.image, maps.heatmap(what), label=what)
    hint = did_you_mean(what, ["all", "fields", *joints, *limbs])
    raise InputError(f"the model has no map called {what!r}; {hint}")
