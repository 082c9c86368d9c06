"""Ratings: what several annotators, and a model, say of the same faces and the same times, as one table that can be compared."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from aiducation.errors import DataFileError
from aiducation.observations.annotations import CANNOT_TELL, Annotation, Annotations
from aiducation.observations.faces import Faces
from aiducation.observations.rated_source import RatedPhoto, RatedRecording, Rating, Runs
from aiducation.observations.recording import Recording
from aiducation.observations.track_names import TrackNames
from aiducation.states import CALM, OTHER, OUTCOMES, VIEWS
from aiducation.tables.table import clean
from aiducation.texts import N_

#: What the model is called beside annotators.
MODEL = "model"

#: What labels of nobody in particular are called, where a model is judged on labelled faces.
LABELS = "labels"


#: Faces and people that a note lists at most.
_MOST_ALONE = 5


@dataclass(frozen=True, kw_only=True)
class Ratings:
    """A table of ratings.

    Attributes:
        raters: who rated; the model, if there is one, comes last and is called "model".
        states: the states in the order of the numbers: without "other" where no annotator used it, so that nobody is measured
            by a state that could not be chosen. Where the view of a result is calm, neutral and focused are one state, calm.
        sources, who, times: (N,) of each unit: photo or recording, face or person, seconds (NaN for photos and whole tracks).
        table: (R, N) int64, index into ``states``, -1 where a rater said nothing.
        people: (N,) str, what tells people apart: units of one person are not independent evidence.
        probs: (N, K) float64, what the model gave each of ``states``, adding up to 1; NaN where it was not asked; None without a
            model.
        confidence: (N,) float64, its probability of the most probable of all five outcomes, which its threshold is about.
        thresholds: (N,) float64, below which probability the model says "not sure" of each unit; 0 without a model.
        runs: for each rater, for each source and person, spans of time with a state, for agreement on when something begins.
        notes: what a reader should know: labels that count not, or that contradict each other.
        alone: the same of what a single annotator has rated, which is compared with nobody; empty with a model, which has rated
            everything.
        unanswered: for each annotator, units with a label to which the model gave no state; empty without a model.
        among_people: the ratings of the annotators alone, at moments that do not depend on the model's result; None without a
            model, with a single annotator, or where two annotators have nothing in common.
        excluded: for each source and person, the spans of time that do not count.
        beyond: (N,) bool, where the model's most probable outcome is none of ``states``, so that it is wrong if it is sure of
            it; None where that is not asked.
    """

    raters: tuple[str, ...]
    states: tuple[str, ...]
    sources: np.ndarray
    who: np.ndarray
    times: np.ndarray
    table: np.ndarray
    people: np.ndarray
    probs: np.ndarray | None
    confidence: np.ndarray | None
    thresholds: np.ndarray
    runs: tuple[Mapping[tuple[str, str], Runs], ...]
    notes: tuple[str, ...] = field(default=())
    alone: tuple[str, ...] = field(default=())
    unanswered: tuple[int, ...] = field(default=())
    among_people: Ratings | None = field(default=None)
    beyond: np.ndarray | None = None
    excluded: Mapping[tuple[str, str], Sequence[tuple[float, float]]] = field(default_factory=dict)

    @property
    def model(self) -> int | None:
        """The row of the model."""
        return len(self.raters) - 1 if self.probs is not None else None

    def onsets(
        self, first: int, second: int, tolerance_s: float = 1.0
    ) -> list[tuple[dict[int, list[float]], dict[int, list[float]]]]:
        """When states begin, for each person of whom both raters said something over time; the first span has no onset.

        As with moments, what only one of the two has rated says nothing of how far they agree: an onset counts where the other
        one names a state, too, at most the tolerance away, and outside of excluded spans.
        """
        shared = [key for key in self.runs[first] if key in self.runs[second]]
        return [
            (self._onsets(first, second, key, tolerance_s), self._onsets(second, first, key, tolerance_s))
            for key in shared
        ]

    def _onsets(self, rater: int, other: int, key: tuple[str, str], tolerance_s: float) -> dict[int, list[float]]:
        own, theirs = ([run for run in self.runs[k][key] if run[2] != CANNOT_TELL] for k in (rater, other))
        begins, ends = (np.array([run[k] for run in theirs], np.float64) for k in (0, 1))
        found: dict[int, list[float]] = {}
        for (_, _, before), (start, _, state) in itertools.pairwise(own):
            rated = ((begins <= start + tolerance_s) & (ends >= start - tolerance_s)).any()
            left_out = any(from_s <= start < to_s for from_s, to_s in self.excluded.get(key, ()))
            if state in self.states and state != before and rated and not left_out:
                found.setdefault(self.states.index(state), []).append(start)
        return found


def ratings_of(
    annotators: Mapping[str, Annotations],
    results: Sequence[Faces | Recording] = (),
    *,
    every_s: float = 1.0,
    names: Sequence[TrackNames] = (),
) -> Ratings:
    """The ratings of annotators, and of the model whose results are given.

    Args:
        annotators: name -> what they say; "cannot tell" counts as no rating.
        results: of the model, about the same photos and recordings.
        every_s: time between the moments at which recordings are compared; those of a result are the ones it was sampled at.
        names: of tracks, where annotators name persons.

    Raises:
        DataFileError: nothing can be compared; the message says why.
    """
    notes = _Notes()
    if results:
        annotators = {_as_person(name, annotators): some for name, some in annotators.items()}
    by_source = {result.source: result for result in results}
    fair = _fair(annotators, notes) if results else dict(annotators)
    said = _with_known_sources(fair, list(by_source))
    sources = list(dict.fromkeys([*by_source, *(s for one in said.values() for s in one.sources)]))
    named = {one.source: one for one in names}
    ratings: list[Rating] = []
    runs: list[dict[tuple[str, str], Runs]] = [{} for _ in range(len(said) + bool(results))]
    excluded: dict[tuple[str, str], Sequence[tuple[float, float]]] = {}
    for source in sources:
        result = by_source.get(source)
        labels = [one.about(source) for one in said.values()]
        if result is None and results:
            notes.count["labels of files without a result"] += sum(len(one) for one in labels)
            continue
        timed = isinstance(result, Recording) or (result is None and _is_timed(labels))
        rated = (
            RatedRecording(source=source, labels=labels, result=result, names=named.get(source), every_s=every_s)
            if timed and not isinstance(result, Faces)
            else RatedPhoto(source=source, labels=labels, result=result if isinstance(result, Faces) else None)
        )
        ratings += rated.ratings()
        for row, some in zip(runs, rated.runs(), strict=False):
            row |= some
        excluded |= rated.excluded()
        notes.count.update(rated.count)
    found = replace(_table(tuple(said), bool(results), results, ratings, runs, notes), excluded=excluded)
    if results and len(annotators) > 1:
        try:
            return replace(found, among_people=ratings_of(annotators, every_s=every_s, names=names))
        except DataFileError as error:  # they have nothing in common
            return replace(found, notes=(*found.notes, str(error)))
    return found


def _as_person(name: str, names: Mapping[str, Annotations]) -> str:
    """An annotator's name, which is not that of the model."""
    shown = name
    while shown == MODEL or (shown != name and shown in names):
        shown += " (annotator)"
    return shown


