"""`kinema demo`: the main job on the real clip."""

from __future__ import annotations

from kinema.formats import read_poses


def test_demo(kinema, tmp_path):
    done = kinema("demo", "-o", tmp_path / "demo")
    assert (done.code, done.err) == (0, "")
    first, *files = done.out.splitlines()
    assert first.startswith("demo.mp4: 230 frames, up to ")
    names = ["demo.poses.jsonl", "demo.overlay.mp4", "demo.openpose", "demo.coco.json"]
    assert [line.strip() for line in files] == [str(tmp_path / "demo" / name) for name in names]
    with read_poses(tmp_path / "demo" / "demo.poses.jsonl") as recording:
        people = [len(poses) for poses in recording]
    assert len(people) == 230
    # The man is in all pictures but those in which he leaves, the woman comes after the 40th.
    assert sum(count >= 1 for count in people) > 215
    assert sum(count >= 2 for count in people) > 60


def test_a_folder_that_cannot_be_made(kinema, tmp_path):
    (tmp_path / "file").touch()
    done = kinema("demo", "-o", tmp_path / "file")
    assert (done.code, "a file is in the way" in done.complaint) == (2, True)
