import numpy as np
import pytest

from kinema.space.lifting import ReceptiveField

torch = pytest.importorskip("torch")
from kinema.train.lift.network import TemporalNetwork, as_function, batch_momentum  # noqa: E402


def network(widths=(3, 3, 3), *, causal=False, channels=16, inputs=34, outputs=51):
    torch.manual_seed(0)
    made = TemporalNetwork(inputs, outputs, ReceptiveField(widths, causal), channels=channels)
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm1d):  # as after training
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 2)
            module.bias.data.normal_()
    return made.eval()


@pytest.mark.parametrize(
    ("widths", "frames", "millions"),
    [
        pytest.param((3, 3, 3), 27, 8.56, id="27 frames"),
        pytest.param((3, 3, 3, 3), 81, 12.75, id="81 frames"),
        pytest.param((3, 3, 3, 3, 3), 243, 16.95, id="243 frames"),
    ],
)
def test_parameters_of_the_paper(widths, frames, millions):
    field = ReceptiveField(widths)
    with torch.device("meta"):
        made = TemporalNetwork(34, 51, field)
    assert field.frames == frames
    assert made.parameter_count / 1e6 == pytest.approx(millions, abs=0.005)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("widths", [(1, 1, 1), (3, 3, 3), (3, 3, 3, 3), (5, 3)])
def test_dilated_and_strided_forms_agree(widths, causal):
    made = network(widths, causal=causal)
    frames = made.field.frames
    sequence = torch.randn(2, frames + 10, 34)
    with torch.no_grad():
        whole = made.whole(sequence)
        windows = [made.window(sequence[:, i : i + frames]) for i in range(11)]
    assert whole.shape == (2, 11, 51)
    assert torch.allclose(whole, torch.cat(windows, dim=1), atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_which_frames_matter(causal):
    made = network(causal=causal)
    field = made.field
    sequence = torch.zeros(1, 81, 34, requires_grad=True)
    made.whole(sequence)[0, 81 // 2 - field.before].sum().backward()
    touched = torch.nonzero(sequence.grad.abs().sum(dim=(0, 2)) > 0).flatten()
    assert (touched[0], touched[-1]) == (40 - field.before, 40 + field.after)


def test_the_residual_is_of_the_frame_itself():
    # With the blocks at nought the last frame of a causal network is its first layer alone.
    for causal, frame in ((True, 26), (False, 13)):
        made = network(causal=causal)
        for bn in made.layers_bn:
            bn.weight.data.zero_()
            bn.bias.data.zero_()
        sequence = torch.zeros(1, 27, 34, requires_grad=True)
        made.window(sequence).sum().backward()
        touched = torch.nonzero(sequence.grad.abs().sum(dim=(0, 2)) > 0).flatten().tolist()
        assert touched == ([24, 25, 26] if causal else [frame - 1, frame, frame + 1])


def test_the_momentum_of_batch_normalisation():
    assert batch_momentum(40, 80) == pytest.approx(0.01)
    made = network()
    made.set_momentum(0.02)
    assert made.expand_bn.momentum == made.layers_bn[3].momentum == 0.02


def test_as_a_function_of_arrays():
    made = network().train()
    call = as_function(made)
    inputs = np.random.default_rng(0).normal(size=(3, 27, 34)).astype(np.float32)
    assert call(inputs).shape == (3, 1, 51)
    assert np.array_equal(call(inputs), call(inputs))  # no dropout
