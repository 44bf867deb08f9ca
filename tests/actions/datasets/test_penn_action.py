"""Penn Action from its `.mat` files and from an archive."""

import json

import numpy as np
import pytest
from scipy.io import savemat

from kinema.actions.datasets.penn_action import LABELS, read_penn_action
from kinema.actions.protocols import split
from kinema.actions.reading import read_actions
from kinema.errors import FormatError
from kinema.space.lifting import LIFT13


def points(frames=3):
    """Joint number n of the files is in the pixel (10 n + 11, 101), counted from 1, and visible."""
    places = np.ones((frames, 13, 3))
    places[..., 0] = 10 * np.arange(13) + 11
    places[..., 1] = 101
    return places


def archive(folder, videos, meta=None):
    np.savez(
        folder / "penn_action_kpts.npz", **{name: video for name, (video, _, _) in videos.items()}
    )
    about = {
        name: {"action": action, "train": train} for name, (_, action, train) in videos.items()
    }
    (folder / "penn_action_meta.json").write_text(json.dumps(about if meta is None else meta))
    return folder / "penn_action_kpts.npz"


def test_mat_and_archive_are_the_same(tmp_path) -> None:
    videos = {"0001": (points(), "bowl", 1), "0002": (points(5), "tennis_serve", -1)}
    labels = tmp_path / "labels"
    labels.mkdir()
    for name, (video, action, train) in videos.items():
        columns = dict(zip(("x", "y", "visibility"), np.moveaxis(video, 2, 0), strict=True))
        savemat(labels / f"{name}.mat", {**columns, "action": action, "train": train})
    for path in (tmp_path, labels, archive(tmp_path, videos)):
        actions = read_actions(path)
        assert (actions.name, actions.labels) == ("penn-action", LABELS)
        assert [(s.name, s.label, s.part) for s in actions.sequences] == [
            ("0001", "bowl", "train"),
            ("0002", "tennis_serve", "test"),
        ]
        (person,) = actions.sequences[1].read()
        assert (person.skeleton, person.space, len(person)) == (LIFT13, "image", 5)
        # What the publishers call left is the person's right.
        assert person.joint("head")[0].tolist() == [10, 100]
        assert person.joint("right_shoulder")[0].tolist() == [20, 100]
        assert person.joint("left_shoulder")[0].tolist() == [30, 100]
        assert person.joint("left_ankle")[0].tolist() == [130, 100]


def test_joints_that_are_not_visible(tmp_path) -> None:
    video = points(1)
    video[0, 1, 2] = 0  # placed all the same
    video[0, 2] = 1, 1, 0  # in the corner: placed by nobody
    video[0, 3] = 2.1, 1.5, 0  # the same in a picture that was enlarged
    path = archive(tmp_path, {"0001": (video, "bowl", 1)})
    (person,) = read_penn_action(path).sequences[0].read()
    joints = ("head", "right_shoulder", "left_shoulder", "right_elbow")
    scores = [person.scores[0, LIFT13.index(joint)] for joint in joints]
    assert scores == [1, 0.5, 0, 0]
    assert np.isnan(person.joint("left_shoulder")).all()
    (seen,) = read_penn_action(path, hidden=False).sequences[0].read()
    assert seen.found.sum() == 10


def test_nobody(tmp_path) -> None:
    path = archive(tmp_path, {"0001": (points(0), "bowl", 1)})
    assert read_actions(path).sequences[0].read() == ()


def test_the_official_protocol(tmp_path) -> None:
    rows = [("bowl", 1), ("squat", 1), ("bowl", -1), ("bowl", 1), ("squat", 1), ("squat", -1)]
    videos = {f"{i:04}": (points(), action, train) for i, (action, train) in enumerate(rows)}
    got = split(read_actions(archive(tmp_path, videos)))
    assert (got.name, got.counts["train"], got.counts["test"]) == ("official", 4, 2)


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        pytest.param({}, "0001 has no action and train", id="no entry"),
        pytest.param([], "must be an object", id="a list"),
        pytest.param({"0001": {"action": "ski", "train": 1}}, "unknown action 'ski'", id="action"),
        pytest.param({"0001": {"action": "bowl", "train": 7}}, "must be 1 or -1", id="part"),
    ],
)
def test_mixed_up_labels(tmp_path, meta, message) -> None:
    path = archive(tmp_path, {"0001": (points(), "bowl", 1)}, meta)
    with pytest.raises(FormatError, match=message):
        read_actions(path)


def test_damage_is_one_line(tmp_path) -> None:
    path = archive(tmp_path, {"0001": (np.zeros((2, 17, 3)), "bowl", 1)})
    with pytest.raises(FormatError, match=r"\(T, 13, 3\)"):
        read_actions(path).sequences[0].read()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "0001.mat").write_bytes(b"no")
    with pytest.raises(FormatError, match=r"0001\.mat is no MATLAB file"):
        read_actions(broken)
    savemat(
        broken / "0001.mat", {"action": "bowl", "train": 1, "x": 1, "y": [1, 2], "visibility": 1}
    )
    with pytest.raises(FormatError, match="different shapes"):
        read_actions(broken).sequences[0].read()
