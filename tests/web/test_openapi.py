"""The OpenAPI document holds what the server does: requests of all kinds, made from it, never break the server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from fastapi.testclient import TestClient

from aiducation.observations.schema import schema as result_schema
from aiducation.web.settings import Limits, ServeSettings
from needs import need_package
from waiting import PATIENCE_S
from web_makers import serving

#: What every answer is checked for: no status of 500 and above, and status, kind and body as the document says.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.mark.slow
def test_no_request_breaks_the_server(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Hundreds of requests, made by Schemathesis from the document alone."""
    need_package("schemathesis")
    # So many places that no request is turned away: that, too, would be an answer of 500 and above.
    limits = Limits(
        waiting=10_000, finished=10_000, photos=10_000, photo_bytes=100_000, recording_bytes=100_000, classes=10_000
    )
    with serving(ServeSettings(limits=limits)) as address:
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}openapi.json", "--checks", CHECKS]
        options = [
            "--max-examples",
            "6",
            "--seed",
            "1",
            "--request-timeout",
            str(PATIENCE_S),
            "--no-color",
            "--suppress-health-check",
            "all",
        ]
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, timeout=4 * PATIENCE_S, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
        document = requests.get(f"{address}openapi.json", timeout=PATIENCE_S).json()
        operations = sum(len(methods) for methods in document["paths"].values())
        assert f"Tested: {operations}" in done.stdout, done.stdout[-2000:]
    broken = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert not broken, "no recording, however odd, breaks the analysis"


def test_the_document_describes_results_jobs_and_errors(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["components"]["schemas"]["Result"]["properties"]["faces"] == result_schema()["properties"]["faces"]
    answers = {"Result", "Summary", "Faces", "Job", "LiveSession", "Model", "Health", "Error", "LiveMessage"}
    assert answers <= set(document["components"]["schemas"])
    assert not [name for name in document["components"]["schemas"] if "Validation" in name], "one body for every error"
    for path, methods in document["paths"].items():
        for about in methods.values():
            assert about["summary"] and about["description"] and "``" not in about["description"], path
            for status, answer in about["responses"].items():
                wanted = "#/components/schemas/Error"
                if int(status) >= 400 and status != "416":  # which has no body
                    assert answer["content"]["application/json"]["schema"]["$ref"] == wanted, (path, status)


def test_examples_fit_their_schemas(client: TestClient) -> None:
    """Make them anew with: python tools/api_examples.py."""
    validate = need_package("jsonschema").Draft202012Validator
    document = client.get("/openapi.json").json()
    seen = 0
    for methods in document["paths"].values():
        for about in methods.values():
            for answer in about["responses"].values():
                content = answer.get("content", {}).get("application/json", {})
                name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
                if "example" in content and name:
                    validate({**document, "$ref": f"#/components/schemas/{name}"}).validate(content["example"])
                    seen += 1
    assert seen >= 15
