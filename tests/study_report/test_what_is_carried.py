"""What a report takes from elsewhere: parts of an earlier report, statements about the data; and what is kept of a study."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aiducation import published
from aiducation.data.dataset import Dataset
from aiducation.errors import DataMismatchError, RunError
from aiducation.study_report.earlier import read_earlier
from aiducation.study_report.known_data import known_of_data
from aiducation.study_report.known_words import Known
from aiducation.study_report.study import study_numbers, write_study_report
from aiducation.study_report.study_runs import Study, load_runs

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

MakeGrid = Callable[..., Path]
FIRST, SECOND = published.MODELS[:2]
COMPACT = "Compact_W8_D1"


@pytest.fixture(scope="module")
def before(make_grid: MakeGrid, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results.json of a report about a small network: the protocol, and two folds."""
    folder = tmp_path_factory.mktemp("before")
    for split in ("published", "random"):
        make_grid(folder / "runs", models=[COMPACT], split=split, accuracy=0.6, n=60)
    for fold in (0, 1):
        make_grid(folder / "runs", models=[COMPACT], split="folds10", fold=fold, accuracy=0.6, n=60)
    write_study_report(folder / "runs", folder / "out")
    return folder / "out" / "results.json"


@pytest.mark.slow
def test_parts_of_an_earlier_report_stay_until_runs_replace_them(
    before: Path, make_grid: MakeGrid, tmp_path: Path
) -> None:
    runs = make_grid(tmp_path / "runs", models=[FIRST], n=60)
    page = write_study_report(runs, tmp_path / "one", earlier=before).read_text(encoding="utf-8")
    earlier, one = (json.loads(path.read_text("utf-8")) for path in (before, tmp_path / "one" / "results.json"))
    assert one["protocol"]["effects"] == earlier["protocol"]["effects"]
    assert one["folds"][0]["scores"] == earlier["folds"][0]["scores"]
    assert one["protocol"]["origin"].startswith("an earlier report") and not earlier["protocol"]["origin"]
    assert page.count("whose runs were not kept") >= 3, "in the list of what is known, the protocol and the folds"
    assert (tmp_path / "one" / f"folds_{COMPACT}_folds10.csv").is_file()
    # Once more, from the report that carried them: still theirs, of the same origin.
    write_study_report(runs, tmp_path / "two", earlier=tmp_path / "one" / "results.json")
    two = json.loads((tmp_path / "two" / "results.json").read_text("utf-8"))
    assert (two["protocol"], two["folds"]) == (one["protocol"], one["folds"])
    # Runs of their own come first.
    make_grid(tmp_path / "runs", models=[COMPACT], split="folds10", fold=0, accuracy=0.6, n=60)
    numbers = study_numbers(Study.of(load_runs(runs)), {}, earlier=read_earlier(before))
    assert [(len(fold.scores), fold.origin) for fold in numbers["folds"]] == [(1, "")]
    # Also a protocol of two splits, where the earlier report has three: it is about one of the twelve.
    three = make_grid(tmp_path / "three", models=[COMPACT], split="official", accuracy=0.6, n=60)
    for split in ("published", "random"):
        make_grid(tmp_path / "three", models=[COMPACT], split=split, accuracy=0.6, n=60)
    write_study_report(three, tmp_path / "of_three")
    make_grid(tmp_path / "runs", models=[FIRST], split="published", n=60)
    of_three = read_earlier(tmp_path / "of_three" / "results.json")
    protocol = study_numbers(Study.of(load_runs(runs)), {}, earlier=of_three)["protocol"]
    assert (list(protocol.models), protocol.origin, list(protocol.together)) == ([FIRST], "", ["official"])
    assert of_three.protocol is not None and list(of_three.protocol.together) == ["random", "official"]


def test_an_earlier_report_must_be_one_of_the_same_data(before: Path, make_grid: MakeGrid, tmp_path: Path) -> None:
    runs = make_grid(tmp_path / "runs", models=[FIRST], n=40, data_hash="cd" * 32)
    with pytest.raises(DataMismatchError, match="The earlier report"):
        write_study_report(runs, tmp_path / "out", earlier=before)
    for text in ('{"protocol": null}', '{"folds": [], "protocol": null, "environment": {}}', "[]", ""):
        (tmp_path / "other.json").write_text(text, encoding="utf-8")
        with pytest.raises(RunError, match=r"other\.json"):
            write_study_report(runs, tmp_path / "out", earlier=tmp_path / "other.json")


@pytest.mark.slow
def test_what_the_study_said_of_its_data_is_counted(dataset: Dataset, make_grid: MakeGrid, tmp_path: Path) -> None:
    """On made-up images its counts do not come out; that they do on the real ones, results/study shows."""
    known = known_of_data(dataset)
    answers = [one.answer for one in known]
    assert "right" not in answers and answers[-1] == "unknown"
    assert any(f"It has {len(dataset):,}." in one.why for one in known), "and nothing that holds for FER2013 alone"
    runs = make_grid(tmp_path / "runs", models=[FIRST], n=40, data_hash=dataset.data_hash)
    page = write_study_report(runs, tmp_path / "out", data=dataset).read_text(encoding="utf-8")
    assert "FER2013 has 32,298 images" in page
    with pytest.raises(DataMismatchError, match="The prepared data"):
        write_study_report(make_grid(tmp_path / "other", models=[FIRST], n=40), tmp_path / "no", data=dataset)


