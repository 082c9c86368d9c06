"""Two or more recordings, lessons or conditions side by side: shares over time, and how far they differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.errors import ConfigError, DataFileError
from aiducation.evaluation.intervals import Interval
from aiducation.evaluation.share_differences import ShareDifference, share_difference
from aiducation.observations.person_shares import PersonShares, person_shares, pooled
from aiducation.observations.recording import Recording
from aiducation.observations.track_names import TrackNames
from aiducation.signature import GENERATOR
from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.study_report.group_agreement import FEW_PEOPLE
from aiducation.study_report.json_values import interval_entry, number
from aiducation.words import people, percent

#: Steps of the figure at most.
_MOST_STEPS = 60

_ROUND_STEPS = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)


@dataclass(frozen=True, kw_only=True)
class RecordingComparison:
    """Conditions compared with the first of them.

    Attributes:
        conditions: each with its people; the first is what the others are compared with.
        differences: of each further condition, minus the first.
        step_s: length of a step.
        min_group: steps with fewer people have no share.
        notes: what a reader should know.
        unit: what is counted: "people" if the names of all are known, otherwise "tracks", of which a person can have several.
        faces: for each condition, views of faces, and how many of them had a state.
    """

    conditions: tuple[PersonShares, ...]
    differences: tuple[ShareDifference, ...]
    step_s: float
    min_group: int
    notes: tuple[str, ...]
    unit: str
    faces: tuple[tuple[int, int], ...]


def compare_recordings(
    recordings: Sequence[Recording],
    *,
    conditions: Mapping[str, str] | None = None,
    labels: Sequence[str] = (),
    names: Sequence[TrackNames] = (),
    step_s: float | None = None,
    min_group: int = MIN_GROUP,
    seed: int = 0,
) -> RecordingComparison:
    """How the shares of two or more recordings differ.

    Args:
        recordings: what was seen, two or more.
        conditions: source -> condition; recordings of one condition are taken together. None: each is its own.
        labels: what each recording is called; none for the sources. Two results of one recording need them, such as before and
            after a correction; a track of both is the same person then.
        names: of tracks; a person of one name in two conditions is compared with themselves.
        step_s: length of a step; None for the shortest round one that gives at most 60.
        min_group: figures of fewer people are withheld; 1 shows all.
        seed: of the resamples.

    Raises:
        ConfigError: there are fewer than two conditions, or a recording has none.
        DataFileError: all figures are withheld, or nobody was seen.
    """
    if missing := [one.source for one in recordings if conditions and one.source not in conditions]:
        raise ConfigError(f"No condition is given for {', '.join(missing[:3])}.")
    longest = max((float(one.times[-1]) for one in recordings if len(one)), default=0.0)
    slowest = max((one.every_s for one in recordings), default=1.0)
    step = step_s or next(
        (s for s in _ROUND_STEPS if s >= slowest and longest / s < _MOST_STEPS), longest / _MOST_STEPS
    )
    named = {one.source: one for one in names}
    groups: dict[str, list[PersonShares]] = {}
    faces: dict[str, tuple[int, int]] = {}
    for one, called in zip(recordings, labels or [one.source for one in recordings], strict=True):
        label = conditions[one.source] if conditions else called
        groups.setdefault(label, []).append(person_shares(one, step, named.get(one.source)))
        every, told = faces.get(label, (0, 0))
        states = [frame.states[k] for frame in one.frames for k in np.flatnonzero(frame.participants)]
        faces[label] = every + len(states), told + sum(state != UNCLEAR for state in states)
    if len(groups) < 2:
        raise ConfigError(
            f"A comparison needs two conditions or more, and all recordings are of '{next(iter(groups), '')}'."
        )
    tables = [pooled(label, parts) for label, parts in groups.items()]
    _check_people(tables, min_group)
    differences = tuple(
        share_difference(tables[0].values, one.values, tables[0].people, one.people, min_group=min_group, seed=seed)
        for one in tables[1:]
    )
    unit = _unit(tables)
    notes = [*_about_shares(unit, faces), *_notes(recordings, tables, differences, unit)]
    return RecordingComparison(
        conditions=tuple(tables),
        differences=differences,
        step_s=step,
        min_group=min_group,
        notes=tuple(notes),
        unit=unit,
        faces=tuple(faces[one.label] for one in tables),
    )


def _unit(tables: Sequence[PersonShares]) -> str:
    every = [(name, source) for one in tables for name, source in zip(one.people, one.sources, strict=True)]
    return "tracks" if any(name.startswith(f"{source}/track ") for name, source in every) else "people"


def _about_shares(unit: str, faces: Mapping[str, tuple[int, int]]) -> list[str]:
    """What the shares are about, and how many faces had a state."""
    told = [
        f"in {label} {with_state:,} of {every:,} ({percent(with_state / max(every, 1))})"
        for label, (every, with_state) in faces.items()
    ]
    notes = [
        "Shares are mean probabilities of all faces that were seen well, also of those for which the model gives no "
        "state.",
        f"Views of faces with a state: {', '.join(told)}.",
    ]
    notes += [
        f"Warning: in {label} fewer than half of the faces had a state; shares of so many faces without a clear answer "
        f"say little."
        for label, (every, with_state) in faces.items()
        if 2 * with_state < every
    ]
    if unit == "tracks":
        notes.append(
            "Tracks are counted, not people: a person who was lost and found again has several tracks, and then the "
            "intervals are too narrow. Name the tracks (--names) to count people."
        )
    return notes


def interval_words(unit: str) -> str:
    """Which question the intervals answer, and why those of a report differ."""
    return (
        f"The intervals answer what a larger group might show of which these {unit} are a random sample, not whether these "
        f"{unit} changed; the report of a recording answers the same question, but its intervals also count the model's "
        f"doubt about each face and only as many faces as were seen at a time, so they are usually wider."
    )


def _check_people(tables: Sequence[PersonShares], min_group: int) -> None:
    for one in tables:
        most = int(one.seen.max(initial=0))
        if most == 0:
            raise DataFileError(f"Nobody was seen well enough in {one.label}, so there is nothing to compare.")
        if most < min_group:
            raise DataFileError(
                f"The figures of {one.label} are withheld: it shows at most {people(most)} well "
                f"at a time, fewer than {min_group}. If all of them agree, --min-group 1 shows them."
            )


def _notes(
    recordings: Sequence[Recording],
    tables: Sequence[PersonShares],
    differences: Sequence[ShareDifference],
    unit: str,
) -> list[str]:
    notes = []
    models = {str(one.made_with.model.get("name", "")) for one in recordings}
    if len(models) > 1:
        notes.append(
            f"The recordings were analyzed with different models ({', '.join(sorted(models))}), which can be the "
            f"cause of a difference."
        )
    intervals = {one.every_s for one in recordings}
    if len(intervals) > 1:
        notes.append("The recordings were analyzed at different sampling intervals.")
    for one in recordings:
        notes += [f"{one.source}: {line}" for line in one.notes]
    few = [one.label for one in tables if len(set(one.people)) < FEW_PEOPLE]
    if few:
        notes.append(f"Fewer than {FEW_PEOPLE} {unit} in {' and '.join(few)}: the intervals are too narrow.")
    shared = [one.people[2] for one in differences]
    if not any(shared):
        notes.append(
            "No person is known to be in two of them, so the intervals assume that all people are different. If you "
            "name the tracks (--names), the same people are recognized and the intervals become narrower."
        )
    return notes


def overall_rows(found: RecordingComparison) -> list[list[Any]]:
    """Condition, state, share of the first, share of the other, difference; intervals over people."""
    return [
        [found.conditions[k + 1].label, outcome, one.first_overall[i], one.second_overall[i], one.overall[i]]
        for k, one in enumerate(found.differences)
        for i, outcome in enumerate(OUTCOMES)
    ]


def step_rows(found: RecordingComparison) -> tuple[list[str], list[list[Any]]]:
    """Heading and rows of the table over time: a row a condition, a step and a state."""
    header = [
        "condition",
        "compared_with",
        "start_s",
        "state",
        "share",
        "low",
        "high",
        "difference",
        "difference_low",
        "difference_high",
    ]
    rows: list[list[Any]] = []
    first = found.conditions[0].label
    for k, one in enumerate(found.differences):
        sides = [(found.conditions[k + 1].label, first, one.second, one.second_low, one.second_high, True)]
        if k == 0:
            sides.insert(0, (first, "", one.first, one.first_low, one.first_high, False))
        for label, other, share, low, high, differs in sides:
            for t in range(len(share)):
                for i, outcome in enumerate(OUTCOMES):
                    inside = differs and t < len(one.difference)
                    gap = [one.difference[t, i], one.low[t, i], one.high[t, i]] if inside else [math.nan] * 3
                    values = [number(float(v)) for v in (share[t, i], low[t, i], high[t, i], *gap)]
                    rows.append([label, other, round(t * found.step_s, 3), outcome, *values])
    return header, rows


def person_rows(found: RecordingComparison) -> tuple[list[str], list[list[Any]]]:
    """Heading and rows of the table for a statistician: a row a condition, a recording, a person and a step."""
    header = ["condition", "source", "person", "start_s", "views", *OUTCOMES]
    rows = [
        [one.label, one.sources[p], one.people[p], round(t * one.step_s, 3), int(one.views[t, p])]
        + [number(float(v)) for v in one.values[t, p]]
        for one in found.conditions
        for p in range(len(one.people))
        for t in np.flatnonzero(one.views[:, p])
    ]
    return header, rows


def headline(found: RecordingComparison) -> str:
    """The largest difference whose interval does not hold 0, or that there is none."""
    best: tuple[float, str] | None = None
    first = found.conditions[0].label
    for k, one in enumerate(found.differences):
        for i, outcome in enumerate(OUTCOMES):
            gap = one.overall[i]
            if gap.has_limits and (gap.low > 0 or gap.high < 0) and (best is None or abs(gap.estimate) > best[0]):
                more = "larger" if gap.estimate > 0 else "smaller"
                words = f"In {found.conditions[k + 1].label} the share of {outcome} is {more} than in {first}, {_points(gap)}"
                best = (abs(gap.estimate), words)
    return best[1] if best else f"No share differs by more than the differences between {found.unit} can explain"


def _points(gap: Interval) -> str:
    """ "by 11 percentage points (5 to 16)"."""
    low, high = sorted((abs(gap.low), abs(gap.high)))
    return f"by {100 * abs(gap.estimate):.0f} percentage points ({100 * low:.0f} to {100 * high:.0f})"


def entry(found: RecordingComparison) -> dict[str, Any]:
    """Everything but the single persons as JSON values."""
    return {
        "generator": GENERATOR,
        "comparison_version": 1,
        "step_s": found.step_s,
        "min_group": found.min_group,
        "counted": found.unit,
        "conditions": [
            {
                "label": one.label,
                "people": len(set(one.people)),
                "sources": list(dict.fromkeys(one.sources)),
                "faces": faces,
                "faces_with_state": with_state,
            }
            for one, (faces, with_state) in zip(found.conditions, found.faces, strict=True)
        ],
        "intervals": interval_words(found.unit),
        "differences": [
            {
                "condition": found.conditions[k + 1].label,
                "compared_with": found.conditions[0].label,
                "people_in_both": one.people[2],
                "states": {
                    outcome: {
                        "first": interval_entry(one.first_overall[i]),
                        "second": interval_entry(one.second_overall[i]),
                        "difference": interval_entry(one.overall[i]),
                    }
                    for i, outcome in enumerate(OUTCOMES)
                },
            }
            for k, one in enumerate(found.differences)
        ],
        "notes": list(found.notes),
    }
