"""How good a classifier can be if its labels follow from ten votes, and ten other people would vote differently.

Each image has an unseen distribution from which its votes were drawn. A mixture of Dirichlet distributions describes how these
distributions are spread over all images; votes that are drawn from it say how often two crowds agree, and how often somebody
would be right who knew each image's distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aiducation.errors import ShapeError

#: Images drawn from the fitted mixture, and ballots drawn for each: both add less than 0.003 to the uncertainty.
IMAGES, BALLOTS = 20_000, 200


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """Limits of accuracy over the images that get one of the K states.

    Attributes:
        oracle: share that somebody who knew every image's vote distribution would get right.
        oracle_recall: (K,) the same for each true state.
        second_crowd: how often the state by ten new votes is that by the first ten, where both give one of the K states.
    """

    oracle: float
    oracle_recall: np.ndarray
    second_crowd: float


@dataclass(frozen=True, kw_only=True)
class VoteMixture:
    """A mixture of Dirichlet distributions over vote distributions.

    Attributes:
        weights: (C,) float64, share of the images in each component.
        alphas: (C, V) float64, parameters of each component.
    """

    weights: np.ndarray
    alphas: np.ndarray

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, V) float64 vote distributions."""
        shares = rng.standard_gamma(self.alphas[rng.choice(len(self.weights), size=n, p=self.weights)])
        total = shares.sum(axis=1, keepdims=True)
        return np.asarray(np.where(total > 0, shares / np.maximum(total, 1e-300), 1 / shares.shape[1]))


def fit_mixture(votes: np.ndarray, *, components: int = 60, steps: int = 300, seed: int = 0) -> VoteMixture:
    """The mixture under which (N, V) vote counts are most likely, by expectation maximisation.

    Counts are small whole numbers, so every sum over images is a product with a table of one-hot counts.

    Source of the update: T. Minka, "Estimating a Dirichlet distribution" (2000), the fixed point for Dirichlet-multinomials.

    Raises:
        ShapeError: there are no votes.
    """
    from scipy.special import gammaln, softmax

    if votes.ndim != 2 or not votes.size or votes.max() < 1:
        raise ShapeError(f"votes: expected counts of shape (images, columns), got shape {votes.shape}.")
    unique, times = np.unique(votes.astype(np.int64), axis=0, return_counts=True)
    total = unique.sum(axis=1)
    most, n_columns = int(total.max()), unique.shape[1]
    counts = (unique[:, :, None] == np.arange(most + 1)).reshape(len(unique), -1).astype(np.float64)
    totals = (total[:, None] == np.arange(most + 1)).astype(np.float64)
    at = np.arange(most + 1)

    rng = np.random.default_rng(seed)
    first = unique[rng.choice(len(unique), size=components, p=times / times.sum())]
    alphas, weights = first + 0.3, np.full(components, 1 / components)
    for _ in range(steps):
        sums = alphas.sum(axis=1)
        per_count = gammaln(alphas[:, :, None] + at) - gammaln(alphas)[:, :, None]
        per_total = gammaln(sums[:, None] + at) - gammaln(sums)[:, None]
        likelihood = counts @ per_count.reshape(components, -1).T - totals @ per_total.T
        member = softmax(likelihood + np.log(weights), axis=1) * times[:, None]
        weights = np.maximum(member.sum(axis=0), 1e-9)
        weights /= weights.sum()
        # Sums of digamma(n + alpha) - digamma(alpha), which for whole n is 1 / alpha + ... + 1 / (alpha + n - 1).
        ups = np.cumsum(1 / (alphas[:, :, None] + at[:-1]), axis=2)
        downs = np.cumsum(1 / (sums[:, None] + at[:-1]), axis=1)
        seen = (member.T @ counts).reshape(components, n_columns, -1)[:, :, 1:]
        rate = (seen * ups).sum(axis=2) / np.maximum(((member.T @ totals)[:, 1:] * downs).sum(axis=1), 1e-12)[:, None]
        alphas = np.clip(alphas * rate, 1e-4, 1e4)
    return VoteMixture(weights=weights, alphas=alphas)


def ceiling(
    mixture: VoteMixture,
    assign: Callable[[np.ndarray], np.ndarray],
    n_states: int,
    *,
    n_votes: int = 10,
    n_images: int = IMAGES,
    n_ballots: int = BALLOTS,
    seed: int = 0,
) -> Ceiling:
    """Draw images and crowds from a mixture, and see how far two crowds, or an oracle and a crowd, agree.

    Args:
        mixture: of ``fit_mixture``.
        assign: (N, V) votes -> (N,) index of the state, negative for none of the ``n_states``.
        n_states: number of states.
        n_votes: votes a crowd gives.
        n_images, n_ballots: how many are drawn; every image counts as often as a crowd gives it a state.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    right, both, agreed = np.zeros(n_states), 0.0, 0.0
    labelled = np.zeros(n_states)
    for _ in range(0, n_images, 1000):
        shares = mixture.draw(1000, rng)
        ballots = rng.multinomial(n_votes, shares, size=(n_ballots, len(shares)))
        states = assign(ballots.reshape(-1, shares.shape[1])).reshape(n_ballots, len(shares))
        chance = np.stack([(states == k).mean(axis=0) for k in range(n_states)], axis=1)  # of each state, by image
        best = chance.argmax(axis=1)
        labelled += chance.sum(axis=0)
        right += np.bincount(best, weights=chance[np.arange(len(best)), best], minlength=n_states)
        one, other = states[: n_ballots // 2], states[n_ballots // 2 : n_ballots // 2 * 2]
        judged = (one >= 0) & (other >= 0)
        both, agreed = both + judged.sum(), agreed + (judged & (one == other)).sum()
    return Ceiling(
        oracle=float(right.sum() / labelled.sum()),
        oracle_recall=right / np.maximum(labelled, 1e-12),
        second_crowd=float(agreed / max(both, 1)),
    )
