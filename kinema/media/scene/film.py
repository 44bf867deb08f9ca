"""A film of people in space: the video at the left, where there is one, the skeletons beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from kinema.camera import Rig
from kinema.errors import InputError, MediaError
from kinema.media.draw import draw_poses
from kinema.media.frame import Frame, Image, MediaInfo
from kinema.media.gif import write_gif
from kinema.media.scene.painter import ScenePainter
from kinema.media.scene.upright import Scene, nearest_row, scene_of
from kinema.media.scene.viewpoint import ELEVATION, Orbit, first_azimuth
from kinema.media.sources import read_video
from kinema.media.writer import VIDEO_SUFFIXES, VideoWriter, temporary_name
from kinema.poses import Poses
from kinema.track import Track

HEIGHT, GIF_HEIGHT = 720, 480
"""Pixels of a film, if nothing else is asked for: as MP4, and as GIF, which is large."""
_LEAST_HEIGHT = 64
_WIDEST = 1.0
"""Width by height of the part with the skeletons."""


def write_film(
    path: str | Path,
    tracks: Sequence[Track],
    *,
    video: str | Path | None = None,
    overlay: Sequence[Track] = (),
    times: Mapping[int, float] | None = None,
    rig: Rig | None = None,
    azimuth: float | None = None,
    elevation: float = ELEVATION,
    turn: float = 0.0,
    height: int | None = None,
    on_frame: Callable[[], object] = lambda: None,
) -> None:
    """Write a film of people in space, as MP4 or GIF.

    With a video each of its pictures stands beside the skeletons of that time, otherwise there is
    a picture for each time that anybody has a frame. Times are kept. A GIF is 800 pixels wide and
    has 15 pictures a second at most; see `kinema.media.gif`.

    Args:
        path: Ends in .mp4, .m4v or .gif. The folder must exist.
        tracks: People in world or body space; see `scene_of`.
        video: That they come from.
        times: When its pictures were taken, by their numbers, on the clock of the tracks. By
            default that is their own time, with 0 for the first.
        overlay: The people in the picture of the video, in pixels, to be drawn into it.
        rig: Cameras, to be drawn around people in world space.
        azimuth: From where to look, as in `Orbit`. By default nearly from the side of the way that
            people go, or that their hips face.
        elevation: Degrees from which the viewer looks down.
        turn: Degrees a second by which the viewer goes round the people, counterclockwise.
        height: Of the film in pixels; by default 720, of a GIF 480.
        on_frame: Called for each picture.

    Raises:
        InputError: If there is nobody to show, or a number cannot be used.
        MediaError: If the video cannot be read or the film not written.
    """
    path = Path(path)
    if path.suffix.lower() not in (*VIDEO_SUFFIXES, ".gif"):
        raise MediaError(f"cannot write {path}: the name of a film must end in .mp4 or .gif")
    height = _height(path, height)
    if not np.isfinite([elevation, turn, azimuth or 0.0]).all():
        raise InputError("the angles from which a film is seen are degrees")
    if any(track.space != "image" for track in overlay):
        raise InputError("only people in the picture can be drawn over a video")
    scene = scene_of(tracks, rig)
    begin = first_azimuth(scene) if azimuth is None else azimuth
    size = (round(height * _WIDEST), height)
    orbit = Orbit.around(scene, size, begin, elevation=elevation, turns=turn != 0)
    painter = ScenePainter(scene, size, orbit)
    if video is None:
        info = MediaInfo(str(path), "video", size, _rate(tracks))
        _write(path, info, _alone(scene, painter, turn), on_frame)
        return
    with read_video(str(video)) as frames:
        pictures = _beside(frames, times or {}, painter, overlay, height, turn)
        _write(path, frames.info, pictures, on_frame)


def _alone(scene: Scene, painter: ScenePainter, turn: float) -> Iterator[tuple[Image, float]]:
    start = float(scene.times[0])
    for time in scene.times.tolist():
        yield painter.paint(time, turned=turn * (time - start)), time


def _height(path: Path, height: int | None) -> int:
    if height is None:
        return GIF_HEIGHT if path.suffix.lower() == ".gif" else HEIGHT
    if height < _LEAST_HEIGHT:
        raise InputError(f"a film is {_LEAST_HEIGHT} pixels high or more, not {height}")
    return height


def _beside(
    frames: Iterable[Frame],
    times: Mapping[int, float],
    painter: ScenePainter,
    overlay: Sequence[Track],
    height: int,
    turn: float,
) -> Iterator[tuple[Image, float]]:
    for frame in frames:
        across, down = frame.size
        left = frame.scaled(max(1, round(across * height / down)), height)
        time = times.get(frame.index, frame.time)
        people = _people_at(overlay, time, height / down)
        if people is not None:
            left = draw_poses(left, people)
        right = painter.paint(time, turned=turn * frame.time)
        yield np.concatenate([left, right], axis=1), frame.time


def _people_at(overlay: Sequence[Track], time: float, scale: float) -> Poses | None:
    """Who is seen at a time, in a picture that was scaled; None if nobody is."""
    rows = [(track, nearest_row(track, time)) for track in overlay]
    here = [(track, row) for track, row in rows if row is not None]
    if not here:
        return None
    keypoints = np.stack([track.keypoints[row] for track, row in here])
    return Poses(
        here[0][0].skeleton,
        ((keypoints + 0.5) * scale - 0.5).astype(np.float32),
        np.stack([track.scores[row] for track, row in here]),
        ids=np.array([track.id for track, _ in here]) if len(overlay) > 1 else None,
        time=time,
    )


def _write(
    path: Path,
    info: MediaInfo,
    pictures: Iterable[tuple[Image, float]],
    on_frame: Callable[[], object],
) -> None:
    """Writes the film; a GIF by way of a video, as its colours are chosen from all pictures."""
    is_gif = path.suffix.lower() == ".gif"
    film = temporary_name(path.with_suffix(".film.mp4")) if is_gif else path
    try:
        # The info is of the source: of a live one, or of pictures, the writer needs the rate only.
        with VideoWriter(film, replace(info, has_audio=False), crf=0 if is_gif else 20) as out:
            for image, time in pictures:
                out.write(image, time)
                on_frame()
        if is_gif:
            write_gif(path, film)
    finally:
        if is_gif:
            with contextlib.suppress(OSError):
                film.unlink(missing_ok=True)


def _rate(tracks: Sequence[Track]) -> Fraction | None:
    rates = [track.rate for track in tracks if len(track) > 1]
    return Fraction(max(rates)).limit_denominator(1001) if rates else None
