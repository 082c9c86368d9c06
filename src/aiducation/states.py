"""The apparent states: their order, labels and colours. Imports nothing; everyone imports it."""

#: The four states a model predicts, in the order of every array, table and legend.
STATES: tuple[str, ...] = ("neutral", "angry", "focused", "bored")

#: An expression outside the four states: the image matched no rule of the criteria.
OTHER = "other"

#: Everything a model tells apart: the four states and "other".
OUTCOMES: tuple[str, ...] = (*STATES, OTHER)

#: The emotions of FER+ on which raters voted, with the words for a face of "other" that shows them most; contempt is too rare for
#: a word of its own, and neutral and anger are states.
EMOTIONS: tuple[str, ...] = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
EXPRESSIONS: dict[str, str] = {
    "happiness": "smiling",
    "surprise": "surprised",
    "sadness": "sad",
    "fear": "afraid",
    "disgust": "disgusted",
}

#: Said of a face instead of a guess, always with a reason.
UNCLEAR = "unclear"

#: Said in views (pictures, videos, reports, the page) of faces whose group is too small for single states; never in data.
WITHHELD = "withheld"

#: What neutral and focused are together: people who look on, whether or not their face says that they attend.
CALM = "calm"

#: Ways to show what a model says: name -> what is shown, and the outcomes that it stands for. The four states of the published
#: study are "states"; "calm" merges two of them that hardly anybody can tell apart in a picture of somebody else's camera.
VIEWS: dict[str, dict[str, tuple[str, ...]]] = {
    "states": {name: (name,) for name in OUTCOMES},
    "calm": {CALM: ("neutral", "focused"), "angry": ("angry",), "bored": ("bored",), OTHER: (OTHER,)},
}

#: Stored in place of a state's index for images that match no rule.
OTHER_INDEX = -1

#: Colours of the states, from the Okabe-Ito palette, which readers with any common colour vision can tell apart.
#: Source: M. Okabe and K. Ito, "Color Universal Design" (2008).
STATE_COLORS: dict[str, str] = {
    CALM: "#56B4E9",
    "neutral": "#0072B2",
    "angry": "#D55E00",
    "focused": "#009E73",
    "bored": "#CC79A7",
    OTHER: "#8A8F98",
    UNCLEAR: "#C9CCD1",
    WITHHELD: "#FFFFFF",
}
