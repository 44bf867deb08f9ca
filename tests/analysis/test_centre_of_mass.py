"""The centre of mass: tables, worked examples, missing parts, uncertainty."""

import numpy as np
import pytest

from kinema.analysis.centre_of_mass import SEGMENTS, centre_of_mass
from kinema.errors import InputError
from kinema.skeletons import BODY25, COCO17, HALPE26, HAND21, KINECT25, SKELETONS
from kinema.track import Track

# A person upright, 1.741 m, by de Leva's own mean lengths of men; x forward, z up.
MAN = {
    "head_top": 1.741, "upper_neck": 1.498, "neck": 1.4103, "thorax": 1.4103, "ear": 1.62,
    "head": 1.62, "shoulder": 1.4103, "elbow": 1.1286, "wrist": 0.8597, "index": 0.7735,
    "hand": 0.7735, "mid_hip": 0.8948, "hip": 0.8948, "knee": 0.4726, "ankle": 0.0323,
    "heel": 0.0, "big_toe": 0.0,
}  # fmt: skip


def standing(skeleton):
    points = np.full((1, len(skeleton), 3), np.nan)
    for row, joint in enumerate(skeleton.keypoints):
        name = joint.removeprefix("left_").removeprefix("right_")
        if name in MAN:
            points[0, row] = 0, 0, MAN[name]
    return points


def track_of(points, skeleton, sigma=None):
    space = "world" if points.shape[2] == 3 else "image"
    scores, times = np.ones(points.shape[:2]), np.arange(len(points)) / 30
    return Track(skeleton, points, scores, times, space=space, sigma=sigma)


@pytest.mark.parametrize("sex", [0, 1], ids=["female", "male"])
def test_the_masses_are_the_whole_body(sex):
    total = sum(part.mass[sex] * (2 if part.sided else 1) for part in SEGMENTS)
    assert total == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("sex", [0, 1], ids=["female", "male"])
def test_the_trunk_is_de_levas_by_his_other_end_points(sex):
    """From cervicale and from suprasternale it is as far above the hips."""
    shoulders, cervicale, suprasternale = (
        (497.9, 515.5)[sex], (614.8, 603.3)[sex], (529.3, 531.9)[sex],
    )  # fmt: skip
    trunk = next(part for part in SEGMENTS if part.name == "trunk")
    above = (1 - trunk.ways[0][2][sex]) * shoulders
    assert above == pytest.approx((1 - (0.4964, 0.5138)[sex]) * cervicale, abs=0.3)
    assert above == pytest.approx((1 - (0.4151, 0.4486)[sex]) * suprasternale, abs=0.3)


@pytest.mark.parametrize("skeleton", [HALPE26, BODY25, COCO17, KINECT25], ids=lambda s: s.name)
def test_a_standing_man_has_it_at_56_percent_of_his_height(skeleton):
    """Men stand with it at 56 to 57 % of the height (Palmer 1944: 0.557 h + 1.4 cm)."""
    made = centre_of_mass(track_of(standing(skeleton), skeleton), sex="male")
    assert made["centre_of_mass_z"][0] / 1.741 == pytest.approx(0.565, abs=0.015)
    assert made["centre_of_mass_x"][0] == pytest.approx(0, abs=1e-6)
    assert made["mass_share"][0] == pytest.approx(1, abs=2e-4)


def test_sexes_differ_and_the_mean_is_between():
    track = track_of(standing(HALPE26), HALPE26)
    z = {sex: centre_of_mass(track, sex=sex)["centre_of_mass_z"][0] for sex in ("female", "male")}
    mean = centre_of_mass(track)["centre_of_mass_z"][0]
    assert z["female"] != z["male"]
    assert min(z.values()) < mean < max(z.values())


def test_missing_segments_are_left_out_and_named_by_their_mass():
    points = standing(HALPE26)
    points[0, [HALPE26.index(f"left_{joint}") for joint in ("elbow", "wrist")]] = np.nan
    made = centre_of_mass(track_of(points, HALPE26), sex="male")
    assert made["mass_share"][0] == pytest.approx(1 - 0.0271 - 0.0162 - 0.0061, abs=2e-4)
    assert made["centre_of_mass_z"][0] > 0


def test_half_of_the_body_is_the_least():
    points = standing(HALPE26)
    points[0, [HALPE26.index("left_hip"), HALPE26.index("right_hip"), HALPE26.index("mid_hip")]] = (
        np.nan
    )
    made = centre_of_mass(track_of(points, HALPE26))
    assert made["mass_share"][0] < 0.5
    assert np.isnan(made["centre_of_mass_z"][0])


def test_a_hand_without_a_knuckle_and_a_foot_without_toes_shift_it_by_less_than_a_centimetre():
    whole = centre_of_mass(track_of(standing(KINECT25), KINECT25))["centre_of_mass_z"][0]
    points = standing(KINECT25)
    points[0, [KINECT25.index("left_hand"), KINECT25.index("right_hand")]] = np.nan
    less = centre_of_mass(track_of(points, KINECT25))
    assert less["mass_share"][0] == pytest.approx(1, abs=2e-4)
    assert less["centre_of_mass_z"][0] == pytest.approx(whole, abs=0.01)


def test_sigma_is_that_of_many_noisy_tracks():
    rng = np.random.default_rng(0)
    spread = rng.uniform(0.005, 0.03, len(HALPE26))
    noisy = standing(HALPE26) + rng.normal(size=(20_000, len(HALPE26), 3)) * spread[:, None]
    measured = centre_of_mass(track_of(noisy, HALPE26))["centre_of_mass_x"].std()
    one = centre_of_mass(track_of(standing(HALPE26), HALPE26, spread[None]))
    assert one.sigma_of("centre_of_mass_x")[0] == pytest.approx(measured, rel=0.03)
    assert one.sigma_of("mass_share")[0] == 0


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton(name):
    skeleton = SKELETONS[name]
    points = np.random.default_rng(0).normal(size=(2, len(skeleton), 2))
    made = centre_of_mass(track_of(points, skeleton, np.ones(points.shape[:2])))
    assert np.isnan(made["centre_of_mass_x"]).all() == ("left_hip" not in skeleton)


def test_nobody_and_nothing():
    nobody = centre_of_mass(track_of(np.empty((0, 21, 2)), HAND21))
    assert nobody.values.shape == (0, 3)
    unseen = centre_of_mass(track_of(np.full((2, 17, 2), np.nan), COCO17))
    assert np.isnan(unseen["centre_of_mass_x"]).all()
    assert unseen["mass_share"].tolist() == [0, 0]


def test_unknown_sex():
    with pytest.raises(InputError, match="did you mean male"):
        centre_of_mass(track_of(standing(COCO17), COCO17), sex="mal")
