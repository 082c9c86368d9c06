"""A study: from its file to its runs, shared by processes, resumed, and never done twice."""

from __future__ import annotations

import dataclasses
import signal
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, RunError
from aiducation.runs import RunFolder, find_runs
from aiducation.temporary import temporary_name
from aiducation.training.claims import claim
from aiducation.training.models import COMPACT_MODELS, PUBLISHED_MODELS
from aiducation.training.study import PlannedRun, check_study, read_study, run_study
from forked import start
from waiting import until

STUDIES = Path(__file__).parents[2] / "studies"

SMALL = """
[train]
epochs = 2
precision = "float32"

[[grid]]
models = ["Compact_W2_D1", "B2_N1_FC0_K3_AP2"]
seeds = [0, 1]
"""


def read(tmp_path: Path, text: str) -> list[PlannedRun]:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)


def work(planned: list[PlannedRun], dataset: Dataset, out: Path, until: int | None = None) -> list[tuple[str, str]]:
    """Run a study on the CPU; gives what was told about each run."""
    told: list[tuple[str, str]] = []
    run_study(planned, dataset, out, until=until, device="cpu", on_run=lambda run, what: told.append((run.name, what)))
    return told


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_grid_is_every_model_with_every_seed_on_every_split(tmp_path: Path) -> None:
    planned = read(tmp_path, SMALL + 'splits = ["official", "random-1"]\n')
    assert [run.name for run in planned] == [
        f"{split}/{model}/seed{seed}"
        for split in ("official", "random-1")
        for seed in (0, 1)
        for model in ("Compact_W2_D1", "B2_N1_FC0_K3_AP2")
    ]
    assert {run.config.epochs for run in planned} == {2}


def test_families_folds_and_options_of_one_grid(tmp_path: Path) -> None:
    planned = read(
        tmp_path,
        """
        [train]
        epochs = 9
        [[grid]]
        models = "published"
        [[grid]]
        models = ["compact"]
        splits = ["folds3-2"]
        epochs = 4
        """,
    )
    published, compact = planned[:12], planned[12:]
    assert [run.config.model for run in published] == list(PUBLISHED_MODELS)
    assert {(run.split, run.fold, run.config.epochs, run.config.seed) for run in published} == {
        ("official", None, 9, 0)
    }
    assert len(compact) == 3 * len(COMPACT_MODELS)
    assert [run.name for run in compact[:3]] == [f"folds3-2/{COMPACT_MODELS[0]}/seed0/fold{i}" for i in range(3)]
    assert {run.config.epochs for run in compact} == {4}


