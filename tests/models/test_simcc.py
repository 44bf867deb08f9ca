"""SimCC: from rows with one high bin back to the place that it stands for."""

import numpy as np
import pytest

from kinema.errors import InputError, ModelError
from kinema.models.card import ModelCard
from kinema.models.loading import add_checked_model, load_model
from kinema.models.options import Options
from kinema.models.simcc import load_person, read_rows
from kinema.skeletons import COCO17, HALPE26, WHOLEBODY133

CROP = (192, 256)


def rows(length, bins, values, k=17):
    output = np.full((1, k, length), -0.2, np.float32)
    for joint, (place, value) in enumerate(zip(bins, values, strict=True)):
        output[0, joint, place] = value
    return output


def loaded(path, skeleton=COCO17, **options):
    card = ModelCard("mine", "simcc", skeleton, (path,), "Apache-2.0", "")
    return load_person(card, (path,), Options(precision="f32", **options))


def test_worked_example(network):
    x = rows(384, range(0, 340, 20), [0.9] * 16 + [0.0])
    y = rows(512, range(511, 171, -20), np.linspace(0.1, 1.2, 17))
    person = loaded(network(x, y, picture=(1, 3, 256, 192)))
    assert (person.crop_size, person.padding, person.channels) == (CROP, 1.25, "rgb")
    points, scores = person.start(np.zeros((256, 192, 3), np.uint8)).result()
    assert points[:16, 0].tolist() == list(range(0, 160, 10))
    assert points[:16, 1].tolist() == [255.5 - 10 * i for i in range(16)]
    # The lower of the two maxima; the last joint's is not positive.
    assert scores[:16] == pytest.approx(np.minimum(np.linspace(0.1, 1.2, 17)[:16], 0.9))
    assert np.isnan(points[16]).all() and scores[16] == 0


def original(x_rows, y_rows, split=2.0):
    """MMPose's `get_simcc_maximum` and its division by the split, joint by joint."""
    points, scores = [], []
    for x_row, y_row in zip(x_rows.tolist(), y_rows.tolist(), strict=True):
        value = min(max(x_row), max(y_row))
        place = (x_row.index(max(x_row)) / split, y_row.index(max(y_row)) / split)
        points.append(place if value > 0 else (np.nan, np.nan))
        scores.append(max(value, 0))
    return points, scores


def test_rows_are_read_as_mmpose_reads_them():
    rng = np.random.default_rng(0)
    x, y = rng.normal(-2, 1, (17, 384)), rng.normal(-2, 1, (17, 512))
    points, scores = read_rows(x.astype(np.float32), y.astype(np.float32), CROP)
    expected_points, expected_scores = original(x, y)
    np.testing.assert_allclose(points, expected_points)
    assert scores == pytest.approx(expected_scores)


@pytest.mark.parametrize("swapped", [False, True])
def test_names_say_which_row_is_which(network, swapped):
    x, y = rows(128, [10] * 17, [1.0] * 17), rows(128, [90] * 17, [1.0] * 17)
    outputs, names = ((y, x), ("simcc_y", "simcc_x")) if swapped else ((x, y), ())
    person = loaded(network(*outputs, names=names, picture=(1, 3, 64, 64)))
    points, _ = person.start(np.zeros((64, 64, 3), np.uint8)).result()
    assert points[0].tolist() == [5, 45]


@pytest.mark.parametrize("skeleton", [COCO17, HALPE26, WHOLEBODY133], ids=lambda s: s.name)
def test_as_an_added_model(network, skeleton, tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMA_DATA", str(tmp_path / "data"))
    k = len(skeleton)
    path = network(
        rows(384, [96] * k, [1] * k, k), rows(512, [80] * k, [1] * k, k), picture=(-1, 3, 256, 192)
    )
    add_checked_model(
        path, name="mine", family="simcc", skeleton=skeleton.name, licence="Apache-2.0"
    )
    assert load_model("mine").skeleton == skeleton


X, Y = np.zeros((1, 17, 384)), np.zeros((1, 17, 512))


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        pytest.param([X], "reads rows (1, K, 192 n) and (1, K, 256 n)", id="one"),
        pytest.param([X, X], "reads rows (1, K, 192 n) and (1, K, 256 n)", id="other length"),
        pytest.param([X[0], Y[0]], "reads rows", id="2D"),
        pytest.param([X, Y[:, :5]], "reads rows", id="two counts"),
        pytest.param(
            [np.zeros((1, 133, 384)), np.zeros((1, 133, 512))],
            "gives 133 keypoints, but coco17 has 17; choose another --skeleton",
            id="skeleton",
        ),
    ],
)
def test_networks_that_do_not_fit(network, outputs, message):
    with pytest.raises(ModelError) as error:
        loaded(network(*outputs, picture=(1, 3, 256, 192)))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_of_no_use(network):
    path = network(X, Y, picture=(1, 3, 256, 192))
    with pytest.raises(InputError, match="no use for --scales"):
        loaded(path, scales=(1, 2))
    with pytest.raises(InputError, match="needs a skeleton"):
        loaded(path, skeleton=None)
