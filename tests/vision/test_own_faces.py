"""A user's own labelled faces."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.errors import DataFileError
from aiducation.media.samples import gallery, portrait
from aiducation.predictions import Predictions
from aiducation.signature import is_signed
from aiducation.states import OUTCOMES, STATES
from aiducation.texts import LANGUAGES
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import default_model_path
from aiducation.vision.model_comparison import compared
from aiducation.vision.own_faces import cut_out, framed, judge_faces, read_groups, read_labels
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from needs import need_package
from page_words import check_languages
from small_data import faces_by_state

#: A second model: the packaged one for graphics cards.
_OTHER = default_model_path().with_name("flagship.onnx")


@pytest.fixture
def folder(tmp_path: Path, dataset: Dataset) -> Path:
    """Synthetic faces of 48x48 pixels, five a state, and one photo that shows something else."""
    return faces_by_state(tmp_path / "faces", dataset, 5)


def test_what_is_left_out_of_the_folders_is_told(folder: Path, run_cli: RunCli) -> None:
    (folder / "neutral" / "notes.txt").write_text("from the second lesson")
    (folder / "@eaDir").mkdir()
    Image.new("L", (48, 48)).save(folder / "@eaDir" / "thumbnail.jpg")
    answer = run_cli("evaluate", folder)
    assert answer.code == 0, answer.err
    assert "Left out 1 file: neither a photo nor a recording (neutral/notes.txt)" in answer.err
    assert "@eaDir/" in answer.err


def test_crops_are_judged_as_they_are_under_conditions_of_the_training(folder: Path, dataset: Dataset) -> None:
    analyzer = Analyzer(conditions="training")
    seen = judge_faces(analyzer, read_labels(folder))
    assert len(seen.judged) == 20 and not seen.skipped and seen.predictions.states == STATES
    ids = [int(face.path.stem) for face in seen.judged]
    expected = analyzer.assumptions.apply(analyzer.classifier.probs(dataset.images[ids]))
    np.testing.assert_allclose(seen.probs, expected, atol=1e-5)
    assert [STATES[k] for k in seen.predictions.y_true] == [face.outcome for face in seen.judged]


def test_faces_cut_out_by_others_are_framed_as_in_larger_pictures(tmp_path: Path, analyzer: Analyzer) -> None:
    """Whoever cut them out did it in their own way; where no face is found a picture stays as it is."""
    photo = Image.fromarray(portrait())
    left, top, right, bottom = analyzer.detector.detect(np.asarray(photo)).boxes[0]
    middle, half = np.array([left + right, top + bottom]) / 2, max(right - left, bottom - top) / 2
    crops = []
    for number, wider in enumerate((1.2, 1.5)):
        box = (*(middle - half * wider), *(middle + half * wider))
        photo.resize((48, 48), Image.Resampling.BICUBIC, box=tuple(np.clip(box, 0, 512))).save(
            tmp_path / f"{number}.png"
        )
        crops.append(cut_out(analyzer, tmp_path / f"{number}.png")[0].astype(float))
    inner = [one[8:40, 8:40].ravel() for one in crops]
    assert np.corrcoef(inner)[0, 1] > 0.85
    empty = np.full((48, 48, 3), 120, np.uint8)
    np.testing.assert_array_equal(framed(analyzer, empty), empty[..., 0])


def test_photos_are_searched_for_their_largest_face(tmp_path: Path, analyzer: Analyzer) -> None:
    (tmp_path / "other").mkdir()
    Image.fromarray(portrait()).save(tmp_path / "other" / "one.jpg")
    Image.fromarray(gallery(3, 3)).save(tmp_path / "other" / "nine.jpg")
    Image.new("RGB", (300, 300)).save(tmp_path / "other" / "nobody.png")
    (tmp_path / "other" / "broken.png").write_bytes(b"x")
    seen = judge_faces(analyzer, read_labels(tmp_path))
    assert {face.path.name for face in seen.judged} == {"one.jpg", "nine.jpg"} and seen.several == 1
    assert {face.path.name: why.split(" ")[0] for face, why in seen.skipped}.keys() == {
        "nobody.png",
        "broken.png",
    }
    assert seen.predictions.states == OUTCOMES


def test_the_command_on_a_csv(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    rows = [f"{face.path.relative_to(tmp_path)},{face.outcome.upper()}" for face in read_labels(folder)]
    table = tmp_path / "labels.csv"
    table.write_text("\ufefffile,state\n" + "\n".join([*rows, "missing.png,bored"]) + "\n", encoding="utf-8")
    answer = run_cli("evaluate", table, "--out", tmp_path / "answers.csv", "--json")
    assert answer.code == 0 and "missing.png" in answer.err
    shown = json.loads(answer.out)
    assert shown["images"] == 20 and shown["skipped"] == 1 and 0 <= shown["scores"]["accuracy"]["low"] <= 1
    saved = list(csv.DictReader((tmp_path / "answers.csv").open(encoding="utf-8")))
    assert len(saved) == 21 and sum(float(saved[0][f"p_{name}"]) for name in OUTCOMES) == pytest.approx(1, abs=1e-3)
    before = table.read_bytes()
    check_refused(run_cli("evaluate", table, "--out", table), COULD_NOT, "labels.csv exists already", "--force")
    assert table.read_bytes() == before
    assert run_cli("evaluate", table, "--out", tmp_path / "answers.csv", "--force").code == 0
    right = np.mean([row["answer"] == row["label"] for row in saved[:20]])
    assert right == pytest.approx(shown["scores"]["accuracy"]["estimate"])  # the table and the file say the same


@pytest.mark.slow
def test_the_page_of_own_faces(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """The same page as that of two annotators: the labels are one of the raters."""
    need_package("matplotlib")
    answer = run_cli("evaluate", folder, "--out", tmp_path / "page", "--json")
    assert answer.code == 0, answer.err
    found = json.loads((tmp_path / "page" / "agreement.json").read_text(encoding="utf-8"))
    assert found["raters"] == ["labels", "model"] and found["people"] == 20
    accuracy = json.loads(answer.out)["scores"]["accuracy"]["estimate"]
    assert found["model"]["accuracy"]["estimate"] == pytest.approx(accuracy)
    assert {"index.html", "faces.csv", "units.csv"} <= {path.name for path in (tmp_path / "page").iterdir()}
    assert is_signed(tmp_path / "page" / "faces.csv"), "it has a row for each face"
    check_refused(run_cli("evaluate", folder, "--out", tmp_path / "page"), COULD_NOT, "not empty")
    assert run_cli("evaluate", folder, "--out", tmp_path / "page", "--force").code == 0


def test_what_an_analysis_would_show_is_told_too(folder: Path, analyzer: Analyzer, run_cli: RunCli) -> None:
    """An analysis has another view and threshold than the four states that are measured."""
    assert analyzer.view == "calm"
    own = json.loads(run_cli("evaluate", folder, "--json").out)["own_faces"]
    assert own["as_analyzed"]["threshold"] == analyzer.threshold != own["answered"]["threshold"]
    seen = judge_faces(analyzer, read_labels(folder))
    assert own["as_analyzed"] == seen.scores(analyzer.threshold)["answered_calm"]


def test_confusion_calibration_and_coverage_are_shown(folder: Path, run_cli: RunCli) -> None:
    shown = json.loads(run_cli("evaluate", folder, "--json", "--threshold", "0.5").out)["own_faces"]
    assert sum(map(sum, shown["confusion"])) == shown["faces_of_four_states"] == 20
    assert 0 <= shown["calibration_error_four"]["low"] <= shown["calibration_error_four"]["high"] <= 1
    assert shown["answered"]["threshold"] == 0.5 and 0 <= shown["answered"]["coverage"] <= 1
    assert set(shown["calm"]["recall"]) == {"calm", "angry", "bored"}
    answer = run_cli("evaluate", folder, "--priors", "training")
    assert "Confusion: faces with a label" in answer.out and "calibration error" in answer.out
    assert "as 'aiducation analyze' shows them (view calm)" in answer.out and "assumed priors: training" in answer.err


def test_states_without_a_picture_have_no_scores(folder: Path, run_cli: RunCli) -> None:
    """Nor have means over all states. What was never asked cannot be wrong."""
    for path in (folder / "bored").iterdir():
        path.unlink()
    scores = json.loads(run_cli("evaluate", folder, "--json").out)["scores"]
    assert {name for name, score in scores.items() if score is None} == {
        f"{score}_{of}" for score in ("precision", "recall", "f1") for of in ("bored", "macro")
    }
    shown = run_cli("evaluate", folder).out.splitlines()
    assert next(line.split() for line in shown if line.startswith("recall_bored")) == ["recall_bored", "–", "–"]


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "semicolons": lambda text: text.encode(),
    "German Excel": lambda text: text.replace("\n", "\r\n").encode("cp1252"),
    "CSV UTF-8 of Excel": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "Unicode text of Excel": lambda text: text.replace(";", "\t").replace("\n", "\r\n").encode("utf-16"),
    "sep line": lambda text: ("sep=;\n" + text).encode(),
    "capitals": lambda text: text.replace("file;state", "File;STATE").replace("focused", "Focused").encode(),
    "empty rows and columns": lambda text: text.replace("\n", ";;\n;;;\n").encode(),
    "other columns": lambda text: text.replace("file", "Nr.;file").replace("F", "1;F").replace("file", "File").encode(),
    "backslashes": lambda text: text.replace("/", "\\").encode(),
    "backslashes, quoted": lambda text: re.sub(r"(?m)^(F.*?);", r'"\1";', text.replace("/", "\\")).encode(),
    "other capitals in names": lambda text: text.replace("Faces/Zoë.png", "FACES\\zoë.PNG").encode(),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_tables_as_people_have_them(name: str, tmp_path: Path) -> None:
    (tmp_path / "Faces").mkdir()
    for picture in ("Zoë.png", "b c.png"):
        (tmp_path / "Faces" / picture).touch()
    written = WRITTEN[name]("file;state\nFaces/Zoë.png;focused\nFaces/b c.png;bored\n")
    (tmp_path / "labels.csv").write_bytes(written)
    read = read_labels(tmp_path / "labels.csv")
    assert [face.outcome for face in read] == ["focused", "bored"]
    assert [
        face.path.samefile(tmp_path / "Faces" / name) for face, name in zip(read, ("Zoë.png", "b c.png"), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file;state;State\na.png;bored;bored\n", "has the column state twice"),
        ("file,state,person,Person\na.png,bored,A,B\n", "has the column person twice"),
        ("file,state\na.png,bored\nb.png,angry\n./a.png,angry\n", "line 4: ./a.png was listed before, on line 2; keep"),
        ("file;state\nX:\\faces\\a.png;bored\n", r"line 2: X:\\faces\\a\.png is a path on another computer"),
        ("file;state\na.png;gelangweilt\n", "line 2: 'gelangweilt' is not one of neutral, angry"),
        ("file;state\na.png,bored\n", "line 2: expected 2 values, got 1; values are separated by semicolons"),
        ("photo,state\na.png,bored\n", "lacks the column file"),
        ("a.png,bored\n", "lacks the column file and state"),
        ("file,state\na.png,happy\n", "line 2: 'happy' is not one of"),
        ("file,state\n,bored\n", "line 2: no file"),
        ("file,state\n", "lists no pictures"),
        ("", "lacks the column"),
        ("file,state\na.png\n", "line 2"),
    ],
)
def test_tables_that_are_wrong(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=words):
        read_labels(tmp_path / "labels.csv")


def test_nothing_to_judge(tmp_path: Path, run_cli: RunCli) -> None:
    check_refused(run_cli("evaluate", tmp_path), COULD_NOT, "has no folder named neutral")
    (tmp_path / "run.json").write_text("{}")
    check_refused(run_cli("evaluate", tmp_path), COULD_NOT, "run.json")
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe\x00")
    check_refused(run_cli("evaluate", tmp_path / "labels.csv"), COULD_NOT, "cannot be read as a CSV")
    (tmp_path / "labels.csv").write_text("file,state\nnone.png,bored\n")
    check_refused(run_cli("evaluate", tmp_path / "labels.csv"), COULD_NOT, "could be judged")


def test_one_picture_is_too_few_for_an_interval(folder: Path, run_cli: RunCli) -> None:
    for picture in sorted(folder.glob("*/*.png"))[1:]:
        picture.unlink()
    shown = run_cli("evaluate", folder).out
    [accuracy] = [line.split() for line in shown.splitlines() if line.startswith("accuracy")]
    assert accuracy[1] in ("0.0000", "1.0000") and accuracy[2:] == ["–"]
    scores = json.loads(run_cli("evaluate", folder, "--json").out)["scores"]
    assert scores["accuracy"]["low"] is None and scores["accuracy"]["high"] is None


def test_no_folder_of_pictures_is_passed_over(folder: Path, run_cli: RunCli) -> None:
    (folder / "neutral").rename(folder / "Neutral")
    assert "faces judged: 20 of 20" in run_cli("evaluate", folder).out
    (folder / "bored").rename(folder / "sleepy")
    check_refused(
        run_cli("evaluate", folder), COULD_NOT, "sleepy contains pictures, but its name is not one of neutral"
    )


def test_options_that_would_be_ignored_are_refused(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    check_refused(run_cli("evaluate", folder, "--split", "valid"), WRONG_USE, "--split is for a run")
    check_refused(run_cli("evaluate", tmp_path / "none"), COULD_NOT, "There is no folder and no file")


@pytest.mark.slow
def test_the_packaged_model_has_a_word(
    folder: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(default_model_path(), "mine.onnx")
    answer = run_cli("compare", "packaged", "mine.onnx", "--faces", folder, "--json")
    assert answer.code == 0, answer.err
    assert (
        list(json.loads(answer.out)["models"]) == ["packaged", "mine"] and "The same command with --out" in answer.err
    )
    need_package("matplotlib")
    answer = run_cli("compare", "packaged", "mine.onnx", "--faces", folder, "--out", tmp_path / "page")
    assert answer.code == 0 and "index.html" in answer.err.splitlines()[-1], answer.err
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "Models on the same labelled faces: packaged, mine." in page and "are right for" in page
    with (tmp_path / "page" / "comparison.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(float(row["estimate"]) >= 0 for row in rows), "numbers that R and pandas read, not words"
    assert float(rows[-7]["lead"]) == 0 and {"estimate_low", "lead_high", "p"} <= set(rows[0])
    assert {"comparison.csv", "comparison.json"} <= {path.name for path in (tmp_path / "page").iterdir()}
    assert is_signed(tmp_path / "page" / "comparison.json")
    assert run_cli("evaluate", folder, "--model", "packaged").out == run_cli("evaluate", folder).out
    check_refused(run_cli("compare", "packaged", "packaged", "--faces", folder), WRONG_USE, "two different models")
    (tmp_path / "packaged").write_bytes(b"no model")  # a file of this name is meant where there is one
    check_refused(run_cli("evaluate", folder, "--model", "packaged"), COULD_NOT, "packaged cannot be opened")


def test_groups_of_a_comparison_in_a_table_of_windows(tmp_path: Path) -> None:
    pictures = [tmp_path / "faces" / f"{name}.png" for name in "ab"]
    pictures[0].parent.mkdir()
    for path in pictures:
        path.touch()
    table = tmp_path / "rooms.csv"
    table.write_text("file,group\nfaces\\a.png,1\nFACES\\B.PNG,2\n", encoding="utf-8")
    assert read_groups(table, pictures) == ["1", "2"]


@pytest.mark.slow
def test_a_comparison_of_models_speaks_every_language(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("matplotlib")
    mine, pages, said, files = tmp_path / "mine.onnx", {}, {}, {}
    shutil.copy(default_model_path(), mine)
    rooms = tmp_path / "rooms.csv"
    rows = [f"{path},{'AB'[k % 2]}" for k, path in enumerate(sorted(folder.rglob("*.png")))]
    rooms.write_text("\n".join(["file,group", *rows]), encoding="utf-8")
    for language in LANGUAGES:
        out = tmp_path / language
        models = ("compare", "packaged", mine, "--faces", folder, "--groups", rooms)
        answer = run_cli(*models, "--language", language, "--out", out)
        assert answer.code == 0, answer.err
        pages[language] = (out / "index.html").read_text(encoding="utf-8")
        said[language] = [line for line in (answer.out + answer.err).splitlines() if line]
        files[language] = [(out / name).read_bytes() for name in ("comparison.json", "comparison.csv")]
    check_languages(pages, same=r"packaged|mine|figures/\w+\.svg, \.png")
    assert "those of groups together for all groups and models" in pages["en"]
    for language in set(LANGUAGES) - {"en"}:
        assert not set(said[language]) & set(said["en"])
        assert files[language] == files["en"], "programs read them"
    assert "Trefferquote: verärgert" in pages["de"] and "rappel : ennuyé" in "".join(said["fr"])


def test_of_several_models_a_difference_is_certain_only_if_its_adjusted_p_is_small() -> None:
    """Twenty models that are copies but for the one that is right a little more often: chance alone can do that."""
    rng, n = np.random.default_rng(0), 60
    truth = rng.integers(0, 4, n)
    wrong = np.where(rng.random(n) < 0.5, truth, (truth + 1) % 4)
    better = wrong.copy()
    better[np.flatnonzero(wrong != truth)[:7]] = truth[np.flatnonzero(wrong != truth)[:7]]

    def made(answers: np.ndarray) -> Predictions:
        probs = np.full((n, 4), 0.1)
        probs[np.arange(n), answers] = 0.7
        return Predictions(ids=np.arange(n), y_true=truth, probs=probs, groups=np.arange(n), states=STATES, info={})

    two = compared({"first": made(wrong), "better": made(better)})
    many = compared({"first": made(wrong), "better": made(better)} | {f"copy {k}": made(wrong) for k in range(18)})
    assert "better is right more often than first" in two.headline()
    assert "the difference is not certain" in many.headline()

    right, never = made(truth), made((truth + 1) % 4)
    for models, sign in ({"first": never, "all": right}, "more"), ({"first": right, "all": never}, "less"):
        assert f"all is right {sign} often than first" in compared(models).headline(), (
            "resamples have no spread, but all agree"
        )


@pytest.mark.slow
@pytest.mark.parametrize("with_other", [False, True])
def test_the_page_says_what_the_command_says(
    with_other: bool, folder: Path, tmp_path: Path, run_cli: RunCli, analyzer: Analyzer
) -> None:
    """Threshold, coverage, answers that are right and calibration error are the same numbers."""
    need_package("matplotlib")
    if with_other:
        (folder / "other").mkdir()
        for i in range(8):
            noise = np.random.default_rng(i).integers(0, 255, (48, 48), dtype=np.uint8)
            Image.fromarray(noise).save(folder / "other" / f"{i}.png")
    answer = run_cli("evaluate", folder, "--out", tmp_path / "page", "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)["own_faces"]
    page = json.loads((tmp_path / "page" / "agreement.json").read_text(encoding="utf-8"))["model"]
    expected = analyzer.assuming(view="states").threshold
    assert page["default"] == pytest.approx(expected) and told["answered"]["threshold"] == pytest.approx(expected)
    assert page["answered"]["estimate"] == pytest.approx(told["answered"]["coverage"], abs=1e-4)
    assert page["right"]["estimate"] == pytest.approx(told["answered"]["accuracy"]["estimate"], abs=1e-4)
    assert page["calibration_error"]["estimate"] == pytest.approx(told["calibration_error_four"]["estimate"], abs=1e-4)
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "calibration error on faces of the four states" in text
    assert "Of all faces, with 'other' as a possible answer" in run_cli("evaluate", folder).out


@pytest.mark.slow
def test_models_are_compared_as_they_are_evaluated(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Under the same assumptions: the scores of one model are those of 'aiducation evaluate'."""
    mine = tmp_path / "mine.onnx"
    shutil.copy(default_model_path(), mine)
    evaluated = json.loads(run_cli("evaluate", folder, "--json").out)
    found = json.loads(run_cli("compare", "packaged", mine, "--faces", folder, "--json").out)
    one = found["models"]["packaged"]
    assert one["scores"]["accuracy"]["estimate"] == pytest.approx(evaluated["scores"]["accuracy"]["estimate"], abs=1e-4)
    for ours, theirs in (("balanced_accuracy", "balanced_accuracy"), ("calibration_error", "calibration_error_four")):
        value = one[ours]["estimate"] if isinstance(one[ours], dict) else one[ours]
        assert value == pytest.approx(evaluated["own_faces"][theirs]["estimate"], abs=1e-4)
    assert found["balanced_accuracy_counts_other"] is False
    for answer in (run_cli("evaluate", folder), run_cli("compare", "packaged", mine, "--faces", folder)):
        assert "balanced accuracy (without other)" in answer.out


@pytest.mark.slow
def test_few_people_and_unknown_ones_are_told(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Intervals draw people: those of two look as certain as those of a hundred."""
    pictures = sorted(folder.rglob("*.png"))
    rows = [f"{p.relative_to(tmp_path)},{p.parent.name},{'' if i % 5 == 4 else i % 2}" for i, p in enumerate(pictures)]
    for known, unknown, n in ((rows, 4, 6), ([row for row in rows if not row.endswith(",")], 0, 2)):
        (tmp_path / "faces.csv").write_text("\n".join(["file,state,person", *known]), encoding="utf-8")
        for command in (
            ("evaluate", tmp_path / "faces.csv"),
            ("compare", "packaged", _OTHER, "--faces", tmp_path / "faces.csv"),
        ):
            answer = run_cli(*command)
            assert answer.code == 0, answer.err
            said = " ".join(answer.err.split())
            few = f"People among the faces: {n}. With fewer than 5, the intervals are too narrow."
            assert (few in said) == (n < 5)
            assert (f"not known who is shown: {unknown}." in said) == bool(unknown)
