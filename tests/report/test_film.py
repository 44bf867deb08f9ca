"""Where the video of a page comes from."""

import base64
from fractions import Fraction

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.media.browser import playable
from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter, write_image
from kinema.report.film import film_for


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "a clip.mp4"
    info = MediaInfo(str(path), "video", (64, 48), Fraction(25))
    with VideoWriter(path, info) as writer:
        for number in range(5):
            writer.write(np.full((48, 64, 3), 40 * number, np.uint8), number / 25)
    return path


def test_embedded(clip, tmp_path):
    film = film_for(str(clip), tmp_path / "page.html", "auto")
    head, data = film.address.split(",")
    assert head == "data:video/mp4;base64"
    assert base64.b64decode(data) == clip.read_bytes()
    assert (film.is_linked, film.start) == (False, 0.0)


def test_linked(clip, tmp_path):
    film = film_for(str(clip), tmp_path / "pages" / "page.html", "link")
    assert film.address == "../a%20clip.mp4"
    assert film.is_linked


def test_none(clip, tmp_path):
    page = tmp_path / "page.html"
    assert film_for(str(clip), page, "none") is None
    assert film_for(None, page, "auto") is None
    assert film_for("gone.mp4", page, "auto") is None
    with pytest.raises(InputError, match=r"no video gone\.mp4 to embed"):
        film_for("gone.mp4", page, "embed")
    with pytest.raises(InputError, match="auto, embed, link, none, not 'yes'"):
        film_for(str(clip), page, "yes")


def test_a_form_that_browsers_do_not_play_is_copied(tmp_path):
    import av

    path = tmp_path / "old.avi"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(5):
            image = np.full((48, 64, 3), 40 * number, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode(None))
    assert playable(path) is None
    seen = []
    film = film_for(str(path), tmp_path / "page.html", "auto", on_frame=lambda: seen.append(1))
    assert film.address.startswith("data:video/mp4;base64,")
    assert len(seen) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["old.avi"]


def test_pictures_are_no_video(tmp_path):
    write_image(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    assert playable(tmp_path / "a.png") is None
