"""Folders of labels with videos in them."""

import json
import shutil

import pytest

import kinema
from kinema.errors import FormatError, InputError, MediaError
from kinema.models.loading import load_model
from kinema.sources.labelled_videos import INDEX, Watcher, read_any_actions, read_labelled


@pytest.fixture
def examples(tmp_path, short_clip):
    """Two labels: a clip of six frames, and its first three frames."""
    folder = tmp_path / "examples"
    for label in ("walk", "jump"):
        (folder / label).mkdir(parents=True)
    shutil.copy(short_clip, folder / "walk" / "clip.mp4")
    with (
        kinema.read_video(short_clip) as video,
        kinema.VideoWriter(folder / "jump" / "other.mp4", video.info) as out,
    ):
        for frame, _ in zip(video, range(3), strict=False):
            out.write(frame.image, frame.time)
    return folder


def small_model():
    return load_model("openpose", size=96)


def test_videos_are_looked_at_once(tmp_path, examples) -> None:
    seen, keep = [], tmp_path / "keep"
    watcher = Watcher(on_video=lambda path, number, count: seen.append((path.name, number, count)))

    def read():
        return read_any_actions(examples, load=small_model, keep=keep, watcher=watcher)

    actions = read()
    assert seen == [("other.mp4", 1, 2), ("clip.mp4", 2, 2)]
    assert (actions.name, actions.labels) == ("examples", ("jump", "walk"))
    jump, walk = actions.sequences
    assert (walk.name, walk.video) == ("walk/clip.mp4", str(examples / "walk" / "clip.mp4"))
    assert all(1 <= len(track) <= 6 for track in walk.read())
    assert all(len(track) <= 3 for track in jump.read())
    entries = [json.loads(line) for line in (keep / INDEX).read_text().splitlines()]
    assert [(entry["frames"], entry["model"]) for entry in entries] == [
        (3, "openpose"),
        (6, "openpose"),
    ]
    assert {entry["poses"] for entry in entries} < {path.name for path in keep.iterdir()}
    # A name is nothing, the content is all.
    (examples / "walk" / "clip.mp4").rename(examples / "walk" / "renamed.mp4")
    again = read()
    assert len(seen) == 2
    assert again.sequences[1].name == "walk/renamed.mp4"
    assert len(again.sequences[1].read()) == len(walk.read())


def test_an_interruption_costs_one_video(tmp_path, examples) -> None:
    seen, keep, frames = [], tmp_path / "keep", []

    def stop(poses):
        frames.append(poses)
        if len(frames) == 5:  # in the second video
            raise KeyboardInterrupt

    watcher = Watcher(on_video=lambda path, *_: seen.append(path.name), on_frame=stop)
    with pytest.raises(KeyboardInterrupt):
        read_labelled(examples, load=small_model, keep=keep, watcher=watcher)
    assert len((keep / INDEX).read_text().splitlines()) == 1
    actions = read_labelled(examples, load=small_model, keep=keep, watcher=watcher)
    assert seen == ["other.mp4", "clip.mp4", "clip.mp4"]
    assert len(frames) == 5 + 6
    assert len(actions) == 2


def test_a_broken_video_is_named(tmp_path, examples) -> None:
    (examples / "walk" / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(MediaError, match=r"broken\.mp4") as error:
        read_labelled(examples, load=small_model, keep=tmp_path / "keep")
    assert "\n" not in str(error.value)


def test_one_video_under_two_labels(tmp_path, examples) -> None:
    shutil.copy(examples / "walk" / "clip.mp4", examples / "jump" / "same.mp4")
    with pytest.raises(FormatError, match="the same recording with two labels"):
        read_labelled(examples, load=small_model, keep=tmp_path / "keep")


def test_without_videos_no_model_is_loaded(tmp_path, examples) -> None:
    def none():
        raise AssertionError("no model is needed")

    read_labelled(examples, load=small_model, keep=tmp_path / "keep")
    poses = {path.stat().st_size: path for path in (tmp_path / "keep").glob("*.openpose.jsonl")}
    own = tmp_path / "own"
    for label, path in zip(("a", "b"), poses.values(), strict=True):
        (own / label).mkdir(parents=True)
        shutil.copy(path, own / label)
    assert len(read_any_actions(own, load=none)) == 2
    with pytest.raises(InputError, match="no such file"):
        read_any_actions(tmp_path / "none", load=none)
