"""The server: the app behind an address on this machine, until it is stopped."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import uvicorn
from fastapi import FastAPI

from aiducation.errors import ConfigError
from aiducation.web.app import create_app
from aiducation.web.connections import BACKLOG, Connections
from aiducation.web.logs import log_config
from aiducation.web.open_files import quiet_about_full_tables
from aiducation.web.settings import ServeSettings


def page_addresses(settings: ServeSettings, port: int) -> tuple[str, str]:
    """The page's address for other machines and for this one, with the token that it asks for."""
    hosts = (settings.host, settings.host)
    if settings.host in ("0.0.0.0", "::", ""):  # nosec B104
        hosts = (socket.gethostname(), "localhost")
    token = f"?token={quote(settings.token, safe='')}" if settings.token else ""
    there, here = (
        f"http://{f'[{host}]' if ':' in host else host}:{port}{settings.root_path}/{token}" for host in hosts
    )
    return there, here


def serve(settings: ServeSettings, *, on_ready: Callable[[str, str], None]) -> None:
    """Serve until Ctrl-C or a request of the system to end.

    Args:
        settings: how.
        on_ready: called once the page can be opened, with its address for other machines and for this one.

    Raises:
        ConfigError: the address or port cannot be used, or there is no place for uploads.
    """
    _check_temporary_folder()
    app = create_app(settings)
    listener = _listen(settings)
    Server(settings, app, lambda: on_ready(*page_addresses(settings, listener.getsockname()[1]))).run(
        sockets=[listener]
    )


#: Seconds after which a thread that computes lets another one go on. Python's own 5 ms add up: a live frame of 20 ms took half a
#: second beside photos, because it waits for its turn after each piece of work.
_SWITCH_S = 0.0005


class Server(uvicorn.Server):
    """Says when it is ready, ends connections that would never end by themselves, and everything when it is to stop."""

    def __init__(self, settings: ServeSettings, app: FastAPI, on_ready: Callable[[], None] = lambda: None) -> None:
        self._connections = Connections(settings.limits)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=log_config(settings.log),
            log_level="error",  # that a request was refused is no news for the log
            ws_max_size=settings.limits.frame_bytes + 1000,
            ws_max_queue=4,
            timeout_graceful_shutdown=2,
            server_header=False,
            proxy_headers=False,
            **self._connections.protocols(),
        )
        super().__init__(config)
        self._state, self._on_ready = app.state, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        sys.setswitchinterval(_SWITCH_S)
        asyncio.get_running_loop().set_exception_handler(quiet_about_full_tables())
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        self._connections.look()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        services = getattr(self._state, "services", None)  # there is none before the start is over
        if services:
            services.closing.set()
        super().handle_exit(sig, frame)


def _check_temporary_folder() -> None:
    """Make sure that uploads go where the system or the user wants temporary files; Python would silently take another folder.

    Raises:
        ConfigError: nothing can be written there.
    """
    asked = next((os.environ[name] for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)), None)
    folder = Path(asked) if asked else None
    try:
        folder = folder or Path(tempfile.gettempdir())
        with tempfile.TemporaryDirectory(dir=folder) as tried:
            (Path(tried) / "written").write_bytes(b"x")
    except OSError as error:
        where = f"in {folder}" if folder else "in any folder"
        sentences = (
            f"Uploads cannot be stored: no temporary file can be written {where} ({error.strerror or error}).",
            "Name another folder with the environment variable TMPDIR.",
        )
        raise ConfigError(" ".join(sentences)) from error


def _listen(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off only for sockets that do: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
        return listener
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        if error.errno == errno.EADDRINUSE:
            why = "another program uses it; choose another port with --port, or 0 for a free one"
        raise ConfigError(f"Cannot listen at {settings.host}, port {settings.port}: {why}.") from error
