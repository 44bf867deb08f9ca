"""What lifting networks are trained to make small, in PyTorch.

Pavllo et al. 2019, section 4: the pose by `mpjpe_loss`, the trajectory of the pelvis by
`weighted_loss`. Where only 2D poses are known, the lifted pose at its trajectory must project back
to them (`back_projection_loss`), and its bones be as long, on average, as those of poses with
labels (`bone_length_loss`). Measured errors for reports are in `kinema.space.metrics3d`.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from kinema.skeletons import H36M17

_BONES = torch.from_numpy(H36M17.edge_indices.copy())
_NEAREST = 0.1  # metres before the camera; nearer, and behind it, projections make no sense


def mpjpe_loss(predicted: Tensor, truth: Tensor) -> Tensor:
    """The mean distance of joints (..., K, 3)."""
    return _distance(predicted - truth).mean()


def weighted_loss(predicted: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """The mean of weight times distance of joints (..., K, 3), one weight (...) for each pose.

    For a trajectory the weight is 1 / depth: a person far away is harder to place, and its place
    matters less for the picture (equation 1).
    """
    return (weights[..., None] * _distance(predicted - truth)).mean()


def sigma_loss(logarithm: Tensor, predicted: Tensor, truth: Tensor) -> Tensor:
    """How badly the logarithm of sigma (..., K) tells the errors of joints (..., K, 3).

    The negative logarithm of the likelihood of the error r under a density in space that falls as
    exp(-r / b), an isotropic Laplace distribution, whose standard deviation on each axis is 2 b.
    The errors are taken as they are: this loss does not move the joints.
    """
    error = _distance(predicted - truth).detach()
    scale = logarithm - torch.log(torch.tensor(2.0))
    return (error * torch.exp(-scale) + 3 * scale).mean()


def projected(points: Tensor, matrices: Tensor, distortion: Tensor | None = None) -> Tensor:
    """Pixels (..., K, 2) of points (..., K, 3) in the axes of cameras.

    Args:
        points: x right, y down, z forwards, metres.
        matrices: (..., 3, 3), of each camera.
        distortion: (..., 5), k1 k2 p1 p2 k3 of each, in OpenCV's order; None for none.
    """
    depth = points[..., 2:].clamp(min=_NEAREST)
    plane = points[..., :2] / depth
    if distortion is not None:
        plane = _distorted(plane, distortion[..., None, :])
    pixels = plane @ matrices[..., :2, :2].transpose(-1, -2)
    return pixels + matrices[..., None, :2, 2]


def _distance(vectors: Tensor) -> Tensor:
    """The lengths (...) of vectors (..., D)."""
    return cast("Tensor", torch.linalg.vector_norm(vectors, dim=-1))


def _distorted(plane: Tensor, coefficients: Tensor) -> Tensor:
    """The model of `kinema.camera.Camera`, with five coefficients."""
    k1, k2, p1, p2, k3 = coefficients.unbind(-1)
    x, y = plane.unbind(-1)
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return torch.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        dim=-1,
    )


def back_projection_loss(
    poses: Tensor,
    trajectory: Tensor,
    pixels: Tensor,
    matrices: Tensor,
    distortion: Tensor | None = None,
) -> Tensor:
    """The mean distance between what the poses project to and what was seen.

    Joints that were not seen do not count; where none was, it is 0.

    Args:
        poses: (..., K, 3), from the pelvis.
        trajectory: (..., 1, 3), where the pelvis is.
        pixels: (..., K, 2), what was seen, in the unit of the matrices; NaN where nothing was.
        matrices: (..., 3, 3) of the cameras.
        distortion: As for `projected`.
    """
    back = projected(poses + trajectory, matrices, distortion)
    seen = ~torch.isnan(pixels).any(dim=-1)
    return _distance(back[seen] - pixels[seen]).sum() / seen.sum().clamp(min=1)


def bone_lengths(poses: Tensor) -> Tensor:
    """The mean length of each bone over all poses (..., 17, 3), (16,)."""
    ends = poses[..., _BONES[:, 0], :] - poses[..., _BONES[:, 1], :]
    return _distance(ends).reshape(-1, len(_BONES)).mean(dim=0)


def bone_length_loss(unlabelled: Tensor, labelled: Tensor) -> Tensor:
    """How much the mean bone lengths of two sets of poses (N, K, 3) differ: the mean over bones."""
    return (bone_lengths(unlabelled) - bone_lengths(labelled)).abs().mean()
