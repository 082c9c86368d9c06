"""The API's version is in every answer, and a request may ask for it."""

from __future__ import annotations

from fastapi.testclient import TestClient

from aiducation.web.settings import ServeSettings
from web_makers import client_of, error_of


def test_every_answer_says_the_version(client: TestClient) -> None:
    for path in ("/", "/health", "/api/model", "/api/nothing", "/static/app.js"):
        assert client.get(path).headers["Aiducation-API"] == "1"


def test_a_request_may_ask_for_a_version(client: TestClient) -> None:
    assert client.get("/health", headers={"Aiducation-API": "1"}).status_code == 200
    refused = client.get("/health", headers={"Aiducation-API": "2"})
    code, message = error_of(refused)
    assert refused.status_code == 400 and code == "bad_request" and "version 1 of the API" in message


def test_pages_of_allowed_origins_may_read_and_send_it() -> None:
    origin = {"Origin": "https://school.example"}
    with client_of(ServeSettings(origins=("https://school.example",))) as client:
        answer = client.get("/health", headers=origin)
        assert "Aiducation-API" in answer.headers["access-control-expose-headers"]
        asked = origin | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "aiducation-api"}
        assert client.options("/health", headers=asked).status_code == 200
