"""Accuracy against speed: every entry that is named, measured in one go on this machine.

    pip install 'kinema[docs,evaluate]'
    python benchmarks/accuracy_speed.py --annotations person_keypoints_val2017.json \
        --images val2017 --models openpose openpose:mirror,size=480 nanodet+movenet-thunder

An entry is NAME, or NAME+REFINE, with options after a colon: mirror, size=736, scales=0.5/1/1.5,
precision=f32. Without --models it is the whole catalogue and what goes well together. Each runs in
a process of its own and is kept in --cache, so that the command can be stopped and given again;
what was measured with other code, weights or labels is measured anew. What cannot run is skipped,
and said.

Accuracy is what `kinema evaluate coco` gives; of a detector it is that of the boxes. Speed is
frames per second of the whole run, from the video to poses, on the part of the sample clip in which
there are two people.

It writes kinema/models/measured.json, which the catalogue shows, and from that
docs/pictures/accuracy_speed.png and the pages of the documentation. With --models, other entries of
that file stay as they are. With --limit it only prints. --speed measures the speed alone, of
entries whose accuracy is in the file, and needs neither labels nor pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

from one_entry import Entry, measure_entry

import kinema
from kinema.errors import InputError, KinemaError
from kinema.models.catalogue import CARDS, DEFAULT_MODEL
from kinema.models.measured import RESULTS, Measured, read_measured

ROOT = Path(__file__).parents[1]
PLOT = ROOT / "docs" / "pictures" / "accuracy_speed.png"
TOGETHER = (
    DEFAULT_MODEL,
    f"{DEFAULT_MODEL}:mirror",
    "nanodet+movenet-lightning",
    "nanodet+blazepose-full",
    "nanodet+blazepose-heavy",
    "nanodet+efficientpose",
    "openpose+movenet-thunder",
    "openpose:mirror",
    "openpose:mirror,scales=0.5/1/1.5/2",
)
"""Measured too where no entry is named."""

FORMAT = 2  # of the cache


def main() -> None:
    """Measures what is not in the cache, and writes what came of it."""
    arguments = _arguments()
    try:
        named = [Entry.parse(text) for text in arguments.models or ()]
    except InputError as error:
        raise SystemExit(str(error)) from error
    if arguments.measure:
        _measure_here(named[0], arguments)
        return
    entries = named or [Entry.parse(text) for text in (*(c.name for c in CARDS), *TOGETHER)]
    arguments.cache.mkdir(parents=True, exist_ok=True)
    old = read_measured(arguments.results) if arguments.results.exists() else ()
    known = {result.entry: result for result in old}
    results: list[Measured] = []
    for number, entry in enumerate(entries, 1):
        print(f"[{number}/{len(entries)}] {entry.text}: ", end="", flush=True)
        result = _measured(entry, arguments)
        if arguments.speed and isinstance(result, Measured):
            result = _with_accuracy(result, known.get(entry.text))
        if isinstance(result, Measured):
            results.append(result)
            print(f"{result.accuracy}, {result.frames_per_second:.1f} frames/s")
        else:
            print(f"skipped: {result}")
    if not results:
        raise SystemExit("nothing could be measured")
    if arguments.limit is None:
        new = {result.entry: result for result in results}
        _write(arguments.results, list((known | new if named else new).values()))


def _with_accuracy(speed: Measured, known: Measured | None) -> Measured | str:
    """What is known of the accuracy of an entry, with its speed as it was measured now."""
    if known is None or known.digests != speed.digests:
        return "its accuracy is not in the file; leave --speed out"
    return replace(
        known,
        frames_per_second=speed.frames_per_second,
        others=speed.others,
        processor=speed.processor,
        cores=speed.cores,
        runtime=speed.runtime,
    )


def _write(path: Path, entries: list[Measured]) -> None:
    """Writes the file of results, the plot and the pages."""
    from accuracy_plot import draw_plot

    document = {"entries": [asdict(entry) for entry in entries]}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")
    print(path)
    if path == RESULTS:
        draw_plot(PLOT, entries)
        subprocess.run([sys.executable, str(ROOT / "docs" / "generate.py")], check=True)
        print(f"{PLOT}\nand the pages of docs/generate.py")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--annotations", type=Path, help="COCO's keypoint labels")
    parser.add_argument("--images", type=Path, help="the folder of the pictures")
    parser.add_argument("--speed", action="store_true", help="measure speed alone")
    parser.add_argument("--models", nargs="+", metavar="ENTRY", help="default: see above")
    parser.add_argument("--limit", type=int, help="the first so many pictures only")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds an entry may take")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "accuracy_speed")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--measure", metavar="FILE", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.speed and not (arguments.annotations and arguments.images):
        parser.error("--annotations and --images are needed, unless --speed is given")
    return arguments


def _measured(entry: Entry, arguments: argparse.Namespace) -> Measured | str:
    """From the cache, or from a process of its own; else why there is none."""
    try:
        path = arguments.cache / f"{_key(entry, arguments)}.json"
    except (KinemaError, OSError) as error:
        return str(error)
    if arguments.speed or not path.exists():
        command = [sys.executable, __file__, "--measure", str(path), "--models", entry.text]
        if arguments.speed:
            command += ["--speed"]
        else:
            command += ["--annotations", str(arguments.annotations)]
            command += ["--images", str(arguments.images)]
        command += ["--limit", str(arguments.limit)] if arguments.limit else []
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=arguments.timeout
            )
        except subprocess.TimeoutExpired:
            return f"it took more than {arguments.timeout:.0f} seconds"
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
            return lines[-1]
    return Measured.from_json(json.loads(path.read_text(encoding="utf-8")))


def _key(entry: Entry, arguments: argparse.Namespace) -> str:
    """Name of the file in the cache: the entry, and a digest of all that it depends on."""
    parts: list[object] = [FORMAT, kinema.__version__, entry.text, arguments.limit]
    if not arguments.speed:
        parts.append(hashlib.sha256(arguments.annotations.read_bytes()).hexdigest())
    parts += [_digest_of_sources(), entry.digests()]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9.+=-]+', '_', entry.text)}-{digest}"


def _digest_of_sources() -> str:
    """Changes with all code that numbers depend on: they are measured anew then."""
    digest = hashlib.sha256()
    for folder in ("evaluation", "formats", "media", "models"):
        for path in sorted((ROOT / "kinema" / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _measure_here(entry: Entry, arguments: argparse.Namespace) -> None:
    """Measures one entry in this process and keeps what it came to."""
    try:
        data = None if arguments.speed else (arguments.annotations, arguments.images)
        result = measure_entry(entry, data, arguments.limit)
    except KinemaError as error:
        raise SystemExit(str(error)) from error
    part = arguments.measure.with_suffix(".part")
    part.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    part.replace(arguments.measure)


if __name__ == "__main__":
    main()
