import pickle

import numpy as np
import pytest

from kinema.errors import FormatError, InputError
from kinema.skeletons import COCO17, H36M17
from kinema.space.lifting import LIFT13, ReceptiveField, lift
from kinema.track import Track

torch = pytest.importorskip("torch")
from kinema.train.lift.network import TemporalNetwork, as_function  # noqa: E402
from kinema.train.lift.original import original_spec, read_original  # noqa: E402


def original_layers(inputs=34, outputs=51, channels=8, widths=(3, 3, 3)):
    """The parameters as VideoPose3D names them, written down layer by layer."""
    torch.manual_seed(1)
    state = {"expand_conv.weight": torch.randn(channels, inputs, widths[0])}

    def normalisation(name):
        state[f"{name}.weight"] = torch.rand(channels) + 0.5
        state[f"{name}.bias"] = torch.randn(channels)
        state[f"{name}.running_mean"] = torch.randn(channels)
        state[f"{name}.running_var"] = torch.rand(channels) + 0.5
        state[f"{name}.num_batches_tracked"] = torch.tensor(7)

    normalisation("expand_bn")
    for i, width in enumerate(widths[1:]):
        for j, size in ((2 * i, width), (2 * i + 1, 1)):
            state[f"layers_conv.{j}.weight"] = torch.randn(channels, channels, size)
            normalisation(f"layers_bn.{j}")
    state["shrink.weight"] = torch.randn(outputs, channels, 1)
    state["shrink.bias"] = torch.randn(outputs)
    return state


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "old form"])
def test_a_checkpoint_with_its_random_state(tmp_path, legacy):
    state = original_layers()
    content = {
        "epoch": 80,
        "lr": np.float64(1e-4),
        "random_state": np.random.RandomState(1234),
        "optimizer": {"state": {}, "param_groups": [{"lr": 1e-4}]},
        "model_pos": state,
    }
    path = tmp_path / "pretrained_h36m_cpn.bin"
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    network = read_original(path)
    assert network.field == ReceptiveField((3, 3, 3))
    assert (network.inputs, network.outputs, network.channels) == (34, 51, 8)
    assert torch.equal(network.layers_conv[2].weight, state["layers_conv.2.weight"])
    assert not network.training
    twin = TemporalNetwork(34, 51, ReceptiveField(), channels=8)
    twin.load_state_dict(state)
    frames = torch.randn(1, 30, 34)
    with torch.no_grad():
        assert torch.equal(network(frames), twin.eval()(frames))


def test_trajectory_causal_and_other_widths(tmp_path):
    path = tmp_path / "semi.bin"
    states = {
        "model_pos": original_layers(),
        "model_traj": original_layers(outputs=3, widths=(3, 3, 3, 3)),
    }
    torch.save(states, path)
    network = read_original(path, causal=True, trajectory=True)
    assert network.field == ReceptiveField((3, 3, 3, 3), causal=True)
    assert network.outputs == 3


def test_a_track_is_lifted_by_an_original_network(tmp_path):
    path = tmp_path / "pretrained_h36m_detectron_coco.bin"
    torch.save({"model_pos": original_layers()}, path)
    network = read_original(path)
    points = np.random.default_rng(0).normal([320, 240], 50, (30, 17, 2))
    track = Track(COCO17, points, np.ones((30, 17)), np.arange(30) / 50)
    for joints in (COCO17, H36M17):
        spec = original_spec(network, joints)
        lifted = lift(track, as_function(network), spec, size=(640, 480))
        assert (lifted.skeleton, lifted.space, lifted.sigma) == (H36M17, "body", None)
        assert lifted.found.all()
        assert np.allclose(lifted.joint("mid_hip"), 0)
    with pytest.raises(InputError, match="lifting lift13 needs 26"):
        original_spec(network, LIFT13)


class Shell:
    def __reduce__(self):
        return print, ("a checkpoint ran a program",)


def test_a_checkpoint_that_would_run_something(tmp_path, capsys):
    path = tmp_path / "bad.bin"
    torch.save({"model_pos": original_layers(), "random_state": Shell()}, path)
    with pytest.raises(FormatError, match="no checkpoint"):
        read_original(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        pytest.param(b"", FormatError, "no checkpoint", id="empty"),
        pytest.param(b"PK\x03\x04 cut off", FormatError, "no checkpoint", id="damaged"),
        pytest.param(pickle.dumps({"a": 1}), FormatError, "no checkpoint", id="plain pickle"),
    ],
)
def test_files_that_are_none(tmp_path, content, kind, message):
    path = tmp_path / "x.bin"
    path.write_bytes(content)
    with pytest.raises(kind, match=message):
        read_original(path)


def test_other_networks(tmp_path):
    path = tmp_path / "other.bin"
    torch.save({"state_dict": {}}, path)
    with pytest.raises(InputError, match="has no model_pos"):
        read_original(path)
    torch.save({"model_pos": {"conv.weight": torch.zeros(3)}}, path)
    with pytest.raises(FormatError, match="layers"):
        read_original(path)
    with pytest.raises(InputError, match="cannot read"):
        read_original(tmp_path / "missing.bin")
