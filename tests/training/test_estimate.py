"""The estimate of a step on a GPU, and the tool that takes the grid there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from aiducation.errors import ConfigError
from aiducation.study_report.study_runs import load_runs
from aiducation.training.estimate import BYTES_A_WEIGHT, CARDS, MAPS_A_BLOCK, card_named, step_cost, whole_grid
from aiducation.training.models import PUBLISHED_MODELS, model_size

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


def test_a_card_with_faster_memory_is_faster_where_memory_decides() -> None:
    for model in PUBLISHED_MODELS:
        slow, fast = (step_cost(model, CARDS[name]) for name in ("H100", "H200"))
        assert fast.total_s < slow.total_s
        assert fast.seconds["convolutions"] == slow.seconds["convolutions"]


def test_the_grid_at_once_is_bounded_by_what_all_share() -> None:
    card = card_named("H100")
    costs = {model: step_cost(model, card) for model in PUBLISHED_MODELS}
    grid = whole_grid(costs, card, 20_200)
    assert grid["at_once_at_least_s"] == max(grid["memory_traffic_s"], grid["convolutions_s"])
    assert grid["at_once_at_least_s"] < grid["one_after_the_other_s"]


def test_unknown_cards_and_networks_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"Unknown card 'H10'\. Did you mean 'H100'"):
        card_named("H10")
    with pytest.raises(ConfigError, match="only their steps are estimated"):
        step_cost("Compact_W8_D1", CARDS["H100"])


def test_the_tool_brings_home_whole_networks_that_the_report_reads(tmp_path: Path, prepared: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[train]\nepochs = 2\n[[grid]]\nmodels = ["B2_N1_FC0_K3_AP2"]\n')

    def tool(*words: object) -> str:
        command = [sys.executable, ROOT / "tools" / "gpu_grid.py", *words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        return subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert "labelled_images.npy: " in tool("pack", prepared, tmp_path / "packed")
    options = ("--budget", 3600, "--study", study, "--device", "cpu")
    assert "1 networks finished: B2_N1_FC0_K3_AP2" in tool("run", tmp_path / "packed", tmp_path / "out", *options)
    with tarfile.open(tmp_path / "out" / "runs.tar.gz") as archive:
        archive.extractall(tmp_path / "home", filter="data")
    (run,) = load_runs(tmp_path / "home")
    assert run.info.finished and run.test is not None and run.info.weights_sha256
    tool("estimate", "--epochs", 1, "--json", tmp_path / "estimate.json")
    value = json.loads((tmp_path / "estimate.json").read_text())
    assert set(value["H100"]["networks"]) == set(PUBLISHED_MODELS)
