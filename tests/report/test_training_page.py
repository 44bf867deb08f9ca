"""The page of a recogniser: its figures, and what it shows where there are few."""

import re
import shutil

import pytest

from kinema.errors import InputError
from kinema.report.assets import asset
from kinema.report.training_figures import calibration_svg, confusion_svg, learning_svg
from kinema.report.training_page import write_training_page

pytest.importorskip("jinja2")

LABELS = {
    "sit & stand": {"recordings": 3, "precision": 1.0, "recall": 0.6667, "f1": 0.8},
    "</script>wave": {"recordings": 2, "precision": 0.6667, "recall": 1.0, "f1": 0.8},
}
BINS = [{"confidence": None, "accuracy": None, "recordings": 0}] * 9 + [
    {"confidence": 0.95, "accuracy": 0.8, "recordings": 5}
]
MEASURED = {
    "recordings": 5,
    "accuracy": 0.8,
    "macro_f1": 0.8,
    "loss": 0.3,
    "calibration_error": 0.15,
    "labels": LABELS,
    "confusion": [[2, 1], [0, 2]],
    "calibration": BINS,
}
LOG = [
    {"epoch": 1.0, "loss": 0.7, "accuracy": 0.5, "held_out_loss": 0.8, "held_out_accuracy": 0.4},
    {"epoch": 2.0, "loss": 0.4, "accuracy": 0.9, "held_out_loss": 0.6, "held_out_accuracy": 0.8},
]
CARD = {
    "spec": {"labels": list(LABELS), "temperature": 1.2},
    "parameters": 12345,
    "protocol": {"name": "cross-subject", "measured_on": "test", "train": 7, "test": 5},
    "measured": MEASURED,
    "trained_on": {"data": "made", "recordings": 7, "subjects": ["s1", "s3"]},
    "held_out": {"subjects": ["s5"]},
    "seconds": 90.0,
    "plan": {"model": "gru", "streams": ["joint", "bone"], "background": ""},
    "made_with": {"kinema": "1"},
    "log": LOG,
}


def page_of(tmp_path, card, **others):
    path = tmp_path / "page.html"
    write_training_page(path, card, **others)
    return path.read_text("utf-8")


def test_the_page_shows_the_figures(tmp_path):
    text = page_of(tmp_path, CARD, command="kinema actions train made")
    for part in ("80.0%", "12,345", "1.5 min", "Actions: gru (joint, bone)", "cross-subject"):
        assert part in text
    assert "sit &amp; stand" in text
    assert "</script>" not in text
    assert "<pre>kinema actions train made</pre>" in text
    assert len(re.findall("<svg", text)) == 4
    assert not re.search(r"""(?:src|href)=["']?http""", text)
    # What was taken for what: one recording of the first label for the second.
    assert "1 of 3: sit &amp; stand taken for" in text


def test_few_recordings_and_the_same_people_are_said(tmp_path):
    measured = {**MEASURED, "recordings": 3, "accuracy": 1.0}
    text = page_of(tmp_path, {**CARD, "measured": measured})
    assert "43.9 to 100.0%" in text and "both parts" not in text
    for people, said in (("same", "Some people are in both"), ("unknown", "is not known")):
        protocol = {**CARD["protocol"], "people": people}
        assert said in page_of(tmp_path, {**CARD, "protocol": protocol})


def test_the_page_of_an_evaluation_has_no_learning_curve(tmp_path):
    facts = {"model": "actions.onnx", "data": "made", "measured": MEASURED}
    text = page_of(tmp_path, {**facts, "protocol": {"name": None, "measured_on": "all", "test": 5}})
    assert "How it learned" not in text
    assert "measured on all recordings" in text


def test_a_training_without_a_test_shows_its_curve(tmp_path):
    text = page_of(tmp_path, {**CARD, "measured": None, "protocol": {"name": "", "test": 0}})
    assert "What was taken for what" not in text
    assert "How it learned" in text
    with pytest.raises(InputError, match="nothing was measured"):
        page_of(tmp_path, {**CARD, "measured": None, "log": []})


def test_a_row_without_recordings_and_many_labels():
    some = confusion_svg(["a", "b"], [[0, 0], [1, 3]])
    assert some.count("<title>") == 2 + 2
    many = confusion_svg([f"label {n}" for n in range(60)], [[1] * 60] * 60)
    assert ">1 of 60: label 3 taken for label 59<" in many
    assert "pointer-events" not in many  # no numbers in the cells


def test_names_beside_the_matrix_have_room(tmp_path):
    """Measured in a browser: the numbers after the names count, too."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs a Chromium browser")
    labels = ["wave", "stand up from a chair", "WALK AROUND SOMETHING"] + ["x"] * 20
    picture = confusion_svg(labels, [[1] * len(labels)] * len(labels))
    with sync_api.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(f"<style>{asset('report.css')}</style><body>{picture}</body>")
        lefts = page.evaluate("[...document.querySelectorAll('text')].map(t => t.getBBox().x)")
        browser.close()
    assert min(lefts) >= 0


def test_calibration_dots_stand_where_they_should():
    text = calibration_svg(BINS)
    x, y = re.search(r'circle cx="([\d.]+)" cy="([\d.]+)"', text).groups()
    assert float(x) == pytest.approx(52 + 0.95 * (520 - 52 - 12), abs=0.1)
    assert float(y) == pytest.approx(300 - 38 - 0.8 * (300 - 38 - 14), abs=0.1)


def test_a_log_of_one_epoch_is_drawn():
    lines = {"loss": ("training", "red"), "held_out_loss": ("held out", "blue")}
    text = learning_svg([{"epoch": 1.0, "loss": 0.0}], lines, "loss")
    assert text.count("<polyline") == 1
