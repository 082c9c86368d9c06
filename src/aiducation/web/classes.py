"""``/api/class``: a class whose students' own pages send numbers. The teacher opens it, students join with its code."""

from __future__ import annotations

import asyncio
import json
import math
from contextlib import suppress
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends, Request, WebSocket
from pydantic import Field
from starlette.websockets import WebSocketDisconnect, WebSocketState

from aiducation.records import parse
from aiducation.states import OUTCOMES
from aiducation.web.answers import ClassNow, LiveSession
from aiducation.web.bodies import model_body, read_model
from aiducation.web.class_rooms import ClassRoom, Member, judge_of
from aiducation.web.label_answers import Asked
from aiducation.web.languages import Language, in_language, texts
from aiducation.web.live import SessionId
from aiducation.web.problems import Problem, body, known_parameters, responses, spoken
from aiducation.web.services import Services, services_of
from aiducation.web.static_page import about
from aiducation.web.turns import client_of
from aiducation.web.waiting import first_done

router = APIRouter(tags=["live"])
_teacher = APIRouter(dependencies=[Depends(known_parameters), Depends(texts)])

#: Where students' pages connect; everybody may, with a code and without the server's token.
JOIN = "/api/class/join"

#: Seconds between two messages of a page, and how many may come at once after a break.
EVERY_S, _AT_ONCE = 1.0, 8

#: Letters of a message at most, messages that come too early after which a page is not listened to any more, and seconds in
#: which a page says who it is.
_LONGEST, _PATIENCE, _SAY_S = 1000, 60, 60.0

#: Seconds of silence after which a page counts as gone: on a slow device or network its networks take minutes to come.
_SILENT_S = 300.0


class ClassAsked(Asked):
    """A class that a teacher opens."""

    agreed: bool = Field(
        description="Whether everybody who is asked to join knows what is sent, and joins freely.",
        json_schema_extra={"const": True},
    )


@_teacher.post(
    "/api/class",
    summary="Open a class",
    status_code=201,
    openapi_extra=model_body(ClassAsked),
    response_description="The class, with the code by which students join.",
    responses=responses("too_large", "invalid"),
)
async def post_class(request: Request, words: Language) -> ClassNow:
    """Open a class: the pages of its students judge faces themselves and send numbers, no pictures."""
    services = services_of(request)
    asked = await read_model(request, ClassAsked, stall_s=services.limits.stall_s)
    if not asked.agreed:
        raise Problem("invalid", "agreed: a class needs the word that everybody knows about it and joins freely.")
    if sum(room.open for room in _rooms(services)) >= services.limits.classes:
        raise Problem("too_many_requests", "Too many classes are open; end one of them.", retry_after_s=60)
    room = ClassRoom(services.limits, services.engine.analyzer, services.settings.min_group)
    services.live.keep(room)
    return _now(room, words)


@_teacher.get(
    "/api/class/{session_id}",
    summary="A class as it is now",
    response_description="Code, people and figures of the group.",
    responses=responses("not_found", "invalid"),
)
async def get_class(request: Request, session_id: SessionId, words: Language) -> ClassNow:
    """How many people are in the class, and the group now. Nobody's own numbers are in it."""
    return _now(_room(request, session_id), words)


@_teacher.post(
    "/api/class/{session_id}/end",
    summary="End a class",
    response_description="The class in a few numbers.",
    responses=responses("not_found", "invalid"),
)
async def end_class(request: Request, session_id: SessionId) -> LiveSession:
    """End the class for everybody. Its figures can be had below `/api/live/{session}`, as those of a live session."""
    room = _room(request, session_id)
    room.end()
    return LiveSession(**room.summary())


def _rooms(services: Services) -> list[ClassRoom]:
    return [one for one in services.live.every() if isinstance(one, ClassRoom)]


def _room(request: Request, session_id: str) -> ClassRoom:
    room = services_of(request).live.get(session_id)
    if not isinstance(room, ClassRoom):
        raise Problem("not_found", "There is no such class.")
    return room


def _now(room: ClassRoom, words: Any) -> ClassNow:
    return ClassNow(**in_language(room.answer(), words))


# --- students ---------------------------------------------------------------------------------------------------------------


