"""The view in space of a page: its numbers, and how it looks and turns in a browser."""

import base64
import shutil
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter
from kinema.report import write_report
from kinema.report.figures import ABSENT
from kinema.report.space_view import space_data
from kinema.skeletons import BODY25
from kinema.track import Track

RATE, SIZE = 30, (640, 360)  # as in conftest.py
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
# 6 m beside the way of the walker, who goes along x: sees them from their right side.
CAMERA = Camera(
    "beside",
    SIZE,
    np.array([[400.0, 0, 319.5], [0, 400, 179.5], [0, 0, 1]]),
    rotation=np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    translation=np.array([-1.5, 1.0, 6]),
)


def upright(poses):
    """The walkers of conftest.py in space: they go along x, their left at y > 0."""
    flat = poses.keypoints / 200
    beside = [0.1 * ({"left": 1, "right": -1}.get(BODY25.side(j), 0)) for j in BODY25.keypoints]
    y = np.broadcast_to(beside, flat.shape[:2]) + 0.5 * np.arange(len(flat))[:, None]
    keypoints = np.stack([flat[..., 0], y, 1.5 - flat[..., 1]], axis=-1)
    return replace(poses, keypoints=keypoints, space="world")


@pytest.fixture(scope="session")
def space_study(frames, study_of, tmp_path_factory):
    path = tmp_path_factory.mktemp("space") / "space.jsonl"
    return study_of(path, [upright(poses) for poses in frames(people=2)])


def decoded(text, dtype="<i2"):
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def test_joints_come_back_within_a_millimetre(space_study):
    tracks = [person.track for person in space_study.people]
    data = space_data(tracks)
    for track, person in zip(tracks, data["people"], strict=True):
        steps = decoded(person["clean"]).reshape(len(track), 25, 3)
        absent = steps[..., 0] == ABSENT
        np.testing.assert_array_equal(absent, ~track.found)
        points = steps * data["unit"] + data["origin"]
        np.testing.assert_allclose(points[~absent], track.keypoints[~absent], atol=0.001)
    assert data["axes"] == ["x", "y", "z"]
    assert data["floor"] == 0
    assert data["cameras"] == []


def test_cameras_have_places_and_views(space_study):
    data = space_data([space_study.people[0].track], rig=Rig((CAMERA,)))
    camera = data["cameras"][0]
    assert camera["name"] == "beside"
    np.testing.assert_allclose(camera["points"][0], (1.5, -6, 1), atol=1e-9)
    view = data["views"][-1]
    assert (view["name"], view["azimuth"], view["elevation"]) == ("beside", 0, 0)


def test_the_view_begins_where_the_camera_stands(space_study):
    track = space_study.people[0].track
    beside = space_data([track], rig=Rig((CAMERA,)), camera="beside")
    assert (beside["views"][0]["name"], beside["azimuth"], beside["elevation"]) == ("beside", 0, 0)
    x, y, z = np.moveaxis(track.keypoints, 2, 0)
    lifted = space_data([replace(track, keypoints=np.stack([x, -z, y], axis=2), space="body")])
    assert (lifted["views"][0]["name"], lifted["azimuth"], lifted["elevation"]) == ("camera", 0, 0)
    assert [view["name"] for view in lifted["views"]].count("oblique") == 1


def test_nothing_and_too_much(space_study):
    track = space_study.people[0].track
    assert space_data([]) is None
    assert space_data([replace(track, keypoints=np.full_like(track.keypoints, np.nan))]) is None
    far = track.keypoints.copy()
    far[0, 0] = (900, 0, 0)  # steps grow, so that all of it fits
    data = space_data([replace(track, keypoints=far)])
    nose = decoded(data["people"][0]["clean"]).reshape(-1, 25, 3)[0, 0] * data["unit"]
    assert nose[0] + data["origin"][0] == pytest.approx(900, abs=0.05)
    with pytest.raises(InputError, match="in a picture"):
        space_data([replace(track, keypoints=track.keypoints[..., :2], space="image")])


def test_one_frame(space_study):
    track = space_study.people[0].track
    one = Track(BODY25, track.keypoints[:1], track.scores[:1], track.times[:1], space="world")
    assert space_data([one])["distance"] > 1


@pytest.fixture(scope="module")
def folder(space_study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    info = MediaInfo("walk.mp4", "video", SIZE, Fraction(RATE))
    with VideoWriter(folder / "walk.mp4", info) as writer:
        for frame in range(len(space_study.times)):
            writer.write(np.full((SIZE[1], SIZE[0], 3), 90, np.uint8), frame / RATE)
    write_report(folder / "alone.html", space_study)
    write_report(
        folder / "both.html",
        space_study,
        video=str(folder / "walk.mp4"),
        rig=Rig((CAMERA,)),
        camera="beside",
    )
    write_report(folder / "video.html", space_study, video=str(folder / "walk.mp4"))
    return folder


def test_what_is_on_the_pages(folder):
    alone, both, video = ((folder / f"{n}.html").read_text() for n in ("alone", "both", "video"))
    for text, has_video, has_overlay in ((alone, 0, 0), (both, 1, 1), (video, 1, 0)):
        assert text.count('<canvas class="space"') == 1
        assert text.count("<video ") == has_video
        assert text.count('<canvas class="overlay"') == has_overlay
    assert 'id="cameras"' in both
    assert 'id="cameras"' not in alone


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("needs a Chromium browser")
    with sync_api.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["alone", "both"])
