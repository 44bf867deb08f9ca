"""Pickles of MMAction2, and the JSON files of Kinetics-skeleton."""

import json
import pickle

import numpy as np
import pytest

from kinema.actions.protocols import protocols_of, split
from kinema.actions.reading import read_actions
from kinema.errors import FormatError
from kinema.skeletons import COCO17, KINECT25, OPENPOSE18


def annotation(name, label, people=1, frames=3, joints=17, dimensions=2, scores=True):
    shape = (people, frames, joints)
    entry = {"frame_dir": name, "label": label, "total_frames": frames, "img_shape": (480, 640)}
    entry["keypoint"] = np.full((*shape, dimensions), 5, dtype=np.float16)
    if scores:
        entry["keypoint_score"] = np.full(shape, 0.75, dtype=np.float16)
    return entry


def write(path, content, protocol=4):
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_annotations_with_splits(tmp_path, protocol) -> None:
    entries = [
        annotation(f"{label}/clip{i}", n)
        for n, label in enumerate(("wave", "clap"))
        for i in range(3)
    ]
    entries[0]["keypoint"][0, 1, 4] = 0  # a joint that is nowhere
    entries[0]["keypoint_score"][0, 2, 5] = 0
    entries[1]["label"] = np.int64(0)
    split_names = {
        "train1": ["wave/clip0", "wave/clip1", "clap/clip0", "clap/clip1"],
        "test1": ["wave/clip2", "clap/clip2"],
    }
    path = write(tmp_path / "own.pkl", {"split": split_names, "annotations": entries}, protocol)
    actions = read_actions(path)
    assert (actions.name, actions.labels) == ("mmaction", ("wave", "clap"))
    assert (protocols_of(actions), split(actions).counts["train"]) == (("1", "random"), 4)
    (person,) = actions.sequences[0].read()
    assert (person.skeleton, person.space, len(person)) == (COCO17, "image", 3)
    assert person.joint("nose")[0].tolist() == [5, 5]
    assert person.found.sum() == 3 * 17 - 2
    assert person.scores[0, 0] == 0.75


def test_names_of_ntu(tmp_path) -> None:
    entries = [
        annotation("S001C002P003R001A001", 0, people=2, joints=25, dimensions=3, scores=False),
        annotation("S001C002P004R001A060", 59, joints=25, dimensions=3, scores=False),
    ]
    entries[0]["keypoint"][1] = 0  # nobody is the second person
    actions = read_actions(
        write(tmp_path / "ntu60_3danno.pkl", {"split": {}, "annotations": entries})
    )
    assert (actions.name, actions.labels[:2]) == ("ntu60", ("drink water", "eat meal"))
    assert (actions.sequences[1].subject, actions.sequences[1].view) == ("P004", "C002")
    (person,) = actions.sequences[0].read()
    assert (person.skeleton, person.space) == (KINECT25, "world")
    assert person.joint("head")[0].tolist() == [-5, 5, 5]
    entries[1]["label"] = 1  # other labels than NTU's: falling or not
    falls = read_actions(write(tmp_path / "falls.pkl", entries))
    assert (falls.name, falls.labels, falls.sequences[0].subject) == (
        "mmaction",
        ("0", "1"),
        "P003",
    )


def test_labels_beside_the_pickle(tmp_path) -> None:
    path = write(tmp_path / "own.pkl", [annotation("x", 0), annotation("y", 1)])
    assert read_actions(path).labels == ("0", "1")
    (tmp_path / "label_map.txt").write_text("wave\nclap hands\n")
    assert read_actions(path).labels == ("wave", "clap hands")
    (tmp_path / "label_map.txt").write_text("wave\n")
    with pytest.raises(FormatError, match=r"has 1 labels; .* needs 2"):
        read_actions(path)


