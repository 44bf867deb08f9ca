"""The page as a file: complete in itself, and true to the study."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.poses import Poses
from kinema.report import write_report
from kinema.skeletons import BODY25


def data_of(path):
    text = path.read_text("utf-8")
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found.group(1))


def test_the_page_needs_nothing_else(walk, tmp_path):
    path = tmp_path / "walk.report.html"
    write_report(path, walk, command="kinema report walk.mp4")
    text = path.read_text("utf-8")
    own = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)  # Plotly names addresses
    assert not re.search(r'(src|href)="(?!data:)', own)
    assert "walk.mp4" in own
    assert "kinema report walk.mp4" in own
    data = data_of(path)
    assert data["duration"] == pytest.approx(119 / 30)
    assert [person["id"] for person in data["people"]] == [1]
    titles = [plot["title"] for plot in data["plots"]]
    assert "Knee flexion" in titles
    knee = data["plots"][titles.index("Knee flexion")]
    events = walk.people[0].events
    assert [event["time"] for event in knee["events"]] == [event.time for event in events]


def test_names_cannot_break_the_page(walk, tmp_path):
    nasty = '</script><script>alert("x")</script>.mp4'
    study = replace(walk, header=replace(walk.header, source=nasty))
    path = tmp_path / "nasty.html"
    write_report(path, study)
    text = path.read_text("utf-8")
    assert "<script>alert" not in text
    assert data_of(path)["people"]


def test_nobody(study_of, tmp_path):
    empty = [Poses.empty(BODY25, frame=i, time=i / 30) for i in range(5)]
    study = study_of(tmp_path / "empty.jsonl", empty)
    write_report(tmp_path / "empty.html", study)
    assert "Nobody was seen" in (tmp_path / "empty.html").read_text("utf-8")


def test_one_frame(frames, study_of, tmp_path):
    study = study_of(tmp_path / "one.jsonl", list(frames())[:1])
    write_report(tmp_path / "one.html", study)
    assert data_of(tmp_path / "one.html")["duration"] == 0


@pytest.mark.parametrize("start", [-2.0, 300.0, 1.7e9])
def test_a_recording_that_does_not_start_at_zero(frames, study_of, tmp_path, start):
    stream = [replace(poses, time=start + poses.time) for poses in frames()]
    study = study_of(tmp_path / "late.jsonl", stream, size=(640, 360))
    write_report(tmp_path / "late.html", study)
    text, data = (tmp_path / "late.html").read_text("utf-8"), data_of(tmp_path / "late.html")
    assert "<dt>Duration</dt><dd>4.0 s</dd>" in text
    assert (data["start"], data["firstTime"]) == pytest.approx((start, start), abs=1e-5)
    assert data["duration"] == pytest.approx(119 / 30, abs=1e-5)
    times = np.frombuffer(base64.b64decode(data["people"][0]["times"]), "<f8")
    np.testing.assert_allclose(times - start, np.arange(120) / 30, atol=1e-5)
    marks = [float(x) for x in re.findall(r'<path d="M([-\d.]+) ', text)]
    assert len(marks) == len(study.people[0].events) > 0
    assert all(90 <= x <= 1188 for x in marks)  # in the picture of 1200 px
    ticks = [float(x) for x in re.findall(r">([-\d.]+) s</text>", text)]
    assert ticks[0] == pytest.approx(start, abs=0.5)
    assert len(set(ticks)) == len(ticks) >= 8


def test_briefly_seen_people_are_named(frames, study_of, tmp_path):
    stream = []
    for i, poses in enumerate(frames(people=2)):
        stream.append(poses if i < 5 else poses[[0]])
    study = study_of(tmp_path / "two.jsonl", stream)
    assert [person.id for person in study.people] == [1]
    assert study.skipped == {2: pytest.approx(5 / 30, abs=1e-5)}
    write_report(tmp_path / "two.html", study)
    assert "Person 2 was left out: seen for 0.17 s" in (tmp_path / "two.html").read_text("utf-8")


def test_a_recording_in_space(frames, study_of, tmp_path):
    stream = []
    for poses in frames():
        flat = np.nan_to_num(poses.keypoints, nan=np.nan) / 200
        keypoints = np.stack([flat[..., 0], np.zeros(flat.shape[:2]), 1.5 - flat[..., 1]], axis=-1)
        stream.append(replace(poses, keypoints=keypoints, space="world"))
    study = study_of(tmp_path / "space.jsonl", stream)
    write_report(tmp_path / "space.html", study)
    assert data_of(tmp_path / "space.html")["size"] is None  # no picture that they are in
    text = (tmp_path / "space.html").read_text("utf-8")
    assert '<canvas class="space"' in text
    assert '<canvas class="figure"' not in text


def test_a_folder_that_is_not_there(walk, tmp_path):
    with pytest.raises(InputError, match="cannot write"):
        write_report(tmp_path / "no" / "walk.html", walk)
