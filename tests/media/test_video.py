from __future__ import annotations

import itertools
import traceback

import av
import numpy as np
import pytest

from kinema.errors import InputError, MediaError
from kinema.media.sources import read_video
from kinema.media.video import VideoReader, scheme_of, without_password

SMALL_VP9 = {"deadline": "realtime", "cpu-used": "8"}


def mean_colour(image) -> np.ndarray:
    height, width = image.shape[:2]
    middle = image[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    return middle.reshape(-1, 3).astype(float).mean(axis=0)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("a.mp4", {}, id="H.264"),
        pytest.param("a.webm", {"codec": "libvpx-vp9", "options": SMALL_VP9}, id="VP9"),
        pytest.param("a.avi", {"codec": "mpeg4"}, id="MPEG-4"),
        pytest.param("a.avi", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}, id="MJPEG"),
        pytest.param("a.mkv", {"codec": "ffv1", "pix_fmt": "yuv420p10le"}, id="10 bit"),
        pytest.param("a.mkv", {"codec": "ffv1", "pix_fmt": "bgr0"}, id="RGB"),
        pytest.param("a.mkv", {"codec": "ffv1", "pix_fmt": "bgra"}, id="alpha"),
        pytest.param("a.mov", {"codec": "png", "pix_fmt": "rgb24"}, id="RGB, as it is"),
        pytest.param("a.ts", {}, id="transport stream"),
        pytest.param("a.mkv", {"options": {"flags": "+ildct+ilme"}}, id="interlaced"),
        pytest.param("ä b%d:1#.mp4", {}, id="odd name"),
    ],
)
def test_any_codec_gives_all_frames_with_their_times(
    tmp_path, write_video, quarters, corners, name, options
):
    path = write_video(tmp_path / name, [quarters] * 10, **options)
    with read_video(path) as video:
        frames = list(video)
    assert video.info.kind == "video"
    assert video.info.source == str(path)
    assert video.info.size == (48, 32)
    assert video.info.rate == 25
    assert not video.info.has_audio
    assert video.damage is None
    assert [frame.index for frame in frames] == list(range(10))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(10)], abs=2e-3)
    for frame in frames:
        assert frame.size == (48, 32)
        assert frame.image.shape == (32, 48, 3)
        assert corners(frame.image) == corners(frame.scaled(24, 16)) == "rgbw"


def test_grey_video_becomes_rgb(tmp_path, write_video):
    picture = np.full((32, 32, 3), 90, np.uint8)
    path = write_video(tmp_path / "grey.mkv", [picture], codec="ffv1", pix_fmt="gray")
    with read_video(path) as video:
        assert np.abs(next(video).image.astype(int) - 90).max() <= 1


@pytest.mark.parametrize("size", [(17, 33), (1, 1), (33, 2), (1200, 16)])
def test_odd_sizes(tmp_path, write_video, size):
    width, height = size
    picture = np.full((height, width, 3), (200, 100, 50), np.uint8)
    path = write_video(tmp_path / "odd.mkv", [picture] * 2, codec="ffv1", pix_fmt="yuv420p")
    with read_video(path) as video:
        frames = list(video)
    assert video.info.size == size
    assert frames[1].image.shape == (height, width, 3)
    assert np.abs(frames[1].image.astype(int) - (200, 100, 50)).max() <= 3
    assert np.abs(frames[1].scaled(8, 6).astype(int) - (200, 100, 50)).max() <= 4


