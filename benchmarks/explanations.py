"""Can the maps of what spoke for a state be believed? Sanity checks on validation faces of FER2013.

    python benchmarks/explanations.py DATA [--faces 500] [--model MODEL.onnx] [--json FILE]

DATA is a folder of ``aiducation prepare``. ``aiducation explain FACES --check`` runs the same checks on other faces;
``aiducation.vision.explanation_checks`` says what they are.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.votes import USAGES
from aiducation.environment import environment
from aiducation.vision.classifier import Classifier
from aiducation.vision.explanation import EXPLANATIONS
from aiducation.vision.explanation_checks import check_explanations


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--faces", type=int, default=500)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    dataset = Dataset.load(options.data)
    valid = np.flatnonzero(dataset.kept & (dataset.usage == USAGES.index("PublicTest")))
    rows = np.sort(np.random.default_rng(0).permutation(valid)[: options.faces])
    faces = np.ascontiguousarray(dataset.images[rows])
    classifier = Classifier(options.model, threads=1)
    made = {name: check_explanations(classifier, faces, method=name).to_json() for name in EXPLANATIONS}
    value = {
        "model": classifier.path.name,
        "data": dataset.data_hash,
        "part": "validation",
        "methods": made,
        "environment": environment(),
    }
    print(json.dumps(value, indent=2))
    if options.json:
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
