"""The `kinema` command: all verbs, and how errors reach the user.

Exit codes: 0 done, 2 bad input or usage, 1 failure, 130 stopped by Ctrl-C or a request to end.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
from typing import Annotated

import typer

import kinema
from kinema.cli import (
    actions,
    angles,
    bench,
    calibrate,
    compare,
    convert,
    demo,
    evaluate,
    gait,
    lift,
    models,
    record,
    report,
    run,
    stereo,
    teach,
    train,
    triangulate,
)
from kinema.errors import (
    ChecksumError,
    DownloadError,
    InputError,
    KinemaError,
    MediaError,
    ModelError,
)

BAD_INPUT, FAILURE, INTERRUPTED = 2, 1, 130
FAULTS_OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM}
)

app = typer.Typer(
    name="kinema",
    help="Measure human movement with any camera: keypoints, people, pictures and files.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("angles")(angles.angles)
app.command("gait")(gait.gait)
app.command("report")(report.report)
app.command("record")(record.record)
app.command("calibrate")(calibrate.calibrate)
app.command("stereo")(stereo.stereo)
app.command("triangulate")(triangulate.triangulate)
app.command("lift")(lift.lift)
app.command("compare")(compare.compare)
app.command("demo")(demo.demo)
app.command("teach")(teach.teach)
app.command("convert")(convert.convert)
app.command("bench")(bench.bench)
app.add_typer(models.app, name="models")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(train.app, name="train")
app.add_typer(actions.app, name="actions")


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of errors.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        typer.echo(f"kinema {kinema.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line and ends the process with its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Accepted anywhere on the line, since it is often added to a command that has just failed.
    debug = "--debug" in arguments
    arguments = [word for word in arguments if word != "--debug"]
    logging.basicConfig(format="kinema: %(message)s", handlers=[_StderrLines()])
    if debug:
        logging.getLogger("kinema").setLevel(logging.DEBUG)
    # A service that is told to end, or a job whose time is up, keeps what it has done.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(_run(arguments, debug=debug))


def _run(arguments: list[str], *, debug: bool) -> int:
    try:
        code = app(arguments, prog_name="kinema", standalone_mode=False)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "kinema"
        _complain(f"{error.format_message().rstrip('.')}; try: {command} --help")
        return BAD_INPUT
    except KinemaError as error:
        if debug:
            raise
        _complain(str(error))
        return exit_code(error)
    except OSError as error:  # of standard output, for those of files are KinemaErrors
        if debug:
            raise
        if not isinstance(error, BrokenPipeError):  # as in `kinema ... | head`
            _complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
        _drop_standard_output()
        return FAILURE
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:  # Typer makes it of Ctrl-C
        _complain("stopped; what was written until now is kept")
    return code if isinstance(code, int) else 0


def exit_code(error: KinemaError) -> int:
    """2 if the user can mend it by giving something else, 1 if machine or network failed."""
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in FAULTS_OF_THE_MACHINE:
        return FAILURE
    if isinstance(error, InputError | MediaError):
        return BAD_INPUT
    bad_file = isinstance(error, ModelError) and not isinstance(
        error, DownloadError | ChecksumError
    )
    return BAD_INPUT if bad_file and not isinstance(cause, OSError) else FAILURE


class _StderrLines(logging.Handler):
    """Warnings as lines on stderr, wherever that is by then: a bar may have taken it over."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)  # noqa: T201


def _complain(message: str) -> None:
    print(f"kinema: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201


def _drop_standard_output() -> None:
    """Sends what is still to come to nowhere, or Python would complain once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    main()
