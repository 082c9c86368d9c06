"""Behind a real nginx that nobody has set up for this server: it works all the same, or says which line is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiducation.web.settings import ServeSettings
from needs import CURL, NODE, need_package, programs
from proxy_makers import kinds_of_nginx
from waiting import PATIENCE_S
from web_makers import Server, picture_of, serving, start_server

requests = need_package("requests")
websockets = need_package("websockets.sync.client")
pytestmark = programs("nginx").mark()

EXAMPLES = Path(__file__).parents[2] / "examples" / "api"

HOST = "proxy_set_header Host $http_host;"
PREFIX = "proxy_set_header X-Forwarded-Prefix /faces;"
UPGRADE = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_of_client;"
)
#: What stands in a server block; UP is the server, TOLD one that was started with --root-path /faces.
KINDS = {
    "plain": "location / { proxy_pass http://UP; }",
    "without upgrade": f"location / {{ proxy_pass http://UP; {HOST} }}",
    "small": f"location / {{ proxy_pass http://UP; {HOST} client_max_body_size 50k; }}",
    "cut, unsaid": f"location /faces/ {{ proxy_pass http://UP/; {UPGRADE} {HOST} }}",
    "cut": f"location /faces/ {{ proxy_pass http://UP/; {UPGRADE} {HOST} {PREFIX} }}",
    "cut badly": f"location /faces {{ proxy_pass http://UP/; {UPGRADE} {HOST} }}",
    "kept": f"location /faces {{ proxy_pass http://UP; {UPGRADE} {HOST} {PREFIX} }}",
    "kept, told": f"location /faces {{ proxy_pass http://TOLD; {UPGRADE} {HOST} }}",
    "cut, told": f"location /faces/ {{ proxy_pass http://TOLD/; {UPGRADE} {HOST} }}",
    "kept, unsaid": f"location /faces {{ proxy_pass http://UP; {UPGRADE} {HOST} }}",
}


@pytest.fixture(scope="module")
def pages(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of the page behind each kind of nginx."""
    with serving(ServeSettings(root_path="/faces")) as told:
        places = {"UP": server.address.split("/")[2], "TOLD": told.split("/")[2]}
        with kinds_of_nginx(KINDS, tmp_path_factory.mktemp("nginx"), places) as pages:
            yield {kind: page + ("faces/" if "/faces" in KINDS[kind] else "") for kind, page in pages.items()}


def origin_of(address: str) -> str:
    return "/".join(address.split("/")[:3])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "kept, unsaid"])
def test_the_page_loads_and_may_use_the_server(pages: dict[str, str], kind: str) -> None:
    """As Chromium asks: modules and what changes something name the origin."""
    page, origin = pages[kind], origin_of(pages[kind])
    own = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert requests.get(page, headers={"Sec-Fetch-Mode": "navigate"}, timeout=PATIENCE_S).status_code == 200
    for path in ("static/app.js", "static/style.css", "api/model", "docs", "openapi.json"):
        assert requests.get(page + path, headers=own, timeout=PATIENCE_S).status_code == 200, path
    assert requests.post(f"{page}api/check", headers=own, timeout=PATIENCE_S).status_code == 204
    files = {"file": ("a.jpg", picture_of(2, 1, width=320))}
    assert len(requests.post(f"{page}api/photo", files=files, headers=own, timeout=PATIENCE_S).json()["faces"]) == 2
    for site, other in {
        "same-site": "http://127.0.0.1:9",
        "same-origin": "http://evil.example",
        "": "http://evil.example",
    }.items():
        wrong = {"Origin": other, "Sec-Fetch-Site": site} if site else {"Origin": other}
        assert requests.post(f"{page}api/photo", files=files, headers=wrong, timeout=PATIENCE_S).status_code == 403, (
            site
        )


