"""The documentation is true: its commands parse, its code runs, its links lead somewhere."""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

import kinema
from kinema.cli.main import app, main
from kinema.formats import decode_header, decode_poses, encode_header, encode_poses
from kinema.models.catalogue import CARDS
from kinema.models.store import fetch
from kinema.skeletons import SKELETONS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# The generator puts the text of `*-intro.md` at the head of its pages; it is read there.
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(path for path in sorted(DOCS.rglob("*.md")) if not path.stem.endswith("-intro")),
]
# Commands that need a camera, a network, an extra or other people's data, or take long; they are
# parsed only.
NOT_RUN = (
    *("kinema demo", "kinema bench", "kinema evaluate", "kinema run 0"),
    *("kinema record 0", "--camera 0", "kinema calibrate board"),
    *("kinema train", "kinema actions"),
    *("rtsp://", "int8", "videos/cam04", "cam04.lifted"),
)
# OpenPose's own networks, small ones in their place.
OPENPOSE_FILES = (
    (
        "body25",
        "models/pose/body_25/pose_deploy.prototxt",
        "models/pose/body_25/pose_iter_584000.caffemodel",
    ),
    ("hand", "models/hand/pose_deploy.prototxt", "models/hand/pose_iter_102000.caffemodel"),
)
# Videos in folders that the pages speak of.
FOLDERS = ("recordings/first", "videos/cam01", "videos/cam02")
# Pages whose blocks are pieces of source files, not programs.
PIECES = {"CONTRIBUTING.md"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", paths, ids=relative)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The code blocks of a page, as (language, text) in order."""
    pattern = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
    return [
        (language, re.sub(f"^{indent}", "", text, flags=re.MULTILINE))
        for indent, language, text in pattern.findall(page.read_text("utf-8"))
    ]


def commands_in(block: str) -> Iterator[str]:
    """The `kinema` commands of a block, without comments and what they are piped into."""
    for line in block.replace("\\\n", " ").splitlines():
        command = re.split(r"\s+#|\s[|>]\s", line.strip())[0].strip()
        if command.startswith("kinema "):
            yield command


def all_commands(page: Path) -> list[str]:
    """Those in blocks and those in running text."""
    found = [c for language, text in blocks(page) if language == "bash" for c in commands_in(text)]
    verbs = (
        "run|teach|convert|angles|gait|report|record|calibrate|stereo|triangulate|lift|compare|"
        "models (?:list|show|pull|add|remove|export)|evaluate (?:coco|mpii|lsp)|bench|demo|"
        "actions (?:train|evaluate|predict)"
    )
    found += re.findall(rf"`(kinema (?:{verbs})(?: [^`]*)?)`", page.read_text("utf-8"))
    whole = [c for c in found if not c.endswith("--help") and c not in bare_verbs()]
    return list(dict.fromkeys(whole))


def bare_verbs() -> list[str]:
    """`kinema run` in a sentence is the name of the command, not a use of it."""
    return [f"kinema {name}" for name, _ in documented_commands()]


def documented_commands():
    return list(generator().commands())


def generator():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parse(command: str) -> None:
    """Raises if the command line has no such command, option or argument."""
    words = shlex.split(command)[1:]
    found = get_command(app)
    while isinstance(found, TyperGroup):
        found = found.commands[words.pop(0)]
    found.make_context(found.name, words)


def test_generated_parts_are_up_to_date():
    stale = [
        relative(path)
        for path, text in generator().generated().items()
        if path.read_text("utf-8") != text
    ]
    assert not stale, "run python docs/generate.py"


def test_every_command_and_option_is_in_the_reference():
    page = (DOCS / "reference" / "command-line.md").read_text("utf-8")
    for name, command in documented_commands():
        start = page.index(f"## `kinema {name}`\n")
        section = page[start : page.find("\n## ", start + 1)]
        assert f"```text\nkinema {name} [OPTIONS]" in section
        for parameter in command.params:
            for option in parameter.opts if parameter.opts[0].startswith("-") else []:
                assert re.search(rf"`[^`\n]*(?<!\w){option}\b", section), f"{name} {option}"


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
@pytest.mark.parametrize(
    "page", [ROOT / "README.md", DOCS / "reference" / "models.md"], ids=relative
)
def test_every_model_is_listed(card, page):
    row = next(line for line in page.read_text("utf-8").splitlines() if f"| {card.name} |" in line)
    assert card.licence in row
    assert (card.skeleton.name if card.skeleton else "boxes only") in row


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton_is_shown(name):
    page = (DOCS / "explanation" / "skeletons.md").read_text("utf-8")
    assert f"\n## {name}\n" in page
    assert f"{len(SKELETONS[name])} joints: " in page
    assert (DOCS / "pictures" / f"skeleton-{name}.png").exists() or name == "face468"


@each([page for page in PAGES if all_commands(page)])
def test_commands_parse(page):
    for command in all_commands(page):
        parse(command)


@each(PAGES)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "#")):
            continue
        assert (page.parent / target.partition("#")[0]).exists(), target


