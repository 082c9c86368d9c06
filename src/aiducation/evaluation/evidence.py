"""What the trained models measured, and how certain it is: the evidence for ``conclusions``.

A claim about an architecture must survive two kinds of chance: other photos, and another training run. Both go into
the intervals here. The photos' share comes from resampling duplicate groups, the same for all models. The runs' share
comes from the spread of seeds within a model or, with one seed for each model, from what kernel size, blocks and
channels together leave unexplained. Adding the two counts their overlap twice, which makes the intervals rather too
wide than too narrow (A. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.evaluation.comparisons import SMALLEST_P
from aiducation.evaluation.intervals import LEVEL, Interval, group_counts, resample_sums, t_interval
from aiducation.evaluation.metrics import scores
from aiducation.predictions import Predictions, check_same_images

#: A smaller effect, or error of one, is rounding.
_NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """One finished training run, as the tests of the conclusions need it.

    Attributes:
        name: name of the model; runs that differ in ``seed`` alone share it.
        log: columns of ``runs.LOG_COLUMNS``, each (epochs_done,) float64.
        valid, test: predictions of the best epoch; ``test`` is None where it was not evaluated.
        epochs, epochs_done: epochs asked for, and epochs in the log.
    """

    name: str
    kernel_size: int
    blocks: int
    channels: int
    fc_layers: int
    seed: int
    log: dict[str, np.ndarray]
    valid: Predictions
    test: Predictions | None
    epochs: int
    epochs_done: int

    @property
    def size(self) -> int:
        """What the number of parameters is proportional to: over 99 % are weights of the hidden linear layers."""
        return self.fc_layers * self.channels**2


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """M runs evaluated on the same images, and the same R resamples of these images for all.

    Attributes:
        part: "test" or "valid", the split on which the runs were evaluated; it has ``n_images``.
        confusions: (M, K, K) confusion matrix of each run.
        samples: (R, M, K, K) confusion matrices on resampled photos.
    """

    models: Sequence[TrainedModel]
    part: str
    n_images: int
    confusions: np.ndarray
    samples: np.ndarray
    confidence_level: float = LEVEL

    @property
    def names(self) -> list[str]:
        """(M,) name of each run's model."""
        return [model.name for model in self.models]

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the K states."""
        return self.models[0].valid.states

    @property
    def accuracy(self) -> np.ndarray:
        """(M,) accuracy of each run."""
        return scores(self.confusions)["accuracy"]

    @property
    def epoch_range(self) -> tuple[int, int]:
        """Epochs of the shortest run, up to which curves are compared, and of the longest."""
        done = [model.epochs_done for model in self.models]
        return min(done), max(done)

    def curve(self, model: TrainedModel, column: str) -> np.ndarray:
        """One column of a run's log, up to the last epoch that every run has."""
        return model.log[column][: self.epoch_range[0]]

    def average(self, names: Collection[str]) -> np.ndarray:
        """(M,) weights of the mean over the named models, after the mean over the seeds of each."""
        n_models = len(set(names))
        return np.array([(name in names) / (n_models * self.names.count(name)) for name in self.names])

    def contrast(self, weights: np.ndarray) -> tuple[Interval, float]:
        """A weighted sum of the runs' accuracies, with (M,) weights: its interval, and the p-value of its being 0."""
        variance, df, _ = run_variance(self)
        samples = scores(self.samples)["accuracy"] @ weights
        estimate, run_variance_of_sum = float(self.accuracy @ weights), variance * float(weights @ weights)
        return effect_interval(estimate, samples, run_variance_of_sum, df, self.confidence_level)

    def mean(self, values: np.ndarray, samples: np.ndarray) -> Interval:
        """The mean over models of something measured on each run (M,) and on its resamples (R, M)."""
        weights = self.average(self.names)
        each = np.array([values[np.array(self.names) == name].mean() for name in sorted(set(self.names))])
        variance = float(each.var(ddof=1)) / len(each) if len(each) > 1 else np.nan
        estimate = float(values @ weights)
        return effect_interval(estimate, samples @ weights, variance, len(each) - 1, self.confidence_level)[0]


def effect_interval(
    estimate: float, samples: np.ndarray, run_variance: float, run_df: float, confidence_level: float
) -> tuple[Interval, float]:
    """Interval and p-value of an effect whose variance is that over photos plus that over training runs.

    An effect that no photo and no run changes tells nothing of chance: a few photos that all changed do not prove that the next
    one will. It gets neither limits nor a p-value below 1.

    Args:
        samples: (R,) the effect on resampled photos.
        run_variance, run_df: variance over runs and its degrees of freedom.

    Source of the degrees of freedom: F. Satterthwaite, "An approximate distribution of estimates of variance
    components", Biometrics Bulletin 2 (1946); the photos are so many that their own count as infinite.
    """
    from scipy.stats import t

    variance = float(samples.var()) + run_variance
    df = run_df * (variance / run_variance) ** 2 if run_variance > 0 else np.inf
    error = float(np.sqrt(variance))
    if error < _NOTHING and abs(estimate) > _NOTHING:
        error = np.nan
    p_value = max(2 * float(t.sf(abs(estimate) / error, df)), SMALLEST_P) if error > 0 else 1.0
    return t_interval(estimate, error, df, confidence_level, len(samples)), p_value


def gather(models: Sequence[TrainedModel], n_resamples: int, seed: int) -> Evidence:
    """Combine at least one run: on the test split if all were evaluated there, otherwise on the validation split.

    Raises:
        DataMismatchError: the runs were evaluated on different images.
    """
    tested = [model.test for model in models if model.test is not None]
    part = "test" if len(tested) == len(models) else "valid"
    predictions = tested if part == "test" else [model.valid for model in models]
    for other in predictions[1:]:
        check_same_images(predictions[0], other)
    counts = group_counts(predictions)
    return Evidence(
        models=models,
        part=part,
        n_images=len(predictions[0]),
        confusions=counts.sum(axis=0),
        samples=resample_sums(counts, n_resamples, seed),
    )


def run_variance(evidence: Evidence) -> tuple[float, int, str]:
    """Variance of accuracy from one training run to the next, its degrees of freedom, and where it was taken from.

    NaN where nothing is left to estimate it from.
    """
    names = sorted(set(evidence.names))
    fewest = min(evidence.names.count(name) for name in names)
    if fewest > 1:
        design = np.array([[name == other for other in names] for name in evidence.names], dtype=np.float64)
        source = f"the spread between {fewest} or more seeds of each model"
    else:
        factors = [
            (1, m.kernel_size == 5, m.kernel_size == 7, m.blocks == 8, m.channels == 32) for m in evidence.models
        ]
        design = np.array(factors, dtype=np.float64)
        source = (
            "the variance that kernel size, blocks and channels do not explain, because not every model has "
            "several seeds"
        )
    fitted, _, rank, _ = np.linalg.lstsq(design, evidence.accuracy, rcond=None)
    rest = evidence.accuracy - design @ fitted
    df = len(rest) - int(rank)
    return (float(rest @ rest) / df if df else np.nan), df, source
