"""Guard: who may talk to the server. Every request and every socket passes here before anything else."""

from __future__ import annotations

import hashlib
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiducation.web.error_page import refusal
from aiducation.web.hosts import Host, Origin, is_address, parse_host, parse_origin
from aiducation.web.problems import Problem, refuse
from aiducation.web.proxies import FORWARDED_HOSTS, route_path
from aiducation.web.settings import ServeSettings, is_loopback

#: What needs no token: whether the server works, and the program of the element that other pages load. Neither says anything.
_OPEN = ("/health", "/static/aiducation-live.js")

#: Where students join a class: they have its code instead of the token. The page for it is there while a class is open.
_JOIN, _JOIN_PAGE = "/api/class/join", "/join"

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

#: The version of the API, in a header of every answer; docs/api.md says what it promises. A request may ask for one by it, too.
API_HEADER, API_VERSION = "Aiducation-API", "1"

#: What every answer carries.
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), display-capture=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    API_HEADER: API_VERSION,
}


def with_security_headers(message: Message) -> Message:
    """A message that begins an answer, with the headers that it does not have yet."""
    if message["type"] in ("http.response.start", "websocket.http.response.start"):
        headers = MutableHeaders(scope=message)
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
    return message


class SecurityHeaders:
    """ASGI middleware around all others, so that the answer to a defect of the server carries the headers, too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            await send(with_security_headers(message))

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
        self._origins, self._class_pages = set(settings.origins), set(settings.class_pages)
        self._cookie = cookie_of(settings.token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            called = self._check_host([*(headers.getlist("host") or [""]), *scope.get(FORWARDED_HOSTS, ())], headers)
            self._check_origin(scope, headers, called)
            _check_version(headers)
            response = self._check_token(scope, headers)
        except Problem as problem:
            response = refusal(problem, scope)
        if response is None:
            await self.app(scope, receive, send)
        else:
            await refuse(response, scope, receive, send)

    def _check_host(self, named: list[str], headers: Headers) -> list[Host]:
        if len(headers.getlist("host")) > 1:
            raise Problem("bad_request", "The request has more than one Host header.")
        called = []
        for text in named:
            host = parse_host(text)
            if host is None or not self._knows(host):
                shown = host.name if host else "NAME"
                raise Problem(
                    "not_allowed",
                    f"This server does not answer to the name {shown}. If this is a name of your machine, start the "
                    f"server with "
                    f"'aiducation serve --allow-host {shown}'.",
                )
            called.append(host)
        return called

    def _knows(self, host: Host) -> bool:
        return host.name in self._hosts or (not is_loopback(self.settings.host) and is_address(host.name))

    def _check_origin(self, scope: Scope, headers: Headers, called: list[Host]) -> None:
        origins, site = headers.getlist("origin"), headers.get("sec-fetch-site")
        if len(origins) == 1 and (named := parse_origin(origins[0])):
            joins = scope["type"] == "websocket" and route_path(scope) == _JOIN
            if str(named) in self._origins or (joins and str(named) in self._class_pages):
                return
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        # The files of the page are the same everywhere; browsers name the origin when they load its modules.
        if origins and not (reads and route_path(scope).startswith("/static/")):
            origin = parse_origin(origins[0]) if len(origins) == 1 else None
            if origin is None:
                raise Problem("not_allowed", _OTHERS)
            # Behind TLS a page without TLS is another origin; whether a proxy has TLS is known only if it says so.
            same_scheme = origin.scheme == "https" or scope["scheme"] not in ("https", "wss")
            if same_scheme and any(map(origin.is_at, called)):
                return
            # A proxy has changed Host: then the browser says that the page comes from the address that it calls, and no
            # page can say so itself. Its name must be known, because rebinding makes every page such a one.
            known = self._knows(origin.host)
            if site == "same-origin" and known:
                return
            if site not in (None, "same-origin"):
                raise Problem("not_allowed", _OTHERS)
            raise Problem("not_allowed", _other_origin(origin, headers.get("host", ""), known=known))
        link = scope["type"] == "http" and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if (site or "none") not in ("none", "same-origin") and not link:
            raise Problem("not_allowed", _OTHERS)

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        """None if the client may go on; else what it gets instead."""
        token = self.settings.token
        path = route_path(scope)
        if not token or (scope["type"] == "http" and scope["method"] == "OPTIONS") or path in _OPEN:
            return None
        if path in (_JOIN, _JOIN_PAGE) or path.startswith(f"{_JOIN_PAGE}/"):
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
            response.set_cookie(self._cookie, token, httponly=True, samesite="strict", secure=secure, path=below)
            return response
        bearer = headers.get("authorization", "").partition(" ")
        given = [bearer[2].strip() if bearer[0].lower() == "bearer" else "", _value_of(self._cookie, headers)]
        if any(secrets.compare_digest(one.encode(), token.encode()) for one in given):
            return None
        if shown or any(given):
            raise Problem(
                "token_wrong",
                "This is not the token of the server, or no longer: a new token is made at every start unless "
                "AIDUCATION_TOKEN sets it. Open the address that 'aiducation serve' printed.",
            )
        raise Problem(
            "token_missing",
            "This server needs a token: open the address that 'aiducation serve' printed, or send the header "
            "'Authorization: Bearer TOKEN'.",
        )


def _check_version(headers: Headers) -> None:
    wanted = headers.get(API_HEADER)
    if wanted not in (None, API_VERSION):
        raise Problem(
            "bad_request",
            f"This server has version {API_VERSION} of the API, and the request asks for version {wanted[:20]} with the header "
            f"{API_HEADER}.",
        )


def cookie_of(token: str) -> str:
    """The name of the cookie that holds a token: browsers give the cookies of a host to all of its ports, so that servers on
    one host need names of their own."""
    return f"aiducation-{hashlib.sha256(token.encode()).hexdigest()[:8]}"


def _other_origin(page: Origin, called: str, *, known: bool) -> str:
    """Why a page may not use the server; it may be the server's own behind a proxy that does not pass on its name."""
    name, command = page.host.name, "proxy_set_header Host $http_host;"
    sentences = [
        f"The page is at {page}, but its requests reach this server under the name {called}. If a proxy is between them, "
        f"it must pass on the host name of the request, in nginx with the line '{command}'.",
        f"The server must know that name, too: 'aiducation serve --allow-host {name}'.",
        f"If there is no proxy, the page is of another origin. {_OTHERS}",
    ]
    if known:
        del sentences[1]
    return " ".join(sentences)


def _value_of(cookie: str, headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(cookie)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
