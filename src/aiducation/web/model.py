"""``/api/model`` and ``/health``: what judges here, and whether it does."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from aiducation import __version__
from aiducation.exports.annotated_picture import MARKS
from aiducation.observations.reasons import REASONS
from aiducation.observations.result_json import plain
from aiducation.observations.schema import schema
from aiducation.states import OUTCOMES, STATE_COLORS, UNCLEAR
from aiducation.web.problems import responses
from aiducation.web.schemas import json_of
from aiducation.web.services import services_of

router = APIRouter(tags=["about"])

#: Scores that the model's card shows; they are there for the models that the package carries.
_CARD = {
    "accuracy",
    "five_way_accuracy",
    "answered",
    "accuracy_when_answered",
    "recall",
    "five_way_recall",
    "calibration_error",
}


@router.get(
    "/api/model",
    summary="The model and its limits",
    response_class=JSONResponse,
    responses={200: json_of("Model", "The model."), **responses()},
)
async def get_model(request: Request) -> Response:
    """What the model was trained on, what it reached on test pictures, what it cannot do, and how this server uses it."""
    services = services_of(request)
    engine, settings = services.engine, services.settings
    info = engine.analyzer.classifier.info
    about: dict[str, Any] = plain(dataclasses.asdict(info))
    return JSONResponse(
        {
            **about,
            "threshold": engine.analyzer.threshold,
            "own_threshold": info.threshold,
            "test_accuracy": _test_accuracy(info.scores),
            "has_scores": set(info.scores) >= _CARD and bool(info.charts),
            "version": __version__,
            "detector": engine.analyzer.detector_name,
            "smallest_face": engine.analyzer.limits.min_size,
            "min_group": settings.min_group,
            "looks": {state: {"color": STATE_COLORS[state], "mark": MARKS[state]} for state in (*OUTCOMES, UNCLEAR)},
            "reasons": REASONS,
            "server_limits": plain(dataclasses.asdict(settings.limits)),
        }
    )


def _test_accuracy(scores: dict[str, Any]) -> float | None:
    """Share of test pictures for which the model's answer, among all that it knows, was right; None if nobody measured it."""
    if "five_way_accuracy" in scores:
        estimate = scores["five_way_accuracy"]["estimate"]
        return None if estimate is None else float(estimate)
    return scores.get("test_accuracy")


@router.get(
    "/api/schema",
    summary="The JSON Schema of results",
    response_class=JSONResponse,
    responses={200: {"description": "JSON Schema, draft 2020-12.", "content": {"application/json": {}}}, **responses()},
)
async def get_schema() -> Response:
    """The schema of every result, the same as the command line's."""
    return JSONResponse(schema())


@router.post(
    "/api/check",
    summary="Whether requests from here are allowed",
    status_code=204,
    responses=responses(),
)
async def check() -> Response:
    """Do nothing, and say so. A page or a proxy is tried with it: Host, Origin and token are asked for as everywhere."""
    return Response(status_code=204)


@router.get(
    "/health",
    summary="Whether the server works",
    response_class=JSONResponse,
    responses={200: json_of("Health", "It does."), **responses()},
)
async def health(request: Request) -> Response:
    """Version, seconds since the start, and how many recordings are in which state."""
    services = services_of(request)
    running_s = round(time.monotonic() - services.started, 1)
    return JSONResponse(
        {"status": "ok", "version": __version__, "running_s": running_s, "recordings": services.jobs.counts()}
    )
