"""Problems: one body for every error that the API answers with, and the status that fits."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from aiducation.errors import (
    AiducationError,
    ConfigError,
    DataFileError,
    MissingExtraError,
    ModelFileError,
    OutputError,
    TooLargeError,
)
from aiducation.texts import LANGUAGES, Texts, language_for
from aiducation.visible import visible

_log = logging.getLogger(__name__)

#: Codes of the errors, with their status. A program decides by the code, a person reads the message.
CODES: dict[str, int] = {
    "bad_request": 400,
    "token_missing": 401,
    "token_wrong": 401,
    "not_allowed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_ready": 409,
    "changed": 412,
    "too_large": 413,
    "unreadable": 422,
    "is_photo": 422,
    "is_recording": 422,
    "invalid": 422,
    "upgrade_required": 426,
    "too_many_requests": 503,
    "model_failed": 503,
    "closing": 503,
    "internal": 500,
    "missing_extra": 501,
    "disk_full": 507,
}


class Problem(AiducationError):  # noqa: N818 - as RFC 9457 calls it
    """An error that a client is told of.

    Args:
        code: of ``CODES``.
        message: one or two sentences.
        retry_after_s: when to try again.
    """

    def __init__(self, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.retry_after_s = code, visible(message), retry_after_s


_KNOWN_CODES: dict[str, Any] = {"enum": sorted(CODES)}


class Fault(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(description="For programs.", json_schema_extra=_KNOWN_CODES)
    message: str = Field(description="One or two sentences for a person.")


class Error(BaseModel):
    """The body of every error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    error: Fault


def fault(code: str, message: str) -> Fault:
    """What went wrong, without letters that nobody sees."""
    return Fault(code=code, message=visible(message))


def body(code: str, message: str) -> dict[str, Any]:
    """The body of every error."""
    return Error(error=fault(code, message)).model_dump()


async def known_parameters(request: Request) -> None:  # FastAPI would run it in a thread if it were not async
    """Refuse a parameter that the route does not know: a misspelled ``anonymize`` must not show faces.

    Raises:
        Problem: there is one.
    """
    refuse_unknown(request.query_params, _parameters(request.scope["route"].dependant))


def _parameters(dependant: Any) -> set[str]:
    """The names of a route's parameters in the address, and of those that it depends on."""
    return {field.alias for field in dependant.query_params}.union(*map(_parameters, dependant.dependencies))


def refuse_unknown(asked: Iterable[str], known: set[str]) -> None:
    """Refuse names of parameters that are neither known nor the token's.

    Raises:
        Problem: there is one.
    """
    for name in asked:
        if name not in known | {"token"}:
            raise Problem(
                "invalid", f"{name[:50]}: there is no such parameter; allowed are {', '.join(sorted(known)) or 'none'}."
            )


def problem_of(error: Exception, *, path: Path | None = None, name: str = "") -> Problem:
    """What a client is told of an error of the package.

    Args:
        error: what was raised.
        path: a file of this machine that the message may name; ``name`` takes its place.
        name: what the client calls it.
    """
    if isinstance(error, Problem):
        return error
    message = str(error).replace(str(path), name) if path else str(error)
    if isinstance(error, TooLargeError):
        return Problem("too_large", message)
    if isinstance(error, DataFileError):
        return Problem("unreadable", message)
    if isinstance(error, ConfigError):
        return Problem("invalid", message)
    if isinstance(error, ModelFileError):
        _log.error("%s", error)  # it names a file of this machine, which is nobody else's business
        return Problem(
            "model_failed", "The model that this server was started with cannot judge this; the server's log says why."
        )
    if isinstance(error, MissingExtraError):
        return Problem("missing_extra", message)
    if isinstance(error, MemoryError):
        return Problem("too_large", f"There is not enough memory for {name or 'this'}; make it smaller.")
    if isinstance(error, OutputError) or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
        return Problem("disk_full", "There is no room left on this machine's disk for uploads and results.")
    return Problem("internal", "Something went wrong in the server; the server's log says what.")


def answer(problem: Problem, texts: Texts = Texts()) -> JSONResponse:
    """The response to a client, in its language."""
    headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else {}
    if CODES[problem.code] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if CODES[problem.code] == 426:
        headers["Upgrade"] = "websocket"
    return JSONResponse(body(problem.code, texts.sentence(problem.message)), CODES[problem.code], headers)


def spoken(connection: HTTPConnection) -> Texts:
    """The language in which a client is answered: the one that it requests by name; otherwise the one that the server
    was started with; otherwise the first one that its browser accepts; otherwise English."""
    asked = connection.query_params.get("language", "")
    services = getattr(connection.app.state, "services", None)
    accepted = language_for(connection.headers.get("accept-language", ""))
    return Texts(asked if asked in LANGUAGES else (services and services.settings.language) or accepted)


async def refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with a refusal; a WebSocket too, before it is opened, where the server can."""
    if scope["type"] == "http":
        await response(scope, receive, send)
        return
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        start = {"status": response.status_code, "headers": response.raw_headers}
        await send({"type": "websocket.http.response.start", **start})
        await send({"type": "websocket.http.response.body", "body": response.body})
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": "not allowed"})


def install(app: FastAPI) -> None:
    """Every error of the app in one form."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (AiducationError, Exception):  # the first is expected, the second is logged, too
        app.add_exception_handler(kind, _other)


async def _other(request: Request, error: Exception) -> JSONResponse:
    return answer(problem_of(error), spoken(request))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    about = error.errors()[0]["loc"][:2]  # where a parameter takes one thing or another, each says what is wrong
    words = [one["msg"].removeprefix("Value error, ") for one in error.errors() if one["loc"][:2] == about]
    return answer(Problem("invalid", f"{about[-1]}: {'; or: '.join(words)}."), spoken(request))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    known = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 403: "not_allowed"}
    code = known.get(error.status_code, "bad_request")
    words = {404: "There is nothing at this address.", 405: "This address does not allow that method."}
    message = words.get(error.status_code) or HTTPStatus(error.status_code).phrase + "."
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(request, headers.get("Allow", ""))
    return JSONResponse(body(code, spoken(request).sentence(message)), error.status_code, headers)


def _allowed(request: Request, first: str) -> str:
    """The methods of an address, all of them: Starlette names those of the first route that has it."""
    documented = request.app.openapi()["paths"].get(getattr(request.scope.get("route"), "path", ""))
    methods = set(map(str.upper, documented)) if documented else {name for name in first.split(", ") if name}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))  # see ``heads``


#: What every address can answer: a request for another version of the API, by somebody else, at a bad time.
_ANYWHERE = ("bad_request", "token_missing", "token_wrong", "not_allowed", "too_many_requests", "closing")


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of the errors that a path answers with, beside those of every address."""
    by_status: dict[int | str, list[str]] = {}
    for code in (*codes, *_ANYWHERE):
        by_status.setdefault(CODES[code], []).append(code)
    return {
        status: {"description": " or ".join(found).replace("_", " ").capitalize() + ".", "model": Error}
        for status, found in by_status.items()
    }
