"""Heatmap networks: from maps of known Gaussians back to where their centres are."""

import math

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.models.card import ModelCard
from kinema.models.families import FAMILIES
from kinema.models.heatmap import FORMS, load_person, quarter_offset, read_maps, taylor_offset
from kinema.models.options import Options
from kinema.models.runtime import Network
from kinema.skeleton import Skeleton
from kinema.skeletons import MPII16

THREE = Skeleton("three", ("a", "b", "c"))
CROP = (48, 64)


def gaussian(x, y, size=(12, 16), sigma=2.0):
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    squared = (columns - x) ** 2 + (rows - y) ** 2
    return np.exp(-squared / (2 * sigma**2)).astype(np.float32)


def loaded(path, family="heatmap", skeleton=THREE, **options):
    card = ModelCard("mine", family, skeleton, (path,), "MIT", "")
    return load_person(card, (path,), Options(precision="f32", **options))


def read(person):
    return person.start(np.zeros((CROP[1], CROP[0], 3), np.uint8)).result()


def original_taylor(heatmap, x, y, kernel):
    """Equations 7 to 9 of DARK as they are printed, cell by cell, on the whole map."""
    h, w = heatmap.shape
    sigma = 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8  # as OpenCV takes it for a kernel
    reach = kernel // 2
    weights = [math.exp(-(i**2) / (2 * sigma**2)) for i in range(-reach, reach + 1)]
    total = sum(weights)

    def blurred(at_x, at_y):
        value = 0.0
        for j in range(-reach, reach + 1):
            for i in range(-reach, reach + 1):
                if 0 <= at_x + i < w and 0 <= at_y + j < h:
                    weight = weights[i + reach] * weights[j + reach] / total**2
                    value += weight * float(heatmap[at_y + j, at_x + i])
        return value

    highest = max(blurred(i, j) for i in range(w) for j in range(h))
    p = {
        (i, j): math.log(max(1e-10, blurred(x + i, y + j) / highest * float(heatmap.max())))
        for i in range(-2, 3)
        for j in range(-2, 3)
    }
    dx, dy = (p[1, 0] - p[-1, 0]) / 2, (p[0, 1] - p[0, -1]) / 2
    dxx = (p[2, 0] - 2 * p[0, 0] + p[-2, 0]) / 4
    dyy = (p[0, 2] - 2 * p[0, 0] + p[0, -2]) / 4
    dxy = (p[1, 1] - p[1, -1] - p[-1, 1] + p[-1, -1]) / 4
    determinant = dxx * dyy - dxy**2
    return (
        -(dyy * dx - dxy * dy) / determinant,
        -(dxx * dy - dxy * dx) / determinant,
    )


@pytest.mark.parametrize("channels_last", [False, True], ids=["planes", "pixels"])
@pytest.mark.parametrize("background", [False, True], ids=["joints", "joints and background"])
def test_worked_example(network, channels_last, background):
    maps = [gaussian(5, 8), gaussian(3.4, 6.7) * 0.5, np.zeros((16, 12))]
    if background:
        maps.append(np.ones((16, 12)))
    output = np.stack(maps)[None]
    path = network(output.transpose(0, 2, 3, 1) if channels_last else output)
    person = loaded(path)
    assert (person.name, person.skeleton, person.crop_size) == ("mine", THREE, CROP)
    assert (person.padding, person.channels) == (1.25, "rgb")
    points, scores = read(person)
    # Cells 4 pixels wide. The second one's highest cell is (3, 7): a quarter right, a quarter up.
    assert points[:2].tolist() == [[20, 32], [4 * 3.25, 4 * 6.75]]
    assert np.isnan(points[2]).all()
    assert scores == pytest.approx([1, 0.5 * math.exp(-(0.4**2 + 0.3**2) / 8), 0], abs=1e-6)


def test_the_last_of_several_stages_counts(network):
    first = np.stack([gaussian(2, 2)] * 3)[None]
    last = np.stack([gaussian(8, 10)] * 3)[None]
    points, _ = read(loaded(network(first, last)))
    assert points.tolist() == [[32, 40]] * 3


@pytest.mark.parametrize("place", [(20.0, 28.0), (20.4, 27.7), (19.51, 28.49)], ids=str)
def test_dark_finds_the_centre_of_a_gaussian(place):
    maps = gaussian(*place, size=(48, 64))[None]
    expected = np.array(place) * 4
    points, _ = read_maps(maps, (192, 256), refine="taylor")
    assert points[0] == pytest.approx(expected, abs=0.002)
    points, _ = read_maps(maps, (192, 256), refine="quarter")
    assert np.abs(points[0] - expected).max() <= 1


@pytest.mark.parametrize("kernel", [11, 17])
def test_dark_is_what_its_equations_say(kernel):
    rng = np.random.default_rng(kernel)
    for _ in range(5):
        x, y = rng.uniform(4, 15, 2)
        heatmap = gaussian(x, y, size=(20, 20)) + gaussian(y, x, size=(20, 20)) * 0.3
        heatmap += rng.uniform(0, 0.02, heatmap.shape).astype(np.float32)
        row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
        if not (2 <= row < 18 and 2 <= column < 18):
            continue
        offset = taylor_offset(heatmap, np.array([column, row]), kernel=kernel)
        assert offset == pytest.approx(original_taylor(heatmap, column, row, kernel), abs=1e-4)


