"""Write those parts of the documentation that follow from the code.

    python docs/generate.py

These are whole pages (the command line, the models, the skeletons) and tables between two marks,
`<!-- NAME:begin -->` and `<!-- NAME:end -->`, in pages that people wrote. A test compares them with
what this file gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from typer.core import TyperGroup
from typer.main import get_command

from kinema import skeletons
from kinema.analysis.angles import Convention, angle_conventions
from kinema.cli.main import app
from kinema.formats import FORMATS
from kinema.formats.card import EVERYTHING, IMAGE_ONLY, METRES_ONLY
from kinema.models.card import ModelCard
from kinema.models.catalogue import CARDS
from kinema.models.elsewhere import ELSEWHERE, Release
from kinema.models.families import FAMILIES
from kinema.models.measured import BENCHMARK, Measured, all_measured, frames
from kinema.skeleton import Skeleton

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
NOTE = "<!-- Written by docs/generate.py from the code: change that, not this page. -->\n\n"


def main() -> None:
    """Writes all pages and tables."""
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8", newline="\n")


def generated() -> dict[Path, str]:
    """What each file with generated text should hold."""
    pages: dict[Path, Callable[[], str]] = {
        DOCS / "reference" / "command-line.md": command_line_page,
        DOCS / "reference" / "models.md": models_page,
        DOCS / "reference" / "elsewhere.md": elsewhere_page,
        DOCS / "reference" / "accuracy.md": accuracy_page,
        DOCS / "explanation" / "skeletons.md": skeletons_page,
    }
    tables = {
        README: {"models": models_table},
        DOCS / "reference" / "formats.md": {"formats": formats_table},
        DOCS / "how-to" / "own-model.md": {"families": families_table},
        DOCS / "reference" / "angles.md": {
            "angles-picture": picture_angles_table,
            "angles-space": space_angles_table,
        },
    }
    texts = {path: NOTE + page() for path, page in pages.items()}
    for path, marks in tables.items():
        texts[path] = path.read_text(encoding="utf-8")
        for mark, table in marks.items():
            texts[path] = between(texts[path], mark, table())
    return texts


def between(text: str, mark: str, new: str) -> str:
    """The text with `new` between the two marks of that name."""
    begin, end = f"<!-- {mark}:begin -->", f"<!-- {mark}:end -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"{begin} and {end} must be there once")
    return pattern.sub(lambda _: f"{begin}\n{new.strip()}\n{end}", text)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def commands() -> Iterator[tuple[str, object]]:
    """Every command with its full name: `run`, `models list`, ..."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    for name, command in root.commands.items():
        if isinstance(command, TyperGroup):
            yield from ((f"{name} {sub}", below) for sub, below in command.commands.items())
        else:
            yield name, command


def command_line_page() -> str:
    """All commands with their arguments and options."""
    parts = [(DOCS / "command-line-intro.md").read_text(encoding="utf-8").strip()]
    for name, command in commands():
        parts.append(_command(name, command))
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: object) -> str:
    context = command.make_context(name, [], resilient_parsing=True)  # type: ignore[attr-defined]
    usage = " ".join(command.get_usage(context).split())  # type: ignore[attr-defined]
    summary, _, rest = (command.help or "").partition("\n\n")  # type: ignore[attr-defined]
    lines = [
        f"## `kinema {name}`",
        f"```text\nkinema {usage.removeprefix('Usage: ')}\n```",
        " ".join(summary.split()),
    ]
    lines += [_as_code(" ".join(part.split())) for part in rest.split("\n\n") if part.strip()]
    records = [
        record
        for parameter in command.params  # type: ignore[attr-defined]
        if (record := parameter.get_help_record(context))
    ]
    rows = [(f"`{_plain(form)}`", _sentence(text)) for form, text in records]
    if rows:
        lines.append(table(("Argument or option", "What it does"), rows).strip())
    return "\n\n".join(lines)


def _plain(form: str) -> str:
    return re.sub(r"<(?:list\[)?(\w+)[^>]*>", r"\1", form)


def _sentence(text: str) -> str:
    return re.sub(r"\s*\[(default|required)(:.*?)?\]", r" *(\1\2)*", " ".join(text.split()))


def _as_code(text: str) -> str:
    """File names in running text as code."""
    return re.sub(r"\b(?:DIR/)?STEM[./][\w./]*\w/?", lambda name: f"`{name[0]}`", text)


def picture_angles_table() -> str:
    """The conventions of the angles of a picture, one row each."""
    head = ("Angle", "Measured", "Zero", "More is", "Values", "Seen")
    rows = [row for row in angle_conventions() if row.where != "space"]
    return table(head, [(*_angle_row(row), row.where) for row in rows])


