"""Other clips, made of those that there are: turned, slower, noisier, of other people.

All take and give clips (N, D + 1, T, K, P) as tensors, with coordinates in body heights; absent
joints stay absent and nothing. Each clip of a batch is changed by an amount of its own, the people
in it alike.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from kinema.train.actions.plan import ActionPlan

_KNOTS = 5  # of the pace within a clip


def augmented(clips: Tensor, plan: ActionPlan, mirror_order: Tensor) -> Tensor:
    """The batch (N, D + 1, plan.frames, K, P) that a step of training learns from.

    Args:
        clips: (N, D + 1, S, K, P), usually with more frames than the network takes.
        plan: How much of what.
        mirror_order: (K,) of the skeleton, for mirrored clips.
    """
    clips = at_another_pace(clips, plan.frames, plan.pace, plan.crop)
    if plan.mirror:
        clips = mirrored(clips, plan.mirror, mirror_order)
    in_space = clips.shape[1] == 4
    if in_space:
        clips = turned(clips, plan.turn, plan.tilt)
    else:
        clips = sheared(clips, plan.tilt, plan.shear)
    clips = scaled(clips, plan.scale)
    if plan.noise:
        clips = noisy(clips, plan.noise)
    return with_losses(clips, plan.lose) if plan.lose else clips


def at_another_pace(clips: Tensor, frames: int, pace: float, crop: float) -> Tensor:
    """A piece of each clip, quicker in places and slower in others, in so many frames.

    Args:
        clips: (N, D + 1, S, K, P).
        frames: T of the result.
        pace: By which share the pace varies to either side.
        crop: Up to which share of the clip is cut off, at both ends together.
    """
    n, s = clips.shape[0], clips.shape[2]
    share = 1 - crop * torch.rand(n, 1, device=clips.device)
    start = (1 - share) * torch.rand(n, 1, device=clips.device)
    knots = 1 + pace * (2 * torch.rand(n, 1, _KNOTS, device=clips.device) - 1)
    paces = torch.nn.functional.interpolate(
        knots, size=frames - 1, mode="linear", align_corners=True
    )[:, 0]
    way = torch.cat([torch.zeros_like(share), paces.cumsum(dim=1)], dim=1)
    times = (start + share * way / way[:, -1:]) * (s - 1)  # (N, T), in frames of the clip
    return at_times(clips, times)


def at_times(clips: Tensor, times: Tensor) -> Tensor:
    """The clips at times (N, T) counted in their frames, linearly between these.

    A joint is there where it is in the nearer of the two frames; where it is in one only, it is
    where it was there.
    """
    _, c, s, k, p = clips.shape
    before = times.floor().clamp(0, s - 1).long()
    after = (before + 1).clamp(max=s - 1)
    share = (times - before).clamp(0, 1)[:, None, :, None, None]
    flat = clips.transpose(1, 2)  # (N, S, C, K, P)
    first, second = (
        flat.gather(1, index[:, :, None, None, None].expand(-1, -1, c, k, p)).transpose(1, 2)
        for index in (before, after)
    )
    near = torch.where(share < 0.5, first, second)
    both = first[:, -1:] * second[:, -1:]
    between = first[:, :-1] + (second[:, :-1] - first[:, :-1]) * share
    points = torch.where(both > 0.5, between, near[:, :-1])
    return torch.cat([points, near[:, -1:]], dim=1)


def turned(clips: Tensor, turn: float, tilt: float) -> Tensor:
    """Clips in space, turned about the vertical and tilted by so many degrees to either side."""
    yaw, pitch, roll = (
        math.radians(most) * (2 * torch.rand(len(clips), device=clips.device) - 1)
        for most in (turn, tilt, tilt)
    )
    upright = _rotation(yaw, 0, 1)
    tilted = _rotation(pitch, 1, 2) @ _rotation(roll, 0, 2)
    return _through(clips, tilted @ upright)


def sheared(clips: Tensor, tilt: float, shear: float) -> Tensor:
    """Clips in the picture, turned in it by up to so many degrees and sheared."""
    n = len(clips)
    angle = math.radians(tilt) * (2 * torch.rand(n, device=clips.device) - 1)
    cosine, sine = angle.cos(), angle.sin()
    turn = torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)
    slant = torch.eye(2, device=clips.device).repeat(n, 1, 1)
    slant[:, 0, 1] = shear * (2 * torch.rand(n, device=clips.device) - 1)
    slant[:, 1, 0] = shear * (2 * torch.rand(n, device=clips.device) - 1)
    return _through(clips, turn @ slant)


def scaled(clips: Tensor, scale: float) -> Tensor:
    """Clips whose size varies by such a share to either side."""
    factor = 1 + scale * (2 * torch.rand(len(clips), 1, 1, 1, 1, device=clips.device) - 1)
    return torch.cat([clips[:, :-1] * factor, clips[:, -1:]], dim=1)


def noisy(clips: Tensor, noise: float) -> Tensor:
    """Clips whose joints have normal errors of such a standard deviation."""
    there = clips[:, -1:]
    points = clips[:, :-1]
    return torch.cat([points + noise * torch.randn_like(points) * there, there], dim=1)


def with_losses(clips: Tensor, lose: float) -> Tensor:
    """Clips in which a joint is absent, with such a probability, for a stretch of random length."""
    n, _, t, k, p = clips.shape
    chosen = torch.rand(n, 1, 1, k, p, device=clips.device) < lose
    length = torch.rand(n, 1, 1, k, p, device=clips.device)
    start = torch.rand(n, 1, 1, k, p, device=clips.device) * (1 - length)
    time = torch.linspace(0, 1, t, device=clips.device)[None, None, :, None, None]
    lost = chosen & (time >= start) & (time <= start + length)
    return torch.where(lost, torch.zeros_like(clips), clips)


def mirrored(clips: Tensor, share: float, order: Tensor) -> Tensor:
    """Clips of which such a share is mirrored: x turns round, left joints become right ones."""
    other = clips.index_select(3, order)
    sign = torch.ones(clips.shape[1], device=clips.device)
    sign[0] = -1
    other = other * sign[None, :, None, None, None]
    chosen = torch.rand(len(clips), 1, 1, 1, 1, device=clips.device) < share
    return torch.where(chosen, other, clips)


def _rotation(angle: Tensor, first: int, second: int) -> Tensor:
    """Rotations (N, 3, 3) in the plane of two axes."""
    matrix = torch.eye(3, device=angle.device).repeat(len(angle), 1, 1)
    matrix[:, first, first] = matrix[:, second, second] = angle.cos()
    matrix[:, first, second], matrix[:, second, first] = -angle.sin(), angle.sin()
    return matrix


def _through(clips: Tensor, matrices: Tensor) -> Tensor:
    """The clips with their coordinates multiplied by matrices (N, D, D)."""
    points = torch.einsum("nij,njtkp->nitkp", matrices, clips[:, :-1])
    return torch.cat([points, clips[:, -1:]], dim=1)
