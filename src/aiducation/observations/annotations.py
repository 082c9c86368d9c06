"""Annotations: what people say about faces. They are an ordered list of edits, so that each edit can be undone.

An annotation names a target (a face of a photo, or a track or person of a recording during a span of time) and says one thing of
it: which state it shows, that a span is excluded, that something happened, or that tracks are to be merged, split or hidden.
Where two contradict each other, the later one counts. Names of people are not annotations: see ``track_names``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from aiducation.errors import InputError
from aiducation.observations.group_attributes import GROUP_ATTRIBUTES
from aiducation.states import OUTCOMES
from aiducation.tables.table import clean

#: Said by a person who looked at a face and could not decide.
CANNOT_TELL = "cannot_tell"

#: What a person can say of a face.
LABELS: tuple[str, ...] = (*OUTCOMES, CANNOT_TELL)

#: What an annotation says, and what it needs besides the source.
KINDS: dict[str, str] = {
    "state": "a face of a photo, or a track, person or box of a recording, shows a state",
    "exclude": "a span of a recording is not evaluated, for one track or for everybody (for example a break, or a "
    "video that is shown)",
    "event": "something happened in a recording, at a time or during a span; the note describes it",
    "merge": "a track shows the same face as the track 'into'",
    "split": "from a time on, a track shows another face, which gets the track number 'into'",
    "hide": "a face or a track is not evaluated (for example a poster, or a person who passes by)",
    "group": "how a face or a track looks to the annotator: an attribute such as glasses, and its value",
}

#: How a face was chosen for labelling. Only faces that were chosen at random, or that somebody brought, measure a model fairly.
CHOSEN: tuple[str, ...] = ("", "random", "uncertain", "rare", "person")

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

#: Seconds of a recording at most, and pixels of a place.
_LONGEST_S, _FARTHEST = 1e7, 1e6

#: Files have times in ten thousandths of a second: a span that begins at 2.6667 begins with the picture of 2.66666 s.
_ROUNDED_S = 1e-4


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an annotation is about.

    Attributes:
        source: the photo or recording, named as in its result.
        face: number of the face in the photo's result, from 0.
        box: left, top, right, bottom in pixels of the picture: the face, where no number is known; in a recording at ``from_s``.
        track: ``track_id`` in the recording's result.
        person: what the annotator's tool calls the person, such as a tier or a subject; kept without blanks around it.
        from_s, to_s: the span, in seconds on a player's clock; the end does not belong to it, unless both are equal, which
            is a single picture. None for a photo, and for a whole recording.

    Raises:
        InputError: the values contradict each other.
    """

    source: str
    face: int | None = None
    box: tuple[float, float, float, float] | None = None
    track: int | None = None
    person: str = ""
    from_s: float | None = None
    to_s: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "person", clean(self.person))  # tables and XML hold no blanks there: see ``clean``
        if not self.source:
            raise InputError("the photo or recording is not named.")
        if self.face is not None and (self.track is not None or self.from_s is not None):
            raise InputError(
                "a face number is for photos, and a track or a time is for recordings; give only one of the two."
            )
        for name in ("face", "track"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InputError(f"the {name} has the number {value}; numbers must be 0 or more.")
        if self.box is not None:
            left, top, right, bottom = self.box
            if not all(math.isfinite(v) and abs(v) <= _FARTHEST for v in self.box) or left >= right or top >= bottom:
                raise InputError("the box must be the left, top, right and bottom edge of a face in pixels.")
        if self.to_s is not None and self.from_s is None:
            raise InputError("the span has an end but no beginning.")
        for value in (self.from_s, self.to_s):
            if value is not None and not 0 <= value <= _LONGEST_S:
                raise InputError(f"{value:g} seconds is not a time of a recording.")
        if self.from_s is not None and self.to_s is not None and self.to_s < self.from_s:
            raise InputError(f"the span ends at {self.to_s:g} s, before it begins at {self.from_s:g} s.")

    @property
    def who(self) -> str:
        """The face or person in words: "face 3", "track 12", a person's name; "" for everybody."""
        if self.face is not None:
            return f"face {self.face}"
        return f"track {self.track}" if self.track is not None else self.person

    def holds(self, times_s: np.ndarray | float, slack: float = 0.0) -> np.ndarray:
        """Which times belong to the span, (N,) bool; ``slack``: by how much a single picture's time may differ.

        Of times that lie twice the slack apart, one belongs to a picture: of two that are as near, the later one.
        """
        times = np.asarray(times_s, np.float64)
        if self.from_s is None:
            return np.ones(times.shape, dtype=bool)
        if self.to_s is None or self.to_s == self.from_s:
            early = slack - _ROUNDED_S if slack > 2 * _ROUNDED_S else _ROUNDED_S
            return np.asarray((times > self.from_s - early) & (times <= self.from_s + slack + _ROUNDED_S))
        return np.asarray((times >= self.from_s - _ROUNDED_S) & (times < self.to_s - _ROUNDED_S))


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One statement by an annotator.

    Attributes:
        target: what it is about.
        kind: one of ``KINDS``.
        state: one of ``LABELS`` if ``kind`` is "state", otherwise "".
        into: the other track where ``kind`` is "merge" or "split".
        attribute, value: where ``kind`` is "group": one of ``GROUP_ATTRIBUTES``, and one of its values or "cannot_tell".
        annotator: who made it; "" where it is not known; kept without blanks around it.
        made_at: when, in ISO 8601 with a time zone, such as 2026-11-28T14:30:00Z; "" where it is not known.
        note: a remark; of an event what happened, of an exclusion why.
        chosen: how the face was chosen for labelling, one of ``CHOSEN``; "" if the annotator chose the face.
        answer_shown: whether the annotator saw the model's answer first, which can bias the label.

    Raises:
        InputError: the values contradict each other.
    """

    target: Target
    kind: str = "state"
    state: str = ""
    into: int | None = None
    attribute: str = ""
    value: str = ""
    annotator: str = ""
    made_at: str = ""
    note: str = ""
    chosen: str = ""
    answer_shown: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "annotator", clean(self.annotator))
        if self.kind not in KINDS:
            raise InputError(f"'{self.kind}' must be one of {', '.join(KINDS)}.")
        if self.kind == "state" and self.state not in LABELS:
            raise InputError(f"'{self.state}' is not one of {', '.join(LABELS)}.")
        if self.kind != "state" and self.state:
            raise InputError(f"an annotation of the kind {self.kind} has no state.")
        if self.chosen not in CHOSEN:
            raise InputError(
                f"the reason why a face was chosen, '{self.chosen}', is not one of {', '.join(filter(None, CHOSEN))}."
            )
        self._check_group()
        if self.made_at and not _TIME.fullmatch(self.made_at):
            raise InputError(f"'{self.made_at}' is not a time such as 2026-11-28T14:30:00Z.")
        self._check_target()

    def _check_group(self) -> None:
        if self.kind != "group":
            if self.attribute or self.value:
                raise InputError(f"an annotation of the kind {self.kind} has no attribute and no value.")
            return
        if self.attribute not in GROUP_ATTRIBUTES:
            raise InputError(f"the attribute '{self.attribute}' is not one of {', '.join(GROUP_ATTRIBUTES)}.")
        allowed = (*GROUP_ATTRIBUTES[self.attribute].values, CANNOT_TELL)
        if self.value not in allowed:
            raise InputError(f"the value '{self.value}' of {self.attribute} is not one of {', '.join(allowed)}.")

    def _check_target(self) -> None:
        target = self.target
        if self.kind in ("state", "group") and not target.who and target.box is None:
            raise InputError("no face is named: give a face, a box, a track or a person.")
        if self.kind in ("exclude", "event") and target.from_s is None:
            raise InputError(f"an annotation of the kind {self.kind} needs a time.")
        if self.kind == "exclude" and (target.to_s is None or target.to_s <= (target.from_s or 0)):
            raise InputError("an excluded span needs a beginning and a later end.")
        if self.kind == "event" and not self.note:
            raise InputError("an event needs a note that says what happened.")
        if self.kind in ("merge", "split"):
            if target.track is None or self.into is None or self.into < 0 or self.into == target.track:
                raise InputError(f"an annotation of the kind {self.kind} needs a track, and another track 'into'.")
            if self.kind == "split" and target.from_s is None:
                raise InputError("a split needs the time from which on the track shows another face.")
        elif self.into is not None:
            raise InputError(f"an annotation of the kind {self.kind} cannot have another track ('into').")
        if self.kind == "hide" and target.face is None and target.track is None:
            raise InputError("nothing is named that should be hidden: give a face or a track.")

    @property
    def is_random(self) -> bool:
        """Whether the label can be used to measure a model: its face was not chosen because of the model's answer."""
        return self.chosen in ("", "random") and not self.answer_shown


@dataclass(frozen=True)
class Annotations:
    """A list of edits in the order in which they were made.

    Attributes:
        items: the annotations.
    """

    items: tuple[Annotation, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Annotation]:
        return iter(self.items)

    def __add__(self, others: Iterable[Annotation]) -> Annotations:
        return Annotations((*self.items, *others))

    def where(self, wanted: Callable[[Annotation], bool]) -> Annotations:
        """The annotations that a function selects, in the same order."""
        return Annotations(tuple(one for one in self.items if wanted(one)))

    def of(self, *kinds: str) -> Annotations:
        """The annotations of some kinds."""
        return self.where(lambda one: one.kind in kinds)

    def about(self, source: str) -> Annotations:
        """The annotations about a photo or recording."""
        return self.where(lambda one: one.target.source == source)

    def by_source(self) -> dict[str, Annotations]:
        """The annotations about each photo and recording, in order of appearance."""
        found: dict[str, list[Annotation]] = {}
        for one in self.items:
            found.setdefault(one.target.source, []).append(one)
        return {source: Annotations(tuple(some)) for source, some in found.items()}

    @property
    def annotators(self) -> tuple[str, ...]:
        """Everyone who gave a state, or said how a face looks, in order of appearance."""
        return tuple(dict.fromkeys(one.annotator for one in self.items if one.kind in ("state", "group")))

    @property
    def sources(self) -> tuple[str, ...]:
        """Every photo and recording, in order of appearance."""
        return tuple(dict.fromkeys(one.target.source for one in self.items))
