"""How many live pictures a second the page without a server reaches on one processor core: processor time for each picture.

python benchmarks/static_page.py [--seconds 20] [--json results/static_page.json]

Runs Chromium with a camera of 1280 x 720 pixels that shows a meeting of nine, and counts the processor time (user and system) of
all its processes between two pictures far apart. Other work on the machine changes that time little, the wall clock much.
Needs Chromium, Playwright and what tools/web_runtime.py fetches.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aiducation.environment import environment
from aiducation.web.settings import ServeSettings
from aiducation.web.static_page import page as static_page
from needs import CHROMIUM
from static_pages import hosted
from web_makers import camera_file, launch_browser

#: Asks the page's own module about pictures of the camera until the time is over; gives how many, and the faces of the last.
_LOOK = """async ([seconds]) => {
  const { look } = await import("/static/api.js");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
  const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true });
  await video.play();
  const end = performance.now() + seconds * 1000;
  let frame = 0, faces = 0, size = "";
  while (performance.now() < end || frame < 3) {
    const time_s = performance.now() / 1000;
    const result = await look(await createImageBitmap(video), { time_s, frame, least: 1 });
    [faces, size] = [result.faces.length, `${result.width} x ${result.height}`];
    frame += 1;
  }
  for (const track of stream.getTracks()) track.stop();
  return [frame, faces, size];
}"""

#: Lets the camera run for so many seconds without looking at its pictures.
_CAMERA = """async ([seconds]) => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
  const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true });
  await video.play();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const track of stream.getTracks()) track.stop();
}"""


def _processor_s(root: int) -> float:
    """Processor seconds of the processes below one."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        number = int(stat.parent.name)
        parents[number] = int(fields[1])
        spent[number] = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    below = {root}
    while more := {one for one, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(spent[one] for one in below - {root})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    seconds = arguments.seconds
    with TemporaryDirectory() as place:
        folder = Path(place) / "page"
        for name, content in static_page(ServeSettings()).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        camera = camera_file(Path(place) / "camera.mjpeg", seconds=2)
        with hosted(folder) as address, launch_browser(CHROMIUM or "", camera) as browser:
            context = browser.new_context(permissions=["camera"])
            page = context.new_page()
            page.set_default_timeout(0)
            page.goto(address)
            page.evaluate(_LOOK, [3])  # opens the networks, and lets the browser compile what is used often
            before = _processor_s(os.getpid())
            frames, faces, size = page.evaluate(_LOOK, [seconds])
            spent = _processor_s(os.getpid()) - before
            before = _processor_s(os.getpid())
            page.evaluate(_CAMERA, [seconds])
            camera_s = (_processor_s(os.getpid()) - before) / seconds
            version = browser.version
    each = (spent - camera_s * seconds) / frames
    rate = (
        1 - camera_s
    ) / each  # the camera takes its part of every second, however many of its pictures are looked at
    print(f"{frames} pictures of {size} with {faces} faces: {1000 * each:.0f} ms of processor time each, and")
    print(f"{1000 * camera_s:.0f} ms of every second for the camera: {rate:.1f} pictures a second on one core")
    if arguments.json:
        figures = {
            "browser": f"Chromium {version}",
            "picture": size,
            "faces": faces,
            "pictures": frames,
            "processor_ms_each": round(1000 * each, 1),
            "camera_ms_a_second": round(1000 * camera_s, 1),
            "pictures_a_second_on_one_core": round(rate, 2),
            "environment": environment(),
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
