"""A user's own labelled faces: how well does a model do on them?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from aiducation.column_names import OWN_FACES_COLUMNS
from aiducation.errors import DataFileError
from aiducation.evaluation.agreement import FEW_PEOPLE
from aiducation.evaluation.face_scores import face_scores
from aiducation.media.folders import is_open
from aiducation.media.inputs import File, find_inputs
from aiducation.media.photos import as_gray, read_photo
from aiducation.model_info import ModelInfo
from aiducation.observations.assumptions import TRAINING
from aiducation.observations.detections import Detections
from aiducation.observations.outcomes import rounded_together
from aiducation.predictions import Predictions
from aiducation.preprocess import SIDE
from aiducation.states import CALM, OUTCOMES, STATES
from aiducation.tables.dialects import STANDARD, write_csv
from aiducation.tables.paths import exists, file_named, is_of_windows, rows_by_file
from aiducation.tables.table import Row, clean, normalized, open_table
from aiducation.vision.alignment import WIDTH, aligned_faces
from aiducation.vision.analyzer import Analyzer

#: How many times larger a picture of 48x48 pixels is made before its face is searched.
_ENLARGED = 4


@dataclass(frozen=True)
class LabelledFace:
    """A picture of a face with what it shows.

    Attributes:
        path: of the picture.
        outcome: one of ``OUTCOMES``.
        person: who it is, by any name; "" if that is not known.
    """

    path: Path
    outcome: str
    person: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnFaces:
    """What a model said of labelled faces.

    Attributes:
        predictions: over the four states, or over all outcomes where some face is labelled "other"; ids count ``judged``.
        judged: the faces behind the predictions.
        probs: (N, 5) probabilities of all outcomes.
        skipped: pictures that could not be judged, and why.
        several: how many pictures showed more than one face; the largest was taken.
        crops: (N, 48, 48) uint8, the aligned faces.
    """

    predictions: Predictions
    judged: tuple[LabelledFace, ...]
    probs: np.ndarray
    skipped: tuple[tuple[LabelledFace, str], ...]
    several: int
    crops: np.ndarray

    def scores(self, threshold: float) -> dict[str, Any]:
        """Confusion, calibration, the merged view "calm", and what is answered at a threshold, as ``face_scores`` gives them."""
        truth = np.array([OUTCOMES.index(face.outcome) for face in self.judged], dtype=np.int64)
        return face_scores(self.probs, truth, self.predictions.groups, threshold=threshold)

    @property
    def unseen(self) -> tuple[str, ...]:
        """States of the predictions of which no picture was judged: what a model does on them is not known."""
        return self.predictions.unseen

    @property
    def about_people(self) -> list[str]:
        """A sentence where it is not known of all faces who is shown, which intervals over people count on."""
        unknown = sum(not face.person for face in self.judged)
        if unknown == len(self.judged):
            return [
                "It is not known who is shown, so every picture counts as a different person. If several pictures show the same "
                "person, the intervals are too narrow."
            ]
        if not unknown:
            return []
        return [
            f"Pictures of which it is not known who is shown: {unknown:,}. Each of them counts as a different person; if several "
            f"show the same person, the intervals are too narrow."
        ]

    def save(self, path: Path, *, csv_dialect: str = STANDARD) -> None:
        """Write a CSV with one row for each picture: file, label, answer as it is scored, all probabilities, and why it
        was skipped.

        Args:
            csv_dialect: of ``tables.dialects.DIALECTS``.
        """
        answers = [self.predictions.states[k] for k in self.predictions.y_pred]
        written = rounded_together(self.probs, 6).tolist()  # whoever calibrates them needs the small ones, too
        rows: list[list[object]] = [
            [str(face.path), face.outcome, answer, *(Decimal(f"{p:.6f}") for p in probs), ""]
            for face, answer, probs in zip(self.judged, answers, written, strict=True)
        ]
        rows += [[str(face.path), face.outcome, "", *[""] * len(OUTCOMES), why] for face, why in self.skipped]
        write_csv(path, OWN_FACES_COLUMNS, rows, csv_dialect)


def read_labels(path: Path) -> list[LabelledFace]:
    """Labelled faces of a folder with a folder for each state, or of a table with the columns file and state.

    Who is who says a column ``person``, or a folder for each person inside the folders of the states.

    Args:
        path: the folder, or a table in any way that ``tables.table`` reads; files in it are relative to it, and may be written
            as on Windows.

    Raises:
        DataFileError: nothing is labelled, or something is labelled wrongly, or twice.
    """
    if path.is_dir():
        found = [face for folder in sorted(path.iterdir()) if is_open(folder) for face in _in_folder(folder)]
        if not found:
            raise DataFileError(
                f"{path} has no folder named {', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]} with pictures in it."
            )
        return found
    if not path.exists():
        raise DataFileError(f"There is no folder and no file {path}.")
    found, known = [], dict[str, Row]()
    with open_table(path, prefer=("file", "state")) as table:
        table.need("file", "state", *({"person"} & set(table.columns)))
        for row in table.rows(("file", "state")):
            found.append(_labelled(path.parent, row))
            picture = str(found[-1].path.resolve())
            if picture in known:  # its one face would count twice, or with two labels
                raise row.error(
                    f"{row['file']} was listed before, on line {known[picture].line}; keep one row for each picture."
                )
            known[picture] = row
    if not found:
        raise DataFileError(f"{path} lists no pictures.")
    return found


def _in_folder(folder: Path) -> list[LabelledFace]:
    """The pictures of a folder that is named after a state; none are passed over because it is not."""
    found = [one.path for one in find_inputs([str(folder)]) if isinstance(one, File)]
    outcome = folder.name.lower()
    if found and outcome not in OUTCOMES:
        raise DataFileError(f"{folder} contains pictures, but its name is not one of {', '.join(OUTCOMES)}.")
    return [LabelledFace(path, outcome, _person(path.relative_to(folder))) for path in found]


def _person(inside: Path) -> str:
    return clean(inside.parts[0]) if len(inside.parts) > 1 else ""  # as in a table


def _labelled(folder: Path, row: Row) -> LabelledFace:
    outcome = normalized(row["state"])
    if outcome not in OUTCOMES:
        raise row.error(f"'{row['state'][:40]}' is not one of {', '.join(OUTCOMES)}.")
    if not row["file"]:
        raise row.error("no file is named.")
    path = file_named(folder, row["file"])
    if is_of_windows(row["file"]) and not exists(path):
        raise row.error(
            f"{row['file'][:200]} is a path on another computer; write the path relative to the folder of the table, "
            f"such as "
            f"{PureWindowsPath(row['file']).name[:80]}."
        )
    return LabelledFace(path, outcome, row.cells.get("person", ""))


def read_groups(path: Path, pictures: Sequence[Path], *, some: bool = False) -> list[str]:
    """The group of people of each picture, from a table with the columns file and group.

    Args:
        some: whether one group is enough: a picture in which no face is found needs none. The others are "".

    Raises:
        DataFileError: the table lacks a column or a picture, or names one twice.
    """
    with open_table(path, prefer=("file", "group")) as table:
        table.need("file", "group")
        known = rows_by_file(table, ("file", "group"))
    groups = [found["group"] if (found := known.get(str(one.resolve()))) else "" for one in pictures]
    missing = [one for one, group in zip(pictures, groups, strict=True) if not group]
    if missing and not (some and any(groups)):
        raise DataFileError(f"{path} names no group for {missing[0]}; pictures without a group: {len(missing):,}.")
    return groups


def judge_faces(analyzer: Analyzer, labelled: Sequence[LabelledFace]) -> OwnFaces:
    """Ask the analyzer's model about every labelled face, under the analyzer's assumptions; none is left out silently.

    The largest face of each picture is taken, as ``cut_out`` finds it.

    Raises:
        DataFileError: no picture could be judged.
    """
    crops, judged, skipped, several = [], [], [], 0
    for face in labelled:
        try:
            crop, found = cut_out(analyzer, face.path)
        except DataFileError as error:
            skipped.append((face, str(error)))
            continue
        if crop is None:
            skipped.append((face, "no face was found"))
            continue
        several += found > 1
        crops.append(crop)
        judged.append(face)
    if not labelled:
        raise DataFileError("There is no picture to judge.")
    if not judged:
        raise DataFileError(f"No picture could be judged; the first of {len(skipped):,}: {skipped[0][1].rstrip('.')}.")
    probs = analyzer.assumptions.apply(analyzer.classifier.probs(np.array(crops)))
    return OwnFaces(
        predictions=_predictions(judged, probs, analyzer.classifier.info.name),
        judged=tuple(judged),
        probs=probs,
        skipped=tuple(skipped),
        several=several,
        crops=np.array(crops),
    )


def answered_as_shown(analyzer: Analyzer, seen: OwnFaces) -> dict[str, Any]:
    """What an analysis answers about these faces in its usual view, calm, whose assumptions and threshold are others: see
    ``face_scores``, "answered_calm"."""
    shown = analyzer.assuming(view=CALM)
    probs = shown.assumptions.apply(shown.classifier.probs(seen.crops))
    found: dict[str, Any] = replace(seen, probs=probs).scores(shown.threshold)["answered_calm"]
    return found


def cut_out(analyzer: Analyzer, path: Path, *, width: float = WIDTH) -> tuple[np.ndarray | None, int]:
    """The (48, 48) uint8 aligned face of a picture, None if no face was found, and how many faces there were."""
    image = read_photo(path)
    if image.shape[:2] == (SIDE, SIDE):
        return framed(analyzer, image, width=width), 1
    found = analyzer.detector.detect(image)
    return (_largest(image, found, width), len(found)) if len(found) else (None, 0)


def framed(analyzer: Analyzer, image: np.ndarray, *, width: float = WIDTH) -> np.ndarray:
    """(48, 48) uint8: a face that somebody has cut out already, in the frame that faces in larger pictures get.

    It stays as it is under the conditions of the training, whose images are such faces, and where the detector finds none in it.

    Args:
        analyzer: its detector and conditions.
        image: (48, 48, 3) uint8 RGB.
        width: see ``alignment.aligned_faces``.
    """
    from PIL import Image

    if analyzer.assumptions.conditions == TRAINING:
        return as_gray(image)
    side = _ENLARGED * SIDE
    enlarged = np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))
    found = analyzer.detector.detect(enlarged)
    return _largest(enlarged, found, width) if len(found) else as_gray(image)


def _largest(image: np.ndarray, found: Detections, width: float) -> np.ndarray:
    first = found.where(np.arange(len(found)) == 0)  # detectors give the largest first
    return aligned_faces(image, first, width=width)[0]


def few_people(groups: np.ndarray) -> list[str]:
    """A sentence where so few people are shown that intervals over people look more certain than they are.

    Args:
        groups: (N,) numbers; faces of one person share one.
    """
    n = len(np.unique(groups))
    return (
        [f"People among the faces: {n:,}. With fewer than {FEW_PEOPLE}, the intervals are too narrow."]
        if n < FEW_PEOPLE
        else []
    )


def adapted_words(name: str, info: ModelInfo) -> list[str]:
    """A sentence where a model was adapted to faces: on these, and on others of the same people, it looks too good."""
    if "adapted_to" not in info.training:
        return []
    return [
        f"The model {name} was adapted to labelled faces. If these, or other faces of the same people, are among the faces "
        f"here, its scores are too good."
    ]


def person_numbers(people: Iterable[str]) -> np.ndarray:
    """(N,) int64: faces of one person share a number; a face of whom nothing is known has one of its own."""
    names = [who or f"\0{i}" for i, who in enumerate(people)]
    return np.asarray(np.unique(names, return_inverse=True)[1].astype(np.int64).reshape(-1))


def _predictions(judged: Sequence[LabelledFace], probs: np.ndarray, model: str) -> Predictions:
    truth = np.array([OUTCOMES.index(face.outcome) for face in judged], dtype=np.int64)
    states = OUTCOMES if (truth == len(STATES)).any() else STATES
    given = probs[:, : len(states)]
    return Predictions(
        ids=np.arange(len(judged)),
        y_true=truth,
        probs=given / given.sum(axis=1, keepdims=True),
        groups=person_numbers(face.person for face in judged),
        states=states,
        info={"model": model, "part": "own faces"},
    )
