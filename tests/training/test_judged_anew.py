"""What ``tools/judge_weights.py`` writes: descriptions of the packaged models, the model card, the figures of the flagship."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.evaluation.intervals import Interval
from aiducation.model_info import ModelInfo
from aiducation.predictions import Predictions
from aiducation.published import TABLE_2_2
from aiducation.runs import RunInfo
from aiducation.states import OUTCOMES
from aiducation.training.card import beside, card
from aiducation.training.cover_head import COVER_LIMIT
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.flagship_scores import write_figures
from aiducation.training.heads import COVER_SCORES
from aiducation.training.published_comparison import rounded
from aiducation.vision.classifier import Classifier, default_model_path

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "results" / "flagship"

sys.path.insert(0, str(ROOT / "tools"))


def some_predictions(right: bool = True) -> Predictions:
    """Five images, one of each outcome."""
    answers = np.eye(5, dtype=np.float32)[np.arange(5) if right else [1, 2, 3, 4, 0]]
    return Predictions(
        ids=np.arange(5),
        y_true=np.arange(5),
        probs=np.full((5, 5), 0.1, np.float32) + 0.5 * answers,
        groups=np.arange(5),
        states=OUTCOMES,
    )


def test_what_is_known_of_covered_faces_stays() -> None:
    """The test images say nothing of covers; ``add_heads.py`` and the export measure them on others."""
    from judge_weights import judged_anew

    covers = dict.fromkeys(COVER_SCORES, 0.5)
    info = ModelInfo(
        name="flagship", outcomes=OUTCOMES, scores={"accuracy": 0.1, **covers}, limits=(COVER_LIMIT, "Old.")
    )
    test = some_predictions()
    made = judged_anew(info, test, {"accuracy": 0.7})
    assert made.scores == {"accuracy": 0.7, **covers}
    assert COVER_LIMIT in made.limits and "Old." not in made.limits
    plain = judged_anew(ModelInfo(name="flagship", outcomes=OUTCOMES), test, {"accuracy": 0.7})
    assert plain.scores == {"accuracy": 0.7} and COVER_LIMIT not in plain.limits


def the_card(judged: dict[str, object]) -> str:
    """What the export writes of the packaged flagship."""
    recipe = json.loads((FLAGSHIP / "recipe.json").read_text(encoding="utf-8"))
    config = FlagshipConfig.from_json(recipe["config"])
    info = RunInfo(
        model=config.model,
        config=config.to_json(),
        split="official",
        fold=None,
        seed=config.seed,
        data_hash=recipe["data_hash"],
        criteria=recipe["criteria"],
        **{f"n_{part}": images for part, images in recipe["images"].items()},
        epochs=config.epochs,
        parameters=sum(p.numel() for p in FlagshipNet(config).parameters()),
        states=OUTCOMES,
    )
    return card(judged, info)


def test_only_what_was_measured_changes_in_the_card() -> None:
    """The sections about votes, covers and foreign faces were added by other tools, some words by hand."""
    from judge_weights import renewed

    there = (ROOT / "MODEL_CARD.md").read_text(encoding="utf-8")
    judged = json.loads((FLAGSHIP / "judged.json").read_text(encoding="utf-8"))
    assert renewed(there, the_card(judged)) == there, "the card has the numbers of judged.json"
    judged["test"]["accuracy"]["estimate"] = 0.9876
    made = renewed(there, the_card(judged)).splitlines()
    changed = [line for line in made if line not in there.splitlines()]
    assert len(made) == len(there.splitlines()) and changed and all("0.988" in line for line in changed)


@pytest.mark.parametrize("name", ["flagship", "flagship-int8"])
def test_the_card_and_the_packaged_model_say_the_same_of_the_test(name: str) -> None:
    """Also the intervals: a model that is judged anew changes what its description, judged.json and the card say."""
    judged = json.loads((FLAGSHIP / "judged.json").read_text(encoding="utf-8"))
    made = (judged if name == "flagship" else judged["quantized"])["test"]
    said = Classifier(default_model_path().parent / f"{name}.onnx").info.scores
    for key in ("accuracy", "five_way_accuracy", "f1_macro"):
        assert said[key] == pytest.approx(made[key], abs=1.1e-4)
    for key in ("recall", "five_way_recall"):
        for state, interval in made[key].items():
            assert said[key][state] == pytest.approx(interval, abs=1.1e-4), state


def test_a_score_is_rounded_once() -> None:
    """1,164 of 1,643 are 0.708, though 0.7085, with four digits, would be 0.709."""
    assert f"{rounded(Interval(estimate=1164 / 1643))['estimate']:.3f}" == "0.708"


def test_networks_that_are_not_finished_are_named_once() -> None:
    """Two trainings each of six networks are six networks."""
    names = list(TABLE_2_2)

    def said(models: list[str]) -> str:
        rows = [{"model": name, "seed": seed, "epochs_done": 3, "epochs": 100} for name in models for seed in (0, 1)]
        return beside({"beside_unfinished": rows})

    assert f"not finished: {', '.join(names[:6])}, after 3 of 100 epochs" in said(names[:6])
    assert "not finished: all twelve, after 3 of 100 epochs" in said(names)


@pytest.mark.slow
def test_nothing_is_written_where_one_of_the_models_is_not_as_exported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prepared: Path
) -> None:
    import judge_weights

    shutil.copytree(FLAGSHIP, tmp_path / "flagship")
    judged = json.loads((FLAGSHIP / "judged.json").read_text(encoding="utf-8"))
    for name in ("accuracy", "five_way_accuracy"):
        judged["test"][name]["estimate"] = judged["quantized"]["test"][name]["estimate"] = 1.0
    (tmp_path / "flagship" / "judged.json").write_text(json.dumps(judged), encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def predictions(classifier: object, data: Dataset, split: object, name: str) -> Predictions:
        return some_predictions(right=name == "flagship")

    def describe(*_: object) -> None:
        raise AssertionError("a description was written")

    monkeypatch.setattr(judge_weights, "RESULTS", tmp_path / "flagship")
    monkeypatch.setattr(judge_weights, "predictions", predictions)
    monkeypatch.setattr(judge_weights, "describe", describe)
    monkeypatch.setattr(sys, "argv", ["judge_weights.py", str(prepared)])
    with pytest.raises(SystemExit, match=r"flagship-int8: accuracy was 1\.0 when it was exported; nothing was changed"):
        judge_weights.main()
    monkeypatch.setattr(sys, "argv", ["judge_weights.py", str(prepared), "--figures"])
    judge_weights.main()
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.parent.name for path in after if after[path] != before.get(path)} == {"figures"}
    assert after.keys() == before.keys()


@pytest.mark.slow
def test_the_figures_of_the_flagship_have_the_words_of_the_program(tmp_path: Path) -> None:
    """Figures of an earlier version must not stay: ``tools/judge_weights.py DATA --figures`` draws them anew."""

    def words(path: Path) -> set[str]:
        texts = (one.text or "" for one in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text"))
        return {re.sub(r"[\d.]+", "#", text) for text in texts if re.search("[a-z]", text)}

    write_figures(some_predictions(), 0.35, tmp_path / "figures")
    names = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert names == sorted(path.name for path in (FLAGSHIP / "figures").iterdir())
    for name in (name for name in names if name.endswith(".svg")):
        assert words(FLAGSHIP / "figures" / name) == words(tmp_path / "figures" / name), name
