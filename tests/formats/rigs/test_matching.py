import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.formats.rigs.matching import camera_named_in, camera_of, fitting

K = np.array([[1000.0, 0, 640], [0, 1000, 360], [0, 0, 1]])
RIG = Rig(tuple(Camera(name, (1280, 720), K) for name in ("cam1", "cam12", "side")))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param("walk_cam1.mp4", "cam1", id="a word of the file name"),
        pytest.param("cam12.jsonl", "cam12", id="not the beginning of a longer one"),
        pytest.param("Side/walk.mp4", "side", id="a folder, in capitals"),
        pytest.param("cam1/side.mp4", "side", id="the file before its folder"),
        pytest.param("walk.mp4", None, id="none"),
    ],
)
def test_the_camera_in_a_name(source, name):
    assert camera_named_in(source, [camera.name for camera in RIG]) == name


def test_the_camera_of_one_recording():
    assert camera_of(RIG, "x/cam12.mp4").name == "cam12"
    assert camera_of(RIG, "x/cam12.mp4", "side").name == "side"
    alone = Rig(RIG.cameras[:1])
    assert camera_of(alone, "walk.mp4").name == "cam1"
    with pytest.raises(InputError, match=r"walk\.mp4 is named after none of the cameras cam1, cam"):
        camera_of(RIG, "walk.mp4")
    with pytest.raises(InputError, match="no camera 'front'"):
        camera_of(RIG, "walk.mp4", "front")


def test_pictures_of_another_size(caplog):
    camera = RIG["side"]
    half = fitting(camera, (640, 360), "walk.mp4")
    assert half.size == (640, 360)
    # A point at a corner of the picture stays there: (-0.5, -0.5) is it at any size.
    assert np.allclose(half.matrix @ [-0.64 - 0.0005, -0.36 - 0.0005, 1], [-0.5, -0.5, 1])
    assert fitting(camera, None, "walk.mp4") is camera
    assert not caplog.records
    assert fitting(camera, (720, 720), "walk.mp4") is camera
    assert "taken as cut off" in caplog.text
