"""The page without a server puts each picture into the step of time into which the package puts it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np

import aiducation
from aiducation.observations.group import group_of
from aiducation.observations.result_json import face_entries
from aiducation.web.settings import ServeSettings
from makers import faces_of, recording_of
from needs import NODE
from waiting import PATIENCE_S
from web_makers import client_of

pytestmark = NODE.mark()

WEB = Path(aiducation.__file__).parent / "web"


def test_the_group_over_time_has_the_steps_of_the_package(tmp_path: Path) -> None:
    """0.7 * 90 and many more are a little less than a whole number."""
    every_s, probs = 0.7, [np.eye(5)[0]] * 6
    frames = (faces_of(probs[: 6 if k % 2 else 2], time_s=k * every_s) for k in range(160))
    recording = replace(recording_of([]), every_s=every_s, frames=tuple(frames))
    for folder in (WEB / "static", WEB / "alone"):
        for module in folder.glob("*.js"):
            shutil.copy(module, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    with client_of(ServeSettings(view="states")) as client:
        model = client.get("/api/model").text
    seen = [{"time_s": one.time_s, "faces": list(face_entries(one))} for one in recording.frames]
    (tmp_path / "steps.mjs").write_text(
        f"""import {{ groupOverTime }} from "./group_over_time.js";
        import {{ learn }} from "./looks.js";
        learn({model});
        const {{ group, hidden }} = groupOverTime({json.dumps(seen)}, {{ every_s: {every_s} }}, 5);
        console.log(JSON.stringify([group.timeline.step_s, group.timeline.faces, hidden]));""",
        encoding="utf-8",
    )
    node = shutil.which("node")
    assert node
    done = subprocess.run(
        [node, "steps.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    step_s, faces, hidden = json.loads(done.stdout)
    group = group_of(recording, 5)
    assert group.over_time is not None
    timeline = group.entry()["timeline"]
    assert step_s == timeline["step_s"] and faces == timeline["faces"]
    assert hidden == group.hidden.tolist()
