"""The whole way, by the commands that the README shows: from two files to the report."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from aiducation.runs import RunFolder, find_runs
from commands import RunCli

MODELS = ("Compact_W4_D1", "B4_N2_FC1_K3_AP4")


def test_from_two_files_to_the_report(run_cli: RunCli, tmp_path: Path) -> None:
    files, data, run, runs = (tmp_path / name for name in ("files", "data", "run", "runs"))

    def done(*arguments: object) -> str:
        answer = run_cli(*arguments)
        assert answer.code == 0, answer.err
        return answer.out

    done("synthesize", "--out", files, "--images", 600)
    counts = json.loads(
        done("prepare", files / "fer2013.csv", files / "fer2013new.csv", "--out", data, "--split", "official", "--json")
    )
    assert counts["images"] == 600
    done("describe", data, "--out", tmp_path / "data-report")
    assert (tmp_path / "data-report" / "index.html").stat().st_size > 10_000

    said = done("train", data, "--model", MODELS[0], "--epochs", 2, "--out", run, "--device", "cpu")
    assert "2 of 2 epochs" in said
    judged = json.loads(done("evaluate", run, "--data", data, "--split", "test", "--json", "--device", "cpu"))
    made = RunFolder(run).predictions("test")
    assert judged["images"] == len(made)
    accuracy = judged["scores"]["accuracy"]
    assert accuracy["estimate"] == pytest.approx(float(made.correct.mean()))
    assert accuracy["low"] <= accuracy["estimate"] <= accuracy["high"]

    plan = tmp_path / "plan.toml"
    plan.write_text(f"[train]\nepochs = 2\n[[grid]]\nmodels = {json.dumps(MODELS)}\nseeds = [0, 1]\n")
    done("study", plan, "--data", data, "--out", runs, "--device", "cpu")
    assert {found.info().model for found in find_runs(runs)} == set(MODELS)
    assert all(found.info().finished for found in find_runs(runs))

    done("report", runs, "--out", tmp_path / "report")
    check_report(tmp_path / "report", runs)


def check_report(report: Path, runs: Path) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    results = (report / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(results.splitlines()))
    assert len(rows) == 4
    assert json.loads((report / "results.json").read_text(encoding="utf-8"))["runs"]
    for model in MODELS:
        assert model in page
        judged = [run.predictions("test").correct.mean() for run in find_runs(runs) if run.info().model == model]
        assert f"{np.mean(judged):.3f}" in page, "the page shows the mean test accuracy of each model"
    assert "None of the twelve published models" in page, "four small runs must not look like the published study"
    assert not [word for word in ("<script src", '<link rel="stylesheet" href', '<img src="http') if word in page]
    assert list((report / "figures").glob("*.svg"))
