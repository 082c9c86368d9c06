"""Servers of streams on this machine: files and playlists over HTTP, and VLC as an RTSP server."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av

from waiting import until


class Files(ThreadingHTTPServer):
    """Serves the files of a folder.

    Attributes:
        asked: the paths that were asked for.
        ranges: whether parts of files are given.
        sizes: whether it is stated how large they are.
        closes: of the next answers, after so many bytes each the connection is closed.
    """

    daemon_threads = True

    def __init__(
        self,
        folder: Path,
        *,
        ranges: bool = True,
        sizes: bool = True,
        closes: Iterable[int] = (),
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.ranges, self.sizes, self.asked = folder, ranges, sizes, list[str]()
        self.closes = iter(closes)
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error."""

    def address(self, name: str) -> str:
        """The address of a file."""
        return f"{self.scheme}://localhost:{self.server_address[1]}/{name}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    server: Files

    def do_GET(self) -> None:
        name = self.path.split("?")[0].lstrip("/")
        self.server.asked.append(name)
        path = self.server.folder / name
        if not name or not path.is_file():
            self.send_error(404)
            return
        content, part = path.read_bytes(), re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if part and self.server.ranges:
            start, end = int(part[1]), int(part[2] or len(content) - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
            content = content[start : end + 1]
        else:
            self.send_response(200)
        if self.server.ranges:
            self.send_header("Accept-Ranges", "bytes")
        self.send_header(
            "Content-Type",
            {".js": "text/javascript", ".html": "text/html"}.get(path.suffix, "application/octet-stream"),
        )
        if self.server.sizes:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(content[: next(self.server.closes, None)])

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@contextmanager
def files(folder: Path, **options: Any) -> Iterator[Files]:
    """A server of a folder's files while the block runs."""
    with Files(folder, **options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


def hls(folder: Path, name: str, recording: Path, *, seconds: int = 1) -> Path:
    """A recording as a playlist with segments of so many seconds."""
    playlist = folder / f"{name}.m3u8"
    options = {"hls_time": str(seconds), "hls_list_size": "0"}
    with av.open(str(recording)) as source, av.open(str(playlist), "w", format="hls", options=options) as target:
        there = source.streams.video[0]
        here = target.add_stream_from_template(there)
        for packet in source.demux(there):
            if packet.dts is not None:
                packet.stream = here
                target.mux(packet)
    return playlist


@contextmanager
def vlc(recording: Path, port: int, home: Path, *, again: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """VLC as an RTSP server at ``rtsp://127.0.0.1:PORT/lesson``. It refuses to run as root.

    Args:
        recording: what it plays, once.
        port: where it listens.
        home: a folder for what it keeps.
        again: play the recording again and again.
    """
    home.mkdir(exist_ok=True)
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
        who = {"user": 65534, "group": 65534, "extra_groups": []}
    out = f"#rtp{{sdp=rtsp://127.0.0.1:{port}/lesson}}"
    command = ["cvlc", "-I", "dummy", "--no-dbus", str(recording), "--sout", out, "--sout-keep"]
    command += ["--repeat"] if again else ["vlc://quit"]
    process = subprocess.Popen(
        command, env={**os.environ, "HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who
    )
    try:
        until(lambda: _plays(port))
        yield process
    finally:
        process.kill()
        process.wait()


def _plays(port: int) -> bool:
    """Whether the server describes its pictures: VLC listens some time before it does, and answers 5xx until then."""
    ask = f"DESCRIBE rtsp://127.0.0.1:{port}/lesson RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
        connection.settimeout(5)
        connection.sendall(ask.encode())
        answer = b""
        while b"m=video" not in answer and (more := connection.recv(4096)):
            answer += more
            if not answer.startswith(b"RTSP/1.0 200"[: len(answer)]):
                return False
        return b"m=video" in answer
    return False
