import numpy as np
import pytest

from kinema.errors import InputError, ShapeError
from kinema.media.colours import direction_palette, heat_palette
from kinema.media.draw_maps import draw_all_maps, draw_confidence_map, draw_fields

DRAWERS = [
    pytest.param(draw_confidence_map, (), id="one map"),
    pytest.param(draw_all_maps, (3,), id="all maps"),
    pytest.param(lambda i, m: draw_all_maps(i, m, by_part=True), (3,), id="by part"),
    pytest.param(draw_fields, (3, 2), id="fields"),
]


def picture(width: int = 320, height: int = 240):
    return np.full((height, width, 3), 60, dtype=np.uint8)


def hot(shape: tuple[int, ...], row: int, column: int, value: float = 1.0):
    cells = np.zeros(shape, dtype=np.float32)
    cells[row, column] = value
    return cells


def glow_centre(drawn, image) -> tuple[float, float]:
    """The centre of gravity of what was changed, x and y in pixels."""
    weight = np.abs(drawn.astype(float) - image).sum(axis=2)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return float((weight * x).sum() / weight.sum()), float((weight * y).sum() / weight.sum())


@pytest.mark.parametrize(("draw", "more"), DRAWERS)
@pytest.mark.parametrize(
    ("cells", "size", "row", "column"),
    [
        pytest.param((30, 40), (320, 240), 12, 7, id="stride 8"),
        pytest.param((54, 46), (1000, 333), 20, 31, id="uneven"),
        pytest.param((9, 9), (320, 240), 4, 4, id="middle"),
    ],
)
def test_a_hot_cell_glows_where_it_lies(draw, more, cells, size, row, column):
    image = picture(*size)
    drawn = draw(image, hot((*cells, *more), row, column))
    x = (column + 0.5) * size[0] / cells[1] - 0.5
    y = (row + 0.5) * size[1] / cells[0] - 0.5
    assert glow_centre(drawn, image) == pytest.approx((x, y), abs=0.6)
    far = np.abs(np.arange(size[0]) - x) > 2.5 * size[0] / cells[1]
    assert np.array_equal(drawn[:, far], image[:, far])


@pytest.mark.parametrize(("draw", "more"), DRAWERS)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(0.0, id="zero"),
        pytest.param(0.02, id="noise"),
        pytest.param(float("nan"), id="nan"),
    ],
)
def test_nothing_to_see_leaves_the_picture(draw, more, value):
    image = picture()
    drawn = draw(image, np.full((30, 40, *more), value))
    assert np.array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


@pytest.mark.parametrize(("draw", "more"), DRAWERS)
def test_tiny_pictures_and_maps(draw, more):
    assert draw(picture(1, 1), np.ones((1, 1, *more))).shape == (1, 1, 3)
    assert draw(picture(3, 2), np.ones((54, 46, *more))).shape == (2, 3, 3)


@pytest.mark.parametrize(("draw", "more"), DRAWERS)
def test_pictures_and_maps_of_any_layout(draw, more):
    image = np.asfortranarray(np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8))
    maps = np.random.default_rng(1).random((*more[::-1], 15, 20))
    turned = np.moveaxis(maps, (-2, -1), (0, 1))
    turned = turned.swapaxes(2, 3) if turned.ndim == 4 else turned
    image.flags.writeable = turned.flags.writeable = False
    expected = draw(np.ascontiguousarray(image), np.ascontiguousarray(turned, dtype=np.float32))
    assert np.array_equal(draw(image, turned), expected)


def test_heat_follows_the_value():
    image = picture()
    drawn = draw_confidence_map(image, np.full((30, 40), 0.6))
    assert np.abs(drawn - (0.85 * heat_palette()[255] + 0.15 * image)).max() <= 2
    assert np.array_equal(drawn, draw_confidence_map(image, np.full((30, 40), 7.0)))
    half = draw_confidence_map(image, np.full((30, 40), 0.5), full=1.0)
    assert np.array_equal(half, draw_confidence_map(image, np.full((30, 40), 0.3)))
    changes = [
        float(np.abs(draw_confidence_map(image, np.full((30, 40), v)) - image.astype(int)).sum())
        for v in (0.05, 0.1, 0.2, 0.4)
    ]
    assert changes == sorted(changes)
    assert changes[0] > 0


