import numpy as np
import pytest

from kinema.actions.graph import parents
from kinema.actions.spec import ActionSpec
from kinema.space.lifting import LIFT13

torch = pytest.importorskip("torch")
from kinema.train.actions.streams import (  # noqa: E402
    Bones,
    Ensemble,
    Joints,
    Member,
    Motion,
    fused,
    stream_of,
)

# Two frames of three joints in the picture, (1, D + 1, T, K, 1); the last joint is lost later.
X = [[1.0, 3.0, 6.0], [2.0, 5.0, 9.0]]
Y = [[0.0, 1.0, 1.0], [0.0, 1.0, 9.0]]
THERE = [[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]
CLIP = torch.tensor([X, Y, THERE])[None, ..., None]


def planes(values):
    return values[0, ..., 0].tolist()


def test_absent_joints_are_nothing():
    assert planes(Joints()(CLIP)) == [
        [[1, 3, 6], [2, 5, 0]],
        [[0, 1, 1], [0, 1, 0]],
        THERE,
    ]


def test_bones_go_from_the_parent():
    bones = Bones(torch.tensor([0, 0, 1]))(Joints()(CLIP))
    assert planes(bones) == [
        [[0, 2, 3], [0, 3, 0]],
        [[0, 1, 0], [0, 1, 0]],
        THERE,
    ]


def test_motion_is_the_way_to_the_next_frame():
    motion = Motion()(Joints()(CLIP))
    assert planes(motion) == [
        [[1, 2, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 0]],
        [[1, 1, 0], [0, 0, 0]],
    ]


def test_the_motion_of_bones():
    spec = ActionSpec(("a", "b"), LIFT13, dimensions=3, frames=4)
    clips = torch.rand(2, *spec.shape)
    clips[:, -1] = 1
    stream, channels = stream_of("bone-motion", spec)
    found = stream(clips)
    assert channels == found.shape[1] == 4
    parent = parents(LIFT13)
    bones = clips[:, :3] - clips[:, :3, :, parent]
    assert torch.allclose(found[:, :3, :3], bones[:, :, 1:] - bones[:, :, :-1])


def test_streams_side_by_side():
    spec = ActionSpec(("a", "b"), LIFT13, dimensions=2, frames=4)
    clips = torch.rand(2, *spec.shape)
    clips[:, -1] = 1
    stream, channels = stream_of("joint+motion", spec)
    found = stream(clips)
    assert channels == found.shape[1] == 5
    assert torch.equal(found[:, :2], clips[:, :2])
    assert torch.equal(found[:, -1], clips[:, -1])


@pytest.mark.parametrize("name", ["joint", "bone", "motion", "bone-motion", "joint+bone+motion"])
def test_what_stands_at_an_absent_joint_changes_nothing(name):
    spec = ActionSpec(("a", "b"), LIFT13, dimensions=3, frames=6)
    clips = torch.rand(2, *spec.shape)
    clips[:, -1] = (clips[:, -1] > 0.4).float()
    stream, _ = stream_of(name, spec)
    other = clips.clone()
    other[:, :3] += torch.where(clips[:, -1:] > 0, 0, 100.0)
    with_nan = torch.where(clips[:, -1:] > 0, clips, torch.nan)
    with_nan[:, -1] = clips[:, -1]
    assert torch.equal(stream(clips), stream(other))
    assert torch.equal(stream(clips), stream(with_nan))


# Probabilities 0.8, 0.2 and 0.4, 0.6 of two networks.
ONE, OTHER = torch.log(torch.tensor([[8.0, 2.0]])), torch.log(torch.tensor([[4.0, 6.0]]))


@pytest.mark.parametrize(
    ("fusion", "expected"),
    [
        pytest.param("probabilities", [0.6, 0.4], id="mean of probabilities"),
        # sqrt(0.8 x 0.4) = 0.566 against sqrt(0.2 x 0.6) = 0.346
        pytest.param("logarithms", [0.62020, 0.37980], id="mean of their logarithms"),
    ],
)
def test_an_ensemble_is_the_mean_of_its_networks(fusion, expected):
    found = torch.softmax(fused([ONE, OTHER], fusion), dim=1)
    assert np.allclose(found.numpy(), [expected], atol=1e-5)


def test_one_network_is_left_as_it_is():
    assert fused([ONE], "probabilities") is ONE


def test_a_member_may_have_several_streams_of_its_own():
    class Two(torch.nn.Module):
        def forward(self, clips, flow):
            return clips, flow

    class One(torch.nn.Module):
        def forward(self, clips):
            return clips

    members = [
        Member(torch.nn.Identity(), Two(), others=True),
        Member(torch.nn.Identity(), One()),
    ]
    ensemble = Ensemble(members, "probabilities")
    assert [each.tolist() for each in ensemble.each(ONE, OTHER)] == [
        ONE.tolist(),
        OTHER.tolist(),
        ONE.tolist(),
    ]
    expected = [(0.8 + 0.4 + 0.8) / 3, (0.2 + 0.6 + 0.2) / 3]
    assert np.allclose(torch.softmax(ensemble(ONE, OTHER), dim=1).numpy(), [expected])
