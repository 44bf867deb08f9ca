"""Rigs of cameras, drawn to scale."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import MediaError
from kinema.media.images import read_image
from kinema.media.scene import draw_rig, rig_svg, write_rig_picture
from kinema.media.scene.ground import frustum

K = np.array([[800.0, 0, 319.5], [0, 800, 239.5], [0, 0, 1]])
# Looks along y, x to the right and z up.
LEVEL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def at(name, x, y, z):
    return Camera(name, (640, 480), K, rotation=LEVEL, translation=-LEVEL @ [x, y, z])


@pytest.fixture
def rig():
    return Rig((at("left <1>", -1, 0, 1.5), at("right", 2, 0, 1.5), at("high", 0, -3, 2.5)))


def words(svg):
    return {
        element.text: tuple(float(element.get(axis)) for axis in "xy")
        for element in ET.fromstring(svg).iter("text")
    }


def test_a_frustum_points_where_the_camera_looks():
    points = frustum(at("a", 1, 2, 3), 0.8)
    np.testing.assert_allclose(points[0], (1, 2, 3))
    np.testing.assert_allclose(points[1:, 1], 2.8)
    np.testing.assert_allclose(points[1], (1 - 0.3195, 2.8, 3 + 0.2395), atol=1e-9)  # left top
    np.testing.assert_allclose(points[3], (1 + 0.3195, 2.8, 3 - 0.2395), atol=1e-9)
    unknown = replace(at("a", 1, 2, 3), size=(0, 0))
    np.testing.assert_allclose(frustum(unknown, 0.8), points, atol=1e-9)


def test_names_heights_and_distances(rig):
    found = words(rig_svg(rig))
    assert {"left <1>", "right", "high"} <= set(found)
    assert {"left <1>, 1.50 m", "high, 2.50 m"} <= set(found)
    assert "3.00 m" in found  # from the left to the right one
    assert f"{np.sqrt(1 + 9 + 1):.2f} m" in found
    # From above y is up, from the side z; x is to the right in both, at one place.
    assert found["left <1>"][0] < found["high"][0] < found["right"][0]
    assert found["high"][1] > found["right"][1]
    assert found["high, 2.50 m"][1] < found["right, 1.50 m"][1]
    assert found["right"][0] == found["right, 1.50 m"][0]


def test_it_is_to_scale(rig):
    """Circles at the cameras: 3 m from left to right in both views, 1 m of height below."""
    svg = rig_svg(rig)
    discs = []
    for path in ET.fromstring(svg).iter("path"):
        numbers = np.array(re.findall(r"-?[\d.]+", path.get("d")), float).reshape(-1, 2)
        if len(numbers) == 16:
            discs.append(numbers.mean(axis=0))
    left, right, high, left2, right2, high2 = np.array(discs)
    metre = (right - left)[0] / 3
    np.testing.assert_allclose(right2 - left2, (3 * metre, 0), atol=0.1)
    np.testing.assert_allclose(high - left, (metre, 3 * metre), atol=0.2)
    np.testing.assert_allclose(high2 - left2, (metre, -metre), atol=0.2)


def test_a_page_colours_it_and_a_file_has_its_own(rig, tmp_path):
    assert "var(--ink)" in rig_svg(rig)
    write_rig_picture(tmp_path / "rig.svg", rig)
    text = (tmp_path / "rig.svg").read_text("utf-8")
    assert "var(" not in text
    assert "left &lt;1&gt;" in text
    ET.fromstring(text)


def test_as_pixels(rig, tmp_path):
    write_rig_picture(tmp_path / "rig.png", rig)
    image = read_image(tmp_path / "rig.png").image
    np.testing.assert_array_equal(image, draw_rig(rig))
    assert image.shape[1] == 1800
    for colour in ((10, 111, 194), (194, 94, 0), (60, 157, 99)):
        assert (image == colour).all(axis=2).sum() > 100


def test_boards_and_paths(rig):
    board = np.array([[0, 2, 0], [1, 2, 0], [1, 3, 0], [0, 3, 0.0]])
    path = np.array([[0, 1, 1], [0.5, 1, 1], [np.nan] * 3, [0.7, 1, 1], [0.9, 1, 1]])
    svg = rig_svg(rig, outlines=[board], paths=[path])
    assert svg.count('stroke-width="0.8"') == 2  # one outline in two views
    assert svg.count('stroke-width="1.6"') == 2 * 2  # two stretches


@pytest.mark.parametrize(
    "cameras",
    [
        pytest.param([at("a", 0, 0, 0)], id="one"),
        pytest.param([at("a", 0, 0, 1), at("b", 0, 0, 1)], id="one place"),
        pytest.param([at("a", 0, 0, -40), at("b", 300, 0, -40)], id="far apart"),
    ],
)
def test_unusual_rigs(cameras):
    svg = rig_svg(Rig(tuple(cameras)))
    assert "nan" not in svg
    assert draw_rig(Rig(tuple(cameras))).shape[1] == 1800


def test_bad_names(rig, tmp_path):
    with pytest.raises(MediaError, match="end in one of"):
        write_rig_picture(tmp_path / "rig.txt", rig)
    with pytest.raises(MediaError, match="cannot write"):
        write_rig_picture(tmp_path / "no" / "rig.svg", rig)
