"""``GET /api/comparison``: two recordings side by side."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request

from aiducation.errors import InputError
from aiducation.evaluation.intervals import Interval
from aiducation.observations.track_names import TrackNames
from aiducation.states import OUTCOMES
from aiducation.study_report.recording_comparison import (
    RecordingComparison,
    compare_recordings,
    overall_rows,
)
from aiducation.study_report.recording_comparison_words import chance_words, headline, notes
from aiducation.texts import Texts
from aiducation.web.jobs import Job
from aiducation.web.label_answers import ComparedRecording, Comparison, StateDifference, finite_or_none
from aiducation.web.languages import Language, texts
from aiducation.web.photos import MinGroup
from aiducation.web.problems import known_parameters, problem_of, responses
from aiducation.web.services import services_of
from aiducation.web.turns import client_of

router = APIRouter(tags=["recordings"], dependencies=[Depends(known_parameters), Depends(texts)])

Id = Annotated[str, Query(min_length=1, max_length=60, description="The `id` of a recording.")]


@router.get(
    "/api/comparison",
    summary="Compare two recordings",
    response_description="Shares over time, and how far they differ.",
    responses=responses("not_found", "not_ready", "unreadable", "invalid"),
)
async def get_comparison(
    request: Request, words: Language, first: Id, second: Id, min_group: MinGroup = None
) -> Comparison:
    """The shares of each state over time in two recordings, aligned at their beginnings, as `aiducation compare` gives them.
    Intervals resample people; people of one name in both recordings are compared with themselves."""
    services = services_of(request)
    pair = [services.jobs.get(first), services.jobs.get(second)]
    group = min_group or services.settings.min_group

    def made() -> Comparison:
        recordings = [services.jobs.result(job) for job in pair]
        try:
            found = compare_recordings(
                recordings, labels=_labels(pair), names=[_names(job) for job in pair], min_group=group
            )
        except InputError as error:
            raise problem_of(error) from error
        return _answer(found, words)

    return await services.engine.run(made, client_of(request))


def _labels(pair: list[Job]) -> list[str]:
    """What the recordings are called; two of one name are told apart by a number."""
    names = [job.upload.name for job in pair]
    return names if names[0] != names[1] else [f"{name} ({k})" for k, name in enumerate(names, start=1)]


def _names(job: Job) -> TrackNames:
    return TrackNames(source=job.upload.name, names=job.edits.names)


def _answer(found: RecordingComparison, words: Texts) -> Comparison:
    [gap] = found.differences
    sides = [(gap.first, gap.first_low, gap.first_high), (gap.second, gap.second_low, gap.second_high)]
    first, second = (
        ComparedRecording(
            label=one.label,
            people=len(set(one.people)),
            shares=_by_state(share),
            low=_by_state(low),
            high=_by_state(high),
        )
        for one, (share, low, high) in zip(found.conditions, sides, strict=True)
    )
    return Comparison(
        headline=f"{headline(found, words)}.",
        step_s=found.step_s,
        first=first,
        second=second,
        differences=[_difference(*row[1:]) for row in overall_rows(found)],
        notes=[*notes(found, words), chance_words(found, words)],
    )


def _by_state(values: np.ndarray) -> dict[str, list[float | None]]:
    return {outcome: [finite_or_none(value) for value in values[:, k].tolist()] for k, outcome in enumerate(OUTCOMES)}


def _difference(state: str, first: Interval, second: Interval, gap: Interval) -> StateDifference:
    return StateDifference(
        state=state,
        first=finite_or_none(first.estimate),
        second=finite_or_none(second.estimate),
        difference=finite_or_none(gap.estimate),
        low=finite_or_none(gap.low),
        high=finite_or_none(gap.high),
    )
