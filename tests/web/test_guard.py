"""Who may talk to the server, and what every answer carries."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from aiducation.errors import ConfigError
from aiducation.web.guard import cookie_of
from aiducation.web.server import page_addresses
from aiducation.web.settings import ServeSettings, is_loopback
from web_makers import client_of, error_of

PAGES = ("/", "/docs", "/static/app.js", "/api/model", "/health", "/nothing")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_guarded(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert "server" not in headers


def test_pages_hold_no_script_or_style_of_their_own(client: TestClient) -> None:
    for path in ("/", "/docs"):
        page = client.get(path).text
        assert "<style" not in page and "style=" not in page and " onload" not in page and "http" not in page
        assert page.count("<script") == page.count('<script type="module" src="static/')


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8000",
        "",
        "[",
        "10.0.0.1",
        "evil.example@localhost",
        "localhost@evil.example",
        "localhost:8000@evil.example",
        "localhost/evil.example",
        "localhost?x",
        "localhost#x",
        "http://localhost",
        "localhost:",
        "localhost:x",
        "localhost:0",
        "localhost:70000",
        "localhost:8000:8000",
        "localhost, evil.example",
        "localhost evil.example",
        "localhost.",
        "::1",
        "[::1",
        "[localhost]",
        "[127.0.0.1]:x",
        "[::1]x",
        "%6cocalhost",
    ],
)
def test_other_names_are_refused(client: TestClient, host: str) -> None:
    for path in PAGES:
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 403 and error_of(answer)[0] == "not_allowed"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1234", "[::1]:8000", "LOCALHOST"])
def test_own_names_are_not(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "http://localhost:8000",
        "https://x",
        "junk",
        "http://[",
        "",
        "http://127.0.0.1:8000/",
        "http://127.0.0.1:8000/evil",
        "http://x@127.0.0.1:8000",
        "http://127.0.0.1:8000@evil.example",
        "http://127.0.0.1:8000 http://evil.example",
        "http://127.0.0.1:8000, http://evil.example",
        "ftp://127.0.0.1:8000",
        "file://127.0.0.1:8000",
        "chrome-extension://127.0.0.1:8000",
        "127.0.0.1:8000",
        "//127.0.0.1:8000",
    ],
)
def test_other_origins_are_refused(client: TestClient, origin: str, gallery: bytes) -> None:
    headers = {"origin": origin}
    assert client.get("/api/model", headers=headers).status_code == 403
    assert client.delete("/api/recordings/x", headers=headers).status_code == 403
    assert client.post("/api/photo", files={"file": ("a.jpg", gallery)}, headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1:8000/api/live", headers=headers):
        pass


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("127.0.0.1:8000", "HTTP://127.0.0.1:8000"),
        ("127.0.0.1:8000", "https://127.0.0.1:8000"),  # a proxy with TLS that does not say so
        ("localhost", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("localhost", "https://localhost"),
        ("localhost:443", "https://localhost"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_own_origin_is_not(client: TestClient, host: str, origin: str) -> None:
    assert client.get("/api/model", headers={"host": host, "origin": origin}).status_code == 200


def test_a_page_without_tls_is_another_origin_than_the_server_with_it(client: TestClient) -> None:
    encrypted = {"x-forwarded-proto": "https"}
    with TestClient(client.app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as proxied:
        for scheme, status in {"https": 200, "http": 403}.items():
            answer = proxied.get("/api/model", headers={**encrypted, "origin": f"{scheme}://127.0.0.1:8000"})
            assert answer.status_code == status


@pytest.mark.parametrize("name", ["host", "origin"])
def test_a_header_that_comes_twice_is_refused(client: TestClient, name: str) -> None:
    value = {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"}[name]
    answer = client.get("/api/model", headers=[(name, value), (name, value)])
    assert answer.status_code in (400, 403), answer.text


def test_servers_on_one_host_have_cookies_of_their_own() -> None:
    assert cookie_of("one") != cookie_of("another")
    with client_of(ServeSettings(token="one")) as client:
        client.get("/?token=one")
        with client_of(ServeSettings(token="another")) as other:
            other.cookies = client.cookies
            assert other.get("/api/model").status_code == 401
            other.get("/?token=another")
            assert other.get("/api/model").status_code == 200
            client.cookies = other.cookies
        assert client.get("/api/model").status_code == 200


@pytest.mark.parametrize(
    "way", ["//evil.example", "/%2Fevil.example", "/\\evil.example", "/%5Cevil.example", "/%09/evil.example"]
)
def test_no_redirect_leads_elsewhere(way: str) -> None:
    with client_of(ServeSettings(token="a secret")) as client:
        for rest in ("/..?token=a+secret", "?token=a+secret"):
            answer = client.get(f"http://127.0.0.1:8000{way}{rest}", follow_redirects=False)
            where = urljoin("http://127.0.0.1:8000/x/", answer.headers.get("location", "").replace("\\", "/"))
            assert where.startswith("http://127.0.0.1:8000/"), where


def test_pages_elsewhere_may_link_here_but_not_load_from_here(client: TestClient) -> None:
    other = {"sec-fetch-site": "cross-site"}
    assert client.get("/", headers={**other, "sec-fetch-mode": "navigate"}).status_code == 200
    assert client.get("/api/model", headers={**other, "sec-fetch-mode": "no-cors"}).status_code == 403
    assert client.get("/health", headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_an_allowed_origin_may_use_the_api() -> None:
    with client_of(ServeSettings(origins=("http://localhost:3000",))) as client:
        own = {"origin": "http://localhost:3000"}
        answer = client.get("/api/model", headers=own)
        assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == own["origin"]
        asked = client.options("/api/photo", headers={**own, "access-control-request-method": "POST"})
        assert asked.status_code == 200
        assert client.get("/api/model", headers={"origin": "http://localhost:3001"}).status_code == 403


def test_an_allowed_origin_may_read_why_it_was_refused() -> None:
    own = {"origin": "http://localhost:3000"}
    with client_of(ServeSettings(origins=(own["origin"],), token="a secret")) as client:
        refused = client.get("/api/model", headers=own)
        assert refused.status_code == 401 and error_of(refused)[0] == "token_missing"
        assert refused.headers["access-control-allow-origin"] == own["origin"]
        other = client.get(
            "/api/model", headers={"origin": "http://localhost:3001", "authorization": "Bearer a secret"}
        )
        assert other.status_code == 403 and "access-control-allow-origin" not in other.headers


def test_an_allowed_name_may_be_used() -> None:
    with client_of(ServeSettings(hosts=("classroom.local",))) as client:
        assert client.get("/health", headers={"host": "classroom.local:8000"}).status_code == 200
        assert client.get("/health", headers={"host": "other.local"}).status_code == 403


@pytest.fixture(scope="module")
def reachable() -> ServeSettings:
    return ServeSettings(host="0.0.0.0")


def test_other_addresses_need_a_token(reachable: ServeSettings) -> None:
    assert len(reachable.token) >= 30 and ServeSettings(host="0.0.0.0").token != reachable.token
    assert ServeSettings().token == "" and ServeSettings(token="secret").token == "secret"
    for host, own in {
        "127.0.0.1": True,
        "localhost": True,
        "::1": True,
        "0.0.0.0": False,
        "192.168.1.5": False,
    }.items():
        assert is_loopback(host) == own
    with client_of(reachable) as client:
        for path in PAGES:
            answer = client.get(path)
            if path != "/health":
                assert answer.status_code == 401 and error_of(answer)[0] == "token_missing", path
                assert reachable.token not in answer.text
        cookie = {"cookie": f"{cookie_of(reachable.token)}=x"}
        for wrong in ({"authorization": "Bearer wrong"}, {"authorization": reachable.token}, cookie):
            answer = client.get("/api/model", headers=wrong)
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
            assert error_of(answer)[0] == (
                "token_missing" if wrong == {"authorization": reachable.token} else "token_wrong"
            )
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1:8000/api/live"):
            pass


def test_the_token_opens_the_page_and_the_api(reachable: ServeSettings) -> None:
    token = reachable.token
    with client_of(reachable) as client:
        assert client.get("/api/model", headers={"authorization": f"Bearer {token}"}).status_code == 200
        assert client.get("/api/model", params={"token": token}).status_code == 200
        opened = client.get(f"/?token={token}&x=1", follow_redirects=False)
        assert opened.status_code == 303 and opened.headers["location"] == "./?x=1"
        assert "HttpOnly" in opened.headers["set-cookie"] and "SameSite=strict" in opened.headers["set-cookie"]
        assert client.get("/").status_code == 200  # by the cookie from now on
        with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
            assert socket.receive_json()["type"] == "hello"


def test_the_own_machine_is_known_by_its_usual_names_too(reachable: ServeSettings) -> None:
    """Browsers give camera and screen to localhost only."""
    assert page_addresses(reachable, 8000)[1] == f"http://localhost:8000/?token={reachable.token}"
    with client_of(reachable) as client:
        for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
            assert client.get("/api/model", headers={"host": host}).status_code == 401
            opened = client.get(f"/?token={reachable.token}", headers={"host": host}, follow_redirects=False)
            assert opened.status_code == 303
            client.cookies.clear()


@pytest.mark.parametrize(
    ("host", "there", "here"),
    [("127.0.0.1", "127.0.0.1", "127.0.0.1"), ("::1", "[::1]", "[::1]"), ("192.168.1.5", "192.168.1.5", "192.168.1.5")],
)
def test_addresses_of_the_page(host: str, there: str, here: str) -> None:
    shown = page_addresses(ServeSettings(host=host, token="x"), 80)
    assert shown == (f"http://{there}:80/?token=x", f"http://{here}:80/?token=x")


def test_addresses_are_names_that_nobody_can_point_elsewhere(reachable: ServeSettings) -> None:
    bearer = {"authorization": f"Bearer {reachable.token}"}
    with client_of(reachable) as client:
        assert client.get("/health", headers={"host": "192.168.1.20:8000", **bearer}).status_code == 200
        assert client.get("/health", headers={"host": "evil.example", **bearer}).status_code == 403


@pytest.mark.parametrize(
    "options",
    [
        {"port": 70_000},
        {"min_group": 0},
        {"hosts": ("http://classroom.local",)},
        {"hosts": ("classroom.local:8000",)},
        {"hosts": ("classroom local",)},
        {"origins": ("localhost:3000",)},
        {"origins": ("http://localhost:3000/app",)},
        {"origins": ("null",)},
        {"origins": ("*",)},
    ],
)
def test_impossible_settings(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        ServeSettings(**options)  # type: ignore[arg-type]
