"""Guard: who may talk to the server. Every request and every socket passes here before anything else."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiducation.web.problems import Problem, answer
from aiducation.web.settings import ServeSettings, is_loopback

COOKIE = "aiducation-token"

#: Nothing is loaded from anywhere else, no script or style stands inside a page, nobody may put the page into a frame.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), display-capture=(self), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware that checks the Host, the Origin and the token, and sets the security headers.

    - Host: a page elsewhere can point its own name at this machine (DNS rebinding); only known names are answered.
    - Origin and Sec-Fetch-Site: pages of other origins may not use this server through the user's browser.
    - Token: asked for where other machines can reach the server; as a bearer, a cookie, or once in the page's address.
    """

    def __init__(self, app: ASGIApp, settings: ServeSettings) -> None:
        self.app, self.settings = app, settings
        names = (settings.host, *settings.hosts, *(() if is_loopback(settings.host) else (socket.gethostname(),)))
        self._hosts = {"localhost", "127.0.0.1", "::1", *(name.lower() for name in names)}
        self._origins = {origin.lower().rstrip("/") for origin in settings.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            self._check_origin(scope, headers)
            response = self._check_token(scope, headers)
        except Problem as problem:
            response = answer(problem)
        if response is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "not allowed"})
        else:
            await response(scope, receive, _with_headers(send))

    def _check_host(self, headers: Headers) -> None:
        name = _host_name(headers.get("host", ""))
        if name in self._hosts or (not is_loopback(self.settings.host) and _is_address(name)):
            return
        raise Problem("not_allowed", "This server is not known by that name. Name it with --allow-host to allow it.")

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is not None:
            if origin.lower() in self._origins or _parts(origin).netloc.lower() == headers.get("host", "").lower():
                return
            raise Problem("not_allowed", "Pages of other origins may not use this server. See --allow-origin.")
        link = scope["type"] == "http" and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not link:
            raise Problem("not_allowed", "Pages of other origins may not use this server. See --allow-origin.")

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        """None if the client may go on; else what it gets instead."""
        token = self.settings.token
        if not token or (scope["type"] == "http" and scope["method"] == "OPTIONS") or scope["path"] == "/health":
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = dict(query).get("token")
        if shown and secrets.compare_digest(shown.encode(), token.encode()):
            if scope["type"] == "websocket" or scope["path"].startswith("/api/"):
                return None
            # The address is shown on screens and kept in histories: a cookie takes the token's place.
            rest = urlencode([(name, value) for name, value in query if name != "token"])
            response = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), 303)
            response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/")
            return response
        bearer = headers.get("authorization", "").partition(" ")
        given = [bearer[2].strip() if bearer[0].lower() == "bearer" else "", _cookie(headers)]
        if any(secrets.compare_digest(one.encode(), token.encode()) for one in given):
            return None
        if shown or any(given):
            raise Problem(
                "token_wrong",
                "That is not this server's token, or not any more: a new one is made at every start unless "
                "AIDUCATION_TOKEN sets it. Open the address that 'aiducation serve' printed.",
            )
        raise Problem(
            "token_missing",
            "This server asks for a token: open the address that 'aiducation serve' printed, or send the header "
            "'Authorization: Bearer TOKEN'.",
        )


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending


def _host_name(host: str) -> str:
    """The name in a Host header, without the port and the brackets of IPv6."""
    return (_parts(f"//{host}").hostname or "").lower()


def _parts(address: str) -> SplitResult:
    """The parts of an address; all empty if it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _is_address(name: str) -> bool:
    """Whether a name is a number: nobody can point those elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
