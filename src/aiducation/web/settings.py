"""Settings: everything that can be chosen about the server, and the limits that keep it up."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import WithJsonSchema

from aiducation.defaults import DETECTOR, DEVICE, KEEP_S, MIN_GROUP, VIEW
from aiducation.errors import ConfigError
from aiducation.media.input_files import MAX_FRAME_PIXELS
from aiducation.observations.withheld import check_min_group
from aiducation.texts import texts_of
from aiducation.web.hosts import parse_host, parse_origin
from aiducation.web.logs import log_config
from aiducation.web.proxies import checked_proxy, clean_root_path

MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may cost; beyond it the answer is an error, never a crash.

    Attributes:
        photo_bytes, recording_bytes, frame_bytes: size of an uploaded photo, a recording, a live frame.
        photo_pixels, recording_pixels, frame_pixels: of a photo, of a recording's frame, of a live frame.
        seconds: length of a recording or a live session.
        faces: in one picture.
        photos: photos that are read or looked at together, waiting ones included.
        waiting: recordings that wait for their turn or are being sent.
        finished: recordings whose results are kept; the oldest gives way.
        live: live sessions that are connected at once.
        silent_s: seconds of silence after which a live session gives its place to a new one, if all places are taken.
        classes, class_people: classes that are open at once; people in one of them.
        marks, note_letters: moments that can be marked in a live session; length of a note.
        connections, connections_of_one: that are open at once, in all and from one address; fewer where the system has fewer.
        head_s: seconds after which a connection without a whole request is closed.
        stall_s: seconds after which an upload that has stopped, or only trickles, is given up.
        unread_s: seconds after which a client that takes nothing of an answer is given up.
        keep_s: seconds after which uploads and results that nobody asked for are deleted.
    """

    photo_bytes: int = 60 * MEGABYTE
    recording_bytes: int = 4_000 * MEGABYTE
    frame_bytes: int = 4 * MEGABYTE
    photo_pixels: int = 110_000_000
    recording_pixels: int = MAX_FRAME_PIXELS
    frame_pixels: int = 9_000_000
    seconds: float = 4 * 3600.0
    faces: int = 1000
    photos: int = 64
    waiting: int = 8
    finished: int = 16
    live: int = 32
    silent_s: float = 60.0
    classes: int = 4
    class_people: int = 60
    marks: int = 500
    note_letters: int = 500
    connections: int = 1000
    connections_of_one: int = 500
    head_s: float = 15.0
    stall_s: float = 60.0
    unread_s: float = 30.0
    keep_s: Annotated[float, WithJsonSchema({"type": ["number", "null"], "minimum": 0})] = KEEP_S  # infinite is null


@dataclass(frozen=True, kw_only=True)
class ServeSettings:
    """How to serve.

    Attributes:
        host, port: where to listen; port 0 takes a free one.
        token: what clients must show; random if other machines can reach ``host``, otherwise "" for none.
        hosts: further names that clients may call the server by.
        origins: web pages of other servers that may use the API, as "http://localhost:3000".
        class_pages: origins of pages without a server whose visitors may join a class of this server, and nothing else.
        root_path: the path below which a proxy shows the page, as "/faces"; "" for none.
        proxies: addresses and networks of proxies whose X-Forwarded headers are believed, besides this machine's own.
        min_group: group figures of fewer faces are withheld unless a request asks for less.
        model, threshold, priors, possible, conditions, view, min_face, detector, device: see ``aiducation analyze``.
        log: form of the log, of ``logs.FORMS``.
        language: of the page and of sentences in answers; "" for what each client prefers.

    Raises:
        ConfigError: a value is out of its range.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    class_pages: tuple[str, ...] = ()
    root_path: str = ""
    proxies: tuple[str, ...] = ()
    min_group: int = MIN_GROUP
    model: Path | None = None
    threshold: float | None = None
    priors: str | None = None
    possible: str | None = None
    conditions: str | None = None
    view: str = VIEW
    min_face: float | None = None
    detector: str = DETECTOR
    device: str = DEVICE
    language: str = ""
    log: str = "text"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise ConfigError(f"A port must be a number from 0 to 65535, not {self.port}.")
        check_min_group(self.min_group)
        if not self.limits.keep_s > 0:
            raise ConfigError("Results must be kept for more than 0 minutes.")
        log_config(self.log)
        if self.language:
            texts_of(self.language)
        object.__setattr__(self, "hosts", tuple(map(_checked_name, self.hosts)))
        object.__setattr__(self, "origins", tuple(map(_checked_origin, self.origins)))
        object.__setattr__(self, "class_pages", tuple(map(_checked_origin, self.class_pages)))
        object.__setattr__(self, "root_path", clean_root_path(self.root_path))
        object.__setattr__(self, "proxies", tuple(checked_proxy(proxy) for proxy in self.proxies))
        if not self.token and not is_loopback(self.host):
            object.__setattr__(self, "token", secrets.token_urlsafe(24))


def _checked_name(text: str) -> str:
    host = parse_host(text.strip().strip("[]") if ":" not in text else f"[{text.strip().strip('[]')}]")
    if host is None or host.port:
        raise ConfigError(
            f"An additional host name must be a name such as classroom.local, without a port, not {text[:100]!r}."
        )
    return host.name


def _checked_origin(text: str) -> str:
    origin = parse_origin(text.strip().rstrip("/"))
    if origin is None:
        raise ConfigError(f"The origin of a page must be an address such as http://localhost:3000, not {text[:100]!r}.")
    return str(origin)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, that no other machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
