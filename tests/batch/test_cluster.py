"""Several processes work on one batch: the same files as one process writes, and nothing is lost or done twice."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from aiducation.batch.batch import analyze_all
from aiducation.batch.cluster import analyze_on_cluster, check_cluster
from aiducation.batch.options import SaveOptions
from aiducation.errors import ConfigError
from aiducation.media.inputs import Device, File, find_inputs
from aiducation.media.samples import gallery
from aiducation.vision.analyzer import Analyzer
from film import film
from needs import need_package
from waiting import until

need_package("distributed")

CHOSEN = {"seed": 1}
OPTIONS = SaveOptions(formats=("json", "csv"))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten recordings of three faces, two of them copies of one in another folder, and a broken one."""
    folder = tmp_path_factory.mktemp("recordings")
    for number in range(9):
        pictures = [gallery(3, 1, width=480, height=160, shift=(number + i) / 10) for i in range(6)]
        film(folder / f"r{number}.mp4", pictures, rate=2)
    (folder / "copy").mkdir()
    (folder / "copy" / "r0.mp4").write_bytes((folder / "r0.mp4").read_bytes())
    content = (folder / "r1.mp4").read_bytes()
    (folder / "broken.mp4").write_bytes(content[:200])
    return folder


def results_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".json", ".csv")}


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_killed_worker_loses_nothing(recordings: Path, tmp_path: Path) -> None:
    inputs = [*find_inputs([str(recordings)]), File("video", recordings / "broken.mp4")]
    inputs = list({getattr(one, "name", ""): one for one in inputs}.values())
    alone, together = tmp_path / "alone", tmp_path / "together"
    list(analyze_all(Analyzer(**CHOSEN), inputs, alone, OPTIONS))
    killed: list[int] = []
    clients: list[Any] = []

    def kill_one() -> None:
        """As soon as something is done and more is to do."""
        until(lambda: (together / "results.jsonl").exists() and clients)
        info = clients[0].run(os.getpid)
        killed.append(min(info.values()))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    done = list(analyze_on_cluster(CHOSEN, inputs, together, OPTIONS, "local[2]", on_start=clients.append))
    killer.join()
    assert killed
    assert Counter(one.source for one in done if one.summary) == Counter(
        [f"r{i}.mp4" for i in range(9)] + ["copy/r0.mp4"]
    )
    assert [one.source for one in done if one.error] == ["broken.mp4"]
    assert results_of(together) == results_of(alone) and len(results_of(alone)) == 20
    lines = lines_of(together)
    assert sorted(line["source"] for line in lines) == sorted(
        ["broken.mp4", "copy/r0.mp4", *(f"r{i}.mp4" for i in range(9))]
    )
    failed = [line for line in lines if line.get("error")]
    assert [line["source"] for line in failed] == ["broken.mp4"] and str(recordings) not in json.dumps(failed)
    assert all(line["complete"] for line in lines if not line.get("error"))

    before = {path: path.stat().st_mtime_ns for path in together.glob("r*.json")}
    resumed = SaveOptions(formats=OPTIONS.formats, resume=True)
    again = list(
        analyze_all(Analyzer(**CHOSEN), inputs, together, resumed)
    )  # one process goes on with what a cluster did
    assert [one.source for one in again if not one.skipped] == ["broken.mp4"]
    assert before == {path: path.stat().st_mtime_ns for path in together.glob("r*.json")}


def test_what_is_no_cluster_or_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiducation.batch.cluster.CONNECT_S", 0.5)
    for wrong in ("local[0]", "localhost", "http://10.0.0.5:8786", "local[two]"):
        with pytest.raises(ConfigError, match="--cluster takes"):
            check_cluster(wrong)
    with pytest.raises(ConfigError, match="camera:0 is live"):
        list(analyze_on_cluster(CHOSEN, [Device("camera")], tmp_path / "out", OPTIONS, "local[2]"))
    with pytest.raises(ConfigError, match="No Dask scheduler answers"):
        refused = File("video", tmp_path / "a.mp4")
        list(analyze_on_cluster(CHOSEN, [refused], tmp_path / "out", OPTIONS, "tcp://127.0.0.1:1"))
    assert not (tmp_path / "out").exists()
