"""Services: what the routes share, made once for each server."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import HTTPConnection

from aiducation.web.class_rooms import WrongCodes
from aiducation.web.engine import Engine
from aiducation.web.jobs import Jobs
from aiducation.web.live_sessions import LiveSessions
from aiducation.web.settings import Limits, ServeSettings
from aiducation.web.static_page import JoinPage


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the routes share.

    Attributes:
        settings: how the server was started.
        folder: its private temporary folder.
        engine, jobs, live: what analyzes; the recordings; the live sessions.
        join_page: the files that students of a class get.
        wrong_codes: of classes, by address.
        started: when the server started, on the monotonic clock.
        closing: set when the server is to end, so that nobody is followed any more.
    """

    settings: ServeSettings
    folder: Path
    engine: Engine
    jobs: Jobs
    live: LiveSessions
    join_page: JoinPage
    wrong_codes: WrongCodes = field(default_factory=WrongCodes)
    started: float = field(default_factory=time.monotonic)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def limits(self) -> Limits:
        """What one request may cost."""
        return self.settings.limits


def services_of(connection: HTTPConnection) -> Services:
    """The services of the server that got a request or a socket."""
    services = connection.app.state.services
    assert isinstance(services, Services)
    return services