# Kr and Kb of ITU-R BT.601 and BT.709; 6 and 1 are their numbers in ITU-T H.273.
MATRICES = {"601": (0.299, 0.114, 6), "709": (0.2126, 0.0722, 1), "untagged": (0.299, 0.114, 2)}


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", MATRICES)
def test_colours_follow_the_tags_of_the_stream(tmp_path, matrix, full_range):
    red_share, blue_share, number = MATRICES[matrix]
    colours = list(itertools.product((30, 128, 225), repeat=3))
    path = tmp_path / "colours.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        stream.colorspace, stream.color_range = number, 2 if full_range else 1
        for index, (red, green, blue) in enumerate(colours):
            luma = red_share * red + (1 - red_share - blue_share) * green + blue_share * blue
            planes = (
                luma,
                (blue - luma) / (2 - 2 * blue_share),
                (red - luma) / (2 - 2 * red_share),
            )
            scale = (1, 1, 1) if full_range else (219 / 255, 224 / 255, 224 / 255)
            offset = (0, 128, 128) if full_range else (16, 128, 128)
            frame = av.VideoFrame(32, 32, "yuv420p")
            for plane, value, s, o in zip(frame.planes, planes, scale, offset, strict=True):
                plane.update(bytes([round(value * s + o)]) * plane.buffer_size)
            frame.colorspace, frame.color_range = number, 2 if full_range else 1
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with read_video(path) as video:
        for frame, colour in zip(video, colours, strict=True):
            assert np.abs(frame.image.astype(int) - colour).max() <= 3
            assert (
                np.abs(
                    frame.scaled(20, 10, channels="bgr")[..., ::-1] - 1.0 * np.array(colour)
                ).max()
                <= 4
            )


def test_an_untagged_hd_video_is_taken_for_bt709(tmp_path, write_video):
    def forget_tags(frame):
        frame.colorspace = 2

    red = np.zeros((720, 1280, 3), np.uint8)
    red[..., 0] = 255  # encoded with the matrix of BT.601: luma 81, Cb 90, Cr 240
    path = write_video(tmp_path / "hd.mp4", [red], prepare_frame=forget_tags)
    with read_video(path) as video:
        seen = mean_colour(next(video).scaled(64, 36))
    # BT.709 makes of these: 1.164 (81 - 16) + 1.793 (240 - 128) > 255, and
    # 1.164 (81 - 16) - 0.213 (90 - 128) - 0.533 (240 - 128) = 24.1 for green
    assert seen == pytest.approx([255, 24, 0], abs=4)


@pytest.mark.parametrize(
    ("degrees", "hflip", "vflip", "size", "shown"),
    [
        pytest.param(0, False, False, (48, 32), "rgbw", id="upright"),
        pytest.param(90, False, False, (32, 48), "gwrb", id="quarter turn left"),
        pytest.param(180, False, False, (48, 32), "wbgr", id="upside down"),
        pytest.param(-90, False, False, (32, 48), "brwg", id="quarter turn right"),
        pytest.param(0, True, False, (48, 32), "grwb", id="mirrored"),
        pytest.param(0, False, True, (48, 32), "bwrg", id="flipped"),
    ],
)
def test_rotation_metadata_is_followed(
    tmp_path, write_video, quarters, corners, degrees, hflip, vflip, size, shown
):
    path = write_video(
        tmp_path / "turned.mp4",
        [quarters] * 2,
        prepare=lambda stream: stream.set_display_rotation(degrees, hflip=hflip, vflip=vflip),
    )
    with read_video(path) as video:
        frames = list(video)
    assert video.info.size == frames[0].size == size
    assert frames[0].image.shape == (size[1], size[0], 3)
    assert corners(frames[0].image) == shown
    copy = frames[1].scaled(size[0] // 2, size[1] // 2)
    assert copy.shape == (size[1] // 2, size[0] // 2, 3)
    assert corners(copy) == shown


def test_times_are_those_of_the_container(tmp_path, write_video, moving):
    stamps = [500, 520, 700, 733, 1900]
    path = write_video(tmp_path / "vfr.mkv", moving(5), stamps=stamps)
    with read_video(path) as video:
        times = [frame.time for frame in video]
    assert times == pytest.approx([(stamp - 500) / 1000 for stamp in stamps])
    assert video.damage is None


def test_a_stream_without_timestamps_has_even_times(tmp_path, write_video, moving):
    path = write_video(tmp_path / "raw.h264", moving(6))
    with read_video(path) as video:
        assert [frame.time for frame in video] == pytest.approx([i / 25 for i in range(6)])
    assert video.info.duration is None


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("a.mp4", {"options": {"g": "12", "bf": "2"}}, id="keyframes"),
        pytest.param("a.mkv", {"options": {"g": "12", "x264-params": "open-gop=1"}}, id="open"),
        pytest.param("a.mp4", {"options": {"g": "900"}}, id="one keyframe"),
        pytest.param("a.webm", {"codec": "libvpx-vp9", "options": SMALL_VP9}, id="VP9"),
        pytest.param("raw.h264", {"options": {"g": "12"}}, id="without timestamps"),
    ],
)
def test_a_part_is_that_of_the_whole(tmp_path, write_video, moving, name, options):
    path = write_video(tmp_path / name, moving(80), **options)
    with read_video(path) as video:
        whole = [frame for frame in video if 1.5 <= frame.time < 2.5]
    with read_video(path, part=(1.5, 2.5)) as video:
        part = list(video)
    assert len(part) == pytest.approx(25, abs=1)
    assert [(f.index, f.time) for f in part] == [(f.index, f.time) for f in whole]
    assert all((a.image == b.image).all() for a, b in zip(part, whole, strict=True))
    assert video.damage is None


