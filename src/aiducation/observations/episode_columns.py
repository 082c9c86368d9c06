"""What each column of the table of episodes means."""

from __future__ import annotations

from aiducation.observations.columns import Column
from aiducation.observations.reasons import REASONS
from aiducation.states import CALM, OUTCOMES, UNCLEAR

#: The columns, in their order.
EPISODE_COLUMNS: dict[str, Column] = {
    "source": Column("string", "File name of the recording; or camera:0, screen:0."),
    "track_id": Column(
        "integer",
        "Track: the same face over time, within one recording only. The number is random, or set by the option seed.",
        low=0,
    ),
    "place": Column(
        "string",
        "Where the face was, such as row 2, column 3, counted from the upper left; missing for a face that moved "
        "around.",
        optional=True,
    ),
    "state": Column("string", "Apparent state, or other, or unclear.", allowed=(*OUTCOMES, CALM, UNCLEAR)),
    "reason": Column(
        "string",
        "The most frequent reason if the state was unclear; missing otherwise.",
        optional=True,
        allowed=tuple(REASONS),
    ),
    "from_s": Column("number", "Start of the stretch, in the time that a player shows.", "seconds", low=0),
    "to_s": Column("number", "End of the stretch; later than its start.", "seconds", low=0),
    "views": Column("integer", "Number of analyzed frames in the stretch.", low=1),
    "mean_probability": Column(
        "number",
        "Mean probability of the state over these frames; missing if it was unclear.",
        low=0,
        high=1,
        optional=True,
    ),
}
