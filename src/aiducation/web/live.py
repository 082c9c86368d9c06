"""``/api/live``: frames of a camera or a shared window in, faces out; always the newest frame, late ones are dropped."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, WebSocket
from fastapi.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect, WebSocketState

from aiducation.errors import unknown_name
from aiducation.observations.faces import Faces
from aiducation.observations.result_json import face_entries, low_confidence_entries
from aiducation.records import parse
from aiducation.texts import ENGLISH, LANGUAGES
from aiducation.web import answers, formats
from aiducation.web.assumed import ASSUMED, assuming
from aiducation.web.bodies import model_body, read_model
from aiducation.web.formats import SAVED_AS, CsvDialect, LiveFormat, download_headers, media_type, media_types
from aiducation.web.kept_sessions import Mark
from aiducation.web.label_answers import LiveMarks
from aiducation.web.languages import Language, in_language, texts
from aiducation.web.live_sessions import LiveSession
from aiducation.web.problems import Problem, body, known_parameters, problem_of, refuse_unknown, responses, spoken
from aiducation.web.services import Services, services_of
from aiducation.web.turns import client_of
from aiducation.web.waiting import first_done

router = APIRouter(tags=["live"])
_sessions = APIRouter(dependencies=[Depends(known_parameters), Depends(texts)])

SessionId = Annotated[
    str, Path(min_length=1, max_length=60, description="The `session` of the socket's first message.")
]

#: Bad messages in a row after which a client is not listened to any more.
_PATIENCE = 20

#: Letters of a text message at most.
_LONGEST = 10_000


class _Newest:
    """The newest frame that was not looked at yet."""

    def __init__(self) -> None:
        self._new = asyncio.Event()
        self._frame: tuple[int, bytes, float] | None = None
        self.number = self.dropped = 0

    def put(self, data: bytes, time_s: float) -> None:
        self.dropped += self._frame is not None
        self.number += 1
        self._frame = (self.number, data, time_s)
        self._new.set()

    async def get(self) -> tuple[int, bytes, float]:
        """Number, content and time of the frame."""
        await self._new.wait()
        self._new.clear()
        assert self._frame is not None
        frame, self._frame = self._frame, None
        return frame


class _Client:
    """A socket whose messages go out one at a time. That of somebody who does not read is ended: see ``connections``."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket, self._turn, self.texts = socket, asyncio.Lock(), spoken(socket)
        self.bad = 0

    async def send(self, kind: str, **values: Any) -> None:
        async with self._turn:
            text = json.dumps({"type": kind, **values}, ensure_ascii=False, allow_nan=False)
            await self._socket.send_text(text)

    async def complain(self, problem: Problem, **values: Any) -> None:
        """Tell of an error; after too many in a row, end."""
        await self.send("error", **body(problem.code, self.texts.sentence(problem.message)), **values)
        self.bad += 1
        if self.bad >= _PATIENCE:
            raise Problem("bad_request", "Too many bad messages in a row.")


@router.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    """Frames in, faces out: docs/api.md describes the messages."""
    services, session = services_of(socket), None
    await socket.accept()
    client, newest = _Client(socket), _Newest()
    try:
        session = _session(services, socket)
        left = session.left
        await client.send("hello", session=session.id, min_group=session.min_group, model=dict(session.made_with.model))
        await first_done(
            _listen(socket, client, session, newest),
            _answer(services, client, session, newest),
            left.wait(),
        )
        if left is not session.left:  # said, so that two programs do not end each other by turns
            raise Problem("not_allowed", "This session goes on over a newer connection; this one has ended.")
    except Problem as problem:
        with suppress(Exception):
            await client.send("error", **body(problem.code, client.texts.sentence(problem.message)))
            await socket.close(1013 if problem.code == "too_many_requests" else 1008, problem.code)
    except (WebSocketDisconnect, RuntimeError, OSError):
        pass  # the client is gone: the session waits for it
    finally:
        if session and not left.is_set():  # else another connection may have it by now
            session.connected = False
        if session:
            session.touched = time.monotonic()
        if socket.application_state != WebSocketState.DISCONNECTED:
            with suppress(Exception):
                await socket.close()


