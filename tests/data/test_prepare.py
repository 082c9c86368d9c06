from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.cleaning import clean
from aiducation.data.criteria import CRITERIA
from aiducation.data.dataset import Dataset
from aiducation.data.duplicates import KINDS
from aiducation.data.prepare import DEFAULT_SPLITS, prepare, summary
from aiducation.data.synthetic import COPY_KINDS, planted, write_synthetic
from aiducation.data.votes import VoteTable
from aiducation.errors import DataFileError, OutputExistsError
from aiducation.files import sha256
from commands import RunCli

FILES = {"dataset.json", "duplicates.csv", "splits"} | {
    f"{name}.npy" for name in ("images", "emotion", "usage", "votes", "names", "state", "kept", "duplicate_group")
}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_folder_holds_what_the_files_say(dataset: Dataset, synthetic_table: VoteTable, prepared: Path) -> None:
    assert {path.name for path in prepared.iterdir()} == FILES
    np.testing.assert_array_equal(dataset.images, synthetic_table.pixels)
    for name in ("emotion", "usage", "votes", "names"):
        np.testing.assert_array_equal(getattr(dataset, name), getattr(synthetic_table, name))
    kept, steps = clean(synthetic_table.votes)
    np.testing.assert_array_equal(dataset.kept, kept)
    assert dataset.info.cleaning == steps
    np.testing.assert_array_equal(dataset.state, CRITERIA["published"].assign(synthetic_table.votes))


def test_planted_copies_share_a_group(dataset: Dataset) -> None:
    plan = planted(600, seed=0)
    together = dataset.duplicate_group[plan.copies] == dataset.duplicate_group[plan.sources]
    exact = plan.kinds == COPY_KINDS.index("exact")
    assert together[exact].all()
    assert together.mean() > 0.9


