"""What a request asks to be assumed of its faces, and what the server says of it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from aiducation.web.settings import ServeSettings
from web_makers import client_of, error_of, fits


def assumed_of(client: TestClient, photo: bytes, **options: object) -> dict[str, object]:
    answer = client.post("/api/photo", files={"file": ("class.jpg", photo)}, params={"min_group": 1, **options})  # type: ignore[dict-item]
    assert answer.status_code == 200, answer.text
    result = answer.json()
    return {"assumed": result["model"]["assumed"], "faces": result["faces"]}


def test_the_server_says_what_it_assumes() -> None:
    with client_of(ServeSettings(priors="training", possible="neutral,bored")) as client:
        told = fits(client, "Model", "/api/model")
    assert told["assumed"]["priors"] == "training"
    assert told["assumed"]["possible"] == ["neutral", "bored", "other"]
    assert told["assumed_words"]["states that can occur"] == "neutral, bored, other"
    assert {"balanced", "training"} == told["known_priors"].keys()


def test_a_request_asks_for_other_priors(client: TestClient, gallery: bytes) -> None:
    usual = assumed_of(client, gallery, priors="training")
    other = assumed_of(client, gallery, priors="neutral:1,angry:0.01,focused:0.01,bored:0.01,other:0.01")
    assert usual["assumed"] != other["assumed"]
    assert other["assumed"]["priors"] == "own"  # type: ignore[index]
    for before, after in zip(usual["faces"], other["faces"], strict=True):  # type: ignore[call-overload]
        if before["p_neutral"] is not None:
            assert after["p_neutral"] > before["p_neutral"]


def test_what_cannot_occur_is_never_an_answer(client: TestClient, gallery: bytes) -> None:
    told = assumed_of(client, gallery, possible="bored")
    assert told["faces"]
    for face in told["faces"]:  # type: ignore[attr-defined]
        assert face["p_neutral"] in (None, 0) and face["state"] not in ("neutral", "angry", "focused")


@pytest.mark.parametrize("options", [{"priors": "fair"}, {"possible": "happy"}, {"conditions": "moon"}])
def test_what_nobody_knows_is_refused(client: TestClient, gallery: bytes, options: dict[str, str]) -> None:
    answer = client.post("/api/photo", files={"file": ("class.jpg", gallery)}, params=options)
    code, message = error_of(answer)
    assert answer.status_code == 422 and code == "invalid" and "Known:" in message
