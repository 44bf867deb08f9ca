import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.models.blazepose.landmarks import LandmarkNetwork, refine

POINTS = 39
INPUT = (1, 256, 256, 3)


def maps(*values, background=0.0):
    """One heatmap (64, 64, 1) with values (column, row, value)."""
    heatmap = np.full((64, 64, 1), background, np.float32)
    for column, row, value in values:
        heatmap[row, column] = value
    return heatmap


@pytest.mark.parametrize(
    ("place", "values", "expected"),
    [
        pytest.param((20.9, 30.2), [(20, 30, 0.9)], (20, 30), id="one cell: its first edge"),
        pytest.param((20, 30), [(20, 30, 0.5), (22, 30, 0.5)], (21, 30), id="mean"),
        pytest.param((20, 30), [(20, 30, 0.6), (20, 33, 0.2)], (20, 30.75), id="by weight"),
        pytest.param((20, 30), [(20, 30, 0.6), (24, 30, 0.9)], (20, 30), id="4 cells off: no"),
        pytest.param((20.9, 30.2), [(20, 30, 0.49)], (20.9, 30.2), id="not clear enough"),
        pytest.param((0, 63), [(0, 63, 0.5), (3, 63, 0.5)], (1.5, 63), id="corner"),
        pytest.param((-1, 30), [(0, 30, 0.9)], (-1, 30), id="left of it"),
        pytest.param((64, 30), [(63, 30, 0.9)], (64, 30), id="right of it"),
        pytest.param((np.nan, 30), [(0, 30, 0.9)], (np.nan, 30), id="nan"),
        pytest.param((1e30, 30), [(63, 30, 0.9)], (1e30, 30), id="far off"),
    ],
)
def test_a_place_moves_to_the_mass_of_its_heatmap(place, values, expected):
    refined = refine(np.array([place], np.float32) / 64, maps(*values), logits=False)
    np.testing.assert_allclose(refined * 64, [expected], rtol=1e-6)


def test_logits_go_through_the_sigmoid():
    heatmap = maps((20, 30, 0.0), (22, 30, np.log(3)), background=-60)  # 0.5 and 0.75
    refined = refine(np.array([[20, 30]], np.float32) / 64, heatmap, logits=True)
    np.testing.assert_allclose(refined * 64, [(21.2, 30)], rtol=1e-6)


def outputs(**changed):
    """Points on a diagonal, 4 pixels from one to the next; the last ones leave the crop."""
    values = np.zeros((POINTS, 5), np.float32)
    values[:, 0] = values[:, 1] = 4 * np.arange(POINTS)
    values[:, 3], values[:, 4] = np.log(4), np.log(9)  # sigmoids 0.8 and 0.9
    given = {
        "points": values.reshape(1, -1),
        "flag": np.array([[0.75]]),
        "mask": np.zeros((1, 256, 256, 1)),
        "maps": np.full((1, 64, 64, POINTS), -60.0),
        "space": np.arange(POINTS * 3).reshape(1, -1) / 100,
    }
    return given | changed


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(("points", "flag", "mask", "maps", "space"), id="TFLite"),
        pytest.param(("maps", "mask", "points", "flag", "space"), id="TensorFlow.js"),
        pytest.param(("space", "maps", "flag", "points"), id="no mask"),
    ],
)
def test_outputs_are_told_by_their_shapes(network, order):
    given = outputs()
    landmarks = LandmarkNetwork(network(*(given[name] for name in order), picture=INPUT))
    assert len(landmarks.network.outputs) == 4  # the mask is not computed
    look = landmarks.start(np.zeros((256, 256, 3), np.uint8)).result()
    np.testing.assert_allclose(look.places[:, 0] * 256, 4 * np.arange(POINTS))
    np.testing.assert_allclose(look.visibility, 0.8, rtol=1e-6)
    np.testing.assert_allclose(look.presence, 0.9, rtol=1e-6)
    np.testing.assert_allclose(look.space[1], [0.03, 0.04, 0.05], rtol=1e-6)
    assert look.certainty == 0.75


@pytest.mark.parametrize(
    ("background", "peak", "moved"),
    [
        pytest.param(-60.0, 5.0, True, id="logits, as in TFLite"),
        pytest.param(0.0, 0.9, True, id="after the sigmoid, as in TensorFlow.js"),
        pytest.param(0.0, 0.0, False, id="nothing in the maps"),
    ],
)
def test_heatmaps_of_both_kinds(network, background, peak, moved):
    heatmaps = np.full((1, 64, 64, POINTS), background)
    heatmaps[0, 11, 12, 10] = peak  # point 10 is at (40, 40) pixels, cell (10, 10)
    path = network(*outputs(maps=heatmaps).values(), picture=INPUT)
    look = LandmarkNetwork(path).start(np.zeros((256, 256, 3), np.uint8)).result()
    np.testing.assert_allclose(look.places[10] * 256, (48, 44) if moved else (40, 40), atol=0.01)
    np.testing.assert_allclose(look.places[9] * 256, (36, 36), atol=0.01)


@pytest.mark.parametrize(
    ("left_out", "picture"),
    [
        pytest.param("points", INPUT, id="no points"),
        pytest.param("maps", INPUT, id="no heatmaps"),
        pytest.param("space", INPUT, id="no metres"),
        pytest.param(None, (1, 224, 224, 3), id="other size"),
    ],
)
def test_other_networks_are_refused(network, left_out, picture):
    given = [array for name, array in outputs().items() if name != left_out]
    path = network(*given, picture=picture)
    with pytest.raises(ModelError, match="the family blazepose reads 195 and 117 values"):
        LandmarkNetwork(path)
