"""What is withheld: when so few people are seen well that a shown state would speak of single persons. One rule for all views.

Where fewer participants than ``min_group`` are seen well, a view shows where the faces are and the state of none: figures of
so small a group are withheld already, and a box or a line that says "angry" tells more than any of them. In a photo the faces
are counted; in a recording the steps of its timeline decide, so that figure, video and page agree at each time.

Data files and the library keep the row of every face: whoever asks for single rows means to work with them.
"""

from __future__ import annotations

import numpy as np

from aiducation.errors import ConfigError
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.steps import steps_at
from aiducation.observations.timeline import Timeline
from aiducation.words import clock

#: Said after the sentence that withholds the figures of the group.
WITHHELD_TOO = "The states of single faces are not shown for the same reason."

#: Largest smallest group: whoever wants to withhold everything names no more.
_MOST_FACES = 1_000_000

#: Stretches of time that a sentence names; of more it tells how much time they take.
_MOST_NAMED = 3


def check_min_group(min_group: int) -> None:
    """Make sure that a smallest group can be asked for.

    Raises:
        ConfigError: it has no face, or far too many.
    """
    if not 1 <= min_group <= _MOST_FACES:
        raise ConfigError(f"The smallest group must have 1 to {_MOST_FACES:,} faces, not {min_group}.")


def frames_withheld(result: Faces | Recording, min_group: int, over_time: Timeline | None) -> np.ndarray:
    """(F,) bool, in which frames no view shows a state; a photo is one frame.

    Args:
        result: what was seen.
        min_group: smallest group whose single states are shown; 1 shows all.
        over_time: the timeline of a recording with that ``min_group``.
    """
    if min_group <= 1 or not result.pictures:
        return np.zeros(len(result.pictures), dtype=bool)
    if isinstance(result, Faces) or over_time is None:
        return np.array([seen_well(faces).sum() < min_group for faces in result.pictures])
    steps = np.minimum(steps_at(result.times, over_time.step_s), len(over_time) - 1)
    return np.asarray(over_time.withheld[steps])


def seen_well(faces: Faces) -> np.ndarray:
    """(N,) bool, which faces have probabilities."""
    return np.asarray(~np.isnan(faces.probs).any(axis=1))


def stretches(over_time: Timeline) -> list[list[float]]:
    """Start and end in seconds of each stretch of steps that are withheld; the last step ends with the recording."""
    ends = np.flatnonzero(np.diff([False, *over_time.withheld, False]))
    return [[round(float(over_time.edges_s[at]), 4) for at in pair] for pair in ends.reshape(-1, 2)]


def time_words(over_time: Timeline) -> str:
    """When states are withheld: "From 0:00 to 1:00 and from 4:30 to 5:00", or for how much of the time."""
    spans = stretches(over_time)
    if len(spans) > _MOST_NAMED:
        return f"For {max(100 * float(over_time.withheld.mean()), 1):.0f} % of the time"
    named = [f"from {clock(start)} to {clock(end)}" for start, end in spans]
    words = " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
    return words[0].upper() + words[1:]