@router.websocket(JOIN)
async def join(socket: WebSocket) -> None:
    """Numbers of one student in: docs/api.md describes the messages."""
    services, words = services_of(socket), spoken(socket)
    await socket.accept()
    room: ClassRoom | None = None
    member: Member | None = None
    try:
        room, member = await _enter(socket, services)
        gone = member.gone
        said = {
            "every_s": EVERY_S,
            "min_group": room.min_group,
            "keep_s": _finite(services.limits.keep_s),
            "people": room.people,
        }
        await _send(socket, "joined", member=member.key, **said)
        await first_done(_listen(socket, room, member), room.left.wait(), gone.wait())
        if room.left.is_set():
            await _send(socket, "over")
        elif gone.is_set():  # said, so that two windows do not end each other by turns
            raise Problem(
                "not_allowed", "The class was joined again in another window; only that one sends numbers now."
            )
    except Problem as problem:
        with suppress(Exception):
            await _send(socket, "error", **body(problem.code, words.sentence(problem.message)))
            await socket.close(1013 if problem.code == "too_many_requests" else 1008, problem.code)
    except (WebSocketDisconnect, RuntimeError, OSError):
        pass
    finally:
        if room and member and not gone.is_set():  # else a newer connection has the member
            room.leave(member)
        if socket.application_state != WebSocketState.DISCONNECTED:
            with suppress(Exception):
                await socket.close()


def _finite(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


async def _send(socket: WebSocket, kind: str, **values: Any) -> None:
    await socket.send_text(json.dumps({"type": kind, **values}, ensure_ascii=False, allow_nan=False))


async def _enter(socket: WebSocket, services: Services) -> tuple[ClassRoom, Member]:
    """The first message: which class, and that its sender agrees."""
    try:
        asked = await asyncio.wait_for(_message(socket), _SAY_S)
    except (TimeoutError, asyncio.TimeoutError) as error:  # two classes before Python 3.11
        raise Problem("bad_request", "The first message did not come.") from error
    code, key = asked.get("code"), asked.get("member")
    if asked.get("type") != "join" or not isinstance(code, str) or not isinstance(key, (str, type(None))):
        raise Problem("bad_request", "The first message must have the type join and a code; see docs/api.md.")
    if asked.get("agreed") is not True:
        raise Problem("invalid", "agreed: nobody joins a class who did not agree to it.")
    address, _ = client_of(socket)
    services.wrong_codes.check(address)
    wanted = code.replace("-", "").replace(" ", "").upper()
    room = next((one for one in _rooms(services) if one.code == wanted), None)
    if room is None:
        services.wrong_codes.count(address)
        raise Problem("not_found", "There is no class with this code. Look at the code again, or ask for the new one.")
    if asked.get("judge") != judge_of(about(services.engine.analyzer)):
        raise Problem(
            "invalid",
            "This page has another model, or other assumptions, than the server of the class. Whoever wrote the page writes "
            "it again with the options of the server.",
        )
    return room, room.join(key)


async def _message(socket: WebSocket) -> dict[str, Any]:
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1005))
    text = received.get("text")
    if text is None or len(text) > _LONGEST:
        raise Problem(
            "bad_request", f"A message must be a text of {_LONGEST} letters at most: no picture is taken here."
        )
    try:
        value = parse(text)
    except (ValueError, RecursionError) as error:
        raise Problem("bad_request", "A message must be JSON.") from error
    return value if isinstance(value, dict) else {}


async def _listen(socket: WebSocket, room: ClassRoom, member: Member) -> None:
    """Take numbers until the member leaves; what comes too fast is not used."""
    left, at, patience = float(_AT_ONCE), room.now_s(), _PATIENCE
    while True:
        try:
            said = await asyncio.wait_for(_message(socket), _SILENT_S)
        except (TimeoutError, asyncio.TimeoutError):
            return
        if said.get("type") == "leave":
            room.leave(member, for_good=True)
            return
        probs = _probs(said)
        now = room.now_s()
        left, at = min(_AT_ONCE, left + (now - at) / EVERY_S * 1.5), now
        if left >= 1:
            left, patience = left - 1, min(patience + 1, _PATIENCE)
            room.tell(member, probs)
            continue
        patience -= 1
        if patience <= 0:
            raise Problem("too_many_requests", "The messages come too fast: one a second is enough.", retry_after_s=60)


def _probs(said: dict[str, Any]) -> np.ndarray | None:
    """(5,) the numbers of a message; None for no face.

    Raises:
        Problem: it holds something else.
    """
    values = said.get("probs")
    if said.get("type") == "numbers" and set(said) == {"type", "probs"}:
        if values is None:
            return None
        if (
            isinstance(values, list)
            and len(values) == len(OUTCOMES)
            and all(type(value) in (int, float) and 0 <= value <= 1 for value in values)
            and abs(sum(values) - 1) <= 0.02
        ):
            return np.array(values, np.float32)
    raise Problem(
        "bad_request", "A message must have the type numbers and five probabilities that add up to 1, or null."
    )


router.include_router(_teacher)
