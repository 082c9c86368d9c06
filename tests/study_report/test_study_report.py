from __future__ import annotations

import csv
import json
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aiducation import published
from aiducation.errors import DataMismatchError, OutputExistsError, RunError
from aiducation.evaluation.intervals import score_intervals
from aiducation.predictions import Predictions
from aiducation.runs import RunFolder
from aiducation.study_report.study import study_numbers, write_study_report
from aiducation.study_report.study_protocol import measure_protocol, protocol_table
from aiducation.study_report.study_runs import Study, load_runs, mean_scores, missing_from, short_partial

MakeGrid = Callable[..., Path]
BEST = "B16_N8_FC2_K5_AP20"
BANNER = 'id="partial"'


@pytest.fixture(scope="module")
def groups(full_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three of four test images in a group of gender and age."""
    path = tmp_path_factory.mktemp("groups") / "groups.csv"
    ids = RunFolder(full_runs / "official" / BEST / "seed0").predictions("test").ids
    lines = [f"{i},{('male', 'female', '')[n % 3]},{('adult', 'child')[n % 2]}" for n, i in enumerate(ids)]
    path.write_text("\n".join(["id,gender,age/years", *lines]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(full_runs: Path, groups: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study_report(full_runs, tmp_path_factory.mktemp("out") / "report", groups=groups).parent


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_every_figure_is_there_as_svg_and_png(report: Path) -> None:
    names = {path.stem for path in (report / "figures").iterdir()}
    assert names == {
        "table_2_2", "architecture", "confusion_best_test", "confusion_test", "confusion_best_valid", "confusion_valid",
        "losses", "metrics", "conclusions", "protocol", "protocol_effects", "folds", "groups_gender", "groups_age_years",
    }  # fmt: skip
    for name in names:
        assert ElementTree.parse(report / "figures" / f"{name}.svg").getroot().tag.endswith("svg")
        assert (report / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_page_stands_alone_and_shows_every_section(report: Path, check_page: Callable[[str], None]) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    check_page(page)
    assert "apparent states" in page and 'class="empty"' not in page
    for figure in (report / "figures").glob("*.svg"):
        assert f'<figure id="{figure.stem}"' in page


@pytest.mark.slow
def test_tables_hold_the_numbers_of_the_predictions(report: Path, full_runs: Path) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    rows = {row["model"]: row for row in read_csv(report / "table_2_2.csv")}
    assert list(rows) == list(published.MODELS)
    for name in published.MODELS:
        folder = RunFolder(full_runs / "official" / name / "seed0")
        accuracy = folder.predictions("valid").correct.mean()
        assert float(rows[name]["accuracy"]) == pytest.approx(accuracy, abs=1e-6)
        assert float(rows[name]["accuracy_low"]) < accuracy < float(rows[name]["accuracy_high"])
        assert f"{accuracy:.3f}" in page
        assert f"{folder.predictions('test').correct.mean():.3f}" in page
        assert f"{published.TABLE_2_2[name].accuracy:.4f}" in page
    assert "Compact_W16_D1" in page


@pytest.mark.slow
def test_results_have_a_row_a_run(report: Path, full_runs: Path) -> None:
    rows = read_csv(report / "results.csv")
    assert len(rows) == len(load_runs(full_runs)) == 12 + 2 + 10 + 1
    one = next(row for row in rows if row["model"] == BEST and row["split"] == "official")
    test = RunFolder(full_runs / "official" / BEST / "seed0").predictions("test")
    assert float(one["test_accuracy"]) == pytest.approx(test.correct.mean(), abs=1e-6)
    assert next(row for row in rows if row["fold"])["test_accuracy"] == ""
    numbers = json.loads((report / "results.json").read_text(encoding="utf-8"))
    assert numbers["missing_from"] == [] and numbers["partial"] == ""
    assert len(numbers["runs"]) == len(rows)
    assert {one["verdict"] for one in numbers["conclusions"]} <= {"holds", "does not hold", "cannot tell"}


@pytest.mark.slow
def test_folds_stand_beside_the_published_ones(report: Path, full_runs: Path) -> None:
    rows = read_csv(report / f"folds_{BEST}_folds10.csv")
    assert [row["fold"] for row in rows] == [*map(str, range(10)), "mean"]
    accuracy = RunFolder(full_runs / "folds10" / BEST / "seed0" / "fold4").predictions("valid").correct.mean()
    assert float(rows[4]["accuracy"]) == pytest.approx(accuracy, abs=1e-6)
    assert float(rows[4]["accuracy_low"]) < accuracy < float(rows[4]["accuracy_high"])
    page = (report / "index.html").read_text(encoding="utf-8")
    assert f"{BEST}, folds10" in page and "100 epochs for each fold here, 100 as published" in page


@pytest.mark.slow
def test_cross_validations_are_not_pooled(make_grid: MakeGrid, tmp_path: Path) -> None:
    """Other folds are another cross-validation; other seeds of the same fold are averaged."""
    for fold in range(5):
        make_grid(tmp_path / "runs", models=[BEST], split="folds5", fold=fold, n=40, accuracy=0.9)
        make_grid(tmp_path / "runs", models=[BEST], split="folds10", fold=fold, n=40, seeds=2)
    page = write_study_report(tmp_path / "runs", tmp_path / "out").read_text(encoding="utf-8")
    five, ten = (read_csv(tmp_path / "out" / f"folds_{BEST}_{split}.csv") for split in ("folds5", "folds10"))
    assert float(five[-1]["accuracy"]) > 0.8 > float(ten[-1]["accuracy"])
    runs = [RunFolder(tmp_path / "runs" / "folds10" / BEST / f"seed{seed}" / "fold3") for seed in (0, 1)]
    mean = np.mean([run.predictions("valid").correct.mean() for run in runs])
    assert float(ten[3]["accuracy"]) == pytest.approx(mean, abs=1e-6)
    assert "100 epochs for each fold here, 100 as published" in page and "Means over 2 seeds" in page
    assert f"5 of 10 folds of {BEST}, seed 1" in page and "5 of 5 folds" not in page


def test_protocol_measures_what_was_put_in(full_runs: Path) -> None:
    """The made-up images with a copy are always right, so that the published split flatters."""
    protocol = measure_protocol(Study.of(load_runs(full_runs)))
    assert protocol is not None and list(protocol.models) == [BEST]
    runs = {kind: RunFolder(full_runs / kind / BEST / "seed0") for kind in ("official", "random", "published")}
    for kind, run in runs.items():
        assert protocol.valid[kind].estimate == pytest.approx(run.predictions("valid").correct.mean())
        assert protocol.test[kind].estimate == pytest.approx(run.predictions("test").correct.mean())
    test = runs["published"].predictions("test")
    copied = np.isin(test.ids, test.info["has_copy_in_train"])
    gained = protocol.effects["a duplicate in train (test, published)"]
    assert gained.estimate == pytest.approx(test.correct[copied].mean() - test.correct[~copied].mean())
    assert gained.low > 0
    assert protocol.seeds == 1 and "not the differences between seeds" in protocol_table(protocol).note


def test_protocol_carries_the_spread_between_seeds(make_grid: MakeGrid, tmp_path: Path) -> None:
    for split in ("published", "random"):
        make_grid(tmp_path, models=[BEST], split=split, seeds=3)
    protocol = measure_protocol(Study.of(load_runs(tmp_path)))
    assert protocol is not None and protocol.seeds == 3
    assert "the spread between 3 seeds" in protocol_table(protocol).note


@pytest.mark.slow
def test_groups_are_compared(report: Path) -> None:
    rows = {row["gender"]: row for row in read_csv(report / "groups_gender.csv")}
    assert {"male", "female", "all"} == set(rows)
    assert float(rows["male"]["published"]) == 0.7651
    (pair,) = read_csv(report / "groups_gender_pairs.csv")
    better, worse = pair["more accurate"], pair["less accurate"]
    gap = float(rows[better]["accuracy"]) - float(rows[worse]["accuracy"])
    assert float(pair["difference in accuracy"]) == pytest.approx(gap, abs=1e-5) and gap >= 0
    assert float(pair["difference in accuracy_low"]) < gap < float(pair["difference in accuracy_high"])
    assert "Gender: differences" in (report / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_attributes_whose_names_are_alike_have_files_of_their_own(
    full_runs: Path, groups: Path, tmp_path: Path
) -> None:
    rows = [line.split(",")[:2] for line in groups.read_text(encoding="utf-8").splitlines()[1:]]
    names = ["group a", "Group/A", "group a pairs"]
    lines = [f"{image},{group},{group},{group}" for image, group in rows]
    (tmp_path / "groups.csv").write_text("\n".join([",".join(["id", *names]), *lines]), encoding="utf-8")
    out = write_study_report(full_runs, tmp_path / "report", groups=tmp_path / "groups.csv").parent
    assert len({path.name.casefold() for path in out.glob("groups_*.csv")}) == 6
    assert len(list(out.glob("figures/groups_*.svg"))) == 3
    for name in names:
        assert f"{name.capitalize()}: differences" in (out / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_headings_of_csv_files_are_unique(report: Path) -> None:
    for path in report.glob("*.csv"):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert len(set(header)) == len(header), path.name
    assert "accuracy_published" in read_csv(report / "table_2_2.csv")[0]


@pytest.mark.slow
def test_unfinished_networks_are_listed_apart_and_stand_nowhere_else(make_grid: MakeGrid, tmp_path: Path) -> None:
    """A test part that was looked at early is in no table either."""
    others = [name for name in published.MODELS if name != BEST][:2]
    make_grid(tmp_path / "runs", models=[BEST], n=40)
    make_grid(tmp_path / "runs", models=others[:1], epochs_done=28, accuracy=0.93, n=40)
    make_grid(tmp_path / "runs", models=others[1:], epochs_done=0)
    make_grid(tmp_path / "runs", models=["Compact_W8_D1"], epochs_done=50, accuracy=0.91, n=40)
    page = write_study_report(tmp_path / "runs", tmp_path / "out").read_text(encoding="utf-8")
    listed = {row["network"]: row for row in read_csv(tmp_path / "out" / "unfinished.csv")}
    assert {name: (row["epochs"], row["training"]) for name, row in listed.items()} == {
        others[0]: ("28 of 100", "goes on"),
        others[1]: ("0 of 100", "in its first epoch"),
        "Compact_W8_D1": ("50 of 100", "goes on"),
    }
    for name in ("table_2_2", "test", "runs"):
        rows = read_csv(tmp_path / "out" / f"{name}.csv")
        assert {row["model"] for row in rows if row.get("accuracy", "shown")} == {BEST}, name
    assert not (tmp_path / "out" / "others.csv").exists()
    numbers = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert numbers["best"] == BEST and set(numbers["models"]["test"]) == {BEST}
    assert {row["model"]: row["finished"] for row in numbers["runs"]} == dict.fromkeys(listed, "no") | {BEST: "yes"}
    assert "of the 8 networks behind it 1 is finished" in next(
        one["reason"] for one in numbers["conclusions"] if one["claim"].startswith("Kernels of 5×5 outperform 3×3")
    )
    assert "Not finished" in page and "1 of 12" in page
    rows = {row["model"]: row for row in read_csv(tmp_path / "out" / "results.csv")}
    assert all(bool(row["valid_accuracy"]) == bool(row["n_test"]) == (name == BEST) for name, row in rows.items())


def test_twelve_networks_of_ten_epochs_leave_the_tables_empty(make_grid: MakeGrid, tmp_path: Path) -> None:
    page = write_study_report(make_grid(tmp_path / "runs", epochs_done=10, n=40), tmp_path / "out").read_text("utf-8")
    assert "None of the twelve models is finished yet" in page and "0 of 12" in page
    conclusions = read_csv(tmp_path / "out" / "conclusions.csv")
    told = {row["claim"]: row["verdict"] for row in conclusions if row["verdict"] != "cannot tell"}
    assert list(told.values()) == ["does not hold"] and next(iter(told)).startswith("Micro metrics")  # it is arithmetic
    assert len(read_csv(tmp_path / "out" / "unfinished.csv")) == 12
    assert not list((tmp_path / "out" / "figures").glob("confusion*"))


@pytest.mark.slow
def test_each_network_is_compared_with_its_twin_of_kernel_3(
    make_grid: MakeGrid, tmp_path: Path, full_runs: Path
) -> None:
    tables = study_numbers(Study.of(load_runs(full_runs)), {})["tables"]
    rows = {row[0]: row for row in tables["kernels"].rows}
    assert len(rows) == 8 and not any("_K3_" in name for name in rows)
    _, named, twin, difference, p_value, told, known = rows[BEST]
    ours, theirs = (
        RunFolder(full_runs / "official" / one / "seed0").predictions("test").correct.mean()
        for one in (BEST, BEST.replace("K5", "K3"))
    )
    assert (named, twin) == (round(ours, 4), round(theirs, 4))
    assert difference.estimate == pytest.approx(ours - theirs)
    assert told == ("yes" if p_value < 0.05 else "no")
    assert known == round(
        published.TABLE_2_2[BEST].accuracy - published.TABLE_2_2[BEST.replace("K5", "K3")].accuracy, 4
    )
    alone = make_grid(tmp_path / "runs", models=[BEST], n=40)
    assert study_numbers(Study.of(load_runs(alone)), {})["tables"]["kernels"] is None


@pytest.mark.slow
def test_the_report_says_what_is_known(report: Path, make_grid: MakeGrid, tmp_path: Path) -> None:
    """Every conclusion is in one of three lists, and follows from finished networks."""
    page = (report / "index.html").read_text(encoding="utf-8")
    numbers = json.loads((report / "results.json").read_text(encoding="utf-8"))
    verdicts = {"right": "holds", "not right": "does not hold", "unknown": "cannot tell"}
    concluded = numbers["known"][: len(numbers["conclusions"])]
    assert [(one["what"], verdicts[one["answer"]]) for one in concluded] == [
        (one["claim"], one["verdict"]) for one in numbers["conclusions"]
    ]
    more = {one["what"]: one for one in numbers["known"][len(concluded) :]}
    assert len(more) == 6 and more["The twelve networks had the kernels that their names say"]["answer"] == "unknown"
    assert "Children are judged worse" in list(more)[-2] and list(more.values())[-2]["answer"] == "unknown"
    for heading in ("What is known", "What the published study got right", "What is still unknown"):
        assert heading in page
    assert page.index('id="known"') < page.index('id="overview"')
    assert f"{len(numbers['known'])} statements of the published study, or about it: " in page

    begun = Study.of(load_runs(make_grid(tmp_path / "begun", epochs_done=10, n=40)))
    known = study_numbers(begun, {})["known"]
    told = [one.what for one in known if one.answer != "unknown"]
    assert told == ["Micro metrics equal accuracy because the classes are balanced"], "no unfinished network tells more"
    one = Study.of(load_runs(make_grid(tmp_path / "one", models=["B16_N4_FC1_K3_AP20"], accuracy=0.95, n=400)))
    (table,) = (about for about in study_numbers(one, {})["known"] if "table 2.2" in about.what)
    assert table.answer == "unknown" and "11 networks of the table are not finished" in table.why, "one of twelve"
    other = Study.of(load_runs(make_grid(tmp_path / "other", models=["Compact_W8_D1"], accuracy=0.6, n=40)))
    assert "little about what the study concluded" in study_numbers(other, {})["known_summary"]


def test_that_children_are_judged_worse_does_not_tell_that_retraining_helps(
    make_grid: MakeGrid, tmp_path: Path
) -> None:
    runs = make_grid(tmp_path, models=[BEST], n=300)
    test = RunFolder(runs / "official" / BEST / "seed0").predictions("test")
    for worse in ("child", "adult"):
        better = "adult" if worse == "child" else "child"
        age = {int(i): better if right else worse for i, right in zip(test.ids, test.correct, strict=True)}
        known = {one.what[:8]: one for one in study_numbers(Study.of(load_runs(runs)), {"age": age})["known"]}
        assert known["Children"].answer == ("right" if worse == "child" else "not right")
        assert f"{better} minus {worse}: 1.000" in known["Children"].why
        assert known["Retraini"].answer == "unknown", "nobody retrained"


@pytest.mark.slow
def test_a_whole_grid_has_no_banner(report: Path) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    assert BANNER not in page and "networks finished" not in page
    assert "networks finished" not in (report / "figures" / "table_2_2.svg").read_text(encoding="utf-8")


def test_too_few_epochs_cannot_be_overlooked(make_grid: MakeGrid, tmp_path: Path) -> None:
    page_path = write_study_report(make_grid(tmp_path / "runs", models=[BEST], epochs_done=7), tmp_path / "out")
    page = page_path.read_text(encoding="utf-8")
    assert (
        BANNER in page and "<title>Study report · 0 of 12 networks finished" in page and "Only 7 of 100 epochs" in page
    )
    for figure in (tmp_path / "out" / "figures").glob("*.svg"):
        assert "0 of 12 networks finished" in figure.read_text(encoding="utf-8"), figure.stem


@pytest.mark.slow
def test_a_study_of_other_models_is_whole_without_the_twelve(
    make_grid: MakeGrid, tmp_path: Path, check_page: Callable[[str], None]
) -> None:
    runs = make_grid(tmp_path / "runs", models=["Compact_W8_D1"], accuracy=0.6)
    page = write_study_report(runs, tmp_path / "out").read_text(encoding="utf-8")
    check_page(page)
    assert BANNER not in page and "0 of 12" not in page
    assert "None of the twelve published models" in page and "What the study concluded" not in page
    assert not (tmp_path / "out" / "conclusions.csv").exists() and (tmp_path / "out" / "others.csv").is_file()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"models": published.MODELS[:11]}, "11 of the 12 published models are finished; missing: B32_N8_FC2_K7_AP20."),
        ({"models": published.MODELS, "epochs_done": 99}, "Only 99 of 100 epochs"),
        ({"models": published.MODELS, "tested": False}, "Without test predictions"),
    ],
)
def test_each_reason_is_named(make_grid: MakeGrid, tmp_path: Path, change: dict[str, object], said: str) -> None:
    study = Study.of(load_runs(make_grid(tmp_path, n=40, **change)))
    assert any(said in reason for reason in missing_from(study))
    assert "finished" in short_partial(study)


@pytest.mark.slow
def test_a_missing_seed_and_missing_folds_are_named(make_grid: MakeGrid, tmp_path: Path) -> None:
    make_grid(tmp_path, n=40)
    make_grid(tmp_path, n=40, models=published.MODELS[1:], seeds=2)
    make_grid(tmp_path, n=40, models=[BEST], split="folds10", fold=3)
    reasons = missing_from(Study.of(load_runs(tmp_path)))
    assert reasons == [
        "B16_N4_FC1_K3_AP20 was not trained with seed 1.",
        f"Cross-validation has only 1 of 10 folds of {BEST}, seed 0.",
    ]


def test_a_run_before_its_first_epoch_is_reported(make_grid: MakeGrid, tmp_path: Path) -> None:
    make_grid(tmp_path / "runs", models=published.MODELS[:1], epochs_done=0)
    page = write_study_report(tmp_path / "runs", tmp_path / "out").read_text(encoding="utf-8")
    assert BANNER in page and "0 of the 12 published models" in page
    assert page.count('class="empty"') >= 6  # each section says which command fills it
    assert not list((tmp_path / "out").glob("figures/*"))


def test_the_strictest_split_carries_the_tables(make_grid: MakeGrid, tmp_path: Path) -> None:
    for split in ("published", "random", "official"):
        make_grid(tmp_path, models=published.MODELS[:2], split=split, n=40)
    assert Study.of(load_runs(tmp_path)).split == "official"
    make_grid(tmp_path, models=published.MODELS[:3], split="random", n=40)
    assert Study.of(load_runs(tmp_path)).split == "random"


def test_seeds_are_averaged_on_the_same_images(make_grid: MakeGrid, tmp_path: Path) -> None:
    runs = load_runs(make_grid(tmp_path, models=[BEST], seeds=3))
    tests = [run.test for run in runs if run.test is not None]
    mean = mean_scores(tests)["accuracy"]
    assert mean.estimate == pytest.approx(np.mean([test.correct.mean() for test in tests]))
    one = mean_scores(tests[:1])["accuracy"]
    assert mean.high - mean.low < one.high - one.low  # independent errors average out


def test_a_rare_state_has_the_same_interval_in_tables_and_results() -> None:
    """Ten photos, of which one is angry: a third of the resamples has none, which is no error of the network."""
    ids, y_true = np.arange(10), np.array([1, 0, 2, 3, 0, 2, 3, 0, 2, 3])
    probs = np.full((10, 4), 0.1, np.float32) + 0.6 * np.eye(4, dtype=np.float32)[y_true]
    one = Predictions(ids=ids, y_true=y_true, probs=probs, groups=ids)
    assert mean_scores([one]) == score_intervals(one)
    # One photo tells little: Wilson's interval of one answer, with Student's quantile of ten.
    assert mean_scores([one])["recall_angry"].low == pytest.approx(1 / (1 + 2.2622**2), abs=1e-3)


def test_runs_of_different_data_are_not_mixed(make_grid: MakeGrid, tmp_path: Path) -> None:
    make_grid(tmp_path, models=published.MODELS[:1], n=40)
    make_grid(tmp_path, models=published.MODELS[1:2], n=40, data_hash="cd" * 32)
    with pytest.raises(DataMismatchError, match="different data"):
        load_runs(tmp_path)


@pytest.mark.slow
def test_no_runs_and_full_folders_get_clear_errors(make_grid: MakeGrid, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match="no run"):
        write_study_report(tmp_path / "empty", tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine", encoding="utf-8")
    runs = make_grid(tmp_path / "runs", models=published.MODELS[:1], n=40)
    with pytest.raises(OutputExistsError, match="--force"):
        write_study_report(runs, tmp_path / "out")
    write_study_report(runs, tmp_path / "out", force=True)
    assert (tmp_path / "out" / "precious.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_a_report_replaces_the_one_before(report: Path, make_grid: MakeGrid, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(report, out)
    (out / "figures" / "mine.svg").touch()
    (out / "groups_mine.csv").touch()
    assert (out / "groups_gender.csv").is_file()
    runs = make_grid(tmp_path / "runs", models=published.MODELS[:1], n=40, tested=False)
    write_study_report(runs, out, force=True)
    write_study_report(runs, tmp_path / "fresh")
    there, fresh = (
        {str(path.relative_to(folder)) for path in folder.rglob("*.*")} for folder in (out, tmp_path / "fresh")
    )
    assert there - fresh == {"figures/mine.svg", "groups_mine.csv"} and fresh < there


@pytest.mark.slow
def test_a_list_of_files_names_nothing_outside(make_grid: MakeGrid, tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.touch()
    (tmp_path / "out").mkdir()
    names = ["../precious.txt", str(precious), "..", "figures/../../precious.txt", "", "table_2_2.csv"]
    (tmp_path / "out" / "files.txt").write_text("\n".join(names), encoding="utf-8")
    write_study_report(make_grid(tmp_path / "runs", models=[BEST], n=40), tmp_path / "out", force=True)
    assert precious.is_file()
