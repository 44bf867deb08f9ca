import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kinema.actions.spec import ActionSpec  # noqa: E402
from kinema.errors import InputError  # noqa: E402
from kinema.space.lifting import LIFT13  # noqa: E402
from kinema.train.actions import kernel as kernel_module  # noqa: E402
from kinema.train.actions.descriptor import (  # noqa: E402
    KINDS,
    Descriptors,
    amplitudes,
    covariance,
    fourier,
)
from kinema.train.actions.kernel import Kernel  # noqa: E402

SPEC = ActionSpec(("a", "b", "c"), LIFT13, frames=24)


def clips(count, seed=0):
    """Random clips; all joints are there."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, *SPEC.shape)).astype(np.float32)
    points[:, -1] = 1
    return torch.from_numpy(points)


def test_the_size_of_a_wave_is_found_whatever_its_phase():
    times = torch.arange(16) / 16
    phases = torch.tensor([0, 0.1, 0.4])
    paths = 3 * torch.cos(2 * math.pi * (2 * times[:, None] - phases))
    found = amplitudes(paths[None, None], fourier(16, 4))
    # A wave of amplitude A has the coefficient A T / 2 at its own number of periods, 0 at others.
    np.testing.assert_allclose(found[0, 0, 1], math.sqrt(3 * 16 / 2), rtol=1e-5)
    np.testing.assert_allclose(found[0, 0, [0, 2, 3]], 0, atol=5e-3)


def test_covariances_by_hand():
    paths = torch.tensor([[1.0, -1.0, 3.0, -3.0], [2.0, -2.0, -2.0, 2.0]]).T[None, None]
    # Variances 5 and 4; the products 2, 2, -6, -6 have the mean -2.
    expected = [math.sqrt(5), -math.sqrt(2), 2]
    np.testing.assert_allclose(covariance(paths)[0], expected, rtol=1e-5)


def test_descriptors_do_not_change_with_the_place():
    describe = Descriptors(LIFT13, 24, 1)
    values = clips(2)
    moved = values.clone()
    moved[:, :3] += torch.tensor([0.3, -0.2, 0.1])[None, :, None, None, None]
    for one, other in zip(describe(values), describe(moved), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_what_stands_at_an_absent_joint_changes_nothing():
    describe = Descriptors(LIFT13, 24, 1)
    values = clips(1)
    values[:, -1, 5:9, LIFT13.index("left_wrist")] = 0
    other = values.clone()
    other[:, :3, 5:9, LIFT13.index("left_wrist")] = 100
    for one, two in zip(describe(values), describe(other), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("people", [1, 2])
def test_what_is_known_is_what_no_absent_joint_changes(people):
    spec = replace(SPEC, people=people)
    describe = Descriptors(LIFT13, spec.frames, people)
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(2, *spec.shape))).float()
    values[:, -1] = 1
    wrist, knee = LIFT13.index("left_wrist"), LIFT13.index("right_knee")
    less = values.clone()
    less[1, -1, :, wrist, -1] = 0
    less[1, -1, :, knee, 0] = 0
    known = describe.known(less)
    assert len(known) == KINDS
    pairs = zip(describe(values), describe(less), known, strict=True)
    for number, (one, other, there) in enumerate(pairs):
        assert one.shape == there.shape, number
        assert (there[0] == 1).all()
        same = (one[1] - other[1]).abs() < 1e-5
        assert (same == (there[1] == 1)).float().mean() > 0.999, number


def test_a_joint_that_is_absent_counts_for_no_example():
    values, targets = clips(9, seed=1), torch.arange(9) % 3
    network = Kernel(SPEC, ridge=0.01)
    network.fit(values, targets)
    wrist = LIFT13.index("left_wrist")
    for number in range(len(values)):  # what they are is told by the other joints
        less = values[number : number + 1].clone()
        less[:, -1, :, wrist] = 0
        assert network(less).argmax() == targets[number]
    nothing = torch.zeros(1, *SPEC.shape)
    for described, usual in zip(network._described(nothing), network.usual, strict=True):
        np.testing.assert_array_equal(described[0], usual)


def test_examples_without_a_joint_are_no_examples_of_its_place():
    values, targets = clips(9, seed=1), torch.arange(9) % 3
    values[::2, -1, :, LIFT13.index("left_wrist")] = 0
    values[::2, :3, :, LIFT13.index("left_wrist")] = 0
    network = Kernel(SPEC, ridge=0.01)
    network.fit(values, targets)
    whole = Kernel(SPEC, ridge=0.01)
    whole.fit(values[1::2], targets[1::2])
    there = network.describe.known(values)
    for usual, other, known in zip(network.usual, whole.usual, there, strict=True):
        lost = known[0] == 0
        assert lost.any()
        np.testing.assert_allclose(usual[lost], other[lost], atol=1e-5)


def test_examples_are_told_apart():
    values, targets = clips(9), torch.arange(9) % 3
    network = Kernel(SPEC, ridge=0.01)
    network.fit(values, targets)
    assert (network(values).argmax(1) == targets).all()


def test_leaving_one_out_is_solving_without_it():
    values, targets = clips(8, seed=3), torch.arange(8) % 3
    network = Kernel(SPEC, ridge=0.1)
    network.fit(values, targets)
    near = network._nearness(network.examples).double()
    truth = torch.nn.functional.one_hot(targets, 3).double() * 2 - 1
    full = near + 0.1 * torch.eye(8)
    weights = torch.linalg.solve(full, truth)
    short = truth - weights / torch.linalg.inv(full).diagonal()[:, None]
    keep = torch.arange(1, 8)
    without = torch.linalg.solve(full[keep][:, keep], truth[keep])
    np.testing.assert_allclose(near[0, keep] @ without, short[0], rtol=1e-8)


def test_the_same_examples_give_the_same_network():
    values, targets = clips(6), torch.arange(6) % 3
    first, second = Kernel(SPEC, 0.01), Kernel(SPEC, 0.01)
    first.fit(values, targets)
    second.fit(values, targets)
    np.testing.assert_array_equal(first(clips(2, seed=9)), second(clips(2, seed=9)))


def test_too_many_examples_are_refused():
    count = kernel_module.MOST_EXAMPLES + 1
    many = torch.zeros(1).expand(count, *SPEC.shape)
    with pytest.raises(InputError, match="up to 6,000 clips, not 6,001"):
        Kernel(SPEC, 0.01).fit(many, torch.zeros(count, dtype=torch.long))
