"""``POST /api/photo``: what a client gets, and what it is told when it sends something else."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from aiducation.observations.schema import schema
from aiducation.web.settings import Limits, ServeSettings
from commands import RunCli
from needs import need_package
from picture_makers import animation
from web_makers import client_of, error_of, picture_of


def post(client: TestClient, content: bytes, name: str = "class.jpg", **options: object):  # type: ignore[no-untyped-def]
    return client.post("/api/photo", files={"file": (name, content)}, params=options)


def test_the_result_is_that_of_the_command(
    client: TestClient, samples: Path, gallery: bytes, tmp_path: Path, run_cli: RunCli
) -> None:
    answer = post(client, gallery, "gallery.jpg")
    assert answer.status_code == 200
    assert run_cli("analyze", samples / "gallery.jpg", "--out", tmp_path, "--save", "json,csv,report").code == 0
    assert answer.json() == json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))
    table = post(client, gallery, "gallery.jpg", format="csv")
    assert table.text == (tmp_path / "gallery.csv").read_text(encoding="utf-8")
    command = (
        "analyze",
        samples / "gallery.jpg",
        "--out",
        tmp_path / "excel",
        "--save",
        "csv",
        "--csv-dialect",
        "excel",
    )
    assert run_cli(*command).code == 0
    excel = post(client, gallery, "gallery.jpg", format="csv", csv_dialect="excel")
    assert excel.content == (tmp_path / "excel" / "gallery.csv").read_bytes()


def test_the_result_fits_the_schema(client: TestClient, gallery: bytes) -> None:
    validator = need_package("jsonschema").Draft202012Validator(client.get("/api/schema").json())
    assert validator.schema == json.loads(json.dumps(schema()))
    validator.validate(post(client, gallery).json())


@pytest.mark.parametrize(
    ("format", "kind", "start", "ending"),
    [
        ("csv", "text/csv; charset=utf-8", b"source,frame", ".csv"),
        ("parquet", "application/vnd.apache.parquet", b"PAR1", ".parquet"),
        ("picture", "image/jpeg", b"\xff\xd8\xff", ".annotated.jpg"),
        ("report", "text/html; charset=utf-8", b"<!doctype html>", ".report.html"),
    ],
)
def test_every_format_is_a_download(
    client: TestClient, gallery: bytes, format: str, kind: str, start: bytes, ending: str
) -> None:
    answer = post(client, gallery, "Größe 1.jpg", format=format)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.content.removeprefix(b"\xef\xbb\xbf").startswith(start)
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201{ending}"


def test_anonymize_covers_every_face(client: TestClient, gallery: bytes) -> None:
    shown = np.asarray(Image.open(io.BytesIO(post(client, gallery, format="picture").content)).convert("L"), float)
    covered = post(client, gallery, format="picture", anonymize=True).content
    hidden = np.asarray(Image.open(io.BytesIO(covered)).convert("L"), float)
    face = post(client, gallery).json()["faces"][0]
    scale = shown.shape[1] / 1280  # small pictures are drawn larger
    left, top, right, bottom = (round(face[side] * scale) for side in ("left", "top", "right", "bottom"))
    inside = np.s_[top + 8 : bottom - 8, left + 8 : right - 8]
    assert np.abs(np.diff(hidden[inside], axis=1)).mean() < 0.3 * np.abs(np.diff(shown[inside], axis=1)).mean()


@pytest.mark.slow
def test_names_and_everything_else_are_covered_when_asked_for(client: TestClient, gallery: bytes) -> None:
    pictures = {
        way: post(client, gallery, format="picture", anonymize=way).content for way in ("false", "true", "text", "all")
    }
    assert len(set(pictures.values())) == 4
    reports = {way: post(client, gallery, format="report", anonymize=way).text for way in pictures}
    assert "names and other text stay readable" in reports["true"] and "everything around them" in reports["all"]


def test_small_groups_are_withheld_until_asked_for(client: TestClient) -> None:
    few = picture_of(2, 1)
    group = post(client, few).json()["group"]
    assert group["shares"] is None and "fewer than 5" in group["withheld"] and group["states_withheld"]
    group = post(client, few, min_group=1).json()["group"]
    assert group["withheld"] is None and group["shares"]["calm"]["share"] >= 0 and group["states_withheld"] is None
    pictures = {size: post(client, few, min_group=size, format="picture").content for size in (1, 5)}
    assert pictures[1] != pictures[5]
    reports = {size: post(client, few, min_group=size, format="report").text for size in (1, 5)}
    assert "not shown" in reports[5] and "not shown" not in reports[1]


def test_an_empty_photo_is_an_answer_too(client: TestClient) -> None:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), (90, 90, 90)).save(out, "PNG")
    answer = post(client, out.getvalue(), "room.png").json()
    assert answer["faces"] == [] and answer["group"]["withheld"] == "No face was found."
    rows = list(csv.reader(io.StringIO(post(client, out.getvalue(), format="csv").text)))
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("content", "status", "code", "words"),
    [
        (b"", 422, "unreadable", "class.jpg is empty"),
        (b"no picture", 422, "unreadable", "class.jpg is not a picture"),
        (b"\xff\xd8\xff\xe0" + bytes(2000), 422, "unreadable", "class.jpg"),
        (bytes(2_100_000), 413, "too_large", "2 MB"),
    ],
)
def test_bad_content(client: TestClient, content: bytes, status: int, code: str, words: str) -> None:
    answer = post(client, content)
    assert (answer.status_code, *error_of(answer)[:1]) == (status, code)
    assert words in error_of(answer)[1]
    assert "/" not in error_of(answer)[1].replace("multipart/form-data", ""), "no path of the server is told"


@pytest.mark.parametrize("first", ["file", "anonymize"])
def test_an_option_in_the_form_is_refused(client: TestClient, gallery: bytes, first: str) -> None:
    """Nobody may believe that it was heard."""
    parts = {"file": ("a.jpg", gallery), "anonymize": (None, b"true")}
    answer = client.post("/api/photo", files=sorted(parts.items(), key=lambda part: part[0] != first))
    assert answer.status_code == 400 and "?anonymize=true" in error_of(answer)[1]


def test_a_damaged_picture_is_told(client: TestClient, gallery: bytes) -> None:
    answer = post(client, gallery[: len(gallery) // 3])
    assert answer.status_code == 422 and "damaged or cut short" in error_of(answer)[1]


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(client: TestClient) -> None:
    out = io.BytesIO()
    Image.new("L", (5000, 5000)).save(out, "PNG")
    answer = post(client, out.getvalue(), "poster.png")
    assert answer.status_code == 413 and error_of(answer)[0] == "too_large"
    assert "poster.png has 5,000 x 5,000 pixels" in error_of(answer)[1]


def test_too_many_faces_are_refused(gallery: bytes) -> None:
    with client_of(ServeSettings(limits=Limits(faces=3))) as client:
        answer = post(client, gallery)
    assert answer.status_code == 413 and "faces" in error_of(answer)[1]


@pytest.mark.parametrize(
    "options", [{"format": "pdf"}, {"min_group": 0}, {"anonymize": "perhaps"}, {"anonymise": True}]
)
def test_wrong_options(client: TestClient, gallery: bytes, options: dict[str, object]) -> None:
    answer = post(client, gallery, **options)
    assert answer.status_code == 422
    code, message = error_of(answer)
    assert code == "invalid" and next(iter(options)) in message


def test_requests_that_are_no_upload(client: TestClient, gallery: bytes) -> None:
    for answer in (
        client.post("/api/photo"),
        client.post("/api/photo", content=gallery, headers={"content-type": "image/jpeg"}),
        client.post("/api/photo", files={"picture": ("a.jpg", gallery)}),
        client.post("/api/photo", content=b"--x\r\n", headers={"content-type": "multipart/form-data; boundary=x"}),
        client.post("/api/photo", content=b"junk", headers={"content-type": "multipart/form-data; boundary=x"}),
    ):
        assert answer.status_code == 400 and error_of(answer)[0] == "bad_request", answer.text
    assert client.get("/api/photo").status_code == 405
    assert error_of(client.get("/api/nothing"))[0] == "not_found"


def test_forms_that_only_cost_memory(client: TestClient) -> None:
    """A part's head without an end, and parts without number, beside a file that is small."""
    kind = {"content-type": "multipart/form-data; boundary=b"}
    endless = b"--b\r\nContent-Disposition: form-data; x=" + b"y" * 50_000
    assert client.post("/api/photo", content=endless, headers=kind).status_code == 400
    part = b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nzzzzzzzz\r\n'
    many = client.post("/api/photo", content=part * 50_000, headers=kind)
    assert many.status_code == 413 and error_of(many)[0] == "too_large"


