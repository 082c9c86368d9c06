"""Judge the packaged models anew on the test part, and write what comes out into their descriptions.

python tools/judge_weights.py DATA      a folder of 'aiducation prepare'

Each model's description then has its own scores, confusion matrix and reliability. Accuracy must come out as in
results/flagship/judged.json, which the export wrote; if it does not, nothing is changed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import TEST
from aiducation.files import read_json
from aiducation.predictions import Predictions
from aiducation.states import OUTCOMES
from aiducation.training.export import describe
from aiducation.training.flagship import flagship_split
from aiducation.training.flagship_export import charts, measured
from aiducation.vision.classifier import Classifier, default_model_path

ROOT = Path(__file__).parents[1]


def main(folder: Path) -> None:
    data = Dataset.load(folder)
    ids = flagship_split(data).parts[TEST]
    judged = read_json(ROOT / "results" / "flagship" / "judged.json")
    weights = default_model_path().parent
    for name, expected in {"flagship": judged["test"], "flagship-int8": judged["quantized"]["test"]}.items():
        path = weights / f"{name}.onnx"
        classifier = Classifier(path)
        predictions = Predictions(
            ids=ids,
            y_true=outcome_index(data.state[ids]),
            probs=classifier.probs(np.ascontiguousarray(data.images[ids])),
            groups=data.duplicate_group[ids].astype(np.int64),
            states=OUTCOMES,
            info={"model": name, "part": "test"},
        )
        scores = measured(predictions, classifier.info.threshold)
        print(name, scores["accuracy"], scores["five_way_accuracy"])
        for key in ("accuracy", "five_way_accuracy"):
            if abs(scores[key]["estimate"] - expected[key]["estimate"]) > 0.002:
                sys.exit(f"{name}: {key} was {expected[key]['estimate']} when it was exported; nothing was changed.")
        describe(path, replace(classifier.info, scores=scores, charts=charts(predictions)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
