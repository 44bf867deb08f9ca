import numpy as np
import pytest

from kinema.models.openpose.ideal_maps import ideal_maps
from kinema.models.openpose.part_fields import PartLayout
from kinema.skeleton import Skeleton

LIMB = PartLayout(Skeleton("limb", ("a", "b")), (("a", "b"),))


def maps_of(*people, size=(20, 10)):
    """Ideal maps of people given as ((x, y) of a, (x, y) of b)."""
    return ideal_maps(LIMB, np.array(people, np.float32).reshape(-1, 2, 2), size)


def test_a_joint_is_a_gaussian_one_cell_wide():
    heatmap = maps_of([(5, 4), (15, 4)]).heatmap("a")
    assert heatmap[4, 5] == 1
    np.testing.assert_allclose(heatmap[4, 6], np.exp(-1 / 2), rtol=1e-6)
    np.testing.assert_allclose(heatmap[6, 5], np.exp(-4 / 2), rtol=1e-6)
    np.testing.assert_allclose(heatmap[5, 6], np.exp(-2 / 2), rtol=1e-6)


def test_of_two_people_the_higher_counts():
    heatmap = maps_of([(5, 4), (15, 4)], [(8, 4), (15, 8)]).heatmap("a")
    np.testing.assert_allclose(heatmap[4, 5:9], np.exp([0, -0.5, -0.5, 0]), rtol=1e-6)


def test_the_field_points_from_the_first_joint_to_the_second():
    field = maps_of([(3, 2), (15, 7)]).fields[0]  # 12 right, 5 down, 13 long
    np.testing.assert_allclose(field[:, 2, 3], [12 / 13, 5 / 13], rtol=1e-6)
    on_limb = np.abs(field).sum(axis=0) > 0
    np.testing.assert_allclose(np.hypot(*field)[on_limb], 1, rtol=1e-6)


def test_a_limb_is_three_cells_thick_and_ends_at_its_joints():
    field = maps_of([(3, 4), (6, 4)]).fields[0, 0]
    expected = np.zeros((10, 20))
    expected[3:6, 3:7] = 1
    assert field.tolist() == expected.tolist()


def test_where_two_limbs_lie_on_each_other_the_field_is_their_mean():
    fields = maps_of([(2, 5), (12, 5)], [(7, 1), (7, 9)]).fields[0]
    assert fields[:, 5, 7].tolist() == [0.5, 0.5]
    assert fields[:, 5, 3].tolist() == [1, 0]
    assert fields[:, 2, 7].tolist() == [0, 1]


def test_opposite_limbs_cancel():
    fields = maps_of([(2, 5), (12, 5)], [(12, 5), (2, 5)]).fields
    assert not fields.any()


def test_joints_may_lie_outside():
    maps = maps_of([(-2, 4), (25, 4)])
    np.testing.assert_allclose(maps.heatmap("a")[4, 0], np.exp(-2), rtol=1e-6)
    assert maps.heatmap("b").max() < 1e-6
    assert (maps.fields[0, 0, 3:6] == 1).all()


@pytest.mark.parametrize(
    "person",
    [
        pytest.param([(np.nan, np.nan), (5, 4)], id="no start"),
        pytest.param([(5, 4), (np.nan, np.nan)], id="no end"),
        pytest.param([(5, 4), (5, 4)], id="no length"),
    ],
)
def test_there_is_no_limb_without_two_joints(person):
    maps = maps_of(person)
    assert not maps.fields.any()
    assert maps.heatmaps.max() == 1
    assert not np.isnan(maps.heatmaps).any()


@pytest.mark.parametrize("size", [(20, 10), (1, 1), (1, 5)], ids=str)
def test_nobody(size):
    maps = maps_of(size=size)
    assert maps.size == size
    assert maps.heatmaps.shape == (2, size[1], size[0])
    assert maps.fields.shape == (1, 2, size[1], size[0])
    assert not maps.heatmaps.any() and not maps.fields.any()
