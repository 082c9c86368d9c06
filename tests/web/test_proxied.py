"""What a proxy says of the address that the browser called: below which path, by which name, and who is believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from aiducation.errors import ConfigError
from aiducation.web.app import create_app
from aiducation.web.guard import cookie_of
from aiducation.web.proxies import clean_root_path, relative_to
from aiducation.web.server import page_addresses
from aiducation.web.settings import ServeSettings
from web_makers import client_of, error_of

PREFIX = {"x-forwarded-prefix": "/faces"}
HERE, ELSEWHERE = "127.0.0.1", "10.0.0.5"


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    with client_of(ServeSettings(hosts=("school.example",), token="a secret")) as client:
        client.headers["authorization"] = "Bearer a secret"
        yield client.app


def seen_from(app: Any, peer: str = HERE, *, base: str = "http://127.0.0.1:8000", **options: Any) -> TestClient:
    """A client whose requests come from that address; the app runs already."""
    return TestClient(app, base_url=base, client=(peer, 50_000), raise_server_exceptions=False, **options)


def bearer(**more: str) -> dict[str, str]:
    return {"authorization": "Bearer a secret", **{name.replace("_", "-"): value for name, value in more.items()}}


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/static/app.js", "/api/model", "/api/schema", "/openapi.json", "/health"]
)
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "cut off"])
def test_every_address_is_there_below_a_path(app: Any, path: str, kept: bool) -> None:
    answer = seen_from(app).get(f"/faces{path}" if kept else path, headers=bearer() | PREFIX)
    assert answer.status_code == 200, path


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "cut off"])
def test_links_locations_and_the_document_hold_the_path(app: Any, kept: bool, gallery: bytes) -> None:
    client, headers = seen_from(app), bearer() | PREFIX
    base = "/faces" if kept else ""
    answer = client.post(f"{base}/api/recordings", files={"file": ("a.mp4", b"no recording")}, headers=headers)
    job = answer.json()
    assert answer.status_code == 202 and answer.headers["location"] == job["links"]["self"]
    assert all(link.startswith(f"/faces/api/recordings/{job['id']}") for link in job["links"].values())
    events = client.get(f"{base}/api/recordings/{job['id']}/events", headers=headers)
    assert '"self":"/faces/api/' in events.text and events.headers["x-accel-buffering"] == "no"
    assert client.delete(f"{base}/api/recordings/{job['id']}", headers=headers).status_code == 204
    document = client.get(f"{base}/openapi.json", headers=headers).json()
    assert document["servers"] == [{"url": "/faces"}]
    assert "servers" not in client.get("/openapi.json", headers=bearer()).json()


@pytest.mark.parametrize(
    ("asked", "where", "path"),
    [
        ("/?token=a%20secret", "./", None),
        ("/?token=a%20secret&x=1", "./?x=1", None),
        ("/docs?token=a%20secret", "./docs", None),
        ("http://127.0.0.1:8000//evil.example/?token=a%20secret", "./", None),
        ("http://127.0.0.1:8000//docs?token=a%20secret", "./docs", None),
        ("/faces/?token=a%20secret", "./", "/faces"),
        ("/faces?token=a%20secret", "faces/", "/faces"),
        ("/faces/docs?token=a%20secret&x=1", "./docs?x=1", "/faces"),
    ],
)
def test_the_token_is_taken_off_where_the_page_is(app: Any, asked: str, where: str, path: str | None) -> None:
    answer = seen_from(app).get(asked, headers=PREFIX if path else {}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"].removeprefix("./") == where.removeprefix("./")
    cookie = answer.headers["set-cookie"]
    assert (f"Path={path};" in cookie) if path else ("Path" not in cookie), "a page's own path is the browser's default"
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie


def test_the_cookie_is_for_encrypted_connections_where_there_is_one(app: Any) -> None:
    encrypted = {"x-forwarded-proto": "https"}
    asked: dict[str, Any] = {"params": {"token": "a secret"}, "headers": encrypted, "follow_redirects": False}
    assert "Secure" in seen_from(app).get("/", **asked).headers["set-cookie"]
    assert "Secure" not in seen_from(app, ELSEWHERE).get("/", **asked).headers["set-cookie"]
    assert cookie_of("a secret") in seen_from(app).get("/", **asked).headers["set-cookie"]


def test_redirects_say_the_way_from_here(app: Any) -> None:
    for headers in (bearer(), bearer() | PREFIX):
        answer = seen_from(app).get("/docs/?x=1", headers=headers, follow_redirects=False)
        assert answer.status_code == 307 and answer.headers["location"] == "../docs?x=1"


def test_a_proxy_elsewhere_is_not_believed_unless_it_is_named(app: Any) -> None:
    assert seen_from(app, ELSEWHERE).get("/faces/health", headers=bearer() | PREFIX).status_code == 404
    assert seen_from(app, "testclient").get("/faces/health", headers=bearer() | PREFIX).status_code == 404
    named = create_app(ServeSettings(proxies=("10.0.0.0/24", "fd00::1")))
    for peer, status in {ELSEWHERE: 404, "10.0.0.5": 404, "10.0.1.5": 404}.items():
        assert seen_from(named, peer).get("/nothing", headers=PREFIX).status_code == status
    with TestClient(named, base_url="http://127.0.0.1:8000"):
        for peer, believed in {
            "10.0.0.5": 1,
            "::ffff:10.0.0.9": 1,
            "fd00::1": 1,
            "127.0.0.1": 1,
            "10.0.1.5": 0,
        }.items():
            answer = seen_from(named, peer).get("/faces/health", headers=PREFIX)
            assert answer.status_code == (200 if believed else 404), peer


@pytest.mark.parametrize(
    "prefix",
    ["//evil.example", "/a/../b", "/a b", "/a?b", '/"', "/ä", "/api", "/static/x", "http://x", "/a//b", "/./a"],
)
def test_odd_paths_are_refused(app: Any, prefix: str) -> None:
    answer = seen_from(app).get("/health", headers={"x-forwarded-prefix": prefix.encode()})
    code, message = error_of(answer)
    assert code == "bad_request" and answer.status_code == 400 and "X-Forwarded-Prefix" in message
    assert answer.headers["content-security-policy"], "a refusal carries the headers, too"
    with pytest.raises(ConfigError, match="path of the page"):
        ServeSettings(root_path=prefix)


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("", ""),
        ("/", ""),
        ("faces", "/faces"),
        ("/faces/", "/faces"),
        ("/tools/faces", "/tools/faces"),
        ("/a.b_c~d-e", "/a.b_c~d-e"),
    ],
)
def test_paths_are_understood(given: str, clean: str) -> None:
    assert clean_root_path(given) == clean


def test_paths_of_proxies_in_a_row_are_joined(app: Any) -> None:
    two = bearer(x_forwarded_prefix="/tools, /faces")
    assert seen_from(app).get("/health", headers=two).status_code == 200
    assert seen_from(app).get("/openapi.json", headers=two).json()["servers"] == [{"url": "/tools/faces"}]


@pytest.mark.parametrize("proxy", ["nginx", "10.0.0.0/33", "", "*", "10.0.0.5:80"])
def test_a_proxy_is_named_by_its_address(proxy: str) -> None:
    with pytest.raises(ConfigError, match="address or network"):
        ServeSettings(proxies=(proxy,))


@pytest.mark.slow
def test_the_server_can_be_told_the_path_itself() -> None:
    settings = ServeSettings(root_path="faces/")
    assert page_addresses(settings, 8000)[0] == "http://127.0.0.1:8000/faces/"
    with client_of(settings) as client:
        for path in ("/faces/health", "/health", "/faces/static/app.js", "/faces", "/faces/"):
            assert client.get(path).status_code == 200, path
        assert client.get("/facesx/health").status_code == client.get("/faces/faces/health").status_code == 404
        answer = client.post("/api/recordings", files={"file": ("a.mp4", b"no recording")})
        assert answer.headers["location"].startswith("/faces/api/recordings/")
        assert client.delete(answer.headers["location"]).status_code == 204
        with client.websocket_connect("ws://127.0.0.1:8000/faces/api/live") as socket:
            assert socket.receive_json()["type"] == "hello"
    with client_of(settings) as client:  # a believed header says more than the setting
        own = seen_from(client.app)
        assert own.get("/openapi.json", headers={"x-forwarded-prefix": "/other"}).json()["servers"] == [
            {"url": "/other"}
        ]


def test_forwarded_names_must_be_known_and_never_stand_for_host(app: Any) -> None:
    known = bearer(x_forwarded_host="school.example")
    assert seen_from(app).post("/api/check", headers=known).status_code == 204
    assert seen_from(app).get("/api/model", headers=bearer(x_forwarded_host="evil.example")).status_code == 403
    assert (
        seen_from(app).get("/api/model", headers=bearer(x_forwarded_host="school.example, evil.example")).status_code
        == 403
    )
    rebound = seen_from(app, base="http://evil.example:8000")
    assert rebound.get("/api/model", headers=known).status_code == 403, "a rebound page can send any header"
    assert rebound.get("/api/model", headers=known | {"sec-fetch-site": "same-origin"}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        # The browser says that the page comes from the address that it calls: the proxy has changed Host.
        ({"origin": "https://school.example", "sec-fetch-site": "same-origin"}, 204),
        ({"origin": "http://127.0.0.1:18081", "sec-fetch-site": "same-origin"}, 204),
        ({"origin": "http://localhost:18081", "sec-fetch-site": "same-origin"}, 204),
        # A rebound name is the same origin, too: it must be known.
        ({"origin": "http://evil.example", "sec-fetch-site": "same-origin"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 403),
        ({"origin": "http://[", "sec-fetch-site": "same-origin"}, 403),
        ({"origin": "file://localhost", "sec-fetch-site": "same-origin"}, 403),
        # Another server of this machine is not.
        ({"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://127.0.0.1:9999", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        # What a proxy says of the name counts as a name.
        ({"origin": "https://school.example", "x-forwarded-host": "school.example"}, 204),
        ({"origin": "https://school.example:444", "x-forwarded-host": "school.example"}, 403),
        ({"origin": "https://evil.example", "x-forwarded-host": "evil.example"}, 403),
    ],
)
def test_the_own_page_behind_a_proxy_that_changes_host(app: Any, headers: dict[str, str], status: int) -> None:
    assert seen_from(app).post("/api/check", headers=bearer() | headers).status_code == status


def test_files_of_the_page_are_given_to_its_modules(app: Any) -> None:
    """Browsers name the origin of modules, and behind a plain proxy it is another one: the page would be blank."""
    own = {"origin": "http://192.168.1.7"}
    assert seen_from(app).get("/static/app.js", headers=bearer() | own).status_code == 200
    assert seen_from(app).get("/static/app.js", headers=bearer(sec_fetch_site="cross-site") | own).status_code == 403
    assert seen_from(app).get("/api/model", headers=bearer() | own).status_code == 403
    assert seen_from(app).get("/static/../api/model", headers=bearer() | own).status_code in (403, 404)


def test_a_refused_page_is_told_what_the_proxy_lacks(app: Any) -> None:
    client = seen_from(app)
    message = error_of(client.post("/api/check", headers=bearer(origin="http://192.168.1.7:8080")))[1]
    assert "proxy_set_header Host $http_host;" in message and "--allow-host 192.168.1.7" in message
    message = error_of(client.post("/api/check", headers=bearer(origin="https://school.example")))[1]
    assert "proxy_set_header Host $http_host;" in message and "--allow-host" not in message
    other = bearer(origin="https://school.example", sec_fetch_site="cross-site")
    assert "proxy" not in error_of(client.post("/api/check", headers=other))[1]


def test_a_socket_that_comes_as_a_plain_request_is_told_what_the_proxy_lacks(app: Any) -> None:
    answer = seen_from(app).get("/api/live?source=camera", headers=bearer())
    assert answer.status_code == 426 and answer.headers["upgrade"] == "websocket"
    assert (
        error_of(answer)[0] == "upgrade_required" and "proxy_set_header Upgrade $http_upgrade;" in error_of(answer)[1]
    )


def test_people_get_a_page_and_programs_the_one_body(app: Any) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    cases = [
        ({"host": "other.example"}, "/", 403, "--allow-host other.example"),
        ({"host": 'x"><script>'}, "/", 403, "--allow-host NAME"),
        ({}, "/", 401, "needs a token"),
        (bearer(), "/faces/", 404, "--root-path /faces"),
        (bearer(), "/<b>/x", 404, "--root-path /PATH"),
        (bearer() | PREFIX, "/faces/x", 404, "nothing at this address"),
    ]
    for headers, path, status, words in cases:
        client = seen_from(app)
        answer = client.get(path, headers=headers | browser)
        assert answer.status_code == status and answer.headers["content-type"].startswith("text/html"), path
        assert words in answer.text and "<script" not in answer.text and "<b>" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert error_of(client.get(path, headers=headers))[0] in ("not_allowed", "token_missing", "not_found")
    assert error_of(seen_from(app).get("/api/nothing", headers=bearer() | browser))[0] == "not_found"


@pytest.mark.parametrize("origins", [(), ("http://localhost:3000",)])
def test_the_answer_to_a_defect_carries_the_headers(origins: tuple[str, ...]) -> None:
    app = create_app(ServeSettings(origins=origins))

    @app.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("a defect")

    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        own = {"origin": origins[0]} if origins else {}
        sound, defect = client.get("/health", headers=own), client.get("/api/broken", headers=own)
        assert defect.status_code == 500 and error_of(defect)[0] == "internal" and "defect" not in defect.text
        for name in sound.headers.keys() - {"content-length"}:
            assert defect.headers[name] == sound.headers[name], name
        assert ("access-control-allow-origin" in defect.headers) == bool(origins), "an allowed page reads it, too"


@pytest.mark.parametrize(
    ("path", "target", "way"),
    [
        ("/docs/", "http://127.0.0.1:8000/docs", "../docs"),
        ("/faces/docs/", "/faces/docs?x=1", "../docs?x=1"),
        ("/faces", "/faces/", "faces/"),
        ("/a/b/c", "/d", "../../d"),
        ("/", "/", "./"),
        ("/x", "https://other.example/y", "https://other.example/y"),
        ("/x", "y", "y"),
    ],
)
def test_ways(path: str, target: str, way: str) -> None:
    assert relative_to(path, target, host="127.0.0.1:8000") == way
