"""The clock of a stream: when each of its pictures begins, over all connections."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

from aiducation.media.sampling import next_on_grid

#: A step of the stream's own clock by more than so many seconds is no step of time: the stream began anew. The first number is
#: for what is live, and for containers whose clock may begin anew at any time (FFmpeg's flag AVFMT_TS_DISCONT). The times of any
#: other recording are believed as those of files are: a picture may stand for hours.
JUMP_S, JUMP_ELSEWHERE_S, CLOCK_MAY_JUMP = 30.0, 4 * 3600.0, 0x0200


class StreamClock:
    """The time of each picture since the beginning, over all connections, and which of them are samples of what is live.

    Attributes:
        last_s, ends_s: when the last picture began; when it or the sound ends, as far as this is known.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s, self._due_s = every_s, 0.0
        self._began: float | None = None
        self._offset_s: float | None = None
        self._jump_s, self._zero_s = JUMP_S, math.inf
        self.last_s: float | None = None
        self._picture_s, self._sound_s = 0.0, -math.inf  # their ends

    def connect(self, jump_s: float, zero_s: float | None) -> None:
        """A connection was made: the stream's own clock may begin anew.

        Args:
            jump_s: a step of its clock by more seconds is none of time.
            zero_s: when a player's clock begins; None where that is the first picture.
        """
        self._offset_s, self._jump_s, self._zero_s = None, jump_s, math.inf if zero_s is None else zero_s

    def now(self) -> float:
        """Seconds since the first picture, by this machine's clock."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    @property
    def came_early(self) -> bool:
        """Whether the pictures came clearly faster than they are shown, so that they were recorded before."""
        return (self.last_s or 0.0) > 1.25 * self.now()

    def newest(self, pictures: Iterator[Any]) -> Iterator[tuple[list[float], Any]]:
        """Live pictures with their times, if they are samples: nobody waits for the next one to know how long one stood."""
        for picture in pictures:
            time_s = self.time_of(picture)
            due = time_s + 1e-6 >= self._due_s
            if due:
                self._due_s = next_on_grid(time_s, self._every_s)
            yield [time_s] if due else [], picture

    def time_of(self, picture: Any) -> float:
        """When the next picture begins."""
        if self._began is None:
            self._began = time.monotonic()
        own_s = None if picture.pts is None else float(picture.pts * picture.time_base)
        self.last_s = round(self.now() if own_s is None else self._of(own_s), 6)
        self._picture_s = self.last_s + float((getattr(picture, "duration", 0) or 0) * (picture.time_base or 0))
        return self.last_s

    def hear(self, packet: Any) -> None:
        """Sound goes on; a stamp far beyond all others is broken, as it would be in a picture."""
        if packet.pts is not None:
            end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            known_s = max(self._sound_s, self._picture_s + (self._offset_s or 0.0))
            if end_s - known_s <= self._jump_s:
                self._sound_s = max(self._sound_s, end_s)

    @property
    def ends_s(self) -> float:
        """See the class."""
        return max(self._picture_s, self._sound_s - (self._offset_s or 0.0))

    def _of(self, own_s: float) -> float:
        """A time of the stream's own clock as seconds since the first picture."""
        if self._offset_s is None:
            zero_s = min(own_s, self._zero_s)
            self._offset_s = zero_s if self.last_s is None else own_s - max(self.now(), self.last_s + 1e-3)
        time_s = own_s - self._offset_s
        if self.last_s is not None and not 0 < time_s - self.last_s <= self._jump_s:
            time_s = self.last_s + 1e-3
            self._offset_s = own_s - time_s
        return time_s
