"""Judge the packaged models anew on the test part, and write what comes out into their descriptions and the model card.

python tools/judge_weights.py DATA [RUNS]      a folder of 'aiducation prepare'; a study's folder, to compare its networks

Each model's description then has its own scores, confusion matrix and reliability, and the limits as they are worded now.
Accuracy must come out as in results/flagship/judged.json, which the export wrote; if it does not, nothing is changed. With
RUNS the published networks are put beside the flagship, in judged.json and MODEL_CARD.md.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import TEST, TRAIN, VALID, Split
from aiducation.files import write_json
from aiducation.model_info import ModelInfo
from aiducation.predictions import Predictions
from aiducation.records import read_record
from aiducation.runs import RunInfo
from aiducation.states import OUTCOMES
from aiducation.training.card import write_card
from aiducation.training.cover_head import COVER_LIMIT
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.flagship_export import LIMITS
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.training.flagship_scores import charts, measured
from aiducation.training.heads import COVER_SCORES
from aiducation.training.onnx_model import describe
from aiducation.training.published_comparison import beside_published
from aiducation.vision.classifier import Classifier, default_model_path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "flagship"


def main(folder: Path, runs: Path | None = None) -> None:
    data = Dataset.load(folder)
    config = FlagshipConfig.from_json(read_record(RESULTS / "recipe.json")["config"])
    split = FlagshipRecipe(config).split(data, "official")
    judged = read_record(RESULTS / "judged.json")
    weights = default_model_path().parent
    for name, expected in {"flagship": judged["test"], "flagship-int8": judged["quantized"]["test"]}.items():
        path = weights / f"{name}.onnx"
        classifier = Classifier(path)
        test = predictions(classifier, data, split, name)
        scores = measured(test, classifier.info.threshold)
        print(name, scores["accuracy"], scores["five_way_accuracy"])
        for key in ("accuracy", "five_way_accuracy"):
            if abs(scores[key]["estimate"] - expected[key]["estimate"]) > 0.002:
                sys.exit(f"{name}: {key} was {expected[key]['estimate']} when it was exported; nothing was changed.")
        describe(path, judged_anew(classifier.info, test, scores))
        (judged if name == "flagship" else judged["quantized"])["file_bytes"] = path.stat().st_size
        if name == "flagship" and runs:
            compared = beside_published(test.of_four_states(), runs)
            judged |= {"beside": compared.finished, "beside_unfinished": compared.unfinished}
    write_json(RESULTS / "judged.json", judged)
    write_card(judged, run_info(config, data, split), ROOT / "MODEL_CARD.md")


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
    main(*map(Path, sys.argv[1:]))
