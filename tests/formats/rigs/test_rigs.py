"""Calibration files: there and back, axes and units, and what is wrong with broken ones."""

import json

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import FormatError, InputError
from kinema.formats.rigs import RIG_FORMATS, read_rig, write_rig

POINTS = np.random.default_rng(0).uniform([-1, -1, 0], [1, 1, 2], (20, 3))
NAMES = ["rig.toml", "rig.qca.txt", "rig.yml", "rig.xml", "rig.json", "cameras"]


def same_pixels(one: Rig, two: Rig) -> None:
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(b.project(POINTS), a.project(POINTS), atol=1e-6)
        np.testing.assert_allclose(b.centre, a.centre, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_written_and_read(rig, tmp_path, name):
    write_rig(tmp_path / name, rig)
    again = read_rig(tmp_path / name)
    same_pixels(Rig(tuple(sorted(rig, key=lambda c: c.name))) if name == "cameras" else rig, again)
    assert {camera.name for camera in again} == {camera.name for camera in rig}
    if name != "cameras":  # OpenPose's files have no sizes
        assert [camera.size for camera in again] == [camera.size for camera in rig]


@pytest.mark.parametrize("name", NAMES[:-1])
def test_the_content_tells_the_format(rig, tmp_path, name):
    write_rig(tmp_path / name, rig)
    other = (tmp_path / name).rename(tmp_path / "calibration")
    same_pixels(rig, read_rig(other))


def test_a_camera_of_qualisys_by_hand(tmp_path):
    """It stands 2 m along x at 1 m height and looks along -x; x of its picture is world y."""
    (tmp_path / "a.qca.txt").write_text(
        '<calibration><cameras><camera serial="12" model="Miqus Video">'
        '<fov_video left="10" top="0" right="649" bottom="479"/>'
        '<transform x="2000" y="0" z="1000" r11="0" r12="1" r13="0" r21="0" r22="0" r23="1"'
        ' r31="1" r32="0" r33="0"/>'
        '<intrinsic focalLengthU="64000" focalLengthV="64000" centerPointU="21120"'
        ' centerPointV="15360" radialDistortion1="0" radialDistortion2="0"'
        ' tangentalDistortion1="0" tangentalDistortion2="0"/></camera>'
        '<camera serial="marker" model="Oqus 7+"/></cameras></calibration>'
    )
    (camera,) = read_rig(tmp_path / "a.qca.txt")
    assert (camera.name, camera.size) == ("12", (640, 480))
    np.testing.assert_allclose(camera.matrix, [[1000, 0, 320], [0, 1000, 240], [0, 0, 1]])
    np.testing.assert_allclose(camera.centre, [2, 0, 1], atol=1e-12)
    # 1 m before it, 10 cm along y and 20 cm up: right and above of the middle.
    np.testing.assert_allclose(camera.project([1, 0.1, 1.2]), [420, 40], atol=1e-9)


def test_distortion_of_qualisys_is_taken_as_it_stands(rig, tmp_path):
    write_rig(tmp_path / "rig.qca.txt", rig)
    assert 'radialDistortion1="-0.05"' in (tmp_path / "rig.qca.txt").read_text()
    np.testing.assert_allclose(
        read_rig(tmp_path / "rig.qca.txt").cameras[0].distortion, [-0.05, 0.14, 1e-4, -2e-4]
    )


TOML = """
[cam_0]
name = "A"
size = [640, 480]
matrix = [[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]
distortions = [0.1, 0, 0, 0, 0]
rotation = [0, 0, 0]
translation = [0, 0, 0]

[cam_1]
name = "B"
size = [640, 480]
matrix = [[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]
distortions = [0, 0, 0, 0, 0]
rotation = [0, 0, 0]
translation = [-280, 0, 0]

[metadata]
adjusted = false
"""


def test_anipose_is_in_millimetres_and_in_the_axes_of_a_camera(tmp_path):
    (tmp_path / "calibration.toml").write_text(TOML)
    first, second = read_rig(tmp_path / "calibration.toml")
    np.testing.assert_allclose(second.centre, [0.28, 0, 0], atol=1e-12)
    # Up in the picture is z, ahead is y.
    np.testing.assert_allclose(first.rays([[320, 240], [320, 140]])[0], [0, 1, 0], atol=1e-12)
    assert first.project([0, 2, 1])[1] < 240
    metres = read_rig(tmp_path / "calibration.toml", unit="m", up="z")
    np.testing.assert_allclose(metres.cameras[1].centre, [280, 0, 0])


def test_a_pair_as_opencvs_sample_writes_it(tmp_path):
    def matrix(name, rows, columns, data):
        return (
            f"{name}: !!opencv-matrix\n   rows: {rows}\n   cols: {columns}\n   dt: d\n"
            f"   data: {data}\n"
        )

    inner = [525.0, 0, 320, 0, 525, 240, 0, 0, 1]
    lens = "".join(matrix(f"M{i}", 3, 3, inner) + matrix(f"D{i}", 1, 5, [0.0] * 5) for i in (1, 2))
    (tmp_path / "intrinsics.yml").write_text(f"%YAML:1.0\n---\n{lens}")
    pose = matrix("R", 3, 3, [1.0, 0, 0, 0, 1, 0, 0, 0, 1]) + matrix("T", 3, 1, [-0.28, 0.0, 0.0])
    (tmp_path / "extrinsics.yml").write_text(f"%YAML:1.0\n---\n{pose}")
    left, right = read_rig(tmp_path)
    assert (left.name, right.name) == ("left", "right")
    point = [0.1, 3, 0.2]
    disparity = left.project(point) - right.project(point)
    np.testing.assert_allclose(disparity, [0.28 * 525 / 3, 0], atol=1e-9)


def test_the_example_of_openpose(tmp_path):
    (tmp_path / "17012332.xml").write_text(
        '<?xml version="1.0"?><opencv_storage><CameraMatrix type_id="opencv-matrix"><rows>3</rows>'
        "<cols>4</cols><dt>d</dt><data>1. 0. 0. 0. 0. 1. 0. 0. 0. 0. 1. 0.</data></CameraMatrix>"
        '<Intrinsics type_id="opencv-matrix"><rows>3</rows><cols>3</cols><dt>d</dt>'
        "<data>817.9 0. 600.7 0. 816.5 517.8 0. 0. 1.</data></Intrinsics>"
        '<Distortion type_id="opencv-matrix"><rows>8</rows><cols>1</cols><dt>d</dt>'
        "<data>-1.8 9.2 -4e-04 1e-03 1.3 -1.4 8.5 4.8</data></Distortion></opencv_storage>"
    )
    for path in (tmp_path, tmp_path / "17012332.xml"):
        (camera,) = read_rig(path)
        assert (camera.name, camera.size) == ("17012332", (0, 0))
        assert camera.matrix[0].tolist() == [817.9, 0, 600.7]
        assert len(camera.distortion) == 8
        np.testing.assert_allclose(camera.project([0, 2, 0]), [600.7, 517.8])


def human36m_entry(name="54138969"):
    return {
        "id": name,
        "center": [512.5, 515.5],
        "focal_length": [1145.0, 1143.8],
        "radial_distortion": [-0.2, 0.24, -0.002],
        "tangential_distortion": [-0.001, -0.0014],
        "res_w": 1000,
        "res_h": 1002,
        "orientation": [0.5, -0.5, 0.5, -0.5],
        "translation": [1841.1, 4955.3, 1563.4],
    }


def test_human36m_as_json(tmp_path):
    """The quaternion turns the camera's z axis to world -x... and its place is in millimetres."""
    path = tmp_path / "cameras.json"
    path.write_text(json.dumps({"S1": [human36m_entry()], "S5": [human36m_entry("x")]}))
    (camera,) = read_rig(path, subject="S1")
    np.testing.assert_allclose(camera.centre, [1.8411, 4.9553, 1.5634])
    np.testing.assert_allclose(camera.distortion, [-0.2, 0.24, -0.001, -0.0014, -0.002])
    np.testing.assert_allclose(camera.rotation.T @ [0, 0, 1], [1, 0, 0], atol=1e-12)
    with pytest.raises(InputError, match="name one of S1, S5"):
        read_rig(path)


def test_human36m_as_xml(tmp_path):
    values = np.zeros(300)
    start = 6 * (11 * 2 + 8)  # the third camera of S9
    values[start : start + 6] = [np.pi / 2, 0, 0, 1000, 2000, 3000]
    for camera in range(4):
        values[264 + 9 * camera :][:9] = [1145, 1144, 512, 515, -0.2, 0.24, -0.002, 1e-3, 2e-3]
    text = " ".join(f"{value:.12g}" for value in values)
    (tmp_path / "metadata.xml").write_text(f"<metadata><w0>[{text}]</w0></metadata>")
    rig = read_rig(tmp_path / "metadata.xml", subject="S9")
    third = rig["58860488"]
    np.testing.assert_allclose(third.centre, [1, 2, 3])
    np.testing.assert_allclose(third.rotation, [[1, 0, 0], [0, 0, -1], [0, 1, 0]], atol=1e-10)
    np.testing.assert_allclose(third.distortion, [-0.2, 0.24, 1e-3, 2e-3, -0.002])
    with pytest.raises(InputError, match="name one of S1, S2"):
        read_rig(tmp_path / "metadata.xml")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("a.toml", "hello", "cannot tell what calibration", id="anything"),
        pytest.param("a.toml", "", "cannot tell what calibration", id="empty"),
        pytest.param("a.toml", TOML + "\n[x", "is not TOML", id="toml broken"),
        pytest.param("a.toml", TOML.replace("rotation", "turn"), "no rotation", id="toml key"),
        pytest.param("a.toml", TOML.replace("[0, 0, 1]]", "[0, 0]]"), "matrix of", id="toml 3x2"),
        pytest.param("a.toml", TOML.replace("-280", "nan"), "not finite", id="toml nan"),
        pytest.param("a.toml", TOML.replace("500.0", "-5.0"), "focal lengths", id="toml focal"),
        pytest.param(
            "a.toml", TOML.replace("name", "fisheye = true\nname"), "fish-eye", id="toml fish eye"
        ),
        pytest.param("a.toml", TOML.replace('"B"', '"A"'), "have one name", id="toml names"),
        pytest.param("a.txt", "<calibration><cam", "is not XML", id="qca broken"),
        pytest.param("a.txt", "<calibration/>", "no camera", id="qca empty"),
        pytest.param(
            "a.txt",
            '<calibration><cameras><camera serial="1"/></cameras></calibration>',
            "has no fov_video",
            id="qca without parts",
        ),
        pytest.param("a.yml", "%YAML:1.0\n---\nx: 1\n", "no camera_matrix", id="opencv other"),
        pytest.param("a.yml", "%YAML:1.0\n---\n[[[\n", "no file of OpenCV", id="opencv broken"),
        pytest.param(
            "a.yml", '%YAML:1.0\n---\nnames: ["a"]\n', "K_a is missing", id="opencv without K"
        ),
        pytest.param(
            "a.xml",
            "<opencv_storage><CameraMatrix/></opencv_storage>",
            "CameraMatrix must have 12",
            id="openpose empty",
        ),
        pytest.param("a.json", '{"S1": [{}]}', "id is missing", id="json empty camera"),
        pytest.param("a.json", '["a"]', "is no object", id="json no camera"),
        pytest.param("a.json", '{"S1": [', "not JSON", id="json broken"),
        pytest.param(
            "a.xml", "<metadata><w0>[1 2]</w0></metadata>", "w0 must have 300", id="h36m short"
        ),
    ],
)
def test_broken_files_give_one_line(tmp_path, capfd, name, text, words):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FormatError, match=words) as caught:
        read_rig(path, subject="S1")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_rig(tmp_path / "none.toml")
    with pytest.raises(FormatError, match="no calibration file"):
        read_rig(tmp_path)