def _session(services: Services, socket: WebSocket) -> LiveSession:
    asked = socket.query_params
    refuse_unknown(asked, {"source", "session", "min_group", "language", *ASSUMED})
    if (language := asked.get("language", ENGLISH)) not in LANGUAGES:
        raise problem_of(unknown_name("language", language[:50], LANGUAGES))
    source = asked.get("source", "camera")
    if source not in ("camera", "screen"):
        raise Problem("invalid", "source: a live session analyzes a camera or a screen.")
    smallest = asked.get("min_group", str(services.settings.min_group))
    if not smallest.isascii() or not smallest.isdigit() or not 1 <= int(smallest[:6]) <= 1000:
        raise Problem("invalid", "min_group: the smallest group must be a number from 1 to 1000.")
    analyzer = assuming(services.engine.analyzer, **{name: asked.get(name) for name in ASSUMED})
    return services.live.connect(
        asked.get("session"), source=f"{source}:live", min_group=int(smallest), analyzer=analyzer
    )


async def _listen(socket: WebSocket, client: _Client, session: LiveSession, newest: _Newest) -> None:
    """Take every message at once; of frames only the newest stays."""
    while True:
        message = await socket.receive()
        session.heard = time.monotonic()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        if (data := message.get("bytes")) is not None:
            newest.put(data, session.now_s())
        elif await _obey(str(message.get("text") or ""), client, session):
            return


async def _obey(text: str, client: _Client, session: LiveSession) -> bool:
    """Do what a text message says; whether it was the last."""
    try:
        value = parse(text) if len(text) <= _LONGEST else None
        command: dict[str, Any] = value if isinstance(value, dict) else {}
        kind, note = command.get("type"), command.get("note", "")
        if kind == "mark" and isinstance(note, str):
            mark = session.mark(note, session.now_s())
            await client.send("marked", time_s=round(mark.time_s, 2), note=mark.note)
        elif kind == "min_group" and type(size := command.get("value")) is int and 1 <= size <= 1000:
            session.min_group = size
        elif kind == "stop":
            await client.send("summary", **session.summary())
            return True
        else:
            raise Problem("bad_request", "A text message must have the type mark, min_group or stop; see docs/api.md.")
    except (ValueError, RecursionError):
        await client.complain(Problem("bad_request", "A text message must be JSON."))
    except Problem as problem:
        await client.complain(problem)
    return False


async def _answer(services: Services, client: _Client, session: LiveSession, newest: _Newest) -> None:
    """Look at the newest frame, answer, and again."""
    while True:
        number, data, time_s = await newest.get()
        begun = time.perf_counter()
        try:
            if len(data) > services.limits.frame_bytes:
                raise Problem("too_large", f"A frame has at most {services.limits.frame_bytes / 1e6:g} MB.")
            faces = await services.engine.run_live(lambda data=data, time_s=time_s: session.look(data, time_s))  # type: ignore[misc]
        except Exception as error:
            problem = problem_of(error)
            if problem.code == "internal":
                raise
            await client.complain(problem, number=number)
            continue
        client.bad = 0
        seconds = round(time.perf_counter() - begun, 4)
        await client.send(
            "frame",
            number=number,
            dropped=newest.dropped,
            seconds=seconds,
            **in_language(_entry(faces, session), client.texts),
        )


def _entry(faces: Faces, session: LiveSession) -> dict[str, Any]:
    """What was seen, in the fields of the JSON that is saved, and what may be a face all the same."""
    return {
        "time_s": round(float(faces.time_s or 0.0), 4),
        "width": faces.width,
        "height": faces.height,
        "group": session.group(faces).entry(),
        "faces": list(face_entries(faces)),
        "low_confidence": low_confidence_entries(faces),
    }


