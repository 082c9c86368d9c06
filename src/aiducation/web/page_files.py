"""Files of a page as a server gives them: asked for at each visit, sent only if they changed.

Files of two versions must never meet in one page, so browsers may keep them but have to ask.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aiducation.web.proxies import route_path

#: What a browser runs must be called so; what systems know of the endings differs, and Windows lets other programs change it.
_KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"}


def file_answer(
    name: str, content: bytes, version: str, asked: Headers, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer to a request for a file: the file, or that the browser's own one is still the same.

    Args:
        name: of the file; its ending says what it is.
        content: the file.
        version: changes whenever the file does.
        asked: headers of the request.
        headers: further headers of the answer.
    """
    given = {"Cache-Control": "no-cache", **(headers or {}), "ETag": f'"{version}"'}
    if given["ETag"] in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=given)
    kind = _KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers=given)


class PageFiles:
    """ASGI application that gives the files of a folder from memory: a page loads 75 of them at once.

    A file that is changed is read again; one that is added later is not known.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self._read: dict[str, tuple[int, bytes, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        name = route_path(scope).lstrip("/")
        if name not in self._files:
            raise HTTPException(404)
        await file_answer(name, *self._content(name), Headers(scope=scope))(scope, receive, send)

    def _content(self, name: str) -> tuple[bytes, str]:
        """A file and the hash of it."""
        path = self._files[name]
        changed = path.stat().st_mtime_ns
        read = self._read.get(name)
        if read is None or read[0] != changed:
            content = path.read_bytes()
            read = self._read[name] = changed, content, hashlib.sha256(content).hexdigest()[:32]
        return read[1:]
