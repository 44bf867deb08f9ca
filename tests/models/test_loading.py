import json

import pytest

from kinema.errors import InputError, ModelError, SkeletonError, UnknownModel
from kinema.models.catalogue import CARDS, DEFAULT_MODEL
from kinema.models.loading import add_checked_model, all_cards, find_card, load_model
from kinema.models.openpose.model import OpenPose
from kinema.models.topdown import TopDown
from kinema.skeletons import BODY25, COCO17, HAND21, OPENPOSE18

TERMS = {"family": "openpose", "skeleton": "openpose18", "licence": "Apache-2.0"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where the user's models are: nothing there yet."""
    monkeypatch.setenv("KINEMA_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "models"


def one_line(error):
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_default_model_is_a_detector_and_a_closer_look():
    model = load_model()
    assert isinstance(model, TopDown)
    assert (model.name, model.skeleton) == (DEFAULT_MODEL, COCO17)


@pytest.mark.parametrize("name", ["nanodet+movenet-lightning", "openpose+movenet-lightning"])
def test_two_models_by_one_name(name):
    model = load_model(name)
    assert (model.name, model.skeleton) == (name, COCO17)
    first, second = name.split("+")
    assert load_model(first, refine=second).name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("nanodet+openpose", "openpose does not look at single persons", id="refine"),
        pytest.param("nanodet+", "no model is called ''", id="half"),
        pytest.param("nanodt+movenet-thunder", "did you mean nanodet", id="near"),
    ],
)
def test_two_models_that_do_not_go_together(name, message):
    with pytest.raises(InputError, match=message):
        load_model(name)


def test_where_maps_are_wanted_the_default_has_them():
    model = load_model(precision="f32", size=256, scales=[1, 1.5], mirror=True, latency=True)
    assert isinstance(model, OpenPose)
    assert (model.name, model.skeleton) == ("openpose", OPENPOSE18)
    assert model.options.size == 256
    assert model.options.scales == (1, 1.5)
    assert model.options.mirror and model.options.latency
    assert model.network.precision == "f32"


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["text", "path"])
def test_a_network_file_by_its_path(weights, kind):
    model = load_model(kind(weights))
    assert (model.name, model.skeleton) == (weights.stem, OPENPOSE18)


def test_an_added_model_is_found_by_its_name(weights):
    card = add_checked_model(weights, name="mine", **TERMS)
    assert all_cards() == [*CARDS, card]
    assert find_card("mine") == card
    assert load_model("mine").name == "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"size": 5}, "between 16 and 2048", id="size"),
        pytest.param({"scales": []}, "scales must be positive", id="no scales"),
        pytest.param({"scales": [0]}, "scales must be positive", id="scale 0"),
        pytest.param({"scales": [float("nan")]}, "scales must be positive", id="scale NaN"),
        pytest.param({"precision": "f64"}, "precision must be auto, f32 or bf16", id="precision"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(InputError, match=message) as error:
        load_model("openpose", **options)
    one_line(error)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("openpos", "no model is called 'openpos'; did you mean openpose?", id="near"),
        pytest.param("xyz", "no model is called 'xyz'; known are openpose", id="far"),
        pytest.param("", "no model is called ''", id="empty"),
        pytest.param("none.pb", "none.pb is no file; kinema models list", id="missing file"),
    ],
)
def test_unknown_models(name, message):
    with pytest.raises(UnknownModel) as error:
        load_model(name)
    assert one_line(error).startswith(message)


def test_unknown_names_are_compared_with_added_models_too(weights):
    add_checked_model(weights, name="gait-lab", **TERMS)
    with pytest.raises(UnknownModel, match="did you mean gait-lab"):
        load_model("gaitlab")


def test_a_path_that_is_no_network_file(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(UnknownModel, match=r"notes.txt is no network file; known are .pb"):
        load_model(tmp_path / "notes.txt")
    with pytest.raises(UnknownModel, match="is no file"):
        load_model(tmp_path)


def test_a_file_that_does_not_load(tmp_path, capfd):
    (tmp_path / "text.pb").write_text("hello")
    with pytest.raises(ModelError, match="cannot be read as a network") as error:
        load_model(tmp_path / "text.pb")
    one_line(error)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"name": "openpose"}, "is a model of the catalogue", id="name taken"),
        pytest.param({"name": "A b"}, "may hold only", id="name"),
        pytest.param({"family": "openpoze"}, "did you mean openpose", id="family"),
        pytest.param({"skeleton": "openpose81"}, "openpose18", id="skeleton"),
        pytest.param({"skeleton": "body25"}, "has openpose18, not body25", id="not its skeleton"),
    ],
)
def test_a_refused_model_leaves_nothing_behind(weights, folder, changed, message):
    with pytest.raises(InputError, match=message) as error:
        add_checked_model(weights, **({"name": "mine"} | TERMS | changed))
    one_line(error)
    assert not folder.exists()


