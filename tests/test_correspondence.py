"""What is said where joints of one name are not one place."""

import pytest

from kinema.correspondence import REMARKS, remarks_on
from kinema.skeletons import BODY25, COCO17, H36M17, KINECT20, KINECT25, SKELETONS


@pytest.mark.parametrize(
    ("first", "second", "joints"),
    [
        pytest.param(H36M17, KINECT20, ["mid_hip", "jaw", "head"], id="Human3.6M and Kinect v1"),
        pytest.param(KINECT25, H36M17, ["mid_hip", "jaw", "head"], id="the other way round"),
        pytest.param(COCO17, KINECT20, ["mid_hip", "thorax"], id="COCO: derived from shoulders"),
        pytest.param(BODY25, KINECT25, ["mid_hip"], id="Kinect v2"),
        pytest.param(KINECT20, KINECT25, [], id="both of a Kinect"),
        pytest.param(COCO17, BODY25, [], id="no Kinect"),
    ],
)
def test_remarks(first, second, joints):
    assert [text.split(":")[0] for text in remarks_on(first, second)] == joints


def test_remarks_name_skeletons_that_are_there():
    assert all(name in SKELETONS for remark in REMARKS for name in remark.skeletons)
