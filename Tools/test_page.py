"""Tests the page of `accelerator serve` in Chromium: `scripts/test-page` runs it.

    test_page.py ACCELERATOR [FOLDER]

Each function named `test_…` gets a browser and a running server. All pages are watched (`page_bench.py`): a request to another
host, a violation of the content security policy or an error on the console fails the test. Screenshots go to FOLDER.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from page_bench import CLIP, Bench, Server, command, make_camera

TOKEN = "a-token-of-the-test+/="
LOADED = "#model:enabled"
# A minute for what a loaded machine computes.
expect.set_options(timeout=60_000)


def open_clip(page: Page) -> None:
    page.wait_for_selector(LOADED)
    page.set_input_files("#file", CLIP)
    expect(page.locator("#segments")).to_be_visible()
    expect(page.locator("#progress")).to_be_hidden()


def percent(score: float) -> str:
    return "< 1 %" if 0 < score < 0.005 else f"{int(100 * score + 0.5)} %"


def check_axe(page: Page, state: str) -> None:
    # Videos of users have no captions that the page could show.
    results = Axe().run(page, options={"rules": {"video-caption": {"enabled": False}}})
    assert results.violations_count == 0, f"{state}: {results.generate_report()}"


def test_shows_what_the_command_says(bench: Bench) -> None:
    accelerator = bench.server.accelerator
    with bench.page() as page:
        open_clip(page)
        for model in page.locator("#model option").evaluate_all("all => all.map(one => one.value)"):
            page.select_option("#model", model)
            expect(page.locator("#progress")).to_be_hidden()
            whole = command(accelerator, "classify", CLIP, "--model", model)["predictions"]
            expect(page.locator("#bars .name")).to_have_text([one["label"] for one in whole])
            expect(page.locator("#bars .score")).to_have_text([percent(one["score"]) for one in whole])
            segments = command(accelerator, "classify", CLIP, "--model", model, "--timeline")["timeline"]["segments"]
            expect(page.locator(".span")).to_have_text([one["label"] for one in segments])
            for segment in segments:
                page.evaluate("seconds => { video.currentTime = seconds }", (segment["start_s"] + segment["end_s"]) / 2)
                expect(page.locator("#now-label")).to_have_text(segment["label"])
                expect(page.locator("#now-score")).to_contain_text(percent(segment["score"]))


def test_plays_and_follows(bench: Bench) -> None:
    with bench.page() as page:
        open_clip(page)
        labels = page.locator(".span").all_inner_texts()
        assert len(set(labels)) > 1, "the clip has only one class"
        page.evaluate("video.playbackRate = 4; video.play()")
        seen = []
        for _ in range(200):
            label = page.inner_text("#now-label")
            if label not in seen:
                seen.append(label)
            if page.evaluate("video.ended"):
                break
            page.wait_for_timeout(50)
        assert seen == list(dict.fromkeys(labels)), f"{seen} while playing {labels}"


def test_takes_a_dropped_file(bench: Bench) -> None:
    with bench.page() as page:
        page.wait_for_selector(LOADED)
        transfer = page.evaluate_handle(
            """bytes => { const all = new DataTransfer();
                all.items.add(new File([new Uint8Array(bytes)], 'dropped.mp4')); return all; }""",
            list(CLIP.read_bytes()))
        page.dispatch_event("#source", "drop", {"dataTransfer": transfer})
        expect(page.locator("#segments")).to_be_visible()
        expect(page.locator("#facts")).to_contain_text("dropped.mp4")


def test_seeks_with_keys_and_pointer(bench: Bench) -> None:
    with bench.page() as page:
        open_clip(page)
        buttons = page.locator("#segment-rows button")
        starts = [float(text.removesuffix(" s")) for text in buttons.all_text_contents()]
        strip = page.locator("#strip")
        strip.focus()
        page.evaluate("document.getElementById('strip').scrollIntoView()")
        steps = [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("PageDown", starts[1]), ("PageUp", 0), ("End", 9)]
        for key, place in [*steps, ("Home", 0)]:
            page.keyboard.press(key)
            expect(strip).to_have_attribute("aria-valuenow", f"{place:.1f}")
            page.wait_for_function("place => Math.abs(video.currentTime - place) < 0.1", arg=place)
        box = strip.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
        page.wait_for_function("Math.abs(video.currentTime - 4.5) < 0.1")
        page.click("#segments summary")
        page.click("#segment-rows tr:nth-child(2) button")
        page.wait_for_function("place => Math.abs(video.currentTime - place) < 0.1", arg=starts[1])


def test_reaches_every_control_with_tab(bench: Bench) -> None:
    with bench.page() as page:
        open_clip(page)
        page.click("#segments summary")
        page.locator("#model").focus()
        # Chromium moves the focus to hidden parts of a video's controls too, so its steps say nothing.
        wanted = page.evaluate("""[...document.querySelectorAll("button, select, summary, input, [tabindex='0'], video")]
            .filter(one => one.checkVisibility() && !one.disabled).length""")
        reached = set()
        for _ in range(60):
            reached.add(page.evaluate("""(() => {
                const one = document.activeElement;
                if (one === document.body) return "";
                const isVisible = one.tagName === "VIDEO" || getComputedStyle(one).outlineStyle !== "none";
                if (!isVisible) throw "no visible focus: " + one.outerHTML;
                return [...document.querySelectorAll("*")].indexOf(one);
            })()"""))
            page.keyboard.press("Tab")
        assert len(reached - {""}) == wanted, f"{len(reached - {''})} of {wanted} controls are reached"


def test_uploads_with_progress_and_cancels(bench: Bench) -> None:
    with bench.page() as page, tempfile.NamedTemporaryFile(suffix=".mp4") as large:
        large.write(CLIP.read_bytes() + bytes(3_000_000))
        large.flush()
        page.wait_for_selector(LOADED)
        network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", network)
        page.set_input_files("#file", large.name)
        expect(page.locator("#progress-text")).to_have_text(re.compile(r"uploading, \d+ %"))
        bench.picture(page, "uploading")
        check_axe(page, "uploading")
        page.focus("#cancel")
        page.keyboard.press("Enter")
        expect(page.locator("#progress")).to_be_hidden()
        expect(page.locator("#failure-text")).to_have_text("Cancelled.")
        assert page.evaluate("document.activeElement.id") == "choose", "the focus is lost"


def test_says_what_is_wrong_and_what_to_do(bench: Bench) -> None:
    with bench.page() as page, tempfile.TemporaryDirectory() as folder:
        page.wait_for_selector(LOADED)
        for name, contents in [("text.mp4", b"No video at all.\n" * 100), ("stump.mp4", CLIP.read_bytes()[:400])]:
            path = Path(folder) / name
            path.write_bytes(contents)
            page.set_input_files("#file", path)
            expect(page.locator("#failure")).to_be_visible()
            assert re.search(r"^[A-Z].*\.$", page.inner_text("#failure-text"), re.S), page.inner_text("#failure-text")
            assert page.inner_text("#failure-advice").endswith(".")
        bench.picture(page, "failure")
        check_axe(page, "failure")


def test_says_what_to_do_about_each_status(bench: Bench) -> None:
    with bench.page() as page:
        page.wait_for_selector(LOADED)
        for status, advice in [(413, "smaller or shorter"), (415, "video file"), (422, "convert"), (503, "back"), (500, "")]:
            error = f"sentence {status}"
            page.route("**/v1/classify*", lambda route: route.fulfill(status=status, json={"error": error}))
            page.set_input_files("#file", CLIP)
            expect(page.locator("#failure-text")).to_have_text(f"Sentence {status}.")
            expect(page.locator("#failure-advice")).to_contain_text(advice)
            page.unroute("**/v1/classify*")
        page.click("#retry")
        expect(page.locator("#segments")).to_be_visible()


def test_waits_while_the_server_is_busy(bench: Bench) -> None:
    with bench.page() as page:
        page.wait_for_selector(LOADED)
        answers = [{"status": 429, "headers": {"Retry-After": "2"}, "json": {"error": "busy"}}]
        page.route("**/v1/classify*", lambda route: route.fulfill(**answers.pop()) if answers else route.continue_())
        page.set_input_files("#file", CLIP)
        expect(page.locator("#progress-text")).to_contain_text("busy, next attempt in 2 s")
        expect(page.locator("#segments")).to_be_visible()
        expect(page.locator("#failure")).to_be_hidden()


def test_finds_shots(bench: Bench) -> None:
    with bench.page() as page:
        open_clip(page)
        if page.locator("#shots-choice").is_hidden():
            return print("        the server has no model of shots")
        shots = command(bench.server.accelerator, "shots", CLIP)["shots"]
        page.check("#shots")
        expect(page.locator(".shot")).to_have_count(len(shots))
        bench.picture(page, "shots")
        page.uncheck("#shots")
        expect(page.locator(".shot")).to_have_count(0)


def test_tells_of_damage(bench: Bench) -> None:
    with bench.page() as page, tempfile.NamedTemporaryFile(suffix=".mp4") as half:
        half.write(CLIP.read_bytes()[:20_000])
        half.flush()
        page.wait_for_selector(LOADED)
        page.set_input_files("#file", half.name)
        expect(page.locator("#notes")).to_contain_text("damaged")


def test_says_that_the_server_has_ended(bench: Bench) -> None:
    with Server(bench.server.accelerator) as server, bench.page(server=server, is_offline=True) as page:
        page.wait_for_selector(LOADED)
        page.click("#use-camera")
        expect(page.locator("#facts")).to_contain_text("Round trip")
        server.process.kill()
        expect(page.locator("#failure-text")).to_contain_text("connection")
        page.set_input_files("#file", CLIP)
        expect(page.locator("#failure-text")).to_have_text("The server does not answer.")


def test_classifies_the_camera(bench: Bench) -> None:
    best = command(bench.server.accelerator, "classify", bench.film)["predictions"][0]
    assert best["score"] > 0.6, f"what the camera sees has no clear class: {best}"
    with bench.page() as page:
        page.wait_for_selector(LOADED)
        page.click("#use-camera")
        expect(page.locator("#now-label")).to_have_text(best["label"])
        expect(page.locator("#bars .name").first).to_have_text(best["label"])
        expect(page.locator("#facts")).to_contain_text("Round trip")
        page.wait_for_timeout(6000)
        expect(page.locator("#now-label")).to_have_text(best["label"])
        assert page.evaluate("document.activeElement.id") == "stop", "the focus is lost"
        page.keyboard.press("Enter")
        expect(page.locator("#notes")).to_contain_text("The server received")
        received, taken = map(int, re.search(r"received (\d+) frames, took (\d+)", page.inner_text("#notes")).groups())
        assert taken <= received <= 2 * taken + 10, "the camera sends more than twice what the model takes"
        assert page.evaluate("video.srcObject.getTracks()[0].readyState") == "ended", "the camera is still on"


def test_classifies_the_camera_frame_by_frame(bench: Bench) -> None:
    with bench.page() as page:
        page.wait_for_selector(LOADED)
        page.click("#use-camera")
        page.select_option("#method", "continual")
        expect(page.locator("#now-label")).to_contain_text("First class in")
        expect(page.locator("#facts")).to_contain_text("each frame once")
        assert page.locator("#bars li").count() == 5


def test_says_why_there_is_no_camera(bench: Bench) -> None:
    with bench.page(camera=False) as page:
        page.wait_for_selector(LOADED)
        page.click("#use-camera")
        expect(page.locator("#failure-text")).to_have_text("The browser may not use the camera.")
        refuse = "name => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name) } }"
        for error, sentence in [("NotFoundError", "There is no camera."), ("NotReadableError", "The camera does not start.")]:
            page.evaluate(refuse, error)
            page.click("#use-camera")
            expect(page.locator("#failure-text")).to_have_text(sentence)
        page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
        page.click("#use-camera")
        expect(page.locator("#failure-text")).to_contain_text("secure pages")


def test_asks_for_the_token(bench: Bench) -> None:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(TOKEN)
        file.flush()
        with Server(bench.server.accelerator, "--token-file", file.name) as server, bench.page(server=server) as page:
            expect(page.locator("#token")).to_be_focused()
            bench.picture(page, "token")
            check_axe(page, "token")
            for token in ["wrong", TOKEN]:
                page.fill("#token", token)
                page.keyboard.press("Enter")
                if token != TOKEN:
                    expect(page.locator("#token-text")).to_contain_text("did not accept")
            expect(page.locator("#token-dialog")).to_be_hidden()
            page.reload()
            open_clip(page)
            page.click("#use-camera")
            expect(page.locator("#facts")).to_contain_text("Round trip")


def test_is_accessible_and_fits_in_light_dark_and_on_a_phone(bench: Bench) -> None:
    for name, options in {
        "light": {"color_scheme": "light"},
        "dark": {"color_scheme": "dark"},
        "phone": {"color_scheme": "light", "width": 360, "device_scale_factor": 2, "reduced_motion": "reduce"},
        "phone-dark": {"color_scheme": "dark", "width": 360, "device_scale_factor": 2},
    }.items():
        with bench.page(**options) as page:
            page.wait_for_selector(LOADED)

            def look(state: str) -> None:
                bench.picture(page, f"{state}-{name}")
                check_axe(page, f"{state}, {name}")
                fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert fits, f"{state}, {name}: wider than the window"

            look("start")
            open_clip(page)
            page.locator("#strip").focus()
            for _ in range(4):
                page.keyboard.press("ArrowRight")
            page.click("#segments summary")
            look("video")
            page.click("#use-camera")
            expect(page.locator("#facts")).to_contain_text("Round trip")
            page.wait_for_timeout(8000)
            look("camera")


def main() -> None:
    accelerator = shutil.which(sys.argv[1]) or sys.exit(f"there is no command {sys.argv[1]}")
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="page-"))
    folder.mkdir(parents=True, exist_ok=True)
    failures = 0
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        pan, film = make_camera(Path(scratch))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), chromium_sandbox=False,
            args=["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={pan}"])
        with Server(accelerator) as server:
            bench = Bench(browser, server, film, folder)
            for name, test in [(name, test) for name, test in globals().items() if name.startswith("test_")]:
                try:
                    test(bench)
                    print(f"passed  {name}", flush=True)
                except Exception:
                    failures += 1
                    print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        browser.close()
    print(f"screenshots: {folder}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
