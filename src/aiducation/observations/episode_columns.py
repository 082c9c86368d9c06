"""What each column of the table of episodes means."""

from __future__ import annotations

from aiducation.observations.columns import Column
from aiducation.observations.reasons import REASONS
from aiducation.states import CALM, OUTCOMES, UNCLEAR

#: The columns, in their order.
EPISODE_COLUMNS: dict[str, Column] = {
    "source": Column("string", "File name of the recording; or camera:0, screen:0."),
    "track_id": Column(
        "integer", "The same face over time, within one recording only; drawn at random, or by the option seed.", low=0
    ),
    "place": Column(
        "string",
        "Where the face stayed, such as row 2, column 3, counted from the upper left; missing for a face that moved about.",
        optional=True,
    ),
    "state": Column("string", "Apparent state, other, or unclear.", allowed=(*OUTCOMES, CALM, UNCLEAR)),
    "reason": Column(
        "string", "Why it was unclear, in most of its frames; missing otherwise.", optional=True, allowed=tuple(REASONS)
    ),
    "from_s": Column("number", "When it began, on a player's clock.", "seconds", low=0),
    "to_s": Column("number", "When it ended; later than the start.", "seconds", low=0),
    "views": Column("integer", "Analyzed frames of it.", low=1),
    "mean_probability": Column(
        "number",
        "Probability of the state, on average over these frames; missing where it was unclear.",
        low=0,
        high=1,
        optional=True,
    ),
}
