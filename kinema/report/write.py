"""One page of HTML that explains a recording and opens without a network."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path

import numpy as np

from kinema.analysis.cycles import POINTS
from kinema.camera import Camera, Rig
from kinema.formats.staging import replace_text
from kinema.media.colours import SIDE_COLOURS
from kinema.report.assets import asset, data_text, page_tools
from kinema.report.figures import Stage, encode, person_data, stage_of
from kinema.report.film import Film, VideoPlace, film_for
from kinema.report.sections import person_section
from kinema.report.space_view import space_data
from kinema.report.timeline import timeline_svg
from kinema.study import Person, Study


def write_report(
    path: Path,
    study: Study,
    *,
    video: str | None = None,
    place: VideoPlace = "auto",
    title: str | None = None,
    made: Mapping[str, str] | None = None,
    command: str | None = None,
    notes: Sequence[str] = (),
    rig: Rig | None = None,
    camera: str | None = None,
    delay: float = 0.0,
    on_frame: Callable[[], object] = lambda: None,
) -> None:
    """Writes the report of a study.

    People in space are shown in a view that can be turned, beside the video if there is one.

    Args:
        path: Of the page; ends in .html.
        study: What was found.
        video: Path of the video; by default the one that the poses name.
        place: Where the video goes; see `film_for`.
        title: The heading; the name of the recording by default.
        made: How the people were found, by name, where another plan than the study's says it.
        command: The command line that repeats this, to be shown.
        notes: What else the reader must know, a sentence each.
        rig: The cameras around people in world space.
        camera: Name of that of the video, so that people in space can be drawn into it.
        delay: Seconds by which the people's clock is ahead of the video's.
        on_frame: Called for each frame of a video that has to be copied.

    Raises:
        MissingExtra: If plotly or jinja2 is not installed.
        InputError: If the video or the camera is not there, or the page cannot be written.
        MediaError: If the video cannot be read.
    """
    environment, plotly = page_tools()
    film = film_for(video or study.header.source, path, place, on_frame=on_frame)
    film = replace(film, start=film.start - delay) if film else None
    stage = stage_of(study.people, study.header.size, _camera_of(rig, camera) if film else None)
    space, (start, duration) = _space(study, rig, camera), _span(study)
    sections, plots = _sections(study)
    text = environment.from_string(asset("report.html.jinja")).render(
        title=title or _title(study),
        subtitle=_subtitle(study),
        facts=_facts(study, duration),
        warnings=[*notes, *study.notes, *_warnings(study, film)],
        film=film,
        size=stage and [round(side) for side in stage.size],
        space=space,
        timeline=timeline_svg(study.people, start, duration),
        people=sections,
        command=command,
        settings=_settings(study, made),
        **_any_of(study.people) | _assets(plotly, in_space=space is not None),
        data=_data(study, stage, film, plots, space),
    )
    replace_text(path, text)


def _any_of(people: Sequence[Person]) -> dict[str, object]:
    return {
        "any_cleaned": any(not person.cleaned.is_untouched for person in people),
        "any_events": any(person.events for person in people),
    }


def _assets(plotly: str, *, in_space: bool) -> dict[str, object]:
    parts = ("report", "space") if in_space else ("report",)
    return {
        "plotly": plotly,
        "versions": {"kinema": metadata.version("kinema")},
        "style": "".join(asset(f"{part}.css") for part in parts),
        "script": "".join(asset(f"{part}.js") for part in parts),
    }


def _camera_of(rig: Rig | None, name: str | None) -> Camera | None:
    return rig[name] if rig and name else None


def _sections(study: Study) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The people as they come on the page, and all charts."""
    plots: list[dict[str, object]] = []
    count, tilt = len(study.people), study.plan.floor_angle
    sections = [
        person_section(person, plots, axis=axis, cycle_axis=count, floor_angle=tilt)
        for axis, person in enumerate(study.people)
    ]
    return [sections[number] for number in _most_steps_first(study.people)], plots


def _most_steps_first(people: Sequence[Person]) -> list[int]:
    """The order of the people on the page; that of appearance where nobody walks."""
    return sorted(range(len(people)), key=lambda number: -len(people[number].events))


