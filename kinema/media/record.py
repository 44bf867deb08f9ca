"""Record several cameras at once, with one clock.

Each camera has a thread that takes its pictures and notes when they came, by the machine's
monotonic clock, and one that encodes them. Writing cannot hold up a camera: where it is too slow,
pictures are left out and counted. Recording starts when every camera has delivered.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from kinema.errors import InputError, KinemaError, MediaError
from kinema.media.frame import Frame
from kinema.media.sources import Reader, open_reader
from kinema.media.times import COLUMNS, times_path
from kinema.media.writer import VideoWriter

WAITING_BYTES = 256 * 2**20
LEAST_WAITING = 4
START_SECONDS = 20.0  # in which every camera must deliver
END_SECONDS = 60.0  # in which what waits must be written
WAKE_SECONDS = 0.1
GAP = 1.5  # usual intervals between two pictures, from which on some are missing


@dataclass(frozen=True)
class RecordedCamera:
    """What was recorded of one camera.

    Attributes:
        name: Start of the names of its files.
        source: As given, fit to be shown.
        video: The file, or None if no picture came.
        times: The file with the time of each picture.
        frames: How many pictures were written.
        dropped: How many came but were left out, because writing was too slow.
        missing: How many the camera left out itself, by the gaps between pictures.
        first: Time of the first picture on the common clock, in seconds from the start.
        rate: Pictures a second; NaN for fewer than two.
        error: Why it ended early; "" if it did not.
    """

    name: str
    source: str
    video: Path | None
    times: Path
    frames: int
    dropped: int
    missing: int
    first: float
    rate: float
    error: str = ""


def record(
    sources: Sequence[str | int | Reader],
    folder: str | Path,
    *,
    seconds: float | None = None,
    stop: threading.Event | None = None,
    waiting_bytes: int = WAITING_BYTES,
    on_frame: Callable[[str], object] = lambda name: None,
) -> tuple[RecordedCamera, ...]:
    """Records cameras until it is told to stop.

    Writes `cam0.mp4`, with times that are true within the file, and `cam0.times.csv`, with times on
    the clock that all cameras share, and so on; see `kinema.media.times`. Cameras that are named by
    numbers only keep them. Video files may stand for cameras: they are played at their own pace.

    Args:
        sources: Numbers of cameras, addresses of network cameras, videos, or readers of one's own.
        folder: Where the files go; made if need be.
        seconds: How long; None is until `stop`, Ctrl-C or the end of all sources.
        stop: Ends the recording when it is set.
        waiting_bytes: Memory for pictures of a camera that wait to be encoded; four may always.
        on_frame: Told the camera's name for each picture written; called from several threads.

    Raises:
        InputError: If there is no source, or `seconds` is not positive.
        MediaError: If a camera cannot be opened, gives no picture, or a file cannot be written.
    """
    if not sources:
        raise InputError("name at least one camera")
    if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
        raise InputError(f"the length of a recording must be positive, not {seconds} s")
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"cannot make the folder {folder}: {error.strerror}") from error
    session = _Session(stop or threading.Event())
    channels: list[_Channel] = []
    try:
        for name, source in zip(_names(sources), sources, strict=True):
            reader = open_reader(source) if isinstance(source, str | int) else source
            channels.append(_Channel(name, reader, target, session, on_frame, waiting_bytes))
        _run(channels, session, seconds)
    finally:
        session.stop.set()
        for channel in channels:
            channel.close()
    return tuple(channel.result() for channel in channels)


def _names(sources: Sequence[str | int | Reader]) -> list[str]:
    numbers = [str(source) if isinstance(source, str | int) else "" for source in sources]
    if all(number.isdecimal() for number in numbers) and len(set(numbers)) == len(numbers):
        return [f"cam{int(number)}" for number in numbers]
    return [f"cam{number}" for number in range(len(sources))]


def _run(channels: Sequence[_Channel], session: _Session, seconds: float | None) -> None:
    """From the first picture of the slowest camera to the end."""
    for channel in channels:
        channel.start()
    deadline = time.monotonic() + START_SECONDS
    while not all(channel.ready.wait(WAKE_SECONDS) for channel in channels):
        if session.stop.is_set():
            return
        late = [channel.name for channel in channels if not channel.ready.is_set()]
        if late and time.monotonic() > deadline:
            raise MediaError(f"{', '.join(late)}: no picture in {START_SECONDS:.0f} seconds")
    for channel in channels:
        channel.raise_early_error()
    session.begin()
    with contextlib.suppress(KeyboardInterrupt):  # the usual way to end it
        while not session.stop.wait(WAKE_SECONDS):
            if seconds is not None and session.now() >= seconds:
                return
            if all(channel.ended for channel in channels):
                return


class _Session:
    """What the cameras of a recording share: a clock, and when to begin and stop."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.begun = threading.Event()
        self._start = 0.0

    def begin(self) -> None:
        self._start = time.monotonic()
        self.begun.set()

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._start


