"""The estimate of a step on a GPU, and the tool that takes the grid there."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from aiducation.errors import ConfigError
from aiducation.study_report.study_runs import load_runs
from aiducation.training.estimate import BYTES_A_WEIGHT, CARDS, MAPS_A_BLOCK, step_cost, whole_grid
from aiducation.training.models import PUBLISHED_MODELS, model_size
from needs import NO_GPU, UNIX

ROOT = Path(__file__).parents[2]


def test_a_step_counts_the_head_s_weights_the_maps_and_the_products() -> None:
    cost = step_cost("B32_N8_FC2_K5_AP20", CARDS["H100"], batch=64)
    features = 32 * 20 * 20
    assert cost.head_bytes == BYTES_A_WEIGHT * (2 * features**2 + 4 * features)
    assert cost.map_bytes == MAPS_A_BLOCK * 8 * 64 * 32 * 48 * 48 * 2
    first, others = 32 * 25, 15 * 32 * 32 * 25
    products = 48 * 48 * (first + others) + 2 * features**2 + 4 * features
    assert cost.operations == 6 * 64 * products == 6 * 64 * model_size("B32_N8_FC2_K5_AP20").multiply_adds
    assert cost.bound == "head"


@pytest.mark.slow
def test_a_card_with_faster_memory_is_faster_where_memory_decides() -> None:
    for model in PUBLISHED_MODELS:
        slow, fast = (step_cost(model, CARDS[name]) for name in ("H100", "H200"))
        assert fast.total_s < slow.total_s
        assert fast.seconds["convolutions"] == slow.seconds["convolutions"]


@pytest.mark.slow
def test_the_grid_at_once_is_bounded_by_what_all_share() -> None:
    card = CARDS["H100"]
    costs = {model: step_cost(model, card) for model in PUBLISHED_MODELS}
    grid = whole_grid(costs, card, 18_200)
    assert grid["at_once_at_least_s"] == max(grid["memory_traffic_s"], grid["convolutions_s"])
    assert grid["at_once_at_least_s"] < grid["one_after_the_other_s"]


def test_other_networks_are_refused() -> None:
    with pytest.raises(ConfigError, match="only their steps are estimated"):
        step_cost("Compact_W8_D1", CARDS["H100"])


#: Runs the tool with nothing of the packages that the project needs but PyTorch, NumPy and safetensors.
ALONE = """
import runpy, sys
others = "PIL", "av", "jinja2", "matplotlib", "onnx", "onnxruntime", "onnxscript", "pyarrow", "rich", "scipy", "typer"
sys.modules.update(dict.fromkeys(others))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def tool(*words: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The tool, which goes its own way with as little as there is on a machine that is not one's own."""
    packing = words[0] == "pack"
    command = [sys.executable, *(() if packing else ("-c", ALONE)), ROOT / "tools" / "gpu_grid.py", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=check)


@pytest.mark.slow
@NO_GPU.mark()
def test_the_check_says_what_it_can_check_here(tmp_path: Path, prepared: Path) -> None:
    tool("pack", prepared, tmp_path / "packed")
    said = tool("check", tmp_path / "packed", "--model", "B2_N1_FC0_K3_AP2").stderr
    assert all(f"{how}: epoch 2, " in said for how in ("step by step", "recorded", "one of two", "other of two"))
    assert "no CUDA GPU here: only the steps themselves were checked" in said and "All ways of training agree." in said


def test_differences_between_ways_of_training_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import gpu_grid

    def learner(loss: float) -> SimpleNamespace:
        return SimpleNamespace(log=[{"epoch": 1.0, "train_loss": loss, "valid_loss": 1.0}])

    ways = {"step by step": learner(1.0), "recorded": learner(1.01), "one of two": learner(1.03)}
    assert gpu_grid._differences(ways) == ["one of two: train_loss 1.0300 instead of 1.0000 in epoch 1"]
    assert gpu_grid._differences({"step by step": learner(1.0), "recorded": learner(math.nan)})


def test_an_archive_that_cannot_be_written_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import gpu_grid

    gpu_grid._bring_home(tmp_path, ["gone"], tmp_path / "runs.tar.gz")
    assert "FileNotFoundError" in capfd.readouterr().err
    assert not (tmp_path / "runs.tar.gz").exists()


@pytest.mark.slow
def test_a_run_without_signs_of_life_says_where_it_is_and_ends(tmp_path: Path, prepared: Path) -> None:
    tool("pack", prepared, tmp_path / "packed")
    options = ("--study", ROOT / "studies" / "published.toml", "--device", "cpu", "--stuck", 1)
    ended = tool("run", tmp_path / "packed", tmp_path / "out", *options, check=False)
    assert ended.returncode == 1
    assert "No sign of life for 1.0 s." in ended.stderr
    assert re.search(r'File ".+gpu_grid.py", line \d+, in run_grid', ended.stderr)


@UNIX.mark()
def test_a_call_that_keeps_python_s_lock_is_ended_as_well() -> None:
    code = """
import argparse, ctypes, gpu_grid
gpu_grid.LOCKED_S = 1.0
gpu_grid._Watch._give_up = lambda *_: None  # as if the lock were kept before the timer is over
watch, _ = gpu_grid._Watch(argparse.Namespace(budget=600.0, stuck=0.1)), ctypes.PyDLL(None).sleep(600)
"""
    there = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "tools", ROOT / "src")))}
    ended = subprocess.run([sys.executable, "-c", code], env=there, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert 'File "<string>", line 5 in <module>' in ended.stderr


@pytest.mark.slow
def test_the_tool_brings_home_whole_networks_that_the_report_reads(tmp_path: Path, prepared: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[train]\nepochs = 2\n[[grid]]\nmodels = ["B3_N1_FC0_K3_AP2", "B2_N1_FC0_K3_AP2"]\n')

    packed = tmp_path / "packed"
    assert "labelled_images.npy: " in tool("pack", prepared, packed).stdout
    before = sorted(packed.rglob("*"))
    options = ("--budget", 3600, "--study", study, "--device", "cpu")
    ended = tool("run", packed, tmp_path / "out", *options)
    (said,) = (line for line in ended.stdout.splitlines() if line.startswith("2 networks finished: "))
    names = said.removeprefix("2 networks finished: ").split(", ")  # two train at once: either may be the first to end
    assert sorted(names) == ["official/B2_N1_FC0_K3_AP2/seed0", "official/B3_N1_FC0_K3_AP2/seed0"]
    assert "B3_N1_FC0_K3_AP2/seed0: epoch 2, " in ended.stderr
    assert sorted(packed.rglob("*")) == before, "what is carried stays small"
    assert json.loads((packed / "source.json").read_text())["sha256"]
    with tarfile.open(tmp_path / "out" / "runs.tar.gz") as archive:
        archive.extractall(tmp_path / "home", filter="data")
    runs = load_runs(tmp_path / "home")
    assert len(runs) == 2
    assert all(run.info.finished and run.test is not None and run.info.weights_sha256 for run in runs)
    tool("estimate", "--epochs", 1, "--data", packed, "--json", tmp_path / "estimate.json")
    value = json.loads((tmp_path / "estimate.json").read_text())
    assert value["images"] == runs[0].info.n_train
    assert set(value["H100"]["networks"]) == set(PUBLISHED_MODELS)
