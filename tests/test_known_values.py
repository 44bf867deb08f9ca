import numpy as np
import pytest

from kinema.known_values import mean_of_known

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "axis", "mean"),
    [
        pytest.param([[1, 3], [5, NAN]], 1, [2, 5], id="a row"),
        pytest.param([[1, 3], [5, NAN]], 0, [3, 3], id="a column"),
        pytest.param([[1, 3], [5, NAN]], None, 3, id="all"),
        pytest.param([[NAN, NAN]], 1, [NAN], id="nothing known"),
        pytest.param(np.zeros((0, 2)), 0, [NAN, NAN], id="no rows"),
        pytest.param(np.zeros((0, 2)), 1, [], id="no rows to give a mean of"),
    ],
)
def test_mean_of_known(values, axis, mean):
    found = mean_of_known(np.array(values, dtype=np.float64), axis)
    np.testing.assert_array_equal(found, mean)


def test_no_value_is_changed():
    values = np.array([[1.0, NAN]], dtype=np.float32)
    assert mean_of_known(values, axis=1).dtype == np.float64
    np.testing.assert_array_equal(values, [[1, NAN]])
