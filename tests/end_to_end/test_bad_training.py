"""Bad input to training, studies, evaluation and reports, through the real command line."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from damage import Damage, edit_json, junk

from aiducation.predictions import Predictions
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused

TINY = "B1_N1_FC0_K3_AP1"


@pytest.fixture(scope="module")
def trained(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run of one epoch. Read only: tests share it."""
    from aiducation.data.dataset import Dataset
    from aiducation.training.config import TrainConfig
    from aiducation.training.train_run import train_run

    folder = tmp_path_factory.mktemp("runs") / "run"
    train_run(Dataset.load(prepared), "random", TrainConfig(model=TINY, epochs=1), folder, device="cpu")
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A finished run, to damage."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "B16_N4_FC1_K3_AP2O"), ("Unknown model", "Did you mean 'B16_N4_FC1_K3_AP20'?")),
        (("--model", "B16_N4_FC1_K4_AP20"), ("kernel size 4 is even",)),
        (("--model", "B0_N4_FC1_K3_AP20"), ("B0_N4_FC1_K3_AP20", "positive")),
        (("--epochs", "0"), ("epochs", "from 1", "not 0")),
        (("--epochs", "many"), ("--epochs",)),
        (("--seed", "-1"), ("seed", "from 0", "not -1")),
        (("--batch-size", "1"), ("batch_size", "from 2", "not 1")),
        (("--learning-rate", "nan"), ("learning_rate", "nan")),
        (("--flip", "2"), ("flip", "from 0 to 1", "not 2")),
        (("--precision", "float31"), ("Unknown precision 'float31'", "Did you mean 'float32'?")),
        (("--device", "tpu"), ("'tpu'", "cpu")),
        (("--device", "cpu:x"), ("'cpu:x'",)),
        (("--split", "randon"), ("Unknown split 'randon'", "Did you mean 'random'?")),
        (("--split", "random", "--fold", "0"), ("random", "not made of folds")),
        (("--split", "folds3", "--fold", "3"), ("folds3", "0..2", "not 3")),
        (("--until-epoch", "0"), ("--until-epoch",)),
    ],
)
def test_bad_options_of_train(
    options: tuple[str, ...], words: tuple[str, ...], prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "run"
    check_refused(run_cli("train", prepared, "--out", out, "--model", TINY, *options), WRONG_USE, *words)
    assert not out.exists()


def test_a_recipe_ignores_no_option(prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("train", prepared, "--recipe", "flagship", "--out", tmp_path / "run", "--seed", "3")
    check_refused(answer, WRONG_USE, "--seed cannot be chosen: a recipe has its own options")
    assert not (tmp_path / "run").exists()


def test_train_cannot(prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    out = tmp_path / "run"
    common = ("--out", out, "--model", TINY)
    check_refused(run_cli("train", tmp_path, *common), COULD_NOT, str(tmp_path), "not a prepared data set")
    check_refused(run_cli("train", prepared, *common, "--split", "folds3"), COULD_NOT, "folds3", "--fold 0 to 2")
    huge = (*common[:2], "--model", "B2048_N1_FC1_K3_AP48", "--split", "random", "--device", "cpu")
    check_refused(run_cli("train", prepared, *huge), COULD_NOT, "not enough memory", "smaller model")
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ("study.toml", "No such file")),
        ("[train", ("study.toml", "not a study file")),
        (b"\xff\xfe", ("study.toml", "not a study file")),
        ("", ("study.toml", "no [[grid]]")),
        ("[grid]\nmodels = ['published']", ("study.toml", "no [[grid]]")),
        ("grid = [1]", ("study.toml", "[[grid]]")),
        ("train = 3\n[[grid]]\nmodels = ['published']", ("study.toml", "[train]")),
        ("[[gird]]\nmodels = ['published']", ("'gird'", "Did you mean 'grid'?")),
        ("[[grid]]\nmodels = []", ("models",)),
        ("[[grid]]\nmodels = 3", ("models", "3")),
        ("[[grid]]\nmodels = ['publishd']", ("Unknown model 'publishd'",)),
        ("[[grid]]\nmodels = ['B16_N4_FC1_K3_AP2O']", ("Did you mean 'B16_N4_FC1_K3_AP20'?",)),
        ("[[grid]]\nmodels = ['Compact_W8_D1']\nsplits = ['randon']", ("Unknown split 'randon'", "'random'")),
        ("[[grid]]\nmodels = ['Compact_W8_D1']\nseeds = [-1]", ("seed", "-1")),
        ("[[grid]]\nmodels = ['Compact_W8_D1']\nseeds = ['x']", ("seed", "'x'")),
        ("[[grid]]\nmodels = ['Compact_W8_D1']\nseeds = 3", ("seeds",)),
        ("[[grid]]\nmodels = ['Compact_W8_D1']\nepoch = 3", ("'epoch'", "Did you mean 'epochs'?")),
        ("[train]\nepochs = '3'\n[[grid]]\nmodels = ['Compact_W8_D1']", ("epochs", "'3'")),
        ("[[grid]]\nmodels = ['Compact_W8_D1', 'compact']", ("twice", "official/Compact_W8_D1/seed0")),
    ],
)
def test_bad_study_files(
    text: str | bytes | None, words: tuple[str, ...], prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    plan, out = tmp_path / "study.toml", tmp_path / "runs"
    if text is not None:
        plan.write_bytes(text.encode() if isinstance(text, str) else text)
    check_refused(run_cli("study", plan, "--data", prepared, "--out", out), WRONG_USE, *words)
    assert not out.exists()


def test_a_run_is_not_mixed_with_another(run: Path, prepared: Path, run_cli: RunCli) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    common = ("train", prepared, "--out", run, "--split", "random", "--device", "cpu")
    check_refused(run_cli(*common, "--model", TINY), COULD_NOT, str(run), "--resume")
    on = (*common, "--resume", "--epochs", 2)
    check_refused(run_cli(*on, "--model", "B2_N1_FC0_K3_AP1"), COULD_NOT, str(run), TINY, "B2_N1_FC0_K3_AP1")
    check_refused(run_cli(*on, "--model", TINY, "--flip", 0.25), COULD_NOT, "flip", "0.5", "0.25")
    check_refused(run_cli(*on, "--model", TINY, "--split", "official"), COULD_NOT, "split", "random", "official")
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def other_weights(run: Path) -> None:
    """The best weights of a wider network in place of the run's."""
    from aiducation.training.config import TrainConfig
    from aiducation.training.learner import Learner

    Learner(TrainConfig(model="B2_N1_FC0_K3_AP1"), device="cpu").save(run / "best.safetensors", epoch=1)


def unpredicted(run: Path, damage: Damage) -> None:
    """Damage the weights of a run whose predictions must be made again."""
    (run / "test.npz").unlink()
    damage(run / "best.safetensors")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (shutil.rmtree, ("not the folder of a run", "run.json")),
        (lambda r: (r / "run.json").write_text("{"), ("run.json", "Cannot read")),
        (lambda r: edit_json(r / "run.json", model=None), ("run.json", "lacks model")),
        (lambda r: edit_json(r / "run.json", colour="red"), ("run.json", "unknown fields colour")),
        (lambda r: edit_json(r / "run.json", data_hash="0123456789abcdef"), ("other data", "0123456789ab")),
        (lambda r: unpredicted(r, Path.unlink), ("best.safetensors", "missing or damaged")),
        (lambda r: unpredicted(r, lambda p: os.truncate(p, 100)), ("best.safetensors", "missing or damaged")),
        (lambda r: unpredicted(r, junk), ("best.safetensors", "missing or damaged")),
        (lambda r: unpredicted(r, lambda p: other_weights(p.parent)), ("best.safetensors", "shape", "expects")),
        (lambda r: os.truncate(r / "test.npz", 300), ("test.npz", "not a complete predictions file")),
        (lambda r: junk(r / "test.npz"), ("test.npz", "not a complete predictions file")),
    ],
)
def test_damaged_runs(damage: Damage, words: tuple[str, ...], run: Path, prepared: Path, run_cli: RunCli) -> None:
    damage(run)
    check_refused(run_cli("evaluate", run, "--data", prepared, "--device", "cpu"), COULD_NOT, str(run), *words)