def _span(study: Study) -> tuple[float, float]:
    """The time of the first frame, which need not be 0, and the seconds from it to the last."""
    if len(study.times) == 0:
        return 0.0, 0.0
    return float(study.times[0]), float(study.times[-1] - study.times[0])


def _title(study: Study) -> str:
    source = study.header.source
    return Path(source).name if source else "Recording"


def _subtitle(study: Study) -> str:
    people = len(study.people)
    who = {0: "Nobody", 1: "One person"}.get(people, f"{people} people")
    space = {"image": "in the picture", "world": "in space", "body": "relative to the body"}
    return f"{who} measured {space[study.header.space]}"


def _facts(study: Study, duration: float) -> list[tuple[str, str]]:
    header = study.header
    rate = header.rate or (study.people[0].track.rate if study.people else math.nan)
    facts = [
        ("Duration", f"{duration:.1f} s"),
        ("Frames", str(len(study.times))),
        ("Rate", f"{rate:.1f} /s" if math.isfinite(rate) else "unknown"),
        ("People", str(len(study.people))),
    ]
    if header.size:
        facts.append(("Picture", f"{header.size[0]} x {header.size[1]}"))
    if header.model:
        facts.append(("Model", header.model))
    return facts


def _warnings(study: Study, film: Film | None) -> list[str]:
    warnings = []
    if not study.people:
        warnings.append("Nobody was seen long enough to be measured.")
    for identity, seconds in study.skipped.items():
        warnings.append(f"Person {identity} was left out: seen for {seconds:.2f} s only.")
    if film and film.is_linked:
        warnings.append(f"The video is not in this page; keep {film.address} where it is.")
    return warnings


def _settings(study: Study, made: Mapping[str, str] | None) -> list[tuple[str, str]]:
    packages = ("numpy", "scipy", "openvino", "plotly")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    plan = ", ".join(f"{name} {value}" for name, value in asdict(study.plan).items())
    return [
        *([("settings", plan)] if made is None else made.items()),
        ("model", study.header.model or "unknown"),
        ("source", study.header.source or "unknown"),
        ("Kinema", f"{metadata.version('kinema')}, Python {platform.python_version()}"),
        ("with", versions),
    ]


def _space(study: Study, rig: Rig | None, camera: str | None) -> dict[str, object] | None:
    """What the view in space shows; None for people in a picture, or where nobody is."""
    if study.header.space == "image" or not study.people:
        return None
    tracks = [person.track for person in study.people]
    return space_data(tracks, [person.cleaned.raw for person in study.people], rig, camera)


def _data(
    study: Study,
    stage: Stage | None,
    film: Film | None,
    plots: Sequence[dict[str, object]],
    space: dict[str, object] | None,
) -> str:
    people = study.people
    start, duration = _span(study)
    skeleton = people[0].track.skeleton if people else None
    joints = skeleton.keypoints if skeleton else ()
    sides = [skeleton.side(joint) for joint in joints] if skeleton else []
    step = min((1 / person.track.rate for person in people if len(person.track) > 1), default=0.04)
    document = {
        "start": start,
        "duration": duration,
        "step": step,
        "firstTime": float(people[0].track.times[0]) if people else start,
        "videoStart": film.start if film else 0.0,
        "size": list(stage.size) if stage else None,
        "unit": stage.unit if stage else None,
        "joints": list(joints),
        "sides": sides,
        "limbs": _limbs(people),
        "colours": {side: f"rgb{colour}" for side, colour in SIDE_COLOURS.items()},
        "people": [person_data(person, stage) for person in people],
        "axes": [
            *(encode(person.angles.times) for person in people),
            encode(np.linspace(0.0, 100.0, POINTS)),  # of the gait cycle
        ],
        "plots": list(plots),
        "space": space,
    }
    return data_text(document)


def _limbs(people: Sequence[Person]) -> list[tuple[int, int, str]]:
    if not people:
        return []
    skeleton = people[0].track.skeleton
    limbs = []
    for a, b in skeleton.edges:
        sides = {skeleton.side(a), skeleton.side(b)} - {"middle"}
        side = sides.pop() if len(sides) == 1 else "middle"
        limbs.append((skeleton.index(a), skeleton.index(b), side))
    return limbs
