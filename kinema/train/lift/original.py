"""Reads checkpoints of the original VideoPose3D: `pretrained_h36m_cpn.bin` and others.

Such a file is a dictionary: `model_pos` holds the weights, `model_traj` those of the trajectory
where it was trained semi-supervised; `optimizer`, `random_state` and others are of no use here. It
is a pickle; PyTorch's restricted reader takes numbers only, and what describes NumPy's random state
is stepped over, not made.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from kinema.errors import FormatError, InputError
from kinema.skeleton import Skeleton
from kinema.skeletons import H36M17
from kinema.space.lifting.spec import LiftSpec, ReceptiveField
from kinema.train.lift.network import TemporalNetwork


class _SteppedOver:
    """Stands for any object of NumPy in a checkpoint; nothing of it is made."""

    def __init__(self, *arguments: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


_NUMPY_NAMES = (
    "numpy.random.__RandomState_ctor",
    "numpy.random._pickle.__randomstate_ctor",
    "numpy.random._pickle.__bit_generator_ctor",
    "numpy.random._mt19937.MT19937",
    "numpy.random.mtrand.RandomState",
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.ndarray",
    "numpy.dtype",
)


def read_original(path: Path, *, causal: bool = False, trajectory: bool = False) -> TemporalNetwork:
    """The network in a checkpoint, ready to lift: its widths and channels follow from its weights.

    Args:
        path: A `.bin` file of VideoPose3D.
        causal: Whether it was trained with `--causal`, which the weights do not tell.
        trajectory: The network of the trajectory instead of that of the pose.

    Raises:
        InputError: If the file cannot be opened, or has no such network.
        FormatError: If it is no such checkpoint, or asks for anything but numbers.
    """
    state = _state(path, "model_traj" if trajectory else "model_pos")
    try:
        expand = state["expand_conv.weight"]
        count = sum(name.startswith("layers_conv.") for name in state)
        later = [state[f"layers_conv.{2 * i}.weight"].shape[2] for i in range(count // 2)]
        field = ReceptiveField((expand.shape[2], *later), causal)
        outputs = len(state["shrink.bias"])
        network = TemporalNetwork(expand.shape[1], outputs, field, channels=expand.shape[0])
        network.load_state_dict(state)
    except (KeyError, RuntimeError, IndexError, InputError) as error:
        raise FormatError(f"{path} does not hold the layers of VideoPose3D's network") from error
    return network.eval()


def original_spec(network: TemporalNetwork, joints: Skeleton = H36M17) -> LiftSpec:
    """What such a network takes and gives, for `kinema.space.lifting.lift`.

    Args:
        network: As `read_original` gives it.
        joints: `h36m17`, or `coco17` for networks trained on detections of COCO's joints
            (`pretrained_h36m_detectron_coco.bin`), which have as many.

    Raises:
        InputError: If the network takes another number of joints, or gives no pose.
    """
    spec = LiftSpec(joints, network.field)
    if (network.inputs, network.outputs) != (spec.inputs, spec.outputs):
        raise InputError(
            f"the network takes {network.inputs} numbers a frame and gives {network.outputs}; "
            f"lifting {joints.name} needs {spec.inputs} and {spec.outputs}"
        )
    return spec


def _state(path: Path, key: str) -> Mapping[str, Tensor]:
    stubs: list[Callable[..., object] | tuple[Callable[..., object], str]] = [
        (_SteppedOver, name) for name in _NUMPY_NAMES
    ]
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(stubs):
            warnings.simplefilter("ignore", UserWarning)  # of pickles that are no checkpoints
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise FormatError(f"{path} is no checkpoint of VideoPose3D, or is damaged") from error
    state = content.get(key) if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise InputError(f"{path} has no {key}; it is not a checkpoint of VideoPose3D's run.py")
    plain = {str(name).removeprefix("module."): value for name, value in state.items()}
    if not all(isinstance(value, Tensor) for value in plain.values()):
        raise FormatError(f"{path}: {key} holds other things than weights")
    return cast("Mapping[str, Tensor]", plain)
