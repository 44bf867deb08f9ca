import numpy as np
import pytest

from kinema.models.whole_picture import suppress


def original(boxes, scores, threshold, overlap):
    """Greedy suppression as everybody defines it."""
    left = [i for i in np.argsort(-scores, kind="stable") if scores[i] >= threshold]
    kept = []
    while left:
        best, *others = left
        kept.append(best)
        left = [i for i in others if iou(boxes[best], boxes[i]) <= overlap]
    return kept


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (area - width * height)


@pytest.mark.parametrize("overlap", [0.3, 0.6])
@pytest.mark.parametrize("seed", range(5))
def test_suppression_is_greedy(seed, overlap):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 5, (40, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0.5, 3, (40, 2))], axis=1)
    boxes = boxes.astype(np.float32)
    scores = rng.uniform(0, 1, 40).astype(np.float32)
    kept = suppress(boxes, scores, threshold=0.2, overlap=overlap)
    assert kept.tolist() == original(boxes, scores, 0.2, overlap)


def test_small_boxes_are_not_rounded():
    boxes = np.array([[0.1, 0.1, 0.4, 0.4], [0.6, 0.6, 0.9, 0.9]], np.float32)
    assert suppress(boxes, np.array([0.5, 0.9]), threshold=0, overlap=0.5).tolist() == [1, 0]


@pytest.mark.parametrize("count", [0, 3])
def test_nothing_is_sure_enough(count):
    boxes = np.tile(np.float32([0, 0, 1, 1]), (count, 1))
    kept = suppress(boxes, np.full(count, 0.1, np.float32), threshold=0.2, overlap=0.5)
    assert kept.shape == (0,)
