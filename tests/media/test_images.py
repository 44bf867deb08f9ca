from __future__ import annotations

import base64
import struct
import zlib

import av
import cv2
import numpy as np
import pytest

from kinema.errors import MediaError
from kinema.media.images import read_image

# A 16 x 8 CMYK JPEG as Adobe writes them: left half (10, 20, 240), right half (200, 40, 60).
CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMc"
    "HCg3KSwwMTQ0NB8nOT04MjwuMzQy/8AAFAgACAAQBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAcI"
    "AAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AAkJnA/q+dRJbP/Z"
)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(suffix: str, rgb: np.ndarray) -> bytes:
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}
    image = rgb if rgb.ndim == 2 else rgb[..., order[rgb.shape[2]]]
    done, data = cv2.imencode(suffix, image)
    assert done
    return data.tobytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return SIGNATURE + b"".join(parts)


def exif(orientation: int) -> bytes:
    """A TIFF directory with the one entry 0x0112, Orientation."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def with_exif(jpeg: bytes, orientation: int) -> bytes:
    data = b"Exif\0\0" + exif(orientation)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + jpeg[2:]


def noise(width: int = 64, height: int = 48) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("suffix", "error"),
    [
        (".png", 0),
        (".bmp", 0),
        (".tiff", 0),
        (".webp", 3),
        (".jpg", 3),
        (".ppm", 0),
        (".jp2", 3),
        (".avif", 6),
    ],
)
def test_formats(tmp_path, quarters, suffix, error):
    path = tmp_path / f"picture{suffix}"
    path.write_bytes(encoded(suffix, quarters))
    frame = read_image(path)
    assert (frame.size, frame.index, frame.time) == ((48, 32), 0, 0)
    inner = np.s_[2:-2:12, 2:-2:20]  # away from the edges that JPEG rings at
    assert np.abs(frame.image[inner].astype(int) - quarters[inner]).max() <= error


ROW = b"\0" + bytes([0, 1])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(encoded(".png", np.full((2, 2), 40, np.uint8)), (40, 40, 40), id="grey"),
        pytest.param(
            encoded(".png", np.full((2, 2), 40000, np.uint16)), (156, 156, 156), id="16 bit grey"
        ),
        pytest.param(
            encoded(".png", np.full((2, 2, 3), (65535, 257, 40000), np.uint16)),
            (255, 1, 156),  # 40000 / 257 = 155.6
            id="16 bit PNG",
        ),
        pytest.param(
            encoded(".tiff", np.full((2, 2, 3), (65535, 257, 40000), np.uint16)),
            (255, 1, 156),
            id="16 bit TIFF",
        ),
        pytest.param(
            encoded(".tiff", np.full((2, 2, 3), (1.5, 0.2, -3), np.float32)),
            (255, 51, 0),
            id="float TIFF",
        ),
        pytest.param(
            encoded(".tiff", np.full((2, 2), 0.2, np.float32)), (51, 51, 51), id="grey float TIFF"
        ),
        pytest.param(
            encoded(".png", np.full((2, 2, 4), (9, 99, 199, 0), np.uint8)),
            (9, 99, 199),
            id="alpha is ignored",
        ),
        pytest.param(png(2, 2, 8, 4, b"\0\x40\0\x40\xff" * 2), (64, 64, 64), id="grey with alpha"),
        pytest.param(
            png(2, 2, 8, 3, ROW * 2, chunk(b"PLTE", bytes([7, 8, 9, 7, 8, 9]))),
            (7, 8, 9),
            id="palette",
        ),
        pytest.param(png(8, 2, 1, 0, b"\0\xff" * 2), (255, 255, 255), id="1 bit"),
        pytest.param(encoded(".png", np.full((1, 1, 3), (1, 2, 3), np.uint8)), (1, 2, 3), id="1x1"),
    ],
)
def test_every_kind_of_pixel_becomes_8_bit_rgb(tmp_path, data, expected, capfd):
    path = tmp_path / "picture"
    path.write_bytes(data)
    image = read_image(path).image
    assert image.dtype == np.uint8
    assert {tuple(pixel) for pixel in image.reshape(-1, 3).tolist()} == {expected}
    assert capfd.readouterr() == ("", "")


def test_cmyk(tmp_path):
    path = tmp_path / "print.jpg"
    path.write_bytes(CMYK_JPEG)
    image = read_image(path).image.astype(int)
    assert np.abs(image[4, 2] - (10, 20, 240)).max() <= 5
    assert np.abs(image[4, 13] - (200, 40, 60)).max() <= 5


@pytest.mark.parametrize(
    ("orientation", "shown"),
    list(enumerate(["rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"], start=1)),
)
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_exif_orientation_is_applied(tmp_path, quarters, corners, orientation, shown, suffix):
    data = encoded(suffix, quarters)
    if suffix == ".jpg":
        data = with_exif(data, orientation)
    else:
        data = data[:33] + chunk(b"eXIf", exif(orientation)) + data[33:]
    path = tmp_path / f"turned{suffix}"
    path.write_bytes(data)
    frame = read_image(path)
    assert frame.size == ((48, 32) if orientation < 5 else (32, 48))
    assert corners(frame.image) == shown


@pytest.mark.parametrize("size", [(16000, 3), (3, 16000)])
def test_very_long_pictures(tmp_path, size):
    width, height = size
    path = tmp_path / "long.png"
    path.write_bytes(encoded(".png", np.full((height, width, 3), 5, np.uint8)))
    assert read_image(path).size == size


def test_names_in_any_script(tmp_path):
    path = tmp_path / "走る 人 é%03d.png"
    path.write_bytes(encoded(".png", np.zeros((2, 3, 3), np.uint8)))
    assert read_image(path).size == (3, 2)
    assert read_image(str(path)).size == (3, 2)


def test_a_bad_colour_profile_is_no_matter(tmp_path, capfd):
    path = tmp_path / "profile.png"
    path.write_bytes(
        png(2, 2, 8, 0, b"\0\x40\x40" * 2, chunk(b"iCCP", b"x\0\0" + zlib.compress(b"junk")))
    )
    assert (read_image(path).image == 64).all()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif", ".avif"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.95])
def test_a_picture_that_is_cut_off_is_refused_in_one_line(tmp_path, capfd, suffix, part):
    data = encoded(suffix, noise())
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(MediaError, match=rf"cut\{suffix} is (damaged|not an image)") as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_changed_byte_in_a_png_is_noticed(tmp_path, capfd):
    data = bytearray(encoded(".png", noise()))
    data[len(data) // 2] ^= 0xFF
    path = tmp_path / "changed.png"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"changed\.png is damaged"):
        read_image(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", r"x\.png is empty", id="empty"),
        pytest.param(b"hello world " * 9, r"x\.png is not an image in a known format", id="text"),
        pytest.param(SIGNATURE, r"x\.png is damaged or cut off", id="only a signature"),
        pytest.param(
            png(60000, 60000, 8, 0, b"\0" * 99), r"x\.png has more pixels than OpenCV", id="bomb"
        ),
        pytest.param(bytes(500), r"x\.png is not an image in a known format", id="zeros"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(tmp_path, capfd, data, message):
    path = tmp_path / "x.png"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=message) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_missing_picture_and_a_folder(tmp_path):
    with pytest.raises(MediaError, match=r"there is no file .*none\.png"):
        read_image(tmp_path / "none.png")
    with pytest.raises(MediaError, match="cannot be read: Is a directory"):
        read_image(tmp_path)


def test_ffmpeg_reads_what_opencv_does_not(tmp_path, write_video):
    path = tmp_path / "picture.exr"
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("exr", rate=1)
        stream.width, stream.height, stream.pix_fmt = 8, 6, "gbrpf32le"
        planes = np.zeros((6, 8, 3), np.float32) + np.array([1.0, 0.0, 2.0], np.float32)
        frame = av.VideoFrame.from_ndarray(planes, "gbrpf32le")
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    image = read_image(path).image
    assert image.shape == (6, 8, 3)
    assert np.abs(image.astype(int) - (255, 0, 255)).max() <= 1
