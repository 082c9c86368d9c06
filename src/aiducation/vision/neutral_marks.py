"""Neutral marks: a few faces that somebody knows to be neutral shift the biases of a model, where nothing else is labelled.

People and cameras differ in how their neutral faces look to the model: with some, every calm face is a little "angry". The shift
makes the mean logits of the marked faces those of neutral faces in the data that the model was calibrated on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aiducation.errors import ConfigError, DataFileError
from aiducation.evaluation.adaptation import NEVER
from aiducation.files import write_bytes
from aiducation.model_info import ModelInfo
from aiducation.states import STATES
from aiducation.vision.adapted_info import adapted_info
from aiducation.vision.adapting import person_groups, possible_outcomes
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.last_layer import LastLayer

#: Mean logits, divided by the temperature and without their mean, that the packaged model gives validation images of FER2013
#: that show the state neutral. Source: benchmarks/adapt_without_labels.py, which prints them.
NEUTRAL_LOGITS: tuple[float, ...] = (1.033, -1.940, 0.940, -0.272, 0.240)

#: Fewest faces that are marked.
LEAST_MARKS = 5


def check_neutral(classifier: Classifier, states: Sequence[str] | None) -> tuple[str, ...]:
    """Make sure that a model can be shifted by neutral faces; gives the outcomes that can occur. See ``NeutralMarks``.

    Raises:
        ConfigError: it is not the packaged one, there is no such state, or neutral is none of them.
    """
    if classifier.path.parent != default_model_path().parent:
        raise ConfigError("With neutral faces alone, only the model of the package can be adapted; leave out --model.")
    possible = possible_outcomes(states, classifier.info.outcomes)
    if STATES[0] not in possible:
        raise ConfigError("The faces are neutral, but --states says that neutral cannot occur.")
    return possible


class NeutralMarks:
    """A model shifted by faces that are neutral.

    Args:
        classifier: the packaged model.
        faces: (N, 48, 48) uint8 aligned faces that are neutral.
        people: N names of persons; "" where it is not known who it is.
        states: the states that can occur; None for all.
        name: of the new model.

    Attributes:
        shift: (K,) what is added to the logits.
        before, after: share of the marked faces that the model calls neutral among the four states.
        info: the new description.

    Raises:
        ConfigError: the model is not the packaged one, of which alone it is known how neutral faces look to it.
        DataFileError: too few faces are marked.
    """

    def __init__(
        self,
        classifier: Classifier,
        faces: np.ndarray,
        people: Sequence[str],
        *,
        states: Sequence[str] | None = None,
        name: str = "adapted",
    ) -> None:
        possible = check_neutral(classifier, states)
        if len(faces) < LEAST_MARKS:
            raise DataFileError(
                f"{len(faces):,} neutral faces are too few; give at least {LEAST_MARKS}, of several people."
            )
        self._layer = LastLayer.of(classifier)
        scale = classifier.info.temperature
        logits = classifier.logits(faces).astype(np.float64) / scale
        truth = np.zeros(len(faces), dtype=np.int64)
        groups = person_groups(faces, truth, people)
        sizes = np.bincount(groups)[groups]  # each person counts once
        mean = np.average(logits, axis=0, weights=1 / sizes)
        self.shift = np.array(NEUTRAL_LOGITS) - (mean - mean.mean())
        self.shift[[outcome not in possible for outcome in classifier.info.outcomes]] = NEVER
        four = slice(len(STATES))
        self.before = float((logits[:, four].argmax(axis=1) == 0).mean())
        self.after = float(((logits + self.shift)[:, four].argmax(axis=1) == 0).mean())
        self._weights, self._bias = self._layer.weights / scale, self._layer.bias / scale + self.shift
        self.info: ModelInfo = adapted_info(
            classifier.info,
            truth,
            len(np.unique(groups)),
            name=name,
            possible=possible,
            method="biases, by neutral faces",
        )

    def save(self, path: Path) -> None:
        """Write the model file."""
        write_bytes(path, self._layer.replaced(self._weights, self._bias, self.info))
