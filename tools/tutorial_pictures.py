"""Take the pictures that the tutorials show, of what their commands have written.

KEEP=FOLDER python tools/tutorials.py
python tools/tutorial_pictures.py FOLDER          needs Chromium; writes docs/pictures/tutorial-*.jpg
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image
from screenshots import keep, narrowed

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from web_makers import camera_file, launch_browser, start_server  # noqa: E402

#: Picture -> page below the kept folder, the part of it that is shown (the whole window without one), height of the window.
_SHOWN = {
    "timeline": ("researcher/result/meeting.report.html", ".timeline", 900),
    "agreement": ("researcher/agreement/index.html", "", 900),
    "data-report": ("student/data-report/index.html", "", 900),
}


def main(folder: Path) -> None:
    chromium = shutil.which("chromium") or sys.exit("There is no Chromium here.")
    with (
        tempfile.TemporaryDirectory() as place,
        launch_browser(chromium, camera_file(Path(place) / "c.mjpeg")) as browser,
    ):
        for name, (page, part, height) in _SHOWN.items():
            shown = _open(browser, (folder / page).resolve().as_uri(), height)
            _keep(shown.locator(part) if part else shown, f"tutorial-{name}")
        analyze = [
            sys.executable,
            "-m",
            "aiducation",
            "analyze",
            folder / "teacher" / "sample" / "gallery.jpg",
            "--out",
            place,
        ]
        subprocess.run(analyze, check=True)  # the tutorial has deleted its own
        _keep(_open(browser, (Path(place) / "gallery.report.html").as_uri(), 900), "tutorial-report")
        _own_page(browser, folder / "developer")


def _own_page(browser: Any, folder: Path) -> None:
    """The page that the tutorial for developers ends with, on a server of its own, with the sample chosen."""
    place = folder / "shown"
    place.mkdir(exist_ok=True)
    files = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(place)))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    here = f"http://localhost:{files.server_address[1]}"
    server = start_server("--allow-origin", here)
    try:
        text = (folder / "index.html").read_text(encoding="utf-8").replace("http://127.0.0.1:8000/", server.address)
        (place / "index.html").write_text(text, encoding="utf-8")
        shown = _open(browser, here, 420)
        shown.get_by_label("A photo").set_input_files(str(folder / "sample" / "gallery.jpg"))
        shown.get_by_text("faces have a state").wait_for()
        _keep(shown, "tutorial-own-page")
    finally:
        server.stop()
        files.shutdown()


def _open(browser: Any, address: str, height: int) -> Any:
    page = browser.new_page(viewport={"width": 1080, "height": height}, color_scheme="light")
    page.goto(address)
    return page


def _keep(shown: Any, name: str) -> None:
    keep(narrowed(Image.open(io.BytesIO(shown.screenshot())).convert("RGB"), 880), name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