def opened(request, browser, folder):
    """One page for all tests, for it takes long to load; and what went wrong on it."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda word: troubles.append(word.text) if word.type == "error" else None)
    page.goto((folder / f"{request.param}.html").as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    if request.param == "both":
        page.wait_for_function("document.querySelector('video').readyState >= 2")
    yield page, troubles
    page.close()


@pytest.fixture
def page(opened):
    page, troubles = opened
    page.evaluate("spaceCanvas.blur(); turn(begin); seek(0); window.scrollTo(0, 0)")
    page.wait_for_function("now < 0.1 && !(video && video.seeking)")
    yield page
    assert troubles == []


def knee(page, side="left"):
    """Where a knee of the first person is in the view, in pixels of the page."""
    return page.evaluate(
        """(joint) => {
          const box = spaceCanvas.getBoundingClientRect();
          const row = nearest(data.people[0].times, now);
          const point = jointInSpace(SPACE.people[0], "clean", row, joint);
          return projection(box.width, box.height)(point);
        }""",
        BODY25.index(f"{side}_knee"),
    )


def colour_at(page, place):
    return page.evaluate(
        """([x, y]) => {
          const density = spaceCanvas.width / spaceCanvas.getBoundingClientRect().width;
          const pen = spaceCanvas.getContext("2d");
          return [...pen.getImageData(x * density, y * density, 1, 1).data];
        }""",
        place[:2],
    )


def viewer(page):
    return page.evaluate("viewer")


def test_a_knee_is_where_the_picture_says(page):
    page.select_option("#view", label="side")
    assert colour_at(page, knee(page, "right"))[:3] == [38, 156, 255]
    depth = knee(page)[2]
    hip = page.evaluate("projection(800, 800)([1, 0, 1])")
    assert hip[1] < page.evaluate("projection(800, 800)([1, 0, 0])")[1]  # up is up
    assert depth > knee(page, "right")[2]  # seen from the right side, as they go to the right


def test_it_follows_the_timeline(page):
    page.select_option("#view", label="side")
    before = knee(page)
    box = page.locator(".timeline").bounding_box()
    page.mouse.click(box["x"] + (90 + 1098 * 0.75) * box["width"] / 1200, box["y"] + 20)
    page.wait_for_function("now > 2.5")
    after = knee(page)
    assert after[0] > before[0] + 50  # the walk goes to the right
    assert colour_at(page, knee(page, "right"))[:3] == [38, 156, 255]


def test_mouse_wheel_and_keys_turn_it(page):
    canvas = page.locator("canvas.space")
    box = canvas.bounding_box()
    start = viewer(page)
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.wheel(0, -300)  # scrolls the page as long as the view was not clicked
    assert viewer(page)["zoom"] == start["zoom"]
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 180)
    page.mouse.up()
    turned = viewer(page)
    assert turned["azimuth"] == pytest.approx((start["azimuth"] - 20) % 360)
    assert turned["elevation"] == pytest.approx(start["elevation"] - 8)
    page.mouse.wheel(0, -300)
    page.wait_for_function("viewer.zoom > 1.2")
    time = page.evaluate("now")
    page.keyboard.press("ArrowLeft")
    assert viewer(page)["azimuth"] == pytest.approx((turned["azimuth"] + 5) % 360)
    assert page.evaluate("now") == time  # arrows turn here and do not step
    page.keyboard.press("0")
    assert viewer(page) == start


def test_two_fingers_zoom(page):
    page.evaluate(
        """() => {
          const touch = (kind, id, x) => spaceCanvas.dispatchEvent(new PointerEvent(kind,
            { pointerId: id, clientX: x, clientY: 300, bubbles: true }));
          spaceCanvas.setPointerCapture = () => {};
          touch("pointerdown", 11, 300); touch("pointerdown", 12, 400);
          touch("pointermove", 12, 500);
          touch("pointerup", 11, 300); touch("pointerup", 12, 500);
        }"""
    )
    assert viewer(page)["zoom"] == pytest.approx(2)


def test_trails_turntable_and_paper(page):
    def picture():
        return page.evaluate("spaceCanvas.toDataURL()")

    page.evaluate("seek(2)")
    plain = picture()
    page.select_option("#trails", "all")
    assert picture() != plain
    page.select_option("#trails", "none")
    assert picture() == plain
    azimuth = viewer(page)["azimuth"]
    page.check("#turn")
    page.wait_for_timeout(250)
    page.uncheck("#turn")
    assert 0.5 < (viewer(page)["azimuth"] - azimuth) % 360 < 60
    assert page.pdf().startswith(b"%PDF")


def test_playing(page):
    page.click("#play")
    page.wait_for_function("now > 0.3")
    page.click("#play")
    assert colour_at(page, knee(page, "right"))[3] == 255


@pytest.mark.parametrize("opened", ["both"], indirect=True)
def test_people_in_the_video_of_their_camera(page):
    knee_number = BODY25.index("right_knee")
    seen = page.evaluate(
        """(joint) => {
          const person = data.people[0];
          const at = 2 * (nearest(person.times, now) * data.joints.length + joint);
          return [person.clean[at] * data.unit, person.clean[at + 1] * data.unit];
        }""",
        knee_number,
    )
    point = page.evaluate(
        """(joint) => jointInSpace(SPACE.people[0], "clean",
          nearest(data.people[0].times, now), joint)""",
        knee_number,
    )
    np.testing.assert_allclose(seen, CAMERA.project(point), atol=0.5)


def test_no_sideways_scrolling_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
