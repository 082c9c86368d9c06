"""How often 95 % intervals of scores hold the true value, and how wide they are, in simulations.

    python benchmarks/interval_coverage.py [--repeats 1000] [--json results/interval_coverage.json]

People have several pictures each, and each person is recognized as well as a draw from a beta distribution says, state by state,
so that the answers to one person are alike; or clusters are photos with their duplicates. Few people may show one of the states.
The product's intervals stand beside those of two other rules: ``percentiles`` count all clusters as evidence, as the product did
before, and ``of those who show it`` counts the clusters in which there is something to count.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aiducation.environment import environment
from aiducation.evaluation.intervals import group_counts, percentile_interval, resample_sums, score_intervals
from aiducation.evaluation.metrics import scores
from aiducation.predictions import Predictions
from aiducation.states import STATES

#: Of the simulations that are reported; the rule was chosen by others.
SEED = 20261130

#: Resamples of each simulation: the product's 2,000 make no difference to what is reported.
RESAMPLES = 500

#: The state that few show, and another.
RARE, COMMON = 1, 2

SHOWN = (f"recall_{STATES[RARE]}", f"f1_{STATES[RARE]}", "recall_macro", f"recall_{STATES[COMMON]}", "accuracy")


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is simulated.

    Attributes:
        clusters: people, or photos.
        rare: share of them that show the rare state.
        recall: of the rare state; 0.6, 0.8 and 0.7 of the others.
        alike: correlation of two answers to the same state of one person.
        pictures: mean number of pictures of one person and state, if the person shows it.
        photos: each cluster shows one state alone.
    """

    clusters: int
    rare: float = 1.0
    recall: float = 0.8
    alike: float = 0.15
    pictures: float = 3.0
    photos: bool = False

    @property
    def recalls(self) -> np.ndarray:
        values = np.array([0.6, 0.8, 0.8, 0.7])
        values[RARE] = self.recall
        return values

    @property
    def shares(self) -> np.ndarray:
        """(K,) share of the clusters that show each state."""
        values = np.full(4, (1 - self.rare) / 3 if self.photos else 1.0)
        values[RARE] = self.rare
        return values


CASES = {
    "100 people, 5 % show it, recall 0.8": Case(clusters=100, rare=0.05),
    "100 people, 5 % show it, recall 0.9": Case(clusters=100, rare=0.05, recall=0.9),
    "100 people, 5 % show it, recall 0.3": Case(clusters=100, rare=0.05, recall=0.3, alike=0.3),
    "100 people, 10 % show it, recall 0.8": Case(clusters=100, rare=0.1, alike=0.05),
    "20 people, 25 % show it, recall 0.8": Case(clusters=20, rare=0.25, alike=0.3),
    "1,000 people, 1 % show it, recall 0.8": Case(clusters=1000, rare=0.01),
    "5 people": Case(clusters=5),
    "10 people": Case(clusters=10),
    "20 people": Case(clusters=20, alike=0.3),
    "50 people": Case(clusters=50),
    "100 people": Case(clusters=100, alike=0.05),
    "1,000 people": Case(clusters=1000),
    "1,600 photos with duplicates": Case(clusters=1600, rare=0.12, alike=0.5, pictures=1.2, photos=True),
}


def drawn(case: Case, rng: np.random.Generator) -> Predictions:
    """Predictions of one simulation."""
    n = 1 + rng.poisson(case.pictures - 1, (case.clusters, 4))
    if case.photos:
        n *= np.eye(4, dtype=np.int64)[rng.choice(4, size=case.clusters, p=case.shares)]
    else:
        n *= rng.random(n.shape) < case.shares
    scale = (1 - case.alike) / case.alike
    ability = rng.beta(case.recalls * scale, (1 - case.recalls) * scale, n.shape)
    cluster, truth = (np.repeat(index.ravel(), n.ravel()) for index in np.indices(n.shape))
    right = rng.random(len(truth)) < ability[cluster, truth]
    answer = np.where(right, truth, (truth + rng.integers(1, 4, len(truth))) % 4)
    return Predictions(
        ids=np.arange(len(truth)), y_true=truth, probs=np.eye(4, dtype=np.float32)[answer], groups=cluster
    )


def true_scores(case: Case) -> dict[str, float]:
    """What the scores are among all people."""
    expected = case.shares[:, None] * (1 - case.recalls)[:, None] / 3 * np.ones((4, 4))
    np.fill_diagonal(expected, case.shares * case.recalls)
    return {name: float(value) for name, value in _shown(expected).items()}


def _shown(confusion: np.ndarray) -> dict[str, np.ndarray]:
    found = scores(confusion)
    values = (found["recall"][..., RARE], found["f1"][..., RARE], found["recall_macro"])
    return dict(zip(SHOWN, (*values, found["recall"][..., COMMON], found["accuracy"]), strict=True))


def percentiles(predictions: Predictions, seed: int) -> dict[str, dict[str, tuple[float, float]]]:
    """The ends by the two other rules."""
    counts = group_counts([predictions])[:, 0]
    samples, whole = resample_sums(counts, RESAMPLES, seed), counts.sum(axis=0)
    there, of = samples[:, RARE].sum(axis=1) > 0, (counts[:, RARE].sum(axis=1) > 0).sum()
    some, found = _shown(samples), dict[str, dict[str, tuple[float, float]]]()
    for rule, fewest in (("percentiles", len(counts)), ("of those who show it", of)):
        found[rule] = {}
        for name, estimate in _shown(whole).items():
            about_rare = name in SHOWN[:3]
            kept = some[name][there] if about_rare else some[name]
            made = percentile_interval(float(estimate), kept, 0.95, int(fewest) if about_rare else len(counts))
            found[rule][name] = made.low, made.high
    return found


def measure(case: Case, repeats: int, seed: int) -> dict[str, dict[str, dict[str, float]]]:
    """Rule -> score -> how often the interval held the true value (``held``), and its mean width (``wide``)."""
    rng, truth = np.random.default_rng([SEED, seed]), true_scores(case)
    ends: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for repeat in range(repeats):
        predictions = drawn(case, rng)
        if len(np.unique(predictions.y_true)) < 4:  # nobody shows it: there is no recall
            continue
        product = score_intervals(predictions, n_resamples=RESAMPLES, seed=repeat)
        rules = percentiles(predictions, repeat)
        rules["product"] = {name: (product[name].low, product[name].high) for name in SHOWN}
        for rule, values in rules.items():
            for name, pair in values.items():
                ends.setdefault(rule, {}).setdefault(name, []).append(pair)
    return {
        rule: {name: _held(np.array(pairs), truth[name]) for name, pairs in values.items()}
        for rule, values in ends.items()
    }


def _held(ends: np.ndarray, truth: float) -> dict[str, float]:
    low, high = ends.T
    held = (low <= truth) & (truth <= high)
    return {"held": round(float(held.mean()), 3), "wide": round(float((high - low).mean()), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--repeats", type=int, default=1000, help="simulations of each case; a quarter of it from 1,000 on"
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = {}
    for seed, (name, case) in enumerate(CASES.items()):
        repeats = options.repeats // (4 if case.clusters >= 1000 else 1)
        found[name] = measure(case, repeats, seed)
        for score in SHOWN:
            row = "".join(f"{r:>24} {v[score]['held']:.3f} {v[score]['wide']:.3f}" for r, v in found[name].items())
            print(f"{name:<40}{score:<16}{row}", flush=True)
        if options.json:
            made = {"repeats": options.repeats, "cases": found, "environment": environment()}
            options.json.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
