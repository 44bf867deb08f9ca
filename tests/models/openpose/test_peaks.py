import numpy as np
import pytest

from kinema.models.openpose.peaks import MAX_PEAKS, find_peaks

CENTRE, SIDE = 0.786986, 0.106507  # weights of the blur: exp(-2 x^2) at -1, 0, 1, sum 1
IDEAL_LOSS = (CENTRE + 2 * SIDE * np.exp(-0.5)) ** 2  # what it leaves of a peak one cell wide


def gaussian(x, y, size=(31, 31), height=1.0):
    """One map (1, h, w) with a peak of standard deviation 1."""
    columns, rows = np.arange(size[0]), np.arange(size[1])[:, None]
    squared = (columns - x) ** 2 + (rows - y) ** 2
    return (height * np.exp(-squared / 2)).astype(np.float32)[None]


def drawn(*lines):
    """A map from text: `#` is 0.8, digits are tenths, the rest is 0; each letter 3 x 3 cells."""
    value = {"#": 0.8} | {str(i): i / 10 for i in range(10)}
    small = np.array([[value.get(letter, 0) for letter in line] for line in lines])
    return np.pad(small.repeat(3, 0).repeat(3, 1), 2).astype(np.float32)[None]


def test_a_peak_on_the_middle_of_a_cell():
    peaks = find_peaks(gaussian(12, 7), 0.05)
    assert peaks.part.tolist() == [0]
    assert peaks.xy.tolist() == [[12, 7]]
    assert peaks.scores.tolist() == [1]


def test_ideal_peaks_are_found_to_a_few_thousandths_of_a_cell():
    places = np.random.default_rng(0).uniform(3, 27, (300, 2))
    peaks = find_peaks(np.concatenate([gaussian(x, y) for x, y in places]), 0.05)
    assert peaks.part.tolist() == list(range(300))
    assert np.abs(peaks.xy - places).max() < 0.004


@pytest.mark.parametrize(
    ("noise", "median", "worst"),
    [pytest.param(0.02, 0.04, 0.2, id="0.02"), pytest.param(0.05, 0.1, 0.45, id="0.05")],
)
def test_noisy_peaks_are_found_to_a_fraction_of_a_cell(noise, median, worst):
    rng = np.random.default_rng(1)
    places = rng.uniform(3, 27, (300, 2))
    maps = np.concatenate([gaussian(x, y) for x, y in places])
    maps += rng.normal(0, noise, maps.shape).astype(np.float32)
    peaks = find_peaks(maps, 0.4)  # the noise itself is below
    assert peaks.part.tolist() == list(range(300))
    error = np.hypot(*(peaks.xy - places).T)
    assert np.median(error) < median
    assert error.max() < worst


@pytest.mark.parametrize(
    ("height", "count"),
    [
        pytest.param(0.1001 / IDEAL_LOSS, 1, id="just above"),
        pytest.param(0.0999 / IDEAL_LOSS, 0, id="just below"),
    ],
)
def test_the_threshold_is_on_the_blurred_map(height, count):
    assert len(find_peaks(gaussian(12, 7, height=height), 0.1).part) == count


