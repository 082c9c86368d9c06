"""Guard: who may talk to the server. Every request and every socket passes here before anything else."""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiducation.web.error_page import refusal
from aiducation.web.problems import Problem
from aiducation.web.proxies import FORWARDED_HOSTS, route_path
from aiducation.web.settings import ServeSettings, is_loopback

COOKIE = "aiducation-token"

#: A name or number that can be repeated in a message.
_NAME = re.compile(r"[a-z0-9.:_-]{1,253}")

_OTHERS = "Pages of other origins may not use this server. See --allow-origin."

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


class SecurityHeaders:
    """ASGI middleware around all others, so that the answer to a defect of the server carries the headers, too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, sending)


class Guard:
    """ASGI middleware that checks the Host, the Origin and the token.

    - Host: a page elsewhere can point its own name at this machine (DNS rebinding); only known names are answered. Where
      a proxy tells of further names (X-Forwarded-Host), these must be known as well.
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
        called = [name.lower() for name in (headers.get("host", ""), *scope.get(FORWARDED_HOSTS, ()))]
        try:
            self._check_host(called)
            self._check_origin(scope, headers, called)
            response = self._check_token(scope, headers)
        except Problem as problem:
            response = refusal(problem, scope)
        if response is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "not allowed"})
        else:
            await response(scope, receive, send)

    def _check_host(self, called: list[str]) -> None:
        for name in map(_host_name, called):
            if not self._knows(name):
                shown = name if _NAME.fullmatch(name) else "NAME"
                raise Problem(
                    "not_allowed",
                    f"This server is not known by the name {shown}. If that is a name of yours, start it with "
                    f"'aiducation serve --allow-host {shown}'.",
                )

    def _knows(self, name: str) -> bool:
        return name in self._hosts or (not is_loopback(self.settings.host) and _is_address(name))

    def _check_origin(self, scope: Scope, headers: Headers, called: list[str]) -> None:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        # The files of the page are the same everywhere; browsers name the origin when they load its modules.
        if origin is not None and not (reads and route_path(scope).startswith("/static/")):
            parts = _parts(origin)
            if origin.lower() in self._origins or parts.netloc.lower() in called:
                return
            # A proxy has changed Host: then the browser says that the page comes from the address that it calls, and no
            # page can say so itself. Its name must be known, because rebinding makes every page such a one.
            known = parts.scheme in ("http", "https") and self._knows(_host_name(parts.netloc))
            if site == "same-origin" and known:
                return
            if site not in (None, "same-origin"):
                raise Problem("not_allowed", _OTHERS)
            raise Problem("not_allowed", _other_origin(parts, called[0], known=known))
        link = scope["type"] == "http" and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if (site or "none") not in ("none", "same-origin") and not link:
            raise Problem("not_allowed", _OTHERS)

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        """None if the client may go on; else what it gets instead."""
        token = self.settings.token
        path = route_path(scope)
        if not token or (scope["type"] == "http" and scope["method"] == "OPTIONS") or path == "/health":
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = dict(query).get("token")
        if shown and secrets.compare_digest(shown.encode(), token.encode()):
            if scope["type"] == "websocket" or path.startswith(("/api/", "/static/")):
                return None
            # The address is shown on screens and kept in histories: a cookie takes the token's place. Without a path the
            # browser gives it that of the page, which is right also where no proxy says below which path it shows it.
            rest = urlencode([(name, value) for name, value in query if name != "token"])
            response = RedirectResponse(
                (scope["path"] if path else f"{scope['path']}/") + (f"?{rest}" if rest else ""), 303
            )
            below, secure = scope.get("root_path") or None, scope["scheme"] == "https"
            response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path=below)
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


def _other_origin(page: SplitResult, called: str, *, known: bool) -> str:
    """Why a page may not use the server; it may be the server's own behind a proxy that does not pass on its name."""
    place = f"{page.scheme}://{page.netloc}".lower()
    if page.scheme not in ("http", "https") or not _NAME.fullmatch(_host_name(page.netloc)):
        return _OTHERS
    return (
        f"The page is at {place}, but its requests reach this server under the name {called}. If a proxy is between them, "
        "it must pass on the name that it was called by, in nginx with the line 'proxy_set_header Host $http_host;'. "
        + ("" if known else f"The server must know that name, too: 'aiducation serve --allow-host {page.hostname}'. ")
        + f"If there is no proxy: {_OTHERS[0].lower()}{_OTHERS[1:]}"
    )


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
