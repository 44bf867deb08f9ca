"""VideoPose3D's archives: `data_2d_custom_NAME.npz` and `data_3d_NAME.npz`.

    positions_2d = {"walk": {"custom": [(T, 17, 2)]}}          # pixels, one array a camera
    positions_3d = {"walk": {"custom": (T, 17, 3)}}            # metres
    metadata = {"layout_name": "coco", "num_joints": 17,
                "keypoints_symmetry": [[left ...], [right ...]],
                "video_metadata": {"walk": {"w": 1000, "h": 1002}}}

as its `data/prepare_data_2d_custom.py` writes and its `run.py -d custom` reads them: dictionaries
in arrays of objects. Those are pickles; `kinema.formats.safe_pickle` reads them without running
what they name, and refuses any that is more than arrays, dictionaries, texts and numbers.

Writing. A person is a subject: `walk`, or `walk_P2` where people have ids; row t is frame t after
the first one, NaN where nobody or no joint was found. VideoPose3D itself has no use for NaN: fill
gaps first. In 3D, "body" poses are written as they are, as VideoPose3D's camera frame has the same
axes, and so are "world" ones; a key `space` of the metadata says which. Scores and times have no
place. The arrays are held in memory, as in any pickle.

Reading. The layout names the skeleton (`coco`, `h36m`); others go by the number of joints, as in
`kinema.formats.npy`. A file of one recording is read; one of many names them in the error. Without
"video_metadata" the size is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats.arrays import Archive, is_archive
from kinema.formats.axes import z_up
from kinema.formats.card import METRES_ONLY
from kinema.formats.npy import guess, upright
from kinema.formats.recording import Header, PoseStream, PoseWriter
from kinema.formats.staging import StagedBytes, file_errors
from kinema.poses import SPACE_DIMENSIONS, Float32Array, Poses, Space
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17, H36M17

_LAYOUTS = {"coco": COCO17, "h36m": H36M17}
_PERSON = "_P"
_FIRST_FRAMES = 100
_KEYS = ("positions_2d", "positions_3d")
_Row = tuple[int, Float32Array]


class VideoPose3DWriter(PoseWriter):
    """Collects the people and writes the archive at `close`.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = False

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._path = path
        self._file = StagedBytes(path)
        self._header = header
        self._skeleton, self._space = header.skeleton or COCO17, header.space
        self._people: dict[int | None, list[_Row]] = {}
        self._first = self._last = 0

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If it has several people without ids, or comes before another.
            SkeletonError: If the skeleton or the space is not that of the first frame.
        """
        if poses.ids is None and len(poses) > 1:
            raise InputError(
                f"frame {poses.frame} has {len(poses)} people without ids; VideoPose3D's archives "
                "need to know who is who: track them first, or choose one with --person ID"
            )
        if not self.started:
            self._skeleton, self._space = poses.skeleton, poses.space
            self._first = self._last = poses.frame
            self.started = True
        if (poses.skeleton, poses.space) != (self._skeleton, self._space):
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name} in {poses.space} space, other than "
                "the first frame"
            )
        if poses.frame < self._last:
            raise InputError(f"frame {poses.frame} comes after frame {self._last}; sort them")
        self._last = poses.frame
        ids = [None] * len(poses) if poses.ids is None else poses.ids.tolist()
        for identity, keypoints in zip(ids, poses.keypoints, strict=True):
            self._people.setdefault(identity, []).append((poses.frame, keypoints))

    def close(self) -> None:
        """Write the archive and put it in its place."""
        if not self._file.is_open:
            return
        stem = Path(self._header.source or self._path.stem).stem or "recording"
        subjects = {
            stem if identity is None else f"{stem}{_PERSON}{identity}": self._array(rows)
            for identity, rows in (self._people or {None: []}).items()
        }
        flat = self._space == "image"
        positions: dict[str, object] = {
            name: {"custom": [points] if flat else points} for name, points in subjects.items()
        }
        objects = {
            "positions_2d" if flat else "positions_3d": np.array(positions, dtype=object),
            "metadata": np.array(self._metadata(list(subjects)), dtype=object),
        }
        with file_errors("write", self._path):
            np.savez_compressed(self._file.stream, **objects)  # type: ignore[arg-type]
        self._file.commit()

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays."""
        self._file.discard()

    def _array(self, rows: list[_Row]) -> Float32Array:
        count = self._last - self._first + 1 if self.started else 0
        shape = (count, len(self._skeleton), SPACE_DIMENSIONS[self._space])
        points = np.full(shape, np.nan, dtype=np.float32)
        for frame, keypoints in rows:
            points[frame - self._first] = keypoints
        return points

    def _metadata(self, subjects: list[str]) -> dict[str, object]:
        names = {skeleton.name: layout for layout, skeleton in _LAYOUTS.items()}
        sides = [[self._skeleton.index(pair[i]) for pair in self._skeleton.mirror] for i in (0, 1)]
        metadata: dict[str, object] = {
            "layout_name": names.get(self._skeleton.name, self._skeleton.name),
            "num_joints": len(self._skeleton),
            "keypoints_symmetry": sides,
            "space": self._space,
        }
        if self._header.size is not None:
            width, height = self._header.size
            metadata["video_metadata"] = {name: {"w": width, "h": height} for name in subjects}
        return metadata


