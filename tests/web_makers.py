"""What tests of the page and the API make: clients, pictures, answers."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from aiducation.vision.samples import gallery
from aiducation.web.settings import ServeSettings


def client_of(settings: ServeSettings) -> Any:
    """A client of a server in this process; use it in a ``with`` block."""
    from fastapi.testclient import TestClient

    from aiducation.web.app import create_app

    return TestClient(create_app(settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False)


def error_of(answer: Any) -> tuple[str, str]:
    """Code and message of an answer, which must be the one body of all errors."""
    value = answer.json()
    assert set(value) == {"error"} and set(value["error"]) == {"code", "message"}, value
    assert value["error"]["message"].endswith(".")
    return value["error"]["code"], value["error"]["message"]


def picture_of(columns: int, rows: int, *, width: int = 640, height: int = 360, shift: float = 0.0) -> bytes:
    """A JPEG file of a meeting with so many tiles."""
    out = io.BytesIO()
    Image.fromarray(gallery(columns, rows, width=width, height=height, shift=shift)).save(out, "JPEG", quality=90)
    return out.getvalue()
