from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.data.prepare import prepare
from aiducation.data.splits import SHARES, Split, SplitInput, find_leaks, make_split
from aiducation.errors import ConfigError, DataFileError, DataMismatchError, ShapeError
from commands import RunCli

HASH = "0" * 64


def split_of(**parts: list[int]) -> Split:
    return Split(name="mine", parts={name: np.array(ids) for name, ids in parts.items()}, seed=0, data_hash=HASH)


def input_of(usage: list[int], group: list[int]) -> SplitInput:
    n = len(usage)
    return SplitInput(
        ids=np.arange(n), usage=np.array(usage), state=np.arange(n) % 4, group=np.array(group), data_hash=HASH
    )


def test_official_keeps_the_test_part_whole_then_the_validation_part() -> None:
    #                         0  1  2  3  4  5  6  7
    data = input_of(usage=[0, 0, 0, 0, 1, 1, 2, 2], group=[0, 1, 2, 3, 1, 2, 2, 9])
    split = make_split("official", data)
    # Image 2 has a copy in the test part (6), and so has 5; image 1 has one in the validation part (4).
    assert {part: ids.tolist() for part, ids in split.parts.items()} == {"train": [0, 3], "valid": [4], "test": [6, 7]}
    assert split.taken_out == 3


def test_official_follows_usage(dataset: Dataset) -> None:
    split = dataset.split("official")
    for usage, part in enumerate(("train", "valid", "test")):
        assert set(dataset.usage[split.parts[part]]) == {usage}
    np.testing.assert_array_equal(split.parts["test"], dataset.labelled[dataset.usage[dataset.labelled] == 2])
    assert 0 < split.taken_out < 30


def test_published_split_has_the_published_shares() -> None:
    """Source: the published study: 14,831 images in 10,382, 2,225 and 2,224."""
    n = 14_831
    split = make_split("published", input_of(usage=[0] * n, group=list(range(n))))
    sizes = [len(ids) for ids in split.parts.values()]
    assert sum(sizes) == n
    assert np.abs(np.array(sizes) - (10_382, 2_225, 2_224)).max() <= 1
    assert SHARES == (0.70, 0.15, 0.15)


def test_published_split_leaks_and_the_others_do_not(dataset: Dataset) -> None:
    splits = dataset.splits()
    assert list(splits) == ["folds3", "official", "published", "random"]
    leaky = find_leaks(splits.pop("published"), dataset.duplicate_group)
    assert {(leak.part, leak.other) for leak in leaky} >= {("train", "test"), ("test", "train")}
    for split in splits.values():
        assert find_leaks(split, dataset.duplicate_group) == []


def test_leaks_by_example() -> None:
    group = np.array([5, 5, 5, 1, 2, 2, 3, 4])
    leaks = find_leaks(split_of(train=[0, 1, 3], valid=[2, 4], test=[5, 6]), group)
    assert [(leak.part, leak.other, leak.ids.tolist(), leak.n_groups) for leak in leaks] == [
        ("train", "valid", [0, 1], 1),
        ("valid", "train", [2], 1),
        ("valid", "test", [4], 1),
        ("test", "valid", [5], 1),
    ]


def test_command_leaks(dataset: Dataset, prepared: Path, run_cli: RunCli) -> None:
    clean = run_cli("leaks", prepared, "random")
    assert (clean.code, clean.out, clean.err) == (0, "random: no photo is in two parts\n", "")
    leaky = run_cli("leaks", prepared, "published")
    found = find_leaks(dataset.split("published"), dataset.duplicate_group)
    assert leaky.code == 1
    assert len(leaky.out.splitlines()) == len(found) > 0
    assert f"{len(found[0].ids)} images of {found[0].part}" in leaky.out.splitlines()[0]
    as_json = run_cli("leaks", prepared, "published", "--json")
    assert as_json.code == 1
    assert json.loads(as_json.out)["leaks"] == [
        {"part": x.part, "other": x.other, "images": len(x.ids), "groups": x.n_groups} for x in found
    ]
    assert json.loads(run_cli("leaks", prepared, "folds3", "--json").out) == {"split": "folds3", "leaks": []}


