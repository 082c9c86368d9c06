"""Sampling: which pictures of a recording are analyzed, and at which times."""

from __future__ import annotations

import math

from aiducation.errors import ConfigError

#: Grows when the same file gives other samples than before, so that ``--resume`` does not mix them. In version 1 frames that
#: others need were left out.
SAMPLING_VERSION = 2

#: Seconds that the sampling waits for a new picture before it takes the one that stands.
_WAIT_S = 0.2

#: Times closer together than this are the same.
_SAME_S = 1e-6


def next_on_grid(time_s: float, every_s: float) -> float:
    """The first whole multiple of an interval after a time."""
    return (math.floor((time_s + _SAME_S) / every_s) + 1) * every_s


class SampleGrid:
    """The rule that every way of reading keeps to, so that the same pictures are sampled whatever is decoded.

    The first picture is a sample. Then one is due at each whole multiple of the interval: the first picture that begins at that
    time or up to 0.2 s later, at its own time; where there is none, the picture that stands at that time, as a player shows it.

    Args:
        every_s: the interval in seconds; None makes every picture a sample, once.
    """

    def __init__(self, every_s: float | None) -> None:
        self._every_s = every_s
        self._due_s = -math.inf

    def times(self, begins_s: float, until_s: float) -> list[float]:
        """The times in seconds at which a picture is a sample: none, one, or more where it stands for long.

        Args:
            begins_s: when the picture begins; later than the one before.
            until_s: when the next one begins; the end of the recording for the last.
        """
        if not self._every_s:
            return [begins_s]
        found = []
        if begins_s + _SAME_S >= self._due_s:
            found.append(begins_s)
            self._due_s = next_on_grid(begins_s, self._every_s)
        while self._due_s + _WAIT_S - _SAME_S <= until_s:
            found.append(round(self._due_s, 6))
            self._due_s = next_on_grid(self._due_s, self._every_s)
        return found


#: Seconds between two frames at least and at most.
_SHORTEST_S, _LONGEST_S = 0.001, 86_400


def check_interval(every_s: float) -> None:
    """Check that a sampling interval in seconds is allowed.

    Raises:
        ConfigError: the interval is not allowed.
    """
    if not _SHORTEST_S <= every_s <= _LONGEST_S:
        raise ConfigError(
            f"The time between two frames must be {_SHORTEST_S:g} to {_LONGEST_S:,} seconds, not {every_s:g}."
        )
