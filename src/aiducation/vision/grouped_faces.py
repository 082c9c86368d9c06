"""Labelled faces with their groups: own faces, and the official test of a prepared data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.errors import ConfigError, DataFileError, unknown_name
from aiducation.evaluation.groups import read_groups as read_annotated
from aiducation.observations.annotations import Annotations
from aiducation.states import OUTCOMES
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.annotated_groups import labelled_groups, labelled_images, table_groups
from aiducation.vision.group_check import GroupCheck, check_groups
from aiducation.vision.measured_groups import MEASURES, measure_crops, measure_pictures
from aiducation.vision.own_faces import OwnFaces, judge_faces, person_numbers, read_labels

T = TypeVar("T")


def check_own(
    analyzer: Analyzer,
    faces: Path,
    *,
    tables: Sequence[Path] = (),
    annotators: Mapping[str, Annotations] | None = None,
    view: str = "calm",
) -> tuple[GroupCheck, list[str]]:
    """The groups of own labelled faces, and what a reader should know: pictures that were skipped, faces without a label.

    Args:
        faces: as ``own_faces.read_labels`` takes them.
        tables: groups of pictures, each as ``annotated_groups.table_groups`` takes it.
        annotators: name -> group labels.
    """
    labelled = read_labels(faces)
    for table in tables:
        table_groups(table, [face.path for face in labelled])  # what is wrong with it shows before the work
    seen = judge_faces(analyzer, labelled)
    measured = measure_pictures(analyzer, [face.path for face in seen.judged]).thirds()
    found, notes = check_judged(seen, tables=tables, annotators=annotators, measured=measured, view=view)
    return found, [*(f"Skipped {face.path}: {why}" for face, why in seen.skipped), *notes]


def check_judged(
    seen: OwnFaces,
    *,
    tables: Sequence[Path] = (),
    annotators: Mapping[str, Annotations] | None = None,
    measured: Mapping[str, Sequence[str]] | None = None,
    view: str = "states",
) -> tuple[GroupCheck, list[str]]:
    """The same for faces that were judged before: by annotated groups, and by ``measured`` ones where they are given."""
    pictures = [face.path for face in seen.judged]
    labelled, notes = labelled_groups(pictures, annotators) if annotators else ({}, [])
    annotated = _joined(*(table_groups(path, pictures) for path in tables), labelled)
    truth = np.array([OUTCOMES.index(face.outcome) for face in seen.judged], dtype=np.int64)
    found = check_groups(
        seen.probs,
        truth,
        person_numbers(face.person for face in seen.judged),
        _joined(annotated, measured or {}),
        view=view,
        left_out=[] if measured is None else _without(measured),
        by_hand=list(annotated),
        unknown=np.array([not face.person for face in seen.judged]),
    )
    return found, notes


def check_prepared(
    analyzer: Analyzer,
    data: Path,
    *,
    tables: Sequence[Path] = (),
    annotators: Mapping[str, Annotations] | None = None,
    view: str = "calm",
) -> tuple[GroupCheck, list[str]]:
    """The groups of the labelled images of the official test; copies of one photo count as one person.

    Args:
        data: a folder of ``aiducation prepare``.
        tables: row numbers of images and their groups, each as ``evaluation.groups.read_groups`` takes it.
        annotators: name -> group labels of pictures that ``annotated_groups.write_pictures`` wrote.
    """
    dataset = Dataset.load(data)
    ids = dataset.split("official").parts["test"]
    labelled, notes = labelled_images([int(i) for i in ids], annotators) if annotators else ({}, [])
    known = _joined(*map(read_annotated, tables))  # read before the work: what is wrong shows at once
    faces = np.ascontiguousarray(dataset.images[ids])
    probs = analyzer.assumptions.apply(analyzer.classifier.probs(faces))
    attributes = measure_crops(analyzer, faces).thirds()
    annotated = _joined({name: [members.get(int(i), "") for i in ids] for name, members in known.items()}, labelled)
    people = dataset.duplicate_group[ids].astype(np.int64)
    truth = outcome_index(dataset.state[ids])
    found = check_groups(
        probs,
        truth,
        people,
        _joined(annotated, attributes),
        view=view,
        left_out=_without(attributes),
        by_hand=list(annotated),
        compare_people=False,
    )
    return found, notes


def training_groups(analyzer: Analyzer, dataset: Dataset, by: str, *, tables: Sequence[Path] = ()) -> dict[int, str]:
    """Image -> group of one attribute, for the training images of the official split.

    Args:
        by: a measure of ``measured_groups.MEASURES``, or an attribute of ``tables``.

    Raises:
        ConfigError: there is no such attribute, or the images do not differ in it.
    """
    ids = dataset.split("official").parts["train"]
    annotated = _joined(*map(read_annotated, tables))
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


def _joined(*parts: Mapping[str, T]) -> dict[str, T]:
    """Attributes of several files, and measured ones.

    Raises:
        DataFileError: two have the same name.
    """
    joined: dict[str, T] = {}
    for part in parts:
        if twice := [name for name in part if name in joined]:
            raise DataFileError(
                f"The attribute {twice[0]} is given twice: by two files of groups, or by one of them and by what is measured. "
                f"Give its column another name."
            )
        joined |= part
    return joined