def space_angles_table() -> str:
    """The conventions of the angles in space, one row each."""
    head = ("Angle", "Measured", "Zero", "More is", "Values")
    return table(head, [_angle_row(row) for row in angle_conventions() if row.where == "space"])


def _angle_row(row: Convention) -> tuple[str, ...]:
    return f"`{row.name}`", row.measured, row.zero, row.positive, row.values


def models_table() -> str:
    """One row a model of the catalogue."""
    head = ("Model", "People", "Keypoints", "AP", "Frames/s", "Network", "Licence", "From")
    return table(head, [_model_row(card) for card in CARDS])


def _model_row(card: ModelCard) -> tuple[str, ...]:
    keypoints = _keypoints(card.skeleton)
    known = card.name, card.people, keypoints, *_accuracy_and_speed(card), _size(card)
    return *known, card.licence, card.origin


def _accuracy_and_speed(card: ModelCard) -> tuple[str, str]:
    for result in card.measured:
        boxes = " (boxes)" if result.of == "boxes" else ""
        precision = "no labels" if result.AP is None else f"{result.AP:.3f}{boxes}"
        return precision, frames(result.frames_per_second)
    return "not measured", ""


def _size(card: ModelCard) -> str:
    sizes = [weights.size for weights in card.weights if not isinstance(weights, Path)]
    return f"{sum(sizes) / 1e6:.1f} MB"


def models_page() -> str:
    """Every model of the catalogue, with all that its card says."""
    parts = [(DOCS / "models-intro.md").read_text(encoding="utf-8").strip(), models_table().strip()]
    for card in CARDS:
        rows = [
            ("people", "any number" if card.people == "many" else card.people),
            ("family", f"`{card.family}`"),
            ("licence", card.licence),
            ("weights", card.origin),
            ("paper", card.paper),
        ]
        for result in card.measured[:1]:
            rows += [("accuracy", result.accuracy), ("speed", result.speed)]
            rows.append(("measured by", f"`{result.command}`"))
        if card.skeleton:
            rows.append(("skeleton", f"`{card.skeleton.name}`"))
            joints = ", ".join(f"`{joint}`" for joint in card.skeleton.keypoints)
            rows.append(("keypoints", joints))
        for weights in card.weights:
            if not isinstance(weights, Path):
                rows.append(("archive", f"`{weights.archive}`"))
                rows.append(("file in it", f"`{weights.member}`, {weights.size / 1e6:.1f} MB"))
                rows.append(("its sha256", f"`{weights.sha256}`"))
        parts += [f"## {card.name}", card.description, table(("What", ""), rows).strip()]
    return "\n\n".join(parts) + "\n"


