"""``/api/model`` and ``/health``: what judges here, and whether it does."""

from __future__ import annotations

import time

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from aiducation import __version__
from aiducation.observations.schema import schema
from aiducation.web.answers import Health, Recordings
from aiducation.web.languages import Language, texts
from aiducation.web.model_answer import Model, model_answer
from aiducation.web.problems import known_parameters, responses
from aiducation.web.services import services_of

router = APIRouter(tags=["about"])

_STRICT = [Depends(known_parameters), Depends(texts)]  # not for /health: what watches a server may add to its address


@router.get(
    "/api/model",
    summary="The model and its limits",
    response_description="The model.",
    responses=responses("invalid"),
    dependencies=_STRICT,
)
async def get_model(request: Request, words: Language) -> Model:
    """What the model was trained on, what it reached on test pictures, what it cannot do, and how this server uses it."""
    services = services_of(request)
    return model_answer(services.engine, services.settings, words)


@router.get(
    "/api/schema",
    summary="The JSON Schema of results",
    response_class=JSONResponse,
    responses={
        200: {"description": "JSON Schema, draft 2020-12.", "content": {"application/json": {}}},
        **responses("invalid"),
    },
    dependencies=_STRICT,
)
async def get_schema() -> Response:
    """The schema of every result, the same as the command line's."""
    return JSONResponse(schema())


@router.post(
    "/api/check",
    summary="Whether requests from here are allowed",
    status_code=204,
    responses=responses("invalid"),
    dependencies=_STRICT,
)
async def check() -> Response:
    """Do nothing, and say so. A page or a proxy is tried with it: Host, Origin and token are asked for as everywhere."""
    return Response(status_code=204)


@router.get("/health", summary="Whether the server works", response_description="It does.", responses=responses())
async def health(request: Request) -> Health:
    """Version, seconds since the start, and how many recordings are in which state."""
    services = services_of(request)
    running_s = round(time.monotonic() - services.started, 1)
    recordings = Recordings(**services.jobs.counts())
    return Health(status="ok", version=__version__, running_s=running_s, recordings=recordings)
