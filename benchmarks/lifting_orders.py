"""Whether lifting behaves as its paper says: more frames, later frames and unlabelled motion help.

    python benchmarks/lifting_orders.py DATA... --hold-out 02,16 --out FOLDER [--epochs 20]

Trains the network of Pavllo et al. 2019, made narrower, in several forms on the same motion and
measures each on the subjects held out: one frame and 9, 27 and 81 of them; causal and symmetric;
with labels for a share of the motion, and with the 2D poses of the rest besides. What has labels is
seen by more cameras where it is less, so that all forms learn in about as many steps. All cameras
have the lens of Human3.6M's, about, for only then does a picture say how far away somebody is. A
form whose training is finished in FOLDER is not trained again.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from kinema.train.lift.loop import CARD, train_lifter
from kinema.train.lift.mocap import read_motions
from kinema.train.lift.plan import LiftPlan, widths_of

FOCAL = 1.145
"""Over the width of the picture, as of the cameras of Human3.6M."""

COLUMNS = ("mpjpe", "p_mpjpe", "n_mpjpe", "velocity")


def main() -> None:
    """Reads the command line, trains and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="+")
    parser.add_argument("--hold-out", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--views", type=int, default=2)
    parser.add_argument("--labelled", type=float, default=0.1)
    parser.add_argument("--dropout", type=float, default=LiftPlan.dropout)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--only", action="append", metavar="FORM", help="a form of the table")
    given = parser.parse_args()
    held_out = tuple(given.hold_out.split(","))
    common = LiftPlan(
        screen="picture",
        sigma=False,
        focal=FOCAL,
        channels=given.channels,
        epochs=given.epochs,
        views=given.views,
        dropout=given.dropout,
        held_out=held_out,
    )
    few = replace(common, labelled=given.labelled, views=round(given.views / given.labelled))
    forms = {
        "1 frame": replace(common, widths=widths_of(1)),
        "9 frames": replace(common, widths=widths_of(9)),
        "27 frames, causal": replace(common, causal=True),
        "27 frames": common,
        "81 frames": replace(common, widths=widths_of(81)),
        f"27 frames, {given.labelled:.0%} of the motion": few,
        f"27 frames, {given.labelled:.0%} and 2D of the rest": replace(few, semi=True),
    }
    motions = read_motions(given.data)
    print(f"{'network':44}" + "".join(f"{name:>10}" for name in COLUMNS))
    for name in given.only or forms:
        plan = forms[name]
        folder = given.out / name.replace(" ", "-").replace(",", "").replace("%", "")
        done = folder / CARD
        if not done.exists():
            train_lifter(motions, plan, folder, threads=given.threads)
        errors = json.loads(done.read_text(encoding="utf-8"))["errors_held_out_mm"]
        print(f"{name:44}" + "".join(f"{errors[column]:10.2f}" for column in COLUMNS), flush=True)


if __name__ == "__main__":
    main()
