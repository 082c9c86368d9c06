"""``/join/``: the page that a server gives to the students of its classes, without a token: the page that judges faces itself."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from aiducation.errors import AiducationError
from aiducation.web.class_rooms import ClassRoom
from aiducation.web.page_files import file_answer
from aiducation.web.problems import Problem
from aiducation.web.services import services_of
from aiducation.web.static_page import HEADERS

#: Where it lies.
BELOW = "/join/"

router = APIRouter(include_in_schema=False)


@router.get("/join")
async def join_without_slash() -> Response:
    return RedirectResponse("join/", 307)


@router.get(BELOW + "{name:path}")
async def join_page(request: Request, name: str) -> Response:
    """A file of the page, as long as a class is open: nobody outside needs this server at other times."""
    services = services_of(request)
    if not any(isinstance(one, ClassRoom) and one.open for one in services.live.every()):
        raise Problem("not_found", "No class is open here now.")
    try:
        files = await asyncio.to_thread(services.join_page.files)
    except AiducationError as error:
        raise Problem("missing_extra", str(error)) from error
    name = name or "index.html"
    content = files.get(name)
    if content is None:
        raise Problem("not_found", "There is no such page.")
    headers = {**HEADERS, "Cache-Control": "private, no-cache"}
    return file_answer(name, content, services.join_page.version(), request.headers, headers)
