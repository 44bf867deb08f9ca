import pytest

from kinema.errors import ModelError
from kinema.models.importers.prototxt import read_prototxt


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "net.prototxt"
        path.write_text(text, encoding="utf-8")
        return read_prototxt(path)

    return read_text


def test_a_network(read):
    message = read(
        """name: "small"  # a comment with a "quote"
        input_dim: 1 input_dim: 3
        layer {
          name: 'conv' type: "Convolution"
          convolution_param { pad: 1, kernel_size: 3; stride: 2 bias_term: false }
        }
        layer: < name: "re" "lu" relu_param { negative_slope: -.25e1 } >
        """
    )
    assert message.text("name") == "small"
    assert message.counts("input_dim") == [1, 3]
    first, second = message.messages("layer")
    settings = first.message("convolution_param")
    assert (first.text("name"), first.text("type")) == ("conv", "Convolution")
    assert [settings.count(name, 9) for name in ("pad", "kernel_size", "stride", "group")] == [
        *(1, 3, 2),
        9,
    ]
    assert settings.flag("bias_term", default=True) is False
    assert second.text("name") == "relu"
    assert second.message("relu_param").number("negative_slope", 0) == -2.5


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("n: 3", [3], id="whole"),
        pytest.param("n: -0.5", [-0.5], id="negative"),
        pytest.param("n: 1e-3 n: 2.f n: +4", [0.001, 2, 4], id="forms"),
        pytest.param("n: 0x10", [16], id="hexadecimal"),
        pytest.param("n: [1, 2, 3]", [1, 2, 3], id="list"),
        pytest.param("n: []", [], id="empty list"),
        pytest.param("", [], id="none"),
    ],
)
def test_numbers(read, text, numbers):
    assert read(text).numbers("n") == numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('t: "a b"', "a b", id="double"),
        pytest.param("t: 'a\"b'", 'a"b', id="single"),
        pytest.param(r't: "a\"b\\"', 'a"b\\', id="escaped"),
        pytest.param('t: "größe"', "größe", id="not ASCII"),
        pytest.param("t: MAX", "MAX", id="enumerated"),
        pytest.param('t: "a" t: "b"', "b", id="the last counts"),
        pytest.param('\ufefft: "a"', "a", id="byte order mark"),
        pytest.param('t: "a"\r\n# end', "a", id="line ends of Windows"),
    ],
)
def test_texts(read, text, value):
    assert read(text).text("t") == value


@pytest.mark.parametrize("word", ["true", "True", "t", "1", "false", "f", "0"])
def test_flags(read, word):
    assert read(f"f: {word}").flag("f", default=False) is (word in ("true", "True", "t", "1"))


def test_what_is_not_there(read):
    message = read("")
    assert "x" not in message
    assert message.text("x", "default") == "default"
    assert message.message("x").message("y").count("z", 7) == 7
    assert message.flag("x", default=True) is True


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        pytest.param("a {\n b: 1\n", 3, "expected the name of a field, found the end", id="cut"),
        pytest.param("a: 1\n}", 2, "expected the name of a field, found }", id="brace too many"),
        pytest.param("a { b: 1 >", 1, "found >", id="other brace"),
        pytest.param("a:\n", 2, "expected a value, found the end of the file", id="no value"),
        pytest.param("a 1", 1, "expected a colon after a, found 1", id="no colon"),
        pytest.param("a: [1, 2", 1, "expected a value, found the end", id="open list"),
        pytest.param('\n\na: "b', 3, "'\"' cannot stand there", id="open quote"),
        pytest.param("a: $", 1, "'$' cannot stand there", id="a strange mark"),
        pytest.param("<html>", 1, "expected the name of a field, found <", id="a web page"),
        pytest.param("a {" * 40, 1, "no more messages within messages", id="deep"),
        pytest.param("a" * 99, 1, "found the end of the file", id="a long word"),
    ],
)
def test_text_that_is_wrong(read, tmp_path, text, line, complaint):
    with pytest.raises(ModelError) as error:
        read(text)
    assert complaint in str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 'net.prototxt'}, line {line}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        pytest.param(lambda m: m.count("t", 1), "t must be a number", id="text for a number"),
        pytest.param(lambda m: m.count("half", 1), "half must be a whole number", id="half"),
        pytest.param(lambda m: m.count("minus", 1), "minus must be a whole number", id="negative"),
        pytest.param(lambda m: m.text("half"), "half must be text", id="number for text"),
        pytest.param(lambda m: m.message("t"), "t must be a message in braces", id="message"),
        pytest.param(lambda m: m.flag("t", default=True), "t must be true or false", id="flag"),
        pytest.param(lambda m: m.flag("m", default=True), "m must be true or false", id="flag {}"),
    ],
)
def test_fields_of_another_kind(read, ask, complaint):
    message = read('t: "x" half: 0.5 minus: -1 m { }')
    with pytest.raises(ModelError, match=f"net.prototxt, line 1: {complaint}"):
        ask(message)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ModelError, match=r"none\.prototxt cannot be read: No such file"):
        read_prototxt(tmp_path / "none.prototxt")
    (tmp_path / "net.prototxt").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ModelError, match=r"net\.prototxt is no text; is it the \.caffemodel"):
        read_prototxt(tmp_path / "net.prototxt")