def _is_timed(labels: Sequence[Annotations]) -> bool:
    return any(one.target.from_s is not None or one.target.track is not None for some in labels for one in some)


@dataclass
class _Notes:
    """What is counted on the way, and what is said of it."""

    lines: list[str] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def all(self) -> tuple[str, ...]:
        return (*self.lines, *(f"{_SAID[what]}: {n:,}." for what, n in self.count.items() if n))


CONTRADICTIONS = N_("Labels that a later label of the same annotator contradicts; only the later one counts")

#: What is counted, as a reader is told.
_SAID = {
    "cannot tell": "Labels “cannot tell”, which count as no rating",
    "contradictions": CONTRADICTIONS,
    "not found": "Labels of faces that are not in the result",
    "excluded": "Times in excluded spans, which are left out",
    "labels of files without a result": "Labels of photos and recordings without a result",
}


def _fair(annotators: Mapping[str, Annotations], notes: _Notes) -> dict[str, Annotations]:
    """Only labels that measure a model fairly: faces that were chosen because of its answer would make it look worse."""
    kept = {name: some.where(lambda one: one.kind != "state" or one.is_random) for name, some in annotators.items()}
    left_out = sum(len(annotators[name]) - len(kept[name]) for name in kept)
    remain = sum(len(some.of("state")) for some in kept.values())
    if left_out and not remain:
        raise DataFileError(
            f"All labels ({left_out:,}) are of faces that were chosen because of the model's answer, or that were "
            f"labelled while it was shown, so they cannot be used to measure the model. Label some faces that are "
            f"chosen at random."
        )
    if left_out:
        notes.lines.append(
            f"Labels that are left out, because their faces were chosen because of the model's answer or were labelled while "
            f"it was shown, which would bias the figures: {left_out:,}. Labels that remain: {remain:,}."
        )
    return kept


