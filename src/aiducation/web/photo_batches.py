"""``POST /api/photos``: several photos in one request, an answer for each. Nothing of them stays here."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from aiducation.media.file_kinds import PHOTO
from aiducation.observations.group import group_of
from aiducation.observations.result_json import to_json
from aiducation.texts import Texts
from aiducation.vision.analyzer import Analyzer
from aiducation.web.answers import PhotoBatch
from aiducation.web.assumed import Assuming
from aiducation.web.languages import Language, in_language
from aiducation.web.photos import MinGroup
from aiducation.web.problems import Problem, known_parameters, problem_of, responses
from aiducation.web.services import Services, services_of
from aiducation.web.turns import Client, client_of
from aiducation.web.uploads import FILE, Upload, check_kind, form, receive_files

router = APIRouter(tags=["photo"], dependencies=[Depends(known_parameters)])

#: Photos in one request at most.
MOST_PHOTOS = 20

#: Errors that are no single photo's own.
_OF_THE_SERVER = ("too_many_requests", "closing", "disk_full")

#: For the OpenAPI document: a form with several files.
_FORM = form(file={"type": "array", "minItems": 1, "maxItems": MOST_PHOTOS, "items": FILE})


@router.post(
    "/api/photos",
    summary="Analyze several photos",
    openapi_extra=_FORM,
    response_class=Response,
    responses={
        200: {"model": PhotoBatch, "description": "An answer for each photo, in their order."},
        **responses("invalid", "too_large", "unreadable", "disk_full"),
    },
)
async def analyze_photos(
    request: Request,
    words: Language,
    analyzer: Assuming,
    min_group: MinGroup = None,
) -> Response:
    """Faces of up to 20 photos, sent as a form with a part named ``file`` for each.

    A photo that cannot be analyzed has an ``error`` in its place, and the others have their results. The options are those of
    ``POST /api/photo``; the answer is JSON.
    """
    services = services_of(request)
    limits, group = services.limits, min_group or services.settings.min_group
    with TemporaryDirectory(dir=services.folder) as place:
        uploads = await receive_files(
            request, Path(place), most_bytes=limits.photo_bytes, most_files=MOST_PHOTOS, stall_s=limits.stall_s
        )
        photos = [await _answer(services, one, analyzer, group, words, client_of(request)) for one in uploads]
    return JSONResponse({"photos": photos})


async def _answer(
    services: Services, upload: Upload, analyzer: Analyzer, min_group: int, words: Texts, client: Client
) -> dict[str, Any]:
    """The result of one photo, or why there is none. Each waits for its turn, so that others come between."""

    def result() -> dict[str, Any]:
        _, faces = services.engine.photo(upload.path, upload.name, analyzer)
        return in_language(to_json(faces, group_of(faces, min_group)), words)

    try:
        if not upload.size:
            raise Problem("unreadable", f"{upload.name} is empty.")
        await check_kind(upload, PHOTO)
        return {"source": upload.name, "result": await services.engine.run(result, client), "error": None}
    except Exception as error:
        problem = problem_of(error, path=upload.path, name=upload.name)
        if problem.code == "internal" or (problem is error and problem.code in _OF_THE_SERVER):
            raise
        if problem.code in _OF_THE_SERVER:
            raise problem from error
        message = words.sentence(problem.message)
        return {"source": upload.name, "result": None, "error": {"code": problem.code, "message": message}}
    finally:
        upload.path.unlink(missing_ok=True)
