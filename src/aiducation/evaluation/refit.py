"""Refit: the last layer of a trained network, fitted again to a few labelled faces, but regularized towards its old
weights.

Multinomial logistic regression whose starting point is the trained network instead of zero: ``scale * logits + bias + features @
weights.T``. With few faces the penalties keep the scale near a usual one, biases small, and the change of the weights near zero.

Source: X. Li, Y. Grandvalet, F. Davoine, "Explicit Inductive Bias for Transfer Learning with Convolutional Networks", ICML 2018
(shrinkage towards the pretrained weights, L2-SP); J. Platt, "Probabilistic Outputs for Support Vector Machines" (1999) for scale
and bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiducation.evaluation.calibration import softmax

#: Steps of Newton's method at most; it takes four to ten.
_STEPS = 50

#: Directions of the features, the widest first, in which the weights may change: the ridge hardly lets them move in others.
_DIRECTIONS = 64

#: What is added to a Hessian's diagonal, so that it can be solved where all outcomes move together.
_FLOOR = 1e-8


@dataclass(frozen=True, kw_only=True)
class Shrinkage:
    """How strongly each part of a refit is regularized.

    Attributes:
        scale: where the scale of the logits is expected; ``scale_deviation``: how far from it, as a standard deviation.
        bias_deviation: how far the biases are expected from 0.
        ridge: strength with which the change of the weights is held at 0, in units of faces; None keeps the weights.
    """

    scale: float = 0.6
    scale_deviation: float = 0.3
    bias_deviation: float = 3.0
    ridge: float | None = None


@dataclass(frozen=True, kw_only=True)
class Refit:
    """A fitted change of a last layer: ``scale * logits + bias + features @ weights.T``.

    Attributes:
        scale: of the trained network's logits.
        bias: (K,).
        weights: (K, F) change of the weights; zeros where they were kept.
    """

    scale: float
    bias: np.ndarray
    weights: np.ndarray

    def logits(self, logits: np.ndarray, features: np.ndarray) -> np.ndarray:
        """(N, K) float64 logits of (N, K) logits of the trained network and (N, F) features."""
        return np.asarray(self.scale * logits + self.bias + features @ self.weights.T)

    def layer(self, weights: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights (K, F) and bias (K,) of one layer that does the same, given those of the trained network."""
        return self.scale * weights + self.weights, self.scale * bias + self.bias


def refit(
    logits: np.ndarray, features: np.ndarray, truth: np.ndarray, weight: np.ndarray, shrinkage: Shrinkage
) -> Refit:
    """The refit with the lowest penalized log loss.

    Args:
        logits: (N, K) of the trained network.
        features: (N, F), which its last layer gets.
        truth: (N,) index of the outcome.
        weight: (N,) of each face in the sum of the losses.
        shrinkage: the penalties.
    """
    logits = np.asarray(logits, dtype=np.float64)
    centre: np.ndarray | float
    n, k = logits.shape
    if shrinkage.ridge is None:
        basis, turn, centre, unit = np.zeros((n, 0)), np.zeros((0, features.shape[1])), 0.0, 1.0
    else:
        # The best change lies in the span of the features: that is N numbers for each outcome at most, not F.
        values = np.asarray(features, dtype=np.float64)
        centre = np.average(values, axis=0, weights=weight)
        unit = float(np.sqrt(np.average(((values - centre) ** 2).sum(axis=1), weights=weight))) or 1.0
        left, sizes, turn = np.linalg.svd((values - centre) / unit, full_matrices=False)
        some = np.arange(len(sizes)) < _DIRECTIONS
        some &= sizes > 1e-6 * max(sizes.max(initial=0.0), 1e-12)
        basis, turn = left[:, some] * sizes[some], turn[some]
    found = _newton(_Problem(logits, basis, truth, weight, shrinkage))
    scale, bias, inner = found[0], found[1 : 1 + k], found[1 + k :].reshape(k, -1)
    weights = inner @ turn / unit
    shift = bias - (weights @ centre if shrinkage.ridge is not None else 0.0)
    return Refit(scale=float(scale), bias=shift - shift.mean(), weights=weights - weights.mean(axis=0))


class _Problem:
    """The penalized log loss with its gradient and Hessian, over (scale, bias, weights)."""

    def __init__(
        self, logits: np.ndarray, basis: np.ndarray, truth: np.ndarray, weight: np.ndarray, held: Shrinkage
    ) -> None:
        n, k = logits.shape
        self.k, self.logits, self.weight = k, logits, weight
        self.columns = np.column_stack([np.ones(n), basis])  # the bias is the weight of a feature that is always 1
        self.truth = np.eye(k)[truth]
        r = basis.shape[1]
        self.start = np.concatenate([[held.scale], np.zeros(k + k * r)])
        self.penalty = np.concatenate([
            [held.scale_deviation**-2],
            np.full(k, held.bias_deviation**-2),
            np.full(k * r, held.ridge or 0.0),
        ])  # fmt: skip

    def scores(self, at: np.ndarray) -> np.ndarray:
        inner = np.column_stack([at[1 : 1 + self.k], at[1 + self.k :].reshape(self.k, -1)])
        return np.asarray(at[0] * self.logits + self.columns @ inner.T)

    def loss(self, at: np.ndarray) -> float:
        scores = self.scores(at)
        top = scores.max(axis=1)
        total = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top - (scores * self.truth).sum(axis=1)
        return float(self.weight @ total + 0.5 * self.penalty @ (at - self.start) ** 2)

    def slopes(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and Hessian."""
        k, width = self.k, self.columns.shape[1]
        probs = softmax(self.scores(at))
        error = self.weight[:, None] * (probs - self.truth)
        by_column = error.T @ self.columns  # (K, 1 + R)
        gradient = np.concatenate([[(error * self.logits).sum()], by_column[:, 0], by_column[:, 1:].ravel()])
        order = np.concatenate([np.arange(k) * width, (np.arange(k)[:, None] * width + np.arange(1, width)).ravel()])
        hessian = np.empty((1 + k * width, 1 + k * width))
        inner = np.empty((k, width, k, width))
        for i in range(k):
            for j in range(i, k):
                curve = self.weight * probs[:, i] * ((i == j) - probs[:, j])
                inner[i, :, j] = inner[j, :, i] = (self.columns * curve[:, None]).T @ self.columns
        hessian[1:, 1:] = inner.reshape(k * width, k * width)[np.ix_(order, order)]
        pull = self.logits - (probs * self.logits).sum(axis=1, keepdims=True)  # d log-sum-exp / d scale, turned
        mixed = ((self.weight[:, None] * probs * pull).T @ self.columns).ravel()[order]
        hessian[0, 1:] = hessian[1:, 0] = mixed
        hessian[0, 0] = (self.weight[:, None] * probs * pull * self.logits).sum()
        gradient += self.penalty * (at - self.start)
        hessian[np.diag_indices(len(at))] += self.penalty + _FLOOR
        return gradient, hessian


def _newton(problem: _Problem) -> np.ndarray:
    """The lowest point of a convex problem: Newton's method, with smaller steps where it would go too far."""
    at, loss = problem.start.copy(), problem.loss(problem.start)
    for _ in range(_STEPS):
        gradient, hessian = problem.slopes(at)
        step = np.linalg.solve(hessian, gradient)
        if gradient @ step < 1e-9 * max(1.0, abs(loss)):
            break
        size = 1.0
        while size > 1e-6 and (made := problem.loss(at - size * step)) > loss - 1e-4 * size * (gradient @ step):
            size /= 2
        at, loss = at - size * step, made
    return np.asarray(at)