@router.get("/api/live", include_in_schema=False)
async def live_without_socket() -> Response:
    """What comes here as a plain request was a socket, mostly: proxies drop the header that makes it one."""
    raise Problem(
        "upgrade_required",
        "Live pictures need a WebSocket, but this request does not open one. If a proxy is in front of the server, "
        "it must pass WebSockets on; in nginx with the lines 'proxy_http_version 1.1;', 'proxy_set_header Upgrade "
        "$http_upgrade;' and 'proxy_set_header "
        'Connection "upgrade";\'.',
    )


@_sessions.get(
    "/api/live/{session_id}",
    summary="Summary of a live session",
    response_description="The session so far.",
    responses=responses("not_found", "invalid"),
)
async def get_live(request: Request, session_id: SessionId) -> answers.LiveSession:
    """The session so far: its length, how many frames, how many faces, the marked moments."""
    return answers.LiveSession(**services_of(request).live.get(session_id).summary())


@_sessions.put(
    "/api/live/{session_id}/marks",
    summary="Mark times of a live session afterwards",
    openapi_extra=model_body(LiveMarks),
    response_description="The session so far.",
    responses=responses("not_found", "too_large", "invalid"),
)
async def put_marks(request: Request, session_id: SessionId) -> answers.LiveSession:
    """Put a list of marked times in the place of the one that there is: to add some, change notes, or take some back."""
    services = services_of(request)
    session = services.live.get(session_id)
    asked = await read_model(request, LiveMarks, stall_s=services.limits.stall_s)
    session.put_marks([Mark(one.time_s, one.note) for one in asked.marks])
    return answers.LiveSession(**session.summary())


@_sessions.delete(
    "/api/live/{session_id}",
    summary="Delete a live session",
    status_code=204,
    responses=responses("not_found", "invalid"),
)
async def delete_live(request: Request, session_id: SessionId) -> Response:
    """Forget everything about the session."""
    live_sessions = services_of(request).live
    live_sessions.delete(live_sessions.get(session_id))
    return Response(status_code=204)


@_sessions.get(
    "/api/live/{session_id}/summary",
    summary="A live session without its faces",
    response_class=JSONResponse,
    responses={
        200: {"model": answers.Summary, "description": "General information, the group over time, and tracks."},
        **responses("not_found", "invalid"),
    },
)
async def get_live_summary(request: Request, session_id: SessionId, words: Language) -> Response:
    """The head of the JSON with the group over time, and ``tracks``, as for a recording."""
    services = services_of(request)
    session = services.live.get(session_id)

    def summary() -> dict[str, Any]:
        return in_language(session.without_faces(), words)

    return JSONResponse(await services.engine.run(summary, client_of(request)))


@_sessions.get(
    "/api/live/{session_id}/{format}",
    summary="A live session as a file",
    response_class=Response,
    responses={
        200: {"description": "The file.", "headers": SAVED_AS, "content": media_types(recording=True, live=True)},
        **responses("not_found", "missing_extra", "disk_full", "invalid"),
    },
)
async def get_live_file(
    request: Request,
    session_id: SessionId,
    format: LiveFormat,
    words: Language,
    csv_dialect: CsvDialect = "standard",
) -> Response:
    """The session so far as a recording without pictures; the marked moments are its notes."""
    services = services_of(request)
    session = services.live.get(session_id)

    def made() -> bytes:
        with TemporaryDirectory(dir=services.folder) as folder:
            material = session.material(csv_dialect=csv_dialect, texts=words)
            return formats.write(material, FilePath(folder), format).read_bytes()

    content = await services.engine.run(made, client_of(request))
    headers = download_headers("live", format, recording=True)
    return Response(content, media_type=media_type(format, recording=True), headers=headers)


router.include_router(_sessions)
