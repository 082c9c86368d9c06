"""Faces: what was seen in one picture or frame, and the columns of its table."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aiducation.column_names import COLUMNS, QUALITY_COLUMNS
from aiducation.equality import equal_values
from aiducation.errors import ShapeError
from aiducation.observations.dataframe import dataframe_of
from aiducation.observations.detections import Detections, Quality, check_shape
from aiducation.observations.outcomes import merge, outcomes_of, rounded_together
from aiducation.observations.reasons import NOT_MOVING, REASONS
from aiducation.states import EMOTIONS, EXPRESSIONS, OTHER, OUTCOMES, UNCLEAR, WITHHELD
from aiducation.texts import N_

#: An expression of a face of "other" is named if at least this share of raters would name it.
LEAST_VOTES = 0.2

#: Decimals of votes in files.
_VOTE_DIGITS = 4

#: Columns of a box.
_SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, kw_only=True)
class MadeWith:
    """What a result was made with, so that whatever is saved of it can say so.

    Attributes:
        model: name, criteria, threshold, scores and limits of the model.
        settings: options of the analysis as a report names them.
    """

    model: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


#: The setting of a corrected result that says what was changed.
CHANGED = "changed by hand"

#: The setting that says by which version of this program a result was made; whatever corrects or exports it later may be another.
VERSION = N_("version of this program")

#: Settings from which no difference of probabilities comes: numbers of tracks, hardware with the same answers, what is shown.
_WITHOUT_EFFECT = ("seed of the track ids", "device", "view")


def different_settings(results: Iterable[MadeWith]) -> list[str]:
    """Names of the settings in which results differ, apart from those that no difference in their probabilities can come from,
    and from what people changed.

    Args:
        results: how each was made.
    """
    made = [one.settings for one in results]
    names = dict.fromkeys(name for one in made for name in one if name not in (*_WITHOUT_EFFECT, CHANGED))
    return [name for name in names if len({one.get(name) for one in made}) > 1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Faces:
    """Every face in one picture or one frame of a video.

    Attributes:
        source: file name, with the folders below the one that was named; "camera:0" or the like. Never the full path.
        width, height: of the picture in pixels, after its orientation was applied.
        detections: N faces, in reading order for a photo, otherwise in any order; a row here is a row everywhere below.
        quality: how well each can be seen.
        probs: (N, 5) float32, probability of each of ``OUTCOMES``; a row of NaN where the face was too poor to be asked about.
        states: N of ``outcomes``, or "unclear"; "withheld" in what ``views.for_views`` makes for pictures and reports.
        reasons: N of ``REASONS`` if the state is "unclear", otherwise "".
        votes: (N, 8) float32, share of raters who would name each of ``EMOTIONS``; a row of NaN where nothing is known of it.
        track_ids: (N,) int64, the same number for the same face over time; -1 where nothing was tracked.
        low_confidence: (M, 4) float32, boxes of low-confidence detections: nothing is said about them, but they are anonymized.
        time_s: seconds since the start of the recording as a player counts them, None for a photo.
        frame: number of the picture in the file, from 0 in order of time, None for a photo.
        standing: nothing new was seen: the picture is the same as that of the sample before.
        cut: whether the recording went on with another scene since the frame before.
        made_with: model and options.
        notes: what the reader should know of a photo's file (mended damage, and the like), one sentence each.
        view: of ``states.VIEWS``: which outcomes the states merge; ``probs`` has all five whatever the view.
    """

    source: str
    width: int
    height: int
    detections: Detections
    quality: Quality
    probs: np.ndarray
    states: tuple[str, ...]
    reasons: tuple[str, ...]
    track_ids: np.ndarray
    votes: np.ndarray = field(default_factory=lambda: np.zeros((0, len(EMOTIONS)), np.float32))
    low_confidence: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    time_s: float | None = None
    frame: int | None = None
    standing: bool = False
    cut: bool = False
    made_with: MadeWith = field(default_factory=MadeWith)
    notes: tuple[str, ...] = ()
    view: str = "states"

    __eq__ = equal_values

    def __post_init__(self) -> None:
        n = len(self.detections)
        if n and not len(self.votes):
            object.__setattr__(self, "votes", np.full((n, len(EMOTIONS)), np.nan, np.float32))
        check_shape("Faces.votes", self.votes, (n, len(EMOTIONS)))
        check_shape("Faces.probs", self.probs, (n, len(OUTCOMES)))
        check_shape("Faces.track_ids", self.track_ids, (n,))
        check_shape("Faces.low_confidence", self.low_confidence, (len(self.low_confidence), 4))
        for name in ("quality", "states", "reasons"):
            if len(getattr(self, name)) != n:
                raise ShapeError(f"Faces.{name}: expected {n} values, got {len(getattr(self, name))}.")
        possible = (*self.outcomes, UNCLEAR, WITHHELD)
        for state, reason in zip(self.states, self.reasons, strict=True):
            if state not in possible or (reason not in REASONS if state == UNCLEAR else reason):
                raise ShapeError(f"Faces: state '{state}' with reason '{reason}' is not possible.")

    def __len__(self) -> int:
        return len(self.detections)

    @property
    def pictures(self) -> tuple[Faces, ...]:
        """This picture alone: what photos and recordings have in common."""
        return (self,)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What the states can be, "unclear" aside: K names."""
        return outcomes_of(self.view)

    @property
    def shown_probs(self) -> np.ndarray:
        """(N, K) float32, the probability of each of ``outcomes``."""
        return merge(self.probs, self.view)

    @property
    def boxes(self) -> np.ndarray:
        """(N, 4) float32, left, top, right, bottom in pixels."""
        return self.detections.boxes

    @property
    def to_anonymize(self) -> np.ndarray:
        """(N + M, 4) float32, the boxes of all faces and of what may be one."""
        return np.concatenate([self.boxes, self.low_confidence])

    @property
    def participants(self) -> np.ndarray:
        """(N,) bool, which faces belong to somebody who takes part: not those that never move."""
        return np.array([reason != NOT_MOVING for reason in self.reasons], dtype=bool)

    @property
    def confidence(self) -> np.ndarray:
        """(N,) float32, probability of the most probable outcome; NaN where the face was not asked about."""
        return self.shown_probs.max(axis=1) if len(self) else np.zeros(0, np.float32)

    @property
    def expressions(self) -> tuple[str, ...]:
        """For each of the N faces: of "other", the word of ``EXPRESSIONS`` for what most raters would name; for the others,
        and if there is none, ""."""
        words = list(EXPRESSIONS.values())
        named = [EMOTIONS.index(name) for name in EXPRESSIONS]
        shares = np.nan_to_num(self.votes[:, named]).round(
            _VOTE_DIGITS
        )  # as files have them: what is read back says the same
        return tuple(
            words[int(row.argmax())] if state == OTHER and row.max() >= LEAST_VOTES else ""
            for state, row in zip(self.states, shares, strict=True)
        )

    def label(self, i: int) -> str:
        """The state of a face as a picture or a page names it: of "other" also what it shows, such as "other (smiling)"."""
        expression = self.expressions[i]
        return f"{self.states[i]} ({expression})" if expression else self.states[i]

    def only(self, rows: np.ndarray) -> Faces:
        """The faces that a mask picks; the boxes of the others stay, as low-confidence detections."""
        if rows.all():
            return self
        return dataclasses.replace(
            self,
            detections=self.detections.where(rows),
            quality=self.quality.where(rows),
            probs=self.probs[rows],
            votes=self.votes[rows],
            states=tuple(state for state, kept in zip(self.states, rows, strict=True) if kept),
            reasons=tuple(reason for reason, kept in zip(self.reasons, rows, strict=True) if kept),
            track_ids=self.track_ids[rows],
            low_confidence=np.concatenate([self.low_confidence, self.boxes[~rows]]),
        )

    def in_order(self, order: np.ndarray) -> Faces:
        """The same faces in another order.

        Args:
            order: (N,) int, the number that each had before.
        """
        return dataclasses.replace(
            self,
            detections=self.detections.where(order),
            quality=self.quality.where(order),
            probs=self.probs[order],
            votes=self.votes[order],
            states=tuple(self.states[i] for i in order),
            reasons=tuple(self.reasons[i] for i in order),
            track_ids=self.track_ids[order],
        )

    def counts(self) -> dict[str, int]:
        """How many faces have each outcome, "unclear" last."""
        return {state: self.states.count(state) for state in (*self.outcomes, UNCLEAR)}

    def columns(self) -> dict[str, list[Any]]:
        """The tidy table of this picture, one list for each column of ``COLUMNS``."""
        return table_columns([self])

    def to_dataframe(self) -> Any:
        """The tidy table as a pandas DataFrame, its types the same whatever is missing.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        return dataframe_of(self.columns())


def table_columns(frames: Sequence[Faces]) -> dict[str, list[Any]]:
    """One list for each column of ``COLUMNS``, with one row for each face in each frame; None where a value does not
    apply."""
    table: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for faces in frames:
        for row in rows_of(faces):
            for name, value in row.items():
                table[name].append(value)
    return table


def rows_of(faces: Faces) -> Iterator[dict[str, Any]]:
    """The rows of one picture's table, each with the names of ``COLUMNS`` in their order."""
    about = {"source": faces.source, "frame": faces.frame, "time_s": faces.time_s}
    written = rounded_together(faces.probs, 4)
    expressions, confidence = faces.expressions, merge(written, faces.view).max(axis=1).tolist()
    probs, votes, boxes = written.tolist(), faces.votes.tolist(), faces.boxes.tolist()
    scores = faces.detections.scores.tolist()
    quality = {name: getattr(faces.quality, name).tolist() for name in QUALITY_COLUMNS}
    for i, track_id in enumerate(faces.track_ids.tolist()):
        yield {
            **about,
            "face": i,
            "track_id": track_id if track_id >= 0 else None,
            "state": faces.states[i],
            "expression": expressions[i] or None,
            "reason": faces.reasons[i] or None,
            "confidence": _number(confidence[i], 4),
            **{f"p_{outcome}": _number(value, 4) for outcome, value in zip(OUTCOMES, probs[i], strict=True)},
            **{f"v_{emotion}": _number(value, _VOTE_DIGITS) for emotion, value in zip(EMOTIONS, votes[i], strict=True)},
            **{side: _number(value, 1) for side, value in zip(_SIDES, boxes[i], strict=True)},
            "score": _number(scores[i], 3),
            **{name: _number(values[i], 3) for name, values in quality.items()},
        }


def _number(value: float, digits: int) -> float | None:
    return None if math.isnan(value) else round(float(value), digits)
