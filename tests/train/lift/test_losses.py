import numpy as np
import pytest

from kinema.camera import Camera
from kinema.skeletons import H36M17

torch = pytest.importorskip("torch")
from kinema.train.lift.losses import (  # noqa: E402
    back_projection_loss,
    bone_length_loss,
    bone_lengths,
    mpjpe_loss,
    projected,
    sigma_loss,
    weighted_loss,
)


def test_distances_by_hand():
    truth = torch.zeros(2, 1, 3)
    predicted = torch.tensor([[[3.0, 4, 0]], [[0, 0, 1]]])
    assert mpjpe_loss(predicted, truth).item() == 3
    assert weighted_loss(predicted, truth, torch.tensor([0.2, 1])).item() == 1


@pytest.mark.parametrize("distortion", [None, (-0.2, 0.24, 0.001, -0.0009, -0.002)])
def test_projection_is_that_of_a_camera(distortion):
    matrix = np.array([[1145.0, 0, 512], [0, 1143, 515], [0, 0, 1]])
    camera = Camera("one", (1000, 1002), matrix, np.array(distortion or ()))
    points = np.random.default_rng(0).normal([0, 0, 4], 0.5, (4, 17, 3))
    coefficients = None if distortion is None else torch.tensor([distortion]).double()
    pixels = projected(torch.tensor(points), torch.tensor(matrix[None]), coefficients)
    assert np.allclose(pixels.numpy(), camera.project(points))


def test_the_true_pose_projects_back():
    matrices = torch.eye(3)[None]
    pose = torch.zeros(1, 17, 3)
    place = torch.tensor([[[0.5, 0.25, 2.0]]])
    pixels = projected(pose + place, matrices)
    assert pixels[0, 0].tolist() == [0.25, 0.125]
    assert back_projection_loss(pose, place, pixels, matrices).item() == 0
    assert back_projection_loss(pose, 2 * place, pixels, matrices).item() == 0  # the same ray
    moved = back_projection_loss(pose, place + torch.tensor([0.2, 0, 0]), pixels, matrices)
    assert moved.item() == pytest.approx(0.1)
    pixels[0, 3:] = torch.nan  # what was not seen does not count
    assert back_projection_loss(pose, place, pixels, matrices).item() == 0
    moved = back_projection_loss(pose, place + torch.tensor([0.2, 0, 0]), pixels, matrices)
    assert moved.item() == pytest.approx(0.1)
    assert back_projection_loss(pose, place, torch.full_like(pixels, torch.nan), matrices) == 0


def test_behind_the_camera_it_stays_finite_and_can_be_mended():
    place = torch.tensor([[[0.5, 0, -2.0]]], requires_grad=True)
    loss = back_projection_loss(
        torch.zeros(1, 17, 3), place, torch.zeros(1, 17, 2), torch.eye(3)[None]
    )
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(place.grad).all()


def test_bone_lengths_by_hand():
    poses = torch.zeros(2, 17, 3)
    poses[0, H36M17.index("head_top"), 1] = 1  # the head is 1 long in the first, 0 in the second
    lengths = bone_lengths(poses)
    bone = H36M17.edges.index(("jaw", "head_top"))
    assert lengths[bone] == 0.5
    assert lengths.sum() == 0.5
    assert bone_length_loss(poses, torch.zeros(3, 17, 3)).item() == pytest.approx(0.5 / 16)


def test_sigma_tells_the_error_and_moves_nothing():
    # Errors of 0.3 everywhere: the best b is 0.1, so sigma is 0.2.
    predicted = torch.zeros(1, 1, 3, requires_grad=True)
    truth = torch.tensor([[[0.3, 0, 0]]])
    sigmas = torch.linspace(0.05, 0.6, 111)
    losses = [sigma_loss(torch.log(s).reshape(1, 1), predicted, truth).item() for s in sigmas]
    assert sigmas[int(np.argmin(losses))].item() == pytest.approx(0.2, abs=0.003)
    loss = sigma_loss(torch.zeros(1, 1, requires_grad=True), predicted, truth)
    loss.backward()
    assert predicted.grad is None
