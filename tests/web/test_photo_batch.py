"""``POST /api/photos``: an answer for each photo, whatever the others are."""

from __future__ import annotations

import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from aiducation.web.settings import Limits, ServeSettings
from needs import need_package
from picture_makers import animation
from web_makers import client_of, error_of


def post(client: TestClient, *files: tuple[str, bytes], **options: object) -> Any:
    return client.post("/api/photos", files=[("file", file) for file in files], params=options)


def left(client: Any) -> list[str]:
    """What is in the server's folder besides its lock."""
    return [path.name for path in client.app.state.services.folder.iterdir() if path.name != ".lock"]


@pytest.fixture(scope="module")
def plain() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 100, 110)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.slow
def test_each_photo_has_its_answer(client: TestClient, gallery: bytes, plain: bytes) -> None:
    """As ``POST /api/photo`` gives it; what cannot be analyzed does no harm to the others."""
    gif = animation("GIF", [100, 100])
    answer = post(
        client,
        ("class.jpg", gallery),
        ("letter.txt", b"Dear Sir"),
        ("empty.jpg", b""),
        ("a.gif", gif),
        ("b/plain.png", plain),
    )
    assert answer.status_code == 200
    photos = answer.json()["photos"]
    assert [one["source"] for one in photos] == ["class.jpg", "letter.txt", "empty.jpg", "a.gif", "plain.png"]
    assert [one["error"] and one["error"]["code"] for one in photos] == [
        None,
        "unreadable",
        "unreadable",
        "is_recording",
        None,
    ]
    alone = client.post("/api/photo", files={"file": ("class.jpg", gallery)}).json()
    assert photos[0]["result"] == alone and photos[4]["result"]["faces"] == []
    assert photos[1]["result"] is None and photos[1]["error"]["message"].endswith(".")
    document = client.get("/openapi.json").json()
    validate = need_package("jsonschema").Draft202012Validator
    validate({**document, "$ref": "#/components/schemas/PhotoBatch"}).validate(answer.json())


def test_options_and_languages_are_those_of_one_photo(client: TestClient, gallery: bytes) -> None:
    (one,) = post(client, ("class.jpg", gallery), view="states", min_group=20, language="de").json()["photos"]
    assert one["result"]["group"]["view"] == "states" and "Gesichter" in one["result"]["group"]["withheld"]
    assert error_of(post(client, ("class.jpg", gallery), size=1))[0] == "invalid"


def test_what_is_no_form_of_files_is_refused(client: TestClient, plain: bytes) -> None:
    assert error_of(client.post("/api/photos", content=b"x"))[0] == "bad_request"
    assert error_of(client.post("/api/photos", files={"photo": ("a.png", plain)}))[0] == "bad_request"
    assert "more than 20 files" in error_of(post(client, *[("a.png", plain)] * 21))[1]
    assert len(post(client, *[("a.png", plain)] * 20).json()["photos"]) == 20


def test_a_photo_that_is_too_large_ends_the_request_and_nothing_stays(plain: bytes) -> None:
    with client_of(ServeSettings(limits=Limits(photo_bytes=1000))) as client:
        answer = post(client, ("a.png", plain), ("b.png", plain + bytes(2000)))
        assert answer.status_code == 413 and error_of(answer)[0] == "too_large"
        assert left(client) == []
        assert post(client, ("a.png", plain)).status_code == 200
        assert left(client) == []
