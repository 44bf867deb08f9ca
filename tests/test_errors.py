"""The error tree and the hints."""

import pytest

from kinema import errors
from kinema.errors import did_you_mean

PARENTS = {
    "InputError": (errors.KinemaError, ValueError),
    "ShapeError": (errors.InputError,),
    "SkeletonError": (errors.InputError,),
    "FormatError": (errors.InputError,),
    "MediaError": (errors.KinemaError,),
    "ModelError": (errors.KinemaError,),
    "UnknownModel": (errors.ModelError, errors.InputError),
    "DownloadError": (errors.ModelError,),
    "ChecksumError": (errors.ModelError,),
    "MissingExtra": (errors.KinemaError,),
}


@pytest.mark.parametrize(("name", "parents"), PARENTS.items(), ids=PARENTS)
def test_tree(name, parents):
    assert getattr(errors, name).__bases__ == parents


def test_every_error_is_in_the_tree_and_in_the_documentation():
    found = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.KinemaError)
    }
    assert found == {"KinemaError", *PARENTS}
    assert all(name in errors.__doc__ for name in found)


def test_missing_extra_says_what_to_install():
    error = errors.MissingExtra("PyTorch", "train")
    assert str(error) == "this needs PyTorch: pip install 'kinema[train]'"


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        pytest.param("bodi25", ["coco17", "body25"], "did you mean body25?", id="one near"),
        pytest.param(
            "left_kne",
            ["left_knee", "left_hip", "right_knee", "nose"],
            "did you mean left_knee or left_hip?",
            id="several, nearest first",
        ),
        pytest.param(
            "pose",
            [f"pose{i}" for i in range(9)],
            "did you mean pose8 or pose7 or pose6?",
            id="three",
        ),
        pytest.param("xyz", ["nose", "neck"], "known are nose, neck", id="none near: all"),
        pytest.param("xyz", (name for name in ["nose", "neck"]), "known are nose, neck", id="once"),
        pytest.param("xyz", [], "known are ", id="none known"),
    ],
)
def test_did_you_mean(name, known, hint):
    assert did_you_mean(name, known) == hint
