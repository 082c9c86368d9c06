"""Frame looks: what each frame of a recording shows, some analyzed at the same time, each given as soon as it is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from aiducation.media.recording_files import decoded_ahead
from aiducation.media.standing_pictures import stands
from aiducation.observations.faces import Faces
from aiducation.vision.detectors import Search
from aiducation.vision.face_judge import FaceJudge
from aiducation.vision.glimpse import Glimpse
from aiducation.vision.sessions import work_alone

if TYPE_CHECKING:
    from aiducation.media.videos import Frame

#: What a frame shows, and its glimpse.
Look = tuple[Faces, Glimpse]

#: Frames that follow one searched in full size, and their pixels: what it shows decides how these are searched.
_TOGETHER, _PIXELS_TOGETHER = 12, 100_000_000

#: Frames that are decoded ahead, and their pixels: enough to keep decoder and networks busy, little enough to stay in memory.
_AHEAD, _PIXELS_AHEAD = 3, 8_000_000


def frames_together(pixels: int) -> int:
    """Every how many frames of so many pixels one is searched in full size, whatever came before: an analysis can be taken up,
    and a recording divided, there."""
    return int(np.clip(_PIXELS_TOGETHER // max(pixels, 1), 1, _TOGETHER))


@dataclass(frozen=True)
class FrameLooks:
    """Analyzes the frames of one recording.

    Attributes:
        judge: finds and classifies faces.
        source: name in the results.
        pixels: of a frame.
        threads: frames that are analyzed at the same time, each by one thread.
    """

    judge: FaceJudge
    source: str
    pixels: int
    threads: int

    @property
    def together(self) -> int:
        """See ``frames_together``."""
        return frames_together(self.pixels)

    def of(self, frames: Iterator[Frame], before: tuple[np.ndarray, Faces] | None) -> Generator[Look, None, None]:
        """What each frame shows, without tracks, and its glimpse; a picture that stands is analyzed once.

        Args:
            frames: in order of time, the first one at a place where an analysis can be taken up.
            before: picture and faces of the frame before them.
        """
        ahead = int(np.clip(_PIXELS_AHEAD // max(self.pixels, 1), 1, _AHEAD))
        picture, last = before[0] if before else None, _known(before)
        waiting: deque[Future[Look]] = deque()
        with (
            closing(decoded_ahead(frames, ahead)) as decoded,
            ThreadPoolExecutor(self.threads, "frames", initializer=work_alone) as workers,
        ):
            try:
                for number, frame in enumerate(decoded):
                    if number % self.together == 0:
                        together = self.judge.together()
                    standing, picture = stands(frame.image, picture), frame.image
                    if standing and last:
                        last = workers.submit(self._again, frame, last)
                    else:
                        last = workers.submit(self._look, frame, together.next())
                    waiting.append(last)
                    while waiting and (len(waiting) > self.threads or waiting[0].done()):
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                workers.shutdown(cancel_futures=True)

    def _look(self, frame: Frame, search: Search) -> Look:
        faces = self.judge.faces(frame.image, (self.source, frame.index, frame.time_s), search=search)
        return faces, Glimpse.of(frame.image, faces.boxes)

    @staticmethod
    def _again(frame: Frame, last: Future[Look]) -> Look:
        faces, glimpse = last.result()
        return replace(faces, frame=frame.index, time_s=frame.time_s, standing=True), glimpse


def _known(before: tuple[np.ndarray, Faces] | None) -> Future[Look] | None:
    if before is None:
        return None
    known: Future[Look] = Future()
    known.set_result((before[1], Glimpse.of(before[0], before[1].boxes)))
    return known
