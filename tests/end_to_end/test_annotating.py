"""The commands about people's labels, as a researcher uses them."""

from __future__ import annotations

import csv
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from aiducation.exchange.formats import ANNOTATION_FORMATS, write_annotations
from aiducation.exports.formats import save
from aiducation.observations.track_names import TrackNames
from aiducation.signature import is_signed
from aiducation.texts import LANGUAGES
from annotation_makers import coded, photo_labels
from coded_lessons import coder, lesson
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from needs import need_package
from page_words import check_languages


@pytest.fixture(scope="module")
def coded_lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result, and two people's codings of it: a table and a file of ELAN."""
    folder = tmp_path_factory.mktemp("lesson")
    recording, truth = lesson()
    save(recording, folder, ["json"])
    write_annotations(coder(truth, "Anna"), folder / "anna.csv", "csv")
    write_annotations(coder(truth, "Ben", seed=2, late=1.5), folder / "ben.eaf", "elan")
    after, _ = lesson(seed=5, bored=0.6, source="after.mp4")
    save(after, folder, ["json"])
    return folder


@pytest.mark.slow
def test_agree_on_a_recording(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    files = [coded_lesson / name for name in ("anna.csv", "ben.eaf", "lesson.json")]
    answer = run_cli("agree", *files, "--json")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert found["raters"] == ["Anna", "Ben", "model"] and found["people"] == 10
    paged = run_cli("agree", files[0], files[2], "--out", tmp_path / "page", "--json")
    assert paged.code == 0, paged.err
    assert json.loads(paged.out) == json.loads((tmp_path / "page" / "agreement.json").read_text(encoding="utf-8"))
    pair = found["pairs"][0]
    assert pair["cohen_kappa"]["low"] < pair["cohen_kappa"]["estimate"] < pair["cohen_kappa"]["high"]
    assert 0 < pair["events"]["median_delay_s"] < 1.5, "Ben is late"
    assert 0.2 < found["model"]["threshold"] < 1 and found["model"]["held_out"]["estimate"] == pytest.approx(
        0.8, abs=0.1
    )
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert page.count("<figure") == 3 + 2 and "http" not in page.split("<body")[1].replace("http://www.w3.org", "")
    units = list(csv.DictReader((tmp_path / "page" / "units.csv").open(encoding="utf-8")))
    assert len(units) >= 10 * 110 and {"Anna", "model", "p_bored"} <= units[0].keys()
    shown = run_cli("agree", *files[:2])
    assert "Anna and Ben agree on" in shown.out and "Cohen's kappa" in shown.out


@pytest.mark.slow
def test_raters_whose_names_are_alike_have_files_of_their_own(tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    raters = ("Zo\u00eb/B", "Zo\u00eb B", "Zoe\u0308 B", "zo\u00eb_b")
    states = ["bored", "angry", "focused", "neutral"] * 3
    for k, rater in enumerate(raters):
        turned = [*states[k:], *states[:k]]
        write_annotations(photo_labels(turned, rater), tmp_path / f"{k}.json", "json")
    files = [tmp_path / f"{k}.json" for k in range(len(raters))]
    answer = run_cli("agree", *files, "--out", tmp_path / "page")
    assert answer.code == 0, answer.err
    for pattern in ("states_*.csv", "figures/confusion_*.svg", "figures/states_*.png"):
        written = [str(path) for path in (tmp_path / "page").glob(pattern)]
        assert len({unicodedata.normalize("NFC", name).casefold() for name in written}) == 6, written


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model", "who", "P_BORED", "person "])
def test_columns_of_raters_are_not_those_of_others(name: str, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    recording, truth = lesson()
    save(recording, tmp_path, ["json"])
    write_annotations(coder(truth, name), tmp_path / "labels.json", "json")
    answer = run_cli("agree", tmp_path / "labels.json", tmp_path / "lesson.json", "--out", tmp_path / "page", "--json")
    assert answer.code == 0, answer.err
    person, model = json.loads(answer.out)["raters"]
    assert model == "model" and person != model
    with (tmp_path / "page" / "units.csv").open(encoding="utf-8-sig") as file:
        heading = next(csv.reader(file))
    assert len({column.strip().casefold() for column in heading}) == len(heading), heading
    assert heading[5] == "model"


def test_agree_on_photos(tmp_path: Path, run_cli: RunCli) -> None:
    states = ["bored", "angry", "focused", "neutral"] * 5
    write_annotations(photo_labels(states), tmp_path / "anna.json", "json")
    write_annotations(photo_labels([*states[:15], *["bored"] * 5], "Ben"), tmp_path / "ben.csv", "csv")
    answer = run_cli("agree", tmp_path / "anna.json", tmp_path / "ben.csv", "--json")
    found = json.loads(answer.out)
    assert found["units"] == 20 and found["people"] == 20 and found["pairs"][0]["events"] is None
    assert found["pairs"][0]["observed"]["estimate"] == 16 / 20


def test_labels_go_to_every_tool_and_come_back(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    lines = run_cli("list", "annotations").out
    for name, one in ANNOTATION_FORMATS.items():
        assert name in lines
        if one.write is None or not one.recordings:
            continue
        out = tmp_path / f"{name}{one.ending}"
        words = ("annotations", coded_lesson / "anna.csv", "--to", name, "--out", out, "--fps", 25)
        made = run_cli(*words, "--result", coded_lesson / "lesson.json")
        assert made.code == 0, made.err
        again = run_cli("agree", out, coded_lesson / "anna.csv", "--fps", 25, "--json")
        assert again.code == 0, again.err
        kappa = json.loads(again.out)["pairs"][0]["cohen_kappa"]["estimate"]
        assert kappa > 0.99, name
        check_refused(run_cli(*words), COULD_NOT, "--force")


def test_correct_and_compare(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    out = tmp_path / "corrected"
    answer = run_cli("correct", coded_lesson / "lesson.json", coded_lesson / "anna.csv", "--out", out)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("Changed by hand: states of ")
    assert answer.err.splitlines()[-1] == f"Next: open {out / 'lesson.report.html'} in a browser"
    after = json.loads((out / "lesson.json").read_text(encoding="utf-8"))
    assert after["notes"] == [answer.out.strip()] and after["settings"]["changed by hand"]
    assert answer.out.strip()[:30] in (out / "lesson.report.html").read_text(encoding="utf-8")
    again = run_cli("agree", coded_lesson / "anna.csv", out / "lesson.json", "--json")
    assert json.loads(again.out)["pairs"][0]["cohen_kappa"]["estimate"] > 0.99
    both = coded_lesson / "lesson.json", coded_lesson / "after.json"
    page = run_cli("compare", *both, "--out", tmp_path / "compared", "--json")
    assert page.code == 0, page.err
    found = json.loads(page.out)["differences"][0]
    assert found["states"]["bored"]["difference"]["low"] > 0 and found["people_in_both"] == 0
    people = list(csv.DictReader((tmp_path / "compared" / "people.csv").open(encoding="utf-8")))
    assert {row["condition"] for row in people} == {"lesson.mp4", "after.mp4"}
    rows = list(csv.DictReader((tmp_path / "compared" / "differences.csv").open(encoding="utf-8")))
    shares = ("share_compared_with", "share", "difference")
    headings = [
        "condition",
        "compared_with",
        "state",
        *(f"{name}{end}" for name in shares for end in ("", "_low", "_high")),
    ]
    assert list(rows[0]) == headings, "no heading depends on what is compared"
    assert {(row["condition"], row["compared_with"]) for row in rows} == {("after.mp4", "lesson.mp4")}
    for row in rows:
        gap = float(row["share"]) - float(row["share_compared_with"])
        assert float(row["difference"]) == pytest.approx(gap, abs=1e-5)
    before_after = json.loads(run_cli("compare", coded_lesson / "lesson.json", out / "lesson.json", "--json").out)
    assert before_after["differences"][0]["people_in_both"] == 10
    names = []
    for source in ("lesson.mp4", "after.mp4"):
        named = TrackNames(source=source, names={k: f"person {k}" for k in range(10)})
        names += ["--names", tmp_path / f"{source}.names.json"]
        names[-1].write_text(json.dumps(named.to_json()))
    same = json.loads(run_cli("compare", *both, *names, "--json").out)["differences"][0]
    assert same["people_in_both"] == 10
    (tmp_path / "conditions.csv").write_text("source,condition\nlesson.mp4,morning\nafter.mp4,evening\n")
    told = run_cli("compare", *both, "--conditions", tmp_path / "conditions.csv")
    assert "In evening the share of bored is larger than in morning" in told.out


def test_labels_that_change_no_result_are_not_called_labels_of_another_file(
    coded_lesson: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text("source,track_id,attribute,value\nlesson.mp4,1,glasses,none\nlesson.mp4,2,age,child\n")
    answer = run_cli("correct", coded_lesson / "lesson.json", groups, "--out", tmp_path / "out")
    check_refused(answer, COULD_NOT, "No annotation about lesson.mp4 changes its result: they are of the kind group.")
    groups.write_text(groups.read_text().replace("lesson.mp4", "other.mp4"))
    answer = run_cli("correct", coded_lesson / "lesson.json", groups, "--out", tmp_path / "out")
    check_refused(answer, COULD_NOT, "None of the annotations (2) is about lesson.mp4", "They are about other.mp4.")


@pytest.mark.slow
def test_agreement_speaks_every_language(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    several = [coded_lesson / name for name in ("anna.csv", "ben.eaf", "lesson.json")]
    for k, files in enumerate((several, several[1:])):
        pages, said, tables = {}, {}, {}
        for language in LANGUAGES:
            out = tmp_path / f"{k}{language}"
            answer = run_cli("agree", *files, "--language", language, "--out", out)
            assert answer.code == 0, answer.err
            pages[language] = (out / "index.html").read_text(encoding="utf-8")
            said[language] = [line for line in (answer.out + answer.err).splitlines() if line]
            tables[language] = [path.read_bytes() for path in [*sorted(out.glob("*.csv")), out / "agreement.json"]]
        check_languages(
            pages,
            same=r"neutral|Anna|Ben|((anna\.csv|ben\.eaf|lesson\.json)(, )?)+|--threshold 0\.\d+|figures/\w+\.svg, \.png",
        )
        for language in set(LANGUAGES) - {"en"}:
            assert not set(said[language]) & set(said["en"])
            assert tables[language] == tables["en"], "programs read them"
        assert "Trefferquote" in pages["de"] and "laut Modell" in pages["de"] and "piste 3" in pages["fr"]


def test_group_labels_and_a_missing_pair_speak_every_language(tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    head = "source,person,from_s,to_s,kind,state,attribute,value,annotator"
    for name, glasses in (("anna", "glasses"), ("ben", "none")):
        rows = [f"m.mp4,person {i},,,group,,glasses,{glasses if i else 'none'},{name}" for i in range(6)]
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    pages = {}
    for language in LANGUAGES:
        both = tmp_path / "anna.csv", tmp_path / "ben.csv"
        answer = run_cli("agree", *both, "--language", language, "--out", tmp_path / language)
        assert answer.code == 0, answer.err
        pages[language] = (tmp_path / language / "index.html").read_text(encoding="utf-8")
    check_languages(pages, same=r"(anna|ben)(\.csv, ben\.csv)?|nominal|alpha")
    assert "Übereinstimmung bei Gruppenbeschriftungen" in pages["de"] and "lunettes" in pages["fr"]


@pytest.mark.slow
def test_a_comparison_speaks_every_language(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    names = "lesson", "after"
    results = [coded_lesson / f"{name}.json" for name in names]
    pages, said, files = {}, {}, {}
    for language in LANGUAGES:
        out = tmp_path / language
        answer = run_cli("compare", *results, "--language", language, "--out", out)
        assert answer.code == 0, answer.err
        assert is_signed(out / "people.csv"), "it has a row for each person and step"
        pages[language] = (out / "index.html").read_text(encoding="utf-8")
        said[language] = [line for line in (answer.out + answer.err).splitlines() if line]
        files[language] = [(out / name).read_bytes() for name in ("comparison.json", "differences.csv", "people.csv")]
    check_languages(pages, same=r"(lesson|after)\.mp4|neutral|figures/\w+\.svg, \.png")
    for language in set(LANGUAGES) - {"en"}:
        assert not set(said[language]) & set(said["en"])
        assert files[language] == files["en"], "programs read them"
    assert "In after.mp4 ist der Anteil von „gelangweilt“ größer als in lesson.mp4, um 11 Prozentpunkte" in pages["de"]
    assert "dans lesson.mp4 1\u202f200 sur 1\u202f200" in "".join(said["fr"])


@pytest.mark.slow
def test_names_are_in_a_report_that_asks_for_them(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    names = tmp_path / "names.json"
    names.write_text(json.dumps(TrackNames(source="lesson.mp4", names={0: "Grace", 1: "Ada"}).to_json()))
    command = (
        "correct",
        coded_lesson / "lesson.json",
        coded_lesson / "anna.csv",
        "--names",
        names,
        *("--save", "report", "csv,json"),  # as analyze takes them
    )
    assert run_cli(*command, "--out", tmp_path / "plain").code == 0
    assert run_cli(*command, "--out", tmp_path / "named", "--show-names").code == 0
    holds = {path for path in tmp_path.glob("*/lesson*") if "Grace" in path.read_text(encoding="utf-8")}
    assert holds == {tmp_path / "named" / "lesson.report.html"}
    assert {path.suffix for path in (tmp_path / "named").glob("lesson*")} == {".html", ".csv", ".json"}
    events = tmp_path / "events.csv"
    events.write_text("kind,source,from_s,state,note\nevent,lesson.mp4,61,,group work\n")
    answer = run_cli("correct", coded_lesson / "lesson.json", events, "--out", tmp_path / "events")
    assert answer.code == 0 and answer.out.strip() == "1:01 marked: group work.", answer.err


@pytest.mark.slow
def test_names_that_nobody_has_are_told(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Of another recording, and of another analysis of the same one, whose tracks have other numbers."""

    def named(source: str, names: dict[int, str]) -> Path:
        path = tmp_path / f"{source}.{len(names)}.json"
        path.write_text(json.dumps(TrackNames(source=source, names=names).to_json()))
        return path

    other, some = named("other.mp4", {0: "Ada"}), named("lesson.mp4", {0: "Grace", 4711: "Mia", 4712: "Ida"})
    right = named("lesson.mp4", {1: "Ada"})
    result, anna = coded_lesson / "lesson.json", coded_lesson / "anna.csv"
    elsewhere = "The names of tracks of other.mp4 are not used: the tracks here are of lesson.mp4"
    unknown = "Names without a track in the result of lesson.mp4: 2 of 4 (tracks 4711, 4712)."
    for k, command in enumerate(
        (
            ("correct", result, anna, "--save", "report", "--show-names", "--out", tmp_path / "corrected"),
            ("agree", result, anna, "--json"),
            ("compare", result, coded_lesson / "after.json", "--json"),
        )
    ):
        told = run_cli(*command, "--names", other, "--names", some, "--names", right)
        assert told.code == 0 and elsewhere in told.err and unknown in told.err, told.err
        quiet = run_cli(*command, *(("--force",) if not k else ()), "--names", right)
        assert quiet.code == 0 and "not used" not in quiet.err and "without a track" not in quiet.err, quiet.err
    page = (tmp_path / "corrected" / "lesson.report.html").read_text(encoding="utf-8")
    assert "Ada" in page
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    check_refused(run_cli("agree", result, anna, "--names", broken), COULD_NOT, str(broken), "names of tracks")
    new_track = tmp_path / "split.csv"
    new_track.write_text("kind,source,track_id,from_s,into,state\nsplit,lesson.mp4,1,20,99,\n")
    parts = named("lesson.mp4", {1: "Ada", 99: "Grace"})
    told = run_cli("correct", result, new_track, "--names", parts, "--out", tmp_path / "split")
    assert told.code == 0 and "without a track" not in told.err, told.err


def test_small_groups_are_withheld(tmp_path: Path, run_cli: RunCli) -> None:
    for source, seed in (("a.mp4", 0), ("b.mp4", 1)):
        save(lesson(people=3, seconds=20, seed=seed, source=source)[0], tmp_path, ["json"])
    check_refused(run_cli("compare", tmp_path / "a.json", tmp_path / "b.json"), COULD_NOT, "withheld", "--min-group 1")
    assert run_cli("compare", tmp_path / "a.json", tmp_path / "b.json", "--min-group", 1).code == 0


def test_one_state_only_is_said(tmp_path: Path, run_cli: RunCli) -> None:
    for name in ("Anna", "Ben"):
        write_annotations(
            coded({f"track {k}": [(0, 9, "bored")] for k in range(4)}, name), tmp_path / f"{name}.csv", "csv"
        )
    answer = run_cli("agree", tmp_path / "Anna.csv", tmp_path / "Ben.csv", "--json")
    assert "With one state only" in "".join(json.loads(answer.out)["notes"])
    assert json.loads(answer.out)["pairs"][0]["cohen_kappa"]["estimate"] is None


def test_wrong_use(coded_lesson: Path, tmp_path: Path, run_cli: RunCli) -> None:
    anna, result = coded_lesson / "anna.csv", coded_lesson / "lesson.json"
    other = tmp_path / "other.json"
    write_annotations(photo_labels(["bored"], "Cleo", "x.jpg"), other, "json")
    newer = tmp_path / "newer.json"
    newer.write_text('{"annotations_version": 9, "annotations": []}')
    cases = [
        (("agree", anna), WRONG_USE, "two raters"),
        (("agree", result), WRONG_USE, "two raters"),
        (("agree", anna, other), COULD_NOT, "No face, and no person at any time"),
        (("agree", anna, tmp_path / "missing.csv"), COULD_NOT, "missing.csv"),
        (("agree", anna, newer), COULD_NOT, "version 9"),
        (("agree", anna, result, "--every", 0), WRONG_USE, "--every"),
        (("agree", anna, anna, "--every", "inf"), WRONG_USE, "--every"),
        (("compare", result, result, "--step", 1e-9), WRONG_USE, "--step"),
        (("agree", anna, result, "--code", "x"), WRONG_USE, "--code"),
        (("annotations", anna, "--to", "elan"), WRONG_USE, "--out"),
        (("annotations", anna, "--to", "elen", "--out", tmp_path / "x"), WRONG_USE, "Did you mean 'elan'"),
        (("annotations", anna, "--to", "boris-table", "--out", tmp_path / "x"), WRONG_USE, "only be read"),
        (
            ("correct", result, other, "--out", tmp_path / "c"),
            COULD_NOT,
            "None of the annotations (1) is about lesson.mp4",
        ),
        (("correct", anna, other, "--out", tmp_path / "c"), COULD_NOT, "anna.csv"),
        (("correct", result, anna, "--out", tmp_path / "c", "--show-names"), WRONG_USE, "--names"),
        (("compare", result), WRONG_USE, "two results"),
        (("compare", result, other), COULD_NOT, "other.json"),
        (("compare", result, result), WRONG_USE, "named twice"),
    ]
    for words, code, said in cases:
        check_refused(run_cli(*words), code, said)
    assert not list(tmp_path.glob("x*"))


@pytest.mark.slow
def test_agree_says_what_the_model_left_out_and_who_has_nothing_in_common(tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    recording, truth = lesson(people=8, seconds=40)
    unsure = tuple(
        replace(frame, states=("unclear",) * 3 + frame.states[3:], reasons=("not sure",) * 3 + frame.reasons[3:])
        for frame in recording.frames
    )
    save(replace(recording, frames=unsure), tmp_path, ["json"])
    write_annotations(coder(truth[:, :5], "Ben"), tmp_path / "ben.csv", "csv")
    write_annotations(coder(truth, "Anna"), tmp_path / "anna.csv", "csv")
    late = coded({"track 2": [(0, 9, "bored")]}, "Cleo")
    write_annotations(late, tmp_path / "cleo.csv", "csv")
    files = [tmp_path / name for name in ("anna.csv", "ben.csv", "cleo.csv")]
    people = json.loads(run_cli("agree", *files, "--json").out)
    out = tmp_path / "page"
    answer = run_cli("agree", *files, tmp_path / "lesson.json", "--out", out)
    assert answer.code == 0, answer.err
    found = json.loads((out / "agreement.json").read_text(encoding="utf-8"))
    assert [one for one in found["pairs"] if one["second"] != "model"] == people["pairs"]
    with_model = {one["first"]: one for one in found["pairs"] if one["second"] == "model"}
    left, rated = with_model["Anna"]["left_out_without_state"], with_model["Anna"]["units"]
    assert left >= with_model["Ben"]["left_out_without_state"] > 0
    words = f"{left} of {left + rated} moments left out: the model gave no state"
    page = (out / "index.html").read_text(encoding="utf-8")
    flat = " ".join(answer.out.split())
    assert words.capitalize() in page and words.split(":")[0].split()[0] in flat and "left out" in flat
    assert found["pairs_without_common"] == ["Cleo and model"], "the model gave track 2 no state"
    assert "Cleo and model gave no state to the same moment" in " ".join(page.split())


def test_compare_says_what_its_shares_and_intervals_are_about(tmp_path: Path, run_cli: RunCli) -> None:
    for source, seed in (("a.mp4", 0), ("b.mp4", 1)):
        made, _ = lesson(people=6, seconds=20, seed=seed, source=source)
        if source == "b.mp4":
            unsure = {"states": ("unclear",) * 4, "reasons": ("not sure",) * 4}
            frames = [
                replace(one, states=unsure["states"] + one.states[4:], reasons=unsure["reasons"] + one.reasons[4:])
                for one in made.frames
            ]
            made = replace(made, frames=tuple(frames))
        save(made, tmp_path, ["json"])
    both = tmp_path / "a.json", tmp_path / "b.json"
    answer = run_cli("compare", *both)
    shown = " ".join((answer.out + answer.err).split())
    assert "Shares are mean probabilities" in shown and "in b.mp4 40 of 120 (33 %)" in shown
    assert "Warning: in b.mp4 fewer than half" in shown and "Warning: in a.mp4" not in shown
    assert "Tracks are counted, not people" in shown and "of which these tracks are a random sample" in shown
    found = json.loads(run_cli("compare", *both, "--json").out)
    assert found["counted"] == "tracks" and found["conditions"][1]["faces_with_state"] == 40
    names = []
    for source in ("a.mp4", "b.mp4"):
        names += ["--names", tmp_path / f"{source}.names.json"]
        named = TrackNames(source=source, names={k: f"person {k}" for k in range(6)})
        names[-1].write_text(json.dumps(named.to_json()))
    assert json.loads(run_cli("compare", *both, *names, "--json").out)["counted"] == "people"


def test_a_file_for_each_lesson_is_one_annotator(tmp_path: Path, run_cli: RunCli) -> None:
    """Two files that name one annotator are one rater, unless they are about the same recording: then he coded it twice."""
    files = []
    for day in ("monday", "friday"):
        _, truth = lesson(people=4, seconds=30, seed=len(files))
        for name in ("Anna", "Ben"):
            files.append(tmp_path / f"{name}-{day}.csv")
            write_annotations(coder(truth, name, source=f"{day}.mp4"), files[-1], "csv")
    found = json.loads(run_cli("agree", *files, "--json").out)
    assert found["raters"] == ["Anna", "Ben"] and len(found["pairs"]) == 1
    assert found["units"] == found["rated_by_all"] == 2 * 4 * 30 and found["people"] == 2 * 4
    again = tmp_path / "again" / files[0].name
    again.parent.mkdir()
    write_annotations(coder(lesson(people=4, seconds=30)[1], "Anna", seed=3, source="monday.mp4"), again, "csv")
    twice = json.loads(run_cli("agree", files[0], again, "--json").out)
    assert twice["raters"] == ["Anna", f"Anna ({again.parent.name}/{again.name})"]
