"""Adapting: a model file for the people and the camera of some labelled faces, made from another model file in seconds.

The network stays as it is; its last, linear layer is fitted again (``evaluation.adaptation``) and written into a copy
of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from aiducation.errors import ConfigError, DataFileError
from aiducation.evaluation.adaptation import Adapted, Labelled, adapt, held_out_logits
from aiducation.evaluation.calibration import softmax
from aiducation.evaluation.held_out import HeldOut, held_out
from aiducation.files import write_bytes
from aiducation.model_info import ModelInfo
from aiducation.records import check_seed
from aiducation.states import OTHER, OUTCOMES, STATES
from aiducation.vision.adapted_info import adapted_info
from aiducation.vision.classifier import Classifier
from aiducation.vision.last_layer import LastLayer

#: Fewest faces, and fewest of each of two states, with which anything is fitted; fewest people among whom some can be held out.
LEAST_FACES, LEAST_EACH, LEAST_PEOPLE = 20, 5, 4

#: With fewer people, those who are held out are too few to stand for others.
FEW_HELD_OUT = 10

#: How much the features of each stage vary beside each other, the last stage first: early ones know cameras more than faces.
#: Source: chosen on the sets of benchmarks/adapt.py.
STAGES: tuple[float, ...] = (1.0, 1.0, 0.7, 0.5, 0.5)

#: Correlation of two cut-out faces from which on they are the same picture.
_SAME_PICTURE = 0.995


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """What adapting to labelled faces gave.

    Attributes:
        info: its description.
        layer: the last layer of the old model; ``weights`` and ``bias``: of the new one.
        adapted: what was fitted.
        held_out: both models on people who were held out.
        notes: what a reader should know.
    """

    info: ModelInfo
    layer: LastLayer
    weights: np.ndarray
    bias: np.ndarray
    adapted: Adapted
    held_out: HeldOut
    notes: tuple[str, ...]

    def save(self, path: Path) -> None:
        """Write the model file."""
        write_bytes(path, self.layer.replaced(self.weights, self.bias, self.info))

    def tested(self, before: Classifier, images: np.ndarray, truth: np.ndarray) -> Adaptation:
        """The same, described with what it lost on other pictures: those of the official test.

        Args:
            before: the old model.
            images: (M, 48, 48) uint8, and ``truth``: (M,) indices of their states.
        """
        features = np.concatenate([self.layer.features(images), *self.layer.stage_features(images)], axis=1)
        after = features[:, : self.weights.shape[1]] @ self.weights.T + self.bias
        right = [
            float((scores[:, : len(STATES)].argmax(axis=1) == truth).mean())
            for scores in (before.logits(images), after)
        ]
        told = {
            "images": len(truth),
            "before": round(right[0], 4),
            "after": round(right[1], 4),
            "lost": round(right[0] - right[1], 4),
        }
        return replace(self, info=replace(self.info, scores={**self.info.scores, "official_test": told}))


def adapt_model(
    classifier: Classifier,
    faces: np.ndarray,
    outcomes: Sequence[str],
    people: Sequence[str],
    *,
    states: Sequence[str] | None = None,
    name: str = "adapted",
    shown: Callable[[np.ndarray], np.ndarray] = lambda probs: probs,
    seed: int = 0,
    progress: Callable[[str, float], None] = lambda stage, share: None,
) -> Adaptation:
    """Adapt a model to labelled faces.

    Args:
        classifier: the model to begin with.
        faces: (N, 48, 48) uint8 aligned faces.
        outcomes: N labels, of ``OUTCOMES``.
        people: N names of persons; "" where it is not known who it is.
        states: the states that can occur; None for all. "other" always can.
        name: of the new model.
        shown: what an analysis makes of (N, 5) probabilities of the old model; the new one is compared with that.
        seed: of the folds and resamples.
        progress: called with a stage and its share, 0..1.

    Raises:
        ConfigError: there is no such state, or a label is none of those that can occur; or no such seed.
        DataFileError: the faces are too few, too lopsided, of too few people, or the same picture has two labels.
        ModelFileError: the model does not end in a linear layer.
    """
    check_seed(seed)
    layer = LastLayer.of(classifier)
    possible = possible_outcomes(states, classifier.info.outcomes)
    truth = _truth(outcomes, classifier.info, possible)
    groups = person_groups(faces, truth, people)
    check_labels(truth, groups, people)
    temperature = classifier.info.temperature
    seen = Seen.of(classifier, layer, faces)
    units = seen.units()
    given = seen.labelled(units, truth, groups)
    progress("fitting", 0.0)
    adapted = adapt(given, possible, seed=seed)
    after = held_out_logits(
        given, possible, seed=seed, progress=lambda share: progress("fitting without some of the people", share)
    )
    judged = held_out(shown(classifier.probs(faces))[:, : after.shape[1]], softmax(after), truth, groups, seed=seed)
    notes = _notes(given, possible, people, adapted)
    info = adapted_info(
        classifier.info,
        truth,
        len(np.unique(groups)),
        name=name,
        possible=possible,
        method=adapted.method,
        ridge=adapted.ridge,
        scores=judged.to_json(),
    )
    own = np.zeros((len(layer.bias), given.features.shape[2]))
    own[:, : layer.weights.shape[1]] = layer.weights / temperature * units[: layer.weights.shape[1]]
    weights, bias = adapted.refit.layer(own, layer.bias / temperature)
    weights = weights / units
    if adapted.ridge is None:  # nothing is taken from earlier stages
        weights = weights[:, : layer.weights.shape[1]]
    return Adaptation(info=info, layer=layer, weights=weights, bias=bias, adapted=adapted, held_out=judged, notes=notes)


@dataclass(frozen=True)
class Seen:
    """Faces and their mirror images as a network sees them.

    Attributes:
        logits: (2, N, K), divided by the model's temperature.
        stages: (2, N, C) features of the last stage and of each earlier one.
    """

    logits: np.ndarray
    stages: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, classifier: Classifier, layer: LastLayer, faces: np.ndarray) -> Seen:
        """What a network sees of (N, 48, 48) uint8 aligned faces."""
        views = [faces, np.ascontiguousarray(faces[:, :, ::-1])]
        logits = np.stack([classifier.logits(view).astype(np.float64) for view in views])
        made = [[layer.features(view), *layer.stage_features(view)] for view in views]
        return cls(
            logits / classifier.info.temperature,
            tuple(np.stack(pair).astype(np.float64) for pair in zip(*made, strict=True)),
        )

    def at(self, rows: np.ndarray) -> Seen:
        """Some of the faces."""
        return Seen(self.logits[:, rows], tuple(one[:, rows] for one in self.stages))

    def units(self) -> np.ndarray:
        """(F,) by what each feature is divided, so that a stage varies as much as ``STAGES`` says, whatever its scale is."""
        shares = [*STAGES, *[STAGES[-1]] * len(self.stages)]
        sizes = [max(float(np.sqrt(one[0].var(axis=0).sum())), 1e-6) for one in self.stages]
        return np.concatenate([
            np.full(one.shape[2], size / share) for one, size, share in zip(self.stages, sizes, shares, strict=False)
        ])  # fmt: skip

    def labelled(self, units: np.ndarray, truth: np.ndarray, groups: np.ndarray) -> Labelled:
        """The faces with their labels, the features in units."""
        features = np.concatenate(self.stages, axis=2) / units
        return Labelled(logits=self.logits, features=features, truth=truth, groups=groups)


def possible_outcomes(states: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """The outcomes that can occur: the named states, and "other".

    Raises:
        ConfigError: there is no such state, or fewer than two can occur.
    """
    if states is None:
        return tuple(known)
    if strange := [name for name in states if name not in known]:
        raise ConfigError(f"'{strange[0][:40]}' is not a state of this model; it knows {', '.join(known)}.")
    if len(set(states) & set(STATES)) < 2:
        raise ConfigError(f"Name at least two of {', '.join(STATES)} that can occur, such as neutral,focused,bored.")
    return tuple(name for name in known if name in states or name == OTHER)


def check_outcomes(outcomes: Sequence[str], info: ModelInfo, possible: Sequence[str]) -> None:
    """Make sure that labels can occur.

    Raises:
        ConfigError: one cannot.
    """
    for outcome in outcomes:
        if outcome not in possible:
            why = "is excluded by --states" if outcome in info.outcomes else f"is not one of {', '.join(info.outcomes)}"
            raise ConfigError(f"A face is labelled '{outcome[:40]}', which {why}.")


def _truth(outcomes: Sequence[str], info: ModelInfo, possible: Sequence[str]) -> np.ndarray:
    check_outcomes(outcomes, info, possible)
    return np.array([info.outcomes.index(outcome) for outcome in outcomes], dtype=np.int64)


def person_groups(faces: np.ndarray, truth: np.ndarray, people: Sequence[str]) -> np.ndarray:
    """(N,) numbers: faces of one person, and copies of one picture, share one.

    Raises:
        DataFileError: copies of one picture have different labels.
    """
    rows = faces.reshape(len(faces), int(np.prod(faces.shape[1:]))).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    same = np.triu(rows @ rows.T > _SAME_PICTURE, 1)
    group = np.unique([who or f"\0{i}" for i, who in enumerate(people)], return_inverse=True)[1]
    clash = [(i, j) for i, j in np.argwhere(same).tolist() if truth[i] != truth[j]]
    if clash:
        i, j = clash[0]
        raise DataFileError(
            f"The same picture has two labels: face {i + 1} is {OUTCOMES[truth[i]]}, face {j + 1} is {OUTCOMES[truth[j]]}"
            f"{f' ({len(clash):,} such pairs)' if len(clash) > 1 else ''}. Decide on one label, or leave the picture out."
        )
    for i, j in np.argwhere(same):
        group[group == group[j]] = group[i]
    return np.asarray(group)


def check_labels(truth: np.ndarray, groups: np.ndarray, people: Sequence[str]) -> None:
    """Make sure that there is enough to fit and to judge.

    Raises:
        DataFileError: there is not.
    """
    counts = np.bincount(truth, minlength=len(OUTCOMES))
    told = ", ".join(f"{counts[k]:,} {name}" for k, name in enumerate(OUTCOMES) if counts[k]) or "0"
    if len(truth) < LEAST_FACES:
        raise DataFileError(f"Too few labelled faces ({told}); label at least {LEAST_FACES}.")
    if np.count_nonzero(counts) == 1:
        raise DataFileError(
            f"All {len(truth):,} faces are {OUTCOMES[int(truth[0])]}, so the model cannot learn to distinguish "
            f"states; label faces of at least two states."
        )
    if np.count_nonzero(counts >= LEAST_EACH) < 2:
        raise DataFileError(
            f"The labels are too unbalanced ({told}): at least two states need {LEAST_EACH} faces or more. Label "
            f"more faces of the rare states."
        )
    if len(np.unique(groups)) < LEAST_PEOPLE:
        known = sorted({who for who in people if who})
        raise DataFileError(
            f"All faces are of {len(np.unique(groups)):,} {'person' if len(known) == 1 else 'people'}; at least "
            f"{LEAST_PEOPLE} are needed, so that the model can be evaluated on people that it was not fitted to."
        )


def _notes(given: Labelled, possible: tuple[str, ...], people: Sequence[str], adapted: Adapted) -> tuple[str, ...]:
    labelled = {OUTCOMES[k] for k in given.truth.tolist()}
    notes = []
    if not any(people):
        notes.append(
            "It is not known which faces show the same person (give a column person, or one folder for each person "
            "inside the folder of each state), so each face was counted as a different person. If people occur more "
            "than once, the scores below are too good."
        )
    elif unknown := sum(not who for who in people):
        notes.append(
            f"Faces of which it is not known who is shown: {unknown:,}. Each of them was counted as a different person; if "
            f"several show the same person, the scores below are too good."
        )
    if (n := len(np.unique(given.groups))) < FEW_HELD_OUT:
        notes.append(
            f"People among the faces: {n:,}. With fewer than {FEW_HELD_OUT}, the scores below say little about other people."
        )
    absent = [name for name in possible if name not in labelled and name != OTHER]
    if absent:
        notes.append(
            f"No face is labelled {' or '.join(absent)}, so the new model will rarely answer so. Exclude with "
            f"--states what cannot occur, and label some faces of what can."
        )
    if OTHER in possible and OTHER not in labelled:
        notes.append(f'No face is labelled "{OTHER}": its share stays as it was before.')
    if adapted.ridge is None:
        notes.append("The scale and the biases of the logits were fitted; the weights of the last layer were kept.")
    return tuple(notes)
