"""What all verbs share: help, errors as one line, exit codes."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

import kinema as package
from kinema.cli.main import exit_code
from kinema.errors import (
    ChecksumError,
    DownloadError,
    FormatError,
    InputError,
    KinemaError,
    MediaError,
    MissingExtra,
    ModelError,
    UnknownModel,
)

VERBS = ("run", "demo", "convert", "bench", "models")
HEAVY = ("numpy", "cv2", "av", "openvino", "requests", "pypi_simple", "rich.progress")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["-h"], id="h"),
        pytest.param([], id="nothing at all"),
    ],
)
def test_help_names_every_verb(kinema, words):
    done = kinema(*words)
    assert (done.code, done.err) == (0, "")
    assert all(f"\n  {verb} " in done.out for verb in VERBS)
    assert "...\n" not in done.out.partition("Commands:")[2]  # no sentence is cut short


@pytest.mark.parametrize("words", [["models"], ["models", "--help"]])
def test_help_of_models_names_every_verb(kinema, words):
    done = kinema(*words)
    assert (done.code, done.err) == (0, "")
    assert all(f"\n  {verb} " in done.out for verb in ("list", "show", "pull", "add"))
    assert "...\n" not in done.out.partition("Commands:")[2]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(kinema, verb):
    done = kinema(verb, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: kinema {verb}")


def test_version(kinema):
    assert kinema("--version").out == f"kinema {package.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words):
    code = (
        f"import sys; from kinema.cli.main import _run; _run({words!r}, debug=False);"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["rubbish"], "No such command 'rubbish'; try: kinema --help", id="verb"),
        pytest.param(["run"], "Missing argument 'SOURCE'; try: kinema run --help", id="source"),
        pytest.param(
            ["run", "a.mp4", "--rubbish"],
            "No such option: --rubbish; try: kinema run --help",
            id="option",
        ),
        pytest.param(
            ["models", "show"], "Missing argument 'NAME'; try: kinema models show --help", id="name"
        ),
    ],
)
def test_wrong_usage_is_one_line(kinema, words, complaint):
    done = kinema(*words)
    assert (done.code, done.complaint) == (2, f"kinema: {complaint}")


def test_debug_shows_the_traceback_wherever_it_stands(kinema_process):
    for words in (["--debug", "run", "none.mp4"], ["run", "none.mp4", "--debug"]):
        done = kinema_process(*words)
        assert done.code != 0
        assert done.err.startswith("Traceback") and "MediaError: there is no file" in done.err


def caused(error: KinemaError, cause: Exception) -> KinemaError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(InputError("x"), 2, id="input"),
        pytest.param(FormatError("x"), 2, id="format"),
        pytest.param(MediaError("x"), 2, id="media"),
        pytest.param(UnknownModel("x"), 2, id="unknown model"),
        pytest.param(ModelError("x"), 2, id="a file that is no network"),
        pytest.param(caused(MediaError("x"), FileNotFoundError(errno.ENOENT, "")), 2, id="missing"),
        pytest.param(DownloadError("x"), 1, id="download"),
        pytest.param(ChecksumError("x"), 1, id="checksum"),
        pytest.param(MissingExtra("plotly", "report"), 1, id="extra"),
        pytest.param(KinemaError("x"), 1, id="other"),
        pytest.param(caused(MediaError("x"), OSError(errno.ENOSPC, "")), 1, id="full disk"),
        pytest.param(caused(ModelError("x"), PermissionError(errno.EACCES, "")), 1, id="cache"),
    ],
)
def test_exit_codes(error, code):
    assert exit_code(error) == code