def test_the_score_is_that_of_the_map_itself_and_at_most_1():
    maps = np.concatenate([gaussian(9, 9, height=height) for height in (0.3, 1.7)])
    np.testing.assert_allclose(find_peaks(maps, 0.05).scores, [0.3, 1.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("heatmap", "cell"),
    [
        pytest.param(drawn("#"), (2, 2), id="square"),
        pytest.param(drawn("####"), (2, 2), id="bar"),
        pytest.param(drawn("#.#", "#.#", "###"), (2, 2), id="U: two first corners"),
        pytest.param(drawn(".#.", "###", ".#."), (5, 2), id="cross"),
        pytest.param(drawn("55588"), (11, 2), id="a step is no peak"),
        pytest.param(drawn("88", "58", "55"), (2, 2), id="a step below"),
        pytest.param(np.full((1, 9, 7), 0.5, np.float32), (0, 0), id="constant"),
    ],
)
def test_a_plateau_is_one_peak(heatmap, cell):
    peaks = find_peaks(heatmap, 0.05)
    assert len(peaks.part) == 1
    assert np.abs(peaks.xy[0] - cell).max() <= 1.5  # the blur rounds the first corner off


def test_twin_cells_have_their_peak_between_them():
    peaks = find_peaks(gaussian(12.5, 7), 0.05)
    assert peaks.xy.tolist() == [[12.5, 7]]


@pytest.mark.parametrize("x", [0, 0.4, 10.2, 15.6, 16], ids="x={}".format)
@pytest.mark.parametrize("y", [0, 0.4, 5.5, 8.6, 9], ids="y={}".format)
def test_a_peak_on_the_border_is_one_peak_in_the_map(x, y):
    peaks = find_peaks(gaussian(x, y, size=(17, 10)), 0.05)
    assert len(peaks.part) == 1
    assert np.abs(peaks.xy[0] - (x, y)).max() < 0.41
    assert (peaks.xy[0] >= 0).all() and (peaks.xy[0] <= (16, 9)).all()
    if x in (0, 16) and y in (0, 9):
        assert peaks.xy[0].tolist() == [x, y]


@pytest.mark.parametrize("place", [(-1, 5), (17, 5), (5, -1), (5, 10)], ids=str)
def test_a_peak_beyond_the_border_shows_on_the_border(place):
    peaks = find_peaks(gaussian(*place, size=(17, 10)), 0.05)
    assert np.abs(peaks.xy - np.clip(place, 0, (16, 9))).max() < 1e-3


@pytest.mark.parametrize("height", [1, 2, 5])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_smallest_maps(width, height):
    heatmap = np.zeros((1, height, width), np.float32)
    assert len(find_peaks(heatmap, 0.05).part) == 0
    heatmap[0, -1, -1] = 1
    assert find_peaks(heatmap, 0.05).xy.tolist() == [[width - 1, height - 1]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.3, 0.0], ids=str)
def test_maps_without_a_maximum(value):
    assert len(find_peaks(np.full((2, 6, 8), value, np.float32), 0.05).part) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -5.0], ids=str)
def test_a_bad_cell_spoils_its_neighbours_only(value):
    heatmap = gaussian(12, 7)
    heatmap[0, 20, 20] = value
    assert find_peaks(heatmap, 0.05).xy.tolist() == [[12, 7]]


def test_of_too_many_peaks_the_highest_are_kept():
    heatmaps = np.zeros((3, 40, 60), np.float32)
    heatmaps[:, 1::3, 1::3] = np.linspace(0.2, 0.9, 13 * 20).reshape(13, 20)
    heatmaps[0] = gaussian(5, 5, size=(60, 40))[0]
    peaks = find_peaks(heatmaps, 0.05)
    assert np.bincount(peaks.part).tolist() == [1, MAX_PEAKS, MAX_PEAKS]
    kept = np.linspace(0.2, 0.9, 13 * 20)[-MAX_PEAKS:]
    np.testing.assert_allclose(peaks.scores[1 : 1 + MAX_PEAKS], kept, rtol=1e-6)
    assert (np.diff(peaks.part) >= 0).all()


def slow_peaks(heatmap, threshold):
    """Cells (x, y) of the maxima of one map, by explicit loops."""
    h, w = heatmap.shape
    kernel = np.outer([SIDE, CENTRE, SIDE], [SIDE, CENTRE, SIDE])
    edge = np.pad(heatmap.astype(float), 1, mode="edge")
    blurred = np.zeros((h + 2, w + 2))
    for y in range(h):
        for x in range(w):
            blurred[y + 1, x + 1] = (edge[y : y + 3, x : x + 3] * kernel).sum()
    found = set()
    for y in range(1, h + 1):
        for x in range(1, w + 1):
            around = blurred[y - 1 : y + 2, x - 1 : x + 2].copy()
            around[1, 1] = -np.inf
            if blurred[y, x] >= threshold and blurred[y, x] > around.max():
                found.add((x - 1, y - 1))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_same_as_by_loops(seed):
    heatmaps = np.random.default_rng(seed).random((4, 13, 21), dtype=np.float32)
    peaks = find_peaks(heatmaps, 0.4)
    for part, heatmap in enumerate(heatmaps):
        cells = peaks.xy[peaks.part == part].round().astype(int).tolist()
        assert {tuple(cell) for cell in cells} == slow_peaks(heatmap, 0.4)
        assert len(cells) == len({tuple(cell) for cell in cells})
