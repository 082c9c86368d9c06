from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import DataFileError, DataMismatchError
from aiducation.evaluation.groups import by_group, read_groups
from aiducation.predictions import Predictions

Make = Callable[..., Predictions]


def write(path: Path, text: str) -> Path:
    file = path / "groups.csv"
    file.write_text(text, encoding="utf-8")
    return file


def children_are_harder(choose: Make, n: int = 600) -> tuple[Predictions, dict[int, str]]:
    """Adults right in 80 %, children in 50 %, exactly."""
    y_true = np.arange(n) % 4
    child = np.arange(n) % 3 == 0
    turn = np.arange(n) // 12 % 10
    right = np.where(child, turn < 5, turn < 8)
    groups = {i: "child" if c else "adult" for i, c in enumerate(child)}
    return choose(y_true, np.where(right, y_true, (y_true + 1) % 4)), groups


def test_groups_are_read_by_attribute(tmp_path: Path) -> None:
    file = write(tmp_path, "\ufeffid,gender,age\n3, female ,adult\n7,male,\n\n0,female,child\n")
    assert read_groups(file) == {"gender": {3: "female", 7: "male", 0: "female"}, "age": {3: "adult", 0: "child"}}


READ = {"Gender": {3: "weiblich", 1207: "männlich", 0: "weiblich"}, "age": {3: "18–25", 0: "child"}}


@pytest.mark.parametrize(
    "content",
    [
        "id;Gender;age\n3;weiblich;18–25\n1207;männlich;\n0;weiblich;child\n".encode(),
        "id;Gender;age\n3;weiblich;18–25\n1207;männlich;\n0;weiblich;child\n".encode("cp1252"),
        "ID\tGender\tage\r\n3\tweiblich\t18–25\r\n1207\tmännlich\t\r\n0\tweiblich\tchild\r\n".encode("utf-16"),
        "sep=;\n Id ;Gender;age;;\n3,0;weiblich ;18–25;;\n1\u00a0207;männlich;;;\n;;;;\n0,0;weiblich;child;;\n".encode(),
        "Gender,age,id\nweiblich,18–25,3\nmännlich,,1207\nweiblich,child,0\n".encode(),
        "id,Gender,age\r3,weiblich,18–25\r1207,männlich,\r0,weiblich,child\r".encode("mac_roman"),
        gzip.compress("id,Gender,age\n3,weiblich,18–25\n1207,männlich,\n0,weiblich,child\n".encode()),
    ],
    ids=["semicolons", "Windows letters", "Unicode text", "a German spreadsheet", "other order", "old Mac", "gzip"],
)
def test_tables_as_people_have_them(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_bytes(content)
    assert read_groups(tmp_path / "groups.csv") == READ


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id;age\n1.234;adult\n",
            r"line 2: the id must be .* got '1\.234' \('1\.234' may mean 1234 or 1\.234; write it",
        ),
        ("id;age\n1,5;adult\n", r"line 2: the id must be .* got '1,5' \('1,5' is not a whole number\)"),
        ("id;age;AGE\n1;adult;child\n", "each name once, got 'id;age;AGE'"),
        ("id;age\n1,adult\n", "line 2: expected 2 values, got 1; values are separated by semicolons"),
        ("", "has no groups"),
        ("id,age\n", "has no groups"),
        ("image,age\n1,adult\n", "line 1: expected a header such as 'id,gender,age'.*got 'image,age'"),
        ("id\n1\n", "line 1"),
        ("id,age,age\n1,adult,child\n", "each name once"),
        ("id,age\n1,adult\n2\n", "line 3: expected 2 values, got 1"),
        ("id,age\nfer1.png,adult\n", r"line 2: the id must be .* got 'fer1\.png'"),
        ("id,age\n-1,adult\n", "line 2: the id must be"),
        ("id,age\n1,adult\n1,child\n", "line 3: image 1 was listed before"),
    ],
)
def test_a_wrong_file_says_which_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataFileError, match=message):
        read_groups(write(tmp_path, text))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="Cannot read the groups"):
        read_groups(tmp_path / "none.csv")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\xff\xfe\n\x00")
    with pytest.raises(DataFileError):
        read_groups(tmp_path / "picture.csv")


