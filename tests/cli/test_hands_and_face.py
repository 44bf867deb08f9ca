"""`kinema run --hands --face`."""

from __future__ import annotations

import json

import pytest

from kinema.formats import read_poses
from kinema.skeletons import OPENPOSE137


@pytest.mark.parametrize("options", [["--hands"], ["--face"], ["--hands", "--face"]])
def test_files_have_the_form_of_whole_bodies(kinema, real_image, tmp_path, options):
    done = kinema("run", real_image, "-o", tmp_path, "--save", "poses,openpose,overlay", *options)
    assert done.code == 0, done.err
    with read_poses(tmp_path / "jump.poses.jsonl") as recording:
        poses = next(iter(recording))
    assert poses.skeleton == OPENPOSE137
    found = {
        joint for joint, seen in zip(OPENPOSE137.keypoints, poses.found[0], strict=True) if seen
    }
    if "--hands" not in options:
        assert not any("_hand_" in joint for joint in found)
    if "--face" not in options:
        assert not any(joint.startswith("face_") for joint in found)
    (file,) = (tmp_path / "jump.openpose").iterdir()
    person = json.loads(file.read_text())["people"][0]
    assert [len(person[f"{part}_keypoints_2d"]) // 3 for part in ("pose", "face")] == [25, 70]
    assert [len(person[f"hand_{side}_keypoints_2d"]) // 3 for side in ("left", "right")] == [21, 21]


def test_a_body_without_a_face_is_told(kinema, real_image, tmp_path):
    done = kinema("run", real_image, "-o", tmp_path, "--model", "efficientpose", "--face")
    assert done.code == 2
    assert "efficientpose has no nose, which says where faces are" in done.err