def test_unbiased_maps_measure_from_the_centres_of_the_outer_pixels():
    maps = np.zeros((2, 64, 48), np.float32)
    maps[0, 0, 0] = maps[1, 63, 47] = 1
    points, _ = read_maps(maps, (192, 256), unbiased=True)
    assert points.tolist() == [[0, 0], [191, 255]]
    points, _ = read_maps(maps, (192, 256))
    assert points.tolist() == [[0, 0], [188, 252]]


@pytest.mark.parametrize(
    ("cell", "offset"),
    [
        pytest.param((5, 5), (0.25, -0.25), id="inside"),
        pytest.param((1, 5), (0, 0), id="at the left edge"),
        pytest.param((5, 11), (0, 0), id="at the lower edge"),
    ],
)
def test_quarter_offset(cell, offset):
    columns, rows = np.meshgrid(np.arange(11), np.arange(12))
    heatmap = (columns - rows).astype(np.float32)  # higher to the right and above
    assert quarter_offset(heatmap, np.array(cell)).tolist() == list(offset)


@pytest.mark.parametrize(
    "heatmap",
    [
        pytest.param(np.ones((9, 9)), id="flat"),
        pytest.param(np.tile(np.arange(9), (9, 1)), id="slope"),
        pytest.param(np.full((9, 9), np.nan), id="NaN"),
        pytest.param(np.ones((1, 1)), id="one cell"),
    ],
)
def test_maps_that_are_no_hills_have_no_offset(heatmap):
    heatmap = heatmap.astype(np.float32)
    cell = np.array([heatmap.shape[1] // 2, heatmap.shape[0] // 2])
    assert taylor_offset(heatmap, cell, kernel=11).tolist() == [0, 0]


def test_dark_and_udp_by_their_families(network):
    output = np.stack([gaussian(20.3, 27.6, (48, 64))] * 3)[None]
    path = network(output, picture=(1, 3, 256, 192))
    crop = np.zeros((256, 192, 3), np.uint8)
    places = {}
    for family in ("heatmap", "heatmap-dark", "heatmap-udp"):
        points, _ = loaded(path, family).start(crop).result()
        places[family] = points[0]
    step = np.array([191 / 47, 255 / 63])
    assert places["heatmap-udp"] == pytest.approx(places["heatmap-dark"] / 4 * step, abs=1e-3)
    assert np.abs(places["heatmap"] - places["heatmap-dark"]).max() < 1.01
    assert not (places["heatmap"] == places["heatmap-dark"]).all()


def test_efficientpose_has_an_order_of_its_own(network):
    maps = np.zeros((1, 64, 48, 16), np.float32)
    for number in range(16):
        maps[0, 2 * number, number, number] = 1
    path = network(maps, picture=(1, 64, 48, 3))
    points, _ = read(loaded(path, "efficientpose", MPII16))
    places = dict(zip(MPII16.keypoints, points.tolist(), strict=True))
    assert places["head_top"] == [0, 0]
    assert places["upper_neck"] == [1, 2]
    assert places["thorax"] == [5.0, 10.0]
    assert places["mid_hip"] == [9.0, 18.0]
    assert places["right_ankle"] == [12.0, 24.0]
    assert places["left_ankle"] == [15.0, 30.0]
    with pytest.raises(InputError, match="--skeleton mpii16"):
        loaded(path, "efficientpose", Skeleton("s", tuple("abcdefghijklmnop")))


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        # (value - mean) / deviation of red 100, green 150, blue 200
        pytest.param("heatmap", (-0.4054, 0.5903, 1.6814), id="ImageNet"),
        pytest.param("alphapose", (-0.0138, 0.1312, 0.3043), id="AlphaPose"),
        pytest.param("efficientpose", (-0.2157, 0.1765, 0.5686), id="-1 to 1"),
    ],
)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_what_the_networks_are_given(network, family, expected, layout):
    given = Network(network.echo(layout), picture=FORMS[family].picture, precision="f32")
    crop = np.zeros((6, 4, 3), np.uint8) + np.array([100, 150, 200], np.uint8)
    (output,) = given.start(crop).result()
    pixel = output[0, :, 0, 0] if layout == "NCHW" else output[0, 0, 0]
    assert pixel == pytest.approx(expected, abs=1e-4)


def test_every_form_is_a_family():
    assert set(FORMS) == {
        name for name, family in FAMILIES.items() if family.module == "kinema.models.heatmap"
    }


MAPS = np.zeros((1, 3, 16, 12))


@pytest.mark.parametrize(
    ("outputs", "picture", "message"),
    [
        pytest.param([MAPS[:, :2]], (1, 3, 64, 48), "(1, 2, 16, 12); the family", id="count"),
        pytest.param([MAPS[0]], (1, 3, 64, 48), "reads maps (1, 3, h, w) or (1, h, w, 3)", id="3D"),
        pytest.param([MAPS], (1, 3, -1, -1), "leaves the size of its pictures open", id="size"),
        pytest.param([MAPS], (1, 5, 64, 48), "no picture of the form (1, 3, H, W)", id="5 planes"),
        pytest.param([MAPS], (1, 3), "no picture of the form (1, 3, H, W)", id="no picture"),
    ],
)
def test_networks_that_do_not_fit(network, outputs, picture, message):
    path = network(*outputs, picture=picture)
    with pytest.raises(ModelError) as error:
        loaded(path)
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_options_without_use(network):
    with pytest.raises(InputError, match="mine has no use for --size"):
        loaded(network(MAPS), size=256)
