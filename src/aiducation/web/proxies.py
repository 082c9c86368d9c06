"""Proxies: what a proxy in front of the server says about the address that the browser really called."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from aiducation.errors import ConfigError
from aiducation.web.problems import Problem, answer, refuse

#: Addresses of this machine: a proxy here is believed without being named.
OWN = ("127.0.0.0/8", "::1/128")

#: First parts of this server's own addresses. A path that begins with one could not be told from them.
_TAKEN = {"api", "static", "docs", "health", "openapi.json"}

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")

#: Where ``Proxied`` leaves the names that a believed proxy was called by.
FORWARDED_HOSTS = "aiducation.forwarded_hosts"


class Proxied:
    """ASGI middleware that takes over what believed proxies say; of others it is ignored.

    - X-Forwarded-Prefix, or else the server's own ``root_path``: the path below which the browser sees this server. The
      ASGI scope gets it as ``root_path``, whether the proxy has cut it off the address or not.
    - X-Forwarded-Host: the names that the browser called; ``Guard`` checks them besides Host, never instead of it.
    - X-Forwarded-Proto and X-Forwarded-For: scheme and client, by Uvicorn's own middleware.

    Args:
        proxies: addresses and networks that are believed besides this machine's own.
        root_path: the path where the proxy does not say it, as ``clean_root_path`` gives it.
    """

    def __init__(self, app: ASGIApp, *, proxies: tuple[str, ...] = (), root_path: str = "") -> None:
        self._networks = [ipaddress.ip_network(proxy, strict=False) for proxy in (*OWN, *proxies)]
        self._root_path = root_path
        self._app = ProxyHeadersMiddleware(app, [str(network) for network in self._networks])  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            # nginx makes "//api" of "location /faces { proxy_pass http://127.0.0.1:8000/; }", a common slip.
            scope = {**scope, "path": "/" + scope["path"].lstrip("/")}
            root_path = self._root_path
            if self._believes(scope):
                headers = Headers(scope=scope)
                scope[FORWARDED_HOSTS] = _listed(headers, "x-forwarded-host")
                if said := headers.getlist("x-forwarded-prefix"):
                    try:
                        root_path = clean_root_path("".join(_listed(headers, "x-forwarded-prefix")))
                    except ConfigError as error:
                        problem = Problem("bad_request", f"X-Forwarded-Prefix is {', '.join(said)[:100]!r}. {error}")
                        return await refuse(answer(problem), scope, receive, send)
            if root_path:
                path = scope["path"]
                below = path == root_path or path.startswith(f"{root_path}/")
                scope["root_path"], scope["path"] = root_path, path if below else root_path + path
            send = _with_relative_redirects(scope, send)
        await self._app(scope, receive, send)  # type: ignore[arg-type]
        return None

    def _believes(self, scope: Scope) -> bool:
        """Whether the request comes from a proxy that may say something; the scope gets the plain form of its address."""
        host, port = scope.get("client") or ("", 0)
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
            scope["client"] = (str(address), port)
        return any(address in network for network in self._networks)


def _with_relative_redirects(scope: Scope, send: Send) -> Send:
    """Redirects that say only the way from here: they hold below any path, name and scheme that a proxy shows."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
            headers = MutableHeaders(scope=message)
            if "location" in headers:
                headers["location"] = relative_to(
                    scope["path"], headers["location"], host=Headers(scope=scope).get("host", "")
                )
        await send(message)

    return sending


def relative_to(path: str, target: str, *, host: str) -> str:
    """An address of this host, as seen from a path of it: from "/docs/", "http://127.0.0.1/docs?x=1" is "../docs?x=1"."""
    parts = urlsplit(target)
    if parts.netloc not in ("", host) or not parts.path.startswith("/"):
        return target
    folder, _, name = parts.path.rpartition("/")
    way = posixpath.relpath(folder or "/", path.rpartition("/")[0] or "/")
    return f"{way}/{name}{'?' if parts.query else ''}{parts.query}"


def route_path(scope: Scope) -> str:
    """The path of a request below the one that a proxy serves it under."""
    return str(scope["path"])[len(scope.get("root_path", "")) :]


def clean_root_path(path: str) -> str:
    """A path as ASGI wants it: "" for none, otherwise such as "/faces" or "/tools/faces".

    Raises:
        ConfigError: browsers, proxies and this server could understand it differently.
    """
    clean = path.strip().rstrip("/")
    if clean and not clean.startswith("/"):
        clean = f"/{clean}"
    parts = clean.split("/")[1:]
    if not _PATH.fullmatch(clean) or {".", ".."} & set(parts):
        raise ConfigError(
            f"The path of the page is {path[:100]!r}; it must be a path such as /faces or /tools/faces, with only "
            f"the letters a to z, digits, and the signs - . _ ~."
        )
    if parts and parts[0] in _TAKEN:
        raise ConfigError(
            f"The path of the page cannot begin with /{parts[0]}, which is an address of the server itself; choose "
            f"another path, such as /faces."
        )
    return clean


def checked_proxy(proxy: str) -> str:
    """The address or network of a proxy.

    Raises:
        ConfigError: it is neither.
    """
    try:
        return str(ipaddress.ip_network(proxy.strip(), strict=False))
    except ValueError:
        raise ConfigError(
            f"A proxy must be given by its address or network, such as 10.0.0.5 or 172.18.0.0/16, not {proxy[:100]!r}."
        ) from None


def _listed(headers: Headers, name: str) -> list[str]:
    """What proxies in a row have put into a header."""
    return [one.strip() for line in headers.getlist(name) for one in line.split(",") if one.strip()]
