"""Hiding: what is anonymized in a picture before something is drawn on it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from aiducation.errors import unknown_name
from aiducation.exports.anonymize import anonymize
from aiducation.exports.lettering import cover_text, mosaic
from aiducation.observations.faces import Faces
from aiducation.texts import N_

#: Nothing (False), the faces (True), the faces and whatever may be text, or everything.
Hide = bool | Literal["text", "all"]

#: How it is asked for -> what it is, and in words for the report.
HIDE: dict[str, tuple[Hide, str]] = {
    "no": (False, N_("shown")),
    "faces": (True, "anonymized; names and other text stay readable"),
    "text": ("text", "anonymized, and what may be text"),
    "all": ("all", "anonymized, and everything around them"),
}

#: Squares along the longer side of a picture of which everything is hidden: too few for letters that are lower than a twelfth.
SQUARES = 24


def hide_of(value: bool | str) -> Hide:
    """The name in ``HIDE`` that True, False or a name stands for.

    Raises:
        ConfigError: there is no such name.
    """
    if isinstance(value, bool):
        return value
    if value not in HIDE:
        raise unknown_name("value for anonymizing", value, HIDE)
    return HIDE[value][0]


def hide_words(hide: Hide) -> str:
    """What is hidden, for the report."""
    return next(words for known, words in HIDE.values() if known is hide or known == hide)


def hidden(image: np.ndarray, faces: Faces, hide: Hide) -> np.ndarray:
    """The anonymized picture; (H, W, 3) uint8 RGB of the same size.

    Faces come last, so that a head is never finer than six by six squares, whatever lies around it.
    """
    if hide == "all":
        image = mosaic(image, -(-max(image.shape[:2]) // SQUARES))
    elif hide == "text":
        # Heads are no text; covered softly they have no edges that look like it.
        image = cover_text(image, anonymize(image, faces.to_anonymize, method="blur"))
    return anonymize(image, faces.to_anonymize) if hide else image
