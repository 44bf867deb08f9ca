from itertools import pairwise

import numpy as np
import pytest

from kinema.actions.spec import ActionSpec
from kinema.skeletons import SKELETONS
from kinema.space.lifting import LIFT13

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
pytest.importorskip("lightning")
from kinema.train.actions.baseline import Linear  # noqa: E402
from kinema.train.actions.encoding import NUMBERS, Descriptor, EncodingNetwork, cosines  # noqa: E402
from kinema.train.actions.norm import JointNorm  # noqa: E402
from kinema.train.actions.plan import plan_for  # noqa: E402
from kinema.train.actions.rnn import RecurrentNetwork  # noqa: E402
from kinema.train.actions.stgcn import SpatialTemporalGraphNetwork  # noqa: E402
from kinema.train.actions.task import network_of  # noqa: E402
from kinema.train.actions.two_stream import FlowNetwork  # noqa: E402

SPEC = ActionSpec(("a", "b", "c"), LIFT13, dimensions=3, frames=16, people=2)


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def block_parameters(inputs, outputs, joints, *, stride=1, shortcut=True):
    """Of one block of ST-GCN, as the original implementation has it, layer by layer."""
    spatial = inputs * 3 * outputs + 3 * outputs  # a 1 x 1 convolution for each of three parts
    norms = 2 * 2 * outputs
    temporal = 9 * outputs * outputs + outputs
    importance = 3 * joints * joints
    changed = shortcut and (inputs != outputs or stride != 1)
    around = inputs * outputs + outputs + 2 * outputs if changed else 0
    return spatial + norms + temporal + importance + around


def stgcn_parameters(channels, joints, labels):
    """Ten blocks of 64, 128 and 256 channels, before them a batch normalisation."""
    total = 2 * channels * joints + 256 * labels + labels
    total += block_parameters(channels, 64, joints, shortcut=False)
    widths = (64, 64, 64, 64, 128, 128, 128, 256, 256, 256)
    for before, after in pairwise(widths):
        total += block_parameters(before, after, joints, stride=1 if before == after else 2)
    return total


@pytest.mark.parametrize(
    ("skeleton", "dimensions", "labels", "expected"),
    [
        pytest.param("openpose18", 2, 400, 3_177_140, id="Kinetics: 18 joints, 400 labels"),
        pytest.param("kinect25", 2, 60, 3_098_832, id="NTU: 25 joints, 60 labels"),
    ],
)
def test_the_graph_network_is_as_large_as_that_of_the_paper(skeleton, dimensions, labels, expected):
    joints = SKELETONS[skeleton]
    network = SpatialTemporalGraphNetwork(dimensions + 1, labels, joints)
    assert count(network) == stgcn_parameters(dimensions + 1, len(joints), labels) == expected


def test_the_graph_network_halves_its_frames_twice():
    network = SpatialTemporalGraphNetwork(4, 3, LIFT13, channels=8, blocks=(1, 1, 1), stride=2)
    values = torch.rand(2, 8, 64, 13)
    shapes = []
    for block in network.blocks[1:]:
        values = block(values, network.adjacency)
        shapes.append(tuple(values.shape))
    assert shapes == [(2, 16, 32, 13), (2, 32, 16, 13)]
    assert network(torch.rand(2, 4, 64, 13, 1)).shape == (2, 3)


@pytest.mark.parametrize(
    ("kind", "gates"), [pytest.param("gru", 3, id="gru"), pytest.param("lstm", 4, id="lstm")]
)
def test_recurrent_networks_have_so_many_parameters(kind, gates):
    network = RecurrentNetwork(kind, 4, 13, 1, 5, hidden=32, layers=2, both=True)
    cell = lambda inputs: gates * (inputs * 32 + 32 * 32 + 2 * 32)  # noqa: E731
    expected = 2 * 4 * 13 + 2 * cell(52) + 2 * cell(64) + 4 * 32 * 5 + 5
    assert count(network) == expected


def test_a_network_for_live_use_looks_back_only():
    network = RecurrentNetwork("gru", 4, 13, 1, 5, hidden=8, both=False).eval()
    states = []
    network.cells.register_forward_hook(lambda _, __, output: states.append(output[0]))
    clips = torch.rand(1, 4, 10, 13, 1)
    other = clips.clone()
    other[:, :, 7:] += 1
    network(clips)
    network(other)
    assert torch.equal(states[0][:, :7], states[1][:, :7])
    assert not torch.equal(states[0][:, 7:], states[1][:, 7:])


def test_the_flow_network_has_so_many_parameters():
    layers = 27 * (2 * 16 + 16 * 32 + 32 * 64) + 2 * (16 + 32 + 64)
    network = FlowNetwork(5, channels=16)
    assert count(network) == layers + 64 * 5 + 5
    assert network(torch.zeros(2, 2, 16, 32, 32)).shape == (2, 5)


