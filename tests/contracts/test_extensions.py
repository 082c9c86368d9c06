"""A stranger's format, detector, criteria and network: one file and one entry each; commands and API find them by themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aiducation.data.criteria import CRITERIA, Criteria
from aiducation.data.votes import vote
from aiducation.exports.format import Format, Kind, Material, both
from aiducation.exports.formats import FORMATS
from aiducation.observations.detections import Detections
from aiducation.vision.detectors import DETECTORS, DetectorKind
from commands import RunCli
from needs import need_package


def write_states(material: Material, folder: Path, stem: str) -> list[Path]:
    """The states of all faces, a line each."""
    path = folder / f"{stem}.states.txt"
    path.write_text("\n".join(state for faces in material.result.pictures for state in faces.states), encoding="utf-8")
    return [path]


TOY = Format(name="toy", about="the states, a line each", **both(Kind(".states.txt", "text/plain")), write=write_states)


class Middle:
    """Takes the middle of each picture for a face."""

    score = 0.5

    def __init__(self, threads: int) -> None:
        pass

    def detect(self, image: np.ndarray, *, least: float | None = None) -> Detections:
        height, width = image.shape[:2]
        face = np.array([0.3, 0.3, 0.7, 0.7]) * (width, height, width, height)
        points = np.array([[0.42, 0.45], [0.58, 0.45], [0.5, 0.52], [0.43, 0.6], [0.57, 0.6]]) * (width, height)
        return Detections(
            boxes=face[None].astype(np.float32),
            landmarks=points[None].astype(np.float32),
            scores=np.ones(1, np.float32),
        )


def test_a_format(samples: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "toy", TOY)
    photo, out = samples / "gallery.jpg", tmp_path / "out"
    assert "a line each" in run_cli("list", "formats").out
    assert run_cli("analyze", photo, "--out", out, "--save", "json", "toy").code == 0
    states = (out / "gallery.states.txt").read_text(encoding="utf-8")
    assert len(states.split()) == 9
    assert "toy" in run_cli("analyze", photo, "--out", tmp_path / "other", "--save", "pdf").err
    again = run_cli("analyze", photo, "--out", out, "--save", "json", "toy", "--resume")
    assert "was analyzed before and is skipped" in again.err
    need_package("fastapi", "serve")
    from aiducation.web.settings import ServeSettings
    from web_makers import client_of

    with client_of(ServeSettings()) as client:
        client.event_hooks = {}  # the routes, and with them the document, were made before this format
        answer = client.post("/api/photo?format=toy", files={"file": ("class.jpg", photo.read_bytes())})
    assert (
        answer.status_code == 200 and answer.text == states and answer.headers["content-type"].startswith("text/plain")
    )
    assert answer.headers["content-disposition"].endswith("class.states.txt")


def test_a_detector(samples: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DETECTORS, "middle", DetectorKind("The middle of each picture.", Middle))
    assert "The middle of each picture." in run_cli("list", "detectors").out
    answer = run_cli(
        "analyze", samples / "gallery.jpg", "--out", tmp_path, "--save", "csv", "--detector", "middle", "--json"
    )
    assert answer.code == 0 and len((tmp_path / "gallery.csv").read_text().splitlines()) == 2
    assert "middle" in run_cli("analyze", samples, "--out", tmp_path, "--detector", "yolo").err


@pytest.mark.slow
def test_criteria(
    synthetic_files: tuple[Path, Path], tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (("angry", "anger"), ("bored", "sadness"), ("focused", "fear"), ("neutral", "neutral"))
    one = Criteria(
        name="one vote",
        description="One vote is enough.",
        rules=tuple((state, lambda votes, column=column: vote(votes, column) > 0) for state, column in rules),
    )
    monkeypatch.setitem(CRITERIA, "one vote", one)
    assert "One vote is enough." in run_cli("list", "criteria").out
    answer = run_cli("prepare", *synthetic_files, "--out", tmp_path / "data", "--criteria", "one vote")
    assert answer.code == 0, answer.err
    assert "one vote" in (tmp_path / "data" / "dataset.json").read_text()


def test_a_network(prepared: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = need_package("torch")
    from aiducation.training.models import MODELS

    monkeypatch.setitem(MODELS, "flat", lambda: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48 * 48, 4)))
    assert "flat" in run_cli("list", "models").out
    answer = run_cli("train", prepared, "--model", "flat", "--epochs", 1, "--out", tmp_path / "run", "--device", "cpu")
    assert answer.code == 0, answer.err
    assert run_cli("evaluate", tmp_path / "run", "--data", prepared).code == 0
