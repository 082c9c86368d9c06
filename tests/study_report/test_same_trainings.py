"""Only trainings that differ by their seed are averaged, and only those with the published options stand for the study."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aiducation import published
from aiducation.errors import DataMismatchError
from aiducation.runs import RunFolder
from aiducation.study_report import known
from aiducation.study_report.cross_validations import cross_validations
from aiducation.study_report.known_words import UNKNOWN
from aiducation.study_report.study_protocol import measure_protocol
from aiducation.study_report.study_runs import Study, load_runs, missing_from
from aiducation.study_report.unfinished import unfinished_table
from needs import need_package

BEST, COMPACT = "B16_N8_FC2_K5_AP20", "Compact_W8_D1"

MakeGrid = Callable[..., Path]


def change(run: Path, **options: Any) -> None:
    folder = RunFolder(run)
    info = folder.info()
    folder.write_info(dataclasses.replace(info, config={**info.config, **options}))


def test_other_options_are_not_averaged(make_grid: MakeGrid, tmp_path: Path) -> None:
    runs = make_grid(tmp_path / "runs", models=[COMPACT], seeds=2, n=40, accuracy=0.6)
    change(runs / "official" / COMPACT / "seed1", seed=1, precision="float32", epochs=90)
    assert len(Study.of(load_runs(runs)).others) == 2, "machines and lengths may differ"
    change(runs / "official" / COMPACT / "seed1", learning_rate=0.01)
    with pytest.raises(DataMismatchError, match=r"differ in more than their seed \(learning_rate: 0.001 and 0.01\)"):
        Study.of(load_runs(runs))


def test_data_that_was_prepared_again_has_other_parts(make_grid: MakeGrid, tmp_path: Path) -> None:
    """With another search for duplicates: name of the split, hash of the data and test images stay, training images do not."""
    runs = make_grid(tmp_path / "runs", models=[COMPACT, BEST], seeds=2, n=40, accuracy=0.6)
    assert len(Study.of(load_runs(runs)).main) == 4
    for model in (COMPACT, BEST):
        folder = RunFolder(runs / "official" / model / "seed1")
        info = folder.info()
        folder.write_info(dataclasses.replace(info, n_train=info.n_train - 1))
        with pytest.raises(
            DataMismatchError, match=r"other images of the split 'official' .*\(120, 40, 40\) and \(119, 40, 40\)"
        ):
            Study.of(load_runs(runs))
        folder.write_info(info)


def test_folds_of_one_split_share_no_image(make_grid: MakeGrid, tmp_path: Path) -> None:
    """After another search for duplicates the folds are dealt anew, each as large as before."""
    for fold in range(3):
        make_grid(tmp_path / "runs", models=[BEST], split="folds10", fold=fold, seeds=2, n=40)
    assert len(Study.of(load_runs(tmp_path / "runs")).folds) == 1
    for seed in range(2):  # what the third fold holds out now was in the second when that was trained
        one, other = (tmp_path / "runs" / "folds10" / BEST / f"seed{seed}" / f"fold{i}" for i in (1, 2))
        shutil.copy(RunFolder(one).predictions_path("valid"), RunFolder(other).predictions_path("valid"))
    with pytest.raises(
        DataMismatchError, match=r"other images of the split 'folds10' \(image \d+ is in fold 1 and fold 2\)"
    ):
        Study.of(load_runs(tmp_path / "runs"))


def test_one_training_does_not_count_twice(make_grid: MakeGrid, tmp_path: Path) -> None:
    runs = make_grid(tmp_path / "runs", models=[COMPACT], n=40, accuracy=0.6)
    shutil.copytree(runs / "official", runs / "copy" / "official")
    with pytest.raises(DataMismatchError, match=r"are the same training \(Compact_W8_D1, seed 0, split 'official'\)"):
        Study.of(load_runs(runs))


def test_of_the_twelve_only_trainings_as_published_count(make_grid: MakeGrid, tmp_path: Path) -> None:
    runs = make_grid(tmp_path / "runs", models=published.MODELS[:3], n=40)
    change(runs / "official" / published.MODELS[0] / "seed0", batch_size=256)
    change(runs / "official" / published.MODELS[1] / "seed0", weights="weights.csv")
    study = Study.of(load_runs(runs))
    assert [run.info.model for run in study.twelve] == [published.MODELS[2]]
    reasons = " ".join(missing_from(study))
    assert f"Not trained as published: {published.MODELS[0]}, seed 0 (batch_size is 256, not 64)." in reasons
    table = unfinished_table(study.unfinished)
    assert table is not None and "not as published: its images did not count alike" in [row[5] for row in table.rows]


def test_the_published_options_are_the_defaults_of_a_training() -> None:
    need_package("torch")
    from aiducation.training.config import TrainConfig

    config = TrainConfig().to_json()
    assert {name: config[name] for name in published.OPTIONS} == published.OPTIONS
    assert published.differs(config, started=False) == ""
    assert "weights of another training" in published.differs(config, started=True)


@pytest.mark.slow
def test_twenty_folds_are_not_ten(make_grid: MakeGrid, tmp_path: Path) -> None:
    for fold in range(20):
        make_grid(tmp_path / "runs", models=[BEST], split="folds20", fold=fold, n=40)
    study = Study.of(load_runs(tmp_path / "runs"))
    said = known._folds(study, cross_validations(study), None)
    assert said.answer == UNKNOWN and "No published network was cross-validated in ten folds" in said.why


def test_splits_are_compared_on_what_was_trained_on_them(make_grid: MakeGrid, tmp_path: Path) -> None:
    runs = make_grid(tmp_path / "runs", models=[BEST], n=40)
    assert (protocol := measure_protocol(Study.of(load_runs(runs)))) and list(protocol.valid) == ["official"]
    for split in ("published", "random"):
        make_grid(tmp_path / "runs", models=[COMPACT], split=split, n=40, accuracy=0.6)
    protocol = measure_protocol(Study.of(load_runs(runs)))
    assert protocol is not None and protocol.models == [COMPACT]
    assert set(protocol.valid) == {"published", "random"} and set(protocol.together) == {"random"}
