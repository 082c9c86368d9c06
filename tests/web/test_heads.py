"""HEAD: what monitors, load balancers and ``curl -I`` ask."""

from __future__ import annotations

import httpx2 as httpx
from fastapi.testclient import TestClient

from web_makers import Server


def test_head_has_the_headers_of_get_and_no_content(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    plain = [path for path, methods in paths.items() if "get" in methods and "{" not in path]
    assert len(plain) >= 5
    for path in ["/", "/docs", "/openapi.json", "/static/page.css", "/nothing", "/api/recordings/x", *plain]:
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert head.headers["content-type"] == get.headers["content-type"], path
    assert client.head("/api/photo").status_code == 405


def test_a_running_server_answers_head(server: Server) -> None:
    with httpx.Client(base_url=server.address) as client:
        for path in ("/health", "/", "/nothing", "/health"):  # one connection: nothing of an answer is left in it
            head, get = client.head(path), client.get(path)
            assert (head.status_code, head.content) == (get.status_code, b"")
            assert head.headers["content-length"] == get.headers["content-length"]
