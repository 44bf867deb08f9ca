import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from kinema.errors import ModelError
from kinema.models.openpose.model import open_network
from kinema.models.options import Options
from kinema.models.runtime import Network, PictureInput

PICTURE = (1, -1, -1, 3)


def saved(path, output, *inputs):
    ov.save_model(ov.Model([output], list(inputs)), path, compress_to_fp16=False)
    return path


def image(shape=PICTURE):
    return ops.parameter(ov.PartialShape(list(shape)), ov.Type.f32, name="image")


def stride_8(shape=PICTURE, channels=5):
    """(input, output) of a network: map c is (c + 1) times the red of every eighth pixel."""
    entry = image(shape)
    weights = np.zeros((channels, 3, 1, 1), np.float32)
    weights[:, 0, 0, 0] = np.arange(channels) + 1
    planes = ops.transpose(entry, np.array([0, 3, 1, 2]))
    planes = ops.convolution(planes, weights, [8, 8], [0, 0], [0, 0], [1, 1])
    return entry, ops.transpose(planes, np.array([0, 2, 3, 1]))


def save_stride_8(path, shape=PICTURE):
    entry, output = stride_8(shape)
    return saved(path, output, entry)


def picture(width, height, value):
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = value
    return pixels


@pytest.mark.parametrize("latency", [False, True])
@pytest.mark.parametrize("shape", [PICTURE, (-1, -1, -1, 3), (1, 64, 64, 3)], ids=str)
def test_bytes_in_maps_out_at_any_size(tmp_path, shape, latency):
    path = save_stride_8(tmp_path / "a net, größer.xml", shape)
    network = open_network(path, Options(precision="f32", latency=latency))
    assert (network.outputs[0].shape[1], network.precision) == (5, "f32")
    assert network.parallel >= 1
    assert network.runtime.startswith("OpenVINO 20")
    for width, height in ((64, 32), (8, 8), (128, 64), (64, 32)):
        output = network.start(picture(width, height, 100)).result()[0]
        assert output.shape == (1, 5, height // 8, width // 8)
        assert output.dtype == np.float32
        assert output[0, :, 0, 0].tolist() == [100, 200, 300, 400, 500]


def test_results_are_kept_apart_and_stay(tmp_path):
    network = open_network(save_stride_8(tmp_path / "net.xml"), Options(precision="f32"))
    requests = [network.start(picture(16, 16, value)) for value in range(40)]
    results = [request.result()[0] for request in reversed(requests)][::-1]
    again = network.start(picture(16, 16, 200)).result()[0]
    assert [int(result[0, 0, 0, 0]) for result in results] == list(range(40))
    assert again[0, 0, 0, 0] == 200


def test_requests_that_nobody_asks_are_no_trouble(tmp_path):
    network = open_network(save_stride_8(tmp_path / "net.xml"), Options(precision="f32"))
    for _ in range(20):
        network.start(picture(64, 64, 1))
    assert network.start(picture(8, 8, 9)).result()[0][0, 1, 0, 0] == 18


@pytest.mark.parametrize(
    ("layout", "shape"), [("NHWC", (1, 4, 4, 3)), ("NCHW", (1, 3, 4, 4))], ids=["pixels", "planes"]
)
def test_what_a_network_makes_of_bytes(tmp_path, layout, shape):
    entry = image(shape)
    path = saved(tmp_path / "net.xml", ops.relu(entry), entry)
    form = PictureInput(layout, mean=(10, 20, 30), scale=(1, 2, 5))
    network = Network(path, picture=form, precision="f32")
    assert network.inputs[0].shape == shape
    pixels = np.zeros((4, 4, 3), np.uint8) + np.array([11, 24, 45], np.uint8)
    (output,) = network.start(pixels).result()
    planes = output[0] if layout == "NCHW" else output[0].transpose(2, 0, 1)
    assert planes[:, 1, 2].tolist() == pytest.approx([1, 2, 3])


def test_arrays_as_they_are_and_all_outputs(tmp_path):
    entry = ops.parameter([-1, 2], ov.Type.f32, name="x")
    first, second = ops.relu(entry), ops.negative(entry)
    path = tmp_path / "net.xml"
    ov.save_model(ov.Model([first, second], [entry]), path, compress_to_fp16=False)
    network = Network(path, precision="f32")
    assert [port.shape for port in network.outputs] == [(-1, 2), (-1, 2)]
    batch = np.array([[1, -2], [3, -4], [5, 6]], np.float32)
    first_result, second_result = network.start(batch).result()
    assert first_result.tolist() == [[1, 0], [3, 0], [5, 6]]
    assert second_result.tolist() == (-batch).tolist()


def two_inputs(path):
    entries = image(), image()
    return saved(path, ops.add(*entries), *entries)


def relu(shape):
    def save(path):
        entry = ops.parameter(shape, ov.Type.f32)
        return saved(path, ops.relu(entry), entry)

    return save


def no_maps(path):
    entry = image()
    return saved(path, ops.reduce_mean(entry, np.array([1])), entry)


FORM = "does not map pictures (1, H, W, 3) to maps (1, h, w, C)"


@pytest.mark.parametrize(
    ("save", "message"),
    [
        pytest.param(two_inputs, "has 2 inputs", id="two inputs"),
        pytest.param(relu(ov.PartialShape.dynamic()), FORM, id="dynamic rank"),
        pytest.param(relu(ov.PartialShape([1, 3, -1, -1])), FORM, id="channels first"),
        pytest.param(relu(ov.PartialShape([1, -1, -1, -1])), FORM, id="dynamic channels"),
        pytest.param(no_maps, FORM, id="vectors out"),
        pytest.param(lambda path: save_stride_8(path, (4, -1, -1, 3)), "cannot", id="batch of 4"),
    ],
)
def test_networks_of_another_form(tmp_path, capfd, save, message):
    path = save(tmp_path / "net.xml")
    assert_refused(path, message, capfd)


def assert_refused(path, message, capfd):
    with pytest.raises(ModelError) as error:
        open_network(path, Options())
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < len(str(path)) + 250
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "content", [b"", b"hello\nworld\n", bytes(1000)], ids=["empty", "text", "0"]
)
@pytest.mark.parametrize("suffix", ["pb", "onnx", "tflite", "xml"])
def test_files_that_are_no_networks(tmp_path, capfd, suffix, content):
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(content)
    assert_refused(path, "cannot be read as a network: ", capfd)


def test_a_missing_file(tmp_path, capfd):
    assert_refused(tmp_path / "none.pb", "cannot be read as a network", capfd)


@pytest.mark.parametrize("content", [None, b"", b"abc"], ids=["missing", "empty", "short"])
def test_weights_that_do_not_fit(tmp_path, capfd, content):
    path = save_stride_8(tmp_path / "net.xml")
    path.with_suffix(".bin").unlink()
    if content is not None:
        path.with_suffix(".bin").write_bytes(content)
    assert_refused(path, "bin file", capfd)


def test_half_of_a_real_network(tmp_path, capfd, weights):
    path = tmp_path / "half.pb"
    data = weights.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert_refused(path, "cannot be read as a network: ", capfd)


def test_a_real_network_says_nothing_on_stderr(weights, capfd):
    assert open_network(weights, Options()).outputs[0].shape[1] == 57
    assert capfd.readouterr() == ("", "")
