import numpy as np
import pytest

from kinema.errors import FormatError
from kinema.formats.videopose3d import read_recordings


def test_all_recordings_of_a_data_set(tmp_path):
    path = tmp_path / "data_2d_h36m_gt.npz"
    views = [np.full((5, 17, 2), camera, dtype=np.float32) for camera in range(4)]
    positions = {"S1": {"Walking 1": views, "Eating": views[:2]}, "walk": {"custom": views[:1]}}
    np.savez(path, positions_2d=np.array(positions, dtype=object))
    recordings = read_recordings(path)
    assert list(recordings) == [
        *(f"S1 Walking 1 {camera}" for camera in range(4)),
        *("S1 Eating 0", "S1 Eating 1"),
        "walk",
    ]
    assert (recordings["S1 Walking 1 3"] == 3).all()


def test_an_archive_of_other_things(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros(3))
    with pytest.raises(FormatError, match="neither"):
        read_recordings(tmp_path / "a.npz")
