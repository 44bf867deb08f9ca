import numpy as np
import pytest

from kinema.space.calibration import bundle
from kinema.space.calibration.bundle import Bundle, Corners3D, adjust


@pytest.fixture
def scene():
    """Two cameras, three boards, every corner seen by both; unknowns and exact pixels."""
    rng = np.random.default_rng(7)
    lens = [1000, 1010, 640, 360, -0.1, 0.05, 0.001, -0.002, 0.02]
    truth = Bundle(
        np.array([lens, [*lens[:4], *(-0.5 * np.array(lens[4:]))]]),
        np.array([[0.0] * 6, [0.1, -0.5, 0.05, 1.0, 0.1, 0.2]]),
        np.concatenate(
            [rng.normal(size=(3, 3)) * 0.4, [[0, 0, 3], [0.3, 0.1, 4], [-0.4, 0, 5]]], 1
        ),
    )
    grid = np.stack(np.meshgrid(np.arange(4), np.arange(3), [0.0]), axis=-1).reshape(-1, 3) * 0.1
    camera, board, point = (a.ravel() for a in np.indices((2, 3, len(grid))))
    seen = Corners3D(camera, board, grid[point], np.zeros((len(point), 2)))
    return truth, Corners3D(camera, board, grid[point], bundle._project(seen, truth))


def test_jacobian_is_that_of_differences(scene):
    truth, seen = scene
    vector = truth.vector
    jacobian = bundle._jacobian(seen, truth).toarray()
    for column in range(len(vector)):
        step = np.zeros(len(vector))
        step[column] = 1e-6
        ahead, behind = (bundle._project(seen, truth.of(vector + s)) for s in (step, -step))
        slope = ((ahead - behind) / 2e-6).ravel()
        np.testing.assert_allclose(jacobian[:, column], slope, atol=1e-5 * max(1, abs(slope).max()))


def test_exact_pixels_give_the_truth(scene):
    truth, seen = scene
    rng = np.random.default_rng(1)
    away = truth.of(truth.vector)
    start = Bundle(
        away.intrinsics,
        away.cameras + np.array([[0], [1]]) * rng.normal(size=6) * 0.02,
        away.boards + rng.normal(size=(3, 6)) * 0.02,
    )
    found = adjust(seen, start, np.zeros((2, 9), dtype=bool))
    np.testing.assert_allclose(found.bundle.vector, truth.vector, atol=1e-6)
    np.testing.assert_allclose(found.residuals, 0, atol=1e-4)
    assert not found.sigma.intrinsics.any()
    assert not found.sigma.cameras[0].any()
