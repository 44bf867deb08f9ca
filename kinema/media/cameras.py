"""Read a camera that is plugged into this machine."""

from __future__ import annotations

import time
from collections.abc import Generator
from fractions import Fraction

import cv2
import numpy as np

from kinema.errors import MediaError
from kinema.media.frame import Frame, MediaInfo
from kinema.media.images import quiet_opencv


class CameraReader:
    """The pictures of a local camera, as they come.

    OpenCV numbers cameras from 0 alike on Linux, macOS and Windows, which FFmpeg does not. Times
    are those of arrival, since drivers disagree about the meaning of theirs.

    Attributes:
        info: What the driver says; the rate may be wishful.
        damage: None.
        live: True.

    Raises:
        MediaError: If there is no camera of this number, or it gives no picture.
    """

    live = True

    def __init__(self, number: int) -> None:
        self.damage: str | None = None
        self._number = number
        with quiet_opencv():
            self._capture = cv2.VideoCapture(number)
            opened = self._capture.isOpened()
            found, picture = self._capture.read() if opened else (False, None)
        if not found or picture is None:
            self._capture.release()
            what = "gives no picture" if opened else "is not there, or may not be used"
            raise MediaError(
                f"camera {number} {what}; check that it is plugged in, allowed, and that no other "
                "program uses it"
            )
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.info = MediaInfo(
            source=str(number),
            kind="camera",
            size=(picture.shape[1], picture.shape[0]),
            rate=Fraction(rate).limit_denominator(1001) if 0 < rate < 1000 else None,
        )

    def frames(self) -> Generator[Frame, None, None]:
        """Every picture until the camera stops; time 0 is the arrival of the first.

        Raises:
            MediaError: If the camera stops giving pictures.
        """
        index, start = 0, 0.0
        try:
            while True:
                found, bgr = self._capture.read()
                now = time.monotonic()
                if not found or bgr is None:
                    raise MediaError(f"camera {self._number} stopped giving pictures")
                start = start or now
                rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
                yield Frame(rgb, index, now - start)
                index += 1
        finally:
            self.close()

    def close(self) -> None:
        """Give the camera back."""
        self._capture.release()
