"""The page in a real browser: it draws, and clicks lead where they should."""

import shutil
from fractions import Fraction

import numpy as np
import pytest

from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter
from kinema.report import write_report

RATE, SECONDS, SIZE = 30, 4.0, (640, 360)  # as in conftest.py
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium browser")


@pytest.fixture(scope="module")
def address(walk, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    info = MediaInfo("walk.mp4", "video", SIZE, Fraction(RATE))
    with VideoWriter(folder / "walk.mp4", info) as writer:
        for frame in range(round(RATE * SECONDS)):
            writer.write(np.full((SIZE[1], SIZE[0], 3), 90, np.uint8), frame / RATE)
    write_report(folder / "walk.html", walk, video=str(folder / "walk.mp4"))
    return (folder / "walk.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.route("http*://**", lambda route: route.abort())  # there is no network
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda word: troubles.append(word.text) if word.type == "error" else None)
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    yield page
    page.close()
    assert troubles == []


def shown_time(page):
    return float(page.locator("#clock").inner_text().split()[0])


def first_plot(page):
    plot = page.locator(".plots:not(.cycles) .plot").first
    plot.scroll_into_view_if_needed()
    plot.locator(".main-svg").first.wait_for(state="attached")
    plot.locator(".nsewdrag").wait_for(state="attached")
    return plot


def test_every_chart_is_drawn_without_being_scrolled_to(page):
    count = page.locator(".plot").count()
    assert count > 10
    page.wait_for_function(
        "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.main-svg'))"
    )
    assert page.evaluate("window.scrollY") == 0


def test_a_click_on_a_curve_moves_the_video(page):
    box = first_plot(page).locator(".nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_timeout(200)  # Plotly looks for the nearest point
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("document.querySelector('video').currentTime > 1")
    middle = page.evaluate("document.querySelector('video').currentTime")
    assert middle == pytest.approx((SECONDS - 1 / RATE) / 2, abs=0.15)
    assert shown_time(page) == pytest.approx(middle, abs=0.05)


def test_an_event_and_the_timeline_lead_there(page, walk):
    event = walk.people[0].events[2]
    page.locator("tr.jump").nth(2).evaluate("row => row.click()")
    assert shown_time(page) == pytest.approx(event.time, abs=1 / RATE)
    box = page.locator(".timeline").bounding_box()
    scale = box["width"] / 1200
    page.mouse.click(box["x"] + (90 + 1098 * 0.25) * scale, box["y"] + 20)
    assert shown_time(page) == pytest.approx(0.25 * (SECONDS - 1 / RATE), abs=1 / RATE)


def test_frames_are_stepped(page):
    before = shown_time(page)
    page.locator("#forward").click()
    page.locator("#forward").click()
    assert shown_time(page) == pytest.approx(before + 2 / RATE, abs=0.011)
    page.locator("#back").click()
    assert shown_time(page) == pytest.approx(before + 1 / RATE, abs=0.011)


def test_the_skeleton_stands_where_the_joints_are(page, walk):
    """The knee's place on the canvas has the colour of the left side."""
    track = walk.people[0].track
    x, y = track.joint("left_knee")[0]
    colour = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector("canvas.overlay");
          const scale = canvas.width / data.size[0];
          const pen = canvas.getContext("2d");
          return [...pen.getImageData((x + 0.5) * scale, (y + 0.5) * scale, 1, 1).data];
        }""",
        [float(x), float(y)],
    )
    assert colour == [255, 138, 20, 255]


def test_dark_and_paper(page):
    first_plot(page)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light, dark) == ("rgb(246, 247, 249)", "rgb(20, 23, 28)")
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    assert page.evaluate("document.querySelectorAll('.plot .main-svg').length") > 0


def test_no_sideways_scrolling_on_a_phone(browser, address):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
