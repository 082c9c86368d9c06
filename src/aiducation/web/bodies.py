"""Bodies: JSON that a client sends, counted while it comes, and checked before anybody works with it."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from aiducation.records import parse
from aiducation.web.arrivals import Arrival
from aiducation.web.problems import Problem

M = TypeVar("M", bound=BaseModel)

#: Bytes of a body at most: some ten thousand annotations.
MOST_BYTES = 8_000_000


async def read_json(request: Request, *, stall_s: float, most_bytes: int = MOST_BYTES) -> Any:
    """The JSON value that a client sends.

    Raises:
        Problem: it is none, is too large, or broke off.
    """
    too_large = Problem("too_large", f"The body has more than {most_bytes / 1e6:,.0f} MB, which is the limit.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise too_large
    content = bytearray()
    try:
        async for block in Arrival().blocks(request.stream(), stall_s):  # type: ignore[arg-type]
            content += block
            if len(content) > most_bytes:
                raise too_large
        return parse(bytes(content))
    except (ClientDisconnect, TimeoutError, asyncio.TimeoutError) as error:  # two classes before Python 3.11
        raise Problem("bad_request", "The upload broke off.") from error
    except ValueError as error:
        raise Problem("bad_request", f"The body must be JSON: {error}.") from error


async def read_model(request: Request, model: type[M], *, stall_s: float) -> M:
    """What a client sends, as one of the models of this API.

    Raises:
        Problem: it does not fit.
    """
    value = await read_json(request, stall_s=stall_s)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Problem("invalid", f"{where}: {first['msg']}.") from error


def json_body(schema: dict[str, Any]) -> dict[str, Any]:
    """For the OpenAPI document: a body of JSON."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def model_body(model: type[BaseModel]) -> dict[str, Any]:
    """For the OpenAPI document: a body that is one of the models of this API; it stands in the document as a whole."""
    return json_body(_inlined(model.model_json_schema()))


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    known = schema.pop("$defs", {})

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return filled(known[value["$ref"].rsplit("/", 1)[-1]])
            return {key: filled(inner) for key, inner in value.items()}
        return [filled(inner) for inner in value] if isinstance(value, list) else value

    result: dict[str, Any] = filled(schema)
    return result
