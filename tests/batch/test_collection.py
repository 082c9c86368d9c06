"""A collection: rows, trends and what is withheld, against figures that are computed another way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from aiducation.batch.collection import Collection, Trend
from aiducation.batch.lessons import Lesson, day_in, read_lessons
from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.summary import summarize
from aiducation.errors import DataFileError, OutputError
from aiducation.files import write_json
from aiducation.observations.faces import VERSION, MadeWith
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import to_json
from aiducation.signature import is_signed
from aiducation.texts import LANGUAGES
from commands import COULD_NOT, RunCli, check_refused
from makers import faces_of
from needs import UNIX, need_package
from page_words import check_languages

duckdb = need_package("duckdb")


def recording(source: str, people: int, seconds: int, seed: int) -> Recording:
    """So many people, each with probabilities that stay as they are."""
    probs = np.random.default_rng(seed).dirichlet([4, 1, 3, 1, 1], size=people)
    frames = tuple(replace(faces_of(list(probs), time_s=float(t)), source=source) for t in range(seconds))
    return Recording(source=source, width=1280, height=720, every_s=1.0, frames=frames)


@pytest.fixture
def term() -> list[Recording]:
    return [
        recording("2026-11-23 maths.mp4", 8, 60, 1),  # a Monday
        recording("GMT20261124-080000_art.mp4", 6, 60, 2),
        recording("20261130_maths.mp4", 3, 60, 3),  # a Monday, too few
        recording("undated.mp4", 7, 30, 4),
    ]


def collected(folder: Path, term: list[Recording], min_group: int = 5) -> dict[tuple[str, str], Trend]:
    set_ = Collection(folder)
    set_.write([(one, None) for one in term])
    found = {(one.kind, one.group): one for one in set_.trends(min_group=min_group, view="states")}
    set_.close()
    return found


def test_trends_are_means_over_people(tmp_path: Path, term: list[Recording]) -> None:
    found = collected(tmp_path, term)
    probs = [one.frames[0].probs.astype(np.float64) for one in term]
    for key, values in {
        ("lesson", "2026-11-23 maths.mp4"): probs[0],
        ("weekday", "Tuesday"): probs[1],
        ("weekday", "unknown"): probs[3],
        ("all", "all lessons"): np.concatenate([probs[0], probs[1], probs[3]]),
    }.items():
        trend = found[key]
        assert trend.people == len(values) and trend.shares is not None
        for i, share in enumerate(trend.shares):
            assert share.estimate == pytest.approx(values[:, i].mean(), abs=1e-6)
            low, high = stats.t.interval(0.95, len(values) - 1, values[:, i].mean(), stats.sem(values[:, i]))
            assert (share.low, share.high) == pytest.approx((max(low, 0.0), min(high, 1.0)), abs=1e-6)
    assert [key for key in found if key[0] == "phase"] == [
        ("phase", "first third"),
        ("phase", "second third"),
        ("phase", "last third"),
    ]
    assert [group for kind, group in found if kind == "lesson"] == [
        "2026-11-23 maths.mp4",
        "GMT20261124-080000_art.mp4",
        "undated.mp4",
    ]


def test_too_few_people_are_in_no_figure(tmp_path: Path, term: list[Recording]) -> None:
    found = collected(tmp_path / "a", term)
    assert ("lesson", "20261130_maths.mp4") not in found
    assert found["weekday", "Monday"].people == 8  # the three cannot be found by subtraction
    assert ("lesson", "20261130_maths.mp4") in collected(tmp_path / "b", term, min_group=3)


def test_the_set_is_partitioned_and_typed(tmp_path: Path, term: list[Recording]) -> None:
    collected(tmp_path, term)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["month=2026-11", "month=unknown"]
    query = f"SELECT * FROM read_parquet('{tmp_path}/*/*.parquet', hive_partitioning = true) ORDER BY recording, time_s, person"
    rows = duckdb.sql(query).fetchall()
    names = [column[0] for column in duckdb.sql(f"DESCRIBE {query}").fetchall()]
    assert len(rows) == 8 * 6 + 6 * 6 + 3 * 6 + 7 * 3
    first = dict(zip(names, rows[0], strict=True))
    assert first["day"] == date(2026, 11, 23) and first["weekday"] == "Monday" and first["pictures"] == 10
    assert first["phase"] == "first third" and first["together"] == 8 and first["source"] == "2026-11-23 maths.mp4"
    assert first["neutral"] == pytest.approx(float(term[0].frames[0].probs[0, 0]), abs=1e-6)


@pytest.fixture
def results(tmp_path: Path, term: list[Recording]) -> Path:
    """What an analysis of the term would have left, the second recording without its JSON."""
    return saved(term, tmp_path / "results")


def saved(term: list[Recording], results: Path) -> Path:
    results.mkdir()
    manifest = Manifest(results)
    for number, one in enumerate(term):
        write_json(results / f"r{number}.json", to_json(one))
        entry = Entry(
            stem=f"r{number}",
            source=one.source,
            made_from={"file": [one.source]},
            files=(f"r{number}.json",) if number != 1 else (),
            complete=True,
            summary=summarize(one),
        )
        manifest.add(entry)
    return results


@pytest.mark.slow
def test_the_command_writes_a_page(tmp_path: Path, results: Path, run_cli: RunCli) -> None:
    table = tmp_path / "lessons.csv"
    table.write_text("source,day,lesson\nundated.mp4,2026-12-04,<b>PE</b>\n", encoding="utf-8")
    answer = run_cli("collection", results, "--out", tmp_path / "out", "--lessons", table, "--json")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)
    assert [one["group"] for one in said["trends"] if one["kind"] == "weekday"] == ["Monday", "Friday"]
    assert said["left_out"] == [["GMT20261124-080000_art.mp4", "it was saved without json"]]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "1 recording had fewer than 5 people" in page
    assert "&lt;b&gt;PE&lt;/b&gt;" in page and "<b>PE" not in page and "art.mp4: it was saved without json" in page
    assert (tmp_path / "out" / "month=2026-12").is_dir() and (tmp_path / "out" / "weekday.csv").is_file()
    again = run_cli("collection", results, "--out", tmp_path / "out")
    assert again.code == COULD_NOT and "not empty" in again.err


@pytest.mark.slow
def test_different_settings_are_told(tmp_path: Path, term: list[Recording], run_cli: RunCli) -> None:
    versions = (
        replace(one, made_with=MadeWith(settings={VERSION: f"0.0.{number}"})) for number, one in enumerate(term)
    )
    answer = run_cli("collection", saved(list(versions), tmp_path / "results"), "--out", tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert all("different settings (version of this program)" in text for text in (answer.err, page))


@pytest.mark.slow
def test_a_table_of_lessons_from_windows(tmp_path: Path, run_cli: RunCli) -> None:
    results = saved([recording("day 1/maths.mp4", 6, 30, 1)], tmp_path / "results")
    table = tmp_path / "lessons.csv"
    table.write_text("source,day,lesson\nday 1\\maths.mp4,2026-12-04,Maths\n", encoding="utf-8")
    answer = run_cli("collection", results, "--out", tmp_path / "out", "--lessons", table, "--json")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)["trends"]
    assert [one["group"] for one in found if one["kind"] in ("lesson", "weekday")] == ["Maths", "Friday"]
    assert "match no recording" not in answer.err and "does not name" not in answer.err


@pytest.mark.slow
def test_privacy_finds_the_rows_of_people(tmp_path: Path, results: Path, run_cli: RunCli) -> None:
    assert run_cli("collection", results, "--out", tmp_path / "out").code == 0
    rows = sorted((tmp_path / "out").rglob("*.parquet"))
    assert len(rows) == 2 and all(is_signed(path) for path in rows), "undated.mp4 and November"
    assert is_signed(tmp_path / "out" / "trends.json")
    (rows[0].parent / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "out" / "month of mine").mkdir()
    run_cli("privacy", tmp_path / "out", "--delete")
    assert not [path for path in rows if path.exists()]
    left = sorted(path.name for path in (tmp_path / "out").glob("month*"))
    assert left == ["month of mine", rows[0].parent.name], "an empty folder is deleted if it is one of the set"


@pytest.mark.slow
def test_the_page_and_the_terminal_speak_every_language(tmp_path: Path, results: Path, run_cli: RunCli) -> None:
    pages, lines, tables = {}, {}, {}
    for language in LANGUAGES:
        out = tmp_path / language
        answer = run_cli("collection", results, "--out", out, "--language", language)
        assert answer.code == 0, answer.err
        pages[language] = (out / "index.html").read_text(encoding="utf-8")
        lines[language] = answer.out.splitlines() + answer.err.splitlines()[:1]
        groups = [one["group"] for one in json.loads((out / "trends.json").read_text(encoding="utf-8"))["trends"]]
        heads = [(out / name).read_text(encoding="utf-8").split("\n")[0] for name in ("lesson.csv", "weekday.csv")]
        tables[language] = [*groups, *heads]
    check_languages(
        pages,
        same=r"2026-11-23 maths\.mp4|(GMT20261124-080000_art|undated)\.mp4.*|figures/\w+\.svg, \.png|Collection",
    )
    for language in set(LANGUAGES) - {"en"}:
        assert not set(lines[language]) & set(lines["en"])
        assert tables[language] == tables["en"]
    assert "Montag" in "".join(lines["de"]) and "lundi" in pages["fr"] and "0,0" in pages["fr"]
    assert "Ausgelassen: GMT20261124-080000_art.mp4: sie wurde ohne json gespeichert." in lines["de"]


@pytest.mark.parametrize(
    "name",
    [
        "term [2026]",
        "a*b",
        "day=2026-01-01",
        "it's",
        "a\\b",
        "\\",
        "a\\[b]",
        "a?b/c",
        "100 % {x}",
        '"',
        " a ",
        "s3:",
        "~",
    ],
)
def test_a_folder_may_have_any_name(name: str, tmp_path: Path, term: list[Recording]) -> None:
    """Nothing in it is a pattern, also where a folder that it would fit lies beside it."""
    if set(name) & set('\\*?":'):
        UNIX.check()
    if name == "term [2026]":
        collected(tmp_path / "term 2", [term[3]])
    here, plain = collected(tmp_path / name, term), collected(tmp_path / "plain", term)
    assert here.keys() == plain.keys()
    for key, one in here.items():
        assert (one.people, one.recordings) == (plain[key].people, plain[key].recordings)
        for share, other in zip(one.shares or (), plain[key].shares or (), strict=True):
            assert share.estimate == pytest.approx(other.estimate, abs=1e-9)


def test_what_duckdb_cannot_do_is_a_sentence(
    tmp_path: Path, term: list[Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("here")
    for call in (
        lambda: collected(tmp_path / "file", term),
        lambda: Collection(tmp_path / "x").trends(min_group=1, view="calm"),
    ):
        with pytest.raises(
            OutputError, match=r"^The Parquet files of the collection cannot be written or read: [^\n]+\.$"
        ):
            call()

    class Full:
        def execute(self, *_: object) -> None:
            raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    set_ = Collection(tmp_path / "full")
    monkeypatch.setattr(set_, "_duckdb", Full())
    with pytest.raises(OutputError, match="Is there room on the disk"):
        set_.write([(term[0], None)])


def test_json_holds_no_nan(tmp_path: Path, run_cli: RunCli) -> None:
    """The mean of one person has no interval."""
    alone = recording("alone.mp4", 1, 20, 5)
    entry = Entry(
        stem="r2",
        source="alone.mp4",
        made_from={"file": ["alone.mp4"]},
        files=("r2.json",),
        complete=True,
        summary=summarize(alone),
    )
    write_json(tmp_path / "one" / "r2.json", to_json(alone))
    Manifest(tmp_path / "one").add(entry)
    answer = run_cli("collection", tmp_path / "one", "--out", tmp_path / "out", "--min-group", 1, "--json")
    assert answer.code == 0, answer.err
    assert "NaN" not in answer.out and '"low": null' in answer.out


@pytest.mark.slow
def test_rows_without_a_recording_and_failures_are_told(tmp_path: Path, results: Path, run_cli: RunCli) -> None:
    manifest = Manifest(results)
    entry = replace(manifest.entries["r0"], stem="r9", source="broken.mp4", files=(), complete=False)
    manifest.add(replace(entry, error="broken.mp4 cannot be decoded."))
    table = tmp_path / "lessons.csv"
    table.write_text("source,day,lesson\nundated.mp4,2026-12-04,\nundatd.mp4,2026-12-05,x\n", encoding="utf-8")
    answer = run_cli("collection", results, "--out", tmp_path / "out", "--lessons", table, "--json")
    assert answer.code == 0, answer.err
    assert "Rows of lessons.csv that match no recording of the results: undatd.mp4." in answer.err
    assert (
        "Recordings that lessons.csv does not name; the day in their names counts: 2026-11-23 maths.mp4" in answer.err
    )
    assert "Left out broken.mp4: broken.mp4 cannot be decoded." in answer.err and "--resume" not in answer.err


def test_what_holds_no_results_is_refused(tmp_path: Path, run_cli: RunCli) -> None:
    check_refused(run_cli("collection", tmp_path, "--out", tmp_path / "out"), COULD_NOT, "no results.jsonl")
    assert not (tmp_path / "out").exists()


def test_why_no_recording_counts_is_told_of_each(tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "r0.json").write_text("damaged", encoding="utf-8")
    known = summarize(recording("a.mp4", 1, 20, 5))
    for stem, source, summary in (("p", "a photo.jpg", replace(known, kind="photo")), ("r0", "lesson.mp4", known)):
        made_from = {"file": [source]}
        files = (f"{stem}.json",)
        Manifest(tmp_path).add(
            Entry(stem=stem, source=source, made_from=made_from, files=files, complete=True, summary=summary)
        )
    answer = run_cli("collection", tmp_path, "--out", tmp_path / "out")
    check_refused(answer, COULD_NOT, "holds no recording with faces that were seen well")
    assert "Left out lesson.mp4: Cannot read" in answer.err and "Left out a photo.jpg: a photo has no" in answer.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-11-23 maths.mp4", date(2026, 11, 23)),
        ("GMT20261123-080000_Recording.mp4", date(2026, 11, 23)),
        ("7a/2026_02_28/a.mp4", date(2026, 2, 28)),
        ("copied 2026-12-01/2026-11-23 maths.mp4", date(2026, 11, 23)),
        ("20260231.mp4", None),
        ("120261123.mp4", None),
        ("2026-11.mp4", None),
    ],
)
def test_days_in_names(name: str, day: date | None) -> None:
    assert day_in(name) == day


def test_tables_of_lessons(tmp_path: Path) -> None:
    path = tmp_path / "lessons.csv"
    path.write_text("source,day\na.mp4,2026-11-23\n", encoding="utf-8")
    assert read_lessons(path) == {"a.mp4": Lesson(source="a.mp4", name="a.mp4", day=date(2026, 11, 23))}
    path.write_text("source,day\na.mp4,23.11.2026\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="written like 2026-11-23"):
        read_lessons(path)
    path.write_text("source,day,lesson\na.mp4,2026-11-23,\nb.mp4,2026-11-24,\n", encoding="utf-8")
    assert [one.name for one in read_lessons(path).values()] == ["a.mp4", "b.mp4"]  # not one lesson without a name
    path.write_text("source,day\n,2026-11-23\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="recording is not named"):
        read_lessons(path)
