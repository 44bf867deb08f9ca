"""Whole recordings held against each other."""

from dataclasses import replace

import numpy as np
import pytest

from kinema.analysis.compare import compare
from kinema.errors import InputError, SkeletonError
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17, H36M17, KINECT20, OPENPOSE18
from kinema.track import Track

TURN = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def placed(track: Track, scale=1.0, shift=(0.0, 0, 0)) -> Track:
    return replace(track, keypoints=scale * track.keypoints @ TURN.T + shift)


def test_a_recording_beside_itself(walker):
    found = compare(alike(walker))
    method = found.methods[0]
    assert (found.reference, method.name, found.align, found.ranking) == ("a", "b", "rigid", None)
    assert method.errors.mpjpe == pytest.approx(0, abs=1e-6)
    assert len(found.track) == 200
    assert all(a.limits.bias == pytest.approx(0, abs=1e-3) for a in method.agreements.values())


@pytest.mark.parametrize(
    ("align", "scale", "error"),
    [
        pytest.param("rigid", 1.0, 0, id="rigid, same size"),
        pytest.param("similarity", 1.1, 0, id="with scale"),
        pytest.param("rigid", 1.1, None, id="rigid, larger"),
        pytest.param("root", 1.0, None, id="root does not turn"),
        pytest.param("none", 1.0, None, id="none"),
    ],
)
def test_alignments(walker, align, scale, error):
    other = placed(walker(late=0.3), scale, (1, 2, 3))
    method = compare({"a": walker(), "b": other}, align=align).methods[0]
    assert method.timing.offset == pytest.approx(0.3, abs=0.002)
    if error is None:
        assert method.errors.mpjpe > 0.02
        assert method.errors.p_mpjpe == pytest.approx(0, abs=2e-3)
    else:
        assert method.errors.mpjpe == pytest.approx(error, abs=2e-3)
        assert method.placement.turn_deg == pytest.approx(90, abs=0.1)
        assert method.placement.scale == pytest.approx(1 / scale, abs=1e-3)


def test_a_joint_that_is_off_by_a_known_vector(walker):
    joints = walker().keypoints.copy()
    joints[:, COCO17.index("left_wrist")] += (0.03, 0.04, 0)
    method = compare(
        {"a": walker(), "b": replace(walker(), keypoints=joints)}, align="none"
    ).methods[0]
    wrist = method.errors.joints[COCO17.index("left_wrist")]
    assert wrist.mean == pytest.approx(0.05, abs=1e-6)
    assert wrist.bias == pytest.approx((0.03, 0.04, 0), abs=1e-6)
    assert method.errors.mpjpe == pytest.approx(0.05 / 17, abs=1e-6)


def test_another_rate_and_no_common_clock(walker):
    method = compare({"a": walker(), "b": walker(late=-7.21, rate=100)}).methods[0]
    assert method.timing.offset == pytest.approx(-7.21, abs=0.002)
    assert method.errors.mpjpe < 2e-3


def test_joints_are_joined_by_name(walker):
    """COCO's and OpenPose's: the neck of the one follows from the shoulders of the other."""
    other = walker().to(OPENPOSE18)
    found = compare({"a": walker(), "b": other})
    assert set(found.joints) == set(OPENPOSE18.keypoints)
    assert found.methods[0].errors.mpjpe == pytest.approx(0, abs=1e-6)
    assert compare({"b": other, "a": walker()}).joints == OPENPOSE18.keypoints


def test_remarks_on_the_kinect(walker):
    joints = walker().keypoints
    kinect = replace(
        walker(),
        skeleton=KINECT20,
        keypoints=np.concatenate([joints, joints[:, :3] + 0.1], axis=1),
        scores=np.ones((200, 20)),
    )
    lifted = kinect.to(H36M17)
    found = compare({"kinect": kinect, "lifted": lifted})
    assert "jaw" not in found.joints
    texts = found.methods[0].remarks
    assert any(text.startswith("mid_hip: the Kinect's hip centre") for text in texts)
    assert "jaw: a Kinect has no jaw" in texts


def test_body_beside_world(walker):
    """The same poses about the pelvis, with y down and z away, and no path."""
    world = walker()
    middle = world.keypoints[:, [11, 12]].mean(axis=1, keepdims=True)
    x, y, z = np.moveaxis(world.keypoints - middle, 2, 0)
    body = replace(world, keypoints=np.stack([x, -z, y], axis=2), space="body")
    found = compare({"world": world, "body": body})
    assert (found.by_root, found.track.space) == (True, "world")
    assert found.methods[0].errors.mpjpe == pytest.approx(0, abs=1e-5)
    assert compare({"body": body, "world": world}, align="root").methods[0].errors.mpjpe < 1e-5
    with pytest.raises(InputError, match="relative to the body and in the room cannot"):
        compare({"world": world, "body": body}, align="none")


