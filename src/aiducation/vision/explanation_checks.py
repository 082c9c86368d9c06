"""Sanity checks of the maps in ``explanation``: does a map depend on what the network learned, and do its places matter?

Three tests of the literature, with their figures. A map that an edge detector draws as well, or that stays when the weights are
shuffled, says something about the picture and nothing about the model.

Sources: J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018 (weights); V. Petsiuk, A. Das, K. Saenko, "RISE:
Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018 (deletion and insertion).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aiducation.errors import ShapeError
from aiducation.evaluation.intervals import LEVEL, RESAMPLES, Interval, percentile_interval, resample_sums
from aiducation.preprocess import SIDE
from aiducation.texts import N_
from aiducation.vision.classifier import Classifier
from aiducation.vision.explanation import EXPLANATIONS, activation_maps, check_wanted, enlarged
from aiducation.vision.last_layer import LastLayer
from aiducation.vision.onnx_file import OnnxFile

#: Places along a side in which a face is deleted and inserted: those of the network's maps.
_PLACES = 6

#: Random orders for each face.
_ORDERS = 5

#: Times that weights are shuffled; a single time can come out alike by chance.
_SHUFFLES = 8

#: A random map correlates with another by chance; what two maps share at most where one of them is of shuffled weights.
_ALIKE = 0.5


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What the sanity checks of one kind of map gave, means over faces with 95 % bootstrap intervals.

    Attributes:
        method: name of the kind of map.
        faces: how many faces were tested.
        deletion: area under the outcome's probability while places are covered, the strongest first; lower is better.
        insertion: the same while places are uncovered; higher is better.
        deletion_gain, insertion_gain: how much better than a random order of places.
        edges_deletion_gain, edges_insertion_gain: how much better than the order of an edge detector.
        shuffled: rank correlation of the map with that of the last layer with shuffled weights; near 0 is right. None where the
            model has no maps of activations.
        shuffled_all: the same with the weights of all layers shuffled. An edge detector, which knows no weights, has 1.
    """

    method: str
    faces: int
    deletion: Interval
    insertion: Interval
    deletion_gain: Interval
    insertion_gain: Interval
    edges_deletion_gain: Interval
    edges_insertion_gain: Interval
    shuffled: Interval | None
    shuffled_all: Interval | None

    @property
    def passed(self) -> dict[str, bool]:
        """Each test, and whether its interval lies on the right side."""
        told = {
            N_("deletion is better than a random order"): self.deletion_gain.low > 0,
            N_("insertion is better than a random order"): self.insertion_gain.low > 0,
            N_("deletion is better than with an edge detector"): self.edges_deletion_gain.low > 0,
            N_("insertion is better than with an edge detector"): self.edges_insertion_gain.low > 0,
        }
        if self.shuffled is not None and self.shuffled_all is not None:
            told[N_("shuffled weights of the last layer change the map")] = self.shuffled.high < _ALIKE
            told[N_("shuffled weights of all layers change the map")] = self.shuffled_all.high < _ALIKE
        return told

    def rows(self) -> list[tuple[str, Interval]]:
        """What was measured, in words."""
        told = [
            (N_("deletion, area under the probability (lower is better)"), self.deletion),
            (N_("insertion, area under the probability (higher is better)"), self.insertion),
            (N_("deletion, better than a random order by"), self.deletion_gain),
            (N_("insertion, better than a random order by"), self.insertion_gain),
            (N_("deletion, better than an edge detector by"), self.edges_deletion_gain),
            (N_("insertion, better than an edge detector by"), self.edges_insertion_gain),
        ]
        if self.shuffled is not None and self.shuffled_all is not None:
            told.append((N_("rank correlation with the map of a shuffled last layer"), self.shuffled))
            told.append((N_("rank correlation with the map of a network with all weights shuffled"), self.shuffled_all))
        return told

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self) | {"passed": self.passed}