def _with_known_sources(annotators: Mapping[str, Annotations], known: Sequence[str]) -> dict[str, Annotations]:
    """Labels whose file has a folder in its name, or lacks one, as the results name the file, where only one can be meant."""
    every = list(dict.fromkeys([*known, *(s for some in annotators.values() for s in some.sources)]))
    by_name: dict[str, list[str]] = {}
    for source in every:
        by_name.setdefault(_last(source), []).append(source)
    renamed: dict[str, str] = {}
    apart = {_last(source) for some in annotators.values() for source in _told_apart(some.sources)}
    for source in every:
        if _last(source) in apart:
            continue
        same = [other for other in by_name[_last(source)] if other in known] if known else by_name[_last(source)][:1]
        if source not in known and len(same) == 1:
            renamed[source] = same[0]
    return {
        name: Annotations(tuple(_renamed(one, renamed.get(one.target.source, "")) for one in some))
        for name, some in annotators.items()
    }


def _renamed(one: Annotation, source: str) -> Annotation:
    return replace(one, target=replace(one.target, source=source)) if source else one


def _told_apart(sources: Sequence[str]) -> list[str]:
    """Files of one annotator that have one name and lie in several folders: these are several files."""
    within = [source for source in sources if "/" in source.replace("\\", "/")]
    names = [_last(source) for source in within]
    plain = [clean(source) for source in sources]
    apart = [source for source in sources if plain.count(clean(source)) > 1]  # but for blanks, they have one name
    return [*apart, *(source for source in within if names.count(_last(source)) > 1)]


def _last(source: str) -> str:
    return clean(source.replace("\\", "/").rpartition("/")[2])


