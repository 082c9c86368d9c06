"""Labelled faces with their groups: own faces, and the official test of a prepared data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.errors import ConfigError, unknown_name
from aiducation.evaluation.groups import read_groups as read_annotated
from aiducation.states import OUTCOMES
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.group_check import GroupCheck, check_groups
from aiducation.vision.measured_groups import MEASURES, measure_crops, measure_pictures
from aiducation.vision.model_comparison import read_groups
from aiducation.vision.own_faces import judge_faces, person_numbers, read_labels


def check_own(
    analyzer: Analyzer, faces: Path, *, groups: Path | None = None, view: str = "calm"
) -> tuple[GroupCheck, list[str]]:
    """The groups of own labelled faces, and which pictures were skipped and why.

    Args:
        faces: as ``own_faces.read_labels`` takes them.
        groups: a table with file and group, of every picture.
    """
    seen = judge_faces(analyzer, read_labels(faces))
    pictures = [face.path for face in seen.judged]
    attributes = measure_pictures(analyzer, pictures).thirds()
    annotated = {"group": read_groups(groups, pictures)} if groups else {}
    truth = np.array([OUTCOMES.index(face.outcome) for face in seen.judged], dtype=np.int64)
    people = person_numbers(face.person for face in seen.judged)
    found = check_groups(
        seen.probs, truth, people, {**annotated, **attributes}, view=view, left_out=_without(attributes)
    )
    return found, [f"{face.path}: {why}" for face, why in seen.skipped]


def check_prepared(
    analyzer: Analyzer, data: Path, *, groups: Path | None = None, view: str = "calm"
) -> tuple[GroupCheck, list[str]]:
    """The groups of the labelled images of the official test; copies of one photo count as one person.

    Args:
        data: a folder of ``aiducation prepare``.
        groups: a table with the row number of an image and its groups, as ``evaluation.groups.read_groups`` takes it.
    """
    dataset = Dataset.load(data)
    ids = dataset.split("official").parts["test"]
    faces = np.ascontiguousarray(dataset.images[ids])
    probs = analyzer.assumptions.apply(analyzer.classifier.probs(faces))
    attributes = measure_crops(analyzer, faces).thirds()
    annotated = {
        name: [members.get(int(i), "") for i in ids]
        for name, members in (read_annotated(groups) if groups else {}).items()
    }
    people = dataset.duplicate_group[ids].astype(np.int64)
    truth = outcome_index(dataset.state[ids])
    found = check_groups(
        probs,
        truth,
        people,
        {**annotated, **attributes},
        view=view,
        left_out=_without(attributes),
        compare_people=False,
    )
    return found, []


def training_groups(analyzer: Analyzer, dataset: Dataset, by: str, *, groups: Path | None = None) -> dict[int, str]:
    """Image -> group of one attribute, for the training images of the official split.

    Args:
        by: a measure of ``measured_groups.MEASURES``, or an attribute of ``groups``.

    Raises:
        ConfigError: there is no such attribute, or the images do not differ in it.
    """
    ids = dataset.split("official").parts["train"]
    annotated = read_annotated(groups) if groups else {}
    if by in annotated:
        return {int(i): annotated[by].get(int(i), "") for i in ids}
    if by not in MEASURES:
        raise unknown_name("attribute", by, [*annotated, *MEASURES])
    found = measure_crops(analyzer, np.ascontiguousarray(dataset.images[ids])).thirds()
    if by not in found:
        raise ConfigError(f"The training images do not differ in {by}, or it is not known.")
    return dict(zip(map(int, ids), found[by], strict=True))


def _without(attributes: Mapping[str, Sequence[str]]) -> list[str]:
    return [name for name in MEASURES if name not in attributes]
