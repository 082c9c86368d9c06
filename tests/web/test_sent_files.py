"""A file that is deleted while it is being sent: it comes whole, or it is said to be gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient

from aiducation.web import recordings
from web_makers import error_of, send, wait_for


@pytest.fixture
def job(client: TestClient, samples: Path) -> dict[str, Any]:
    return wait_for(client, send(client, (samples / "meeting.mp4").read_bytes(), every_s=2), "done")


def delete(client: TestClient, job: dict[str, Any]) -> None:
    jobs = client.app.state.services.jobs  # type: ignore[attr-defined]
    jobs.delete(jobs.get(job["id"]))


@pytest.mark.slow
@pytest.mark.parametrize("part", [None, "bytes=100-199", "bytes=0-9,100-109"])
def test_deleted_between_its_headers_and_its_bytes(
    client: TestClient, samples: Path, job: dict[str, Any], part: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starlette 1.10 says how long a file is before it opens it."""
    content, open_file, folders = (samples / "meeting.mp4").read_bytes(), anyio.open_file, list[Path]()

    async def late(path: Path, *arguments: Any, **options: Any) -> Any:
        delete(client, job)
        folders.append(Path(path).parent)
        return await open_file(path, *arguments, **options)

    monkeypatch.setattr(anyio, "open_file", late)
    answer = client.get(job["links"]["source"], headers={"range": part} if part else {})
    monkeypatch.undo()
    assert answer.status_code == (206 if part else 200)
    if part is None:
        assert answer.content == content
    else:
        assert content[100:110] in answer.content and len(answer.content) == int(answer.headers["content-length"])
    assert error_of(client.get(job["links"]["self"]))[0] == "not_found"
    assert len(folders) == 1 and not folders[0].exists()


@pytest.mark.parametrize("link", ["source", "report"])
def test_deleted_before_its_headers(
    client: TestClient, job: dict[str, Any], link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recordings.SentFile

    def late(*arguments: Any, **options: Any) -> Any:
        delete(client, job)
        return made(*arguments, **options)

    monkeypatch.setattr(recordings, "SentFile", late)
    assert error_of(client.get(job["links"][link]))[0] == "not_found"
