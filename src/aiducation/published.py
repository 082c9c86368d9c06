"""Numbers of the published study, as constants: what the reports put beside the project's own.

Source: D. Rahmat Samii, N. Salim Shaikh, S. Amrollahibioki, "A.I.ducation Analytics" (group NS_01), a presentation (data,
table 2.2) and the written report that followed it (k-fold cross-validation, accuracy by group).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Who made the study, what it is called, and what it is.
AUTHORS, TITLE = "D. Rahmat Samii, N. Salim Shaikh, S. Amrollahibioki", "A.I.ducation Analytics"
KIND = "a presentation with a report"


@dataclass(frozen=True, kw_only=True)
class PublishedScores:
    """Scores as published, each in 0..1; the averages over states are unweighted (macro)."""

    accuracy: float
    recall_macro: float
    precision_macro: float
    f1_macro: float


@dataclass(frozen=True, kw_only=True)
class PublishedGroup:
    """Accuracy for one hand-annotated group of faces, before and after retraining with more images of children."""

    attribute: str
    group: str
    accuracy_before: float
    accuracy_after: float


def _scores(accuracy: float, recall: float, precision: float, f1: float) -> PublishedScores:
    return PublishedScores(accuracy=accuracy, recall_macro=recall, precision_macro=precision, f1_macro=f1)


#: Table 2.2, in its order. It is the accuracy on the validation images at the best epoch, not on a test set.
TABLE_2_2: dict[str, PublishedScores] = {
    "B16_N4_FC1_K3_AP20": _scores(0.582472, 0.581015, 0.599142, 0.585643),
    "B32_N4_FC1_K3_AP20": _scores(0.59236, 0.595532, 0.622576, 0.596638),
    "B16_N8_FC2_K3_AP20": _scores(0.604494, 0.600417, 0.620104, 0.59736),
    "B32_N8_FC2_K3_AP20": _scores(0.622022, 0.618432, 0.650313, 0.622679),
    "B16_N4_FC1_K5_AP20": _scores(0.596404, 0.598403, 0.612813, 0.595999),
    "B32_N4_FC1_K5_AP20": _scores(0.59236, 0.595048, 0.629317, 0.590056),
    "B16_N8_FC2_K5_AP20": _scores(0.623371, 0.621407, 0.654631, 0.611707),
    "B32_N8_FC2_K5_AP20": _scores(0.612135, 0.615304, 0.652023, 0.613317),
    "B16_N4_FC1_K7_AP20": _scores(0.58382, 0.580199, 0.619654, 0.579667),
    "B32_N4_FC1_K7_AP20": _scores(0.577978, 0.582606, 0.592769, 0.584087),
    "B16_N8_FC2_K7_AP20": _scores(0.617978, 0.611103, 0.627087, 0.609395),
    "B32_N8_FC2_K7_AP20": _scores(0.607191, 0.610399, 0.651253, 0.608782),
}

#: The names of the twelve models, in the order of table 2.2.
MODELS: tuple[str, ...] = tuple(TABLE_2_2)

#: Images behind each accuracy of table 2.2: every one is a multiple of 1/2225.
TABLE_2_2_IMAGES = 2225

#: Images that FER2013 has according to the presentation, and labelled images that the written report says were split.
IMAGES, SAMPLES = 32_298, 14_831

#: Epochs of training behind each number (table 2.1).
EPOCHS = 100

#: The other options of training (table 2.1), by the names that runs keep them by.
OPTIONS: dict[str, float] = {
    "batch_size": 64,
    "learning_rate": 1e-3,
    "weight_decay": 1e-4,
    "flip": 0.5,
    "rotation": 10.0,
}

#: Ten-fold cross-validation: the best epoch of each fold, folds in their order.
K_FOLD: tuple[PublishedScores, ...] = (
    _scores(0.648218, 0.649344, 0.651463, 0.647351),
    _scores(0.652767, 0.655904, 0.661843, 0.655096),
    _scores(0.636088, 0.641474, 0.638708, 0.63829),
    _scores(0.645944, 0.65147, 0.656257, 0.651095),
    _scores(0.633055, 0.632776, 0.639112, 0.632137),
    _scores(0.648218, 0.653172, 0.667303, 0.652077),
    _scores(0.625474, 0.62449, 0.649467, 0.626003),
    _scores(0.633813, 0.635683, 0.651144, 0.637339),
    _scores(0.661865, 0.660588, 0.65694, 0.657756),
    _scores(0.636846, 0.642635, 0.655244, 0.643859),
)

#: Accuracy by group, annotated by hand by the study's authors.
GROUPS: tuple[PublishedGroup, ...] = (
    PublishedGroup(attribute="gender", group="male", accuracy_before=0.7651, accuracy_after=0.7675),
    PublishedGroup(attribute="gender", group="female", accuracy_before=0.7489, accuracy_after=0.7565),
    PublishedGroup(attribute="age", group="adult", accuracy_before=0.7687, accuracy_after=0.7699),
    PublishedGroup(attribute="age", group="child", accuracy_before=0.709, accuracy_after=0.7507),
)

#: Images per state after cleaning and labelling (figure 1.4).
STATE_COUNTS: dict[str, int] = {"neutral": 3789, "angry": 3954, "focused": 4553, "bored": 3960}

#: Images per FER2013 emotion (figure 1.1).
EMOTION_COUNTS: dict[str, int] = {
    "angry": 4953,
    "disgust": 547,
    "fear": 5121,
    "happy": 8989,
    "sad": 6077,
    "surprise": 4002,
    "neutral": 6198,
}


def differs(config: Mapping[str, Any], *, started: bool) -> str:
    """In what a training of one of the twelve differs from the published ones, apart from its epochs; "" if in nothing.

    Args:
        config: its options, as a run keeps them.
        started: it began with the weights of another training.
    """
    if started:
        return "it began with the weights of another training"
    if config.get("weights"):
        return "its images did not count alike"
    other = ((name, config.get(name, value), value) for name, value in OPTIONS.items())
    return next((f"{name} is {had}, not {value}" for name, had, value in other if had != value), "")