def read_videopose3d(path: Path) -> PoseStream:
    """The frames of an archive of one recording.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it holds something else, several recordings, or a pickle of more than plain
            types.
    """
    arrays, metadata = _content(path)
    people = _people(list(arrays), path)
    points = list(arrays.values())
    if len({array.shape for array in points}) != 1:
        raise FormatError(f"{path}: the people have arrays of different shapes")
    skeleton, space = _skeleton(metadata, points[0], path)
    stacked = np.stack(points, axis=1)
    if space != "image":
        named = metadata.get("space")
        space, up = upright(skeleton, stacked[:_FIRST_FRAMES], scored=False)
        if named in METRES_ONLY:
            space = named
        elif space == "world":
            stacked = z_up(stacked.astype(np.float64), up).astype(np.float32)
    header = Header(skeleton, size=_size(metadata), space=space)
    return PoseStream(header, _frames(stacked, people, skeleton, space))


def read_recordings(path: Path) -> dict[str, Float32Array]:
    """All recordings of an archive of any number, each (T, K, D) as it is in the file.

    Their names are `subject`, or `subject action camera` with the cameras counted from 0, as in
    VideoPose3D's `data_2d_h36m_cpn_ft_h36m_dbb.npz`: `S9 Walking 1 0`.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: As for `read_videopose3d`.
    """
    return _content(path)[0]


def _content(path: Path) -> tuple[dict[str, Float32Array], dict[object, object]]:
    """The recordings by their names, and the metadata."""
    archive = Archive(path)
    try:
        key = next((name for name in _KEYS if name in archive.names), None)
        if key is None:
            raise FormatError(f"{path} has neither positions_2d nor positions_3d")
        positions = archive.objects(key)
        metadata = archive.objects("metadata") if "metadata" in archive.names else {}
    finally:
        archive.close()
    if not isinstance(positions, dict) or not isinstance(metadata, dict):
        raise FormatError(f"{path}: {key} and metadata must be dictionaries")
    return _arrays(positions, path), metadata


def _arrays(positions: dict[object, object], path: Path) -> dict[str, Float32Array]:
    """All arrays (T, K, D) by their names: subject, or subject, action and camera."""
    found: dict[str, Float32Array] = {}
    for subject, actions in positions.items():
        for action, cameras in actions.items() if isinstance(actions, dict) else []:
            views = cameras if isinstance(cameras, list | tuple) else [cameras]
            for number, view in enumerate(views):
                if not (isinstance(view, np.ndarray) and view.ndim == 3 and view.dtype.kind == "f"):
                    raise FormatError(f"{path}: {subject} {action} is not an array (T, K, D)")
                plain = action == "custom" and len(views) == 1
                name = str(subject) if plain else f"{subject} {action} {number}"
                found[name] = view.astype(np.float32)
    if not found:
        raise FormatError(f"{path} holds no recordings")
    return found


def _people(names: list[str], path: Path) -> list[int] | None:
    """The ids of the people of one recording, None for one person without an id."""
    parts = [name.rpartition(_PERSON) for name in names]
    one = len({stem for stem, _, _ in parts}) == 1
    if one and all(stem and number.isdecimal() for stem, _, number in parts):
        return [int(number) for _, _, number in parts]
    if len(names) > 1:
        listed = ", ".join(names[:5])
        raise FormatError(
            f"{path} holds {len(names)} recordings ({listed}, ...); only files of one can be read"
        )
    return None


def _skeleton(
    metadata: dict[object, object], points: Float32Array, path: Path
) -> tuple[Skeleton, Space]:
    k, d = points.shape[1:]
    if d not in (2, 3):
        raise FormatError(f"{path}: a keypoint has 2 or 3 numbers, not {d}")
    skeleton, space, _ = guess(k, d, None, path)
    named = _LAYOUTS.get(str(metadata.get("layout_name")))
    return named if named is not None and len(named) == k else skeleton, space


def _size(metadata: dict[object, object]) -> tuple[int, int] | None:
    videos = metadata.get("video_metadata")
    if not isinstance(videos, dict) or not videos:
        return None
    sizes = {
        (video.get("w"), video.get("h")) for video in videos.values() if isinstance(video, dict)
    }
    width, height = next(iter(sizes)) if len(sizes) == 1 else (None, None)
    known = isinstance(width, int) and isinstance(height, int)
    return cast("tuple[int, int]", (width, height)) if known else None


def _frames(
    points: Float32Array, ids: list[int] | None, skeleton: Skeleton, space: Space
) -> Iterator[Poses]:
    for frame, people in enumerate(points):
        found = ~np.isnan(people).any(axis=2)
        there = found.any(axis=1)
        yield Poses(
            skeleton,
            people[there],
            np.where(found[there], np.nan, 0.0),
            ids=None if ids is None else np.array(ids, dtype=np.int64)[there],
            frame=frame,
            time=float("nan"),
            space=space,
        )


def is_videopose3d(path: Path) -> bool:
    """Whether the path is an archive with positions of VideoPose3D."""
    if not is_archive(path):
        return False
    try:
        archive = Archive(path)
    except FormatError:
        return False
    archive.close()
    return any(name in archive.names for name in _KEYS)