def test_the_published_study_asks_for_the_twelve_with_the_published_options() -> None:
    planned = read_study(STUDIES / "published.toml")
    assert [run.config.model for run in planned if run.config.seed == 0] == list(PUBLISHED_MODELS)
    for run in planned:
        config = run.config
        assert (config.epochs, config.batch_size, config.learning_rate) == (100, 64, 0.001)
        assert (config.weight_decay, config.flip, config.rotation) == (0.0001, 0.5, 10.0)


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_study_that_comes_with_the_project_can_be_read(path: Path) -> None:
    assert read_study(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no \[\[grid\]\] table"),
        ("grid = 3", r"no \[\[grid\]\] table"),
        ("grid = [3]", r"no \[\[grid\]\] table"),
        ("[[grid", "not a study file"),
        ("train = 3\n[[grid]]\nmodels = ['compact']", r"train must be a table \[train\], not 3"),
        ("[trian]\nepochs = 3\n[[grid]]\nmodels = ['compact']", "Did you mean 'train'"),
        ("[[grid]]\nmodels = []", "needs a list of models"),
        ("[[grid]]\nseeds = [0]", "needs a list of models"),
        ("[[grid]]\nmodels = ['compact']\nseeds = []", "which must not be empty"),
        ("[[grid]]\nmodels = ['compact']\nseeds = 3", "lists of splits and of seeds"),
        ("[[grid]]\nmodels = ['compact']\nsplits = []", "which must not be empty"),
        ("[[grid]]\nmodels = [3]", r"models must be a list of names, not \[3\]"),
        ("[[grid]]\nmodels = ['compact']\nseeds = [0.5]", "seed must be of type int, not 0.5"),
        ("[[grid]]\nmodels = ['compact']\nseed = 5", r"no option 'seed': write a list, seeds = \[...\]"),
        ("[train]\nseed = 5\n[[grid]]\nmodels = ['compact']", "no option 'seed'"),
        ("[train]\nmodel = 'x'\n[[grid]]\nmodels = ['compact']", "no option 'model'"),
        ("[[grid]]\nmodels = ['compact']\nepoch = 5", "Did you mean 'epochs'"),
        (
            "[[grid]]\nmodels = ['compact']\nsplit = 'random'",
            "Did you mean 'splits'.*Known: models, splits, seeds, batch_size",
        ),
        ("[train]\nepochs = 0\n[[grid]]\nmodels = ['compact']", "epochs must be from 1"),
        ("[[grid]]\nmodels = ['compact', 'Compact_W8_D1']", "lists a run twice: official/Compact_W8_D1/seed0"),
        ("[[grid]]\nmodels = ['compact']\n[[grid]]\nmodels = ['Compact_W8_D1']\nepochs = 3", "lists a run twice:"),
    ],
)
def test_a_wrong_study_file_is_one_clear_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_a_study_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read the study"):
        read_study(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not a study file"):
        read_study(tmp_path / "binary.toml")


def test_mistakes_are_found_before_the_first_run(tmp_path: Path, dataset: Dataset) -> None:
    unknown_model = read(tmp_path, "[[grid]]\nmodels = ['Compact_W2_D1', 'Compact_W2']")
    with pytest.raises(ConfigError, match="Unknown model 'Compact_W2'"):
        run_study(unknown_model, dataset, tmp_path / "runs", device="cpu")
    unknown_split = read(tmp_path, "[[grid]]\nmodels = ['Compact_W2_D1']\nsplits = ['official', 'ofical']")
    with pytest.raises(ConfigError, match="Did you mean 'official'"):
        run_study(unknown_split, dataset, tmp_path / "runs", device="cpu")
    assert not (tmp_path / "runs").exists()
    check_study(read(tmp_path, "[[grid]]\nmodels = ['published']"), dataset)


# --- the runs --------------------------------------------------------------------------------------------------------


def test_all_runs_are_trained_once_and_then_skipped(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path, SMALL)
    out = tmp_path / "runs"
    assert work(planned, dataset, out) == [(run.name, "training") for run in planned]
    for run in planned:
        folder = RunFolder(out / run.name)
        assert folder.info().finished
        assert folder.has_predictions("valid")
        assert folder.has_predictions("test")
    assert [path.name for path in out.rglob(".claim*")] == []
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert work(planned, dataset, out) == [(run.name, "done") for run in planned]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_a_paused_study_goes_on_to_the_same_numbers(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path, SMALL)
    paused, whole = tmp_path / "paused", tmp_path / "whole"
    work(planned, dataset, paused, until=1)
    assert {run.info().epochs_done for run in find_runs(paused)} == {1}
    assert not any(run.has_predictions("test") for run in find_runs(paused))
    assert {what for _, what in work(planned, dataset, paused, until=1)} == {"done"}
    work(planned[:1], dataset, paused)
    told = dict(work(planned, dataset, paused))
    assert told == {run.name: "done" if run is planned[0] else "training" for run in planned}
    work(planned, dataset, whole)
    for run in planned:
        made = [RunFolder(out / run.name).predictions("test") for out in (paused, whole)]
        assert np.array_equal(made[0].probs, made[1].probs)


@pytest.mark.slow
def test_folds_are_runs_of_their_own(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path, "[train]\nepochs = 1\n[[grid]]\nmodels = ['Compact_W2_D1']\nsplits = ['folds3']")
    work(planned, dataset, tmp_path / "runs")
    runs = find_runs(tmp_path / "runs")
    assert [run.info().fold for run in runs] == [0, 1, 2]
    ids = np.concatenate([run.predictions("valid").ids for run in runs])
    assert np.array_equal(np.sort(ids), dataset.labelled), "every image is held out once"


@pytest.mark.slow
def test_a_run_that_another_process_works_on_is_left_to_it(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path, SMALL)
    with claim(tmp_path / "runs" / planned[0].name) as mine:
        assert mine
        told = work(planned, dataset, tmp_path / "runs")
    assert told == [(planned[0].name, "elsewhere"), *((run.name, "training") for run in planned[1:])]
    assert not RunFolder(tmp_path / "runs" / planned[0].name).exists()


@pytest.mark.slow
def test_runs_of_another_study_are_not_taken_for_done(tmp_path: Path, dataset: Dataset) -> None:
    runs = tmp_path / "runs"
    planned = read(tmp_path, SMALL)[:2]
    work(planned, dataset, runs)
    one, other = (RunFolder(runs / run.name) for run in planned)
    one.write_info(dataclasses.replace(one.info(), data_hash="0" * 64))
    other.write_info(dataclasses.replace(other.info(), config={**other.info().config, "learning_rate": 0.01}))
    told: list[str] = []
    with pytest.raises(RunError, match="2 of 2 runs failed"):
        run_study(planned, dataset, runs, device="cpu", on_run=lambda run, what: told.append(what))
    refused = [what for what in told if what.startswith("failed")]
    assert "data_hash" in refused[0] and "learning_rate = 0.01, not 0.001" in refused[1]


@pytest.mark.slow
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGTERM])
def test_a_study_that_was_killed_goes_on_at_once(
    tmp_path: Path, prepared: Path, dataset: Dataset, signal_: signal.Signals
) -> None:
    planned = read(tmp_path, SMALL.replace("epochs = 2", "epochs = 400"))[:1]
    folder = tmp_path / "runs" / planned[0].name
    command = ["study", tmp_path / "study.toml", "--data", prepared, "--out", tmp_path / "runs", "--device", "cpu"]
    study = start(list(map(str, command)), tmp_path / "errors.txt")
    until(RunFolder(folder).exists)
    study.kill(signal_)
    study.wait()
    assert (folder / ".claim").exists() == (signal_ == signal.SIGKILL)
    assert work(planned, dataset, tmp_path / "runs", until=1) == [(planned[0].name, "training")]


