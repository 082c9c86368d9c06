"""``/api/model``: everything that a page has to say of the model and of this server is in it."""

from __future__ import annotations

import csv
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from aiducation.model_info import ModelInfo
from aiducation.web.settings import Limits, ServeSettings
from needs import need_package
from web_makers import client_of, error_of, fits

ROOT = Path(__file__).parents[2]


def test_limits_are_told_as_they_are(client: TestClient) -> None:
    told = fits(client, "Model", "/api/model")
    assert told["server_limits"] == asdict(client.app.state.services.limits)  # type: ignore[attr-defined]
    assert told["server_limits"]["recording_pixels"] == 2_000_000
    assert told["min_group"] == 5 and told["smallest_face"] > 0


def test_how_the_server_was_started_is_told() -> None:
    settings = ServeSettings(min_group=10, threshold=0.6, limits=Limits(keep_s=300.0))
    with client_of(settings) as client:
        told = client.get("/api/model").json()
    assert told["min_group"] == 10 and told["server_limits"]["keep_s"] == 300
    assert told["threshold"] == 0.6 and 0 < told["own_threshold"] < 0.6


def test_never_is_null() -> None:
    with client_of(ServeSettings(limits=Limits(keep_s=float("inf")))) as client:
        assert client.get("/api/model").json()["server_limits"]["keep_s"] is None


def test_the_package_model_tells_its_accuracy(client: TestClient) -> None:
    told = client.get("/api/model").json()
    assert told["has_scores"] and told["test_accuracy"] == told["scores"]["five_way_accuracy"]["estimate"]
    assert 0.6 < told["test_accuracy"] < 0.9


def test_what_the_packaged_model_says_of_itself_is_translated(client: TestClient) -> None:
    """Also what stands in its file, as long as the code has the same words."""
    need_package("torch")
    from aiducation.training.flagship_export import LIMITS, SPLIT

    english, german = (client.get(f"/api/model?language={language}").json() for language in ("en", "de"))
    assert english["training"]["split"] == SPLIT and german["training"]["split"].startswith(
        "offiziell, alle behaltenen"
    )
    assert german["training"]["images"] == english["training"]["images"]
    assert not set(english["limits"]) & set(german["limits"])
    assert set(LIMITS) < set(english["limits"])
    with (ROOT / "results" / "data-report" / "ceiling.csv").open(encoding="utf-8", newline="") as file:
        agrees = {row["who judges"]: float(row["agrees with the label"]) for row in csv.DictReader(file)}
    said = f"about {100 * agrees['second crowd']:.0f} of 100 pictures", f"about {100 * agrees['oracle']:.0f}."
    assert all(any(words in limit for limit in LIMITS) for words in said)


@pytest.mark.parametrize(("scores", "accuracy"), [({}, None), ({"valid_accuracy": 0.7, "test_accuracy": 0.65}, 0.65)])
def test_other_models_tell_what_they_know(scores: dict[str, float], accuracy: float | None) -> None:
    with client_of(ServeSettings()) as client:
        classifier = client.app.state.services.engine.analyzer.classifier
        assert isinstance(classifier.info, ModelInfo)
        classifier.info = replace(classifier.info, scores=scores, charts={})
        told = client.get("/api/model").json()
    assert not told["has_scores"] and told["test_accuracy"] == accuracy


@pytest.mark.parametrize("address", ["model", "schema", "sample/photo", "texts"])
def test_an_option_that_is_unknown_is_refused_also_where_nothing_is_sent(client: TestClient, address: str) -> None:
    answer = client.get(f"/api/{address}?langauge=de")
    assert answer.status_code == 422 and "langauge: there is no such parameter" in error_of(answer)[1]
    assert client.get("/health?now=1").status_code == 200, "what watches a server may add to its address"


def test_a_wrong_option_is_told_with_all_that_it_takes(client: TestClient) -> None:
    photo = {"file": ("a.jpg", b"x")}
    said = [error_of(client.post(f"/api/photo?{one}", files=photo))[1] for one in ("anonymize=maybe", "format=x")]
    assert said[0].startswith("anonymize: ") and "boolean" in said[0] and "'text' or 'all'" in said[0]
    assert said[1].startswith("format: it must be one of json, csv, ")


def test_an_address_names_all_of_its_methods(client: TestClient) -> None:
    for path, methods in (
        ("recordings/x", "DELETE, GET, HEAD"),
        ("recordings/x/annotations", "GET, HEAD, PUT"),
        ("photo", "POST"),
    ):
        answer = client.patch(f"/api/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)


def test_an_address_with_strict_options_takes_a_language(client: TestClient) -> None:
    """The page says its own with everything that it asks for: an error speaks it."""
    lacking = {
        f"{method} {path}"
        for path, methods in client.get("/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        if "422" in operation["responses"]
        and "language" not in [one["name"] for one in operation.get("parameters", ())]
    }
    assert lacking == set()
    assert client.post("/api/check?language=de").status_code == 204
