"""A host of static files, as any web host is, for pages of ``aiducation page --static``."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar


class _Files(http.server.SimpleHTTPRequestHandler):
    """Knows the types of scripts."""

    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
    }

    def log_message(self, *_: Any) -> None:
        pass


def host_of(folder: Path) -> tuple[http.server.ThreadingHTTPServer, str]:
    """A running host, and its address."""
    host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
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
    """Run the command that writes the page."""
    command = [sys.executable, "-m", "aiducation", "page", "--static", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
