import pytest

from kinema.errors import InputError
from kinema.skeletons import SKELETONS
from kinema.space.lifting import LIFT13
from kinema.train.actions.families import FAMILIES
from kinema.train.actions.plan import ActionPlan, plan_for


def test_a_plan_is_read_as_it_was_written():
    plan = plan_for("gru+stgcn", streams=("joint", "bone+motion"), blocks=(1, 2), seconds=2.0)
    assert ActionPlan.of_dict(plan.as_dict()) == plan


def test_each_kind_has_its_defaults_and_what_is_given_counts():
    assert plan_for("gru").channels == 128
    assert plan_for("gru", channels=16, epochs=None).channels == 16
    assert plan_for("stgcn").channels == ActionPlan().channels


def test_members_are_kinds_times_streams_times_copies():
    plan = plan_for("gru+lstm", streams=("joint", "bone"), copies=2)
    assert len(plan.members) == 8
    assert plan.members[:3] == (("gru", "joint"), ("gru", "joint"), ("gru", "bone"))


def test_the_spec_has_the_joints_of_the_data_or_those_wished():
    labels = ("a", "b")
    assert plan_for("gru").spec(labels, LIFT13, 3).joints == LIFT13
    spec = plan_for("gru", joints="coco17", background="b", seconds=1.5).spec(labels, LIFT13, 2)
    assert spec.joints == SKELETONS["coco17"]
    assert (spec.background, spec.seconds, spec.dimensions) == ("b", 1.5, 2)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_kind_has_its_file(name):
    pytest.importorskip("torch")
    assert callable(FAMILIES[name].builder())
    assert plan_for(name).families == (name,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"model": "stgcnn"}, "did you mean stgcn", id="model"),
        pytest.param({"streams": ("joints",)}, "there is no stream 'joints'", id="stream"),
        pytest.param({"streams": ()}, "one or more", id="no stream"),
        pytest.param({"epochs": 0}, "epochs must be 1 or more", id="epochs"),
        pytest.param({"dropout": 1.0}, "dropout is a share", id="dropout"),
        pytest.param({"kernel": 4}, "odd number", id="kernel"),
        pytest.param({"fusion": "votes"}, "fusion is one of", id="fusion"),
        pytest.param({"joints": "coco71"}, "did you mean coco17", id="joints"),
        pytest.param({"patience": 3}, "held out", id="patience"),
        pytest.param({"model": "gru+nearest"}, "cannot be trained together", id="mixed"),
        pytest.param({"model": "two-stream", "mirror": 0.5}, "cannot be mirrored", id="mirror"),
        pytest.param({"epoch": 3}, "did you mean epochs", id="unknown"),
    ],
)
def test_plans_that_make_no_sense_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        ActionPlan.of_dict(given)