def test_the_highest_of_all_maps_counts():
    maps = np.random.default_rng(0).random((30, 40, 5)).astype(np.float32)
    assert np.array_equal(
        draw_all_maps(picture(), maps), draw_confidence_map(picture(), maps.max(axis=2))
    )


def test_parts_have_their_own_colours():
    maps = np.zeros((30, 40, 2))
    maps[:, :18, 0] = maps[:, 22:, 1] = 1
    drawn = draw_all_maps(picture(), maps, by_part=True)
    left, right = drawn[120, 60], drawn[120, 260]
    assert left.argmax() == 0  # red begins the rainbow
    assert right.argmax() == 1 or right.argmax() == 2
    assert tuple(left) != tuple(right)


@pytest.mark.parametrize(
    ("vector", "degrees"),
    [
        pytest.param((1, 0), 0, id="right"),
        pytest.param((0, 1), 90, id="down"),
        pytest.param((-1, 0), 180, id="left"),
        pytest.param((0, -1), 270, id="up"),
    ],
)
def test_hue_is_direction(vector, degrees):
    fields = np.zeros((30, 40, 2, 2))
    fields[..., 1, :] = vector
    drawn = draw_fields(picture(), fields, arrows=False)
    expected = 0.7 * direction_palette()[degrees * 256 // 360] + 0.3 * 60
    assert np.abs(drawn - expected).max() <= 2


def test_the_longest_field_counts():
    fields = np.zeros((30, 40, 3, 2))
    fields[..., 0, :] = (0.3, 0.3)
    fields[..., 2, :] = (-0.6, 0)
    assert np.array_equal(draw_fields(picture(), fields), draw_fields(picture(), fields[:, :, 2:3]))


def test_arrows_point_along_the_field():
    fields = np.zeros((30, 40, 1, 2))
    fields[..., 0, 0] = 1
    plain = draw_fields(picture(), fields, arrows=False)
    arrows = (draw_fields(picture(), fields) != plain).any(axis=2)
    rows = arrows.sum(axis=1)
    assert rows.max() > 200  # shafts fill whole rows
    assert (rows == 0).any()  # and leave others free


def test_directions_are_equally_bright_and_opposites_differ():
    palette = direction_palette().astype(int)
    luma = palette @ [0.2126, 0.7152, 0.0722]
    assert luma.min() > 120
    assert luma.max() < 190
    assert np.abs(palette - np.roll(palette, 128, axis=0)).max(axis=1).min() > 60
    assert np.abs(palette - np.roll(palette, 1, axis=0)).max() < 50  # out of gamut


@pytest.mark.parametrize(("draw", "more"), DRAWERS[:2] + DRAWERS[3:])
def test_the_label_stands_in_the_lower_left_corner(draw, more):
    maps = np.zeros((30, 40, *more))
    changed = (draw(picture(), maps, label="right_elbow") != 60).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.min() > 200
    assert columns.max() < 160
    assert changed.any()


def test_no_parts_no_glow():
    assert np.array_equal(draw_all_maps(picture(), np.zeros((30, 40, 0))), picture())
    assert np.array_equal(draw_fields(picture(), np.zeros((30, 40, 0, 2))), picture())


@pytest.mark.parametrize(
    ("draw", "maps", "error", "message"),
    [
        pytest.param(
            draw_confidence_map,
            np.zeros((3, 3, 3)),
            ShapeError,
            "a confidence map must be (h, w) with cells, got (3, 3, 3)",
            id="map",
        ),
        pytest.param(
            draw_all_maps, np.zeros((0, 3, 2)), ShapeError, "got (0, 3, 2)", id="no cells"
        ),
        pytest.param(
            draw_fields, np.zeros((3, 3, 1, 3)), ShapeError, "(h, w, E, 2)", id="3D vectors"
        ),
        pytest.param(draw_fields, np.zeros((3, 3, 2)), ShapeError, "(h, w, E, 2)", id="no limbs"),
        pytest.param(
            lambda i, m: draw_confidence_map(i, m, full=0),
            np.zeros((3, 3)),
            InputError,
            "must be above 0, not 0",
            id="full strength",
        ),
    ],
)
def test_what_cannot_be_drawn(draw, maps, error, message):
    with pytest.raises(error) as caught:
        draw(picture(), maps)
    assert message in str(caught.value)


def test_only_pictures_are_drawn_into():
    with pytest.raises(ShapeError, match="a picture is"):
        draw_confidence_map(picture()[..., 0], np.zeros((3, 3)))
