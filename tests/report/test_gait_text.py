"""Gait in words."""

from dataclasses import replace

from kinema.report.gait_text import gait_section


def titles(section):
    return [finding["title"] for finding in section["findings"]]


def test_the_protocol_is_shown_for_treadmills_only(walk):
    gait = replace(walk.people[0].gait, surface="overground")
    assert "Treadmill protocol" not in titles(gait_section(gait))
    section = gait_section(replace(gait, surface="treadmill"))
    assert "Treadmill protocol" in titles(section)
    protocol = section["findings"][titles(section).index("Treadmill protocol")]
    met = sum(check.met for check in gait.protocol)
    assert protocol["result"] == f"{met} of {len(gait.protocol)} demands met"
    duration = next(line for line in protocol["reasons"] if line.startswith("duration"))
    assert duration == "duration: 4.0 s, but at least 20 s is asked for"


def test_who_takes_no_steps_has_no_section(walk):
    assert gait_section(None) is None
    assert gait_section(replace(walk.people[0].gait, events=())) is None