def test_command_leaks_takes_a_file_of_the_user(
    dataset: Dataset, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    group = dataset.duplicate_group
    copy = next(i for i in range(len(dataset)) if (group[:i] == group[i]).any())
    original = int(np.flatnonzero(group == group[copy])[0])
    others = [i for i in range(50) if (group == group[i]).sum() == 1]
    mine = Split(
        name="mine",
        parts={"train": np.array(sorted({*others[:9], original})), "valid": np.array(sorted({*others[9:], copy}))},
        seed=0,
        data_hash=dataset.data_hash,
    )
    mine.save(tmp_path / "mine.json")
    answer = run_cli("leaks", prepared, tmp_path / "mine.json")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "1 image of train with a duplicate in valid (10.0 %; 1 photo)",
        f"1 image of valid with a duplicate in train ({100 / len(mine.parts['valid']):.1f} %; 1 photo)",
    ]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"train": [1, 2], "valid": [2, 3]}, "more than one part"),
        ({"train": [2, 1], "valid": [3]}, "'train'.*sorted"),
        ({"train": [1, 1], "valid": [3]}, "'train'.*each once"),
        ({"train": [-1, 1], "valid": [3]}, "'train'"),
        ({"train": [1], "valid": []}, "'valid'.*not empty"),
        ({"train": [[1, 2]], "valid": [3]}, "'train'"),
        ({}, "no parts"),
    ],
)
def test_a_split_checks_its_parts(parts: dict[str, list[int]], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        split_of(**parts)


def test_a_split_may_have_any_name(tmp_path: Path) -> None:
    """Runs keep a copy of the split that they were trained on, which must be readable again."""
    parts = {"train": np.array([0, 1]), "valid": np.array([2])}
    mine = Split(name='my "best" split \\ Zo\u00eb\n', parts=parts, seed=0, data_hash=HASH)
    mine.save(tmp_path / "mine.json")
    assert Split.load(tmp_path / "mine.json").name == mine.name


def test_a_single_fold_is_refused(tmp_path: Path) -> None:
    """Nothing would be left to train on."""
    split_of(fold0=[0, 1]).save(tmp_path / "one.json")
    with pytest.raises(DataFileError, match="two folds or more"):
        Split.load(tmp_path / "one.json")


def test_folds_as_train_and_valid(dataset: Dataset) -> None:
    split = dataset.split("folds3")
    assert split.n_folds == 3
    for held_out in range(3):
        fold = split.fold(held_out)
        assert list(fold.parts) == ["train", "valid"]
        np.testing.assert_array_equal(fold.parts["valid"], split.parts[f"fold{held_out}"])
        np.testing.assert_array_equal(np.sort(np.concatenate(list(fold.parts.values()))), dataset.labelled)
        assert find_leaks(fold, dataset.duplicate_group) == []
    with pytest.raises(ConfigError, match=r"folds 0\.\.2, not 3"):
        split.fold(3)
    with pytest.raises(ConfigError, match="not made of folds"):
        dataset.split("random").fold(0)


def test_a_split_of_other_data_is_refused(prepared: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(prepared, tmp_path / "data"))
    file = folder / "splits" / "random.json"
    file.write_text(file.read_text().replace(Dataset.load(folder).data_hash, HASH))
    with pytest.raises(DataMismatchError, match="other data"):
        Dataset.load(folder).split("random")
    with pytest.raises(DataMismatchError, match="other data"):
        Dataset.load(folder).splits()


def test_a_split_from_before_more_copies_were_known_is_refused(
    prepared: Path, synthetic_files: tuple[Path, Path], tmp_path: Path, run_cli: RunCli
) -> None:
    """The hash is the same, the groups are not."""
    prepare(*synthetic_files, tmp_path / "old", duplicates="identical", seeds=(0, 1))
    dataset = Dataset.load(prepared)
    file = tmp_path / "old" / "splits" / "random.json"
    with pytest.raises(
        DataMismatchError,
        match=r"random.json has duplicates of one photo in two parts.* images of \w+ have a duplicate in \w+",
    ):
        dataset.split(str(file))
    assert dataset.split(str(file), may_leak=True).name == "random"
    assert run_cli("leaks", prepared, file).code == 1
    assert dataset.split(str(tmp_path / "old" / "splits" / "published-1.json")).name == "published-1"
    folder = Path(shutil.copytree(prepared, tmp_path / "data"))
    shutil.copy(file, folder / "splits")
    with pytest.raises(DataMismatchError, match="has duplicates of one photo in two parts"):
        Dataset.load(folder).splits()


@pytest.mark.parametrize("kind", ["folds", "folds1", "folds101", "folds010", "folds-3", "folds²", "", "Official"])
def test_there_is_no_such_split(kind: str) -> None:
    with pytest.raises(ConfigError, match="Unknown split"):
        make_split(kind, input_of(usage=[0, 1, 2], group=[0, 1, 2]))


def test_empty_parts_are_refused() -> None:
    data = input_of(usage=[0, 0, 1, 1], group=[0, 1, 2, 3])
    with pytest.raises(ConfigError, match="official split has no image in test"):
        make_split("official", data)
    with pytest.raises(ConfigError, match="folds100 split has no image in fold"):
        make_split("folds100", data)
    with pytest.raises(ConfigError, match="A seed is a whole number"):
        make_split("random", data, seed=-1)
