"""Runs networks: the one place that knows OpenVINO."""

from kinema.models.runtime.network import (
    Layout,
    Network,
    PictureInput,
    Port,
    Request,
    takes_planes,
)

__all__ = ["Layout", "Network", "PictureInput", "Port", "Request", "takes_planes"]
