import numpy as np
import pytest

from kinema.errors import FormatError
from kinema.media.times import read_times


def test_times_beside_a_video(tmp_path):
    (tmp_path / "cam0.times.csv").write_text("frame,time\n0,0.012000\n1,0.045000\n")
    np.testing.assert_allclose(read_times(tmp_path / "cam0.mp4"), [0.012, 0.045])


def test_no_times(tmp_path):
    assert read_times(tmp_path / "cam0.mp4") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "must begin with the columns", id="empty"),
        pytest.param("a,b\n0,1\n", "must begin with the columns", id="other columns"),
        pytest.param("frame,time\n0,x\n", "is damaged", id="no number"),
        pytest.param("frame,time\n0\n", "is damaged", id="cut off"),
        pytest.param("frame,time\n0,1\n1,0.5\n", "do not increase", id="backwards"),
        pytest.param("frame,time\n0,nan\n", "do not increase", id="nan"),
        pytest.param("frame,time\n0,\xff\n", "is damaged", id="not text"),
    ],
)
def test_damaged_times(text, complaint, tmp_path):
    (tmp_path / "cam0.times.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(FormatError, match=complaint):
        read_times(tmp_path / "cam0.mp4")
