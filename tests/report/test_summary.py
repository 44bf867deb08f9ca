"""The sentences at the head of a person."""

from dataclasses import replace

from kinema.analysis.gait import Row
from kinema.report.summary import summary

NAN = float("nan")


def row(name, unit, mean, symmetry=NAN):
    return Row(name, unit, NAN, NAN, mean, NAN, NAN, NAN, symmetry, 6)


def test_a_walk_in_sentences(walk):
    (person,) = walk.people
    rows = (row("cadence", "steps/min", 98.1), row("speed", "m/s", 1.191))
    rows += (row("step_time", "s", 0.61, -12.4), row("step_length", "m", 0.74, 5.3))
    gait = replace(person.gait, table=rows, length_unit="m", mode="walking")
    first, second, third = summary(replace(person, gait=gait))
    assert first == "Walks with 98 steps a minute at 1.19 m/s."
    assert second == "Left and right differ in step time (12 % longer left)."
    assert third.startswith("Knee flexion: left ")


def test_an_even_walk_and_no_walk(walk):
    (person,) = walk.people
    gait = replace(person.gait, table=(row("step_time", "s", 0.61, 4.0),))
    lines = summary(replace(person, gait=gait))
    assert lines[0] == "Left and right differ by less than 10 % in step time."
    few = replace(gait, table=(replace(gait.table[0], n=5),))
    assert len(summary(replace(person, gait=few))) == 1
    assert len(summary(replace(person, gait=None))) == 1