def test_the_descriptor_by_hand():
    values = torch.zeros(1, 2, 8, 1, 1)
    values[0, 0, :, 0, 0] = torch.tensor([0.0, 0, 0, 0, 2, 2, 2, 9])
    values[0, 1, :, 0, 0] = torch.tensor([1.0, 1, 1, 1, 1, 1, 1, 0])  # the last frame is absent
    found = Descriptor(8)(values)[0]
    assert len(found) == NUMBERS + 1
    mean = 6 / 7
    halves, quarters = [0.0, 2.0], [0.0, 0.0, 2.0, 2.0]
    expected = [mean, np.sqrt((4 * mean**2 + 3 * (2 - mean) ** 2) / 7), -mean, 2 - mean, 2 / 6]
    expected += [part - mean for part in halves + quarters]
    assert np.allclose(found[:11], expected, atol=1e-5)
    away = np.array([-mean] * 4 + [2 - mean] * 3 + [0])
    first = (np.cos(np.pi * (np.arange(8) + 0.5) / 8) * away).sum() * np.sqrt(2 / 8)
    assert np.isclose(found[11], first, atol=1e-5)
    assert np.isclose(found[-1], 7 / 8)


def test_the_cosines_are_orthonormal():
    waves = cosines(32, 8).numpy()
    assert np.allclose(waves.T @ waves, np.eye(8), atol=1e-5)
    assert np.allclose(waves.sum(axis=0), 0, atol=1e-5)


def test_the_encoding_network_has_so_many_parameters():
    network = EncodingNetwork(4, 5, frames=16, joints=13, people=1, hidden=32)
    inputs = 3 * 13 * NUMBERS + 13
    hidden = inputs * 32 + 32 + 2 * 32 + 32 * 32 + 32 + 2 * 32
    assert count(network) == 2 * 4 * 13 + hidden + 32 * 5 + 5


def test_what_is_there_has_mean_0_and_spread_1():
    values = torch.rand(20, 4, 10, 13, 1) * 3 + 5
    values[:, -1] = (torch.rand(20, 10, 13, 1) > 0.3).float()
    values = torch.where(values[:, -1:] > 0, values, 0)
    norm = JointNorm(4, 13)
    with torch.no_grad():
        found = norm(values)
    there = values[:, -1].bool()
    for channel in range(3):
        assert abs(float(found[:, channel][there].mean())) < 1e-4
        assert abs(float(found[:, channel][there].std()) - 1) < 0.01
        assert float(found[:, channel][~there].abs().max()) == 0
    assert torch.equal(found[:, -1], values[:, -1])
    assert torch.allclose(norm.eval()(values), found, atol=1e-5)  # one batch is all it knows


@pytest.mark.parametrize("model", ["stgcn", "gru", "lstm", "encoding", "stgcn+encoding"])
def test_absent_joints_and_people_have_no_influence(model):
    plan = plan_for(
        model, channels=8, blocks=(1, 1), frames=16, people=2, streams=("joint", "bone")
    )
    network = network_of(plan, SPEC).eval()
    clips = torch.rand(3, *SPEC.shape)
    clips[:, -1] = (clips[:, -1] > 0.3).float()
    clips[1, -1, ..., 1] = 0  # nobody but one
    other = clips.clone()
    other[:, :3] += torch.where(clips[:, -1:] > 0, 0, 7.0)
    with torch.no_grad():
        assert torch.equal(network(clips), network(other))
        assert torch.isfinite(network(torch.zeros(1, *SPEC.shape))).all()


def test_absent_joints_of_linear_are_where_they_are_on_the_mean():
    torch.manual_seed(0)
    network = Linear(4, SPEC, decay=0.01)
    clips = torch.rand(12, *SPEC.shape)
    clips[:, -1] = (torch.rand(12, 16, 13, 2) > 0.2).float()
    network.fit(clips, torch.arange(12) % 3)
    there = clips[:, -1:]
    mean = (clips * there).sum(dim=0) / there.sum(dim=0)
    there[0] = 0
    filled = clips.clone()
    filled[0] = mean
    with torch.no_grad():
        assert torch.allclose(network(clips)[0], network.lines.bias)
        assert torch.allclose(network(filled)[0], network.lines.bias, atol=1e-5)


def test_the_mean_over_people_is_that_over_those_who_are_there():
    network = network_of(plan_for("stgcn", channels=8, blocks=(1,), people=2, frames=16), SPEC)
    network.eval()
    clips = torch.rand(1, *SPEC.shape)
    clips[:, -1] = 1
    alone = clips.clone()
    alone[..., 1] = 0
    twice = clips.clone()
    twice[..., 1] = twice[..., 0]
    with torch.no_grad():
        assert torch.allclose(network(alone), network(twice), atol=1e-6)


def test_the_seed_decides_on_the_network():
    plan = plan_for("gru", channels=8, copies=2)
    one, same = network_of(plan, SPEC), network_of(plan, SPEC)
    other = network_of(plan_for("gru", channels=8, copies=2, seed=1), SPEC)
    weights = [torch.cat([p.flatten() for p in net.parameters()]) for net in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    half = len(weights[0]) // 2
    assert not torch.equal(weights[0][:half], weights[0][half:])
