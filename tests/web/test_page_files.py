"""Files of the page: kept by browsers, and sent again only if they changed."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from aiducation.web.page_files import PageFiles


@pytest.fixture
def files(tmp_path: Path) -> TestClient:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "app.js").write_text("1", encoding="utf-8")
    (tmp_path / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path.parent / "secret.txt").write_text("nobody's", encoding="utf-8")
    return TestClient(Starlette(routes=[Mount("/static", PageFiles(tmp_path))]), "http://school.example/static/")


def test_a_file_is_sent_again_only_if_it_changed(files: TestClient, tmp_path: Path) -> None:
    first = files.get("parts/app.js")
    assert (first.text, first.headers["cache-control"]) == ("1", "no-cache")
    known = {"if-none-match": first.headers["etag"]}
    again = files.get("parts/app.js", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    # As large as before, which is all that some servers look at beside the time.
    app = tmp_path / "parts" / "app.js"
    app.write_text("2", encoding="utf-8")
    os.utime(app, (1, 1))
    changed = files.get("parts/app.js", headers=known)
    assert (changed.status_code, changed.text) == (200, "2") and changed.headers["etag"] != first.headers["etag"]


def test_scripts_are_scripts_whatever_the_system_says(files: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows other programs can register .js as plain text, which browsers do not run."""
    monkeypatch.setattr(mimetypes, "guess_type", lambda *_: ("text/plain", None))
    assert files.get("parts/app.js").headers["content-type"] == "text/javascript; charset=utf-8"


def test_nothing_but_the_files_is_given(files: TestClient) -> None:
    for path in ("", "parts", "nothing.js", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "/etc/hostname"):
        assert files.get(path).status_code == 404, path
    assert files.get("icon.svg").headers["content-type"] == "image/svg+xml"
    assert files.head("icon.svg").status_code == 200 and files.post("icon.svg").status_code == 405
