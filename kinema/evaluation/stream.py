"""Runs a model over pictures that have nothing to do with one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kinema.errors import InputError
from kinema.media.frame import Frame
from kinema.models.model import Job, Model, RememberingModel, run_jobs
from kinema.skeleton import Skeleton


def run_apart(model: Model, frames: Iterable[Frame]) -> Iterator[Job]:
    """The jobs of all frames, in order, each frame as if it were a recording of its own.

    A model that uses earlier frames must not carry people from one photograph into the next.
    """
    return run_jobs(_Forgetful(model) if isinstance(model, RememberingModel) else model, frames)


class _Forgetful:
    """A remembering model that begins anew with every frame."""

    def __init__(self, model: RememberingModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def skeleton(self) -> Skeleton:
        return self._model.skeleton

    @property
    def parallel(self) -> int:
        return self._model.parallel

    def start(self, frame: Frame) -> Job:
        return self._model.renewed().start(frame)


def find_picture(folder: Path, name: str) -> Path | None:
    """The picture of that name in a folder, with or without the folders that the name has.

    >>> find_picture(Path("nowhere"), "val2017/000000000036.jpg") is None
    True
    """
    for path in (folder / name, folder / Path(name).name):
        if path.is_file():
            return path
    return None


def check_pictures(names: Sequence[str], missing: Sequence[str], labels: Path, folder: Path) -> str:
    """What to say of the pictures of a file of labels that are not in the folder; "" for none.

    Raises:
        InputError: If there are no pictures at all.
    """
    if not names:
        raise InputError(f"{labels} names no pictures")
    if len(missing) == len(names):
        raise InputError(
            f"none of the {len(names)} pictures of {labels} is in {folder} (no {missing[0]}); "
            "give their folder with --images"
        )
    if not missing:
        return ""
    return (
        f"{len(missing)} of the {len(names)} pictures of {labels} are not in {folder} "
        f"(the first is {missing[0]}); they are left out"
    )
