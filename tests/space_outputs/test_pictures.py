"""Pictures of people in space, with what they were recorded with."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.media.frame import MediaInfo
from kinema.media.sources import read_video
from kinema.media.writer import VideoWriter
from kinema.skeletons import COCO17
from kinema.space_outputs.pictures import PICTURES, Footage, write_pictures
from kinema.track import Track

TIMES = np.arange(20) / 25


def lifted(scene) -> Track:
    """Somebody about the pelvis who faces the camera: x right, y down, z away."""
    x, y, z = np.moveaxis(scene.walk(20), 2, 0)
    points = np.stack([y, 0.95 - z, -0.1 * x], axis=2)
    return Track(COCO17, points, np.ones(points.shape[:2]), TIMES, id=3, space="body")


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, MediaInfo("clip", "video", (320, 240), Fraction(25))) as out:
        for time in TIMES:
            out.write(np.full((240, 320, 3), 128, np.uint8), time)
    return path


def test_lifted_people_beside_their_video(scene, clip, tmp_path):
    seen = Track(COCO17, 100 + 50 * lifted(scene).keypoints[..., :2], np.ones((20, 17)), TIMES)
    footage = Footage(str(clip), overlay=[seen], model="a model")
    kinds = ("film", "gif", "report")
    files = write_pictures([lifted(scene)], TIMES, tmp_path / "new" / "a.lifted", kinds, footage)
    assert [path.name for path in files] == [f"a.lifted{PICTURES[kind]}" for kind in kinds]
    with read_video(files[0]) as video:
        pictures = [np.array(frame.image) for frame in video]
    assert len(pictures) == 20
    assert pictures[0].shape == (720, 960 + 720, 3)
    grey = np.abs(pictures[0][:, :960].astype(int) - 128).max(axis=2) < 8
    assert 0.8 < grey.mean() < 0.999  # the people were drawn into the video
    page = files[2].read_text("utf-8")
    assert '<canvas class="space"' in page
    assert "a model" in page


def test_a_page_of_clean_people_claims_no_cleaning_and_says_where_they_come_from(scene, tmp_path):
    track = lifted(scene)
    footage = Footage(title="Lifted from clip.mp4", made={"lifted": "about the pelvis"})
    pages = {}
    for name, sigma in (("unknown", None), ("known", np.full((20, 17), 0.0123))):
        people = [replace(track, sigma=sigma)]
        (page,) = write_pictures(people, TIMES, tmp_path / name, ["report"], footage)
        pages[name] = page.read_text("utf-8")
    for text in pages.values():
        assert "<title>Lifted from clip.mp4</title>" in text
        assert "<th>lifted</th>" in text
        assert "± 0.0" not in text
        for claim in ("Swaps undone", "Outliers replaced", "as detected", "smooth none"):
            assert claim not in text
    assert "Joint noise" not in pages["unknown"]
    assert "± 12.3 mm" in pages["known"]


def test_nothing_but_people(scene, tmp_path):
    files = write_pictures([lifted(scene)], TIMES, tmp_path / "a", ["film", "report"])
    with read_video(files[0]) as video:
        assert len(list(video)) == 20
    assert "<video " not in files[1].read_text("utf-8")


def test_the_cameras_must_be_known(scene, tmp_path):
    with pytest.raises(InputError, match="unknown"):
        write_pictures([lifted(scene)], TIMES, tmp_path / "a", ["rig"])
    track = Track(COCO17, scene.walk(20), np.ones((20, 17)), TIMES, space="world")
    camera = Camera("a", (10, 10), np.eye(3))
    (path,) = write_pictures([track], TIMES, tmp_path / "a", ["rig"], Footage(rig=Rig((camera,))))
    assert path.read_text("utf-8").startswith("<svg")
    with pytest.raises(InputError, match="no camera 'b'"):
        footage = Footage(rig=Rig((camera,)), camera="b")
        write_pictures([track], TIMES, tmp_path / "a", ["film"], footage)
