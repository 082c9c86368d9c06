"""Names of the columns of the tables that results are saved as; ``observations.columns`` says what each means."""

from __future__ import annotations

from aiducation.states import EMOTIONS, OUTCOMES, VIEWS

#: How well a face can be seen.
QUALITY_COLUMNS: tuple[str, ...] = ("size", "sharpness", "brightness", "contrast", "yaw", "roll", "visible")

#: The tidy table: a row for each face in each frame.
COLUMNS: tuple[str, ...] = (
    *("source", "frame", "time_s", "face", "track_id", "state", "expression", "reason", "confidence"),
    *(f"p_{outcome}" for outcome in OUTCOMES),
    *(f"v_{emotion}" for emotion in EMOTIONS),
    *("left", "top", "right", "bottom", "score"),
    *QUALITY_COLUMNS,
)

#: The timeline: a row for each step of time, with what each view shows.
TIMELINE_COLUMNS: dict[str, tuple[str, ...]] = {
    view: (
        *("start_s", "faces", "unclear"),
        *(f"n_{counted}" for counted in (*shown, "not_sure", "not_seen_well")),
        *(f"{outcome}{end}" for outcome in shown for end in ("", "_low", "_high")),
    )
    for view, shown in VIEWS.items()
}

#: The episodes: a row for each time over which a face was given the same state.
EPISODE_NAMES: tuple[str, ...] = (
    *("source", "track_id", "place", "state", "reason", "from_s", "to_s", "views", "mean_probability"),
)

#: Turns of speakers: a row for each, with what each view shows of the group meanwhile.
SPEECH_COLUMNS: dict[str, tuple[str, ...]] = {
    view: ("source", "turn", "speaker", "from_s", "to_s", "words", "text", "faces", *shown)
    for view, shown in VIEWS.items()
}

#: The table of a user's own labelled faces: a row for each picture.
OWN_FACES_COLUMNS: tuple[str, ...] = ("file", "label", "answer", *(f"p_{outcome}" for outcome in OUTCOMES), "skipped")

#: The people of compared recordings: a row for each person and step.
COMPARED_PEOPLE_COLUMNS: tuple[str, ...] = ("condition", "source", "person", "start_s", "views", *OUTCOMES)

#: Emotions of py-feat, whose class takes these columns for granted: the shares of raters who would name each.
FEX_EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")

#: The table for py-feat, a row for each face in each frame.
FEX_COLUMNS: tuple[str, ...] = (
    "input",
    "frame",
    "approx_time",
    "Identity",
    "FaceRectX",
    "FaceRectY",
    "FaceRectWidth",
    "FaceRectHeight",
    "FaceScore",
    "Pitch",
    "Roll",
    "Yaw",
    "X",
    "Y",
    "Z",
    *FEX_EMOTIONS,
    "state",
    *(f"p_{outcome}" for outcome in OUTCOMES),
)
