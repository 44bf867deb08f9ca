"""How many swaps of left and right in one view the other cameras undo, and what is touched wrongly.

    python benchmarks/space_swaps.py --calibration FILE cam1.jsonl cam2.jsonl ...

The files are poses of synchronous cameras. Swaps of all kinds and lengths are put into one camera
after the other, five times, once those that the recording has are undone. Joints whose sides lie
nearer in the picture than 2 % of the person's height do not count: there is no left and right.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from camera_noise import person_height
from swap_injection import inject, members
from swaps import TOGETHER, Count, Counts

from kinema.camera import Rig
from kinema.formats import read_poses
from kinema.formats.rigs import read_rig
from kinema.space.person import PersonInSpace, PersonPlan, person_in_space
from kinema.space.reconstruction import SpacePlan, reconstruct
from kinema.track import Track
from kinema.tracking.cleaning import clean
from kinema.triangulate import View, match_cameras, paired
from kinema.triangulate.views import fitting

ROUNDS = 5
FACE = ("eye", "ear", "mouth")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("poses", nargs="+")
    parser.add_argument("--calibration", required=True)
    parser.add_argument("--cameras", type=int, help="Only the first so many.")
    words = parser.parse_args()
    rig, views = _views(read_rig(words.calibration), words.poses[: words.cameras])
    found = reconstruct(rig, paired(views, {}), SpacePlan(people=1))
    person, track = found.people[0], found.tracks[0]
    counts: Counts = defaultdict(Count)
    moved: dict[str, list[npt.NDArray[np.float64]]] = defaultdict(list)
    print(f"{person.exchanged.mean():.2%} of joints exchanged as found")
    for camera in range(len(rig)):
        for seed in range(ROUNDS):
            _judge(found.rig, person, track, camera, seed, counts, moved)
    print(f"{'swaps':24}{'joints':>9}{'undone':>10}{'clean':>10}{'touched':>10}")
    for row in [name for name in counts if not name.startswith("clean ")]:
        clean_one = counts.get(f"clean {row}")
        own = f"{row:24}{counts[row].number:9}{counts[row].share:8.1f} %"
        print(own + (f"{clean_one.number:10}{clean_one.share:8.2f} %" if clean_one else ""))
    for name, ways in moved.items():
        way = 1000 * np.concatenate(ways)
        print(
            f"{name}: swapped joints are off by {np.nanmean(way):.0f} mm on average, "
            f"{np.nanpercentile(way, 95):.0f} mm in 5 %, {np.isnan(way).mean():.1%} lost"
        )


def _judge(
    rig: Rig,
    person: PersonInSpace,
    track: Track,
    camera: int,
    seed: int,
    counts: Counts,
    moved: dict[str, list[npt.NDArray[np.float64]]],
) -> None:
    rng = np.random.default_rng(100 * camera + seed)
    seen = np.where(person.seen[..., None], person.pixels, np.nan)
    weights = person.seen.astype(np.float64)
    flat = Track(
        track.skeleton, seen[camera].astype(np.float32), weights[camera], track.times, id=0
    )
    injected, wrong, swaps = inject(flat, rng, at_crossings=bool(seed % 2), every=0.5)
    pixels, sure = seen.copy(), weights.copy()
    pixels[camera], sure[camera] = injected.keypoints, injected.scores
    before = person_in_space(rig, track.skeleton, seen, weights)
    order = track.skeleton.mirror_order
    apart = np.linalg.norm(injected.keypoints - injected.keypoints[:, order], axis=2)
    visible = (apart > TOGETHER * person_height(flat)) & (order != np.arange(len(order)))
    for name, plan in (("undone", PersonPlan()), ("left", PersonPlan(repair_sides=False))):
        after = person_in_space(rig, track.skeleton, pixels, sure, plan)
        for smooth in ("", ", cleaned"):
            ways = [_points(one, track, smooth=bool(smooth)) for one in (before, after)]
            way = np.linalg.norm(ways[1] - ways[0], axis=2)
            known = ~np.isnan(ways[0]).any(axis=2) & wrong & visible
            moved[name + smooth].append(way[known])
        if name == "left":
            continue
        exchanged = after.exchanged ^ before.exchanged
        counts["all"].add(wrong & visible, exchanged[camera])
        counts["clean all"].add(~wrong & visible, exchanged[camera])
        names = track.skeleton.keypoints
        face = np.array([any(word in name for word in FACE) for name in names])
        for row, part in (("arms and legs", visible & ~face), ("eyes and ears", visible & face)):
            counts[row].add(wrong & part, exchanged[camera])
            counts[f"clean {row}"].add(~wrong & part, exchanged[camera])
        for swap in swaps:
            here = np.zeros_like(wrong)
            here[swap.start : swap.stop, members(track.skeleton, swap.kind)] = True
            for row in (f"kind: {swap.kind}", f"length: {swap.length}"):
                counts[row].add(here & visible, exchanged[camera])
        others = np.delete(exchanged, camera, axis=0)
        counts["of other cameras"].add(np.ones_like(others), others)


def _points(person: PersonInSpace, track: Track, *, smooth: bool) -> npt.NDArray[np.float64]:
    """The joints in space (T, K, 3), as they are or cleaned."""
    if not smooth:
        return person.points
    own = Track(
        track.skeleton,
        person.points.astype(np.float32),
        np.clip(person.scores, 0, 1).astype(np.float32),
        track.times,
        id=0,
        space="world",
        sigma=person.sigma.astype(np.float32),
    )
    return clean(own, repair_swaps=False).track.at(track.times).keypoints.astype(np.float64)


def _views(rig: Rig, paths: Sequence[str]) -> tuple[Rig, list[View]]:
    views = []
    for path, camera in zip(paths, match_cameras(rig, paths), strict=True):
        with read_poses(path) as recording:
            views.append(View(camera, path, list(recording), recording.header.size))
    return Rig(tuple(fitting(rig[view.camera], view) for view in views)), views


if __name__ == "__main__":
    main()
