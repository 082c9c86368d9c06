"""What is known of what the study said about its data: counted on a prepared data set, without any network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aiducation import published
from aiducation.data import analysis
from aiducation.data.criteria import get_criteria
from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, TRAIN, find_leaks
from aiducation.data.votes import EMOTIONS, USAGES
from aiducation.states import STATES
from aiducation.study_report.known_words import RIGHT, UNKNOWN, WRONG, Known
from aiducation.words import percent

#: The split that is drawn as the study drew its own.
_AS_PUBLISHED = "published"


def known_of_data(dataset: Dataset) -> list[Known]:
    """Statements about images, labels and split; those about emotions only where FER2013's own labels are known."""
    emotions = _emotions(dataset) if (dataset.emotion >= 0).any() else None
    exact = emotions is not None and emotions.answer == RIGHT
    found = [emotions, _states(dataset), _wording(dataset), _images(dataset, exact=exact)]
    found += [_split(dataset), _samples(dataset)]
    return [one for one in found if one]


def _emotions(dataset: Dataset) -> Known:
    ours = analysis.count_names(dataset.emotion, EMOTIONS)
    same = ours == published.EMOTION_COUNTS
    return Known(
        RIGHT if same else WRONG,
        "The numbers of images of the seven emotions of FER2013 (figure 1.1)",
        "The same numbers, image for image." if same else f"Here they are {_counts(ours)}.",
    )


def _states(dataset: Dataset) -> Known:
    ours = _labelled(dataset, dataset.info.criteria)
    same = ours == published.STATE_COUNTS
    total = f"{sum(ours.values()):,} images"
    return Known(
        RIGHT if same else WRONG,
        f"The numbers of images of the four states: {_counts(published.STATE_COUNTS)} (figure 1.4)",
        f"Exactly these, {total}, with the criteria “{dataset.info.criteria}”: angry first, then focused, neutral, bored. "
        f"How the conditions join, and this order, the text leaves open; they were found by these very numbers."
        if same
        else f"With the criteria “{dataset.info.criteria}” they are {_counts(ours)}, {total}.",
    )


def _wording(dataset: Dataset) -> Known:
    ours = _labelled(dataset, "literal")
    same = ours == published.STATE_COUNTS
    return Known(
        RIGHT if same else WRONG,
        "The conditions of the states, as they are printed, are enough to get these numbers",
        "They do."
        if same
        else f"Taken word for word (all conditions of a state together, in the order of the text) they give {_counts(ours)}. "
        f"The text does not say how the conditions join and in which order.",
    )


def _images(dataset: Dataset, *, exact: bool) -> Known:
    """How many images there are; ``exact``: all of them together give the study's own numbers of emotions."""
    parts = analysis.count_names(dataset.usage, USAGES)
    two = parts["Training"] + parts["PublicTest"]
    same = len(dataset) == published.IMAGES
    without = (
        f" {published.IMAGES:,} is Training and PublicTest together, without PrivateTest."
        if two == published.IMAGES
        else ""
    )
    counted = ", and the study's own counts come out only with all of them" if exact else ""
    return Known(
        RIGHT if same else WRONG,
        f"FER2013 has {published.IMAGES:,} images",
        "It has." if same else f"It has {len(dataset):,}{counted}.{without}",
    )


def _split(dataset: Dataset) -> Known | None:
    """Whether a random split keeps the test apart."""
    split = dataset.splits().get(_AS_PUBLISHED)
    if split is None:
        return None
    leaks = {leak.part: len(leak.ids) for leak in find_leaks(split, dataset.duplicate_group) if leak.other == TRAIN}
    n = leaks.get(TEST, 0)
    share = n / len(split.parts[TEST])
    return Known(
        WRONG if n else RIGHT,
        "The random split tests on photos that the network has not seen, as every accuracy presumes",
        f"FER2013 contains many photos more than once. In such a split, drawn here, {n:,} of {len(split.parts[TEST]):,} "
        f"test images ({percent(share)}) have a duplicate in the training images. The study's own split was not published.",
    )


def _samples(dataset: Dataset) -> Known:
    return Known(
        UNKNOWN,
        f"Why the study trained and tested on {published.SAMPLES:,} images",
        f"Its criteria label {len(dataset.labelled):,}. The text does not say which were left out.",
        "the study's list of images",
    )


def _labelled(dataset: Dataset, criteria: str) -> dict[str, int]:
    state = dataset.state if criteria == dataset.info.criteria else get_criteria(criteria).assign(dataset.votes)
    return analysis.count_names(np.asarray(state)[dataset.kept], STATES)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())
