"""The settings that are shipped for nginx, Caddy and systemd: the real programs run them in front of a real server."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from needs import CADDY_TLS, NGINX_TLS, Need, need_package, programs
from proxy_makers import CADDY, DEPLOY, SHARED_NAME, Site, shipped
from waiting import PATIENCE_S
from web_makers import Server, picture_of

requests = need_package("requests")
websockets = need_package("websockets.sync.client")

TOKEN = "a secret"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module", params=["nginx.conf", "nginx-path.conf", "Caddyfile", "Caddyfile-path"])
def site(
    request: pytest.FixtureRequest, named_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    (NGINX_TLS if request.param.startswith("nginx") else CADDY_TLS).check()
    folder = tmp_path_factory.mktemp("proxy")
    with shipped(request.param, named_server.address.split("/")[2], folder) as site:
        yield site


@pytest.fixture
def api(site: Site, tmp_path: Path) -> Iterator[Any]:
    """A client that trusts the proxy's certificate."""
    with requests.Session() as session:
        (tmp_path / "trusted.pem").write_text(
            "".join(ssl.DER_cert_to_PEM_cert(one) for one in site.trust.get_ca_certs(binary_form=True)),
            encoding="ascii",
        )
        session.verify = str(tmp_path / "trusted.pem")
        session.trust_env = False
        yield session


def test_the_page_and_the_api_are_there(site: Site, api: Any) -> None:
    for path in ("", "docs", "static/app.js", "api/model", "openapi.json", "health"):
        answer = api.get(site.address + path, headers=BEARER, timeout=PATIENCE_S)
        assert answer.status_code == 200 and "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert len(answer.raw.headers.getlist("content-security-policy")) == 1
    assert api.get(site.address + "nothing", headers=BEARER, timeout=PATIENCE_S).json()["error"]["code"] == "not_found"
    servers = api.get(f"{site.address}openapi.json", headers=BEARER, timeout=PATIENCE_S).json().get("servers")
    assert servers == ([{"url": site.path}] if site.path else None)


def test_a_visit_with_the_token(site: Site, api: Any) -> None:
    opened = api.get(f"{site.address}?token={TOKEN}&x=1", timeout=PATIENCE_S)
    assert opened.url == f"{site.address}?x=1" and opened.status_code == 200 and "<div id=" in opened.text
    (cookie,) = api.cookies
    assert cookie.secure and cookie.path == (site.path or "/")
    assert api.get(f"{site.address}api/model", timeout=PATIENCE_S).status_code == 200, "by the cookie from now on"
    assert api.get(f"{site.address}docs/", timeout=PATIENCE_S).url == f"{site.address}docs"
    if site.path:
        assert api.get(site.address.rstrip("/") + "?x=1", timeout=PATIENCE_S).url == f"{site.address}?x=1"


def test_only_the_own_page_may_use_it(site: Site, api: Any) -> None:
    def status(origin: str, **more: str) -> int:
        headers = {**BEARER, "Origin": origin, **more}
        return int(api.post(f"{site.address}api/check", headers=headers, timeout=PATIENCE_S).status_code)

    assert status(site.origin) == 204
    for origin in ("https://evil.example", site.origin.replace("https", "http") + "1", "null"):
        assert status(origin) == 403, origin
    assert status("https://evil.example", **{"X-Forwarded-Host": "evil.example"}) == 403
    assert status("https://evil.example", **{"Sec-Fetch-Site": "same-origin"}) == 403


