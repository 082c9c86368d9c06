"""``POST /api/photo``: a photo in, its faces out. Nothing of it stays here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from aiducation.exports.format import Material
from aiducation.media.file_kinds import PHOTO
from aiducation.observations.annotation_json import annotations_from_json
from aiducation.observations.corrections import corrected
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.result_json import to_json
from aiducation.records import read_record
from aiducation.web import formats
from aiducation.web.answers import Result
from aiducation.web.assumed import Assuming
from aiducation.web.formats import SAVED_AS, CsvDialect, PhotoFormat, download_headers, media_type, media_types
from aiducation.web.languages import Language, in_language
from aiducation.web.problems import known_parameters, problem_of, responses
from aiducation.web.services import services_of
from aiducation.web.turns import client_of
from aiducation.web.uploads import PHOTO_FORM, Upload, check_kind, receive_file

router = APIRouter(tags=["photo"], dependencies=[Depends(known_parameters)])

MinGroup = Annotated[
    int | None,
    Query(
        ge=1,
        le=1000,
        description="Smallest group: for fewer faces, neither group figures nor states are shown (rows of tables are "
        "complete); 1 shows everything. Default: the value of the server.",
    ),
]
Anonymize = Annotated[
    bool | Literal["text", "all"],
    Query(
        description="What to anonymize in everything that is drawn: all faces (true); also what may be text, such as "
        "names (text); or everything (all)."
    ),
]

#: For the OpenAPI document: what an address that takes one photo can answer instead.
PHOTO_PROBLEMS = responses(
    "invalid", "too_large", "unreadable", "is_recording", "missing_extra", "disk_full", "model_failed"
)


@asynccontextmanager
async def receive_photo(request: Request, *, beside: bool = False) -> AsyncIterator[Upload]:
    """A photo that a request brings, in a folder that is deleted afterwards; ``beside``: a part "annotations" lies beside it.

    Raises:
        Problem: it is not a photo, or something else failed.
    """
    services = services_of(request)
    with TemporaryDirectory(dir=services.folder) as place:
        folder, limits = Path(place), services.limits
        upload = await receive_file(
            request,
            folder / "upload",
            most_bytes=limits.photo_bytes,
            stall_s=limits.stall_s,
            beside=folder / "annotations" if beside else None,
        )
        await check_kind(upload, PHOTO)
        try:
            yield upload
        except Exception as error:
            problem = problem_of(error, path=upload.path, name=upload.name)
            if problem.code == "internal":
                raise
            raise problem from error


def _corrected(faces: Faces, path: Path) -> Faces:
    """The faces as people changed them."""
    if not path.exists():
        return faces
    result = corrected(faces, annotations_from_json(read_record(path)))
    assert isinstance(result, Faces)
    return result


@router.post(
    "/api/photo",
    summary="Analyze a photo",
    openapi_extra=PHOTO_FORM,
    response_class=Response,
    responses={
        200: {
            "model": Result | list[dict[str, Any]],  # a list of statements where `xapi` is asked for
            "description": "The result, in the requested format.",
            "headers": SAVED_AS,
            "content": media_types(recording=False),
        },
        **PHOTO_PROBLEMS,
    },
)
async def analyze_photo(
    request: Request,
    words: Language,
    analyzer: Assuming,
    format: Annotated[PhotoFormat, Query(description="The same formats as 'aiducation analyze --save'.")] = "json",
    anonymize: Anonymize = False,
    min_group: MinGroup = None,
    csv_dialect: CsvDialect = "standard",
) -> Response:
    """Faces of one photo, sent as a form with a part named ``file``: JPEG, PNG, WebP, AVIF, HEIC, BMP, TIFF, GIF and more.
    A second part named ``annotations``, a file of annotations as JSON, changes the result by hand.

    A file of several pictures that follow each other in time (an animated GIF) is a recording: ``is_recording`` says so.
    """
    services = services_of(request)
    async with receive_photo(request, beside=True) as upload:
        folder = upload.path.parent
        group = min_group or services.settings.min_group

        def answer() -> Response:
            image, faces = services.engine.photo(upload.path, upload.name, analyzer)
            faces = _corrected(faces, folder / "annotations")
            if format == "json":
                return JSONResponse(in_language(to_json(faces, group_of(faces, group)), words))
            material = Material(
                result=faces,
                image=image,
                hide_faces=anonymize,
                min_group=group,
                csv_dialect=csv_dialect,
                texts=words,
            )
            content = formats.write(material, folder, format).read_bytes()
            headers = download_headers(upload.name, format, recording=False)
            return Response(content, media_type=media_type(format, recording=False), headers=headers)

        return await services.engine.run(answer, client_of(request))
