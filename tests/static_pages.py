"""A host of static files, as any web host is, for pages of ``aiducation page --static``."""

from __future__ import annotations

import functools
import http.server
import io
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import pytest

from aiducation import cli


class _Files(http.server.SimpleHTTPRequestHandler):
    """Knows the types of scripts."""

    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
    }

    def log_message(self, *_: Any) -> None:
        pass


class _Host(http.server.ThreadingHTTPServer):
    """Says nothing of browsers that were closed while they loaded something."""

    def handle_error(self, *given: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*given)


def host_of(folder: Path) -> tuple[http.server.ThreadingHTTPServer, str]:
    """A running host, and its address."""
    host = _Host(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    return host, f"http://127.0.0.1:{host.server_address[1]}/"


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The address of a folder, as long as it is used."""
    host, address = host_of(folder)
    yield address
    host.shutdown()
    host.server_close()


def write_page(folder: Path, *options: str) -> None:
    """Run the command that writes the page, in this process: others would first import everything."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            patch.object(sys, "argv", ["aiducation", "page", "--static", str(folder), *options]),
            redirect_stderr(io.StringIO()) as said,
            pytest.raises(SystemExit) as exit_,
        ):
            cli.main()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert not exit_.value.code, said.getvalue()