def test_a_client_cannot_say_what_the_proxy_says(site: Site, api: Any) -> None:
    headers = {**BEARER, "X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "http"}
    answer = api.get(f"{site.address}openapi.json", headers=headers, timeout=PATIENCE_S)
    shown = answer.json().get("servers")
    if site.path or "nginx" in answer.headers.get("server", ""):
        assert shown == ([{"url": site.path}] if site.path else None)
    opened = api.get(f"{site.address}?token={TOKEN}", headers=headers, timeout=PATIENCE_S, allow_redirects=False)
    assert "Secure" in opened.headers["set-cookie"] and "evil" not in opened.headers["location"]


def test_large_photos_come_through(site: Site, api: Any) -> None:
    photo = picture_of(3, 3) + bytes(3_000_000)
    answer = api.post(f"{site.address}api/photo", files={"file": ("a.jpg", photo)}, headers=BEARER, timeout=PATIENCE_S)
    assert answer.status_code == 200 and len(answer.json()["faces"]) == 9


@pytest.mark.slow
def test_events_come_when_they_happen(site: Site, api: Any, samples: Path, lesson: Path) -> None:
    """A recording waits for a long one; a proxy that collects events would show the first only when all is over."""
    jobs = []
    for recording, every_s in ((lesson, 0.5), (samples / "meeting.mp4", 4)):
        with recording.open("rb") as file:
            send = f"{site.address}api/recordings?every_s={every_s}"
            answer = api.post(send, files={"file": ("meeting.mp4", file)}, headers=BEARER, timeout=PATIENCE_S)
        assert answer.status_code == 202
        jobs.append(site.origin + answer.headers["location"])
        assert jobs[-1].startswith(f"{site.address}api/recordings/")
    try:
        with api.get(f"{jobs[-1]}/events", headers=BEARER, stream=True, timeout=PATIENCE_S) as events:
            lines = events.iter_lines(decode_unicode=True)
            assert next(lines) == "event: job"
            assert api.get(jobs[-1], headers=BEARER, timeout=PATIENCE_S).json()["state"] in ("queued", "running")
            job = json.loads(next(line for line in lines if line.startswith("data: ")).removeprefix("data: "))
            assert api.delete(jobs[0], headers=BEARER, timeout=PATIENCE_S).status_code == 204
            for line in lines:
                if line.startswith("data: "):
                    job = json.loads(line.removeprefix("data: "))
    finally:  # tests share the server
        api.delete(jobs[0], headers=BEARER, timeout=PATIENCE_S)
    assert job["state"] == "done"
    part = api.get(
        site.origin + job["links"]["source"], headers={**BEARER, "Range": "bytes=100-199"}, timeout=PATIENCE_S
    )
    assert part.status_code == 206 and part.content == (samples / "meeting.mp4").read_bytes()[100:200]
    table = api.get(site.origin + job["links"]["csv"], headers=BEARER, timeout=PATIENCE_S)
    assert "attachment" in table.headers["content-disposition"] and table.text.count("\n") >= 9
    assert api.delete(jobs[-1], headers=BEARER, timeout=PATIENCE_S).status_code == 204


def test_live_pictures_come_through(site: Site) -> None:
    address = site.address.replace("https", "wss", 1) + "api/live"
    options: dict[str, Any] = {
        "ssl": site.trust,
        "additional_headers": BEARER,
        "proxy": None,
        "open_timeout": PATIENCE_S,
        "ping_timeout": PATIENCE_S,
    }
    with websockets.connect(address, origin=site.origin, **options) as socket:
        assert json.loads(socket.recv(timeout=PATIENCE_S))["type"] == "hello"
        socket.send(picture_of(3, 3))
        assert len(json.loads(socket.recv(timeout=PATIENCE_S))["faces"]) == 9
        socket.send(json.dumps({"type": "stop"}))
        assert json.loads(socket.recv(timeout=PATIENCE_S))["type"] == "summary"
    with pytest.raises(Exception, match="403"):
        websockets.connect(address, origin="https://evil.example", **options)


#: Settings -> status of the answer to another name, and the code of the server's error or "" for an empty answer. None: nginx
#: ends the connection. Below a path, nginx has other pages and lets the server decide. Caddy has nothing under other names.
OTHER_NAMES = {
    "nginx.conf": None,
    "nginx-path.conf": (403, "not_allowed"),
    "Caddyfile": (200, ""),
    "Caddyfile-path": (200, ""),
}


def test_other_names_are_turned_away(site: Site, api: Any, request: pytest.FixtureRequest) -> None:
    """A page elsewhere may have pointed its own name here."""
    port = site.origin.rpartition(":")[2]
    about = {"headers": {**BEARER, "Host": f"evil.example:{port}"}, "timeout": PATIENCE_S}
    answers = OTHER_NAMES[request.node.callspec.params["site"]]
    if answers is None:
        with pytest.raises(requests.ConnectionError, match="closed connection without response"):
            api.get(site.address, **about)
        return
    answer = api.get(site.address, **about)
    said = answer.json()["error"]["code"] if answer.content else ""
    assert (answer.status_code, said) == answers


def test_caddyfiles_are_valid() -> None:
    programs("caddy").check()
    for name in ("Caddyfile", "Caddyfile-path"):
        command = [CADDY, "adapt", "--adapter", "caddyfile", "--config", str(DEPLOY / name)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0 and "not formatted" not in done.stderr, done.stderr


def test_the_service_is_valid_and_closed(tmp_path: Path) -> None:
    """systemd itself reads the unit; and rates how much a service that was taken over could reach, from 0 to 10."""
    programs("systemd-analyze", packages="systemd").check()
    analyze = "systemd-analyze"
    shipped_unit = (DEPLOY / "aiducation.service").read_text(encoding="utf-8")
    assert "/opt/aiducation/bin/aiducation" in shipped_unit
    unit = tmp_path / "aiducation.service"
    unit.write_text(shipped_unit.replace("/opt/aiducation/bin/aiducation", sys.executable), encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", str(unit)], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0 and "aiducation.service" not in done.stderr, done.stderr
    command = [analyze, "security", "--offline=true", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    newer = Need(
        lambda: "unrecognized option" not in done.stderr,
        "this systemd cannot rate a file",
        "{check} (with systemd 250)",
    )
    newer.check()
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.slow
def test_the_service_starts_the_server(tmp_path: Path) -> None:
    """The options in the unit are known, and it needs no home."""
    lines = (DEPLOY / "aiducation.service").read_text(encoding="utf-8").splitlines()
    (start,) = [line.partition("=")[2].split()[1:] for line in lines if line.startswith("ExecStart=")]
    assert start[0] == "serve" and "--no-browser" in start
    command = [sys.executable, "-m", "aiducation", *start, "--port", "0"]  # the later one counts
    environment = {"HOME": "/", "TMPDIR": str(tmp_path), "AIDUCATION_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"}
    import aiducation

    environment["PYTHONPATH"] = str(Path(aiducation.__file__).parents[1])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        answer = requests.get(address, headers={"Host": f"faces.{SHARED_NAME}"}, timeout=PATIENCE_S)
        assert answer.status_code == 200 and address.endswith(f"?token={TOKEN.replace(' ', '%20')}")
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
    assert not list(tmp_path.glob("aiducation*")), "everything that was uploaded is deleted"