def test_a_file_that_does_not_load_is_not_added(tmp_path, folder, capfd):
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(ModelError, match="cannot be read as a network"):
        add_checked_model(tmp_path / "text.onnx", name="mine", **TERMS)
    assert not folder.exists()
    assert capfd.readouterr() == ("", "")


def test_a_refused_model_leaves_the_old_one_of_its_name(weights, tmp_path):
    card = add_checked_model(weights, name="mine", **TERMS)
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(ModelError):
        add_checked_model(tmp_path / "text.onnx", name="mine", replace=True, **TERMS)
    assert find_card("mine") == card
    assert load_model("mine").name == "mine"


def test_a_damaged_card_does_not_touch_the_catalogue(weights, folder):
    add_checked_model(weights, name="mine", **TERMS)
    (folder / "mine.json").write_text("{")
    assert load_model("openpose").name == "openpose"
    with pytest.raises(ModelError, match="damaged"):
        load_model("mine")
    with pytest.raises(ModelError, match="damaged"):
        all_cards()


def test_a_card_of_a_family_to_come(weights, folder):
    add_checked_model(weights, name="mine", **TERMS)
    card = json.loads((folder / "mine.json").read_text())
    (folder / "mine.json").write_text(json.dumps(card | {"family": "of-the-future"}))
    with pytest.raises(ModelError, match="family 'of-the-future', which this version"):
        load_model("mine")


def test_an_added_network_that_was_deleted(weights, capfd):
    add_checked_model(weights, name="mine", **TERMS).weights[0].unlink()
    with pytest.raises(ModelError, match=r"mine\.pb") as error:
        load_model("mine")
    one_line(error)
    assert capfd.readouterr() == ("", "")


def test_a_skeleton_error_names_the_near_one(weights):
    with pytest.raises(SkeletonError, match="did you mean"):
        add_checked_model(weights, name="mine", **(TERMS | {"skeleton": "openpose1"}))


@pytest.fixture
def body25(tmp_path, caffe_networks):
    """The two files of a network with the layers of BODY_25."""
    files = tmp_path / "pose_deploy.prototxt", tmp_path / "pose_iter.caffemodel"
    caffe_networks.write_network(caffe_networks.OPENPOSE["body25"](width=1 / 32), *files)
    return files


def test_a_network_of_caffe_by_its_path(body25):
    for file in body25:
        model = load_model(file)
        assert (model.name, model.skeleton) == (file.stem, BODY25)


def test_a_network_of_caffe_that_was_added(body25):
    card = add_checked_model(*body25, name="mine", **(TERMS | {"skeleton": "body25"}))
    assert [path.suffix for path in card.weights] == [".prototxt", ".caffemodel"]
    assert load_model("mine").skeleton == BODY25


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param(
            {},
            "gives 78 maps, but those of openpose18 are 57; they are those of body25",
            id="skeleton",
        ),
        pytest.param(
            {"family": "openpose-crop", "skeleton": "hand21"}, "gives 78 maps", id="family"
        ),
    ],
)
def test_a_refused_network_of_caffe(body25, folder, changed, message):
    with pytest.raises(ModelError, match=message) as error:
        add_checked_model(*body25, name="mine", **(TERMS | changed))
    one_line(error)
    assert not folder.exists()


def test_a_damaged_network_of_caffe(body25, folder):
    body25[1].write_bytes(body25[1].read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"pose_iter\.caffemodel is damaged.*ends too early"):
        add_checked_model(*body25, name="mine", **(TERMS | {"skeleton": "body25"}))
    assert not folder.exists()


def test_networks_of_one_hand_look_at_one(tmp_path, caffe_networks):
    files = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
    caffe_networks.write_network(caffe_networks.OPENPOSE["hand"](width=1 / 32), *files)
    hand = {"family": "openpose-crop", "skeleton": "hand21"}
    assert add_checked_model(*files, name="hand", **(TERMS | hand)).people == "one"
    assert all_cards()[-1].people == "one"
    assert load_model("hand").skeleton == HAND21