def test_what_is_before_a_part_is_not_decoded(tmp_path, write_video, moving):
    path = write_video(tmp_path / "a.mp4", moving(200), options={"g": "10"})
    reader = VideoReader(str(path), name="a", start=7.0)
    assert next(reader.frames()).index <= 170
    assert reader._tally.delivered < 60  # the first ones, that were in the decoder at once


@pytest.mark.parametrize("part", [(2.0, 2.0), (-1.0, 1.0), (float("nan"), 1.0)])
def test_a_part_that_cannot_be(tmp_path, write_video, moving, part):
    path = write_video(tmp_path / "a.mp4", moving(5))
    with pytest.raises(InputError, match="the part of a recording"):
        read_video(path, part=part)


def test_sound_is_told_of(tmp_path, write_video, moving):
    path = write_video(tmp_path / "loud.mp4", moving(5), sound=True)
    with read_video(path) as video:
        assert len(list(video)) == 5
    assert video.info.has_audio
    assert video.info.frame_count == 5
    assert video.info.duration == pytest.approx(0.2)


def test_frames_keep_the_size_of_the_first(tmp_path, write_video, quarters, corners):
    small = write_video(tmp_path / "a.h264", [quarters] * 3)
    large = write_video(tmp_path / "b.h264", [quarters.repeat(2, 0).repeat(2, 1)] * 3)
    both = tmp_path / "both.h264"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    with read_video(both) as video:
        frames = list(video)
    assert [frame.image.shape for frame in frames] == [(32, 48, 3)] * 6
    assert {corners(frame.image) for frame in frames} == {"rgbw"}


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        pytest.param(
            "cut.mp4",
            {"container_options": {"movflags": "faststart"}},
            r"\d+ of 100 frames could not be read$",
            id="MP4",
        ),
        pytest.param("cut.avi", {"codec": "mpeg4"}, r"\d+ of 100 frames could not", id="AVI"),
        pytest.param("cut.mkv", {}, r"breaks off after \d\.\d of 4\.0 seconds", id="MKV"),
        pytest.param(
            "cut.webm", {"codec": "libvpx-vp9", "options": SMALL_VP9}, r"of 4\.0 s", id="WebM"
        ),
        pytest.param(
            "cut.mp4",
            {"container_options": {"movflags": "frag_keyframe+empty_moov"}},
            r"breaks off after \d\.\d of 4\.0 seconds",
            id="fragments",
        ),
    ],
)
def test_of_a_file_that_is_cut_off_all_whole_frames_come(
    tmp_path, write_video, moving, caplog, name, options, told
):
    path = write_video(tmp_path / name, moving(100), **options)
    with read_video(path) as video:
        whole = [frame.image for frame in video]
    assert len(whole) == 100
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    with read_video(path) as video:
        frames = list(video)
    assert 30 <= len(frames) <= 65
    for frame in frames:
        assert np.array_equal(frame.image, whole[round(frame.time * 25)])
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(video.damage)
    assert video.damage in caplog.text


