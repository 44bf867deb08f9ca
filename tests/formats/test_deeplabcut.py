"""DeepLabCut's CSV."""

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import open_writer, read_poses
from kinema.formats.registry import format_to_read
from kinema.poses import Poses
from kinema.skeleton import Skeleton

LEG = Skeleton("leg", ("left_knee", "left_ankle"))


def leg(frame, *people, ids=None) -> Poses:
    places = np.array(people, dtype=float).reshape(-1, 2, 2)
    return Poses(LEG, places, np.full(places.shape[:2], 0.5), ids, frame=frame)


def test_the_text_of_two_people(tmp_path) -> None:
    """Frame 4 is not in the recording; person 9 comes in frame 5."""
    with open_writer(tmp_path / "a.dlc.csv") as out:
        out.write(leg(3, [1, 2, 3, 4], ids=[2]))
        out.write(leg(5, [5, 6, np.nan, np.nan], [7, 8, 9, 10], ids=[9, 2]))
    assert (tmp_path / "a.dlc.csv").read_text().splitlines() == [
        "scorer" + ",kinema" * 12,
        "individuals" + ",person_2" * 6 + ",person_9" * 6,
        "bodyparts" + (",left_knee" * 3 + ",left_ankle" * 3) * 2,
        "coords" + ",x,y,likelihood" * 4,
        "3,1.0,2.0,0.5,3.0,4.0,0.5,,,,,,",
        "4,,,,,,,,,,,,",
        "5,7.0,8.0,0.5,9.0,10.0,0.5,5.0,6.0,0.5,,,0.5",
    ]


def test_one_person_without_an_id_is_a_single_animal(tmp_path) -> None:
    with open_writer(tmp_path / "a.dlc.csv") as out:
        out.write(leg(0, [1, 2, 3, 4]))
    lines = (tmp_path / "a.dlc.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["scorer", "bodyparts", "coords", "0"]
    with read_poses(tmp_path / "a.dlc.csv") as recording:
        assert next(recording).ids is None


@pytest.mark.parametrize("space", ["image", "world"])
def test_there_and_back(tmp_path, make_poses, space) -> None:
    frames = [make_poses(n, frame=n, space=space, ids=True, seed=n) for n in (0, 1, 2, 3)]
    with open_writer(tmp_path / "a.dlc.csv") as out:
        for poses in frames:
            out.write(poses)
    for got, expected in zip(read_poses(tmp_path / "a.dlc.csv"), frames, strict=True):
        assert (got.skeleton, got.frame, got.space) == (expected.skeleton, expected.frame, space)
        np.testing.assert_allclose(got.keypoints, expected.keypoints, rtol=1e-6, atol=1e-5)
        np.testing.assert_allclose(got.scores, expected.scores, atol=1e-4)
        if len(expected):
            np.testing.assert_array_equal(got.ids, expected.ids)


def test_a_file_of_deeplabcut(tmp_path) -> None:
    """As its own programs write: names of pictures in front, animals by name."""
    (tmp_path / "a.csv").write_text(
        "scorer,,,me,me,me,me\n"
        "individuals,,,tom,tom,jerry,jerry\n"
        "bodyparts,,,nose,nose,nose,nose\n"
        "coords,,,x,y,x,y\n"
        "labeled-data,walk,img0001.png,1,2,,\n"
        "labeled-data,walk,img0009.png,,,3,4\n"
    )
    assert format_to_read(tmp_path / "a.csv").name == "deeplabcut"
    frames = list(read_poses(tmp_path / "a.csv"))
    assert [(poses.frame, poses.ids.tolist()) for poses in frames] == [(0, [1]), (1, [2])]
    assert frames[1].joint("nose").tolist() == [[3, 4]]


def test_people_must_be_known(tmp_path) -> None:
    with (
        pytest.raises(InputError, match="frame 0 has 2 people without ids"),
        open_writer(tmp_path / "a.dlc.csv") as out,
    ):
        out.write(leg(0, [1, 2, 3, 4], [5, 6, 7, 8]))
    assert list(tmp_path.iterdir()) == []


HEAD = "scorer,s,s\nbodyparts,nose,nose\ncoords,x,y\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("scorer,s\nother,nose\n", "line 2: not DeepLabCut's header", id="header"),
        pytest.param("scorer,s\n", "ends in its header, after line 1", id="cut off in the header"),
        pytest.param(
            "scorer,s\nbodyparts,nose,nose\ncoords,x,y\n", "do not fit each other", id="lengths"
        ),
        pytest.param(
            "scorer,s\nbodyparts,nose\ncoords,x\n", "the column y of nose is missing", id="no y"
        ),
        pytest.param(HEAD + "0,1,a\n", "line 4: 'a' in the column 3", id="text"),
        pytest.param(HEAD + "1,1,2\n0,1,2\n", "line 5: frame 0 after frame 1", id="back"),
        pytest.param(HEAD + "0,1\n1,2,3\n", "line 4: 2 cells instead of 3", id="short"),
    ],
)
def test_bad_tables(tmp_path, text, complaint) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError, match=complaint) as caught:
        list(read_poses(tmp_path / "a.csv"))
    assert "a.csv" in str(caught.value)
