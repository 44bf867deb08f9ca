"""NPZ: a recording as NumPy arrays with names, for `np.load` without pickles.

T frames, N people in the fullest frame, K keypoints, D = 2 (pixels) or 3 (metres):

- `keypoints` (T, N, K, D) float32, NaN where a joint was not found; `scores` (T, N, K) float32;
- `people` (T,) int64, how many of the N rows are people; the others are NaN;
- `frames` (T,) int64, `times` (T,) float64 seconds;
- `ids` (T, N) int64, -1 beyond `people`; only for tracked recordings;
- `boxes` (T, N, 4) and `certainty` (T, N) float32; only where every frame with people has them;
- `keypoint_names` (K,) texts; `header` the header of Kinema's own format, as JSON.

Reading. Only `keypoints` must be there, of four axes, or three for one person. What a missing
`keypoint_names` means is said in `kinema.formats.npy`.
"""

from __future__ import annotations

import zipfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import FormatError, InputError, SkeletonError
from kinema.formats.arrays import Archive, Array, ArrayStream, RowSpool, is_archive, write_header
from kinema.formats.columns import skeleton_of
from kinema.formats.encoding import decode_header, encode_header
from kinema.formats.npy import guess
from kinema.formats.recording import Header, PoseStream, PoseWriter
from kinema.formats.staging import StagedBytes, file_errors
from kinema.poses import SPACE_DIMENSIONS, Float32Array, Poses
from kinema.skeletons import COCO17

_OPTIONAL = ("ids", "boxes", "certainty")


