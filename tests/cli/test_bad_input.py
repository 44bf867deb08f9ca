"""What cannot be used is refused in one line, with exit code 2, and nothing is left."""

from __future__ import annotations

import socket
from pathlib import Path

import av
import numpy as np
import pytest

from kinema.media.writer import write_image


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.fixture
def place(tmp_path, write_video, monkeypatch):
    """A folder with bad sources of all kinds in it, and a good one."""
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "good.png", np.zeros((8, 8, 3), np.uint8))
    write_video(tmp_path / "good.mp4", count=3)
    write_video(tmp_path / "half.mp4", count=40)
    cut_in_half(tmp_path / "half.mp4")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:-20])
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("This is no video.\n" * 50)
    (tmp_path / "poses.jsonl").write_text('{"format":"kinema.poses","version":1}\n')
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "notes.txt").touch()
    (tmp_path / "bad.pb").write_text("no network")
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        voice = container.add_stream("aac", rate=16000, layout="mono")
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        samples.sample_rate, samples.pts = 16000, 0
        container.mux(voice.encode(samples))
        container.mux(voice.encode())
    return tmp_path


def listing(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("words", "where", "what"),
    [
        pytest.param(["none.mp4"], "none.mp4", "there is no file", id="missing"),
        pytest.param(["empty.mp4"], "empty.mp4", "is empty; copy or record", id="empty"),
        pytest.param(["text.mp4"], "text.mp4", "is not a video", id="text"),
        pytest.param(["half.mp4"], "half.mp4", "without its index", id="cut in half"),
        pytest.param(["cut.png"], "cut.png", "is damaged or cut off", id="cut image"),
        pytest.param(["sound.mp4"], "sound.mp4", "has only sound in it", id="only sound"),
        pytest.param(["poses.jsonl"], "poses.jsonl", "is not a video, it holds poses", id="poses"),
        pytest.param(["poses.jsonl"], "kinema: ", "kinema actions predict, angles", id="verbs"),
        pytest.param(["nothing"], "nothing", "no image or video in the folder", id="folder"),
        pytest.param(["*.avi"], "*.avi", "no image or video matches", id="pattern"),
        pytest.param(["nothing", "--sequence"], "nothing", "there is no image", id="no sequence"),
        pytest.param(["-"], "-", "run reads no pipes", id="pipe"),
        pytest.param(["4711"], "camera 4711", "is not there", id="camera"),
    ],
)
def test_bad_sources(kinema, place, words, where, what):
    before = listing(place)
    done = kinema("run", *words, "-o", "new/out", "--size", 64)
    assert done.code == 2
    assert done.complaint.startswith("kinema: ")
    assert where in done.complaint and what in done.complaint
    assert listing(place) == before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["--size", 0], "between 16 and 2048 pixels, got 0", id="size 0"),
        pytest.param(["--size", -5], "between 16 and 2048 pixels, got -5", id="size -5"),
        pytest.param(["--size", 7], "between 16 and 2048 pixels, got 7", id="size 7"),
        pytest.param(["--size", 100000], "between 16 and 2048 pixels, got 1000", id="huge size"),
        pytest.param(["--size", "x"], "Invalid value for '--size'", id="size of letters"),
        pytest.param(["--scales", "x"], "--scales takes numbers like 0.5,1,2", id="scales x"),
        pytest.param(["--scales", ""], "--scales takes numbers like 0.5,1,2", id="no scales"),
        pytest.param(["--turn", "45"], "--turn takes auto, 0, 90, 180, 270", id="turn 45"),
        pytest.param(["--turn", ""], "--turn takes auto, 0, 90, 180, 270", id="no turn"),
        pytest.param(["--scales", "0"], "scales must be positive", id="scale 0"),
        pytest.param(["--scales", "1,-1"], "scales must be positive", id="scale -1"),
        pytest.param(["--scales", "nan"], "scales must be positive", id="scale nan"),
        pytest.param(["--scales", "inf"], "between 16 and 2048 pixels", id="scale inf"),
        pytest.param(["--save", "pose"], "cannot save 'pose'; did you mean poses", id="save"),
        pytest.param(["--save", "video"], "'video'; the video with people drawn", id="video"),
        pytest.param(["--actions", "everday"], "did you mean everyday?", id="actions"),
        pytest.param(["--save", ""], "nothing to save; known are poses, overlay", id="no save"),
        pytest.param(["--people", 0], "people must be at least 1, got 0", id="people"),
        pytest.param(["--precision", "x"], "precision must be auto, f32", id="precision"),
        pytest.param(["--colour-by", "x"], "cannot colour by 'x'; known are side", id="colour"),
        pytest.param(["--show-maps", "right_elbo"], "did you mean right_elbow", id="maps"),
        pytest.param(["--show-maps", ""], "the model has no map called ''", id="no map"),
        pytest.param(["--model", "opnpose"], "did you mean openpose?", id="model"),
        pytest.param(["--model", "none.pb"], "none.pb", id="network missing"),
        pytest.param(["--model", "bad.pb"], "bad.pb cannot be read as a network", id="network"),
        pytest.param(["--model", "good.png"], "good.png is no network file", id="picture"),
        pytest.param(["--rate", 0], "rate must be a positive number", id="rate 0"),
        pytest.param(["--rate", "nan"], "rate must be a positive number", id="rate nan"),
        pytest.param(["-o", "bad.pb"], "a file is in the way; choose another", id="file"),
        pytest.param(["-o", "bad.pb/x"], "bad.pb/x cannot be made", id="below a file"),
        pytest.param(["-o", "-", "--save", "coco"], "only poses can go to a stream", id="stream"),
    ],
)
def test_bad_options(kinema, place, words, complaint):
    before = listing(place)
    done = kinema("run", "good.png", "-o", "new/out", *words)
    assert done.code == 2
    assert done.complaint.startswith("kinema: ") and complaint in done.complaint
    assert listing(place) == before


def test_a_rate_is_for_images(kinema, place):
    done = kinema("run", "good.mp4", "-o", "out", "--rate", 5, "--size", 64)
    assert (done.code, "its own timestamps" in done.complaint) == (2, True)
    assert not (place / "out").exists()


def test_one_source_at_a_time_goes_to_stdout(kinema, place):
    done = kinema("run", "good.mp4", "good.png", "-o", "-")
    assert done.code == 2
    assert done.complaint == "kinema: only one source can go to stdout, got 2"


def test_a_url_that_nobody_answers(kinema):
    with socket.socket() as listener:  # bound, but deaf: the port is refused
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/walk.mp4"
        done = kinema("run", url, "-o", "out")
    assert done.code == 2
    assert done.complaint == f"kinema: {url} cannot be opened: Connection refused"


def test_a_truncated_video_gives_what_it_has(kinema_process, write_video, tmp_path):
    write_video(tmp_path / "walk.mkv", count=200)
    cut_in_half(tmp_path / "walk.mkv")
    done = kinema_process("run", "walk.mkv", "-o", "out", "--size", 64)
    assert done.code == 0
    lines = (tmp_path / "out" / "walk.poses.jsonl").read_text().splitlines()
    assert 50 <= len(lines) - 1 <= 150
    assert done.out.startswith(f"walk.mkv: {len(lines) - 1} frames, ")
    assert done.err.startswith("kinema: walk.mkv is damaged: it breaks off after ")
    assert done.err.count("\n") == 1
    told = kinema_process("run", "walk.mkv", "-o", "out", "--size", 64, "--json")
    assert f'"damage": "{done.err.strip().removeprefix("kinema: ")}"' in told.out
