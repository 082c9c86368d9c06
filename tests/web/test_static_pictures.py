"""When the page without a server takes the picture of a seek, without a browser: time passes there as a test says."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import aiducation
from needs import NODE
from waiting import PATIENCE_S

pytestmark = NODE.mark()

MODULE = (Path(aiducation.__file__).parent / "web" / "alone" / "video_pictures.js").as_uri()

#: Milliseconds from a seek until its picture is taken in a browser that paints now and then, and tells of pictures or not.
_TAKEN = """
const { shown } = await import(MODULE);
let now = 0, taken = null, seeked;
const events = [], at = (ms, then) => void events.push([ms, then]);
globalThis.setTimeout = (then, ms) => at(now + ms, then);
globalThis.requestAnimationFrame = (then) => PAINTS_MS && at(now + PAINTS_MS, then);
globalThis.document = { hidden: PAINTS_MS === null };
shown({
  requestVideoFrameCallback: (then) => ARRIVES_MS && at(ARRIVES_MS, then),
  addEventListener: (_name, then) => { seeked = then; },
}).then(() => { taken = now; });
seeked();
while (taken === null && events.length) {
  events.sort(([one], [other]) => one - other);
  const [time, then] = events.shift();
  now = time;
  then();
  await Promise.resolve();
}
console.log(JSON.stringify(taken));
"""


@pytest.mark.parametrize(
    ("paints_ms", "arrives_ms", "taken_ms"),
    [
        (16, 40, 40),
        (16, None, 1000),  # as in a browser that tells of no picture that was shown before
        (100, 1500, 1500),  # a busy one: the picture of the seek before would be taken
        (100, None, 3000),
        (2000, None, 10_000),
        (None, None, 100),  # a page that nobody sees
    ],
)
def test_a_picture_is_taken_once_it_has_arrived(paints_ms: int | None, arrives_ms: int | None, taken_ms: int) -> None:
    node = shutil.which("node")
    assert node
    values = {"MODULE": MODULE, "PAINTS_MS": paints_ms, "ARRIVES_MS": arrives_ms}
    known = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
    command = [node, "--input-type=module", "-e", known + _TAKEN]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == taken_ms
