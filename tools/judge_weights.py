"""Judge the packaged models anew on the test part, and write what comes out into their descriptions and the model card.

python tools/judge_weights.py DATA             a folder of 'aiducation prepare'
python tools/judge_weights.py DATA --figures   draws results/flagship/figures anew, and changes nothing else

Each model's description then has its own scores, confusion matrix and reliability, and the limits as they are worded now;
results/flagship/judged.json and MODEL_CARD.md have the same scores.
Accuracy must come out as in results/flagship/judged.json, which the export wrote; if it does not, nothing is changed. Sections
of the card that the export does not write stay as they are; ``keep_study.py`` puts the published networks beside the flagship.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import TEST, TRAIN, VALID, Split
from aiducation.files import write_json, write_text
from aiducation.model_info import ModelInfo
from aiducation.predictions import Predictions
from aiducation.records import read_record
from aiducation.runs import RunInfo
from aiducation.states import OUTCOMES
from aiducation.training.card import card
from aiducation.training.cover_head import COVER_LIMIT
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.flagship_export import LIMITS
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.training.flagship_scores import charts, measured, write_figures
from aiducation.training.heads import COVER_SCORES
from aiducation.training.onnx_model import describe
from aiducation.vision.classifier import Classifier, default_model_path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "flagship"


#: Sections of the card that say what was measured. People and other tools wrote some of what stands around them.
_MEASURED = ("Scores", "Training", "What it cannot do")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--figures", action="store_true")
    options = parser.parse_args()
    data = Dataset.load(options.data)
    config = FlagshipConfig.from_json(read_record(RESULTS / "recipe.json")["config"])
    split = FlagshipRecipe(config).split(data, "official")
    judged = read_record(RESULTS / "judged.json")
    expected = {"flagship": judged["test"]} | (
        {} if options.figures else {"flagship-int8": judged["quantized"]["test"]}
    )
    classifiers = {name: Classifier(default_model_path().parent / f"{name}.onnx") for name in expected}
    tests = {name: predictions(one, data, split, name) for name, one in classifiers.items()}
    scores = {name: measured(test, classifiers[name].info.threshold) for name, test in tests.items()}
    for name, made in scores.items():
        check_as_exported(name, made, expected[name])
    if options.figures:
        write_figures(tests["flagship"], judged["threshold"], RESULTS / "figures")
        return
    for name, one in classifiers.items():
        describe(one.path, judged_anew(one.info, tests[name], scores[name]))
        written = judged if name == "flagship" else judged["quantized"]
        written |= {"test": scores[name], "file_bytes": one.path.stat().st_size}
    write_json(RESULTS / "judged.json", judged)
    path = ROOT / "MODEL_CARD.md"
    write_text(path, renewed(path.read_text(encoding="utf-8"), card(judged, run_info(config, data, split))))


def check_as_exported(name: str, scores: dict[str, Any], expected: dict[str, Any]) -> None:
    """End the program where a packaged model is not as right as when it was exported."""
    print(name, scores["accuracy"], scores["five_way_accuracy"])
    for key in ("accuracy", "five_way_accuracy"):
        if not abs(scores[key]["estimate"] - expected[key]["estimate"]) <= 0.002:
            sys.exit(f"{name}: {key} was {expected[key]['estimate']} when it was exported; nothing was changed.")


def renewed(there: str, made: str) -> str:
    """The card that is there, with the sections from ``made`` that say what was measured."""
    sections = {_heading(text): text.rstrip("\n") + "\n\n" for text in re.split(r"(?m)^(?=## )", made)}
    parts = re.split(r"(?m)^(?=## )", there)
    return "".join(sections[name] if (name := _heading(text)) in _MEASURED else text for text in parts)


def _heading(section: str) -> str:
    return section.partition("\n")[0].removeprefix("## ")


def judged_anew(info: ModelInfo, test: Predictions, scores: dict[str, Any]) -> ModelInfo:
    """A description with what was measured on test images. What is known of covered faces, of which these say nothing, stays."""
    covers = {name: info.scores[name] for name in COVER_SCORES if name in info.scores}
    limits = (*LIMITS, *(limit for limit in info.limits if limit == COVER_LIMIT))
    return replace(info, scores={**scores, **covers}, charts=charts(test), limits=limits)


def run_info(config: FlagshipConfig, data: Dataset, split: Split) -> RunInfo:
    """What the card says of the training."""
    return RunInfo(
        model=config.model,
        config=config.to_json(),
        split=split.name,
        fold=None,
        seed=config.seed,
        data_hash=data.data_hash,
        criteria=data.info.criteria,
        n_train=len(split.parts[TRAIN]),
        n_valid=len(split.parts[VALID]),
        n_test=len(split.parts[TEST]),
        epochs=config.epochs,
        epochs_done=config.epochs,
        best_epoch=config.epochs,
        parameters=sum(p.numel() for p in FlagshipNet(config).parameters()),
        states=OUTCOMES,
    )


def predictions(classifier: Classifier, data: Dataset, split: Split, name: str) -> Predictions:
    """What a packaged model says about every kept test image."""
    ids = split.parts[TEST]
    return Predictions(
        ids=ids,
        y_true=outcome_index(data.state[ids]),
        probs=classifier.probs(np.ascontiguousarray(data.images[ids])),
        groups=data.duplicate_group[ids].astype(np.int64),
        states=OUTCOMES,
        info={"model": name, "part": TEST, "data_hash": data.data_hash},
    )


if __name__ == "__main__":
    main()
