"""The app: the routes, the page, and what watches over them. ``serve`` runs it."""

from __future__ import annotations

import asyncio
import mimetypes
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from aiducation import __version__
from aiducation.pages import render
from aiducation.temporary import delete_left_behind, new_folder_beside
from aiducation.texts import Texts
from aiducation.web import (
    classes,
    comparing,
    error_page,
    join_page,
    labelling,
    languages,
    live,
    metrics,
    model,
    openapi,
    photo_batches,
    photos,
    problems,
    recordings,
    reviewing,
    samples,
    seen_faces,
)
from aiducation.web.closing import Closing
from aiducation.web.engine import Engine
from aiducation.web.guard import API_HEADER, Guard, SecurityHeaders
from aiducation.web.heads import Heads
from aiducation.web.jobs import Jobs
from aiducation.web.lingering import Lingering
from aiducation.web.live_sessions import LiveSessions
from aiducation.web.page_files import PageFiles
from aiducation.web.problems import spoken
from aiducation.web.proxies import Proxied
from aiducation.web.services import Services
from aiducation.web.settings import ServeSettings
from aiducation.web.static_page import JoinPage
from aiducation.web.traffic import Counted, Routed, Traffic

#: Seconds between two looks for what has run out of time.
_SWEEP_S = 15.0

STATIC = Path(str(files("aiducation") / "web" / "static"))


def create_app(settings: ServeSettings) -> FastAPI:
    """The page and the API as an ASGI app.

    Raises:
        ModelFileError, ConfigError: the model or an option cannot be used.
    """
    engine = Engine(settings)
    mimetypes.add_type("text/javascript", ".js")  # some systems call it something else, and browsers then refuse it

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        above = Path(tempfile.gettempdir())
        delete_left_behind(above)
        with new_folder_beside(above) as folder:
            services = Services(
                settings=settings,
                folder=folder,
                engine=engine,
                jobs=Jobs(engine, folder),
                live=LiveSessions(engine),
                join_page=JoinPage(settings, engine),
            )
            app.state.services = services
            services.jobs.start()
            sweeper = asyncio.create_task(_sweep(services))
            try:
                yield
            finally:
                sweeper.cancel()
                with suppress(asyncio.CancelledError):
                    await sweeper
                await asyncio.to_thread(services.jobs.close)
                await asyncio.to_thread(engine.finish)  # before the folder that it writes into is deleted

    app = _App(
        title="aiducation",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_tags=[{"name": name} for name in ("photo", "recordings", "labels", "live", "about")],
    )
    problems.install(app)
    error_page.install(app)
    openapi.install(app)
    for part in (
        photos,
        photo_batches,
        reviewing,
        recordings,
        comparing,
        labelling,
        seen_faces,
        live,
        classes,
        join_page,
        model,
        metrics,
        languages,
        samples,
    ):
        app.include_router(part.router)
    app.mount("/static", PageFiles(STATIC), name="static")
    for address, page in {"/": "index.html", "/docs": "docs.html"}.items():
        app.add_api_route(address, _page(page), include_in_schema=False)
    app.add_middleware(Routed)  # next to the routes
    app.add_middleware(Heads)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Proxied, proxies=settings.proxies, root_path=settings.root_path)  # first, so that Guard knows it
    app.origins = settings.origins
    return app


class _App(FastAPI):
    """Starlette answers to a defect outside of all middleware that is added to it; two must be around that answer, too."""

    origins: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.traffic = Traffic()

    def build_middleware_stack(self) -> ASGIApp:
        """The security headers around everything; CORS too, so that an allowed page can read why it was refused."""
        app = super().build_middleware_stack()
        if self.origins:
            app = CORSMiddleware(
                app,
                allow_origins=self.origins,
                allow_methods=["GET", "HEAD", "POST", "PUT", "DELETE"],
                allow_headers=["authorization", "content-type", API_HEADER],
                expose_headers=["Location", "Retry-After", "Content-Disposition", API_HEADER],
            )
        return Counted(SecurityHeaders(Closing(Lingering(app))), self.traffic)


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    """A page in the reader's language: what it says before its program runs, and where none may run."""

    async def page(request: Request) -> Response:
        return HTMLResponse(_rendered(name, spoken(request)))

    return page


@lru_cache
def _rendered(name: str, texts: Texts) -> str:
    return render("aiducation.web", name, texts)


async def _sweep(services: Services) -> None:
    while True:
        await asyncio.sleep(min(_SWEEP_S, services.limits.keep_s / 2))
        services.jobs.sweep()
        services.live.sweep()
        await services.engine.rest()
