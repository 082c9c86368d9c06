"""Write src/aiducation/web/examples.json anew: what the API answers, from a real server, for the OpenAPI document.

python tools/api_examples.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import requests
from PIL import Image

from aiducation.files import write_json
from aiducation.media.samples import portrait, write_samples

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from web_makers import start_server  # noqa: E402


def main() -> None:
    server = start_server()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_samples(folder)
        Image.fromarray(portrait()).save(folder / "portrait.jpg")

        def send(path: str, name: str) -> requests.Response:
            return requests.post(server.address + path, files={"file": (folder / name).open("rb")}, timeout=60)

        photo, job = send("api/photo", "portrait.jpg").json(), send("api/recordings", "meeting.mp4").json()
        photo["model"] = {name: photo["model"][name] for name in ("name", "criteria", "threshold")}
        sent = dict(job)
        while job["state"] != "done":
            time.sleep(0.2)
            job = server.get(job["links"]["self"][1:])[1]
        summary = server.get(job["links"]["summary"][1:])[1]
        (folder / "letter.jpg").write_text("Dear all", encoding="utf-8")
        examples = {
            "/api/photo": photo,
            "/api/recordings": sent,
            "/api/recordings/{job_id}": job,
            "/api/recordings/{job_id}/summary": {**summary, "tracks": summary["tracks"][:1]},
            "/api/model": server.get("api/model")[1],
            "/health": server.get("health")[1],
            "unreadable": send("api/photo", "letter.jpg").json(),
            "invalid": server.get(f"{job['links']['faces'][1:]}?from_s=-1")[1],
        }
    server.stop()
    write_json(ROOT / "src" / "aiducation" / "web" / "examples.json", examples)


if __name__ == "__main__":
    main()
