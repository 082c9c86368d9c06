#!/usr/bin/env bash
# Believed: the frames of Label Studio's labels of videos are those of the recording, so its frames per second give their times.
# Happens: Label Studio does not know how many pictures a recording has. It multiplies the player's time by the frameRate of the labeling interface, 24
#   where that names none or takes it from data that a task does not have, and the exported labels do not say which. At 10 s of a recording of 30 pictures
#   a second, a label begins at frame 241; read as a number of pictures that is 8 s, and a label at the end of a lesson of 45 minutes is 9 minutes early.
# Matters: labels of everybody who uploads a recording and reads them by its own number are wrong. Here times are computed by what a region says of itself,
#   and the question for a number asks for the interface's (tests/exchange/test_label_studio.py). Needs Chromium.
# Date: 2026-11-30. Source: run here; the page of the tag Video names the 24, that of TimelineLabels says "frame number" alone.
set -euo pipefail
folder=$(mktemp -d) && trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
browser=$(command -v chromium-headless-shell || command -v chromium)
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check label-studio==1.23.2 av==18.1.0
cat > studio.py <<'PY'
"""Label Studio with a recording of 12 s, 30 pictures a second; a page of it marks what is shown after 10 s as bored."""
import json, os, sys, threading
from importlib.metadata import version
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

os.environ |= {"BASE_DATA_DIR": str(Path("data").absolute()), "DJANGO_SETTINGS_MODULE": "core.settings.label_studio"}
os.environ |= {"SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false"}
os.environ["INACTIVITY_SESSION_TIMEOUT_ENABLED"] = "0"
import av
import label_studio
import numpy as np

with av.open("lesson.webm", "w") as file:
    stream = file.add_stream("libvpx", rate=30)
    stream.width = stream.height = 64
    for k in range(360):
        file.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), k % 256, np.uint8))))
    file.mux(stream.encode())
sys.path.insert(0, str(Path(label_studio.__file__).parent))
import django

django.setup()
from django.core.management import call_command

call_command("migrate", verbosity=0)
from django.core.wsgi import get_wsgi_application
from django.test import Client
from organizations.models import Organization
from users.models import User

user = User.objects.create_user(email="anna@example.org", password="not a secret")
user.active_organization = Organization.create_organization(created_by=user, title="school")
user.save()
client = Client()
client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
VIEW = '<View><Video name="video" value="$video" frameRate="$fps"/><TimelineLabels name="state" toName="video">'
VIEW += '<Label value="bored"/></TimelineLabels></View>'
PROBE = """
const started = setInterval(() => {
  const annotation = window.Htx?.annotationStore?.selected, video = annotation?.names.get("video"), player = video?.ref?.current;
  if (!player || video.length < 2) return;
  clearInterval(started);
  player.currentTime = 10.01;
  const shown = setInterval(() => {
    if (video.frame < 100) return;
    clearInterval(shown);
    video.timelineControl.children[0].setSelected(true);
    video.addTimelineRegion({});
    const [{ value }] = annotation.serializeAnnotation();
    const seen = { duration: player.duration, frames: video.length, rate: video.framerate, value };
    fetch("/seen", { method: "POST", body: JSON.stringify(seen) });
  }, 200);
}, 200);
"""
real, seen, done = get_wsgi_application(), [], threading.Event()


def application(environ, start):
    """Label Studio for somebody who has logged in, with the recording, and with the probe in its pages."""
    environ["HTTP_COOKIE"] = "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
    path = environ["PATH_INFO"]
    if path == "/lesson.webm":
        start("200 OK", [("Content-Type", "video/webm")])
        return [Path("lesson.webm").read_bytes()]
    if path == "/seen":
        seen.append(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        done.set()
        start("204 No Content", [])
        return []
    if not path.startswith("/projects/"):
        return real(environ, start)
    head = []
    body = b"".join(real(environ, lambda *given: head.append(given)))
    body = body.replace(b"</body>", b"<script>" + PROBE.encode() + b"</script></body>")
    status, headers = head[0][:2]
    start(status, [pair for pair in headers if pair[0].lower() not in ("content-length", "content-security-policy")])
    return [body]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server("127.0.0.1", 0, application, Server, Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
at = f"http://127.0.0.1:{server.server_port}"
made = client.post("/api/projects/", json.dumps({"title": "a", "label_config": VIEW}), content_type="application/json").json()
place = f"/api/projects/{made['id']}"
client.post(f"{place}/import", json.dumps([{"video": f"{at}/lesson.webm"}]), content_type="application/json")
Path("address").write_text(f"{at}/projects/{made['id']}/data?task=1")
assert done.wait(300), "the page did not answer"
print("label-studio", version("label-studio"), seen[0])
assert seen[0]["rate"] == "24" and seen[0]["frames"] == 288 and 11.9 < seen[0]["duration"] < 12.1, "the behaviour has changed"
assert seen[0]["value"] == {"ranges": [{"start": 241, "end": 241}], "timelinelabels": ["bored"]}, "the behaviour has changed"
PY
venv/bin/python studio.py > seen.txt 2> log.txt &
studio=$!
while [ ! -s address ]; do kill -0 $studio || { tail -20 log.txt; exit 1; }; sleep 1; done
"$browser" --headless --no-sandbox --disable-gpu --remote-debugging-port=0 --user-data-dir="$folder/profile" "$(cat address)" 2> /dev/null &
wait $studio || { tail -20 log.txt; exit 1; }
cat seen.txt
