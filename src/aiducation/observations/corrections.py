"""Corrections: a result as people changed it. A pure function of the result and a list of edits: every edit can be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from aiducation.geometry import overlaps
from aiducation.observations.annotations import CANNOT_TELL, LABELS, Annotation, Annotations, Target
from aiducation.observations.faces import CHANGED, Faces, MadeWith
from aiducation.observations.outcomes import shown_as
from aiducation.observations.reasons import CANNOT_BE_TOLD
from aiducation.observations.recording import Recording
from aiducation.observations.track_names import TrackNames
from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.texts import N_
from aiducation.words import clock, many

#: Two boxes of this overlap (intersection over union) are the same face.
SAME_FACE = 0.4

#: Edits that could not be applied and are named one by one.
_MOST_NAMED = 5


def corrected(
    result: Faces | Recording, annotations: Annotations, names: TrackNames | None = None
) -> Faces | Recording:
    """The result with all edits applied in their order; its notes say what was changed by hand.

    A state that was given by hand has probability 1, so that shares, timeline and report follow. "Cannot tell" is
    unclear. Faces and tracks that are hidden are not counted, but are still anonymized. Excluded spans have no samples.
    Annotations about other files, and events, change nothing. What cannot be applied changes nothing either, and a note says why.

    Args:
        result: what was seen.
        annotations: what people say.
        names: of the recording's tracks, where annotations name persons.
    """
    edits = annotations.about(result.source).of("state", "exclude", "merge", "split", "hide")
    if not len(edits):
        return result
    table = _Table(result, names)
    for edit in edits:
        why = table.apply(edit)
        if why:
            table.refused.append(f"{_words(edit)}: {why}")
    return table.result()


def given_by_hand(faces: Faces, made_with: MadeWith) -> np.ndarray:
    """(N,) bool, which states of a picture people gave: they have probability 1, which the model gives to none.

    Args:
        faces: the faces of a photo, or of one frame.
        made_with: how the whole result was made.
    """
    if CHANGED not in made_with.settings:
        return np.zeros(len(faces), dtype=bool)
    return np.asarray((faces.probs == 1).any(axis=1))


def rows_of(faces: Faces, target: Target) -> np.ndarray:
    """(N,) bool, which face of one picture a target names by number or place; none if it is not there."""
    found = np.zeros(len(faces), dtype=bool)
    if target.face is not None:
        found[target.face : target.face + 1] = True
    elif target.box is not None and len(faces):
        shared = overlaps(np.array([target.box], np.float32), faces.boxes)[0]
        found[int(shared.argmax())] = shared.max() >= SAME_FACE
    return found


@dataclass
class _Table:
    """All faces of a result as columns, a row a view."""

    source: Faces | Recording
    names: TrackNames | None
    done: Counter[str] = field(default_factory=Counter)
    spans: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        frames = self.source.pictures
        sizes = [len(frame) for frame in frames]
        self.ends = np.cumsum([0, *sizes])  # views of frame i are the rows from ends[i] to ends[i + 1]
        self.frame = np.repeat(np.arange(len(frames)), sizes)
        self.time = np.array([frame.time_s or 0.0 for frame in frames], np.float64)
        self.track = np.concatenate([frame.track_ids for frame in frames]) if frames else np.zeros(0, np.int64)
        probs = [frame.probs for frame in frames]
        self.probs = np.concatenate(probs).copy() if probs else np.zeros((0, len(OUTCOMES)), np.float32)
        if CHANGED not in self.source.made_with.settings:  # what files round to 1 stays below what people give
            self.probs[self.probs == 1] = np.nextafter(np.float32(1), np.float32(0))
        self.states = np.array([state for frame in frames for state in frame.states], dtype=object)
        self.reasons = np.array([reason for frame in frames for reason in frame.reasons], dtype=object)
        self.hidden = np.zeros(len(self.frame), dtype=bool)
        self.by_hand = np.zeros(len(self.frame), dtype=bool)
        self.said: dict[str, np.ndarray] = {}  # annotator -> (M,) index into ``LABELS``, -1 where nothing was said
        self.kept = np.ones(len(frames), dtype=bool)
        self.slack = self.source.every_s / 2 if isinstance(self.source, Recording) else 0.0

    def apply(self, edit: Annotation) -> str:
        """Apply an edit, or say why that is not possible."""
        recording = isinstance(self.source, Recording)
        if not recording and edit.kind in ("exclude", "merge", "split"):
            return "a photo has no tracks and no time"
        if edit.kind == "exclude" and not edit.target.who and edit.target.box is None:
            return self._exclude(edit)
        if edit.kind in ("merge", "split"):
            return self._renumber(edit)
        rows = self._rows(edit.target)
        if not len(rows):
            return self._why_nobody(edit.target)
        if edit.kind == "state":
            self._set_state(rows, edit.state, edit.annotator)
        else:
            self.hidden[rows] = True
            self.done["hidden" if edit.kind == "hide" else "partly excluded"] += 1
        return ""

    def _rows(self, target: Target) -> np.ndarray:
        """(M,) int64, the views that a target names; hidden ones are not there any more."""
        if isinstance(self.source, Faces):
            return np.flatnonzero(rows_of(self.source, target) & ~self.hidden)
        held = np.flatnonzero(target.holds(self.time, self.slack) & self.kept)
        if not len(held):
            return held
        part = slice(int(self.ends[held[0]]), int(self.ends[held[-1] + 1]))
        there = ~self.hidden[part] & self.kept[self.frame[part]]
        return np.flatnonzero(np.isin(self.track[part], self._tracks(target)) & there) + part.start

    def _tracks(self, target: Target) -> list[int]:
        if target.track is not None:
            return [target.track]
        named = [t for t, name in (self.names.names if self.names else {}).items() if name == target.person]
        if target.person and named:
            return named
        if target.box is None or not len(self.time):
            return []
        at = int(np.abs(self.time - (target.from_s or 0.0)).argmin())
        rows = np.arange(self.ends[at], self.ends[at + 1])[
            rows_of(self.source.pictures[at], replace(target, face=None))
        ]
        return [int(track) for track in self.track[rows] if track >= 0]

    def _why_nobody(self, target: Target) -> str:
        if target.person and target.track is None:
            return "no track has this name" if self.names else "no names of tracks were given"
        return "the face was not found" + (" then" if target.from_s is not None else "")

    def _set_state(self, rows: np.ndarray, state: str, annotator: str) -> None:
        self.by_hand[rows] = True
        if annotator not in self.said:
            self.said[annotator] = np.full(len(self.frame), -1, np.int8)
        self.said[annotator][rows] = LABELS.index(state)
        if state == CANNOT_TELL:
            self.probs[rows], self.states[rows], self.reasons[rows] = np.nan, UNCLEAR, CANNOT_BE_TOLD
            return
        self.probs[rows] = np.eye(len(OUTCOMES), dtype=np.float32)[OUTCOMES.index(state)]
        self.states[rows], self.reasons[rows] = shown_as(state, self.source.view), ""

    def _exclude(self, edit: Annotation) -> str:
        inside = edit.target.holds(self.time) & self.kept
        if not inside.any():
            return "no frame was analyzed at that time"
        self.kept &= ~inside
        words = f"{clock(edit.target.from_s or 0)} to {clock(edit.target.to_s or 0)}"
        self.spans.append(f"{words} ({edit.note})" if edit.note else words)
        return ""

    def _renumber(self, edit: Annotation) -> str:
        old, new = int(edit.target.track or 0), int(edit.into or 0)
        rows, others = (self.track == old) & ~self.hidden, (self.track == new) & ~self.hidden
        if not rows.any():
            return f"there is no track {old}"
        if edit.kind == "split":
            rows &= self.time[self.frame] >= (edit.target.from_s or 0.0) - 1e-6
            if others.any():
                return f"track {new} exists already"
            if not rows.any() or not ((self.track == old) & ~rows).any():
                return "the track is not seen both before and after"
        elif not others.any():
            return f"there is no track {new}"
        elif len(both := np.intersect1d(self.frame[rows], self.frame[others])):
            return f"both tracks are seen at {clock(float(self.time[both[0]]))}, so they are two people"
        self.track = np.where(rows, new, self.track)
        self.done["merged" if edit.kind == "merge" else "split"] += 1
        return ""

    def result(self) -> Faces | Recording:
        """The result as it is now."""
        notes = (*self.source.notes, *self._notes())
        made_with = self.source.made_with
        if changes := self._changes():
            made_with = replace(made_with, settings={**made_with.settings, CHANGED: changes})
        frames = self._frames()
        if isinstance(self.source, Faces):
            return replace(frames[0], made_with=made_with, notes=notes)
        return replace(self.source, frames=tuple(frames), made_with=made_with, notes=notes)

    def _frames(self) -> list[Faces]:
        """The frames that are kept; what began with a frame that is not, begins with the next one."""
        frames: list[Faces] = []
        cut = gap = False
        for i, frame in enumerate(self.source.pictures):
            if not self.kept[i]:
                cut, gap = cut or frame.cut, True
                continue
            rows = slice(self.ends[i], self.ends[i + 1])
            changed = replace(
                frame,
                probs=self.probs[rows],
                states=tuple(self.states[rows]),
                reasons=tuple(self.reasons[rows]),
                track_ids=self.track[rows],
                cut=frame.cut or cut,
                standing=frame.standing and not gap,
            )
            frames.append(changed.only(~self.hidden[rows]))
            cut = gap = False
        return frames

    def _changes(self) -> str:
        """What was changed, in words."""
        faces = int((self.by_hand & ~self.hidden & self.kept[self.frame]).sum())
        if isinstance(self.source, Recording):
            thing, one, several = "track", "the state of 1 view of a face", f"states of {faces:,} views of faces"
        else:
            thing, one, several = "face", "the state of 1 face", f"states of {faces:,} faces"
        parts = [one if faces == 1 else several] if faces else []
        parts += [_done(what, many(n, thing)) for what, n in self.done.items()]
        parts += [f"excluded spans: {', '.join(self.spans)}"] if self.spans else []
        return "; ".join(parts)

    def _disputed(self) -> np.ndarray:
        """(M,) bool, views to which two annotators gave different states in the end."""
        lowest, highest = (np.full(len(self.frame), value, np.int8) for value in (len(LABELS), -1))
        for one in self.said.values():
            lowest, highest = np.where(one < 0, lowest, np.minimum(lowest, one)), np.maximum(highest, one)
        return lowest < highest

    def _notes(self) -> list[str]:
        changes = self._changes()
        notes = [f"Changed by hand: {changes}."] if changes else []
        if n := int((self._disputed() & ~self.hidden & self.kept[self.frame]).sum()):
            notes.append(
                f"Views of faces whose state annotators do not agree on, and of which the last annotator's counts: {n:,}."
            )
        return notes + _refusals(self.refused)


#: What ``many`` says, for the catalogues.
_MANY = N_("{n} track"), N_("{n} tracks"), N_("{n} edit"), N_("{n} edits")


def _done(what: str, things: str) -> str:
    """What was done with some tracks or faces, in words."""
    return {
        "hidden": f"{things} hidden",
        "partly excluded": f"{things} partly excluded",
        "merged": f"{things} merged",
        "split": f"{things} split",
    }[what]


def _refusals(refused: Sequence[str]) -> list[str]:
    if not refused:
        return []
    more = f"; and {len(refused) - _MOST_NAMED:,} more" if len(refused) > _MOST_NAMED else ""
    return [f"{many(len(refused), 'edit')} could not be applied: {'; '.join(refused[:_MOST_NAMED])}{more}."]


def _words(edit: Annotation) -> str:
    """An edit as a note names it: "bored for track 3 from 0:10"."""
    target = edit.target
    who = target.who or ("the face at a place" if target.box is not None else "everybody")
    what = edit.state.replace("_", " ") if edit.kind == "state" else edit.kind
    when = f" at {clock(target.from_s)}" if target.from_s is not None else ""
    return f"{what} for {who}{when}" + (f" into track {edit.into}" if edit.into is not None else "")
