"""``/metrics`` and the log in JSON: what they count, and that nobody is named in either."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from aiducation.errors import ConfigError
from aiducation.web.logs import JsonFormatter, log_config
from aiducation.web.settings import ServeSettings
from web_makers import client_of

SECRET = "Erika Mustermann"


@pytest.fixture(scope="module")
def counted() -> Iterator[TestClient]:
    """A server with a token that answered some requests."""
    with client_of(ServeSettings(token="a token")) as client:
        client.headers["authorization"] = "Bearer a token"
        yield client


def samples_of(client: TestClient) -> dict[str, dict[tuple[str, ...], float]]:
    """Name of a sample -> values of its labels -> value, as Prometheus reads them."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for one in text_string_to_metric_families(client.get("/metrics").text):
        for sample in one.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_requests_are_counted_by_route_and_status(counted: TestClient, gallery: bytes) -> None:
    before = samples_of(counted)
    for _ in range(3):
        assert counted.get("/health").status_code == 200
    assert counted.get(f"/api/recordings/{SECRET}").status_code == 404
    assert counted.get(f"/{SECRET}?name={SECRET}").status_code == 404
    assert counted.get("/static/style.css").status_code == 200
    assert counted.request("BREW", "/health").status_code == 405
    assert counted.post("/api/photo", files={"file": (f"{SECRET}.jpg", gallery)}).status_code == 200
    with counted.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        assert socket.receive_json()["type"] == "hello"
        assert samples_of(counted)["aiducation_live_sessions"]["connected",] == 1
    after = samples_of(counted)
    total, earlier = after["aiducation_requests_total"], before.get("aiducation_requests_total", {})
    assert total["/health", "GET", "200"] - earlier.get(("/health", "GET", "200"), 0) == 3
    assert total["/api/recordings/{job_id}", "GET", "404"] == 1
    assert total["other", "GET", "404"] == total["/static", "GET", "200"] == 1
    assert total["/api/photo", "POST", "200"] == 1
    assert total["/api/live", "SOCKET", "101"] == 1
    assert [count for (_, method, _), count in total.items() if method == "other"] == [1]
    assert after["aiducation_request_seconds_count"]["/api/photo",] == 1
    assert after["aiducation_request_seconds_bucket"]["/api/photo", "+Inf"] == 1
    assert after["aiducation_request_seconds_sum"]["/api/photo",] > 0
    assert ("/api/live", "+Inf") not in after["aiducation_request_seconds_bucket"]
    assert after["aiducation_requests_open"][()] == 1  # this one
    assert after["aiducation_recordings"]["queued",] == after["aiducation_photos"]["waiting",] == 0
    assert after["process_resident_memory_bytes"][()] > 1e7
    assert after["process_cpu_seconds_total"][()] > 0
    text = counted.get("/metrics").text
    assert text.endswith("# EOF\n") and "Mustermann" not in text and "testclient" not in text


def test_a_token_is_asked_for(counted: TestClient) -> None:
    assert counted.get("/metrics", headers={"authorization": ""}).status_code == 401
    refused = samples_of(counted)["aiducation_requests_total"]["other", "GET", "401"]
    assert refused >= 1
    kind = counted.get("/metrics").headers["content-type"]
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"


def test_the_log_has_a_line_a_request_and_no_name(counted: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "aiducation.requests"):
        counted.get(f"/api/recordings/{SECRET}")
    lines = [json.loads(JsonFormatter().format(one)) for one in caplog.records if one.name == "aiducation.requests"]
    (line,) = lines
    assert line.pop("time").endswith("+00:00") and line.pop("seconds") >= 0
    assert line == {
        "level": "info",
        "event": "request",
        "route": "/api/recordings/{job_id}",
        "method": "GET",
        "status": 404,
    }


def test_the_log_leaves_out_what_errors_say() -> None:
    try:
        raise ValueError(f"{SECRET}.mp4 cannot be read")
    except ValueError as error:
        about = (type(error), error, error.__traceback__)
    record = logging.LogRecord("aiducation.web", logging.ERROR, __file__, 1, "%s failed.", (f"{SECRET}.mp4",), about)
    text = JsonFormatter().format(record)
    said = json.loads(text)
    assert "Mustermann" not in text
    assert said["error"] == "ValueError" and said["where"][0].startswith("test_open_metrics.py:")
    assert said["event"] == "%s failed." and said["level"] == "error"


def test_forms_of_the_log() -> None:
    assert "aiducation.requests" not in log_config("text")["loggers"]
    with pytest.raises(ConfigError, match="Unknown form of the log 'jsn'"):
        ServeSettings(log="jsn")
