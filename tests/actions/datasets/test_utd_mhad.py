"""UTD-MHAD from its `.mat` files and from an archive."""

import numpy as np
import pytest
from scipy.io import savemat

from kinema.actions.datasets.utd_mhad import JOINTS, LABELS
from kinema.actions.reading import read_actions
from kinema.errors import FormatError
from kinema.skeletons import KINECT20


def points(frames=4):
    """Joint number n of the files is n cm to the sensor's left, 1 m up and 2 m away."""
    places = np.zeros((frames, 20, 3), dtype=np.float32)
    places[..., 0] = np.arange(20) / 100
    places[..., 1:] = 1, 2
    return places


def write_mat(folder, name, content):
    savemat(folder / f"{name}_skeleton.mat", {"d_skel": np.moveaxis(content, 0, 2)})


def test_mat_and_archive_are_the_same(tmp_path) -> None:
    folder = tmp_path / "Skeleton"
    folder.mkdir()
    names = ["a1_s1_t1", "a2_s1_t1", "a10_s8_t4", "a27_s2_t1"]
    for name in names:
        write_mat(folder, name, points())
    np.savez(tmp_path / "utd.npz", **{name: points() for name in reversed(names)})
    for path in (tmp_path, folder, tmp_path / "utd.npz"):
        actions = read_actions(path)
        assert (actions.name, actions.labels) == ("utd-mhad", LABELS)
        assert [sequence.name for sequence in actions.sequences] == names
        assert [sequence.subject for sequence in actions.sequences] == ["s1", "s1", "s8", "s2"]
        assert actions.sequences[2].label == "right hand draw circle (counter clockwise)"
        (person,) = actions.sequences[0].read()
        assert (person.skeleton, person.space, len(person)) == (KINECT20, "world", 4)
        assert person.times[-1] == pytest.approx(3 / 30)
        # The sensor's left is our -x.
        for joint, place in (("head", 0), ("right_wrist", -0.10), ("left_knee", -0.13)):
            np.testing.assert_allclose(person.joint(joint)[0], [place, 2, 1], atol=1e-6)


def test_there_are_27_labels_and_20_joints() -> None:
    assert (len(LABELS), len(set(LABELS))) == (27, 27)
    assert sorted(JOINTS) == sorted(KINECT20.keypoints)


def test_absent_joints_and_frames(tmp_path) -> None:
    some = points(2)
    some[0, 0] = 0  # what the sensor writes for a joint that it does not know
    some[1, 1] = np.nan
    np.savez(tmp_path / "a.npz", a1_s1_t1=some, a1_s2_t1=points(0), a2_s1_t1=points(1))
    gaps, nobody, still = (
        sequence.read() for sequence in read_actions(tmp_path / "a.npz").sequences
    )
    assert np.isnan(gaps[0].joint("head")[0]).all()
    assert np.isnan(gaps[0].joint("thorax")[1]).all()
    assert gaps[0].found.sum() == 38
    assert nobody == ()
    assert len(still[0]) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a1_s1_t1", np.zeros((3, 25, 3)), "got the shape", id="25 joints"),
        pytest.param("a1_s1_t1", np.zeros((3, 60)), "got the shape", id="two axes"),
        pytest.param("a28_s1_t1", np.zeros((3, 20, 3)), "of action 28; there are 27", id="action"),
    ],
)
def test_damage_is_one_line(tmp_path, name, content, message) -> None:
    np.savez(tmp_path / "a.npz", **{name: content})
    with pytest.raises(FormatError, match=message):
        read_actions(tmp_path / "a.npz").sequences[0].read()


def test_broken_mat_files(tmp_path) -> None:
    (tmp_path / "a1_s1_t1_skeleton.mat").write_bytes(b"MATLAB 5.0 MAT-file" * 20)
    (tmp_path / "a1_s2_t1_skeleton.mat").write_bytes(b"")
    savemat(tmp_path / "a1_s3_t1_skeleton.mat", {"skeleton": 1})
    messages = ["is no MATLAB file", "is empty", "has no variable d_skel"]
    for sequence, message in zip(read_actions(tmp_path).sequences, messages, strict=True):
        with pytest.raises(FormatError, match=message) as error:
            sequence.read()
        assert "\n" not in str(error.value)
