import math

import pytest

from kinema.space.lifting import LIFT13

torch = pytest.importorskip("torch")
from kinema.train.actions import augment  # noqa: E402
from kinema.train.actions.plan import ActionPlan  # noqa: E402

ORDER = torch.from_numpy(LIFT13.mirror_order.astype("int64"))


@pytest.fixture
def clips():
    torch.manual_seed(0)
    clips = torch.rand(6, 4, 16, 13, 2) - 0.5
    clips[:, -1] = (clips[:, -1] > -0.3).float()
    return torch.where(clips[:, -1:] > 0, clips, 0)


def test_at_times_by_hand():
    x = torch.tensor([0.0, 2.0, 4.0, 0.0])
    there = torch.tensor([1.0, 1.0, 1.0, 0.0])
    clip = torch.stack([x, there])[None, :, :, None, None]
    found = augment.at_times(clip, torch.tensor([[0.0, 0.5, 1.75, 2.4, 2.6, 3.0]]))
    assert found[0, 0, :, 0, 0].tolist() == [0, 1, 3.5, 4, 0, 0]
    assert found[0, 1, :, 0, 0].tolist() == [1, 1, 1, 1, 0, 0]


def test_without_pace_and_crop_a_clip_is_resampled():
    way = torch.linspace(0, 1, 32)
    clip = torch.stack([way, torch.ones(32)])[None, :, :, None, None]
    found = augment.at_another_pace(clip, 16, pace=0.0, crop=0.0)
    assert torch.allclose(found[0, 0, :, 0, 0], torch.linspace(0, 1, 16), atol=1e-5)


def test_a_clip_at_another_pace_goes_on_and_keeps_its_ends():
    way = torch.linspace(0, 1, 64)
    clips = torch.stack([way, torch.ones(64)])[None, :, :, None, None].repeat(50, 1, 1, 1, 1)
    torch.manual_seed(0)
    quick = augment.at_another_pace(clips, 16, pace=0.5, crop=0.0)[:, 0, :, 0, 0]
    assert (quick.diff(dim=1) > 0).all()
    assert torch.allclose(quick[:, 0], torch.tensor(0.0))
    assert torch.allclose(quick[:, -1], torch.tensor(1.0))
    assert float((quick - torch.linspace(0, 1, 16)).abs().max()) > 0.03
    cut = augment.at_another_pace(clips, 16, pace=0.0, crop=0.4)[:, 0, :, 0, 0]
    lengths = cut[:, -1] - cut[:, 0]
    assert 0.6 <= float(lengths.min()) < 0.7
    assert float(lengths.max()) <= 1


def test_a_turn_about_the_vertical_keeps_heights_and_lengths(clips):
    found = augment.turned(clips, 180, 0)
    assert torch.allclose(found[:, 2:], clips[:, 2:], atol=1e-6)
    assert torch.allclose(found[:, :2].norm(dim=1), clips[:, :2].norm(dim=1), atol=1e-6)
    assert float((found[:, :2] - clips[:, :2]).abs().max()) > 0.3
    tilted = augment.turned(clips, 0, 10)
    assert torch.allclose(tilted[:, :3].norm(dim=1), clips[:, :3].norm(dim=1), atol=1e-6)
    moved = (tilted[:, :3] - clips[:, :3]).norm(dim=1).max()
    assert 0 < float(moved) < 2 * math.radians(10)


def test_in_the_picture_clips_are_turned_and_sheared(clips):
    flat = torch.cat([clips[:, :2], clips[:, -1:]], dim=1)
    turned = augment.sheared(flat, 30, 0)
    assert torch.allclose(turned[:, :2].norm(dim=1), flat[:, :2].norm(dim=1), atol=1e-6)
    sheared = augment.sheared(flat, 0, 0.2)
    shift = sheared[:, 0] - flat[:, 0]
    slant = shift[0] / flat[0, 1]
    known = slant[torch.isfinite(slant)]
    assert torch.allclose(known, known[0].expand_as(known), atol=1e-4)


def test_a_mirrored_clip_changes_sides(clips):
    whole = augment.mirrored(clips, 1.0, ORDER)
    left, right = LIFT13.index("left_wrist"), LIFT13.index("right_wrist")
    assert torch.equal(whole[:, 0, :, left], -clips[:, 0, :, right])
    assert torch.equal(whole[:, 1:, :, left], clips[:, 1:, :, right])
    assert torch.equal(augment.mirrored(whole, 1.0, ORDER), clips)
    assert torch.equal(augment.mirrored(clips, 0.0, ORDER), clips)


def test_lost_joints_are_lost_for_a_stretch(clips):
    everywhere = torch.ones(200, 4, 16, 13, 1)
    torch.manual_seed(0)
    found = augment.with_losses(everywhere, 0.3)
    there = found[:, -1, :, :, 0]
    touched = (there.amin(dim=1) == 0).float().mean()
    assert 0.25 < float(touched) < 0.32
    # Each joint goes away once and comes back once at most.
    assert int((there.diff(dim=1).abs().sum(dim=1) > 2).sum()) == 0
    assert torch.equal(found[:, 0], found[:, -1])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_absent_joints_stay_absent_and_nothing(clips, dimensions):
    clips = torch.cat([clips[:, :dimensions], clips[:, -1:]], dim=1)
    plan = ActionPlan(frames=16, pace=0.3, crop=0.2, lose=0.2, noise=0.1, scale=0.2, mirror=0.5)
    found = augment.augmented(clips, plan, ORDER)
    assert found.shape == clips.shape
    assert set(found[:, -1].unique().tolist()) == {0.0, 1.0}
    assert float(found[:, :-1].abs().amax(dim=1)[found[:, -1] == 0].max()) == 0


def test_a_plan_without_changes_changes_nothing(clips):
    plan = ActionPlan(frames=16, turn=0, tilt=0, shear=0, scale=0, noise=0, pace=0, crop=0, lose=0)
    assert torch.allclose(augment.augmented(clips, plan, ORDER), clips, atol=1e-5)
