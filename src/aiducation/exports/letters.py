"""Letters: texts as the font of pictures can draw them.

Pillow's own font has no letters outside ASCII but some marks (seen with Pillow 13.0), and draws a box for each. Pictures need no
other font file, so letters are written as German and French do where they have none: "verärgert" is "veraergert".
"""

from __future__ import annotations

import unicodedata

#: Letters with a spelling of their own; others lose their accents.
_SPELLED = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "œ": "oe",
        "Œ": "Oe",
        "æ": "ae",
        "Æ": "Ae",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "\u00a0": " ",
        "\u202f": " ",
    }
)


def drawable(text: str) -> str:
    """The text with letters that the font has; letters of other scripts stay, and are drawn as boxes.

    Example:
        >>> drawable("verärgert, énervé, größer")
        'veraergert, enerve, groesser'
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_SPELLED))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
