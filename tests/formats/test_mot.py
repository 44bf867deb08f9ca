import numpy as np
import pytest

from kinema.curves import Curves
from kinema.errors import FormatError, InputError
from kinema.formats.mot import COORDINATES, complete_part, read_mot, write_mot

NAN = float("nan")
HEAD = "Coordinates\nversion=1\nnRows=2\nnColumns=3\ninDegrees=yes\n\nsome words\nendheader\n"
ROWS = "time\tknee_angle_r\tpelvis_tx\n0.0\t1.5\t0.25\n0.5\t2.5\t0.5\n"


@pytest.fixture
def mot(tmp_path):
    def write(text, name="walk.mot"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def curves(**columns: list[float]) -> Curves:
    values = np.array(list(columns.values()), dtype=float).T
    return Curves(tuple(columns), ("deg",) * len(columns), values, np.arange(len(values)) / 50)


def test_there_and_back(tmp_path) -> None:
    before = curves(right_knee_flexion=[1, 2.5], left_shoulder_abduction=[10, 20], foot=[3, 4])
    assert write_mot(before, tmp_path / "a.mot").names == before.names
    after = read_mot(tmp_path / "a.mot")
    assert (after.names, after.units) == (before.names, before.units)
    np.testing.assert_allclose(after.values, before.values, atol=1e-6)
    np.testing.assert_allclose(after.times, before.times, atol=1e-6)


def test_what_is_written(tmp_path) -> None:
    """Names and signs are OpenSim's: abduction is negative adduction."""
    write_mot(curves(right_knee_flexion=[1], left_shoulder_abduction=[10]), tmp_path / "a.mot")
    assert (tmp_path / "a.mot").read_text() == (
        "Coordinates\nversion=1\nnRows=1\nnColumns=3\ninDegrees=yes\nendheader\n"
        "time\tknee_angle_r\tarm_add_l\n0.000000\t1.000000\t-10.000000\n"
    )


def test_opensim_s_own_file(mot) -> None:
    read = read_mot(mot(HEAD + ROWS))
    assert (read.names, read.units) == (("right_knee_flexion", "pelvis_tx"), ("deg", "m"))
    assert read.values.tolist() == [[1.5, 0.25], [2.5, 0.5]]
    assert read.times.tolist() == [0, 0.5]


def test_radians_and_spaces(mot) -> None:
    text = (HEAD + ROWS).replace("=yes", "=no").replace("\t", "  ").replace("pelvis_tx", "force")
    read = read_mot(mot(text))
    assert read.units == ("deg", "")
    np.testing.assert_allclose(read.values[0], [np.rad2deg(1.5), 0.25])


def test_each_coordinate_means_one_curve() -> None:
    assert len({coordinate for coordinate, _ in COORDINATES.values()}) == len(COORDINATES)


@pytest.mark.parametrize(
    ("columns", "names", "rows"),
    [
        pytest.param({"a": [1, 2], "b": [3, 4]}, "ab", [0, 1], id="no gaps"),
        pytest.param({"a": [1, 2], "b": [NAN, NAN]}, "a", [0, 1], id="an empty curve"),
        pytest.param({"a": [NAN, 2, 3, 4], "b": [1, 2, 3, 4]}, "ab", [1, 2, 3], id="a gap"),
        pytest.param({"b": [NAN] * 3 + [1], "a": [1, 2, 3, 4]}, "a", [0, 1, 2, 3], id="mostly gap"),
        pytest.param({"a": [NAN, NAN]}, "", [0, 1], id="nothing"),
    ],
)
def test_the_part_without_gaps(columns, names, rows) -> None:
    part = complete_part(curves(**columns))
    assert part.names == tuple(names)
    assert (part.times * 50).round().tolist() == rows


def test_what_cannot_be_written(tmp_path) -> None:
    with pytest.raises(InputError, match="no curve has a value"):
        write_mot(curves(a=[NAN]), tmp_path / "a.mot")
    speed = Curves(("speed",), ("m/s",), np.ones((2, 1)), np.arange(2.0))
    with pytest.raises(InputError, match="speed is in m/s"):
        write_mot(speed, tmp_path / "a.mot")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "line 1: no endheader", id="empty"),
        pytest.param(HEAD[:40], "line 4: no endheader", id="cut in the head"),
        pytest.param(HEAD, "line 8: the file ends", id="no names"),
        pytest.param(HEAD + ROWS[:35], "line 10: 2 cells for 3", id="cut in a row"),
        pytest.param(HEAD + ROWS[:41], "line 10: .*after 1 rows, but nRows is 2", id="cut"),
        pytest.param(HEAD + ROWS.replace("2.5", "x"), "line 11: .*'x'", id="text"),
        pytest.param(HEAD + ROWS.replace("0.5\t2", "0.0\t2"), "line 11: the time", id="same time"),
        pytest.param(HEAD + ROWS.replace("time", "t"), "line 9: .*time", id="no time"),
        pytest.param(HEAD + ROWS.replace("pelvis_tx", "knee_angle_r"), "line 9: ", id="twice"),
    ],
)
def test_damaged_files(mot, text, message) -> None:
    with pytest.raises(FormatError, match=r"walk\.mot, " + message):
        read_mot(mot(text))


def test_an_empty_cell_is_a_gap(mot) -> None:
    read = read_mot(mot(HEAD + ROWS.replace("\t0.5\n", "\t\n").replace("1.5", "")))
    assert np.isnan(read.values).tolist() == [[True, False], [False, True]]
