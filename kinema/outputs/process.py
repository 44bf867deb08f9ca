"""Runs a model over one source and writes what the plan names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kinema.errors import InputError, KinemaError
from kinema.formats.staging import made_folder
from kinema.media.frame import MediaInfo
from kinema.media.sources import read_video
from kinema.media.stems import Source, stem_of
from kinema.models.model import Model, run_jobs
from kinema.outputs.followed import Followed
from kinema.outputs.live_actions import ActionFile
from kinema.outputs.live_lifting import LiftedFile
from kinema.outputs.maps import map_painter
from kinema.outputs.plan import IN_METRES, POSE_FILES, Plan
from kinema.outputs.products import Pictures, PoseFile, Product, overlay_painter
from kinema.poses import Poses


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
    products: list[Product] = []
    with ExitStack() as stack, read_video(source, rate=plan.rate, part=plan.part) as video:
        if on_start:
            on_start(video.info)
        tracker = None if video.info.kind == "image" else plan.tracker
        followed = Followed(tracker, plan.people, plan.smooth if tracker else "none")
        told = plan.acting.begin(video.info) if plan.acting else None
        for job, found in followed.people(run_jobs(model, video)):
            poses = told(found) if told else found
            products = products or _begun(stack, plan, target, stem, video.info, model)
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
        map_painter(model, plan.maps)


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


def _begun(
    stack: ExitStack,
    plan: Plan,
    target: Path | TextIO,
    stem: str,
    info: MediaInfo,
    model: Model,
) -> list[Product]:
    """The results, begun one by one: if a later one cannot be, those before it clean up."""
    if isinstance(target, Path):
        stack.enter_context(_folder(target))
    return [stack.enter_context(product) for product in _products(plan, target, stem, info, model)]


def _products(
    plan: Plan, target: Path | TextIO, stem: str, info: MediaInfo, model: Model
) -> Iterator[Product]:
    if not isinstance(target, Path):
        if plan.lifting is not None and plan.save == ("lifted",):
            yield LiftedFile(target, None, "kinema", info, plan.lifting, model=model.name)
        else:
            yield PoseFile(target, None, "kinema", info, model)
        return
    for kind in dict.fromkeys(plan.save):
        if kind == "overlay":
            yield Pictures(target / f"{stem}.overlay", info, overlay_painter(plan.colour_by))
        elif kind == "maps":
            yield Pictures(target / f"{stem}.maps", info, map_painter(model, plan.maps))
        elif kind == "actions" and plan.acting is not None:
            yield ActionFile(target / f"{stem}.actions.csv", plan.acting, info)
        elif plan.lifting is not None and kind in IN_METRES:
            ending, format_name = POSE_FILES.get(kind, ("jsonl", "kinema"))
            path = target / f"{stem}.lifted.{ending}"
            yield LiftedFile(path, path, format_name, info, plan.lifting, model=model.name)
        else:
            name, format_name = POSE_FILES[kind]
            path = target / f"{stem}.{name}"
            yield PoseFile(path, path, format_name, info, model)
