"""The server: the app behind an address on this machine, until it is stopped."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import uvicorn

from aiducation.errors import ConfigError
from aiducation.web.app import create_app
from aiducation.web.settings import ServeSettings, is_loopback


def page_address(settings: ServeSettings, port: int) -> str:
    """The page's address, with the token that it asks for."""
    host = settings.host
    if host in ("0.0.0.0", "::", ""):  # nosec B104
        host = socket.gethostname()
    elif ":" in host:
        host = f"[{host}]"
    token = f"?token={settings.token}" if settings.token else ""
    return f"http://{host}:{port}/{token}"


def serve(settings: ServeSettings, *, on_ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or a request of the system to end.

    Args:
        settings: how.
        on_ready: called with the page's address once it can be opened.

    Raises:
        ConfigError: the address or port cannot be used.
    """
    app = create_app(settings)
    listener = _listen(settings)
    config = uvicorn.Config(
        app,
        log_level="warning",
        ws_max_size=settings.limits.frame_bytes + 1000,
        ws_max_queue=4,
        timeout_graceful_shutdown=2,
        server_header=False,
        proxy_headers=False,
    )
    server = _Server(config, lambda: on_ready(page_address(settings, listener.getsockname()[1])))
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def _listen(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off only for sockets that do: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(512)
        return listener
    except OSError as error:
        listener.close()
        hint = (
            "another program has it; choose another with --port, or 0 for a free one"
            if is_loopback(settings.host)
            else ""
        )
        raise ConfigError(
            f"Cannot listen at {settings.host}, port {settings.port}: {hint or error.strerror or error}."
        ) from error