def test_the_worst_group_is_found_with_its_difference(choose: Make) -> None:
    result = by_group(*children_are_harder(choose))
    assert (result.group_max, result.group_min) == ("adult", "child")
    assert result.difference is not None
    assert result.difference.estimate == pytest.approx(0.3, abs=0.02)
    assert result.difference.low > 0.15
    assert result.pairs == {("adult", "child"): result.difference}
    assert result.by_group["child"]["accuracy"].estimate == pytest.approx(0.5, abs=0.02)
    assert result.overall["accuracy"].estimate == pytest.approx(0.7, abs=0.02)
    assert result.n_images == {"adult": 400, "child": 200}
    assert (result.n_without_group, result.withheld, result.caveats) == (0, {}, {})


@pytest.mark.slow
def test_groups_by_chance_rarely_seem_to_differ(make_predictions: Make) -> None:
    """Five random groups: the largest of ten differences would often pass without the correction."""
    found = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        groups = {i: "abcde"[rng.integers(5)] for i in range(400)}
        result = by_group(make_predictions(0.6, seed=seed), groups, n_resamples=1000)
        assert len(result.pairs) == 10
        assert result.difference is not None
        found += result.difference.low > 0
    assert found <= 4


@pytest.mark.parametrize(("few", "many"), [((5, 5), (140, 200)), ((8, 8), (160, 200)), ((0, 5), (60, 200))])
def test_few_photos_that_are_all_judged_alike_prove_no_difference(
    choose: Make, few: tuple[int, int], many: tuple[int, int]
) -> None:
    """Fisher's exact test: p = 0.32, 0.36 and 0.33 (scipy.stats.fisher_exact 1.12.0). Resamples of the few have no spread."""
    right = np.concatenate([np.arange(n) < k for k, n in (few, many)])
    y_true = np.arange(len(right)) % 4
    groups = {i: "few" if i < few[1] else "many" for i in range(len(right))}
    gap = by_group(choose(y_true, np.where(right, y_true, (y_true + 1) % 4)), groups).difference
    assert gap is not None and gap.low <= 0 < gap.estimate <= gap.high


def test_all_photos_of_a_large_group_that_are_judged_alike_prove_one(choose: Make) -> None:
    """40 of 40 against 140 of 200: p = 0.000004 (scipy.stats.fisher_exact 1.12.0)."""
    right = np.arange(240) < 180
    y_true = np.arange(240) % 4
    gap = by_group(
        choose(y_true, np.where(right, y_true, (y_true + 1) % 4)),
        {i: "few" if i < 40 else "many" for i in range(240)},
    ).difference
    assert gap is not None and 0 < gap.low < gap.estimate == pytest.approx(0.3)


def test_small_groups_are_withheld_and_copies_do_not_count(make_predictions: Make) -> None:
    predictions = make_predictions(0.6, n=60, copies=2)
    ages = ["adult"] * 80 + ["child"] * 20 + ["senior"] * 8  # two copies of a photo stand side by side
    result = by_group(predictions, dict(enumerate(ages)), n_resamples=100)
    assert result.withheld == {"senior": "only 4 different photos; at least 5 are needed"}
    few = "only 10 different photos; its intervals are too narrow"
    assert result.caveats == {"child": f"{few}; no image is bored, of which recall and F1 count as 0 in their means"}
    assert set(result.by_group) == {"adult", "child"}
    assert result.n_images["senior"] == 8
    assert result.n_without_group == 12


def test_states_that_a_group_lacks_are_named(choose: Make) -> None:
    """All of its faces are judged rightly, and yet its macro F1 is 0.5, as that of scikit-learn over four states."""
    y_true = np.repeat([0, 1, 2, 3, 0, 1], 40)
    result = by_group(choose(y_true, y_true), {i: "all" if i < 160 else "two" for i in range(240)}, n_resamples=100)
    assert result.by_group["two"]["f1_macro"].estimate == 0.5 and result.by_group["all"]["f1_macro"].estimate == 1
    absent = "no image is focused or bored, of which recall and F1 count as 0 in their means"
    assert result.caveats == {"two": absent}


def test_one_group_has_no_difference(make_predictions: Make) -> None:
    result = by_group(make_predictions(0.6), dict.fromkeys(range(100), "adult"), n_resamples=100)
    assert (result.difference, result.group_max, result.group_min, result.pairs) == (None, "", "", {})


def test_ids_from_elsewhere_are_refused(make_predictions: Make) -> None:
    with pytest.raises(DataMismatchError, match="None of the 400 images has a group"):
        by_group(make_predictions(0.6), {90_000: "adult"})


def test_same_seed_same_result(make_predictions: Make) -> None:
    groups = {i: "ab"[i % 2] for i in range(400)}
    first, again = (by_group(make_predictions(0.6), groups, n_resamples=100, seed=3) for _ in range(2))
    assert first == again