def test_pairs_are_written(dataset: Dataset, prepared: Path) -> None:
    with (prepared / "duplicates.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(dataset.info.duplicates[f"{kind}_pairs"] for kind in KINDS)
    for row in rows:
        a, b = int(row["image"]), int(row["copy"])
        assert a < b
        assert dataset.duplicate_group[a] == dataset.duplicate_group[b]
        assert row["kind"] in KINDS
        assert 0.5 < float(row["similarity"]) <= 1


def test_sources_are_named_with_their_checksums(dataset: Dataset, synthetic_files: tuple[Path, Path]) -> None:
    assert dataset.info.sources == {path.name: sha256(path) for path in synthetic_files}


@pytest.mark.slow
def test_the_same_files_give_the_same_folder(
    synthetic_files: tuple[Path, Path], prepared: Path, tmp_path: Path
) -> None:
    prepare(*synthetic_files, tmp_path / "again", splits=("official", "random", "published", "folds3"))
    assert contents(tmp_path / "again") == contents(prepared)


def test_kinds_and_seeds_of_splits(synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    made = prepare(*synthetic_files, tmp_path, seeds=(0, 2), duplicates="identical")
    names = {path.stem for path in (tmp_path / "splits").iterdir()}
    assert names == {*DEFAULT_SPLITS, "random-2", "published-2", "folds10-2"}
    assert set(made.splits()) == names
    again = prepare(*synthetic_files, tmp_path, splits=("random",), duplicates="identical", force=True)
    assert list(again.splits()) == ["random"]  # no split of the old data stays


def test_identical_search_finds_exact_copies_only(synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    made = prepare(*synthetic_files, tmp_path, splits=("random",), duplicates="identical")
    plan = planted(600, seed=0)
    together = made.duplicate_group[plan.copies] == made.duplicate_group[plan.sources]
    np.testing.assert_array_equal(together, plan.kinds == COPY_KINDS.index("exact"))
    assert made.info.duplicates["method"] == "identical"
    assert all(name == "method" or name.startswith("identical") for name in made.info.duplicates)


def test_criteria_change_states_and_hash(dataset: Dataset, synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    literal = prepare(*synthetic_files, tmp_path, criteria="literal", splits=("random",), duplicates="identical")
    assert literal.info.criteria == "literal"
    assert (literal.state != dataset.state).any()
    assert literal.data_hash != dataset.data_hash


def test_what_is_there_is_kept_unless_forced(synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OutputExistsError, match="not empty"):
        prepare(*synthetic_files, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
def test_rows_that_were_reordered_within_a_usage_are_refused(tmp_path: Path) -> None:
    """The counts of each Usage stay; only the crowd no longer says what the labels say."""
    faces, votes = write_synthetic(tmp_path, n=1000, seed=0)
    header, *rows = votes.read_text().splitlines()
    by_name = sorted(range(len(rows)), key=lambda i: (rows[i].split(",")[0], rows[i].split(",")[2]))
    usages = [row.split(",")[0] for row in rows]
    assert [usages[i] for i in by_name] != usages  # PrivateTest sorts first: put each Usage back in its place
    places = {usage: iter([i for i in by_name if usages[i] == usage]) for usage in usages}
    votes.write_text("\n".join([header, *(rows[next(places[usage])] for usage in usages)]) + "\n")
    with pytest.raises(DataFileError, match=r"In Training, most raters chose .* reordered; use both as downloaded"):
        prepare(faces, votes, tmp_path / "out", duplicates="identical")
    assert not list((tmp_path / "out").iterdir())


def test_a_kill_amid_the_writing_leaves_no_old_data_with_new_splits(
    synthetic_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = prepare(*synthetic_files, tmp_path, splits=("random",), duplicates="identical")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("aiducation.data.prepare.write_pairs", die)
        with pytest.raises(KeyboardInterrupt):
            prepare(*synthetic_files, tmp_path, splits=("official",), duplicates="identical", force=True)
    with pytest.raises(DataFileError, match="not a prepared data set"):
        Dataset.load(tmp_path)
    again = prepare(*synthetic_files, tmp_path, splits=("random",), duplicates="identical", force=True)
    assert list(again.splits()) == ["random"] and again.data_hash == made.data_hash


@pytest.mark.slow
def test_progress_names_its_stages(synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    seen: dict[str, list[float]] = {}
    prepare(
        *synthetic_files,
        tmp_path,
        splits=("random",),
        progress=lambda stage, share: seen.setdefault(stage, []).append(share),
    )
    assert list(seen) == ["reading", "searching for duplicates", "writing"]
    for shares in seen.values():
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


def test_summary_adds_up(dataset: Dataset) -> None:
    counts = summary(dataset)
    assert json.loads(json.dumps(counts)) == counts
    assert counts["images"] == 600
    assert sum(counts["states"].values()) + counts["other"] == counts["kept"] == counts["cleaning"][-1]["left"]
    labelled = sum(counts["states"].values())
    for parts in counts["splits"].values():
        assert sum(parts.values()) == labelled


@pytest.mark.slow
def test_images_that_nobody_voted_on_are_told(
    synthetic_files: tuple[Path, Path], tmp_path: Path, run_cli: RunCli
) -> None:
    faces, votes = synthetic_files
    header, first, second, *rest = votes.read_text().splitlines()
    silent = [",".join([*row.split(",")[:2], *["0"] * 10]) for row in (first, second)]
    (tmp_path / "votes.csv").write_text("\n".join([header, *silent, *rest]) + "\n")
    answer = run_cli("prepare", faces, tmp_path / "votes.csv", "--duplicates", "identical", "--out", tmp_path / "data")
    assert answer.code == 0 and "nobody voted on 2 images, which count as other" in answer.out
    made = Dataset.load(tmp_path / "data")
    assert summary(made)["without_votes"] == 2 and made.state[:2].tolist() == [-1, -1]
    answer = run_cli("describe", tmp_path / "data", "--no-faces", "--out", tmp_path / "report")
    assert answer.code == 0 and "NaN" not in (tmp_path / "report" / "data_report.json").read_text()


def test_command(synthetic_files: tuple[Path, Path], tmp_path: Path, run_cli: RunCli) -> None:
    command = ("prepare", *synthetic_files, "--duplicates", "identical", "--split", "random", "--out")
    text = run_cli(*command, tmp_path / "a")
    assert text.code == 0
    assert "600 images" in text.out
    assert "split random:" in text.out
    (copies,) = [line for line in text.out.splitlines() if line.startswith("  identical")]
    assert copies.split()[1:] == [
        str(Dataset.load(tmp_path / "a").info.duplicates[f"identical_{what}"])
        for what in ("groups", "images", "largest_group")
    ]
    assert "nearly" not in text.out and "nobody voted" not in text.out
    assert text.err.splitlines()[-2:] == [
        f"Wrote {tmp_path / 'a'}",
        f"Next: aiducation describe {tmp_path / 'a'} --out {tmp_path / 'a'}-report",
    ]
    as_json = run_cli(*command, tmp_path / "b", "--json")
    assert json.loads(as_json.out) == summary(Dataset.load(tmp_path / "b"))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
