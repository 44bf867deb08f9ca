"""Imports OpenVINO without letting it report that to a server.

`import openvino` sends an event of use over the network, unless its companion package
`openvino_telemetry` is not there. What Kinema is used for is nobody's business, and it promises to
need no network once its weights are here; so for the time of the import that package is hidden.
"""

from __future__ import annotations

import sys

_TELEMETRY = "openvino_telemetry"
_known = sys.modules.get(_TELEMETRY)
# None in the table of modules makes an import of that name fail, which OpenVINO is prepared for.
sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
try:
    import openvino as ov
    from openvino import opset14 as ops
    from openvino.preprocess import PrePostProcessor
finally:
    del sys.modules[_TELEMETRY]
    if _known is not None:
        sys.modules[_TELEMETRY] = _known

__all__ = ["PrePostProcessor", "ops", "ov"]
