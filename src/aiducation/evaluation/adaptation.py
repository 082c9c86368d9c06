"""Adaptation: which refit fits some labelled faces best, and how good such a refit is on people who were held out.

Everything that is chosen (how strongly the weights are regularized, the scale) is chosen without the faces on which it
is evaluated: by an inner cross-validation inside the outer one, both by person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from aiducation.evaluation.calibration import softmax
from aiducation.evaluation.refit import Refit, Shrinkage, refit
from aiducation.states import OTHER, OUTCOMES

#: Strengths that are tried where there are faces enough; else scale and bias alone are fitted. Weights that are held strongly are
#: better than none: see results/adapt.json.
RIDGES: tuple[float, ...] = (1.0, 0.6, 0.4)

#: Faces from which on weights are fitted, and faces of each labelled state that they need.
LAYER_FACES, LAYER_EACH = 40, 5

#: Folds of the cross-validation.
FOLDS = 5

#: How far the weights of faces go from equal (0) to equal for all states (1), and how much more than the mean a face may count.
_BALANCE, _MOST_WEIGHT = 1.0, 4.0

#: How far from 1 the last scaling of the logits is expected, as a standard deviation of its logarithm.
_SCALING_DEVIATION = 0.5

#: What is added to the logit of an outcome that cannot occur.
NEVER = -30.0


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """What is known of N labelled faces.

    Attributes:
        logits: (V, N, K) of the trained network, divided by its temperature; of V views of each face, the unchanged one first.
            The others are fitted, too, and never judged.
        features: (V, N, F) features of the network.
        truth: (N,) index of the outcome.
        groups: (N,) integers; faces of one person share a number.
    """

    logits: np.ndarray
    features: np.ndarray
    truth: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def at(self, rows: np.ndarray) -> Labelled:
        """Some of them, by mask or number."""
        return Labelled(
            logits=self.logits[:, rows],
            features=self.features[:, rows],
            truth=self.truth[rows],
            groups=self.groups[rows],
        )


@dataclass(frozen=True, kw_only=True)
class Adapted:
    """A refit for some faces, and how it was chosen.

    Attributes:
        refit: of all K outcomes.
        ridge: the strength that was chosen; None if the weights were kept.
    """

    refit: Refit
    ridge: float | None

    @property
    def method(self) -> str:
        """What was fitted, in words."""
        return "scale and bias" if self.ridge is None else "last layer"


def adapt(faces: Labelled, possible: tuple[str, ...] = OUTCOMES, *, seed: int = 0) -> Adapted:
    """Choose and fit the refit for labelled faces.

    Args:
        faces: of at least two outcomes.
        possible: the outcomes that can occur.
        seed: of the folds.
    """
    columns = fitted_columns(faces, possible)
    some = _columns(faces, columns)
    ridge, scaling = _chosen(some, seed)
    made = _fitted(some, ridge)
    made = Refit(scale=made.scale * scaling, bias=made.bias * scaling, weights=made.weights * scaling)
    return Adapted(refit=_whole(made, faces, columns, possible), ridge=ridge)


def held_out_logits(
    faces: Labelled,
    possible: tuple[str, ...] = OUTCOMES,
    *,
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> np.ndarray:
    """(N, K) logits of each face by a refit that was chosen and fitted without the faces of its person."""
    answer = np.zeros(faces.logits.shape[1:])
    parts = folds(faces.truth, faces.groups, FOLDS, seed)
    for part in np.unique(parts):
        progress(float(part) / FOLDS)
        held = parts == part
        rest = faces.at(~held)
        if len(np.unique(rest.truth)) < 2:  # nothing to tell apart is left
            answer[held] = faces.logits[0, held]
            continue
        answer[held] = adapt(rest, possible, seed=seed + 1).refit.logits(faces.logits[0, held], faces.features[0, held])
    return answer


def folds(truth: np.ndarray, groups: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(N,) number of the fold of each face: people are kept together, and each fold gets its share of each outcome."""
    names, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), int(truth.max()) + 1))
    np.add.at(counts, (group, truth), 1)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    count = min(count, len(names))
    filled = np.zeros((count, counts.shape[1]))
    fold = np.zeros(len(names), dtype=np.int64)
    for one in order:
        cost = ((filled + shares[one]) ** 2 - filled**2).sum(axis=1)
        fold[one] = np.argmin(cost + 1e-6 * filled.sum(axis=1))
        filled[fold[one]] += shares[one]
    return np.asarray(fold[group])


