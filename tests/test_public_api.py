"""What `import kinema` offers, and that it costs nothing until it is used."""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys
import types

import numpy as np
import pytest

import kinema
from kinema.media.frame import MediaInfo

HEAVY = ("numpy", "cv2", "av", "openvino", "requests", "typer", "rich")


def test_all_is_sorted_and_complete():
    assert kinema.__all__ == sorted(kinema.__all__)
    assert set(kinema.__all__) == set(kinema._HOMES)
    assert set(kinema.__all__) <= set(dir(kinema))


@pytest.mark.parametrize("name", kinema.__all__)
def test_every_name_is_there_and_documented(name):
    thing = getattr(kinema, name)
    assert thing is getattr(importlib.import_module(kinema._HOMES[name]), name)
    assert isinstance(thing, type | types.FunctionType)
    assert thing.__doc__


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'kinema' has no attribute 'rubbish'"):
        kinema.rubbish  # noqa: B018
    assert not hasattr(kinema, "rubbish")


def test_the_version_is_that_of_the_package():
    assert kinema.__version__ == importlib.metadata.version("kinema")


def test_import_loads_nothing_heavy():
    code = f"import kinema, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_example_of_the_documentation(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with kinema.VideoWriter("walk.mp4", MediaInfo("walk.mp4", "video", (64, 48))) as out:
        for number in range(3):
            out.write(np.full((48, 64, 3), 128, np.uint8), number / 25)

    example = kinema.__doc__ or ""
    code = [line[4:] for line in example.splitlines() if line.startswith("    ")]
    exec("\n".join(code), {})

    with kinema.read_poses("walk.jsonl") as recording:
        assert recording.header.model == "openpose"
        assert [poses.time for poses in recording] == pytest.approx([0, 0.04, 0.08])
