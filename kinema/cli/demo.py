"""`kinema demo`: the main job on a real clip."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated

import typer


def demo(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the results.")
    ] = Path("demo"),
) -> int:
    """Find the people in a real clip.

    Fetches the model and the clip: 7.7 seconds of a man who jumps and a woman who walks by, from
    the package Sports2D.
    """
    from kinema.cli.progress import download_bar
    from kinema.cli.recordings import Recording
    from kinema.cli.run import run_all
    from kinema.models.catalogue import SAMPLE_CLIP
    from kinema.models.loading import load_model
    from kinema.models.store import fetch
    from kinema.outputs import Plan

    with download_bar("the sample clip") as progress:
        clip = fetch(SAMPLE_CLIP, progress=progress)
    with download_bar("the model") as progress:
        model = load_model(progress=progress)
    plan = Plan(save=("poses", "overlay", "openpose", "coco"))
    # In the cache its name begins with a digest, which says nothing to a reader.
    name = PurePosixPath(SAMPLE_CLIP.member).name
    return run_all([Recording(str(clip), "demo", called=name)], model, output, plan)