def test_damage_in_the_middle_is_passed_over(tmp_path, write_video, moving):
    path = write_video(
        tmp_path / "hurt.mp4",
        moving(100),
        options={"g": "10"},
        container_options={"movflags": "faststart"},
    )
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(range(250)) * 12
    path.write_bytes(data)
    with read_video(path) as video:
        times = [frame.time for frame in video]
    assert 80 <= len(times) < 100
    assert times[-1] == pytest.approx(99 / 25)
    assert "is damaged: " in video.damage
    assert "of 100 frames" in video.damage


def test_an_mp4_without_index_is_refused(tmp_path, write_video, moving):
    path = write_video(tmp_path / "lost.mp4", moving(20))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(MediaError, match=r"lost\.mp4 is an MP4 file without its index"):
        read_video(path)


def test_a_video_of_rubbish_frames_is_refused(tmp_path, write_video, moving):
    path = write_video(
        tmp_path / "junk.mp4", moving(3), container_options={"movflags": "faststart"}
    )
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    path.write_bytes(data[:start] + bytes(len(data) - start))
    with pytest.raises(MediaError, match=r"junk\.mp4 (is too damaged|has no frames)"):
        read_video(path)


def test_a_song_is_refused(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000, layout="mono")
        for index in range(4):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 16000, 1024 * index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(MediaError, match=r"song\.mp4 has only sound in it"):
        read_video(path)


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt", "notes"])
def test_a_text_file_is_refused(tmp_path, name, capfd):
    path = tmp_path / name
    path.write_text("Dear diary, today I walked a lot.\n" * 40)
    with pytest.raises(MediaError, match=r"notes\S* is (not a video|a text file)") as caught:
        read_video(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_opening_tells_the_size_before_any_frame_is_asked_for(tmp_path, write_video, moving):
    path = write_video(tmp_path / "a.mp4", moving(3))
    reader = VideoReader(str(path), name="a.mp4")
    assert (reader.info.size, reader.info.source, reader.live) == ((64, 48), "a.mp4", False)
    reader.close()
    reader.close()


@pytest.mark.parametrize(
    ("source", "scheme"),
    [
        ("rtsp://camera/1", "rtsp"),
        ("HTTPS://x.org/a.mp4", "https"),
        ("a.mp4", None),
        ("C:\\clips\\a.mp4", None),
        ("a:b//c.mp4", None),
    ],
)
def test_schemes(source, scheme):
    assert scheme_of(source) == scheme


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://ann:secret@host:554/1", "rtsp://ann:***@host:554/1"),
        ("rtsp://ann@host/1", "rtsp://ann@host/1"),
        ("rtsp://ann:s@cr@t@host/1", "rtsp://ann:***@host/1"),
        ("http://host:80/a@b:c", "http://host:80/a@b:c"),
        ("http://host:80?to=a@b", "http://host:80?to=a@b"),
    ],
)
def test_passwords_are_not_shown(url, shown):
    assert without_password(url) == shown


def test_nobody_at_a_url_is_one_line():
    url = "rtsp://a:secret@127.0.0.1:9/x"
    message = r"^rtsp://a:\*\*\*@127\.0\.0\.1:9/x cannot be opened: \S"
    with pytest.raises(MediaError, match=message) as caught:
        read_video(url)
    assert "secret" not in "".join(traceback.format_exception(caught.value))  # as a log holds it
