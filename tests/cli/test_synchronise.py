"""`kinema triangulate` with recordings that were not started together."""

import json
import shutil

import numpy as np
import pytest

from kinema.cli.main import _run
from kinema.formats import Header, open_writer
from kinema.formats.rigs import write_rig
from kinema.poses import Poses
from kinema.skeletons import COCO17

BEGIN = (0.0, 0.14, 0.3, -0.2)
RATES = (50, 50, 25, 50)


def command(folder, *words: str) -> list[str]:
    files = [str(folder / "trial" / f"cam{i}.jsonl") for i in (1, 2, 3, 4)]
    return ["triangulate", *files, "--calibration", str(folder / "calibration.toml"), *words]


@pytest.fixture(scope="module")
def apart(scene, tmp_path_factory):
    """A folder like `four_cameras`, of recordings that began at other times, three of 50 Hz."""
    folder = tmp_path_factory.mktemp("apart")
    write_rig(folder / "calibration.toml", scene.rig)
    (folder / "trial").mkdir()
    for camera, begin, rate in zip(scene.rig, BEGIN, RATES, strict=True):
        header = Header(source=f"{camera.name}.mp4", size=camera.size, rate=rate)
        times = np.arange(2 * rate) / rate
        with open_writer(folder / "trial" / f"{camera.name}.jsonl", header) as out:
            for frame, joints in enumerate(scene.dance(times + begin)):
                pixels = camera.project(joints)[None]
                out.write(
                    Poses(COCO17, pixels, np.ones((1, 17)), frame=frame, time=float(times[frame]))
                )
    return folder


def test_recordings_that_were_not_started_together(apart, tmp_path, capsys):
    words = ("-o", str(tmp_path), "--sync", "--json")
    assert _run(command(apart, *words), debug=False) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [clock["offset_s"] for clock in facts["clocks"]] == pytest.approx(BEGIN, abs=0.003)
    assert all(clock["sigma_s"] < 0.03 for clock in facts["clocks"])
    assert facts["median_reprojection_px"] < 1
    table = (tmp_path / "triangulated.clocks.csv").read_text()
    assert table.startswith("camera,offset_s,sigma_s,confidence\ncam1,0.0000,0.0000,")
    assert facts["files"][-1] == str(tmp_path / "triangulated.clocks.csv")
    assert _run(command(apart, "-o", str(tmp_path), "--sync"), debug=False) == 0
    assert "  clock of cam2 behind by 0.1" in capsys.readouterr().out


def test_a_camera_that_fits_worse_is_named(apart, tmp_path, capsys):
    offsets = [f"--offset={name}={BEGIN[i]}" for i, name in enumerate(("cam1", "cam2", "cam3"))]
    words = ("-o", str(tmp_path), *offsets, "--offset", "cam4=-0.1", "--trust-calibration")
    assert _run(command(apart, *words, "--max-error", "90"), debug=False) == 0
    assert "cam4 fits worse than the others" in capsys.readouterr().out


def test_times_that_were_recorded(apart, tmp_path, capsys):
    folder = shutil.copytree(apart, tmp_path / "recorded")
    for i, (begin, rate) in enumerate(zip(BEGIN, RATES, strict=True), start=1):
        rows = [f"{n},{1 + begin + n / rate:.6f}" for n in range(2 * rate)]
        (folder / "trial" / f"cam{i}.times.csv").write_text("\n".join(["frame,time", *rows]))
    assert _run(command(folder, "-o", str(tmp_path), "--json"), debug=False) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["median_reprojection_px"] < 1
    assert facts["clocks"] == []
    assert facts["cameras"][2]["times"] == str(folder / "trial" / "cam3.times.csv")
    (folder / "trial" / "cam2.times.csv").write_text("frame,time\n0,1.0\n1,1.02\n")
    assert _run(command(folder, "-o", str(tmp_path)), debug=False) == 2
    complaint = capsys.readouterr().err
    assert "cam2.times.csv has 2 times" in complaint
    assert complaint.count("\n") == 1


def test_what_cannot_be_synchronised(apart, tmp_path, capsys):
    folder = shutil.copytree(apart, tmp_path / "still")
    lines = (folder / "trial" / "cam2.jsonl").read_text().splitlines()
    first = json.loads(lines[1])
    same = [
        first | {name: json.loads(line)[name] for name in ("frame", "time")} for line in lines[1:]
    ]
    text = "\n".join([lines[0], *map(json.dumps, same)])
    (folder / "trial" / "cam2.jsonl").write_text(text + "\n")
    assert _run(command(folder, "-o", str(tmp_path), "--sync"), debug=False) == 2
    complaint = capsys.readouterr().err
    assert "cam2.jsonl cannot be synchronised by its movement" in complaint
    assert "give --offset cam2=SECONDS" in complaint
    assert complaint.count("\n") == 1
