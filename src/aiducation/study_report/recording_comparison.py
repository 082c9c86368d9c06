"""Two or more recordings, lessons or conditions side by side: shares over time, and how far they differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.column_names import COMPARED_PEOPLE_COLUMNS
from aiducation.defaults import MIN_GROUP
from aiducation.errors import ConfigError, DataFileError
from aiducation.evaluation.share_differences import ShareDifference, share_difference
from aiducation.observations.faces import different_settings
from aiducation.observations.person_shares import PersonShares, person_shares, pooled
from aiducation.observations.recording import Recording
from aiducation.observations.track_names import TrackNames, merged
from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.study_report.json_values import number
from aiducation.words import people

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
        models: by which the recordings were analyzed; several can be the cause of a difference.
        settings: names of the settings in which they differ, which can be a cause, too.
        several_intervals: whether they were analyzed at different sampling intervals.
        of_recordings: source and text of every note that their results have.
        unit: what is counted: "people" if the names of all are known, otherwise "tracks", of which a person can have several.
        faces: for each condition, views of faces, and how many of them had a state.
    """

    conditions: tuple[PersonShares, ...]
    differences: tuple[ShareDifference, ...]
    step_s: float
    min_group: int
    models: tuple[str, ...]
    settings: tuple[str, ...]
    several_intervals: bool
    of_recordings: tuple[tuple[str, str], ...]
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
        (s for s in _ROUND_STEPS if s >= slowest and longest / s < _MOST_STEPS), max(longest / _MOST_STEPS, slowest)
    )
    named = {one.source: one for one in merged(names)}
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
    return RecordingComparison(
        conditions=tuple(tables),
        differences=differences,
        step_s=step,
        min_group=min_group,
        models=tuple(sorted({str(one.made_with.model.get("name", "")) for one in recordings})),
        settings=tuple(different_settings(one.made_with for one in recordings)),
        several_intervals=len({one.every_s for one in recordings}) > 1,
        of_recordings=tuple((one.source, line) for one in recordings for line in one.notes),
        unit=_unit(tables),
        faces=tuple(faces[one.label] for one in tables),
    )


def _unit(tables: Sequence[PersonShares]) -> str:
    every = [(name, source) for one in tables for name, source in zip(one.people, one.sources, strict=True)]
    return "tracks" if any(name.startswith(f"{source}/track ") for name, source in every) else "people"


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
    rows = [
        [one.label, one.sources[p], one.people[p], round(t * one.step_s, 3), int(one.views[t, p])]
        + [number(float(v)) for v in one.values[t, p]]
        for one in found.conditions
        for p in range(len(one.people))
        for t in np.flatnonzero(one.views[:, p])
    ]
    return list(COMPARED_PEOPLE_COLUMNS), rows