def face_weights(faces: Labelled) -> np.ndarray:
    """(N,) weights with mean 1: faces of rare states count more, but not without bound."""
    counts = np.bincount(faces.truth).astype(np.float64)
    each = (len(faces) / (np.count_nonzero(counts) * np.maximum(counts, 1))) ** _BALANCE
    weight = np.minimum(each, _MOST_WEIGHT)[faces.truth]
    return np.asarray(weight / weight.mean())


def fitted_columns(faces: Labelled, possible: tuple[str, ...]) -> np.ndarray:
    """Indices of the outcomes that are fitted: those that can occur; "other" only where faces are labelled so, because whoever
    labels states often leaves all other faces out."""
    k = faces.logits.shape[2]
    labelled = set(faces.truth.tolist())
    return np.array([
        i for i, name in enumerate(OUTCOMES[:k]) if i in labelled or (name in possible and name != OTHER)
    ])  # fmt: skip


def _columns(faces: Labelled, columns: np.ndarray) -> Labelled:
    return replace(faces, logits=faces.logits[:, :, columns], truth=np.searchsorted(columns, faces.truth))


def _whole(made: Refit, faces: Labelled, columns: np.ndarray, possible: tuple[str, ...]) -> Refit:
    """The refit for all K outcomes. An outcome that was not fitted keeps the mean probability that it had on these faces, or has
    none if it cannot occur."""
    logits, features = faces.logits[0], faces.features[0]
    k = logits.shape[1]
    bias, weights = np.full(k, NEVER), np.zeros((k, features.shape[1]))
    bias[columns], weights[columns] = made.bias, made.weights
    rest = [i for i in range(k) if i not in columns and OUTCOMES[i] in possible]
    for i in rest:
        wanted = softmax(logits)[:, i].mean()
        low, high = -20.0, 20.0
        for _ in range(50):
            bias[i] = (low + high) / 2
            got = softmax(Refit(scale=made.scale, bias=bias, weights=weights).logits(logits, features))
            low, high = (low, bias[i]) if got[:, i].mean() > wanted else (bias[i], high)
    return Refit(scale=made.scale, bias=bias, weights=weights)


def _chosen(faces: Labelled, seed: int) -> tuple[float | None, float]:
    """The strength with the lowest log loss on held-out people, and what the logits must be multiplied by to be true there."""
    counts = np.bincount(faces.truth)
    enough = len(faces) >= LAYER_FACES and counts[counts > 0].min() >= LAYER_EACH
    tried: tuple[float | None, ...] = RIDGES if enough else (None,)
    parts = folds(faces.truth, faces.groups, FOLDS, seed)
    held = np.zeros((len(tried), *faces.logits.shape[1:]))
    for part in np.unique(parts):
        out, rest = parts == part, faces.at(parts != part)
        for i, ridge in enumerate(tried):
            held[i, out] = _fitted(rest, ridge).logits(faces.logits[0, out], faces.features[0, out])
    weight = face_weights(faces)
    losses = [weight @ log_losses(one, faces.truth) for one in held]
    best = int(np.argmin(losses))
    return tried[best], _scaling(held[best], faces.truth)


def _fitted(faces: Labelled, ridge: float | None) -> Refit:
    """The refit over all views of some faces, each with its share of the face's weight."""
    views, n, k = faces.logits.shape
    return refit(
        faces.logits.reshape(-1, k),
        faces.features.reshape(views * n, -1),
        np.tile(faces.truth, views),
        np.tile(face_weights(faces), views) / views,
        Shrinkage(ridge=ridge),
    )


def _scaling(logits: np.ndarray, truth: np.ndarray) -> float:
    """By what logits are multiplied so that their probabilities are true; with few faces near 1."""
    tried = np.exp(np.linspace(-1.5, 0.7, 45))
    losses = [log_losses(logits * one, truth).sum() + 0.5 * (np.log(one) / _SCALING_DEVIATION) ** 2 for one in tried]
    return float(tried[int(np.argmin(losses))])


def log_losses(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(N,) negative log-probability of the true outcome, in nats."""
    top = logits.max(axis=1)
    total = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
    return np.asarray(total - logits[np.arange(len(truth)), truth])