def test_what_cannot_be_written(rig, tmp_path):
    with pytest.raises(FormatError, match=r"let it end in \.toml"):
        write_rig(tmp_path / "rig.doc", rig)
    with pytest.raises(FormatError, match="unknown format 'tom'"):
        write_rig(tmp_path / "rig", rig, format="tom")
    many = Rig((Camera("a", (1, 1), np.eye(3), [0.1] * 8),))
    for name in ("a.json", "a.qca.txt"):
        with pytest.raises(InputError, match="holds 5 coefficients"):
            write_rig(tmp_path / name, many)
    spaced = Rig((Camera("Hall 3", (1, 1), np.eye(3)),))
    for name in ("a.xml", "a.yml"):
        with pytest.raises(InputError, match="'Hall 3' cannot be in a file of OpenCV"):
            write_rig(tmp_path / name, spaced)
    with pytest.raises(InputError, match="cannot write"):
        write_rig(tmp_path / "none" / "rig.toml", rig)


def test_units_and_axes_that_do_not_exist(rig, tmp_path):
    write_rig(tmp_path / "rig.toml", rig)
    with pytest.raises(InputError, match="no unit 'km'"):
        read_rig(tmp_path / "rig.toml", unit="km")
    with pytest.raises(InputError, match="no axis 'w'"):
        read_rig(tmp_path / "rig.toml", up="w")


def test_formats_have_different_names():
    assert len({known.name for known in RIG_FORMATS}) == len(RIG_FORMATS)
