"""What the tests of the page share: a running server, a fake camera, and a browser whose pages are watched."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

CLIP = Path(__file__).parent.parent / "Samples" / "mountain-path.mp4"


def command(accelerator: str, *arguments: str | Path) -> dict:
    """What the command prints as JSON for one video."""
    run = subprocess.run([accelerator, *map(str, arguments), "--format", "json"], check=True, capture_output=True)
    return json.loads(run.stdout)[0]


def served_models(accelerator: str) -> list[str]:
    """The models that are bundled, and that of shots where it was pulled."""
    rows = subprocess.run([accelerator, "zoo", "list"], check=True, capture_output=True, text=True).stdout.splitlines()
    models = {row.split()[0]: row.split()[-1] for row in rows[1:]}
    return [name for name, pulled in models.items() if pulled == "bundled" or (name == "transnetv2" and pulled != "no")]


def make_camera(folder: Path) -> tuple[Path, Path]:
    """What the camera sees, as Chromium reads it and as an MP4: a pan over a photograph and its mirror image, without an end."""
    wide, pan, film = folder / "wide.png", folder / "camera.y4m", folder / "camera.mp4"
    ffmpeg = ["ffmpeg", "-y", "-loglevel", "error"]
    mirror = "[0]split[a][b];[b]hflip[c];[a][c]hstack"
    subprocess.run([*ffmpeg, "-ss", "1", "-i", CLIP, "-frames:v", "1", "-filter_complex", mirror, wide], check=True)
    scroll = "scroll=horizontal=-0.00333333,crop=320:180:0:0,format=yuv420p"
    subprocess.run([*ffmpeg, "-loop", "1", "-framerate", "30", "-t", "10", "-i", wide, "-vf", scroll, pan], check=True)
    subprocess.run([*ffmpeg, "-i", pan, "-c:v", "libx264", "-crf", "18", film], check=True)
    return pan, film


class Server:
    """A running `accelerator serve` on a free port of this machine."""

    def __init__(self, accelerator: str, *arguments: str):
        self.accelerator = accelerator
        models = [argument for name in served_models(accelerator) for argument in ("--model", name)]
        self.process = subprocess.Popen(
            [accelerator, "serve", "--bind", "127.0.0.1:0", *models, *arguments],
            stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True)
        self.log, self.url = "", None
        while self.url is None:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"the server has ended:\n{self.log}")
            self.log += line
            if found := re.search(r"serving at (http://[\w.:]+)", line):
                self.url = found[1]
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()


class Watch:
    """What pages do that none may do."""

    def __init__(self, server: Server):
        self.host, self.faults = urlsplit(server.url).netloc, []

    def add(self, page: Page, is_offline: bool) -> None:
        page.on("request", lambda request: self.check_address(request.url))
        page.on("websocket", lambda socket: self.check_address(socket.url))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", lambda message: self.check_message(message, is_offline))

    def check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("blob", "data") and parts.netloc != self.host:
            self.faults.append(f"request to {url}")

    def check_message(self, message, is_offline: bool) -> None:
        # Chromium writes down each answer of 400 and more by itself.
        is_answer = message.text.startswith("Failed to load resource: the server responded")
        if message.type in ("error", "warning") and not is_answer and not (is_offline and "ERR_" in message.text):
            self.faults.append(f"{message.type} on the console: {message.text}")


class Bench:
    """A browser, a server and what the tests share."""

    def __init__(self, browser: Browser, server: Server, film: Path, folder: Path):
        self.browser, self.server, self.film, self.folder = browser, server, film, folder

    @contextlib.contextmanager
    def page(self, *, camera: bool = True, server: Server | None = None, is_offline: bool = False, width: int = 1200, **options):
        server = server or self.server
        context = self.browser.new_context(
            viewport={"width": width, "height": 860 if width > 500 else 740}, permissions=["camera"] if camera else [], **options)
        watch = Watch(server)
        page = context.new_page()
        page.set_default_timeout(60_000)
        watch.add(page, is_offline)
        page.goto(server.url)
        yield page
        context.close()
        assert not watch.faults, "\n".join(watch.faults)

    def picture(self, page: Page, name: str) -> None:
        page.wait_for_timeout(300)
        page.screenshot(path=self.folder / f"{name}.png", full_page=True)
