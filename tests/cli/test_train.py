"""`kinema train lift`."""

import json

import numpy as np
import pytest


def write_motion(path, frames=240, pace=20):
    """Someone who stands and swings the arms, as exponential maps."""
    maps = np.zeros((frames, 117), dtype=np.float32)
    maps[:, 1] = 18
    for joint in (22, 31):
        maps[:, 3 + 3 * joint + 2] = np.sin(np.arange(frames) / pace)
    np.savez(path, swing_1=maps)


def test_help(kinema):
    done = kinema("train", "--help")
    assert (done.code, done.err) == (0, "")
    assert "\n  lift " in done.out
    assert "--hold-out" in kinema("train", "lift", "--help").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["missing.bvh"], "there is no missing.bvh", id="no file"),
        pytest.param(["."], "no motion to train with", id="empty folder"),
        pytest.param([".", "--frames", "28"], "27, 81", id="frames"),
        pytest.param([".", "--semi"], "kind picture", id="semi without picture"),
        pytest.param([".", "--channels", "0"], "channels must be more than 0", id="no channels"),
    ],
)
def test_bad_input_is_one_line(kinema, tmp_path, monkeypatch, words, message):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    monkeypatch.chdir(tmp_path)
    done = kinema("train", "lift", *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_network_from_motion(kinema, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("lightning")
    pytest.importorskip("onnxscript")
    write_motion(tmp_path / "one.npz")
    write_motion(tmp_path / "two.npz", pace=10)
    out = tmp_path / "out"
    words = ["--channels", "8", "--epochs", "1", "--views", "1", "--hold-out", "two"]
    done = kinema("train", "lift", str(tmp_path), "-o", str(out), *words, "--json")
    assert done.code == 0
    card = json.loads(done.out)
    assert card["trained_on"]["subjects"] == ["one"]
    assert card == json.loads((out / "lifter.json").read_text())
    assert "epoch 1" in done.err
    for said in (words, []):
        again = kinema("train", "lift", str(tmp_path), "-o", str(out), *said, "--resume")
        assert (again.code, again.err) == (0, "")
        assert "MPJPE" in again.out
    other = ["--channels", "16", "--hold-out", "two", "--seed", "3", "--resume"]
    done = kinema("train", "lift", str(tmp_path), "-o", str(out), *other)
    assert (done.code, done.out) == (2, "")
    assert "was begun with channels 8, not 16; seed 0, not 3; leave" in done.err
    done = kinema("train", "lift", str(tmp_path), "-o", str(tmp_path / "none"), "--resume")
    assert done.code == 2 and "there is no training in" in done.complaint
