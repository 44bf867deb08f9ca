"""The rules that the source itself must keep. They are the data at the top; the code is below."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Imports point down: a part imports what stands on a line below its own, never a neighbour.
# The parts of the top line and of the bottom line may import their neighbours.
LEVELS = (
    (
        "errors",
        "skeleton",
        "skeletons",
        "face_and_hands",
        "face_mesh",
        "poses",
        "track",
        "curves",
        "known_values",
        "markers",
        "camera",
        "correspondence",
    ),
    ("media", "formats", "tracking", "space", "analysis"),
    ("actions",),
    ("models",),
    ("outputs", "study", "calibration"),
    ("report",),
    ("measure", "space_outputs"),
    ("sources", "lifted"),
    ("stereo", "comparison", "triangulate"),
    ("train", "library", "benchmark", "evaluation"),
    ("cli", "server", "__main__"),
)
# The frame is the one type that all parts above the bottom line share.
SHARED = "kinema.media.frame"
# The bottom line imports the standard library and this.
BOTTOM_MAY_IMPORT = {"numpy"}
# Heavy packages and the only place that may import each.
ONLY_IN = {
    "openvino": "kinema/models/runtime/",
    "av": "kinema/media/",
    "pycocotools": "kinema/evaluation/",
    "pyarrow": "kinema/formats/",
    "ezc3d": "kinema/formats/c3d.py",
    "torch": "kinema/train/",
    "lightning": "kinema/train/",
    "fastapi": "kinema/server/",
}
# What the bottom line must not bring into a process.
NOT_LOADED_BY_THE_TYPES = ("cv2", "av", "openvino", "torch", "typer", "rich")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
NOT_A_NAME = {"util", "utils", "helper", "helpers", "misc", "common"}

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "kinema").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=relative)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Each (line, module) that is imported; `from kinema.x import y` counts as kinema.x.y."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            parts = [*above, node.module] if node.level else [node.module]
            base = ".".join(part for part in parts if part)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def level_of(part: str) -> int:
    for level, parts in enumerate(LEVELS):
        if part in parts:
            return level
    raise AssertionError(f"kinema/{part} has no place in LEVELS; give it one")


def refusal(importer: str, imported: str) -> str | None:
    """Why `importer` (kinema/x/y.py) may not import `imported` (a.b.c); None if it may."""
    top, _, rest = imported.partition(".")
    for package, place in ONLY_IN.items():
        if top == package and not importer.startswith(place):
            return f"{package} may be imported in {place} only"
    if importer == "kinema/__init__.py":
        return None
    part = Path(importer).parts[1].removesuffix(".py")
    level = level_of(part)
    if top != "kinema":
        allowed = level > 0 or top in BOTTOM_MAY_IMPORT or top in sys.stdlib_module_names
        return None if allowed else f"{part} may import numpy and the standard library only"
    other = rest.split(".")[0]
    if other not in {name for parts in LEVELS for name in parts}:
        return None if level == len(LEVELS) - 1 else f"kinema.{other} is above {part}"
    if other == part or level_of(other) < level:
        return None
    if level > 0 and f"{imported}.".startswith(f"{SHARED}."):
        return None
    if level_of(other) == level and level in (0, len(LEVELS) - 1):
        return None
    return f"{part} may not import {other}: it is not below"


@each(SOURCES)
def test_imports_point_down(path):
    module = module_name(path)
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    refused = [
        f"line {line}: {reason}"
        for line, imported in imported_modules(ast.parse(path.read_text("utf-8")), package)
        if (reason := refusal(relative(path), imported))
    ]
    assert not refused, "\n".join(refused)


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        pytest.param("kinema/poses.py", "kinema.skeleton.Skeleton", True, id="level 0"),
        pytest.param("kinema/poses.py", "numpy.typing", True, id="numpy"),
        pytest.param("kinema/poses.py", "cv2", False, id="no cv2 in level 0"),
        pytest.param(
            "kinema/poses.py", "kinema.media.frame.Frame", False, id="no frame in level 0"
        ),
        pytest.param("kinema/media/video.py", "kinema.poses.Poses", True, id="down"),
        pytest.param("kinema/media/video.py", "kinema.media.draw", True, id="same part"),
        pytest.param("kinema/media/video.py", "kinema.models.card", False, id="up"),
        pytest.param("kinema/media/video.py", "kinema.formats.coco", False, id="neighbour"),
        pytest.param("kinema/tracking/flow.py", "kinema.media.frame.Frame", True, id="the frame"),
        pytest.param("kinema/tracking/flow.py", "kinema.media.draw", False, id="not the drawing"),
        pytest.param("kinema/models/card.py", "kinema.load_model", False, id="the public door"),
        pytest.param("kinema/cli/main.py", "kinema.load_model", True, id="cli: the public door"),
        pytest.param("kinema/cli/main.py", "kinema.server.app", True, id="cli: the server"),
        pytest.param("kinema/cli/main.py", "openvino", False, id="cli: not OpenVINO"),
        pytest.param("kinema/models/runtime/layers.py", "openvino", True, id="OpenVINO's place"),
        pytest.param("kinema/models/yolo.py", "openvino.Core", False, id="OpenVINO elsewhere"),
        pytest.param("kinema/media/video.py", "av", True, id="av in media"),
        pytest.param("kinema/formats/csv.py", "av.container", False, id="av elsewhere"),
        pytest.param("kinema/__init__.py", "kinema.cli.main", True, id="the door itself"),
        pytest.param("kinema/__init__.py", "torch", False, id="the door: no torch"),
    ],
)
def test_the_rule_of_imports(importer, imported, allowed):
    assert (refusal(importer, imported) is None) == allowed


def test_relative_imports_are_seen():
    code = "from . import frame\nfrom .draw import Pen\nfrom ..models import card\nimport av.video"
    assert list(imported_modules(ast.parse(code), "kinema.media")) == [
        (1, "kinema.media.frame"),
        (2, "kinema.media.draw.Pen"),
        (3, "kinema.models.card"),
        (4, "av.video"),
    ]


def test_the_types_load_nothing_heavy():
    code = (
        "import sys, kinema.poses, kinema.skeletons;"
        f"print(*(name for name in {NOT_LOADED_BY_THE_TYPES} if name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (run.stdout.strip(), run.stderr) == ("", "")


@each(SOURCES + TESTS)
def test_files_are_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= MAX_FILE_LINES


@each(SOURCES)
def test_functions_are_short(path):
    long = [
        f"line {node.lineno}: {node.name} has {lines} lines"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


@each(SOURCES + TESTS)
def test_no_bare_except(path):
    handlers = (
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
    )
    assert [handler.lineno for handler in handlers if handler.type is None] == []


@each(SOURCES + TESTS)
def test_names_of_files_say_what_is_in_them(path):
    assert NOT_A_NAME.isdisjoint([*path.relative_to(ROOT).parts[:-1], path.stem])
