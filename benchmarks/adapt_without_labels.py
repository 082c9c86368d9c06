"""What do unlabelled faces of a place give, or a few that are marked as neutral? Measured on sets of faces from elsewhere.

    python benchmarks/adapt_without_labels.py SETS DATA --cache CACHE [--draws 20] [--json FILE]

SETS and CACHE are those of ``adapt.py``; DATA is a folder of ``aiducation prepare``, whose validation part says how faces look
to the model where it was calibrated. Scores are those of the four states.

"neutral marks": the biases are shifted as ``aiducation adapt --neutral`` does it, by 5, 10 or 20 neutral faces. "class mean": the
mean logits of all faces of the set are moved to those of the validation part. "class priors": the shares of the outcomes are
estimated from the set (M. Saerens, P. Latinne, C. Decaestecker, Neural Computation 14, 2002). "person mean": the mean logits of
each person
are moved to those of the set, or of the validation part, where it is known who is who.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from adapt import FaceSet, face_sets, four_states

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.votes import USAGES
from aiducation.environment import environment
from aiducation.evaluation.calibration import softmax
from aiducation.states import STATES
from aiducation.vision.analyzer import Analyzer

_STEPS = 100


def reference(folder: Path, analyzer: Analyzer) -> dict[str, np.ndarray]:
    """What the model says of the validation part: mean logits of all and of neutral faces, and the shares of the outcomes."""
    dataset = Dataset.load(folder)
    rows = np.flatnonzero(dataset.kept & (dataset.usage == USAGES.index("PublicTest")))
    truth = outcome_index(dataset.state[rows])
    logits = (
        analyzer.classifier.logits(np.ascontiguousarray(dataset.images[rows])) / analyzer.classifier.info.temperature
    )
    neutral = logits[truth == STATES.index("neutral")].mean(axis=0)
    return {
        "mean": logits.mean(axis=0),
        "neutral": neutral - neutral.mean(),
        "priors": np.bincount(truth, minlength=logits.shape[1]) / len(truth),
    }


def marks(one: FaceSet, ref: dict[str, np.ndarray], size: int, draws: int) -> dict[str, float]:
    """Mean scores with shifts by draws of neutral faces, on faces of other people."""
    made = []
    for seed in range(draws):
        rng = np.random.default_rng([seed, size])
        rows = rng.permutation(np.flatnonzero(one.truth == STATES.index("neutral")))[:size]
        test = ~np.isin(one.groups, one.groups[rows])
        logits = one.seen.logits[0]
        mean = logits[rows].mean(axis=0)
        made.append(four_states(logits[test] + ref["neutral"] - (mean - mean.mean()), one.truth[test]))
    return {name: round(float(np.mean([scores[name] for scores in made])), 4) for name in made[0]}


def estimated_priors(logits: np.ndarray, before: np.ndarray) -> np.ndarray:
    """(N, K) log-probabilities with the shares of the outcomes that fit these faces best."""
    probs, shares = softmax(logits), before.copy()
    for _ in range(_STEPS):
        weighed = probs * (shares / before)
        shares = (weighed / weighed.sum(axis=1, keepdims=True)).mean(axis=0)
    return np.asarray(np.log(probs + 1e-12) + np.log(shares / before + 1e-12))


def without_labels(one: FaceSet, ref: dict[str, np.ndarray]) -> dict[str, Any]:
    logits = one.seen.logits[0]
    ways = {
        "packaged": logits,
        "class mean": logits + ref["mean"] - logits.mean(axis=0),
        "class priors": estimated_priors(logits, ref["priors"]),
    }
    counts = np.bincount(one.groups)
    if counts.max() > 1:
        person = np.stack([np.bincount(one.groups, column) / counts for column in logits.T], axis=1)[one.groups]
        ways["person mean to the set's"] = logits + logits.mean(axis=0) - person
        ways["person mean to the validation part's"] = logits + ref["mean"] - person
    return {
        name: {key: round(value, 4) for key, value in four_states(one_way, one.truth).items()}
        for name, one_way in ways.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    analyzer = Analyzer(threads=1)
    ref = reference(options.data, analyzer)
    print("neutral logits", [round(float(value), 3) for value in ref["neutral"]])
    rows: dict[str, Any] = {}
    for one in face_sets(options.sets, options.cache, analyzer):
        rows[one.name] = without_labels(one, ref)
        if (one.truth == STATES.index("neutral")).sum() > 20:
            for size in (5, 10, 20):
                rows[one.name][f"{size} neutral marks"] = marks(one, ref, size, options.draws)
        for name, scores in rows[one.name].items():
            print(one.name, name, json.dumps(scores), flush=True)
    if options.json:
        value = {
            "model": analyzer.classifier.info.name,
            "neutral_logits": [round(float(value), 3) for value in ref["neutral"]],
            "sets": rows,
            "environment": environment(),
        }
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
