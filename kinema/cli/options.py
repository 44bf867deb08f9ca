"""The options of `kinema run` and `kinema evaluate`, and those that other verbs share with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from kinema.errors import InputError

if TYPE_CHECKING:
    from kinema.models.turned import Turn

DEFAULT_SAVE = "poses,overlay"
MODEL = "nanodet+movenet-thunder"
"""That of `kinema.models.catalogue.DEFAULT_MODEL`, said here for the help to need no catalogue."""

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Videos, images, folders, globs, URLs (also rtsp://) or camera numbers.",
    ),
]
Output = Annotated[
    str, typer.Option("-o", "--output", metavar="DIR", help="Folder for the results; - for stdout.")
]
Save = Annotated[
    str | None,
    typer.Option(
        metavar="KINDS",
        help="Of poses,overlay,maps,report and formats that can be written: openpose,coco,csv,"
        f"parquet,npz,trc,... [default: {DEFAULT_SAVE}]",
    ),
]
DefaultModel = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="A model's name, two as detector+network, or a network file. "
        f"[default: {MODEL}; openpose for maps, sizes and single persons]",
    ),
]
ModelName = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="A model's name, two as detector+network, or a network file."
    ),
]
Refine = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A network that looks closer at each person found."),
]
Size = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", help="Height of the network's input. [default: 368]"),
]
Scales = Annotated[
    str, typer.Option(metavar="LIST", help="Look at several multiples of the size, say 0.5,1,1.5.")
]
Mirror = Annotated[bool, typer.Option("--mirror", help="Look at mirrored pictures too.")]
SinglePerson = Annotated[
    bool, typer.Option("--single-person", help="One person: the best place of each joint.")
]
Hands = Annotated[bool, typer.Option("--hands", help="Find 21 joints of each hand too.")]
Face = Annotated[bool, typer.Option("--face", help="Find 70 points of each face too.")]
TurnBy = Annotated[
    str,
    typer.Option(
        "--turn",
        metavar="DEGREES",
        help="For people who lie: turn pictures by 90, 180, 270 clockwise, or auto.",
    ),
]
People = Annotated[
    int | None, typer.Option(metavar="N", help="Keep at most so many people in a frame.")
]
Track = Annotated[
    bool,
    typer.Option("--track/--no-track", help="Give people ids that stay theirs, in recordings."),
]
TrackerName = Annotated[
    str,
    typer.Option("--tracker", metavar="NAME", help="By poses (oks) or by optical flow (flow)."),
]
Smooth = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Smooth joints as frames arrive: none, auto, one-euro or kalman."
    ),
]
ColourBy = Annotated[
    str,
    typer.Option(
        "--colour-by",
        "--color-by",
        metavar="WHAT",
        help="Colours: side, person or limb.",
    ),
]
ShowMaps = Annotated[
    str | None,
    typer.Option(
        metavar="PART",
        help="Save maps of a joint, a limb (right_elbow-right_wrist), all or fields.",
    ),
]
Lift = Annotated[bool, typer.Option("--lift", help="Lift people to space as frames arrive.")]
LifterFile = Annotated[
    str | None,
    typer.Option("--lifter", metavar="FILE", help="A network of kinema train lift, .onnx."),
]
BodyHeight = Annotated[
    float | None,
    typer.Option("--height", metavar="METRES", help="Of people who are lifted. [default: 1.7]"),
]
Focal = Annotated[
    float | None,
    typer.Option(metavar="PIXELS", help="Focal length. [default: the longer side of the picture]"),
]
Actions = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Tell what people do: everyday, a file of kinema teach, or a network, .onnx.",
    ),
]
Sequence = Annotated[
    bool, typer.Option("--sequence", help="A folder, a glob or a row of images is one recording.")
]
Rate = Annotated[
    float | None,
    typer.Option(metavar="FPS", help="Frames per second of such a recording. [default: 25]"),
]
Precision = Annotated[str, typer.Option(metavar="NAME", help="Arithmetic: auto, f32 or bf16.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]


def turn_of(degrees: str) -> Turn:
    """The value of `--turn`.

    >>> turn_of("auto"), turn_of("90")
    ('auto', 90)

    Raises:
        InputError: If it is none.
    """
    turns: dict[str, Turn] = {"auto": "auto", "0": 0, "90": 90, "180": 180, "270": 270}
    if degrees not in turns:
        raise InputError(f"--turn takes {', '.join(turns)}, not {degrees!r}")
    return turns[degrees]


def multiples(scales: str) -> tuple[float, ...]:
    """The numbers of `--scales`.

    >>> multiples("0.5,1,2")
    (0.5, 1.0, 2.0)

    Raises:
        InputError: If they are none.
    """
    try:
        return tuple(float(word) for word in scales.split(","))
    except ValueError:
        raise InputError(f"--scales takes numbers like 0.5,1,2, not {scales!r}") from None


def words(text: str) -> tuple[str, ...]:
    """The words of a list with commas, each once.

    >>> words("csv, mot,csv")
    ('csv', 'mot')
    """
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def size_of(text: str | None) -> tuple[int, int] | None:
    """Width and height of `1280x720`.

    >>> size_of("1280x720")
    (1280, 720)

    Raises:
        InputError: If it is no size.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)[xX,](\d+)", text.strip())
    if match is None:
        raise InputError(f"--size takes width and height like 1280x720, not {text!r}")
    return int(match[1]), int(match[2])
