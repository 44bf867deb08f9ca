"""The table of joints."""

import math

import pytest

from kinema.errors import SkeletonError
from kinema.evaluation.joints import joint_table, joints_not_given
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, COCO17, HAND21, LSP14, MPII16

NAN, INF = float("nan"), float("inf")
THREE = Skeleton("three", ("a", "b", "c"))


def test_a_table_by_hand():
    errors = [[2, INF, NAN], [4, 30, NAN]]
    a, b, c, total = joint_table(errors, [100, 50], THREE, thresholds=(0.02, 0.1))
    assert (a.joint, a.labelled, a.found, a.median_px) == ("a", 2, 1, 3)
    assert a.pck == {0.02: 0.5, 0.1: 1}
    assert a.median_share == pytest.approx((0.02 + 0.08) / 2)
    assert (b.labelled, b.found, b.median_px, b.median_share) == (2, 0.5, 30, 0.6)
    assert b.pck == {0.02: 0, 0.1: 0}
    assert c.labelled == 0
    assert all(map(math.isnan, (c.found, c.median_px, c.median_share, *c.pck.values())))
    assert (total.joint, total.labelled, total.found, total.median_px) == ("all", 4, 0.75, 4)
    assert total.pck == {0.02: 0.25, 0.1: 0.5}


def test_joints_that_the_last_row_leaves_out():
    total = joint_table([[1, 99, 1]], [10], THREE, thresholds=(0.5,), left_out=("b",))[-1]
    assert (total.labelled, total.pck) == (2, {0.5: 1})


def test_nobody():
    assert joint_table([], [], THREE, thresholds=(0.5,))[-1].labelled == 0


@pytest.mark.parametrize(
    ("model", "labels", "joints"),
    [
        pytest.param(COCO17, LSP14, ("upper_neck", "head_top"), id="coco on lsp"),
        pytest.param(COCO17, MPII16, ("upper_neck", "head_top"), id="coco on mpii"),
        pytest.param(MPII16, LSP14, (), id="mpii on lsp"),
        pytest.param(BODY25, COCO17, (), id="body25 on coco"),
    ],
)
def test_joints_not_given(model, labels, joints):
    assert joints_not_given(model, labels) == joints


def test_a_model_of_something_else():
    with pytest.raises(SkeletonError, match="no joint of hand21"):
        joints_not_given(HAND21, COCO17)