def test_pictures_are_small_and_used():
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for picture in (DOCS / "pictures").iterdir():
        assert picture.stat().st_size < 300_000, picture.name
        assert picture.name in text


@pytest.fixture
def desk(tmp_path, monkeypatch, short_clip, walking_clip, two_views, four_cameras, caffe_networks):
    """A folder with all files that the pages speak of, and the working folder of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KINEMA_DATA", str(tmp_path / "data"))
    for name in (*("sample", "walk", "squat", "monday", "tuesday"), *FOLDERS):
        target = tmp_path / f"{name}.mp4"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(short_clip, target)
    shutil.copyfile(walking_clip, tmp_path / "walking.mp4")
    shutil.copytree(two_views, tmp_path, dirs_exist_ok=True)
    shutil.copytree(four_cameras, tmp_path, dirs_exist_ok=True)
    (tmp_path / "frames").mkdir()
    with kinema.read_video(short_clip) as video:
        for frame in video:
            kinema.write_image(tmp_path / "frames" / f"img{frame.index}.png", frame.image)
    kinema.write_image(tmp_path / "crowd.jpg", frame.image)
    shutil.copyfile(fetch(CARDS[0].weights[0]), tmp_path / "my_network.pb")
    kinema.write_image(tmp_path / "right-hand.png", frame.image)
    for network, prototxt, caffemodel in OPENPOSE_FILES:
        (tmp_path / prototxt).parent.mkdir(parents=True, exist_ok=True)
        plan = caffe_networks.OPENPOSE[network](width=1 / 32)
        caffe_networks.write_network(plan, tmp_path / prototxt, tmp_path / caffemodel)
    run("kinema run sample.mp4 -o results --save poses,openpose")
    return tmp_path


def run(command: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(shlex.split(command)[1:])
    assert end.value.code == 0, command


def has_code(page: Path) -> bool:
    runs = [c for c in all_commands(page) if not any(word in c for word in NOT_RUN)]
    return page.name not in PIECES and (bool(runs) or "```python" in page.read_text("utf-8"))


@each([page for page in PAGES if has_code(page) and "reference/command" not in relative(page)])
def test_a_reader_can_follow_the_page(page, desk):
    """Everything in blocks, in order, as somebody would who reads the page from top to bottom."""
    if "import pandas" in page.read_text("utf-8"):
        pytest.importorskip("pandas")
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, f"{page.name}, in a block", "exec"), names)
        elif language == "bash":
            for command in commands_in(text):
                if not any(word in command for word in NOT_RUN):
                    run(command)


def test_the_lines_of_the_native_format_are_as_described():
    page = DOCS / "reference" / "kinema-poses.md"
    header, frame = (text.strip() for language, text in blocks(page) if language == "json")
    decoded = decode_header(header)
    assert json.loads(encode_header(decoded)) == json.loads(header)
    assert json.loads(encode_poses(decode_poses(frame, decoded))) == json.loads(frame)


def test_the_site_builds_and_needs_nothing_from_elsewhere(tmp_path):
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    for page in tmp_path.rglob("*.html"):
        outside = re.findall(
            r"<(?:script|img|link)[^>]*(?:src|href)=\"?(https?:[^\s\">]*)", page.read_text("utf-8")
        )
        assert outside == [], page.name
