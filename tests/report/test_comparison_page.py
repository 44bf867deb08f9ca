"""The page of a comparison: its tables, its data, and what a browser makes of it."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from kinema.analysis.compare import compare
from kinema.report.comparison_page import write_comparison_page
from kinema.skeletons import COCO17
from kinema.track import Track

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def walk(noise: float = 0.0, seed: int = 0) -> Track:
    """Two seconds of joints that swing about the places of a person, 17 joints at 50 Hz."""
    rng = np.random.default_rng(5)
    times = np.arange(100) / 50
    still = rng.uniform((-0.3, -0.1, 0), (0.3, 0.1, 1.7), (17, 3))
    wave = np.sin(6 * times[:, None] + rng.uniform(0, 6, 17))[..., None]
    joints = still + 0.1 * wave + np.random.default_rng(seed).normal(0, noise, (100, 17, 3))
    return Track(COCO17, joints, np.ones((100, 17)), times, space="world")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    rough = walk(0.03, 1)
    keypoints = rough.keypoints.copy()
    keypoints[20:30] = np.nan
    comparison = compare(
        {
            "</script>truth": walk(),
            "rough": replace(rough, keypoints=keypoints),
            "fine": walk(0.01, 2),
        }
    )
    path = tmp_path_factory.mktemp("page") / "a.html"
    write_comparison_page(path, comparison, command="kinema compare a b c")
    return path


def test_data_and_tables(page):
    text = page.read_text("utf-8")
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.DOTALL)[1])
    assert data["names"] == ["</script>truth", "rough", "fine"]
    assert (data["unit"], data["errorUnit"], len(data["joints"])) == ("m", "mm", 17)
    assert len(data["paths"]) == 3
    assert len(data["distances"]) == 2
    assert "kinema compare a b c" in text
    assert "&lt;/script&gt;truth" in text
    assert re.search(r"<th>1</th><td>fine</td>", text)
    assert "Left knee flexion" in text


def test_what_a_recording_lacks_is_neither_a_row_nor_shown_first(tmp_path):
    few = walk(0.01, 2)
    keypoints = few.keypoints.copy()
    keypoints[:, :5] = np.nan
    comparison = compare({"a": walk(), "b": walk(0.02, 1), "c": replace(few, keypoints=keypoints)})
    write_comparison_page(tmp_path / "a.html", comparison)
    text = (tmp_path / "a.html").read_text("utf-8")
    assert len(re.findall(r"<th>Nose</th>", text)) == 1
    assert '<option value="5" selected>Left shoulder' in text


def test_nothing_comes_from_elsewhere(page):
    assert not re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=", page.read_text("utf-8"))


@pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium browser")
def test_in_a_browser(page):
    """All charts draw, another joint moves the path, and a phone need not scroll sideways."""
    sync_api = pytest.importorskip("playwright.sync_api")
    troubles = []
    with sync_api.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 390, "height": 800})
        view.on("pageerror", lambda error: troubles.append(str(error)))
        view.goto(page.as_uri())
        view.wait_for_selector("html[data-ready]", state="attached")
        charts = view.evaluate("document.querySelectorAll('.chart .main-svg').length")
        first = "document.querySelector('#paths .chart').data[0].y[0]"
        before = view.evaluate(first)
        view.select_option("#joint", label="Left ankle")
        after = view.evaluate(first)
        marks = view.evaluate("document.querySelectorAll('.agreement')[0].layout.shapes.length")
        width = view.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert troubles == []
    assert charts >= 8
    assert before != after
    assert marks == 6  # three lines with a band each
    assert width <= 390