@pytest.mark.parametrize("kind", ["cut", "kept", "kept, told", "cut, told"])
def test_a_job_lies_below_the_path(pages: dict[str, str], kind: str) -> None:
    page = pages[kind]
    answer = requests.post(f"{page}api/recordings", files={"file": ("a.mp4", b"none")}, timeout=PATIENCE_S)
    assert answer.headers["location"] == f"/faces/api/recordings/{answer.json()['id']}"
    job = origin_of(page) + answer.headers["location"]
    assert requests.get(job, timeout=PATIENCE_S).json()["links"]["self"] == answer.headers["location"]
    assert requests.get(f"{page}openapi.json", timeout=PATIENCE_S).json()["servers"] == [{"url": "/faces"}]
    assert requests.delete(job, timeout=PATIENCE_S).status_code == 204
    if kind.startswith("kept"):
        assert requests.get(page.rstrip("/"), timeout=PATIENCE_S).url == page
    with websockets.connect(
        page.replace("http", "ws", 1) + "api/live", origin=origin_of(page), proxy=None, open_timeout=PATIENCE_S
    ) as socket:
        assert '"hello"' in socket.recv(timeout=PATIENCE_S)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "client"), [("cut", "py"), ("cut, unsaid", "sh"), ("kept", "mjs")])
def test_the_clients_work_below_a_path(
    pages: dict[str, str], kind: str, client: str, samples: Path, clip: Path, tmp_path: Path
) -> None:
    for need in {"sh": [CURL], "mjs": [NODE]}.get(client, []):
        need.check()
    command = [
        {"py": sys.executable, "sh": "bash", "mjs": "node"}[client],
        str(EXAMPLES / f"client.{client}"),
        pages[kind].rstrip("/"),
    ]
    files = [str(samples / "gallery.jpg"), str(clip)]
    done = subprocess.run(
        [*command, *files], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "done" in done.stdout
    assert requests.get(f"{pages[kind]}health", timeout=PATIENCE_S).json()["recordings"]["done"] == 0, (
        "it deletes what it sent"
    )


@pytest.mark.parametrize("kind", ["plain", "without upgrade"])
def test_without_upgrade_a_socket_is_told_what_is_missing(pages: dict[str, str], kind: str) -> None:
    address = f"{pages[kind].replace('http', 'ws', 1)}api/live"
    with (
        pytest.raises(websockets.InvalidStatus) as raised,
        websockets.connect(address, proxy=None, open_timeout=PATIENCE_S),
    ):
        pass
    response = raised.value.response
    assert response.status_code == 426 and b"proxy_set_header Upgrade $http_upgrade;" in response.body


def test_what_is_too_large_for_the_proxy_is_told_apart(pages: dict[str, str], samples: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "client.py"), pages["small"]]
    files = [str(samples / "gallery.jpg"), str(samples / "meeting.mp4")]
    assert Path(files[0]).stat().st_size > 50_000
    done = subprocess.run(
        [*command, *files], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 1 and "413" in done.stderr and "a proxy in front of it" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["plain", "cut"])
def test_a_refusal_is_heard_through_the_proxy(pages: dict[str, str], kind: str) -> None:
    """It comes before the upload is read, and closing the connection then would lose it: nginx would say 502."""
    photo = {"file": ("a.jpg", bytes(900_000))}
    for _ in range(10):
        answer = requests.post(
            f"{pages[kind]}api/photo", files=photo, headers={"Origin": "http://evil.example"}, timeout=PATIENCE_S
        )
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "not_allowed"
        answer = requests.post(f"{pages[kind]}api/photo?colour=red", files=photo, timeout=PATIENCE_S)
        assert answer.status_code == 422 and answer.json()["error"]["code"] == "invalid"


def test_a_path_that_the_server_does_not_know_is_told(pages: dict[str, str]) -> None:
    answer = requests.get(pages["kept, unsaid"], headers={"Accept": "text/html"}, timeout=PATIENCE_S)
    assert answer.status_code == 404 and "--root-path /faces" in answer.text


@pytest.mark.slow
def test_the_start_says_who_can_reach_it() -> None:
    """A server behind a proxy is reached by others, so that a token is needed, though it listens at this machine alone."""
    server = start_server("--root-path", "faces/", "--allow-proxy", "10.0.0.5")
    try:
        assert server.address.endswith("/faces/") and server.get("health")[0] == 200
    finally:
        assert server.stop() == 0
