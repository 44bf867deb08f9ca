import numpy as np
import pytest

from kinema.errors import InputError
from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13, LiftSpec, ReceptiveField


@pytest.mark.parametrize(
    ("widths", "causal", "frames", "before", "after"),
    [
        pytest.param((3, 3, 3), False, 27, 13, 13, id="27 symmetric"),
        pytest.param((3, 3, 3), True, 27, 26, 0, id="27 causal"),
        pytest.param((3, 3, 3, 3), False, 81, 40, 40, id="81"),
        pytest.param((3, 3, 3, 3, 3), False, 243, 121, 121, id="243"),
        pytest.param((1, 1, 1), False, 1, 0, 0, id="one frame"),
        pytest.param((5, 3), True, 15, 14, 0, id="other widths"),
    ],
)
def test_what_a_field_spans(widths, causal, frames, before, after):
    field = ReceptiveField(widths, causal)
    assert (field.frames, field.before, field.after) == (frames, before, after)


def test_windows_repeat_the_edges():
    field = ReceptiveField((3,))
    assert field.indices(3).tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 2]]
    assert field.indices(4, step=2).tolist() == [[0, 0, 2], [0, 1, 3], [0, 2, 3], [1, 3, 3]]
    assert ReceptiveField((3,), causal=True).indices(3).tolist() == [
        [0, 0, 0],
        [0, 0, 1],
        [0, 1, 2],
    ]
    assert field.indices(0).shape == (0, 3)


def test_padding_gives_the_same_windows():
    field = ReceptiveField((3, 3), causal=True)
    values = np.arange(20, dtype=np.float32).reshape(10, 2)
    windows = np.lib.stride_tricks.sliding_window_view(field.padded(values), 9, axis=0)
    assert np.array_equal(windows.transpose(0, 2, 1), values[field.indices(10)])


@pytest.mark.parametrize("widths", [(), (2,), (3, 0)])
def test_widths_are_checked(widths):
    with pytest.raises(InputError, match="odd"):
        ReceptiveField(widths)


def test_numbers_in_and_out():
    assert LiftSpec(H36M17).inputs == 34
    assert LiftSpec(H36M17).outputs == 51
    assert LiftSpec(LIFT13, screen="person", sigma=True).inputs == 39
    assert LiftSpec(LIFT13, screen="person", sigma=True).outputs == 68


@pytest.mark.parametrize(
    ("rate", "step"), [(30, 1), (25, 1), (50, 2), (120, 4), (10, 1), (float("nan"), 1)]
)
def test_frames_of_the_video_for_one_of_the_network(rate, step):
    assert LiftSpec(H36M17, rate=30).step(rate) == step
    assert LiftSpec(H36M17).step(rate) == 1


def test_sigma_is_the_exponential_of_the_output():
    spec = LiftSpec(H36M17, sigma=True)
    places, sigma = spec.split(np.full((2, 68), np.log(0.1), dtype=np.float32))
    assert places.shape == (2, 17, 3)
    assert np.allclose(sigma, 0.1)
    assert np.isnan(LiftSpec(H36M17).split(np.zeros((2, 51), dtype=np.float32))[1]).all()