class Harm:
    """Would make a folder if it were unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return (__import__("os").mkdir, (str(self.folder),))


def test_code_in_a_pickle_is_not_run(tmp_path) -> None:
    entry = {**annotation("x", 0), "extra": Harm(tmp_path / "harm")}
    with pytest.raises(
        FormatError, match=r"refused: the pickle in it asks for \w+\.mkdir"
    ) as error:
        read_actions(write(tmp_path / "a.pkl", {"split": {}, "annotations": [entry]}))
    assert not (tmp_path / "harm").exists()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param([], "holds no annotations", id="empty"),
        pytest.param({"split": {}}, "holds no annotations", id="no annotations"),
        pytest.param("text", "holds no annotations", id="a text"),
        pytest.param([{"label": 0}], "lacks frame_dir or label", id="no name"),
        pytest.param([{"frame_dir": "x", "label": 0}], "refers to another file", id="no keypoints"),
        pytest.param([{**annotation("x", 0), "label": "a"}], "is 'a', no number", id="a word"),
        pytest.param([annotation("x", -1)], "is -1, no number", id="negative"),
        pytest.param(
            [annotation("x", 0), annotation("x", 0)], "two recordings of the name", id="twice"
        ),
        pytest.param(
            {"split": [], "annotations": []}, "split must be a dictionary", id="a split list"
        ),
        pytest.param({"split": {"a": "b"}}, "the split a is not a list", id="a split text"),
        pytest.param(
            [{**annotation("x", 0), "keypoint": [1]}], "keypoint is not an array", id="a list"
        ),
        pytest.param(
            [{**annotation("x", 0), "keypoint": np.zeros((3, 17, 2))}],
            "must be .M, T, K, D",
            id="axes",
        ),
        pytest.param(
            [{**annotation("x", 0), "keypoint_score": np.zeros((1, 2, 17))}],
            "keypoint_score has the shape",
            id="scores",
        ),
        pytest.param(
            [annotation("x", 0, joints=11)], "no skeleton has 11 keypoints", id="11 joints"
        ),
    ],
)
def test_damage_is_one_line(tmp_path, content, message) -> None:
    with pytest.raises(ValueError, match=message) as error:
        read_actions(write(tmp_path / "a.pkl", content)).sequences[0].read()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("data", [b"", b"hello", pickle.dumps([annotation("x", 0)])[:-50]])
def test_no_pickle(tmp_path, data) -> None:
    (tmp_path / "a.pkl").write_bytes(data)
    with pytest.raises(FormatError, match=r"a\.pkl is"):
        read_actions(tmp_path / "a.pkl")


def test_nobody_and_nan(tmp_path) -> None:
    lost = annotation("b", 1)
    lost["keypoint"][0, 0] = np.nan
    entries = [annotation("a", 0, people=0), lost, annotation("c", 1, frames=1)]
    none, gap, still = read_actions(write(tmp_path / "a.pkl", entries)).sequences
    assert none.read() == ()
    assert gap.read()[0].found.sum() == 2 * 17
    assert len(still.read()[0]) == 1


def person(x, score=0.9):
    pose = [value for j in range(18) for value in (x + j / 1000, 0.5)]
    scores = [score] * 17 + [0]
    return {"pose": [*pose[:34], 0, 0], "score": scores}


def kinetics(folder, name, label, number, frames):
    folder.mkdir(exist_ok=True)
    data = [{"frame_index": i + 1, "skeleton": some} for i, some in enumerate(frames)]
    (folder / f"{name}.json").write_text(
        json.dumps({"data": data, "label": label, "label_index": number})
    )


def test_kinetics(tmp_path) -> None:
    frames = [[person(0.2, 0.5), person(0.6)] for _ in range(6)]
    frames[3].reverse()
    kinetics(tmp_path / "kinetics_train", "abc", "dunking basketball", 107, frames)
    kinetics(tmp_path / "kinetics_val", "-x_1", "yoga", 399, [[], []])
    for part, name, label, number in (
        ("train", "abc", "dunking basketball", 107),
        ("val", "-x_1", "yoga", 399),
    ):
        index = {name: {"has_skeleton": True, "label": label, "label_index": number}}
        index["none"] = {"has_skeleton": False, "label": label, "label_index": number}
        (tmp_path / f"kinetics_{part}_label.json").write_text(json.dumps(index))
    actions = read_actions(tmp_path)
    assert (actions.name, actions.labels) == ("kinetics-skeleton", ("dunking basketball", "yoga"))
    dunk, yoga = actions.sequences
    assert ((dunk.part, yoga.part), yoga.read()) == (("train", "test"), ())
    sure, unsure = dunk.read()
    assert (sure.skeleton, sure.space, len(sure), len(unsure)) == (OPENPOSE18, "image", 6, 6)
    np.testing.assert_allclose(sure.joint("nose"), [[0.6 * 340 - 0.5, 127.5]] * 6, rtol=1e-5)
    np.testing.assert_allclose(unsure.joint("nose")[:, 0], 0.2 * 340 - 0.5, rtol=1e-5)
    assert np.isnan(sure.joint("left_ear")).all()


def test_kinetics_without_an_index(tmp_path) -> None:
    for i in range(2):
        kinetics(tmp_path / "some", f"clip{i}", "wave", 3, [[person(0.5)]])
    actions = read_actions(tmp_path)
    assert (actions.labels, len(actions), actions.sequences[0].part) == (("wave",), 2, "")
    kinetics(tmp_path / "some", "clip3", "clap", 3, [])
    with pytest.raises(FormatError, match="label 3 is 'clap', before it was 'wave'"):
        read_actions(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"label": None}, "has no label", id="no label"),
        pytest.param({"data": 1}, "data must be a list", id="no data"),
        pytest.param(
            {"data": [{"frame_index": 1, "skeleton": [{"pose": [1], "score": [1]}]}]},
            "18 joints",
            id="one number",
        ),
        pytest.param(
            {"data": [{"frame_index": 1, "skeleton": [{"pose": ["a"], "score": []}]}]},
            "pose must be numbers",
            id="a text",
        ),
    ],
)
def test_kinetics_damaged(tmp_path, change, message) -> None:
    kinetics(tmp_path / "some", "a", "wave", 1, [[person(0.5)]])
    file = tmp_path / "some" / "a.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(FormatError, match=message) as error:
        read_actions(tmp_path, "kinetics-skeleton").sequences[0].read()
    assert str(file) in str(error.value)


def test_kinetics_lacks_a_recording(tmp_path) -> None:
    index = {"abc": {"has_skeleton": True, "label": "wave", "label_index": 0}}
    (tmp_path / "kinetics_val_label.json").write_text(json.dumps(index))
    with pytest.raises(FormatError, match=r"lacks abc\.json"):
        read_actions(tmp_path)
