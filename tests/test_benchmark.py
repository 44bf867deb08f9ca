import math
from dataclasses import asdict
from fractions import Fraction

import numpy as np
import pytest

from kinema.benchmark import CROWD_MAPS, crowd_keypoints, measure
from kinema.errors import InputError, MediaError
from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter
from kinema.models.loading import load_model
from kinema.models.openpose.ideal_maps import ideal_maps
from kinema.models.openpose.model import COCO_CHANNELS
from kinema.models.openpose.part_fields import Thresholds, find_people
from kinema.skeletons import BODY25, COCO17, OPENPOSE18

LINKING = ["frame", "people_1", "people_9", "people_30"]
KEYS = [
    *("network_fps", "decode_fps", "run_fps", "run_to_network_ratio"),
    *("linking_ms", "peak_memory_mb", "frames", "machine"),
]
MACHINE = ["processor", "cores", "system", "python", "runtime", "arithmetic"]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """12 frames of 160 x 96 pixels: a bright bar that moves."""
    path = tmp_path_factory.mktemp("video") / "bar.mp4"
    with VideoWriter(path, MediaInfo("bar", "video", (160, 96), Fraction(25))) as out:
        for number in range(12):
            image = np.full((96, 160, 3), 60, np.uint8)
            image[:, 10 * number : 10 * number + 20] = 220
            out.write(image, number / 25)
    return path


@pytest.mark.parametrize(
    ("people", "lost"),
    [
        pytest.param(0, 0, id="nobody"),
        pytest.param(1, 0, id="1"),
        pytest.param(9, 0, id="9"),
        pytest.param(30, 4, id="30: some eyes are one"),
    ],
)
def test_a_crowd_is_found_again(people, lost):
    crowd = crowd_keypoints(OPENPOSE18, people)
    assert crowd.shape == (people, 18, 2)
    assert not np.isnan(crowd).any()
    maps = ideal_maps(COCO_CHANNELS.layout, crowd, CROWD_MAPS)
    keypoints, _ = find_people(maps, Thresholds())
    assert len(keypoints) == people
    assert np.isfinite(keypoints[..., 0]).sum() == people * 18 - lost


@pytest.mark.parametrize("people", [1, 2, 9, 30])
def test_people_of_a_crowd_stand_apart_and_inside(people):
    crowd = crowd_keypoints(OPENPOSE18, people)
    assert crowd.min() >= 0
    assert (crowd.max(axis=(0, 1)) <= np.array(CROWD_MAPS) - 1).all()
    necks = crowd[:, OPENPOSE18.index("neck")]
    distance = np.linalg.norm(necks[:, None] - necks, axis=2) + np.eye(people) * 99
    assert distance.min() > 5


def test_joints_without_a_place_are_absent():
    crowd = crowd_keypoints(BODY25, 2)
    absent = [BODY25.keypoints[i] for i in np.flatnonzero(np.isnan(crowd[0, :, 0]))]
    assert absent and all("toe" in joint or "heel" in joint for joint in absent)
    assert not np.isnan(crowd_keypoints(COCO17, 1)).any()


def test_measuring(video):
    turns = []
    model = load_model(size=96, precision="f32")
    timings = measure(model, str(video), turns=1, on_turn=lambda: turns.append(1))
    assert turns == [1]
    assert list(asdict(timings)) == KEYS
    assert list(timings.linking_ms) == LINKING
    assert list(timings.machine) == MACHINE
    assert timings.frames == 12
    rates = timings.network_fps, timings.decode_fps, timings.run_fps
    for number in (*rates, timings.run_to_network_ratio, *timings.linking_ms.values()):
        assert math.isfinite(number) and number > 0
    assert timings.peak_memory_mb is None or 50 < timings.peak_memory_mb < 100_000
    assert timings.run_to_network_ratio == pytest.approx(timings.run_fps / timings.network_fps)
    assert timings.machine["arithmetic"] == "f32"
    assert timings.machine["cores"] >= 1


def test_only_models_with_maps_can_be_timed(video):
    class Other:
        name = "other"
        skeleton = COCO17
        parallel = 1

    with pytest.raises(InputError, match="OpenPose family can be timed, not other"):
        measure(Other(), str(video))


def test_a_source_that_is_not_there(tmp_path):
    with pytest.raises(MediaError, match="there is no file"):
        measure(load_model("openpose"), str(tmp_path / "none.mp4"), turns=1)
