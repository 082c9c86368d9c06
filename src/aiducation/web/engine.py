"""Engine: the one Analyzer of the server, and the places at it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
import numpy as np

from aiducation.media.photos import decode_photo, open_photo
from aiducation.observations.faces import Faces
from aiducation.processors import processor_threads
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.sessions import (
    beside_others,
    give_all_memory_back,
    give_memory_back,
    give_memory_back_at_times,
)
from aiducation.web.problems import Problem
from aiducation.web.settings import Limits, ServeSettings
from aiducation.web.turns import Client, Turns

T = TypeVar("T")


class Engine:
    """Runs the analysis beside the server's loop, as many pictures at a time as there are processors.

    Args:
        settings: which model, and how it decides.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.limits: Limits = settings.limits
        give_memory_back()  # before there are threads, each of which would keep a heap of its own
        self.analyzer = Analyzer(
            model=settings.model,
            detector=settings.detector,
            threshold=settings.threshold,
            priors=settings.priors,
            possible=settings.possible,
            conditions=settings.conditions,
            view=settings.view,
            min_face=settings.min_face,
            device=settings.device,
        )
        places = processor_threads() + 1  # one may decode while the others are looked at
        self.turns = Turns(places, self.limits.photos)
        self._places = anyio.CapacityLimiter(places)
        self._live_places = anyio.CapacityLimiter(places)
        self._rested = 0.0
        self._working, self._ended = 0, threading.Condition()

    async def run(self, work: Callable[[], T], client: Client) -> T:
        """Run something in a thread, once it is the client's turn.

        Raises:
            Problem: too many wait already.
        """
        async with self.turns.photo(client):
            return await anyio.to_thread.run_sync(self._beside_others(work), limiter=self._places)

    async def run_live(self, work: Callable[[], T]) -> T:
        """The same for a live frame, in places of its own: photos end nobody's lesson. A session waits with one frame at most."""
        async with self.turns.live():
            return await anyio.to_thread.run_sync(self._beside_others(work), limiter=self._live_places)

    def _beside_others(self, work: Callable[[], T]) -> Callable[[], T]:
        """The work, in one thread where there is other work: pictures beside each other cost less than one after the other in
        several threads each."""

        def run() -> T:
            with self._ended:
                self._working += 1
            try:
                with beside_others(self.turns.several):
                    return work()
            finally:
                with self._ended:
                    self._working -= 1
                    self._ended.notify_all()

        return run

    def finish(self) -> None:
        """Wait for work whose request was given up: it goes on in its thread, and may write a file yet."""
        with self._ended:
            self._ended.wait_for(lambda: not self._working)

    def photo(self, path: Path, name: str, analyzer: Analyzer) -> tuple[np.ndarray, Faces]:
        """(H, W, 3) uint8 RGB of a photo file, and what an analyzer sees in it; ``name`` is what the result calls it.

        Raises:
            DataFileError: it is not a picture that can be read.
            Problem: it shows too many faces.
        """
        try:
            photo = open_photo(path, max_pixels=self.limits.photo_pixels)
            return photo.image, self.checked(analyzer.photo(photo, source=name))
        finally:
            give_memory_back_at_times()

    async def rest(self) -> None:
        """Return the memory that earlier work needed to the system, if nothing is being analyzed."""
        if self.turns.busy or self._rested == self.turns.last_s:
            return
        self._rested = self.turns.last_s
        await anyio.to_thread.run_sync(give_all_memory_back, limiter=self._places)

    def frame(self, data: bytes) -> np.ndarray:
        """(H, W, 3) uint8 RGB of a live frame.

        Raises:
            DataFileError: it is not a picture that can be read.
        """
        return decode_photo(data, name="The frame", max_pixels=self.limits.frame_pixels)

    def checked(self, faces: Faces) -> Faces:
        """The faces, if there are not too many of them.

        Raises:
            Problem: there are too many.
        """
        if len(faces) > self.limits.faces:
            raise Problem(
                "too_large",
                f"A picture shows {len(faces):,} faces, more than the {self.limits.faces:,} that are allowed; cut it "
                f"into parts.",
            )
        return faces
