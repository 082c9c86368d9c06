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

server, photo, recording = sys.argv[1].rstrip("/"), Path(sys.argv[2]), Path(sys.argv[3])
token = os.environ.get("AIDUCATION_TOKEN")  # needed where other machines reach the server
headers = {"Authorization": f"Bearer {token}"} if token else {}
api = requests.Session()
api.headers.update(headers)

# A photo: its faces come back at once.
answer = api.post(f"{server}/api/photo", files={"file": photo.open("rb")}, timeout=60)
if not answer.ok:
    sys.exit(answer.json()["error"]["message"])
for face in answer.json()["faces"]:
    print("photo:", face["state"], face["reason"] or f"{face['confidence']:.0%}")

# A recording: it becomes a job, whose progress comes as server-sent events.
answer = api.post(f"{server}/api/recordings?every_s=1", files={"file": recording.open("rb")}, timeout=600)
if not answer.ok:
    sys.exit(answer.json()["error"]["message"])
job = answer.json()
with api.get(server + job["links"]["events"], stream=True, timeout=60) as events:
    for line in events.iter_lines(decode_unicode=True):
        if line.startswith("data: "):
            job = json.loads(line.removeprefix("data: "))
            print("recording:", job["state"], f"{job['done_s']:.0f} s")
if job["state"] == "done":
    timeline = api.get(server + job["links"]["timeline.csv"], timeout=60).text
    print("timeline:", len(timeline.splitlines()) - 1, "steps")
elif job["error"]:
    print("recording:", job["error"]["message"])
api.delete(server + job["links"]["self"], timeout=60)  # nothing of it stays

# Live: each message is a picture, each answer what was seen in the newest one.
with connect(f"{server.replace('http', 'ws', 1)}/api/live", additional_headers=headers, max_size=None) as socket:
    print("live:", json.loads(socket.recv())["type"])
    for _ in range(3):
        socket.send(photo.read_bytes())
        seen = json.loads(socket.recv())
        print("live:", len(seen["faces"]), "faces after", seen["seconds"], "s")
    socket.send(json.dumps({"type": "stop"}))
    print("live:", json.loads(socket.recv())["type"])
