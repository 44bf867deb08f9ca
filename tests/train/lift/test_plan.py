import json

import pytest

from kinema.errors import InputError
from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13
from kinema.train.lift.plan import LiftPlan, widths_of


def test_what_the_network_of_a_plan_takes():
    assert LiftPlan().spec.joints == LIFT13
    assert (LiftPlan().spec.inputs, LiftPlan().spec.outputs) == (39, 68)
    plan = LiftPlan(screen="picture", sigma=False, widths=(3,) * 5, causal=True)
    assert plan.spec.joints == H36M17
    assert (plan.spec.inputs, plan.spec.outputs, plan.spec.field.before) == (34, 51, 242)


def test_there_and_back_by_json():
    plan = LiftPlan(held_out=("02", "16"), widths=(1, 1, 1))
    assert LiftPlan.of_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    with pytest.raises(InputError, match="no depth"):
        LiftPlan.of_dict({"depth": 3})


@pytest.mark.parametrize(("frames", "widths"), [(1, (1, 1, 1)), (27, (3, 3, 3)), (243, (3,) * 5)])
def test_widths_of_the_paper(frames, widths):
    assert widths_of(frames) == widths


@pytest.mark.parametrize("frames", [0, 2, 28])
def test_frames_that_no_network_looks_at(frames):
    with pytest.raises(InputError, match="frames"):
        widths_of(frames)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"rate": -1},
        {"labelled": 0},
        {"dropout": 1},
        {"noise": -0.1},
        {"semi": True},
        {"screen": "picture", "sigma": False, "semi": True},
        {"screen": "picture", "sigma": False, "focal": 0},
        {"focal": 1.1},
        {"screen": "picture"},
    ],
)
def test_plans_that_make_no_sense(wrong):
    with pytest.raises(InputError):
        LiftPlan(**wrong)