def accuracy_page() -> str:
    """What was measured of all models, with and without options, alone and together."""
    results = sorted(all_measured(), key=lambda result: -(result.AP or 0))
    joints = [result for result in results if result.of == "keypoints" and result.AP is not None]
    others = [result for result in results if result not in joints]
    first = joints[0]
    head = ("Entry", "AP", "AP50", "APm", "APl", "AR", "Frames/s", "MB", "Licence")
    parts = [
        "# Accuracy and speed",
        f"Average precision of keypoints (OKS 0.5 to 0.95, by `pycocotools`) on {first.images} "
        f"pictures with {first.people} labelled people, and frames per second of the whole run on "
        f"a video of 1768 x 994 pixels with two people. {first.machine}; other programs had at "
        f"most {max(result.others for result in results):.0%} of it.",
        "![Average precision against frames per second](../pictures/accuracy_speed.png)",
        "An entry is a model, or two of which the second looks closer at each person that the "
        "first has found (`--refine`), with its options after a colon. *APm* is of people who "
        "cover 32 x 32 to 96 x 96 pixels, *APl* of larger ones; smaller ones do not count. Models "
        "that give one person a picture are measured on the same pictures, most of which have "
        "several.",
        table(head, [_accuracy_row(result) for result in joints]).strip(),
    ]
    if any(result.not_given for result in joints):
        remark = "does not give all of COCO's 17 joints; those it lacks count as wrong."
        parts.append(f"\\* {remark}")
    parts += [
        "What gives no bodies: boxes of people have an average precision of their own (overlap of "
        "0.5 to 0.95); hands and faces are not measured, as there are no labels at hand.",
        table(
            ("Entry", "AP of boxes", "Frames/s", "MB", "Licence"),
            [
                (
                    f"`{result.entry}`",
                    "no labels" if result.AP is None else f"{result.AP:.3f}",
                    *_speed_and_size(result),
                )
                for result in others
            ],
        ).strip(),
        "The command, with COCO's labels and pictures at hand; it writes "
        "`kinema/models/measured.json`, from which this page and the cards of the models come:",
        f"```bash\n{BENCHMARK}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _accuracy_row(result: Measured) -> tuple[str, ...]:
    values = (result.AP, result.AP50, result.APm, result.APl, result.AR)
    scores = ("-" if value is None else f"{value:.3f}" for value in values)
    mark = " *" if result.not_given else ""
    return f"`{result.entry}`{mark}", *scores, *_speed_and_size(result)


def _speed_and_size(result: Measured) -> tuple[str, str, str]:
    return frames(result.frames_per_second), f"{result.megabytes:.1f}", result.licence


def families_table() -> str:
    """One row a family."""
    rows = [(f"`{name}`", family.description) for name, family in FAMILIES.items()]
    return table(("Family", "What it reads"), rows)


def elsewhere_page() -> str:
    """Weights that no package index holds, and how to add them."""
    parts = [(DOCS / "elsewhere-intro.md").read_text(encoding="utf-8").strip()]
    head = ("Name", "What", "Keypoints", "Family", "Licence of the weights")
    rows = [
        (
            f"[{release.name}](#{release.name})",
            release.description,
            _keypoints(release.skeleton),
            f"`{release.family}`",
            release.licence,
        )
        for release in ELSEWHERE
    ]
    parts.append(table(head, rows).strip())
    for release in ELSEWHERE:
        parts += [f"## {release.name}", "\n".join(_steps(release))]
    return "\n\n".join(parts) + "\n"


def _steps(release: Release) -> list[str]:
    steps = [f"Download `{release.file}` from [its page]({release.address})."]
    if release.preparation:
        steps.append(f"{release.preparation[0].upper()}{release.preparation[1:]}.")
    steps.append(f"`{release.command}`")
    return [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _keypoints(skeleton: Skeleton | None) -> str:
    return f"{len(skeleton)} ({skeleton.name})" if skeleton else "boxes only"


def formats_table() -> str:
    """One row a file format."""
    rows = []
    for known in FORMATS:
        verbs = [
            verb for verb, can in (("read", known.can_read), ("write", known.can_write)) if can
        ]
        endings = ", ".join(f"`{suffix}`" for suffix in known.suffixes)
        places = [
            place
            for place, spaces in (("picture", IMAGE_ONLY), ("metres", METRES_ONLY))
            if spaces & known.spaces
        ]
        lost = EVERYTHING - known.keeps - ({"body space"} if "body" not in known.spaces else set())
        told = ", ".join(sorted(lost)) if known.can_write else ""
        can = " and ".join(verbs)
        cells = (known.description, endings, can, " or ".join(places), told or "–")
        rows.append((f"`{known.name}`", *cells))
    head = ("Name", "What", "Ending", "Kinema can", "Positions in", "Has no place for")
    return table(head, rows)


def skeletons_page() -> str:
    """Every skeleton with its joints in order, its picture and its source."""
    parts = [(DOCS / "skeletons-intro.md").read_text(encoding="utf-8").strip()]
    sources = _docstrings()
    rows = [
        (f"[`{skeleton.name}`](#{skeleton.name})", str(len(skeleton)), sources[skeleton.name][0])
        for skeleton in skeletons.SKELETONS.values()
    ]
    parts.append(table(("Skeleton", "Joints", "From"), rows).strip())
    for skeleton in skeletons.SKELETONS.values():
        parts += [f"## {skeleton.name}", *sources[skeleton.name]]
        if (DOCS / "pictures" / f"skeleton-{skeleton.name}.png").exists():
            alt = f"The skeleton {skeleton.name} on a person who faces us"
            picture = f"../pictures/skeleton-{skeleton.name}.png"
            parts.append(f"![{alt}]({picture}){{ width=420 }}")
        parts.append(_joints(skeleton))
    return "\n\n".join(parts) + "\n"


def _joints(skeleton: Skeleton) -> str:
    """The joints with their numbers, where they are not too many to be of use."""
    names = [f"{number} `{joint}`" for number, joint in enumerate(skeleton.keypoints)]
    text = ", ".join(names if len(names) <= 40 else [*names[:8], "...", *names[-3:]])
    return f"{len(skeleton)} joints: {text}."


def _docstrings() -> dict[str, list[str]]:
    """What the source says below each skeleton, as paragraphs."""
    found = {}
    for module in ("skeletons", "face_and_hands", "face_mesh"):
        source = (DOCS.parent / "kinema" / f"{module}.py").read_text(encoding="utf-8")
        for constant, text in re.findall(
            r'^([A-Z0-9]+) = _?\w+\(.*?\n(?:\))?"""(.*?)"""', source, re.MULTILINE | re.DOTALL
        ):
            value = getattr(skeletons, constant, None)
            if isinstance(value, Skeleton):
                found[value.name] = [" ".join(part.split()) for part in text.split("\n\n")]
    return found


if __name__ == "__main__":
    main()