def test_a_study_is_kept_in_small(make_grid: MakeGrid, tmp_path: Path) -> None:
    from keep_study import keep

    make_grid(tmp_path / "runs", models=[FIRST], n=40)
    make_grid(tmp_path / "runs", models=[SECOND], n=40, epochs_done=31)
    for run in load_runs(tmp_path / "runs"):
        keep(run, tmp_path / "kept" / run.path.relative_to(tmp_path / "runs"))
    first, second = load_runs(tmp_path / "kept")
    whole = load_runs(tmp_path / "runs")[0]
    assert first.finished and first.test is not None and whole.test is not None
    assert first.test.y_pred.tolist() == whole.test.y_pred.tolist()
    assert second.info.epochs_done == 31 == len(second.log["epoch"])
    assert (second.valid, second.test) == (None, None), "nothing of a run that goes on can be taken for a result"


def test_a_training_whose_predictions_are_about_to_be_written_is_kept_later(
    make_grid: MakeGrid, tmp_path: Path
) -> None:
    """Finished without a test it would take the test from all verdicts."""
    from keep_study import is_written

    make_grid(tmp_path / "runs", models=[FIRST], n=40)
    make_grid(tmp_path / "runs", models=[SECOND], n=40, tested=False)
    make_grid(tmp_path / "runs", models=[COMPACT], split="folds10", fold=0, accuracy=0.6, n=40)
    make_grid(tmp_path / "runs", models=[COMPACT], n=40, accuracy=0.6, epochs_done=31, tested=False)
    written = {run.label: is_written(run) for run in load_runs(tmp_path / "runs")}
    assert written == {
        f"{FIRST}, seed 0": True,
        f"{SECOND}, seed 0": False,
        f"{COMPACT}, seed 0, fold 0": True,
        f"{COMPACT}, seed 0": True,
    }


def test_the_ten_folds_of_a_published_network_have_a_price(
    dataset: Dataset, make_grid: MakeGrid, tmp_path: Path
) -> None:
    """1,350 of 1,500 images, 100 epochs, ten folds, at 900 images a second: 1,500 seconds. Folds have every labelled image."""
    runs = make_grid(tmp_path / "runs", models=[FIRST], n=300, data_hash=dataset.data_hash)
    known = study_numbers(Study.of(load_runs(runs)), {})["known"]
    (folds,) = (one for one in known if one.what.startswith("Ten folds"))
    assert folds.answer == "unknown" and f"By arithmetic, {FIRST} would need at least 0.42 hours" in folds.why
    known = study_numbers(Study.of(load_runs(runs)), {}, dataset)["known"]
    (folds,) = (one for one in known if one.what.startswith("Ten folds"))
    assert f"about {0.9 * len(dataset.labelled):,.0f} images an epoch" in folds.why


@pytest.mark.slow
def test_what_the_protocol_adds_is_told_for_every_split(make_grid: MakeGrid, tmp_path: Path) -> None:
    """Not for the one alone whose interval suits; and a smaller network beside one of the twelve leaves it a hint."""
    for split in ("official", "random", "published"):
        make_grid(tmp_path / "runs", models=[FIRST], split=split, n=300)
    for both in (False, True):
        if both:
            for split in ("official", "random", "published"):
                make_grid(tmp_path / "runs", models=[COMPACT], split=split, accuracy=0.6, n=300)
        known = study_numbers(Study.of(load_runs(tmp_path / "runs")), {})["known"]
        (new,) = (one for one in known if one.what == "The reported accuracies hold for new faces")
        assert "on the test of “random” (drawn at random, photo by photo) and by" in new.why
        assert "on the test of “official” (the parts that FER2013 came with)" in new.why
        assert ("only a hint" in new.why) == both and ("With one seed" in new.why) != both and new.answer == "unknown"
    for split in ("random", "published"):
        make_grid(
            tmp_path / "seeds",
            models=[FIRST],
            split=split,
            seeds=2,
            accuracy=0.8 if split == "published" else 0.5,
            n=300,
        )
    known = study_numbers(Study.of(load_runs(tmp_path / "seeds")), {})["known"]
    (new,) = (one for one in known if one.what == "The reported accuracies hold for new faces")
    assert new.answer == "not right" and "With one seed" not in new.why


@pytest.mark.slow
def test_table_2_2_needs_several_trainings_to_be_wrong(make_grid: MakeGrid, tmp_path: Path) -> None:
    """Each network far below its published accuracy: one training of each could be bad luck, two tell."""

    def about_the_table(runs: Path) -> Known:
        (one,) = (k for k in study_numbers(Study.of(load_runs(runs)), {})["known"] if "table 2.2" in k.what)
        return one

    known = about_the_table(make_grid(tmp_path / "one", accuracy=0.4, n=200))
    assert known.answer == "unknown" and known.needs == "several trainings of each network"
    found = re.search(r"in the mean −(0\.\d+), where it explains up to ±(0\.\d+)", known.why)
    assert found and float(found[1]) == pytest.approx(0.2, abs=0.03) and float(found[2]) < 0.1
    assert about_the_table(make_grid(tmp_path / "two", accuracy=0.4, n=200, seeds=2)).answer == "not right"


def test_each_unknown_says_what_would_decide_it(make_grid: MakeGrid, tmp_path: Path, dataset: Dataset) -> None:
    runs = make_grid(tmp_path / "runs", models=[FIRST], n=60, data_hash=dataset.data_hash)
    known = study_numbers(Study.of(load_runs(runs)), {}, dataset)["known"]
    unknown = [one for one in known if one.answer == "unknown"]
    assert len(unknown) > 10 and all(one.needs for one in unknown)
    assert not [one for one in known if one.answer != "unknown" and one.needs]