def test_names_from_clients_are_shown_and_never_used(client: TestClient, gallery: bytes) -> None:
    for name, shown in {
        "../../etc/passwd": "passwd",
        "C:\\photos\\a.jpg": "a.jpg",
        "a\x00b\r\nc.jpg": "abc.jpg",
        "x" * 395 + ".jpeg": "x" * 109 + "…" + "x" * 35 + ".jpeg",
        "=cmd|' /C calc'!A0": "C calc'!A0",
    }.items():
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n--b--\r\n'
        quoted = name.replace("\r", "").replace("\n", "").encode()
        answer = client.post(
            "/api/photo", content=body % (quoted, gallery), headers={"content-type": "multipart/form-data; boundary=b"}
        )
        assert answer.status_code == 200 and answer.json()["source"] == shown


def test_nothing_of_a_photo_stays(client: TestClient, gallery: bytes) -> None:
    folder = client.app.state.services.folder  # type: ignore[attr-defined]
    for content in (gallery, b"junk", bytes(3_000_000)):
        post(client, content, format="report")
    assert {path.name for path in folder.iterdir()} <= {".lock"}


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_a_recording(kind: str, client: TestClient) -> None:
    answer = post(client, animation(kind, [300, 300]), "class.jpg")
    assert answer.status_code == 422 and error_of(answer)[0] == "is_recording"
    assert "/api/recordings" in error_of(answer)[1]
    assert post(client, animation(kind, [300]), "class.jpg").status_code == 200


def test_notes_of_the_file_come_along(client: TestClient, gallery: bytes) -> None:
    assert post(client, gallery).json()["notes"] == []
    cut = gallery[:-2]
    assert "end mark" in post(client, cut).json()["notes"][0]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"ID3" + bytes(50), "sound"), (b"#EXTM3U\nfile:///etc/passwd\n", "playlist"), (b"%PDF-1.7", "document")],
)
def test_what_is_neither_says_what_it_is(content: bytes, words: str, client: TestClient) -> None:
    for address in ("/api/photo", "/api/recordings"):
        answer = client.post(address, files={"file": ("class.jpg", content)})
        code, message = error_of(answer)
        assert answer.status_code == 422 and code == "unreadable" and words in message and "class.jpg" in message


def test_a_photo_is_no_recording(client: TestClient, gallery: bytes) -> None:
    answer = client.post("/api/recordings", files={"file": ("lesson.mp4", gallery)})
    assert answer.status_code == 422 and error_of(answer)[0] == "is_photo"
    assert client.get("/health").json()["recordings"]["queued"] == 0
