"""Packages that results need are told of before the work, not after."""

from __future__ import annotations

import sys

import pytest

from kinema.cli.extras import OF_RESULT, PACKAGES, need_for
from kinema.errors import MissingExtra


@pytest.fixture
def plain(monkeypatch):
    """An installation without extras."""
    for packages in PACKAGES.values():
        for package in set(packages) - {"torch"}:  # which SciPy asks for when it is there
            monkeypatch.setitem(sys.modules, package, None)


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        pytest.param(["run", "CLIP", "--save", "report"], "report", id="run"),
        pytest.param(["gait", "CLIP"], "report", id="gait"),
        pytest.param(["angles", "CLIP", "--save", "csv,parquet"], "tables", id="angles"),
        pytest.param(["report", "CLIP"], "report", id="report"),
        pytest.param(["lift", "CLIP", "--save", "poses,trc,c3d,film"], "mocap", id="lift"),
        pytest.param(["compare", "CLIP", "CLIP"], "report", id="compare"),
        pytest.param(
            ["stereo", "CLIP", "CLIP", "--save", "c3d", "--baseline", "1", "--focal", "500"],
            "mocap",
            id="stereo",
        ),
        pytest.param(
            ["triangulate", "CLIP", "CLIP", "--calibration", "rig.toml", "--save", "trc,report"],
            "report",
            id="triangulate",
        ),
        pytest.param(["actions", "train", "CLIP"], "train", id="training"),
    ],
)
def test_nothing_is_done_before_it_is_told(kinema, plain, walking_clip, tmp_path, words, needs):
    out = tmp_path / "out"
    done = kinema(*(walking_clip if word == "CLIP" else word for word in words), "-o", out)
    assert done.code == 1
    assert f"pip install 'kinema[{needs}]'" in done.complaint
    assert not out.exists()


def test_all_are_named_at_once(plain):
    with pytest.raises(MissingExtra) as caught:
        need_for(["trc", "c3d", "film", "report", "c3d"])
    assert str(caught.value) == (
        "--save c3d,report needs ezc3d, jinja2 and plotly: pip install 'kinema[mocap,report]', "
        "or name other results with --save"
    )
    need_for(["trc", "film", "poses"])


def test_every_result_that_needs_a_package_is_known():
    """Those whose writers raise `MissingExtra`: formats that another package writes, and pages."""
    assert set(OF_RESULT.values()) == set(PACKAGES) - {"train"}
