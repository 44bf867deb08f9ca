"""Tables of curves and of events."""

import json

import numpy as np
import pytest

from kinema.analysis.derivatives import differentiate
from kinema.curves import Curves, Event
from kinema.errors import FormatError, InputError
from kinema.formats.curves import UNITS, read_curves, write_curves
from kinema.formats.events import read_events, write_events

NAN = float("nan")


@pytest.fixture
def curves() -> Curves:
    """A knee with its uncertainty, a speed without, a pure number, an odd unit."""
    return Curves(
        ("left_knee_flexion", "mid_hip_speed", "symmetry", "torque_deg", "share_m"),
        ("deg", "m/s", "", "N m", ""),
        np.array([[12.5, 1.25, 0.5, 3, 1], [NAN, -1.5, 0.75, 4, 2]]),
        np.array([0.04, 0.08]),
        np.array([[0.5, NAN, NAN, NAN, NAN], [NAN] * 5]),
    )


def test_the_text(tmp_path, curves) -> None:
    write_curves(tmp_path / "a.csv", curves)
    assert (tmp_path / "a.csv").read_text() == (
        "time,left_knee_flexion_deg,left_knee_flexion_sigma_deg,mid_hip_speed_m_per_s,symmetry,"
        "torque_deg [N m],share_m []\n"
        "0.04,12.5,0.5,1.25,0.5,3.0,1.0\n"
        "0.08,,,-1.5,0.75,4.0,2.0\n"
    )


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_there_and_back(tmp_path, curves, name) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    write_curves(tmp_path / name, curves)
    back = read_curves(tmp_path / name)
    assert (back.names, back.units) == (curves.names, curves.units)
    np.testing.assert_array_equal(back.times, curves.times)
    np.testing.assert_array_equal(back.values, curves.values)
    np.testing.assert_array_equal(back.sigma, curves.sigma)


def test_every_unit(tmp_path) -> None:
    names = tuple(f"c{i}" for i in range(len(UNITS)))
    write_curves(
        tmp_path / "a.csv", Curves(names, tuple(UNITS), np.ones((1, len(UNITS))), np.zeros(1))
    )
    back = read_curves(tmp_path / "a.csv")
    assert (back.names, back.units, back.sigma) == (names, tuple(UNITS), None)


def test_accelerations_have_plain_column_names(tmp_path) -> None:
    speed = Curves(("knee",), ("deg",), np.array([[0.0], [1.0], [4.0]]), np.arange(3.0))
    write_curves(tmp_path / "a.csv", differentiate(speed, 2))
    assert (tmp_path / "a.csv").read_text().splitlines()[0] == "time,knee_deg_per_s2"


def test_angles_as_mot(tmp_path, curves) -> None:
    write_curves(tmp_path / "a.mot", curves.only(["left_knee_flexion"]))
    back = read_curves(tmp_path / "a.mot")
    assert back["left_knee_flexion"].tolist() == [12.5]


def test_no_rows(tmp_path) -> None:
    write_curves(tmp_path / "a.csv", Curves(("a",), ("m",), np.empty((0, 1)), np.empty(0)))
    assert len(read_curves(tmp_path / "a.csv")) == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "a.csv is empty", id="empty"),
        pytest.param("a,b\n1,2\n", "the column time is missing", id="no time"),
        pytest.param("time,a\n1,x\n", "line 2: 'x' in the column a", id="text"),
        pytest.param("time,a\n,2\n", "no time in row 1", id="a gap in time"),
        pytest.param("time,a\n1,2\n1,3\n", "the time 1 s in row 2 after 1 s", id="times repeat"),
    ],
)
def test_bad_tables(tmp_path, text, complaint) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError, match=complaint):
        read_curves(tmp_path / "a.csv")


def test_other_endings(tmp_path, curves) -> None:
    with pytest.raises(InputError, match="known are csv, parquet, mot"):
        write_curves(tmp_path / "a.xls", curves)
    with pytest.raises(InputError, match=r"known are \.csv and \.json"):
        write_events(tmp_path / "a.xls", ())
    assert list(tmp_path.iterdir()) == []


EVENTS = (Event("heel_strike", 1.25, "left", 0.008), Event("start", 0.5))


def test_events_as_a_table(tmp_path) -> None:
    write_events(tmp_path / "a.csv", EVENTS)
    assert (tmp_path / "a.csv").read_text() == (
        "time,kind,side,uncertainty\n1.25,heel_strike,left,0.008\n0.5,start,,\n"
    )


def test_events_as_json(tmp_path) -> None:
    write_events(tmp_path / "a.json", EVENTS)
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "events": [
            {"side": "left", "kind": "heel_strike", "time": 1.25, "uncertainty": 0.008},
            {"side": None, "kind": "start", "time": 0.5, "uncertainty": None},
        ]
    }


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
@pytest.mark.parametrize("events", [EVENTS, ()], ids=["two", "none"])
def test_events_there_and_back(tmp_path, name, events) -> None:
    write_events(tmp_path / name, events)
    assert repr(read_events(tmp_path / name)) == repr(events)  # NaN is not itself


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        pytest.param("a.csv", "kind\nstep\n", "the column time is missing", id="no time"),
        pytest.param("a.csv", "time,kind\n,step\n", "line 2: no number", id="empty time"),
        pytest.param("a.csv", "time,kind,side\n1,a,up\n", "line 2: side must be", id="side"),
        pytest.param("a.csv", "time,kind\n1,\n", "line 2: an event without a kind", id="kind"),
        pytest.param("a.json", "{}", "no list of events", id="no list"),
        pytest.param("a.json", "[3]", "event 1: not an object", id="a number"),
        pytest.param("a.json", '[{"kind": "a"}]', "event 1: time and", id="no time in JSON"),
    ],
)
def test_bad_events(tmp_path, name, text, complaint) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=complaint):
        read_events(tmp_path / name)
