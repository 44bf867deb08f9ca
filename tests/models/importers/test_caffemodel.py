import numpy as np
import pytest

from kinema.errors import ModelError
from kinema.models.importers.caffemodel import read_blobs

WEIGHTS = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
BIAS = np.array([0.5, -1e-30], np.float32)


@pytest.fixture
def read(tmp_path):
    def read_bytes(content):
        path = tmp_path / "net.caffemodel"
        path.write_bytes(content)
        return read_blobs(path)

    return read_bytes


@pytest.mark.parametrize("old", [False, True], ids=["layer", "layers of 2014"])
def test_arrays(read, caffe_networks, old):
    content = caffe_networks.chunk(1, b"a net")  # its name
    content += caffe_networks.layer_bytes("relu", [], old=old)
    content += caffe_networks.layer_bytes("conv", [WEIGHTS, BIAS], old=old)
    blobs = read(content)
    assert list(blobs) == ["conv"]
    weights, bias = blobs["conv"]
    assert weights.tolist() == WEIGHTS.tolist()
    assert (bias.shape, bias.dtype) == ((1, 1, 1, 2) if old else (2,), np.float32)
    assert bias.ravel().tolist() == BIAS.tolist()


def test_other_ways_to_write_arrays(read, caffe_networks):
    chunk, varint = caffe_networks.chunk, caffe_networks.varint
    shape = chunk(7, varint(1 << 3) + varint(2))  # an axis alone
    each = b"".join(varint(5 << 3 | 5) + value.tobytes() for value in BIAS)
    double = chunk(8, BIAS.astype("<f8").tobytes())
    number = chunk(7, b"") + chunk(5, BIAS[:1].tobytes())  # a number: an array of no axes
    extra = varint(9 << 3 | 1) + bytes(8) + varint(11 << 3) + varint(300)  # what nobody asks for
    blobs = b"".join(chunk(7, blob) for blob in (shape + each, double + extra + shape, number))
    one, same, number = read(chunk(100, blobs + chunk(1, b"x")))["x"]
    assert one.tolist() == same.tolist() == BIAS.tolist()
    assert (number.shape, number.tolist()) == ((), 0.5)


def test_large_numbers_of_fields_and_bytes(read, caffe_networks):
    large = np.ones((5000, 7), np.float32)
    assert read(caffe_networks.layer_bytes("x" * 300, [large]))["x" * 300][0].shape == (5000, 7)


def test_weights_are_not_copied(read, caffe_networks):
    (array,) = read(caffe_networks.layer_bytes("x", [WEIGHTS]))["x"]
    assert not array.flags.owndata
    assert not array.flags.writeable


def test_every_cut_is_seen_or_leaves_nothing_wrong(read, caffe_networks):
    content = caffe_networks.layer_bytes("a", [BIAS]) + caffe_networks.layer_bytes("b", [WEIGHTS])
    first = len(caffe_networks.layer_bytes("a", [BIAS]))
    for size in range(len(content)):
        if size == first:
            assert list(read(content[:size])) == ["a"]
            continue
        with pytest.raises(ModelError, match=r"net\.caffemodel (is damaged|holds no weights)"):
            read(content[:size])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"", "holds no weights", id="empty"),
        pytest.param(bytes(100), "is damaged, or no .caffemodel", id="zeros"),
        pytest.param(b"\xff" * 100, "is damaged, or no .caffemodel", id="ones"),
        pytest.param(b"<!DOCTYPE html><html>", "is damaged, or no", id="a web page"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1", "is damaged", id="a pointer"),
        pytest.param(b'name: "net"\ninput: "data"', "is damaged", id="a prototxt"),
    ],
)
def test_files_that_are_something_else(read, tmp_path, content, complaint):
    with pytest.raises(ModelError) as error:
        read(content)
    assert str(error.value).startswith(f"{tmp_path / 'net.caffemodel'} {complaint}")
    assert "\n" not in str(error.value)


def test_an_array_that_is_too_short_for_its_shape(read, caffe_networks):
    chunk = caffe_networks.chunk
    blob = chunk(7, chunk(1, bytes([2, 3]))) + chunk(5, bytes(20))
    with pytest.raises(ModelError, match=r"an array of shape \(2, 3\) has 5 values"):
        read(chunk(100, chunk(1, b"x") + chunk(7, blob)))
    blob = chunk(7, chunk(1, bytes([1]))) + chunk(5, bytes(5))
    with pytest.raises(ModelError, match="an array ends within a number"):
        read(chunk(100, chunk(1, b"x") + chunk(7, blob)))


def test_a_missing_file(tmp_path):
    with pytest.raises(ModelError, match=r"none\.caffemodel cannot be read: No such file"):
        read_blobs(tmp_path / "none.caffemodel")