@pytest.mark.parametrize("align", ["rigid", "similarity"])
def test_about_the_hips_nothing_moves_the_hips(walker, align):
    """A body whose upper part is off by 10 cm: the fit turns it about the hips, and not away."""
    world = walker()
    middle = world.keypoints[:, [11, 12]].mean(axis=1, keepdims=True)
    points = world.keypoints - middle
    points[:, :11] += [0.1, 0, 0]
    found = compare({"world": world, "hips": replace(world, keypoints=points)}, align=align)
    method = found.methods[0]
    assert found.by_root
    assert np.abs(method.placement.translation).max() == 0
    hips = (method.track.keypoints - found.track.keypoints)[:, [11, 12]].mean(axis=1)
    assert np.abs(hips).max() < 1e-6
    assert 0.01 < method.errors.mpjpe < 0.1


def test_pictures_are_compared_as_they_are(walker):
    flat = walker()
    points = 300 + 200 * flat.keypoints[..., [0, 2]] * [1, -1]
    one = replace(flat, keypoints=points, space="image")
    two = replace(one, keypoints=points + np.array([3, 4]))
    found = compare({"one": one, "two": two})
    assert (found.unit, found.align, len(found.axes)) == ("px", "none", 2)
    assert found.methods[0].errors.mpjpe == pytest.approx(5)
    assert found.methods[0].errors.joints[0].bias == pytest.approx((3, 4))
    with pytest.raises(InputError, match="one is in a picture, in pixels, space in space"):
        compare({"one": one, "space": walker()})


def test_the_nearest_comes_first(walker):
    found = compare(
        {
            "truth": walker(),
            "rough": walker(noise=0.05, seed=1),
            "fine": walker(noise=0.01, seed=2),
        }
    )
    assert [r.name for r in found.ranking.ranks] == ["fine", "rough"]
    assert found.ranking.ranks[1].is_sure
    # The mean length of a normal vector of 10 mm a coordinate is 10 sqrt(8 / pi) mm.
    assert found.ranking.ranks[0].error == pytest.approx(0.01 * np.sqrt(8 / np.pi), rel=0.05)


def test_angles_of_another_turn(walker):
    """An angle that one recording counts from the next full turn is the same angle."""
    found = compare({"a": walker(), "b": placed(walker())})
    for agreement in found.methods[0].agreements.values():
        assert abs(agreement.limits.bias) < 180 or np.isnan(agreement.limits.bias)


def alike(walker):
    return {"a": walker(), "b": walker()}


def empty(walker):
    return replace(walker(), keypoints=np.full((200, 17, 3), np.nan))


@pytest.mark.parametrize(
    ("make", "options", "kind", "complaint"),
    [
        pytest.param(lambda w: {"a": w()}, {}, InputError, "two recordings or more", id="one"),
        pytest.param(
            alike,
            {"align": "ridgid"},
            InputError,
            "cannot align by 'ridgid'; did you mean rigid",
            id="align",
        ),
        pytest.param(alike, {"time": "rate"}, InputError, "no time alignment", id="time"),
        pytest.param(alike, {"reference": "c"}, InputError, "no recording 'c'", id="reference"),
        pytest.param(
            lambda w: {"a": w(), "b": empty(w)},
            {},
            SkeletonError,
            r"b \(coco17\) and a \(coco17\) have no joint in common",
            id="nothing found",
        ),
        pytest.param(
            lambda w: {
                "a": w(),
                "b": replace(w(), skeleton=Skeleton("other", tuple("abcdefghijklmnopq"))),
            },
            {},
            SkeletonError,
            "b .other. and a .coco17. have no joint in common",
            id="other names",
        ),
        pytest.param(
            lambda w: {"a": w(), "b": w(late=-9)},
            {"time": "none"},
            InputError,
            r"b and a do not overlap in time: 9\.00 to 12\.98 s and 0\.00 to 3\.98",
            id="no overlap",
        ),
    ],
)
def test_one_line_for_what_cannot_be_compared(walker, make, options, kind, complaint):
    with pytest.raises(kind, match=complaint):
        compare(make(walker), **options)
