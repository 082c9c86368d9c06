"""How many faces a minute the page Label takes by keyboard: a scripted annotator who needs no time to think.

python benchmarks/labelling.py [--faces 60] [--json FILE]

Needs Chromium and what ./check installs. What is measured is the time that the page takes for a face: to show it, and to keep its
label. A person who needs 1.5 seconds to decide labels 30 faces a minute if the page takes half a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from aiducation.environment import environment  # noqa: E402
from aiducation.files import write_json  # noqa: E402
from aiducation.media.samples import write_samples  # noqa: E402
from needs import CHROMIUM  # noqa: E402
from web_makers import launch_browser, start_server  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_samples(Path(folder))
            with launch_browser(CHROMIUM or sys.exit("There is no Chromium here."), Path(folder) / "none") as browser:
                seconds = labelled(browser, server.address, Path(folder) / "meeting.mp4", options.faces)
    finally:
        server.stop()
    seconds.sort()
    median, slowest = seconds[len(seconds) // 2], seconds[-1]
    rate = 60 * len(seconds) / sum(seconds)
    print(
        f"{len(seconds)} faces: {rate:.0f} a minute by keyboard; a face takes {median:.2f} s (median), {slowest:.2f} s at most"
    )
    if options.json:
        about = {
            "faces": len(seconds),
            "per_minute": round(rate, 1),
            "median_s": round(median, 3),
            "most_s": round(slowest, 3),
        }
        write_json(options.json, {**about, "environment": environment()})


def labelled(browser: Any, address: str, recording: Path, faces: int) -> list[float]:
    """Seconds for each face, from its key to the next face being shown."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'for a benchmark' })")
    page = context.new_page()
    page.goto(f"{address}#recording")
    page.locator("main input[type=file]").first.set_input_files(str(recording))
    page.locator(".face").first.wait_for()
    page.get_by_role("link", name="Label").click()
    page.get_by_label("Your name or a short code").fill("benchmark")
    page.get_by_role("button", name="Start").click()
    page.locator(".label-stage[data-face]").wait_for()
    found = []
    for n in range(1, min(faces, 60) + 1):
        began = time.perf_counter()
        page.keyboard.press(str(1 + n % 5))
        page.get_by_text(f"{n} of 60 faces labelled").wait_for()
        page.wait_for_function("() => document.querySelector('.label-stage').ariaBusy === 'false'")
        found.append(time.perf_counter() - began)
    context.close()
    return found


if __name__ == "__main__":
    main()
