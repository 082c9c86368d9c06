"""``/api/sample``: the sample meeting, so that the page can be tried without pictures of anybody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from aiducation.errors import AiducationError
from aiducation.media.samples import write_photo, write_recording
from aiducation.web.formats import SAVED_AS, in_parts
from aiducation.web.languages import texts
from aiducation.web.problems import known_parameters, problem_of, responses
from aiducation.web.services import services_of

router = APIRouter(tags=["about"], dependencies=[Depends(known_parameters), Depends(texts)])

#: One at a time: whoever comes second finds what the first has made.
_TURN = threading.Lock()

#: Kind -> name of the file, how browsers call it, and what writes it.
_FILES: dict[str, tuple[str, str, Callable[[Path], Path]]] = {
    "photo": ("gallery.jpg", "image/jpeg", write_photo),
    "recording": ("meeting.mp4", "video/mp4", write_recording),
}


@router.get(
    "/api/sample/{kind}",
    summary="The sample meeting",
    response_class=FileResponse,
    responses={
        **in_parts(
            {
                "description": "The file.",
                "headers": SAVED_AS,
                "content": {media_type: {} for _, media_type, _ in _FILES.values()},
            }
        ),
        **responses("invalid", "missing_extra", "disk_full"),
    },
)
async def get_sample(request: Request, kind: Literal["photo", "recording"]) -> Response:
    """A photo or a recording of nine tiles with two people whose portraits are in the public domain."""
    folder = services_of(request).folder / "sample"
    try:
        path = await asyncio.to_thread(_made, folder, kind)
    except (AiducationError, OSError) as error:
        raise problem_of(error, path=folder, name=kind) from error
    return FileResponse(path, media_type=_FILES[kind][1], filename=path.name)


def _made(folder: Path, kind: str) -> Path:
    """The file, which is made when somebody asks for it for the first time."""
    name, _, write = _FILES[kind]
    with _TURN:
        folder.mkdir(exist_ok=True)
        return folder / name if (folder / name).is_file() else write(folder / name)
