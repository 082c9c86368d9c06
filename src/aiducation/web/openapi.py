"""The OpenAPI document: what FastAPI finds out, with the schemas of the results and errors beside it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from aiducation import __version__
from aiducation.web.answers import live_schemas
from aiducation.web.guard import API_HEADER, API_VERSION

_TEXT = """\
Apparent states of faces in photos, recordings and live pictures, on this machine only.

Every error has the same form, with a code for programs and a message for people:
`{"error": {"code": "unreadable", "message": "class.jpg is damaged or cut short."}}`.

Live pictures go through a WebSocket at `/api/live`: binary messages are JPEG, PNG or WebP frames; each answer has the `faces` of
the newest frame; late frames are dropped. docs/api.md describes all messages.

A server that other machines can reach asks for the token that it printed: send it as `Authorization: Bearer TOKEN`.

In the European Union it is prohibited to infer emotions of people in education institutions and at work, except for
medical or safety reasons (AI Act, Article 5(1)(f)). Ask everyone who is seen.
"""

_TOKEN = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The server prints it where it needs one; AIDUCATION_TOKEN sets it.",
    }
}


_HEADERS = {
    API_HEADER: {
        "description": "The version of the API.",
        "required": True,
        "schema": {"type": "string", "enum": [API_VERSION]},
    },
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}},
}


def install(app: FastAPI) -> None:
    """Give the app this document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title="aiducation", version=__version__, description=_TEXT, routes=app.routes, tags=app.openapi_tags
            )
            known = made["components"]["schemas"]
            known |= {name: _untitled(value) for name, value in (known | live_schemas()).items() if name != "Result"}
            for name in ("Limits", "QualityLimits"):  # dataclasses, whose defaults are told like all else
                known[name]["required"] = list(known[name]["properties"])
            made["components"] |= {"securitySchemes": _TOKEN, "headers": _HEADERS}
            made["security"] = [{}, {"token": []}]  # without one where the server asks for none
            examples = json.loads((files("aiducation") / "web" / "examples.json").read_text(encoding="utf-8"))
            for path, methods in made["paths"].items():
                for method, operation in methods.items():
                    operation["description"] = operation.get("description", "").replace("``", "`")  # Markdown
                    answer = examples.get(path) if method != "delete" else None
                    _add_headers(operation)
                    _add_examples(operation, answer, examples["unreadable" if method == "post" else "invalid"])
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _untitled(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names: they say nothing more."""
    if isinstance(schema, dict):
        return {key: _untitled(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    return [_untitled(value) for value in schema] if isinstance(schema, list) else schema


def _add_headers(operation: dict[str, Any]) -> None:
    """The headers of every answer, beside those that routes name."""
    for status, about in operation["responses"].items():
        names = [API_HEADER, *(["Retry-After"] if status == "503" else [])]
        about["headers"] = {
            **about.get("headers", {}),
            **{name: {"$ref": f"#/components/headers/{name}"} for name in names},
        }


def _add_examples(operation: dict[str, Any], answer: Any, error: Any) -> None:
    """Show what a real server answered: see tools/api_examples.py."""
    for status, about in operation["responses"].items():
        json_content = about.get("content", {}).get("application/json")
        if json_content is not None and status.startswith("2") and answer is not None:
            json_content["example"] = answer
        elif json_content is not None and status == "422":
            json_content["example"] = error
