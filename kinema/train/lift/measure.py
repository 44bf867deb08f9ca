"""How well a lifting network does on motion that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinema.poses import Float32Array
from kinema.space.lifting.spec import OUTPUT, LiftingNetwork, LiftSpec
from kinema.space.metrics3d import joint_errors, mpjpe, n_mpjpe, p_mpjpe, velocity_error
from kinema.train.lift.batches import batches
from kinema.train.lift.mocap import Motion
from kinema.train.lift.plan import RATE, LiftPlan
from kinema.train.lift.synthesis import Views, make_views

BODY = 1.7
"""Metres; errors of networks that give body heights are of a body so high."""

_SEED = 2019
_AT_ONCE = 1024


def views_to_measure(motions: Sequence[Motion], plan: LiftPlan, *, views: int = 2) -> Views:
    """Views to measure on: the same ones for every network of one kind, whatever its plan."""
    fixed = LiftPlan(
        screen=plan.screen,
        sigma=plan.sigma,
        widths=plan.widths,
        causal=plan.causal,
        focal=plan.focal,
        noise=plan.noise,
        views=views,
        mix=0.0,
        bend=0.0,
        tilt=0.0,
    )
    return make_views(motions, fixed, np.random.default_rng(_SEED))


def measure(network: LiftingNetwork, spec: LiftSpec, views: Views) -> dict[str, float]:
    """The errors of a network, in millimetres (velocity: metres a second).

    Returns:
        `mpjpe`, `p_mpjpe`, `n_mpjpe`, `velocity`, the number of `frames` and, where the network
        says how far it may be off, `sigma_ratio`: its root mean square error over what it said.
    """
    predicted, truth, sigma = predictions(network, spec, views)
    found = {
        "mpjpe": 1000 * mpjpe(predicted, truth),
        "p_mpjpe": 1000 * p_mpjpe(predicted, truth),
        "n_mpjpe": 1000 * n_mpjpe(predicted, truth),
        "velocity": _velocity(predicted, truth, views),
        "frames": float((~np.isnan(predicted[:, 0, 0])).sum()),
    }
    if spec.sigma:
        errors = joint_errors(predicted, truth)[:, 1:]
        expected = np.sqrt(np.nanmean(3 * sigma[:, 1:] ** 2))
        found["sigma_ratio"] = float(np.sqrt(np.nanmean(errors**2)) / expected)
    return {name: round(value, 4) for name, value in found.items()}


def predictions(
    network: LiftingNetwork, spec: LiftSpec, views: Views
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """What the network gives for all frames, the truth (M, 17, 3), and sigma (M, 17), in metres.

    NaN in frames in which nobody is seen.
    """
    unit = BODY if spec.screen == "person" else 1.0
    places = np.full(views.targets.shape, np.nan, dtype=np.float32)
    sigmas = np.full(views.targets.shape[:2], np.nan, dtype=np.float32)
    for batch in batches(views, spec, _AT_ONCE, None):
        if len(batch.frames) == 0:
            continue
        points, sigma = spec.split(network(batch.inputs)[:, 0])
        places[batch.frames], sigmas[batch.frames] = points * unit, sigma * unit
    return places, views.targets * np.float32(unit), sigmas


def _velocity(predicted: Float32Array, truth: Float32Array, views: Views) -> float:
    """The error of velocities in metres a second, not across from one view to the next."""
    gap = np.full((1, len(OUTPUT), 3), np.nan, dtype=np.float32)
    starts = np.flatnonzero(np.diff(views.first)) + 1
    pieces = [
        np.concatenate([piece for part in np.split(array, starts) for piece in (part, gap)])
        for array in (predicted, truth)
    ]
    return velocity_error(*pieces, rate=RATE)
