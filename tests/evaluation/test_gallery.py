"""The gallery: which failures it chooses, what it draws, and that it needs nothing else."""

import base64
import re

import cv2
import numpy as np
import pytest

from kinema.errors import InputError
from kinema.evaluation.coco import evaluate_coco, present_pictures
from kinema.evaluation.coco_labels import CocoLabels
from kinema.evaluation.exhibits import (
    FALSE,
    LONGEST_LARGE_SIDE,
    MISSED,
    draw_exhibit,
    view_around,
)
from kinema.evaluation.failures import coco_failures
from kinema.evaluation.gallery import Page, write_gallery
from kinema.skeletons import COCO17

PAGE = Page("<told>", "two & two", (("AP", "0.5"),), ("A note.",), ())


@pytest.fixture
def evaluation(told_model, write_labels, label_person, standing, poses_of, tmp_path):
    """One picture: a person found and one missed. The next: somebody where there is nobody."""
    posed, missed = standing(20, 20), standing(180, 120)
    labels = CocoLabels(write_labels([label_person(1, posed), label_person(1, missed)]))
    found = posed.copy()
    found[:8] += 60
    answers = {1: poses_of([found], [0.9]), 2: poses_of([standing(100, 60)], [0.95])}
    pictures, _ = present_pictures(labels, tmp_path / "images")
    return evaluate_coco(told_model(COCO17, answers), labels, pictures)


def test_failures(evaluation):
    whole, posed, missed, false = coco_failures(evaluation)
    assert [exhibit.path.name for exhibit in whole.exhibits] == ["1.png", "2.png"]
    texts = [[fact.text for fact in exhibit.facts] for exhibit in whole.exhibits]
    assert texts == [["1: 0.53", "2 missed"], ["1 is nobody"]]
    assert [fact.level for fact in whole.exhibits[0].facts] == ["fair", "bad"]
    (one,) = posed.exhibits
    assert [fact.text for fact in one.facts] == ["OKS 0.53", "17 joints labelled"]
    assert [exhibit.facts[0].text for exhibit in missed.exhibits] == ["missed"]
    assert [fact.text for fact in false.exhibits[0].facts] == ["nobody", "score 0.95"]


def picture(data: str) -> np.ndarray:
    encoded = np.frombuffer(base64.b64decode(data), np.uint8)
    return cv2.cvtColor(cv2.imdecode(encoded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(int)


def test_what_is_wrong_is_framed(evaluation):
    whole = coco_failures(evaluation)[0].exhibits
    panel = draw_exhibit(whole[0], large=True)
    assert panel.size == (LONGEST_LARGE_SIDE, 480)  # of 320 x 240
    truth, found = picture(panel.truth), picture(panel.found)
    corner = (2 * 170, 2 * 180)  # row and column of the box's left edge, halfway down
    assert np.abs(truth[corner] - MISSED).max() < 60
    assert np.abs(found[corner] - 128).max() < 20
    false = picture(draw_exhibit(whole[1]).found)
    assert (np.abs(false - FALSE).max(axis=2) < 40).any()


@pytest.mark.parametrize(
    ("boxes", "centre", "size"),
    [
        pytest.param([[100, 100, 140, 140]], (120, 120), (50, 50), id="a quarter larger"),
        pytest.param([[100, 50, 110, 150]], (105, 100), (93.75, 125), id="not too narrow"),
        pytest.param([[0, 0, 40, 40]], (22.25, 22.25), (45.5, 45.5), id="ends with the picture"),
        pytest.param([[100, 100, 101, 101]], (100.5, 100.5), (48, 48), id="not too small"),
        pytest.param([[np.nan] * 4], (159.5, 119.5), (320, 240), id="nothing: all of it"),
        pytest.param([[900, 900, 950, 950]], (159.5, 119.5), (320, 240), id="beyond the picture"),
    ],
)
def test_views(boxes, centre, size):
    view = view_around((320, 240), boxes)
    assert view.centre == pytest.approx(centre, abs=0.51)
    assert view.size == pytest.approx(size, abs=0.51)


def test_the_page_stands_alone(evaluation, tmp_path):
    path = tmp_path / "gallery.html"
    drawn = []
    write_gallery(path, PAGE, coco_failures(evaluation), on_picture=lambda: drawn.append(1))
    text = path.read_text()
    assert len(drawn) == text.count("<figure>") == 5
    assert text.count('src="data:image/jpeg;base64,') == text.count("<img") == 10
    assert re.findall(r'(?:src|href)="(?!data:)', text) == []
    assert "http" not in text
    assert "&lt;told&gt;" in text and "two &amp; two" in text
    assert "prefers-color-scheme: dark" in text


def test_nothing_failed(tmp_path):
    write_gallery(tmp_path / "gallery.html", PAGE, [])
    assert "Nothing failed." in (tmp_path / "gallery.html").read_text()
    with pytest.raises(InputError, match="cannot write"):
        write_gallery(tmp_path / "nowhere" / "gallery.html", PAGE, [])
