"""Every answer that a test gets is compared with what the OpenAPI document of the server says of it."""

from __future__ import annotations

import re
from functools import cached_property
from importlib.util import find_spec
from typing import Any

#: Headers that a program must know of.
_HEADERS = ("aiducation-api", "content-disposition", "location", "retry-after")

#: A defect of the server is in no document, and a method that an address does not have is not in its part.
_NOWHERE = (405, 500)


class Documented:
    """Called with each answer of a client.

    Args:
        app: the server.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    @cached_property
    def _document(self) -> Any:
        return self._app.openapi()

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], Any]]:
        """The addresses, those without a name in them first, as the server looks for them."""
        paths = sorted(self._document["paths"].items(), key=lambda one: one[0].count("{"))
        return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), methods) for path, methods in paths]

    def __call__(self, answer: Any) -> None:
        request, status = answer.request, str(answer.status_code)
        about = next((one for path, one in self._paths if path.fullmatch(request.url.path)), {})
        operation = about.get(request.method.lower())
        if operation is None or answer.status_code in _NOWHERE:
            return
        what = f"{request.method} {request.url.path}: {status}"
        assert status in operation["responses"], f"{what} is not documented"
        documented = operation["responses"][status]
        named = {name.lower() for name in documented["headers"]}
        sent = {name for name in _HEADERS if name in answer.headers}
        assert sent <= named, f"{what} has headers that are not documented: {sent - named}"
        content = documented.get("content", {})
        answer.read()
        if not answer.content:
            assert not content or "range" in request.headers, f"{what} has no body"
            return
        kind = answer.headers["content-type"]
        short = {name.partition(";")[0] for name in content}
        assert kind in content or kind.partition(";")[0] in short, f"{what} has the undocumented type {kind}"
        if kind == "application/json" and find_spec("jsonschema"):
            from jsonschema import Draft202012Validator

            schema = content[kind].get("schema", {})
            Draft202012Validator({**self._document, **schema}).validate(answer.json())
