"""A clip as a handful of descriptors of fixed length: where joints are, how they go, how together.

Each looks at the movement in its own way, so that what one of them confuses another tells apart:

| name | numbers |
|---|---|
| `places` | joints from the middle of the shoulders, at 24 times |
| `ways` | the same, from where they begin |
| `steps` | what they move from one of these times to the next |
| `distances` | between all pairs of joints, at 16 times: the same from every side |
| `waves`, `step_waves` | sizes of the first Fourier coefficients of paths, and of steps |
| `together`, `steps_together` | covariances of the coordinates of the limbs' joints over time |
| `halves` | the same of the first and of the second half |
| `range` | least, largest and mean value of each coordinate |

Covariances over time describe actions after Hussein et al. 2013 ("Human action recognition using a
temporal hierarchy of covariance descriptors on 3D joint locations"). Of amplitudes and covariances
the root is taken, with its sign, so that large movements do not outweigh all others.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from kinema.skeleton import Skeleton

KINDS = 10
"""How many descriptors there are."""

TIMES, PAIR_TIMES = 24, 16
WAVES, STEP_WAVES = 8, 10
_LIMBS = ("hip", "knee", "ankle", "foot", "elbow", "wrist", "hand", "head")
_SPEED = 20.0  # puts steps between frames on the scale of places
_LEAST = 1e-6


class Descriptors(nn.Module):
    """Takes (N, C, T, K, P) and gives one (N, F) for each of the table.

    What is absent stands at the mean of its joint over the clip, or, if it is never there, in the
    middle of the shoulders; `known` tells which numbers come of such joints.

    Args:
        joints: The skeleton.
        frames: T, 2 or more.
        people: P.
    """

    def __init__(self, joints: Skeleton, frames: int, people: int) -> None:
        super().__init__()
        count = len(joints)
        shoulders = [joints.index(name) for name in _shoulders(joints)]
        limbs = [i for i, name in enumerate(joints.keypoints) if name.rpartition("_")[2] in _LIMBS]
        limbs = limbs or list(range(count))
        every = [person * count + joint for joint in limbs for person in range(people)]
        first, second = torch.triu_indices(count * people, count * people, 1)
        times = torch.linspace(0, frames - 1, min(TIMES, frames)).round().long()
        self.middle = max(frames // 2, 1)
        self.people = people
        for name, value in (
            ("shoulders", torch.tensor(shoulders)),
            ("limbs", torch.tensor(every)),
            ("first", first),
            ("second", second),
            ("times", times),
            ("pair_times", torch.linspace(0, frames - 1, min(PAIR_TIMES, frames)).round().long()),
            ("waves", fourier(frames, WAVES)),
            ("step_waves", fourier(len(times) - 1, STEP_WAVES)),
        ):
            self.register_buffer(name, value, persistent=False)

    def forward(self, values: Tensor) -> list[Tensor]:
        """The descriptors."""
        points = self._places(values)  # (N, D, T, K P)
        chosen = points.index_select(2, self._of("times"))
        steps = chosen[:, :, 1:] - chosen[:, :, :-1]
        begin = points[:, :, :3].mean(dim=2, keepdim=True)
        limbs = points.index_select(3, self._of("limbs"))
        speed = (limbs[:, :, 1:] - limbs[:, :, :-1]) * _SPEED
        ends = [points.amax(dim=2), points.amin(dim=2), points.mean(dim=2)]
        halves = [covariance(limbs[:, :, : self.middle]), covariance(limbs[:, :, self.middle :])]
        return [
            chosen.flatten(1),
            (chosen - begin).flatten(1),
            steps.flatten(1),
            self._distances(points).flatten(1),
            amplitudes(points - points.mean(dim=2, keepdim=True), self._of("waves")).flatten(1),
            amplitudes(steps, self._of("step_waves")).flatten(1),
            covariance(limbs),
            covariance(speed),
            torch.cat(halves, dim=1),
            torch.stack(ends, dim=1).flatten(1),
        ]

    def known(self, values: Tensor) -> list[Tensor]:
        """Of each number of the descriptors 1, or 0 where one of its joints is never there."""
        ever = values[:, -1].amax(dim=1).permute(0, 2, 1).flatten(1)  # (N, K P)
        space, times = values.shape[1] - 1, len(self._of("times"))
        limbs = ever.index_select(1, self._of("limbs")).repeat(1, space)
        rows, columns = torch.triu_indices(limbs.shape[1], limbs.shape[1])
        both = limbs[:, rows] * limbs[:, columns]
        first, second = (ever.index_select(1, self._of(name)) for name in ("first", "second"))
        pairs = first * second
        waves, step_waves = (self._of(name).shape[2] for name in ("waves", "step_waves"))
        return [
            ever.repeat(1, space * times),
            ever.repeat(1, space * times),
            ever.repeat(1, space * (times - 1)),
            pairs.repeat(1, len(self._of("pair_times"))),
            ever.repeat(1, space * waves),
            ever.repeat(1, space * step_waves),
            both,
            both,
            both.repeat(1, 2),
            ever.repeat(1, 3 * space),
        ]

    def _places(self, values: Tensor) -> Tensor:
        """The joints of all people from the middle of the first one's shoulders, (N, D, T, K P)."""
        points, there = values[:, :-1], values[:, -1:]
        mean = (points * there).sum(2, keepdim=True) / there.sum(2, keepdim=True).clamp(min=1)
        filled = points * there + mean * (1 - there)
        middle = filled.index_select(3, self._of("shoulders"))[..., :1].mean(dim=3, keepdim=True)
        ever = there.amax(dim=2, keepdim=True)
        relative = (filled - middle) * ever
        return relative.permute(0, 1, 2, 4, 3).flatten(3)

    def _distances(self, points: Tensor) -> Tensor:
        chosen = points.index_select(2, self._of("pair_times"))
        away = chosen.index_select(3, self._of("first")) - chosen.index_select(
            3, self._of("second")
        )
        return torch.sqrt((away**2).sum(dim=1) + _LEAST)

    def _of(self, name: str) -> Tensor:
        return self.get_buffer(name)


def fourier(frames: int, waves: int) -> Tensor:
    """Cosines and sines (2, T, W) of 1 to W periods, as many as T frames can tell apart."""
    count = max(min(waves, (frames - 1) // 2), 1)
    angles = 2 * math.pi / frames * torch.outer(torch.arange(frames), torch.arange(1, count + 1))
    return torch.stack([torch.cos(angles), torch.sin(angles)])


def amplitudes(paths: Tensor, waves: Tensor) -> Tensor:
    """Roots of the sizes (N, D, W, J) of the Fourier coefficients of paths (N, D, T, J)."""
    real = torch.einsum("ndtj,tw->ndwj", paths, waves[0])
    imaginary = torch.einsum("ndtj,tw->ndwj", paths, waves[1])
    return (real**2 + imaginary**2 + _LEAST**2) ** 0.25


def covariance(paths: Tensor) -> Tensor:
    """Roots, with their signs, of the covariances (N, F) over time of paths (N, D, T, J)."""
    series = paths.permute(0, 1, 3, 2).flatten(1, 2)
    away = series - series.mean(dim=2, keepdim=True)
    full = away @ away.transpose(1, 2) / away.shape[2]
    rows, columns = torch.triu_indices(full.shape[1], full.shape[1])
    half = full[:, rows, columns]
    return torch.sign(half) * torch.sqrt(half.abs() + _LEAST**2)


def _shoulders(joints: Skeleton) -> tuple[str, ...]:
    pair = ("left_shoulder", "right_shoulder")
    return pair if all(name in joints for name in pair) else joints.keypoints
