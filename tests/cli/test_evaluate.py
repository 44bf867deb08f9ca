"""`kinema evaluate`: a model against its own answers on real pictures, and bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kinema.evaluation.crossings import crossing
from kinema.formats import Header, open_writer
from kinema.media.frame import Frame
from kinema.media.writer import write_image
from kinema.models.loading import load_model
from kinema.models.model import run
from kinema.poses import Poses
from kinema.skeletons import COCO17, LSP14, MPII16
from kinema.tracking.tracker import Tracker

pytest.importorskip("pycocotools")
scipy_io = pytest.importorskip("scipy.io")


@pytest.fixture(scope="session")
def answers(real_pictures) -> list[Poses]:
    """What the model finds in two pictures of two people each."""
    frames = [Frame(real_pictures[i], index=n) for n, i in ((1, 0), (2, 6))]
    return list(run(load_model("openpose"), frames))


@pytest.fixture
def data(tmp_path, real_pictures, answers):
    """Those pictures, one without people, and labels that are the model's own answers."""
    images = tmp_path / "images"
    images.mkdir()
    for number, i in ((1, 0), (2, 6)):
        write_image(images / f"{number:012d}.png", real_pictures[i])
    write_image(images / "000000000003.png", np.full((120, 160, 3), 90, np.uint8))
    with open_writer(
        tmp_path / "labels.json", Header(COCO17), format="coco-annotations", skeleton=COCO17
    ) as out:
        for poses in [*answers, Poses.empty(COCO17, frame=3)]:
            out.write(poses)
    labels = tmp_path / "labels.json"
    labels.write_text(labels.read_text().replace(".jpg", ".png"))  # which loses nothing
    return ("--annotations", labels, "--images", images)


def test_coco_as_json(kinema, data, tmp_path):
    results, gallery = tmp_path / "results.json", tmp_path / "page.html"
    done = kinema(
        *(
            "evaluate",
            "coco",
            *data,
            "--model",
            "openpose",
            "--save-results",
            results,
            "--gallery",
            gallery,
            "--json",
        )
    )
    facts = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert facts.keys() >= {"AP", "AP50", "AP75", "APm", "APl", "AR", "images_per_second"}
    assert facts["AP"] == pytest.approx(1)
    assert (facts["model"], facts["images"], facts["missing"]) == ("openpose", 3, 0)
    assert (facts["people"], facts["recall"], facts["best"]["precision"]) == (4, 1, 1)
    assert facts["joints"][0]["joint"] == "nose"
    assert facts["joints"][-1]["pck"] == {"0.05": 1, "0.1": 1}
    assert facts["files"] == [str(results), str(gallery)]
    assert {entry["image_id"] for entry in json.loads(results.read_text())} == {1, 2}
    assert gallery.read_text().startswith("<!doctype html>")


def test_coco_as_text(kinema, data, tmp_path):
    (tmp_path / "images" / "000000000002.png").unlink()
    done = kinema("evaluate", "coco", *data, "--model", "openpose", "--limit", 1)
    assert done.code == 0
    assert done.err == (
        f"kinema: 1 of the 3 pictures of {tmp_path / 'labels.json'} are not in "
        f"{tmp_path / 'images'} (the first is 000000000002.png); they are left out\n"
    )
    assert done.out.startswith("openpose: 1 picture, 2 people\n\nAP ")
    assert "2 pictures of the labels not looked at." in done.out
    assert "left_knee " in done.out


def labels_of(poses: Poses, skeleton) -> np.ndarray:
    """The person who is found best, counted from 1; joints that are not given at (1, 1)."""
    best = int(np.argmax(poses.person_scores))
    return np.nan_to_num(poses.to(skeleton).keypoints[best].astype(np.float64)) + 1


def test_lsp(kinema, tmp_path, answers, real_pictures):
    joints = labels_of(answers[0], LSP14)
    write_image(tmp_path / "im0001.jpg", real_pictures[0])
    cube = np.column_stack([joints, np.zeros(14)]).T[..., None]
    scipy_io.savemat(tmp_path / "joints.mat", {"joints": cube})
    words = ("--annotations", tmp_path / "joints.mat", "--images", tmp_path, "--model", "openpose")
    done = kinema("evaluate", "lsp", *words, "--json")
    facts = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert facts["joints"][-1]["pck"]["0.2"] > 0.9
    assert facts["parts"][-1]["strict"] > 0.9
    assert facts["not_given"] == ["upper_neck", "head_top"]
    text = kinema("evaluate", "lsp", *words).out
    assert "PCK@0.2" in text and "strict PCP" in text
    assert "The model does not give upper_neck, head_top. The last rows leave them out." in text


