from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from kinema.errors import InputError, MediaError, ShapeError
from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter, time_base, write_image


def info(rate: Fraction | None = Fraction(25)) -> MediaInfo:
    return MediaInfo("somewhere", "video", (64, 48), rate)


def plain(value: int | tuple[int, int, int] = 128, *, size: tuple[int, int] = (64, 48)):
    return np.full((size[1], size[0], 3), value, dtype=np.uint8)


def read_back(path: Path) -> tuple[list[np.ndarray], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [f.to_ndarray(format="rgb24") for f in frames], [f.time for f in frames]


def read_rgb(path: Path) -> np.ndarray:
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        pytest.param("a.png", 0, id="png is exact"),
        pytest.param("a.jpg", 3, id="jpg"),
        pytest.param("a.JPEG", 3, id="upper case"),
        pytest.param("a.webp", 8, id="webp"),
        pytest.param("größe 人 %d.png", 0, id="any characters in the name"),
    ],
)
def test_pictures_come_back(tmp_path, name, tolerance):
    image = plain((255, 138, 20))
    image[:, 32:] = (38, 156, 255)
    write_image(tmp_path / name, image)
    back = read_rgb(tmp_path / name).astype(int)
    assert back.shape == image.shape
    assert np.abs(back - image)[:, [10, 54]].max() <= tolerance
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_picture_of_one_pixel(tmp_path):
    write_image(tmp_path / "a.png", plain((1, 2, 3), size=(1, 1)))
    assert read_rgb(tmp_path / "a.png").tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        pytest.param("a.gif", (4, 4), "must end in one of .jpeg, .jpg, .png, .webp", id="kind"),
        pytest.param("a", (4, 4), "must end in", id="no suffix"),
        pytest.param("no/a.png", (4, 4), "No such file", id="no folder"),
        pytest.param("a.webp", (16384, 1), "cannot write", id="too wide for webp"),
    ],
)
def test_pictures_that_cannot_be_written(tmp_path, name, size, message):
    with pytest.raises(MediaError, match=message) as caught:
        write_image(tmp_path / name, plain(size=size))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_picture_leaves_the_old_one(tmp_path):
    (tmp_path / "a.webp").write_bytes(b"old")
    with pytest.raises(MediaError):
        write_image(tmp_path / "a.webp", plain(size=(16384, 1)))
    assert (tmp_path / "a.webp").read_bytes() == b"old"


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((4, 4), np.uint8), id="grey"),
        pytest.param(np.zeros((4, 4, 4), np.uint8), id="rgba"),
        pytest.param(np.zeros((4, 4, 3)), id="float"),
        pytest.param(np.zeros((0, 4, 3), np.uint8), id="empty"),
    ],
)
def test_only_rgb_pictures_are_written(tmp_path, image):
    with pytest.raises(ShapeError, match=r"a picture is \(H, W, 3\) uint8"):
        write_image(tmp_path / "a.png", image)
    with (
        pytest.raises(ShapeError, match=r"a picture is"),
        VideoWriter(tmp_path / "a.mp4", info()) as out,
    ):
        out.write(image, 0)
    assert list(tmp_path.iterdir()) == []


def test_colours_survive(tmp_path):
    colours = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)]
    colours += [(255, 138, 20), (38, 156, 255), (128, 128, 128)]
    image = np.concatenate([plain(c) for c in colours], axis=1)
    with VideoWriter(tmp_path / "a.mp4", info()) as out:
        for i in range(3):
            out.write(image, i / 25)
    for back in read_back(tmp_path / "a.mp4")[0]:
        seen = back[24, 32::64].astype(int)
        assert np.abs(seen - colours).max() <= 4
    with av.open(str(tmp_path / "a.mp4")) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
        tags = (codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range)
        assert tags == (1, 1, 1, 1)  # BT.709, limited range


def test_it_can_be_played_while_it_loads(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", info()) as out:
        out.write(plain(), 0)
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("rate", "times"),
    [
        pytest.param(Fraction(25), [i / 25 for i in range(10)], id="constant"),
        pytest.param(Fraction(30000, 1001), [i * 1001 / 30000 for i in range(60)], id="29.97"),
        pytest.param(Fraction(24000, 1001), [i * 1001 / 24000 for i in range(60)], id="23.976"),
        pytest.param(Fraction(30), [0, 0.033, 0.067, 0.5, 0.504, 7.25], id="variable"),
        pytest.param(None, [0, 0.25, 1.5], id="unknown rate"),
        pytest.param(Fraction(1177600, 39253), [0, 0.033, 0.066, 0.1], id="odd mean rate"),
        pytest.param(Fraction(1000), [i / 1000 for i in range(20)], id="high speed camera"),
        pytest.param(Fraction(1, 10), [0, 10, 20], id="time lapse"),
    ],
)
def test_times_are_kept(tmp_path, rate, times):
    with VideoWriter(tmp_path / "a.mp4", info(rate)) as out:
        for time in times:
            out.write(plain(), time)
    assert read_back(tmp_path / "a.mp4")[1] == pytest.approx(times, abs=1e-5)


