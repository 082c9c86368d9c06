"""Adapting from labels to a file that analyzes, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, DataFileError, ModelFileError
from aiducation.states import OUTCOMES, STATES
from aiducation.vision.adapting import adapt_model
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from aiducation.vision.last_layer import LastLayer
from aiducation.vision.onnx_file import OnnxFile
from aiducation.vision.own_faces import judge_faces, read_labels
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from needs import need_package
from small_data import faces_by_state

#: Drawn faces a state, of so many people.
EACH, PEOPLE = 40, 20


@pytest.fixture(scope="module")
def labels(dataset: Dataset) -> tuple[np.ndarray, list[str], list[str]]:
    """Drawn faces, which the packaged model was not made for, with their states and people."""
    first = np.unique(dataset.duplicate_group, return_index=True)[1]
    rows = np.concatenate([first[dataset.state[first] == k][:EACH] for k in range(len(STATES))])
    outcomes = [STATES[k] for k in dataset.state[rows]]
    return np.ascontiguousarray(dataset.images[rows]), outcomes, [f"p{i % PEOPLE}" for i in range(len(rows))]


@pytest.fixture
def table(labels: tuple[np.ndarray, list[str], list[str]], tmp_path: Path) -> Path:
    """The same as a CSV."""
    faces, outcomes, people = labels
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "state", "person"])
        for i, (face, outcome, who) in enumerate(zip(faces, outcomes, people, strict=True)):
            Image.fromarray(face).save(tmp_path / f"{i}.png")
            writer.writerow([f"{i}.png", outcome, who])
    return tmp_path / "labels.csv"


def test_the_adapted_file_is_better_and_says_what_it_is(
    labels: tuple[np.ndarray, list[str], list[str]], table: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "mine.onnx"
    answer = run_cli("adapt", table, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert (
        "fitting\nfitting without some of the people\n" in answer.err
    )  # it takes a minute or more: it says what it does
    told = json.loads(answer.out)
    assert told["written"] and told["faces"] == 4 * EACH and told["people"] == PEOPLE
    assert told["held_out_people"]["balanced_accuracy"]["difference"]["estimate"] > 0
    before, after = Classifier(threads=1), Classifier(out, threads=1)
    info = after.info
    assert info.name == "mine" and info.training["adapted_from"] == "flagship"
    assert info.scores["official_test"] == "not measured" and "this camera" in info.limits[0]
    assert 0 < info.cover_threshold == before.info.cover_threshold, "what sees covers stays as it is, and so do votes"
    one, other = (model.answers(np.concatenate([labels[0], 255 - labels[0]])) for model in (before, after))
    np.testing.assert_allclose(one.votes, other.votes, atol=1e-5)
    np.testing.assert_array_equal(one.covered, other.covered)
    faces = np.stack([np.asarray(Image.open(table.parent / f"{i}.png")) for i in range(4 * EACH)])
    truth = [face.outcome for face in read_labels(table)]
    right = [
        np.mean([STATES[k] == t for k, t in zip(one.probs(faces)[:, :4].argmax(axis=1), truth, strict=True)])
        for one in (Classifier(threads=1), Classifier(out, threads=1))
    ]
    assert right[1] > right[0] + 0.2
    again = run_cli("adapt", table, "--out", out)
    assert again.code == COULD_NOT and "exists already" in again.err


@pytest.mark.slow
def test_analyze_and_compare_take_the_file(table: Path, tmp_path: Path, samples: Path, run_cli: RunCli) -> None:
    out = tmp_path / "mine.onnx"
    assert run_cli("adapt", table, "--out", out, "--states", "neutral,angry,focused,bored").code == 0
    answer = run_cli("analyze", samples / "gallery.jpg", "--model", out, "--out", tmp_path / "result", "--save", "json")
    assert answer.code == 0, answer.err
    packaged = Classifier(threads=1).path
    answer = run_cli("compare", packaged, out, "--faces", table, "--json")
    assert answer.code == 0, answer.err
    lead = json.loads(answer.out)["against_the_first"]["mine"]
    assert lead["accuracy"]["low"] > 0 and lead["p_holm"] < 0.1


@pytest.mark.slow
def test_adapted_logits_are_those_of_the_fit(labels: tuple[np.ndarray, list[str], list[str]], tmp_path: Path) -> None:
    faces, outcomes, people = labels
    classifier = Classifier(threads=1)
    made = adapt_model(classifier, faces, outcomes, people, states=["neutral", "angry", "focused", "bored"])
    made.save(tmp_path / "a.onnx")
    after = Classifier(tmp_path / "a.onnx", threads=1)
    layer = LastLayer.of(after)
    assert len(layer.parts) == 5 and all(part.maps for part in layer.parts)
    np.testing.assert_allclose(layer.features(faces) @ layer.weights.T + layer.bias, after.logits(faces), atol=1e-3)
    again = adapt_model(after, faces, outcomes, people, name="twice")  # an adapted file can be adapted
    again.save(tmp_path / "b.onnx")
    assert Classifier(tmp_path / "b.onnx", threads=1).info.training["adapted_from"] == made.info.name


@pytest.mark.parametrize("case", ["few", "one state", "lopsided", "one person", "contradiction", "unknown state"])
def test_what_cannot_be_adapted_to_is_refused_in_a_sentence(
    labels: tuple[np.ndarray, list[str], list[str]], case: str, analyzer: Analyzer
) -> None:
    faces, outcomes, people = labels[0], list(labels[1]), list(labels[2])
    said, states = {
        "few": ("Too few", None),
        "one state": ("cannot learn to distinguish states", None),
        "lopsided": ("unbalanced", None),
        "one person": ("of 1 person", None),
        "contradiction": ("two labels", None),
        "unknown state": ("is excluded by --states", ["neutral", "angry"]),
    }[case]
    if case == "few":
        faces, outcomes, people = faces[:10], outcomes[:10], people[:10]
    if case == "one state":
        outcomes = ["angry"] * len(outcomes)
    if case == "lopsided":
        outcomes = [*["neutral"] * (len(outcomes) - 3), "bored", "bored", "angry"]
    if case == "one person":
        people = ["Ada"] * len(people)
    if case == "contradiction":
        faces = np.concatenate([faces, faces[:1]])
        outcomes.append("angry" if outcomes[0] != "angry" else "bored")
        people.append("p0")
    with pytest.raises((DataFileError, ConfigError), match=said):
        adapt_model(analyzer.classifier, faces, outcomes, people, states=states)


@pytest.mark.slow
def test_what_was_lost_on_the_official_test_is_told(
    table: Path, tmp_path: Path, prepared: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "m.onnx"
    answer = run_cli("adapt", table, "--out", out, "--data", prepared)
    assert answer.code == 0 and "Official test" in answer.out, answer.err
    told, data = Classifier(out, threads=1).info.scores["official_test"], Dataset.load(prepared)
    rows = data.labelled[data.usage[data.labelled] == 2]
    for name, one in {"before": Classifier(threads=1), "after": Classifier(out, threads=1)}.items():
        answers = one.probs(np.ascontiguousarray(data.images[rows]))[:, :4].argmax(axis=1)
        assert told[name] == pytest.approx((answers == data.state[rows]).mean(), abs=0.02)


@pytest.mark.slow
def test_refusal_leaves_no_file(table: Path, tmp_path: Path, run_cli: RunCli) -> None:
    rows = list(csv.reader(table.open()))
    rng = np.random.default_rng(0)
    shuffled = rng.permutation([row[1] for row in rows[1:]])  # labels that say nothing about the faces
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([rows[0], *([a, s, c] for (a, _, c), s in zip(rows[1:], shuffled, strict=True))])
    answer = run_cli("adapt", table, "--out", tmp_path / "no.onnx")
    if answer.code:  # by chance labels without meaning can still be answered more evenly than before
        assert answer.code == COULD_NOT and "not reliably better" in answer.err
    assert (tmp_path / "no.onnx").exists() == (answer.code == 0)


def test_neutral_faces_alone_shift_the_biases(table: Path, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "calm").mkdir()
    for i in range(EACH):
        (tmp_path / f"{i}.png").rename(tmp_path / "calm" / f"{i}.png")
    answer = run_cli("adapt", tmp_path / "calm", "--neutral", "--out", tmp_path / "n.onnx", "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    assert told["adapted_to"] == {"neutral": EACH} and told["method"].startswith("biases")
    before, after = Classifier(threads=1), Classifier(tmp_path / "n.onnx", threads=1)
    faces = np.stack([np.asarray(Image.open(tmp_path / "calm" / f"{i}.png")) for i in range(EACH)])
    shift = [told["shift"][name] for name in OUTCOMES]
    moved = after.logits(faces) - before.logits(faces) / before.info.temperature
    np.testing.assert_allclose(moved.mean(axis=0), shift, atol=0.05)


def test_neutral_faces_that_are_not_there(tmp_path: Path, analyzer: Analyzer, run_cli: RunCli) -> None:
    empty, other = tmp_path / "empty", tmp_path / "other"
    empty.mkdir()
    other.mkdir()
    (other / "list.txt").write_text("no picture")
    for folder in (empty, other):
        answer = run_cli("adapt", folder, "--neutral", "--out", tmp_path / "n.onnx")
        check_refused(answer, COULD_NOT, "contains no photo")
    check_refused(run_cli("adapt", "camera:0", "--neutral", "--out", tmp_path / "n.onnx"), COULD_NOT, "not a folder")
    with pytest.raises(DataFileError, match="no picture"):
        judge_faces(analyzer, [])


@pytest.mark.parametrize("option", ["--data", "--seed"])
def test_what_neutral_faces_cannot_measure_is_said(option: str, table: Path, tmp_path: Path, run_cli: RunCli) -> None:
    neutral = tmp_path / "faces" / "neutral"
    neutral.mkdir(parents=True)
    for i in range(EACH):
        (tmp_path / f"{i}.png").rename(neutral / f"{i}.png")
    (neutral / "list.txt").write_text("no picture")
    given = option, (tmp_path / "data" if option == "--data" else 3), "--out", tmp_path / "n.onnx"
    check_refused(run_cli("adapt", neutral, "--neutral", *given), WRONG_USE, f"{option} does nothing with --neutral")
    answer = run_cli("adapt", neutral.parent, *given)
    assert answer.code == 0, answer.err
    assert f"{option} does nothing here, because all faces are neutral." in answer.err
    assert "Left out 1 file" in answer.err and "list.txt" in answer.err


def test_wrong_states_are_wrong_use(table: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("adapt", table, "--out", tmp_path / "x.onnx", "--states", "neutral,sleepy")
    assert answer.code == WRONG_USE and "'sleepy' is not a state" in answer.err


def test_people_are_folders_or_a_column(tmp_path: Path, table: Path) -> None:
    assert {face.person for face in read_labels(table)} == {f"p{i}" for i in range(PEOPLE)}
    (tmp_path / "tree" / "angry" / "Ada").mkdir(parents=True)
    Image.new("L", (48, 48)).save(tmp_path / "tree" / "angry" / "Ada" / "1.png")
    Image.new("L", (48, 48)).save(tmp_path / "tree" / "angry" / "2.png")
    assert sorted(face.person for face in read_labels(tmp_path / "tree")) == ["", "Ada"]
    (tmp_path / "tree" / "bored" / "\u00a0Ada").mkdir(parents=True)
    Image.new("L", (48, 48)).save(tmp_path / "tree" / "bored" / "\u00a0Ada" / "3.png")
    assert sorted(face.person for face in read_labels(tmp_path / "tree")) == ["", "Ada", "Ada"], "as in a table"


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x3a\xff\xff\xff\xff\x0f", b"not a model at all"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ModelFileError, match="cannot be read"):
        OnnxFile(content)


@pytest.mark.parametrize("name", ["flagship.onnx", "flagship-int8.onnx"])
def test_the_last_layer_is_found_and_rewritten_as_onnx_reads_it(name: str, dataset: Dataset) -> None:
    classifier = Classifier(Classifier(threads=1).path.with_name(name), threads=1)
    layer, faces = LastLayer.of(classifier), np.ascontiguousarray(dataset.images[:7])
    features, (maps,) = layer.features(faces), layer.maps(faces)
    np.testing.assert_allclose(maps.mean(axis=(2, 3)), features, atol=1e-5)
    np.testing.assert_allclose(features @ layer.weights.T + layer.bias, classifier.logits(faces), atol=0.1)
    onnx = need_package("onnx")
    content = layer.replaced(layer.weights, layer.bias, classifier.info)
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model)
    assert {entry.key for entry in model.metadata_props} == {"aiducation"}


@pytest.mark.slow
def test_few_people_and_unknown_ones_are_told(labels: tuple[np.ndarray, list[str], list[str]]) -> None:
    """The same person among those who are fitted and those who are held out makes the scores too good."""
    faces, outcomes, _ = labels
    four = [f"p{i % 4}" for i in range(len(faces))]
    told = adapt_model(Classifier(threads=1), faces, outcomes, four).notes
    assert any(
        line.startswith("People among the faces: 4. With fewer than 10, the scores below say little") for line in told
    )
    some = [f"p{i % PEOPLE}" if i % 2 else "" for i in range(len(faces))]
    told = adapt_model(Classifier(threads=1), faces, outcomes, some).notes
    assert any(line.startswith(f"Faces of which it is not known who is shown: {len(faces) // 2}.") for line in told)
    assert not any(line.startswith("People among") for line in told)


def test_who_judges_an_adapted_model_is_told_that_it_knows_some_faces(
    dataset: Dataset, tmp_path: Path, run_cli: RunCli
) -> None:
    """On the faces that it was adapted to, it is nearly always right."""
    faces, out = faces_by_state(tmp_path / "faces", dataset, 6), tmp_path / "mine.onnx"
    assert run_cli("adapt", faces / "neutral", "--neutral", "--out", out).code == 0
    for command in (("evaluate", faces, "--model", out), ("compare", "packaged", out, "--faces", faces)):
        answer = run_cli(*command)
        assert answer.code == 0, answer.err
        assert "The model mine was adapted to labelled faces. If these, or other faces" in " ".join(answer.err.split())
    assert "was adapted to" not in run_cli("evaluate", faces).err