class NpzWriter(PoseWriter):
    """Collects the rows on disk and writes the arrays at `close`, under the name at the end.

    Raises:
        InputError: If the file cannot be written.
    """

    readable_when_cut = False

    def __init__(self, path: Path, header: Header) -> None:
        self.started = False
        self._path = path
        self._file = StagedBytes(path)
        self._header = replace(header, skeleton=header.skeleton or COCO17)
        self._frames, self._times, self._counts = array("q"), array("d"), array("q")
        self._spools: dict[str, RowSpool] = {}

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            SkeletonError: If the skeleton or the space is not that of the first frame.
        """
        if not self.started:
            self._header = replace(self._header, skeleton=poses.skeleton, space=poses.space)
            self._start()
        if (poses.skeleton, poses.space) != (self._header.skeleton, self._header.space):
            raise SkeletonError(
                f"frame {poses.frame} is {poses.skeleton.name} in {poses.space} space, other than "
                f"the first frame"
            )
        self._frames.append(poses.frame)
        self._times.append(poses.time)
        self._counts.append(len(poses))
        if len(poses) == 0:
            return
        with file_errors("write", self._path):
            self._spools["keypoints"].add(poses.keypoints)
            self._spools["scores"].add(poses.scores)
            for name in _OPTIONAL:
                self._add_optional(name, getattr(poses, name))

    def close(self) -> None:
        """Write the arrays and put the file in its place."""
        if not self._file.is_open:
            return
        if not self.started:
            self._start()
        with file_errors("write", self._path):
            with zipfile.ZipFile(self._file.stream, "w", zipfile.ZIP_DEFLATED) as archive:
                self._write_arrays(archive)
            self._close_spools()
        self._file.commit()

    def discard(self) -> None:
        """Remove what was written; a file that was there before stays."""
        self._close_spools()
        self._file.discard()

    def _start(self) -> None:
        assert self._header.skeleton is not None
        k, d = len(self._header.skeleton), SPACE_DIMENSIONS[self._header.space]
        shapes = {"keypoints": (k, d), "scores": (k,), "ids": (), "boxes": (4,), "certainty": ()}
        for name, shape in shapes.items():
            dtype = np.int64 if name == "ids" else np.float32
            self._spools[name] = RowSpool(self._path.parent, shape, dtype)
        self.started = True

    def _add_optional(self, name: str, rows: Array | None) -> None:
        if name not in self._spools:
            return
        if rows is None:  # not of everybody: of nobody
            self._spools.pop(name).close()
        else:
            self._spools[name].add(rows)

    def _close_spools(self) -> None:
        for spool in self._spools.values():
            spool.close()
        self._spools = {}

    def _write_arrays(self, archive: zipfile.ZipFile) -> None:
        assert self._header.skeleton is not None
        counts = np.array(self._counts, dtype=np.int64)
        small: dict[str, npt.NDArray[np.generic]] = {
            "header": np.array(encode_header(self._header)),
            "keypoint_names": np.array(self._header.skeleton.keypoints),
            "frames": np.array(self._frames, dtype=np.int64),
            "times": np.array(self._times, dtype=np.float64),
            "people": counts,
        }
        for name, values in small.items():
            _write_member(archive, name, values.shape, values.dtype, [values])
        width = int(counts.max(initial=0))
        for name, spool in self._spools.items():
            if name in _OPTIONAL and not counts.any():
                continue
            shape = (len(counts), width, *spool.shape)
            blocks = spool.grouped(counts, width, -1 if name == "ids" else np.nan)
            _write_member(archive, name, shape, spool.dtype, blocks)


def _write_member(
    archive: zipfile.ZipFile,
    name: str,
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
    blocks: Iterable[Array],
) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        write_header(member, shape, dtype)
        for block in blocks:
            member.write(block.tobytes())


def read_npz(path: Path) -> PoseStream:
    """The frames of an archive of arrays.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If there is no array `keypoints`, arrays do not fit each other, or one holds
            objects; while reading, if one is cut off.
    """
    archive = Archive(path)
    try:
        if "keypoints" not in archive.names:
            listed = ", ".join(archive.names[:6]) or "nothing"
            raise FormatError(f"{path} has no array 'keypoints', but {listed}")
        header = _read_header(archive, path)
        streams = {name: archive.stream(name) for name in _STREAMS if name in archive.names}
        header, has_scores = _fitted(header, streams, path)
    except ValueError:
        archive.close()
        raise
    return PoseStream(header, _frames(streams, header, has_scores, path), archive.close)


_STREAMS = ("keypoints", "scores", "people", "frames", "times", "ids", "boxes", "certainty")


def _read_header(archive: Archive, path: Path) -> Header:
    header = Header()
    try:
        if "header" in archive.names:
            header = decode_header(str(archive.stream("header").whole()))
        if "keypoint_names" in archive.names:
            names = [str(name) for name in archive.stream("keypoint_names").whole().tolist()]
            if header.skeleton is None or list(header.skeleton.keypoints) != names:
                header = replace(header, skeleton=skeleton_of(names))
    except FormatError as error:
        text = str(error)
        raise FormatError(text if str(path) in text else f"{path}: {text}") from error
    return header


def _fitted(header: Header, streams: dict[str, ArrayStream], path: Path) -> tuple[Header, bool]:
    """The header with skeleton and space; whether the last column of the keypoints is a score."""
    shape = streams["keypoints"].shape
    if len(shape) not in (3, 4):
        raise FormatError(f"{path}: keypoints must be (T, N, K, D) or (T, K, D), got {shape}")
    for name, stream in streams.items():
        if not stream.shape or stream.shape[0] != shape[0]:
            raise FormatError(f"{path}: {name} has the shape {stream.shape}, keypoints {shape}")
    k, d = shape[-2:]
    if header.skeleton is not None and len(header.skeleton) == k:
        if SPACE_DIMENSIONS[header.space] != d:
            header = replace(header, space="image" if d == 2 else "world")
        if d in (2, 3):
            return header, False
    skeleton, space, scored = guess(k, d, None, path)
    return replace(header, skeleton=skeleton, space=space), scored


def _frames(
    streams: dict[str, ArrayStream], header: Header, scored: bool, path: Path
) -> Iterator[Poses]:
    assert header.skeleton is not None
    single = len(streams["keypoints"].shape) == 3
    rows = zip(*(stream.rows() for stream in streams.values()), strict=True)
    for index, values in enumerate(rows):
        row = dict(zip(streams, values, strict=True))
        points = row["keypoints"][None] if single else row["keypoints"]
        points = points.astype(np.float32)
        n = int(row["people"].item()) if "people" in row else len(points)
        scores = row.get("scores", points[..., -1] if scored else None)
        points = points[..., :-1] if scored else points
        if scores is None:
            scores = np.where(np.isnan(points).any(axis=2), 0.0, np.nan)
        k = len(header.skeleton)
        try:
            yield Poses(
                header.skeleton,
                points[:n],
                scores.astype(np.float32).reshape(-1, k)[:n],
                ids=row["ids"].reshape(-1)[:n].astype(np.int64) if n and "ids" in row else None,
                boxes=_optional(row, "boxes", n, (4,)),
                frame=int(row["frames"].item()) if "frames" in row else index,
                time=float(row["times"].item()) if "times" in row else float("nan"),
                space=header.space,
                certainty=_optional(row, "certainty", n, ()),
            )
        except (InputError, ValueError) as error:
            raise FormatError(f"{path}, row {index}: {error}") from error


def _optional(
    row: dict[str, Array], name: str, n: int, shape: tuple[int, ...]
) -> Float32Array | None:
    if name not in row or n == 0:
        return None
    return row[name].reshape(-1, *shape)[:n].astype(np.float32)


def is_npz(path: Path) -> bool:
    """Whether the path is an archive of arrays."""
    return is_archive(path)