def test_the_last_picture_lasts_as_long_as_the_rate_says(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", info(Fraction(2))) as out:
        out.write(plain(), 0)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.duration == 500_000  # microseconds


def test_time_begins_with_the_first_picture(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", info()) as out:
        for time in (5, 5.5):
            out.write(plain(), time)
    assert read_back(tmp_path / "a.mp4")[1] == [0, 0.5]


def test_times_that_do_not_increase_go_on_at_the_rate(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", info()) as out:
        for time in (0, 0, -3, 1):
            out.write(plain(), time)
    assert read_back(tmp_path / "a.mp4")[1] == pytest.approx([0, 0.04, 0.08, 1])


@pytest.mark.parametrize("time", [float("nan"), float("inf")])
def test_times_must_be_numbers(tmp_path, time):
    with (
        pytest.raises(InputError, match="must be finite"),
        VideoWriter(tmp_path / "a.mp4", info()) as out,
    ):
        out.write(plain(), time)


@pytest.mark.parametrize(
    ("rate", "ticks"),
    [
        pytest.param(Fraction(30), 90_000, id="30"),
        pytest.param(Fraction(24000, 1001), 360_000, id="23.976"),
        pytest.param(Fraction(60000, 1001), 180_000, id="59.94"),
        pytest.param(Fraction(999_983, 40_000), 90_000, id="prime: not worth it"),
    ],
)
def test_time_base(rate, ticks):
    assert time_base(rate) == Fraction(1, ticks)


@pytest.mark.parametrize(
    ("size", "padded"),
    [
        pytest.param((1, 1), (2, 2), id="one pixel"),
        pytest.param((5, 3), (6, 4), id="both odd"),
        pytest.param((64, 47), (64, 48), id="odd height"),
        pytest.param((16384, 2), (16384, 2), id="as wide as can be"),
    ],
)
def test_sizes(tmp_path, size, padded):
    with VideoWriter(tmp_path / "a.mp4", info()) as out:
        for i in range(2):
            out.write(plain(200, size=size), i / 25)
    images, _ = read_back(tmp_path / "a.mp4")
    assert [image.shape for image in images] == [(padded[1], padded[0], 3)] * 2
    assert np.abs(images[1].astype(int) - 200).max() <= 2  # the border is repeated, not black


def test_views_and_read_only_pictures_are_taken(tmp_path):
    image = np.zeros((96, 128, 3), np.uint8)
    image[::2, ::2] = 200
    image.flags.writeable = False
    with VideoWriter(tmp_path / "a.mp4", info()) as out:
        out.write(image[::2, ::2], 0)
    assert np.abs(read_back(tmp_path / "a.mp4")[0][0].astype(int) - 200).max() <= 2


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        pytest.param([(16386, 2)], "16386 x 2 is too large .* write images instead", id="too wide"),
        pytest.param([(64, 48), (48, 64)], "64 x 48, now one of 48 x 64", id="size changes"),
        pytest.param([(63, 48), (64, 48)], "63 x 48, now one of 64 x 48", id="hidden by padding"),
    ],
)
def test_sizes_that_cannot_be(tmp_path, sizes, message):
    with (
        pytest.raises(MediaError, match=message),
        VideoWriter(tmp_path / "a.mp4", info()) as out,
    ):
        for i, size in enumerate(sizes):
            out.write(plain(size=size), i / 25)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("a.avi", "must end in .mp4", id="kind"),
        pytest.param("no/a.mp4", "No such file", id="no folder"),
        pytest.param("folder.mp4", "there is a folder of that name", id="a folder"),
        pytest.param("file/a.mp4", "Not a directory", id="folder is a file"),
    ],
)
def test_places_that_cannot_be_written_are_refused_at_once(tmp_path, name, message):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match=message) as caught:
        VideoWriter(tmp_path / name, info())
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.mp4"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.parametrize("name", ["a.mp4", "a.png"])
def test_a_full_disk(tmp_path, name):
    path = tmp_path / name
    (tmp_path / f".a.part{path.suffix}").symlink_to("/dev/full")
    with pytest.raises(MediaError, match="No space left on device"):
        if name == "a.png":
            write_image(path, plain())
        else:
            with VideoWriter(path, info()) as out:
                for i in range(200):
                    out.write(np.random.default_rng(i).integers(0, 255, (48, 64, 3), np.uint8), i)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_after_an_error(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"old")

    def write() -> None:
        with VideoWriter(tmp_path / "a.mp4", info()) as out:
            for i in range(30):
                out.write(plain(), i / 25)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.mp4", b"old")]


def test_ctrl_c_keeps_what_was_written(tmp_path):
    def write() -> None:
        with VideoWriter(tmp_path / "a.mp4", info()) as out:
            for i in range(30):
                out.write(plain(), i / 25)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    assert len(read_back(tmp_path / "a.mp4")[0]) == 30


def test_a_generator_that_is_closed_early_keeps_what_was_written(tmp_path):
    def write():
        with VideoWriter(tmp_path / "a.mp4", info()) as out:
            for i in range(30):
                yield out.write(plain(), i / 25)

    pictures = write()
    for _ in range(3):
        next(pictures)
    pictures.close()
    assert len(read_back(tmp_path / "a.mp4")[0]) == 3


def test_no_pictures_no_file(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", info()):
        pass
    assert list(tmp_path.iterdir()) == []


def test_nothing_has_the_name_before_it_is_whole(tmp_path):
    out = VideoWriter(tmp_path / "a.mp4", info())
    out.write(plain(), 0)
    assert [p.name for p in tmp_path.iterdir()] == [".a.part.mp4"]
    out.close()
    out.close()  # again does nothing
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    with pytest.raises(MediaError, match="is closed"):
        out.write(plain(), 1)


def test_discard(tmp_path):
    out = VideoWriter(tmp_path / "a.mp4", info())
    out.write(plain(), 0)
    out.discard()
    out.close()
    assert list(tmp_path.iterdir()) == []
