import numpy as np
import pytest

from kinema.models.runtime import Network
from kinema.space.lifting import LIFT13

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
pytest.importorskip("lightning")
pytest.importorskip("onnxscript")
from kinema.train.actions.export import save_onnx  # noqa: E402
from kinema.train.actions.families import FAMILIES  # noqa: E402
from kinema.train.actions.loop import learn  # noqa: E402
from kinema.train.actions.material import material_of  # noqa: E402
from kinema.train.actions.plan import plan_for  # noqa: E402
from kinema.train.actions.task import network_of  # noqa: E402


@pytest.mark.parametrize("model", FAMILIES)
def test_the_file_gives_what_the_network_gives(parts, tmp_path, model):
    streams = ("joint", "bone") if model == "stgcn" else ("joint",)
    plan = plan_for(model, channels=8, layers=1, blocks=(1, 1), frames=12, streams=streams)
    spec = plan.spec(parts.learned.labels, LIFT13, 3)
    material = material_of(parts.learned, spec)
    network = network_of(plan, spec)
    if plan.fitted:
        network = learn(plan, spec, material, None, tmp_path / "fitted").network
    flow = (2, 8, 16, 16) if plan.flow else None
    path = tmp_path / "actions.onnx"
    save_onnx(network, spec, path, flow)
    clips = material.clips[:3].copy()
    clips[:, :3] += 0.05  # to no example quite alike
    clips[1, :, 4:7] = 0  # frames without anybody
    others = [] if flow is None else [np.random.default_rng(0).random((3, *flow), np.float32)]
    with torch.no_grad():
        expected = network(*map(torch.from_numpy, (clips, *others))).numpy()
    runner = Network(path, precision="f32", count=len(others) + 1)
    assert [port.name for port in runner.inputs] == ["clips", "flow"][: len(runner.inputs)]
    assert np.allclose(runner.start(clips, *others).result()[0], expected, atol=1e-3, rtol=1e-3)
    one = runner.start(clips[:1], *(other[:1] for other in others)).result()[0]
    assert np.allclose(one, expected[:1], atol=1e-3, rtol=1e-3)