def check_explanations(
    classifier: Classifier, faces: np.ndarray, *, method: str = "activation", seed: int = 0
) -> Checks:
    """Run the sanity checks on (N, 48, 48) uint8 aligned faces.

    Raises:
        ConfigError: there is no such method.
        ShapeError: there are fewer than two faces.
    """
    check_wanted(classifier, None, method)
    if len(faces) < 2:
        raise ShapeError(f"The sanity checks need two faces or more, and hundreds for clear results; got {len(faces)}.")
    rng = np.random.default_rng(seed)
    which = classifier.logits(faces).argmax(axis=1)
    maps = _places(EXPLANATIONS[method](classifier, faces, which))
    edges = _places(edge_map(faces))
    curves = {name: _areas(classifier, faces, which, values) for name, values in (("map", maps), ("edges", edges))}
    drawn = [_areas(classifier, faces, which, rng.random(maps.shape)) for _ in range(_ORDERS)]
    curves["random"] = tuple(np.mean([one[i] for one in drawn], axis=0) for i in (0, 1))

    def mean(values: np.ndarray) -> Interval:
        samples = resample_sums(values, RESAMPLES, seed) / len(values)
        return percentile_interval(float(values.mean()), samples, LEVEL, len(faces))

    return Checks(
        method=method,
        faces=len(faces),
        deletion=mean(curves["map"][0]),
        insertion=mean(curves["map"][1]),
        deletion_gain=mean(curves["random"][0] - curves["map"][0]),
        insertion_gain=mean(curves["map"][1] - curves["random"][1]),
        edges_deletion_gain=mean(curves["edges"][0] - curves["map"][0]),
        edges_insertion_gain=mean(curves["map"][1] - curves["edges"][1]),
        shuffled=mean(_shuffled(classifier, faces, which, maps, rng)) if method == "activation" else None,
        shuffled_all=mean(_all_shuffled(classifier, faces, which, maps, seed)) if method == "activation" else None,
    )


def edge_map(faces: np.ndarray) -> np.ndarray:
    """(N, 48, 48) float32 strength of edges: what a map would be that knows no model."""
    rows, columns = np.gradient(faces.astype(np.float32), axis=(1, 2))
    return np.asarray(np.hypot(rows, columns), dtype=np.float32)


def _places(maps: np.ndarray) -> np.ndarray:
    """(N, 36) means over the places."""
    size = SIDE // _PLACES
    return np.asarray(maps.reshape(len(maps), _PLACES, size, _PLACES, size).mean(axis=(2, 4)).reshape(len(maps), -1))


def _areas(
    classifier: Classifier, faces: np.ndarray, which: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(N,) areas under the outcome's probability, while the places with the highest values are covered, and are uncovered."""
    order = np.argsort(-values, axis=1)
    rank = np.argsort(order, axis=1).reshape(len(faces), _PLACES, _PLACES)
    rank = np.repeat(np.repeat(rank, SIDE // _PLACES, axis=1), SIDE // _PLACES, axis=2)
    blurred = _blurred(faces)

    def curve(keep: Callable[[int], np.ndarray]) -> np.ndarray:
        steps = range(0, _PLACES**2 + 1, 4)
        probs = [classifier.probs(np.where(keep(step), faces, blurred))[np.arange(len(faces)), which] for step in steps]
        return np.asarray(np.mean(probs, axis=0), dtype=np.float64)

    return curve(lambda step: rank >= step), curve(lambda step: rank < step)


def _blurred(faces: np.ndarray) -> np.ndarray:
    """What covers a place: the face so blurred that no expression is left; a gray patch would bring new edges."""
    size = SIDE // 4
    coarse = faces.reshape(len(faces), 4, size, 4, size).mean(axis=(2, 4))
    return np.asarray(enlarged(coarse).round(), dtype=np.uint8)


def _shuffled(
    classifier: Classifier, faces: np.ndarray, which: np.ndarray, maps: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(N,) mean rank correlations with the maps of last layers whose weights were shuffled."""
    layer = LastLayer.of(classifier)
    kept, found = layer.weights, []
    for _ in range(_SHUFFLES):
        layer.weights = rng.permutation(kept.ravel()).reshape(kept.shape)
        found.append(_rank_correlations(maps, _places(enlarged(activation_maps(layer, faces, which)))))
    return np.asarray(np.mean(found, axis=0))


def _all_shuffled(
    classifier: Classifier, faces: np.ndarray, which: np.ndarray, maps: np.ndarray, seed: int
) -> np.ndarray:
    """(N,) mean rank correlations with the maps of networks in which the weights of every layer were shuffled."""
    content, found = classifier.path.read_bytes(), []
    for i in range(_SHUFFLES):
        layer = LastLayer(OnnxFile(content).with_shuffled_weights(seed + i), classifier.info, classifier.path)
        found.append(_rank_correlations(maps, _places(enlarged(activation_maps(layer, faces, which)))))
    return np.asarray(np.mean(found, axis=0))


def _rank_correlations(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.array([_rank_correlation(one, other) for one, other in zip(maps, others, strict=True)])


def _rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of two maps without equal values."""
    ranks = np.stack([np.argsort(np.argsort(values)).astype(np.float64) for values in (one, other)])
    return float(np.asarray(np.corrcoef(ranks))[0, 1])
