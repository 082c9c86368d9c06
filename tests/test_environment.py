"""What results say of how they were made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aiducation.environment import environment


@pytest.mark.parametrize(
    "program", ["/opt/venv/bin/aiducation", "/opt/venv/lib/python3.11/site-packages/aiducation/__main__.py"]
)
def test_a_command_is_named_as_it_is_typed(program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", [program, "describe", str(tmp_path / "data"), "--no-faces"])
    assert environment()["command"] == "aiducation describe data --no-faces"
