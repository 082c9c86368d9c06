"""Groups by what is measured on faces, the command that compares them, and weights by group."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.signature import is_signed
from aiducation.states import OUTCOMES
from aiducation.texts import LANGUAGES, texts_of
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.group_check import HEAD, check_groups
from aiducation.vision.grouped_faces import check_judged
from aiducation.vision.measured_groups import MEASURES, Measured, measure_crops
from aiducation.vision.own_faces import LabelledFace, OwnFaces
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from page_words import check_languages


def measured(**values: np.ndarray) -> Measured:
    n = len(next(iter(values.values())))
    return Measured({name: values.get(name, np.full(n, np.nan)) for name in MEASURES})


def test_thirds_are_named_with_their_limits() -> None:
    groups = measured(brightness=np.linspace(0.1, 0.9, 90)).thirds()["brightness"]
    assert groups[0] == "dark (up to 0.367)" and groups[-1] == "bright (over 0.633)"
    assert {name: groups.count(name) for name in dict.fromkeys(groups)} == dict.fromkeys(dict.fromkeys(groups), 30)


def test_what_is_unknown_or_the_same_makes_no_group() -> None:
    values = np.linspace(0, 1, 40)
    values[7] = np.nan
    found = measured(yaw=values, roll=np.ones(40), contrast=np.r_[np.zeros(39), 1.0]).thirds()
    assert set(found) == {"yaw"} and found["yaw"][7] == ""


def test_light_is_measured_on_the_face_itself() -> None:
    rng = np.random.default_rng(0)
    dark, bright = (rng.integers(low, low + 40, (48, 48)).astype(np.uint8) for low in (10, 200))
    one_sided = np.concatenate([dark[:, :24], bright[:, 24:]], axis=1)
    smooth = np.tile(np.linspace(60, 180, 48), (48, 1)).astype(np.uint8)
    found = measure_crops(Analyzer(threads=1), np.stack([dark, bright, one_sided, smooth])).values
    assert found["brightness"].argsort().tolist()[0] == 0 and found["brightness"].argmax() == 1
    assert found["light from one side"].argmax() == 2
    assert found["sharpness"].argmin() == 3
    assert np.isnan(found["size"]).all(), "all faces of 48 pixels have one size"


def test_neutral_and_focused_are_one_in_the_view_calm() -> None:
    rng, n = np.random.default_rng(1), 300
    truth = rng.integers(0, 5, n)
    probs = np.full((n, 5), 0.05)
    said = np.where(truth == OUTCOMES.index("focused"), OUTCOMES.index("neutral"), truth)
    probs[np.arange(n), said] = 0.8
    groups = {"room": rng.choice(["A", "B"], n).tolist()}
    calm, states = (check_groups(probs, truth, np.arange(n), groups, view=view) for view in ("calm", "states"))
    assert all(one.accuracy.estimate == 1 for one in calm.gaps)
    assert all(one.accuracy.estimate < 0.9 for one in states.gaps)
    assert calm.faces == (truth < 4).sum() and calm.people is None, "a face each"
    assert "No group is judged worse" in calm.words()[0]


def test_faces_of_unknown_people_are_said() -> None:
    """Otherwise many faces of one person would silently count as many people."""
    rng, n = np.random.default_rng(2), 80
    probs, truth = rng.dirichlet(np.ones(5), n), np.arange(n) % 4
    judged = tuple(LabelledFace(Path(f"{i}.png"), OUTCOMES[k], "anna" if i > 77 else "") for i, k in enumerate(truth))
    seen = SimpleNamespace(judged=judged, probs=probs)
    found, _ = check_judged(cast(OwnFaces, seen), measured={name: ["a"] * n for name in MEASURES}, view="states")
    (said,) = [line for line in found.words() if "not known who is shown" in line]
    assert "on 78 faces, each of which counts as another person" in said and found.entry()["unknown_people"] == 78
    assert "wen sie zeigen" in " ".join(found.words(texts_of("de")))
    known = check_groups(probs, truth, np.arange(n), {"room": ["a"] * n})
    assert not any("not known who is shown" in line for line in known.words())


def test_the_table_shows_each_difference_before_its_p_value() -> None:
    rng, n = np.random.default_rng(3), 200
    probs, truth, room = rng.dirichlet(np.ones(5), n), np.arange(n) % 4, rng.choice(["a", "b"], n).tolist()
    found = check_groups(probs, truth, np.arange(n), {"room": room}, view="states")
    for one, row in zip(found.gaps, found.rows(), strict=True):
        shown = dict(zip(HEAD, row, strict=True))  # of the two columns of p-values the later one
        assert one.overconfidence_difference is not None and one.overconfidence_p_value is not None
        assert (
            shown["overconfidence against the others"]
            .replace("−", "-")
            .startswith(f"{one.overconfidence_difference.estimate:+.3f} (")
        )
        assert float(shown["p, Holm"]) == pytest.approx(one.overconfidence_p_value, rel=0.05)
        error = one.calibration_error
        assert shown["calibration error"] == f"{error.estimate:.3f} ({error.low:.3f} to {error.high:.3f})"
        assert found.entry()["groups"][0]["calibration_error"].keys() == {"estimate", "low", "high"}


def test_the_command_compares_the_official_test(
    prepared: Path, dataset: Dataset, tmp_path: Path, run_cli: RunCli
) -> None:
    ids = dataset.split("official").parts["test"]
    annotated = tmp_path / "annotated.csv"
    annotated.write_text("id,glasses\n" + "".join(f"{i},{('yes', 'no')[i % 2]}\n" for i in ids))
    answer = run_cli("groups", prepared, "--groups", annotated, "--view", "states", "--out", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    shown = json.loads(answer.out)
    assert shown == json.loads((tmp_path / "out" / "groups.json").read_text(encoding="utf-8"))
    assert is_signed(tmp_path / "out" / "groups.json")
    attributes = dict.fromkeys(one["attribute"] for one in shown["groups"])
    assert next(iter(attributes)) == "glasses" and "brightness" in attributes and "size" in shown["left_out"]
    light = [one["group"].split(" (")[0] for one in shown["groups"] if one["attribute"] == "brightness"]
    assert light == ["dark", "middle light", "bright"]
    assert shown["faces"] == len(ids) and shown["people"] is None
    with (tmp_path / "out" / "groups.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(shown["groups"])
    assert float(rows[0]["accuracy"]) == pytest.approx(shown["groups"][0]["accuracy"]["estimate"], abs=1e-3)
    check_refused(run_cli("groups", prepared, "--view", "clam"), WRONG_USE, "Did you mean 'calm'")


@pytest.mark.slow
def test_the_page_and_the_terminal_speak_every_language(
    prepared: Path, dataset: Dataset, tmp_path: Path, run_cli: RunCli
) -> None:
    annotated = tmp_path / "annotated.csv"
    lines = [
        f"{i},{('glasses', 'none')[k % 2]},{'AB'[k % 3 > 1]}"
        for k, i in enumerate(dataset.split("official").parts["test"])
    ]
    annotated.write_text("\n".join(["id,glasses,Raum", *lines]), encoding="utf-8")
    pages, said, files = {}, {}, {}
    for language in LANGUAGES:
        out = tmp_path / language
        answer = run_cli("groups", prepared, "--groups", annotated, "--language", language, "--out", out)
        assert answer.code == 0, answer.err
        pages[language] = (out / "index.html").read_text(encoding="utf-8")
        said[language] = [line for line in answer.out.splitlines() if line]
        files[language] = [(out / name).read_bytes() for name in ("groups.json", "groups.csv")]
    check_languages(pages, same="Raum|A|B")
    for language in set(LANGUAGES) - {"en"}:
        assert not set(said[language]) & set(said["en"])
        assert files[language] == files["en"], "programs read them"
    assert (
        "Keine Gruppe wird" in pages["de"] and "lunettes" in pages["fr"] and "seitliche Drehung" in "".join(said["de"])
    )


def test_where_nothing_can_be_compared_no_number_is_said() -> None:
    probs, truth = np.full((20, 5), 0.2), np.arange(20) % 4
    found = check_groups(probs, truth, np.arange(20), {"room": ["A"] * 18 + ["B"] * 2})
    assert found.words()[0] == "No group could be compared: there are too few people in the others."


@pytest.mark.slow
def test_weights_let_the_groups_of_a_state_count_alike(
    prepared: Path, dataset: Dataset, tmp_path: Path, run_cli: RunCli
) -> None:
    path = tmp_path / "weights.csv"
    answer = run_cli("groups", prepared, "--weights", path, "--by", "brightness")
    assert answer.code == 0, answer.err
    with path.open(newline="", encoding="utf-8") as file:
        weights = {int(row["id"]): float(row["weight"]) for row in csv.DictReader(file)}
    assert set(weights) == set(map(int, dataset.split("official").parts["train"]))
    assert len(set(weights.values())) > 1 and max(weights.values()) <= 4
    check_refused(run_cli("groups", prepared, "--weights", path, "--by", "light"), COULD_NOT, "--force")
    answer = run_cli("groups", prepared, "--weights", path, "--by", "light", "--force")
    check_refused(answer, WRONG_USE, "Unknown attribute 'light'")
    check_refused(run_cli("groups", prepared, "--by", "yaw"), WRONG_USE, "--by goes with --weights")
    model = ("--model", "B2_N1_FC0_K3_AP2", "--epochs", 1, "--device", "cpu", "--precision", "float32")
    for name, more in (("weighted", ("--weights", path)), ("plain", ())):
        answer = run_cli("train", prepared, "--out", tmp_path / name, *model, *more)
        assert answer.code == 0, answer.err
    weighted, plain = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("weighted", "plain"))
    assert weighted["config"]["weights"] == str(path) and "weights" not in plain["config"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,weight\n1,0\n", "must be above 0"),
        ("id,weight\n1,2\n1,2\n", "each once"),
        ("id,weight\n999999,2\n", "names none of the"),
        ("id,mass\n1,2\n", "weight"),
    ],
)
def test_a_wrong_table_of_weights_is_one_sentence(
    prepared: Path, tmp_path: Path, run_cli: RunCli, text: str, words: str
) -> None:
    path = tmp_path / "weights.csv"
    path.write_text(text)
    model = ("--model", "B2_N1_FC0_K3_AP2", "--epochs", 1, "--device", "cpu")
    check_refused(run_cli("train", prepared, "--out", tmp_path / "run", *model, "--weights", path), COULD_NOT, words)