def _table(
    annotators: tuple[str, ...],
    has_model: bool,
    results: Sequence[Faces | Recording],
    ratings: Sequence[Rating],
    runs: Sequence[Mapping[tuple[str, str], Runs]],
    notes: _Notes,
) -> Ratings:
    raters = (*annotators, MODEL) if has_model else annotators
    used = {state for one in ratings for state in one.states[: len(annotators)]}
    view = VIEWS[CALM if any(result.view == CALM for result in results) else "states"]
    merged = {state: shown for shown, every in view.items() for state in every}
    states = tuple(view) if OTHER in used else tuple(view)[:-1]
    if CALM in view:
        notes.lines.append(
            "The view of the model's result is calm: neutral and focused count as one state, calm, wherever people are "
            "compared with the model."
        )
    if has_model and OTHER not in states:
        notes.lines.append(
            f"No face is labelled “other”, so the model's answer is always the most probable of the other {len(states)} "
            f"states."
        )
    table = np.full((len(raters), len(ratings)), -1, np.int64)
    probs, confidence = np.full((len(ratings), len(states)), np.nan), np.full(len(ratings), np.nan)
    for n, one in enumerate(ratings):
        for r, state in enumerate(one.states):
            state = merged.get(state, state)
            table[r, n] = states.index(state) if state in states else -1
        if one.probs is not None and not np.isnan(one.probs).any():
            every = np.array([one.probs[[OUTCOMES.index(o) for o in part]].sum() for part in view.values()], np.float64)
            given = every[: len(states)]
            probs[n], confidence[n] = given / max(given.sum(), 1e-12), every.max()
            if has_model and one.states[-1] in (*OUTCOMES, CALM):
                table[-1, n] = int(probs[n].argmax())
    several = (table >= 0).sum(axis=0) >= 2 if len(table) else np.zeros(0, bool)
    if has_model:
        several |= (table[:-1] >= 0).any(axis=0) & ~np.isnan(probs).any(axis=1)
    if not several.any():
        raise DataFileError(_nothing_in_common(annotators, has_model, notes))
    kept = [one for one, there in zip(ratings, several, strict=True) if there]
    thresholds = {result.source: float(result.made_with.model.get("threshold") or 0.0) for result in results}
    return Ratings(
        raters=raters,
        states=states,
        sources=np.array([one.source for one in kept]),
        who=np.array([one.who for one in kept]),
        times=np.array([np.nan if one.time_s is None else one.time_s for one in kept], np.float64),
        table=table[:, several],
        people=np.array([one.person for one in kept]),
        probs=probs[several] if has_model else None,
        confidence=confidence[several] if has_model else None,
        thresholds=np.array([thresholds.get(one.source, 0.0) for one in kept], np.float64),
        runs=tuple(
            {key: [(a, b, merged.get(state, state)) for a, b, state in spans] for key, spans in one.items()}
            for one in runs
        ),
        notes=notes.all(),
        alone=() if has_model else _alone(ratings, table >= 0, annotators),
        unanswered=tuple(int(((row >= 0) & (table[-1] < 0)).sum()) for row in table[:-1]) if has_model else (),
    )


def _alone(ratings: Sequence[Rating], given: np.ndarray, annotators: Sequence[str]) -> tuple[str, ...]:
    """What only one annotator has rated: how much it is, and whom or which faces the others never named.

    Args:
        ratings: of all N units.
        given: (R, N) bool, who gave a state to each.
        annotators: R names.
    """
    single = given.sum(axis=0) == 1
    if not single.any():
        return ()
    counts = [(name, int((row & single).sum())) for name, row in zip(annotators, given, strict=True)]
    listed = ", ".join(f"{name} {n:,}" for name, n in counts if n)
    said = [
        f"Left out, because only one annotator rated them: {int(single.sum()):,} of {int(given.any(axis=0).sum()):,} ({listed})."
    ]
    raters: dict[tuple[str, str], set[int]] = {}
    for k, one in enumerate(ratings):
        raters.setdefault((one.source, one.who), set()).update(np.flatnonzero(given[:, k]).tolist())
    for r, name in enumerate(annotators):
        if own := [f"{who} ({source})" for (source, who), some in raters.items() if some == {r}]:
            more = ", ..." if len(own) > _MOST_ALONE else ""
            said.append(
                f"Only {name} rated {', '.join(own[:_MOST_ALONE])}{more}. Perhaps others named them differently."
            )
    return tuple(said)


def _nothing_in_common(annotators: Sequence[str], has_model: bool, notes: _Notes) -> str:
    who = " and ".join([", ".join(annotators), "the model's results"] if has_model else [", ".join(annotators)])
    why = " ".join(notes.all())
    return (
        f"No face, and no person at any time, was rated by two of {who}. Files, tracks, persons and times must have "
        f"the same names in all files. {why}"
    ).strip()
