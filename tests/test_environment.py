"""What results say of how they were made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aiducation import environment as module
from aiducation.environment import COMMIT_VARIABLE, environment


@pytest.mark.parametrize(
    "program", ["/opt/venv/bin/aiducation", "/opt/venv/lib/python3.11/site-packages/aiducation/__main__.py"]
)
def test_a_command_is_named_as_it_is_typed(program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", [program, "describe", str(tmp_path / "data"), "--no-faces"])
    assert environment()["command"] == "aiducation describe data --no-faces"


def test_a_source_without_its_repository_has_the_commit_that_it_was_brought_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "src" / "aiducation" / "environment.py"))
    monkeypatch.delenv(COMMIT_VARIABLE, raising=False)
    assert environment()["commit"] is None
    monkeypatch.setenv(COMMIT_VARIABLE, "0123456789ab")
    assert environment()["commit"] == "0123456789ab"
