"""One's own examples, LABEL/*, of files of poses."""

import numpy as np
import pytest

from kinema.actions.protocols import protocols_of, split
from kinema.actions.reading import KINDS, find_kind, read_actions
from kinema.errors import FormatError, InputError
from kinema.formats import Header, open_writer
from kinema.poses import Poses
from kinema.skeletons import COCO17, H36M17


def record(path, *, people=1, frames=4, ids=False, space="image", seed=0, rate=30.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    skeleton = COCO17 if space == "image" else H36M17
    rng = np.random.default_rng(seed)
    shape = (people, len(skeleton), 2 if space == "image" else 3)
    points = rng.uniform(0, 100, shape) + np.arange(people)[:, None, None] * 1000
    with open_writer(path, Header(space=space)) as out:
        for t in range(frames):
            out.write(
                Poses(
                    skeleton,
                    points,
                    np.ones(shape[:2]),
                    ids=np.arange(people) if ids else None,
                    frame=t,
                    time=t / rate,
                    space=space,
                )
            )


def test_labels_and_recordings(tmp_path) -> None:
    record(tmp_path / "wave" / "b.jsonl", seed=1)
    record(tmp_path / "wave" / "a.jsonl", people=2, seed=2)
    record(tmp_path / "clap" / "a.jsonl", ids=True, frames=1, seed=3)
    record(tmp_path / "clap" / "b.jsonl", space="body", seed=4)
    (tmp_path / "README.md").write_text("my data")
    (tmp_path / "wave" / ".DS_Store").write_text("")
    actions = read_actions(tmp_path)
    assert (actions.name, actions.labels) == (tmp_path.name, ("clap", "wave"))
    assert [sequence.name for sequence in actions.sequences] == [
        *("clap/a.jsonl", "clap/b.jsonl", "wave/a.jsonl", "wave/b.jsonl")
    ]
    one, body, two, _ = (sequence.read() for sequence in actions.sequences)
    assert [len(people) for people in (one, body, two)] == [1, 1, 2]
    assert (len(one[0]), body[0].space, len(two[0])) == (1, "body", 4)
    assert protocols_of(actions) == ("random",)
    assert split(actions).counts == {"train": 2, "fitting": 2, "validation": 0, "test": 2}


def test_who_is_large_and_there_comes_first(tmp_path) -> None:
    """Three people: 100 px for 6 frames, 20 px for 10 frames, and 100 px for 10 frames."""
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        with open_writer(tmp_path / label / "x.jsonl") as out:
            for t in range(10):
                ids = [1, 2, 3] if t < 6 else [2, 3]
                sizes = np.array([{1: 100, 2: 20, 3: 100}[i] for i in ids])
                points = np.linspace(0, 1, 17)[None, :, None] * sizes[:, None, None]
                out.write(
                    Poses(
                        *(COCO17, np.repeat(points, 2, axis=2), np.ones((len(ids), 17))),
                        ids=np.array(ids),
                        boxes=np.full((len(ids), 4), ord(label)),
                        frame=t,
                        time=t / 30,
                    )
                )
    people = read_actions(tmp_path).sequences[0].read()
    assert [track.id for track in people] == [3, 1, 2]


def test_people_and_parts(tmp_path) -> None:
    for i, (part, who) in enumerate([("train", "ann"), ("train", "bob"), ("val", "cid")]):
        for j, label in enumerate(("wave", "clap")):
            record(tmp_path / part / label / who / "a.jsonl", seed=10 * i + j)
    actions = read_actions(tmp_path)
    assert actions.labels == ("clap", "wave")
    assert {sequence.subject for sequence in actions.sequences} == {"ann", "bob", "cid"}
    assert protocols_of(actions) == ("official", "leave-one-subject-out", "random")
    got = split(actions)
    assert (got.name, len(got.train), len(got.test)) == ("official", 4, 2)


def test_two_labels_are_no_parts(tmp_path) -> None:
    """Only folders of which one is called train are parts."""
    record(tmp_path / "test" / "a.jsonl", seed=1)
    record(tmp_path / "wave" / "a.jsonl", seed=2)
    assert read_actions(tmp_path).labels == ("test", "wave")


def test_broken_recordings(tmp_path) -> None:
    record(tmp_path / "wave" / "a.jsonl", seed=1)
    record(tmp_path / "clap" / "a.jsonl", seed=2, rate=float("inf"))
    record(tmp_path / "clap" / "b.jsonl", seed=2)
    (tmp_path / "wave" / "b.jsonl").write_text('{"kinema":')
    repeated, fine, _, broken = read_actions(tmp_path).sequences
    assert len(fine.read()) == 1
    for sequence in (repeated, broken):
        with pytest.raises(InputError) as error:
            sequence.read()
        assert "\n" not in str(error.value)


def test_what_cannot_be_learned_from(tmp_path) -> None:
    record(tmp_path / "wave" / "a.jsonl")
    with pytest.raises(InputError, match="has the label wave only"):
        read_actions(tmp_path)
    (tmp_path / "clap").mkdir()
    with pytest.raises(InputError, match="clap holds no recordings"):
        read_actions(tmp_path)
    (tmp_path / "clap" / "a.jsonl").write_bytes((tmp_path / "wave" / "a.jsonl").read_bytes())
    with pytest.raises(FormatError, match="are the same recording with two labels"):
        read_actions(tmp_path)
    record(tmp_path / "clap" / "a.jsonl", seed=5)
    assert len(read_actions(tmp_path)) == 2
    record(tmp_path / "Wave" / "a.jsonl", seed=6)
    with pytest.raises(FormatError, match="labels 'Wave' and 'wave'; make them one"):
        read_actions(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("loose.jsonl", "lies in no folder of a label", id="beside the labels"),
        pytest.param("wave/a.exe", "neither a video nor a file of poses", id="something else"),
        pytest.param("wave/ann/a.exe", "neither a video nor a file of poses", id="deeper"),
        pytest.param("wave/a.mp4", "neither a video nor a file of poses", id="a video"),
    ],
)
def test_files_that_do_not_belong(tmp_path, name, message) -> None:
    record(tmp_path / "wave" / "a.jsonl", seed=1)
    record(tmp_path / "clap" / "a.jsonl", seed=2)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"?")
    with pytest.raises(FormatError, match=message):
        read_actions(tmp_path)


def test_kinds(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        read_actions(tmp_path / "none")
    with pytest.raises(FormatError, match="cannot tell the kind of data set"):
        read_actions(tmp_path)
    with pytest.raises(InputError, match="did you mean ntu"):
        read_actions(tmp_path, "ntu60")
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert find_kind(tmp_path, kind.name) is kind
        with pytest.raises(ValueError, match=str(tmp_path)) as error:
            read_actions(tmp_path, kind.name)
        assert "\n" not in str(error.value)
