"""The API from Python: a photo, a recording, and live frames.

pip install requests websockets
aiducation serve                                                                        in another terminal
python examples/api/client.py http://127.0.0.1:8000/ class.jpg lesson.mp4
"""

import json
import os
import sys
from pathlib import Path

import requests
from websockets.sync.client import connect

PATIENCE_S = 300  # seconds for an answer: a busy server takes its time

server, photo, recording = sys.argv[1].rstrip("/"), Path(sys.argv[2]), Path(sys.argv[3])
token = os.environ.get("AIDUCATION_TOKEN")  # needed where other machines reach the server
headers = {"Authorization": f"Bearer {token}"} if token else {}
api = requests.Session()
api.headers.update(headers)


def checked(answer: requests.Response) -> dict:
    """What the server said; ends with its reason where it refused, and names a proxy that answered in its place."""
    if "json" not in answer.headers.get("content-type", ""):
        sys.exit(
            f"{answer.status_code} {answer.reason}: that is no answer of the server; a proxy in front of it gave it."
        )
    if not answer.ok:
        sys.exit(answer.json()["error"]["message"])
    return answer.json()


# A photo: its faces come back at once.
answer = api.post(f"{server}/api/photo", files={"file": photo.open("rb")}, timeout=PATIENCE_S)
for face in checked(answer)["faces"]:
    print("photo:", face["state"], face["reason"] or f"{face['confidence']:.0%}")

# A recording: it becomes a job, whose progress comes as server-sent events.
answer = api.post(f"{server}/api/recordings?every_s=1", files={"file": recording.open("rb")}, timeout=600)
job = checked(answer)
here = f"{server}/api/recordings/{job['id']}"  # below the path that the server's address has, if a proxy gives it one
with api.get(f"{here}/events", stream=True, timeout=PATIENCE_S) as events:
    for line in events.iter_lines():
        if line.startswith(b"data: "):
            job = json.loads(line.removeprefix(b"data: "))
            print("recording:", job["state"], f"{job['done_s']:.0f} s")
if job["state"] == "done":
    timeline = api.get(f"{here}/timeline.csv", timeout=PATIENCE_S).text
    print("timeline:", len(timeline.splitlines()) - 1, "steps")
elif job["error"]:
    print("recording:", job["error"]["message"])
api.delete(here, timeout=PATIENCE_S)  # nothing of it stays

# Live: each message is a picture, each answer what was seen in the newest one.
live = f"{server.replace('http', 'ws', 1)}/api/live"
with connect(live, additional_headers=headers, max_size=None, open_timeout=PATIENCE_S) as socket:
    print("live:", json.loads(socket.recv())["type"])
    for _ in range(3):
        socket.send(photo.read_bytes())
        seen = json.loads(socket.recv())
        print("live:", len(seen["faces"]), "faces after", seen["seconds"], "s")
    socket.send(json.dumps({"type": "stop"}))
    print("live:", json.loads(socket.recv())["type"])
