"""The page that people see if the server's page cannot be shown: it says what is wrong and what to do."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from aiducation.colors import PALETTE
from aiducation.texts import N_
from aiducation.web.problems import CODES, Problem, answer, spoken
from aiducation.web.proxies import route_path

# Nothing is loaded: a page that tells of a wrong address must not depend on addresses.
_STYLE = """\
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  background: BG; color: INK; }
main { max-width: 42rem; margin: 12vh auto 2rem; padding: 1.6rem 1.8rem; border-radius: 12px; border: 1px solid GRID;
  background: CARD; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: .2rem 0 1rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
p.name { color: MUTED; font-weight: 600; }
@media (max-width: 46rem) { main { margin: 1rem; padding: 1.1rem 1.2rem; } }
"""
for _name, _colors in PALETTE.items():
    _STYLE = re.sub(rf"\b{_name.upper()}\b", f"light-dark({', '.join(_colors)})", _STYLE)

_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PLAIN = re.compile(r"[A-Za-z0-9._~-]{1,60}")

_TITLES = {
    401: "This page needs a token",
    403: "This page cannot be shown here",
    404: "There is nothing at this address",
}


def install(app: FastAPI) -> None:
    """Explain to people who open an unknown address what the reason can be."""
    app.add_exception_handler(404, _nothing_here)


async def _nothing_here(request: Request, _: Exception) -> Response:
    first = request.scope["path"].strip("/").partition("/")[0]
    path = f"/{first}" if _PLAIN.fullmatch(first) else "/PATH"
    words = (
        f"This server has nothing at the address {path}. If a proxy shows the server under that path, start it with "
        f"'aiducation serve --root-path {path}'."
    )
    problem = Problem("not_found", "There is nothing at this address.")
    return refusal(problem, request.scope, words=problem.message if request.scope.get("root_path") else words)


def refusal(problem: Problem, scope: Scope, *, words: str = "") -> Response:
    """The answer to a request that is refused: a page if a person opens an address in a browser, otherwise the JSON of
    an error.

    Args:
        problem: why.
        scope: the request.
        words: what the page says in the place of the problem's message.
    """
    texts = spoken(HTTPConnection(scope))
    plain = answer(problem, texts)
    wanted = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
    if not wanted or scope["method"] not in ("GET", "HEAD") or route_path(scope).startswith("/api/"):
        return plain
    status = CODES[problem.code]
    title = escape(texts.gettext(_TITLES.get(status, N_("This page cannot be shown"))))
    words = escape(texts.sentence(words or problem.message))
    page = f"""<!doctype html>
<html lang="{texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · A.I.ducation Analytics</title>
<style>{_STYLE}</style>
</head>
<body>
<main><p class="name">A.I.ducation Analytics</p><h1>{title}</h1><p>{words}</p></main>
</body>
</html>
"""
    headers = {name: value for name, value in plain.headers.items() if name in ("www-authenticate", "retry-after")}
    return HTMLResponse(page, status, {**headers, "Content-Security-Policy": _POLICY})
