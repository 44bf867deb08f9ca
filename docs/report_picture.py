"""The picture of a report: a real page in a real browser.

It is made of the sample clip, by `kinema gait` with the body height that its authors state.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np

import kinema
from kinema.measure import MeasurePlan, measure
from kinema.media.frame import Image
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.store import fetch
from kinema.study import StudyPlan

MODEL = "nanodet+blazepose-full"
SIZE = (1180, 1000)
TIME = 3.28  # seconds; she puts her right heel down
COMMAND = "kinema gait sample.mp4 --height 1.65 --person 2"


def report_picture() -> Image:
    """The head of the page, the walking woman chosen, (H, W, 3) RGB.

    Raises:
        RuntimeError: If there is no Chromium on this machine.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("the picture of a report needs chromium and the package playwright")
    with tempfile.TemporaryDirectory() as name:
        clip = Path(name) / "sample.mp4"
        shutil.copyfile(fetch(SAMPLE_CLIP), clip)
        plan = MeasurePlan(("report",), StudyPlan(height=1.65, people=(2,)), command=COMMAND)
        measure(str(clip), Path(name), plan, stem="sample", load=lambda: kinema.load_model(MODEL))
        with sync_playwright() as tools:
            browser = tools.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            page.goto(f"{(Path(name) / 'sample.report.html').as_uri()}#t={TIME}")
            page.wait_for_function("document.querySelector('video').readyState >= 2")
            page.wait_for_timeout(500)
            top = page.screenshot()
            angles = page.locator(".plots:not(.cycles)")
            for number in range(4):
                angles.locator(".plot").nth(number).scroll_into_view_if_needed()
                angles.locator(".plot").nth(number).locator(".nsewdrag").wait_for(state="attached")
            curves = angles.screenshot()
            browser.close()
    return np.concatenate([_decoded(top), _framed(_decoded(curves)[:560])])


def _decoded(png: bytes) -> Image:
    data = np.frombuffer(io.BytesIO(png).getvalue(), np.uint8)
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def _framed(image: Image) -> Image:
    """The picture in the middle of the page's width, on its ground."""
    missing = SIZE[0] - image.shape[1]
    sides = ((0, 24), (missing // 2, missing - missing // 2))
    return np.stack(
        [
            np.pad(image[..., i], sides, constant_values=ground)
            for i, ground in enumerate((246, 247, 249))
        ],
        axis=-1,
    )
