"""What fails during a lesson ends no live session."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fastapi.testclient import TestClient

from aiducation.errors import ConfigError
from aiducation.vision.face_judge import FaceJudge
from web_makers import picture_of


def test_a_device_that_failed_once_is_asked_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graphics card may have no memory left for a moment."""
    faces, frames = FaceJudge.faces, itertools.count(1)

    def second_fails(*given: Any, **options: Any) -> Any:
        if next(frames) == 2:
            raise ConfigError("The device 'cuda' failed (out of memory).")
        return faces(*given, **options)

    monkeypatch.setattr(FaceJudge, "faces", second_fails)
    kinds = []
    with client.websocket_connect("ws://127.0.0.1:8000/api/live") as socket:
        kinds.append(socket.receive_json()["type"])
        for across in (2, 3, 2):  # a picture that stands would not be looked at again
            socket.send_bytes(picture_of(across, 2, width=320, height=180))
            kinds.append(socket.receive_json()["type"])
    assert kinds == ["hello", "frame", "error", "frame"]
