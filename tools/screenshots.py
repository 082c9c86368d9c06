"""Take the pictures that the documentation shows: what ./demo makes, and the pages, light and dark, on a laptop and on a phone.

python tools/screenshots.py         needs Chromium, and what ./check installs; writes docs/pictures/analysis.jpg, page-*.jpg
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aiducation.exports.formats import save

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
sys.path.insert(0, str(ROOT / "tests"))

from aiducation import Analyzer  # noqa: E402
from aiducation.media.samples import write_samples  # noqa: E402
from web_makers import camera_file, launch_browser, start_server  # noqa: E402

#: Name -> width, height, colour scheme, width of the picture that is kept.
VIEWS = {
    "light": (1280, 940, "light", 880),
    "dark": (1280, 860, "dark", 880),
    "phone": (390, 844, "light", 320),
}


def photo(page: Any, samples: Path) -> None:
    page.locator("main input[type=file]").first.set_input_files(str(samples / "gallery.jpg"))
    page.locator(".face").nth(3).hover()


def recording(page: Any, samples: Path) -> None:
    page.locator("main input[type=file]").first.set_input_files(str(samples / "meeting.mp4"))
    page.locator(".face").first.wait_for()
    page.locator(".timeline").press("ArrowRight")
    for _ in range(20):
        page.locator(".timeline").press("ArrowRight")
    page.evaluate("() => scrollTo(0, 0)")


def live(page: Any, samples: Path) -> None:
    page.get_by_role("button", name="Camera").click()
    page.locator(".face").first.wait_for()
    time.sleep(20)
    page.get_by_label("Note for the marked time").fill("group work begins")
    page.get_by_role("button", name="Mark this time").click()
    time.sleep(5)


def label(page: Any, samples: Path) -> None:
    page.get_by_label("Your name or a short code").fill("Anna")
    page.locator("main input[type=file]").first.set_input_files(str(samples / "gallery.jpg"))
    page.locator(".label-stage[data-face]").wait_for()
    for key in "3143":
        page.keyboard.press(key)
    page.evaluate("() => scrollTo(0, 0)")


def review(page: Any, samples: Path) -> None:
    page.get_by_role("link", name="Recording").click()
    page.get_by_role("heading", name="Recordings").wait_for()
    recording(page, samples)
    page.get_by_role("button", name="Review and correct").click()
    page.locator(".review .track").nth(4).click()
    page.keyboard.press("3")
    page.locator(".edits li").wait_for()
    page.evaluate("() => scrollTo(0, 120)")


#: What is shown of the pages: alone, or side by side.
SHOWN = {
    "page-photo-light": [(photo, "light")],
    "page-others": [(recording, "dark"), (live, "dark"), (photo, "phone")],
    "page-labels": [(label, "light"), (review, "light"), (label, "phone")],
}


def main() -> None:
    chromium = shutil.which("chromium") or sys.exit("There is no Chromium here.")
    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_samples(Path(folder))
            analysis(Path(folder) / "gallery.jpg")
            with launch_browser(chromium, camera_file(Path(folder) / "camera.mjpeg")) as browser:
                for name, shots in SHOWN.items():
                    taken = [shot(browser, server.address, Path(folder), *one) for one in shots]
                    keep(side_by_side(taken) if len(taken) > 1 else taken[0], name)
    finally:
        server.stop()


def analysis(picture: Path) -> None:
    """What ``aiducation analyze`` draws into a picture."""
    save(Analyzer().photo(picture), picture.parent, ["picture"], image=np.asarray(Image.open(picture)))
    keep(narrowed(Image.open(picture.with_suffix(".annotated.jpg")), 1000), "analysis")


def shot(browser: Any, address: str, samples: Path, show: Any, view: str) -> Image.Image:
    """A page in a view."""
    width, height, scheme, kept = VIEWS[view]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'for a picture' })")
    page = context.new_page()
    page.goto(f"{address}#{show.__name__}")
    show(page, samples)
    time.sleep(1)
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return narrowed(taken, kept)


def narrowed(picture: Image.Image, width: int) -> Image.Image:
    """A picture ``width`` pixels wide."""
    return picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)


def side_by_side(shots: list[Image.Image], height: int = 420) -> Image.Image:
    """One picture of several."""
    shots = [one.resize((round(one.width * height / one.height), height), Image.Resampling.LANCZOS) for one in shots]
    gap = 12
    page = Image.new("RGB", (sum(one.width + gap for one in shots) - gap, height), "white")
    left = 0
    for one in shots:
        page.paste(one, (left, 0))
        left += one.width + gap
    return page


def keep(picture: Image.Image, name: str) -> None:
    """Write a picture for the documentation."""
    path = PICTURES / f"{name}.jpg"
    picture.save(path, "JPEG", quality=82, optimize=True)
    print(path.relative_to(ROOT), f"{path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