@pytest.mark.slow
def test_a_run_that_fails_is_reported_and_the_others_go_on(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path, SMALL)
    out = tmp_path / "runs"
    work(planned[:2], dataset, out, until=1)
    RunFolder(out / planned[1].name).checkpoint_path.write_bytes(b"damaged")
    told: dict[str, str] = {}
    with pytest.raises(RunError, match="1 of 4 runs failed"):
        run_study(planned, dataset, out, device="cpu", on_run=lambda run, what: told.update({run.name: what}))
    assert told.pop(planned[1].name).startswith("failed: ")
    assert set(told.values()) == {"training"}
    assert all(RunFolder(out / run.name).info().finished for run in planned if run is not planned[1])
    assert not list(out.rglob(".claim*"))


@pytest.mark.slow
def test_two_processes_divide_the_runs(tmp_path: Path, prepared: Path, dataset: Dataset) -> None:
    planned = read(tmp_path, SMALL)
    shared, alone = tmp_path / "shared", tmp_path / "alone"
    command = ["study", tmp_path / "study.toml", "--data", prepared, "--out", shared, "--device", "cpu", "--jobs", "2"]
    code, errors = start(list(map(str, command)), tmp_path / "errors.txt").wait()
    assert code == 0, errors
    for run in planned:
        assert errors.count(f"{run.name}: training\n") == 1, errors
        assert RunFolder(shared / run.name).info().finished
    work(planned, dataset, alone)
    for run in planned:
        made = [RunFolder(out / run.name).predictions("valid") for out in (shared, alone)]
        np.testing.assert_allclose(made[0].probs, made[1].probs, atol=0.01)  # with other numbers of threads


def test_what_is_not_whole_yet_is_no_run(tmp_path: Path) -> None:
    """A network within a time budget gets its place when it is finished; a kill just before leaves it under a temporary name."""
    for folder in ("official/a/seed0", f"official/a/{temporary_name()}/seed1"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "run.json").touch()
    assert [run.path for run in find_runs(tmp_path)] == [tmp_path / "official" / "a" / "seed0"]


def test_a_split_that_is_a_file_elsewhere_keeps_its_runs_in_the_study(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "other").mkdir()
    dataset.split("random").save(tmp_path / "other" / "mine.json")
    text = "[train]\nepochs = 1\n[[grid]]\nmodels = [\"Compact_W2_D1\"]\nsplits = ['{}']\n"
    for path in (tmp_path / "other" / "mine.json", tmp_path / "other" / ".." / "other" / "mine.json"):
        planned = read(tmp_path, text.format(path))
        assert [run.name for run in planned] == ["mine.json/Compact_W2_D1/seed0"]
    run_study(planned, dataset, tmp_path / "runs", device="cpu")
    assert [run.path for run in find_runs(tmp_path)] == [tmp_path / "runs" / planned[0].name]
    with pytest.raises(ConfigError, match="lists a run twice"):
        read(tmp_path, text.format(path).replace("']", f"', '{path.name}']"))
