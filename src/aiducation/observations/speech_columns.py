"""What each column of the table of speech means."""

from __future__ import annotations

from aiducation.column_names import SPEECH_COLUMNS
from aiducation.observations.columns import Column

_ABOUT: dict[str, Column] = {
    "source": Column("string", "File name of the recording; or camera:0, screen:0."),
    "turn": Column("integer", "Number of the turn in the recording, counted from 1.", low=1),
    "speaker": Column(
        "string",
        "Who spoke: a number or a name, as chosen with --transcript; missing if it is not known.",
        optional=True,
    ),
    "from_s": Column("number", "Start of the turn, in the time that a player shows.", "seconds", low=0),
    "to_s": Column("number", "End of the turn.", "seconds", low=0),
    "words": Column("integer", "Number of words.", low=0),
    "text": Column("string", "What was said; missing unless it was chosen with --transcript words.", optional=True),
    "faces": Column(
        "number",
        "Mean number of faces in a sample, without static faces, over the steps of the timeline that the turn touches; missing "
        "where there is no sample.",
        low=0,
        optional=True,
    ),
}


def speech_columns(view: str) -> dict[str, Column]:
    """What each column means in a view."""
    return {
        name: _ABOUT.get(name)
        or Column(
            "number",
            f"Mean of the timeline's {name} over these steps; missing where it is withheld or unknown.",
            low=0,
            high=1,
            optional=True,
        )
        for name in SPEECH_COLUMNS[view]
    }
