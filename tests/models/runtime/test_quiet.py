"""OpenVINO must not be able to report its use: nothing of its telemetry is loaded."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["kinema.models.runtime", "kinema.models.runtime.layers"])
def test_no_telemetry_comes_in_with_the_runtime(module):
    code = (
        f"import sys, {module}; "
        "print(*(name for name in sys.modules if name.startswith('openvino_telemetry')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_who_wants_it_can_still_have_it():
    code = "import kinema.models.runtime, openvino_telemetry"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