@pytest.mark.parametrize("damage", [junk, lambda path: os.truncate(path, 0), lambda path: os.truncate(path, 900)])
def test_damaged_checkpoint(damage: Damage, run: Path, prepared: Path, run_cli: RunCli) -> None:
    damage(run / "checkpoint.safetensors")
    command = ("train", prepared, "--out", run, "--split", "random", "--model", TINY, "--resume", "--epochs", 2)
    check_refused(run_cli(*command, "--device", "cpu"), COULD_NOT, "checkpoint.safetensors", "damaged")


def test_bad_part_of_evaluate(run: Path, prepared: Path, run_cli: RunCli) -> None:
    answer = run_cli("evaluate", run, "--data", prepared, "--split", "tests")
    check_refused(answer, WRONG_USE, "Unknown part 'tests'", "Did you mean 'test'?")


def test_the_test_part_is_for_the_end(prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    run = tmp_path / "run"
    paused = ("train", prepared, "--out", run, "--model", TINY, "--epochs", 2, "--until-epoch", 1, "--device", "cpu")
    assert run_cli(*paused).code == 0
    evaluate = ("evaluate", run, "--split", "test", "--json")
    early = (COULD_NOT, "1 of 2 epochs", "--resume", "--unfinished")
    for where in ((), ("--data", prepared)):
        check_refused(run_cli(*evaluate, *where), *early)
    check_refused(run_cli(*evaluate, "--unfinished"), WRONG_USE, "not evaluated on the", "--data")
    first = run_cli(*evaluate, "--data", prepared, "--unfinished")
    assert first.code == 0 and json.loads(first.out)["unfinished"] == "1 of 2 epochs"
    assert run_cli(*evaluate, "--unfinished").out == first.out, "what was judged can be read without the data"
    for where in ((), ("--data", prepared)):
        check_refused(run_cli(*evaluate, *where), *early)
    assert Predictions.load(run / "test.npz").info["unfinished"] == "1 of 2 epochs"
    assert run_cli(*(word for word in paused if word not in ("--until-epoch", 1)), "--resume").code == 0
    assert "unfinished" not in Predictions.load(run / "test.npz").info


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (shutil.rmtree, ("no run at or below", "aiducation study")),
        (lambda r: (r / "run.json").unlink(), ("no run at or below",)),
        (lambda r: (r / "run.json").write_text("nothing"), ("run.json", "Cannot read")),
        (lambda r: (r / "log.csv").write_text(""), ("log.csv", "not the log")),
        (lambda r: (r / "log.csv").write_text("a,b\n1,2\n"), ("log.csv", "columns")),
        (lambda r: (r / "log.csv").write_text((r / "log.csv").read_text().replace("0.", "x", 1)), ("log.csv",)),
        (lambda r: os.truncate(r / "valid.npz", 300), ("valid.npz", "not a complete predictions file")),
    ],
)
def test_bad_runs_of_report(damage: Damage, words: tuple[str, ...], run: Path, tmp_path: Path, run_cli: RunCli) -> None:
    damage(run)
    check_refused(run_cli("report", run, "--out", tmp_path / "report"), COULD_NOT, *words)
    assert not list((tmp_path / "report").rglob("*"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ("groups.csv",)),
        ("", ("groups.csv",)),
        ("image,age\nx,child\n", ("groups.csv", "x")),
        ("a\n", ("groups.csv",)),
    ],
)
def test_bad_groups_of_report(
    text: str | None, words: tuple[str, ...], run: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    if text is not None:
        (tmp_path / "groups.csv").write_text(text)
    answer = run_cli("report", run, "--out", tmp_path / "report", "--groups", tmp_path / "groups.csv")
    check_refused(answer, COULD_NOT, *words)