def test_mpii(kinema, tmp_path, answers, real_pictures):
    """The crop that the protocol prescribes hardly changes what is found."""
    joints = labels_of(answers[0], MPII16)
    joints[MPII16.index("upper_neck")] = joints[MPII16.index("thorax")] - [0, 10]
    joints[MPII16.index("head_top")] = joints[MPII16.index("thorax")] - [0, 40]
    seen = (joints > 1).all(axis=1)
    low, high = joints[seen].min(axis=0), joints[seen].max(axis=0)
    scale = float(high[1] - low[1]) / 200
    person = {
        "image": "a.jpg",
        "joints": joints.tolist(),
        "joints_vis": seen.astype(int).tolist(),
        "center": ((low + high) / 2 - [0, 15 * scale]).tolist(),
        "scale": scale,
    }
    (tmp_path / "valid.json").write_text(json.dumps([person]))
    write_image(tmp_path / "a.jpg", real_pictures[0])
    gallery = tmp_path / "page.html"
    words = ("--annotations", tmp_path / "valid.json", "--images", tmp_path)
    done = kinema("evaluate", "mpii", *words, "--gallery", gallery)
    assert (done.code, done.err) == (0, "")
    assert "PCKh@0.1" in done.out and "as there are no boxes of heads" in done.out
    facts = json.loads(kinema("evaluate", "mpii", *words, "--json").out)
    assert facts["joints"][-1]["pck"]["0.5"] > 0.8
    assert gallery.exists()


def write_frames(path, frames, format_name):
    with open_writer(path, Header(COCO17), format=format_name, skeleton=COCO17) as out:
        for poses in frames:
            out.write(poses)
    return path


def test_tracking(kinema, tmp_path):
    pytest.importorskip("motrics")
    truth, found = crossing(2, seed=1, seconds=4)
    labels = write_frames(tmp_path / "labels.json", truth, "coco-annotations")
    tracked = write_frames(tmp_path / "poses.jsonl", Tracker().follow(found), "kinema")
    words = ("evaluate", "tracking", "--annotations", labels, "--poses")
    facts = json.loads(kinema(*words, tracked, "--json").out)
    assert facts.keys() >= {"hota", "idf1", "mota"}
    assert (facts["frames"], facts["people"], facts["switches"]) == (120, 2, 0)
    text = kinema(*words, tracked).out
    assert text.startswith("120 frames, 2 people labelled ")
    assert "0 identity switches" in text and f"HOTA {facts['hota']:.3f}" in text
    untracked = write_frames(tmp_path / "untracked.jsonl", found, "kinema")
    done = kinema(*words, untracked)
    assert (done.code, done.complaint[-34:]) == (2, "found have no ids; track them first"[-34:])


def test_help(kinema):
    assert "coco" in kinema("evaluate").out


def test_bad_input(kinema, data, tmp_path):
    labels, images = data[1], data[3]
    nothing = ("--annotations", tmp_path / "none.json", "--images", images)
    assert kinema("evaluate", "coco", *nothing).complaint == (
        f"kinema: cannot read {tmp_path / 'none.json'}: no such file or directory"
    )
    elsewhere = ("--annotations", labels, "--images", tmp_path)
    complaint = kinema("evaluate", "coco", *elsewhere).complaint
    assert f"none of the 3 pictures of {labels} is in {tmp_path}" in complaint
    complaint = kinema("evaluate", "coco", *data, "--gallery", "nowhere/page.html").complaint
    assert complaint == "kinema: cannot write nowhere/page.html: there is no folder nowhere"
    assert "did you mean openpose?" in kinema("evaluate", "coco", *data, "--model", "opnpose").err
    assert "--scales takes numbers" in kinema("evaluate", "coco", *data, "--scales", "x").complaint
    assert "--limit" in kinema("evaluate", "coco", *data, "--limit", 0).complaint
    assert kinema("evaluate", "coco").code == 2
    lsp = ("--annotations", labels, "--images", images)
    done = kinema("evaluate", "lsp", *lsp)
    assert (done.code, "is no MATLAB file" in done.complaint) == (2, True)


def test_a_broken_picture(kinema, data, tmp_path):
    (tmp_path / "images" / "000000000002.png").write_bytes(b"no picture")
    done = kinema("evaluate", "coco", *data)
    assert done.code == 2
    assert "000000000002.png" in done.complaint
