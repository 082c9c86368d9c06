"""Models on the same faces: paired tests, by state and by group of people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.evaluation.comparisons import compare
from aiducation.predictions import Predictions
from aiducation.states import STATES
from aiducation.vision.model_comparison import compared
from aiducation.vision.own_faces import read_groups
from needs import need_package


def predictions(right: np.ndarray, truth: np.ndarray, groups: np.ndarray) -> Predictions:
    answer = np.where(right, truth, (truth + 1) % 4)
    return Predictions(
        ids=np.arange(len(truth)),
        y_true=truth,
        probs=(np.eye(4)[answer] * 0.6 + 0.1).astype(np.float32),
        groups=groups,
        states=STATES,
    )


@pytest.fixture
def models() -> dict[str, Predictions]:
    rng = np.random.default_rng(0)
    truth, groups = np.arange(200) % 4, np.arange(200)
    return {
        name: predictions(rng.random(200) < p, truth, groups) for name, p in {"a": 0.4, "b": 0.6, "c": 0.41}.items()
    }


def test_leads_and_tests_are_those_of_paired_comparisons(models: dict[str, Predictions]) -> None:
    found = compared(models)
    b = found.against[0]
    assert b.name == "b" and b.accuracy == compare(models["b"], models["a"])
    assert b.p_holm >= b.accuracy.p_value and b.p_holm < 0.01 < found.against[1].p_holm
    assert b.balanced.estimate == pytest.approx(np.mean([one.estimate for one in b.recall.values()]))


def test_balanced_accuracy_is_scikit_learns(models: dict[str, Predictions]) -> None:
    need_package("sklearn")
    from sklearn.metrics import balanced_accuracy_score

    for one in compared(models).models:
        expected = balanced_accuracy_score(one.predictions.y_true, one.predictions.y_pred)
        assert one.balanced.estimate == pytest.approx(expected)


def test_groups_of_people_are_compared_by_themselves(models: dict[str, Predictions]) -> None:
    group = ["front" if i < 100 else "back" for i in range(200)]
    leads = compared(models, group).against[0].by_group
    assert set(leads) == {"front", "back"} and leads["front"].n_images == 100
    rows = np.arange(200) < 100
    assert leads["front"] == compare(models["b"].where(rows), models["a"].where(rows))


def test_p_values_of_groups_are_adjusted_for_all_that_are_compared(models: dict[str, Predictions]) -> None:
    found = compared(models, [f"group {i % 4}" for i in range(200)])
    raw = {(one.name, group): gap.p_value for one in found.against for group, gap in one.by_group.items()}
    given = {(one.name, group): p for one in found.against for group, p in one.p_by_group.items()}
    assert len(raw) == 8 and given.keys() == raw.keys()
    least = min(raw, key=lambda key: raw[key])
    assert given[least] == pytest.approx(8 * raw[least]) and all(given[key] >= raw[key] for key in raw)
    shown = {
        (row[0], row[1].removeprefix("accuracy of ")): row[4]
        for row in found.rows()
        if row[1].startswith("accuracy of")
    }
    assert shown == given
    entry = found.entry()["against_the_first"]["b"]["by_group"]["group 0"]
    assert (entry["p_value"], entry["p_holm"]) == (raw["b", "group 0"], given["b", "group 0"])


def test_groups_of_few_people_are_withheld(models: dict[str, Predictions]) -> None:
    group = ["few" if i < 4 else "many" for i in range(200)]
    assert [set(one.by_group) for one in compared(models, group).against] == [{"many"}, {"many"}]
    five = ["five" if i < 5 else "many" for i in range(200)]
    assert set(compared(models, five).against[0].by_group) == {"five", "many"}


def test_the_table_has_a_line_a_score(models: dict[str, Predictions]) -> None:
    head, rows = compared(models).table()
    assert {len(row) for row in rows} == {len(head)}
    assert [row[1] for row in rows if row[0] == "b"] == [
        "accuracy", "balanced accuracy (without other)", *(f"recall {state}" for state in STATES), "calibration error",
    ]  # fmt: skip
    assert compared(models).entry()["against_the_first"]["b"]["p_holm"] < 0.01


def test_a_picture_in_two_groups_is_refused(tmp_path: Path) -> None:
    pictures = [tmp_path / "a.png", tmp_path / "b.png"]
    table = tmp_path / "groups.csv"
    table.write_text("file,group\na.png,front\nb.png,back\n", encoding="utf-8")
    assert read_groups(table, pictures) == ["front", "back"]
    table.write_text("file,group\na.png,front\nb.png,back\na.png,back\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="was listed before, on line 2"):
        read_groups(table, pictures)