class _Channel:
    """One camera on its way to its files."""

    def __init__(
        self,
        name: str,
        reader: Reader,
        folder: Path,
        session: _Session,
        on_frame: Callable[[str], object],
        waiting_bytes: int,
    ) -> None:
        self.name = name
        self.ready = threading.Event()
        self.ended = False
        self._reader = reader
        self._session = session
        self._on_frame = on_frame
        self._video = folder / f"{name}.mp4"
        self._times_path = times_path(self._video)
        self._times: list[float] = []
        self._dropped = 0
        self._error: KinemaError | None = None
        self._arrived = threading.Condition()
        self._waiting: deque[tuple[Frame, float]] = deque()
        width, height = reader.info.size
        self._room = max(LEAST_WAITING, waiting_bytes // (3 * width * height))
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"{name}-{work.__name__}")
            for work in (self._take, self._write)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def raise_early_error(self) -> None:
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Waits until all that came is written."""
        self._session.begun.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(END_SECONDS)
        if not any(thread.is_alive() for thread in self._threads):
            self._reader.close()

    def result(self) -> RecordedCamera:
        """What was recorded: frames, their rate, and how many are missing."""
        times = np.array(self._times)
        steps = np.diff(times)
        missing, rate = 0, float("nan")
        if len(steps):
            usual = float(np.median(steps))
            rate = len(steps) / float(times[-1] - times[0])
            gaps = steps[steps > GAP * usual]
            missing = max(int(np.rint(gaps / usual - 1).sum()) - self._dropped, 0)
        return RecordedCamera(
            name=self.name,
            source=self._reader.info.source,
            video=self._video if len(times) else None,
            times=self._times_path,
            frames=len(times),
            dropped=self._dropped,
            missing=missing,
            first=float(times[0]) if len(times) else float("nan"),
            rate=rate,
            error=str(self._error or ""),
        )

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except KinemaError as error:
            self._error = self._error or error
        finally:
            with self._arrived:
                self.ended = True
                self._arrived.notify_all()
            self.ready.set()

    def _take(self) -> None:
        """Takes pictures as they come; of a camera, those before the beginning are thrown away."""
        frames = self._reader.frames()
        with contextlib.closing(frames):
            for frame in frames:
                if self._session.stop.is_set() or self.ended:
                    return
                if not self._reader.live:
                    self._wait_for(frame.time)
                arrival = self._session.now()
                self.ready.set()
                if self._session.begun.is_set() and not self._session.stop.is_set():
                    self._keep(frame, arrival)

    def _wait_for(self, moment: float) -> None:
        """Plays a file at its own pace, from the beginning of the recording."""
        self.ready.set()
        self._session.begun.wait()
        self._session.stop.wait(max(moment - self._session.now(), 0))

    def _keep(self, frame: Frame, arrival: float) -> None:
        with self._arrived:
            if len(self._waiting) >= self._room:
                self._dropped += 1
            else:
                self._waiting.append((frame, arrival))
                self._arrived.notify_all()

    def _next(self) -> tuple[Frame, float] | None:
        with self._arrived:
            while not self._waiting:
                if self.ended:
                    return None
                self._arrived.wait(WAKE_SECONDS)
            return self._waiting.popleft()

    def _write(self) -> None:
        """Encodes what was taken, and notes its times at once, so that a crash leaves them."""
        with VideoWriter(self._video, self._reader.info) as video, self._open_times() as times:
            times.write(",".join(COLUMNS) + "\n")
            while (item := self._next()) is not None:
                frame, arrival = item
                video.write(frame.image, arrival)
                times.write(f"{len(self._times)},{arrival:.6f}\n")
                times.flush()
                self._times.append(arrival)
                self._on_frame(self.name)

    def _open_times(self) -> TextIO:
        try:
            return self._times_path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise MediaError(f"cannot write {self._times_path}: {error.strerror}") from error
