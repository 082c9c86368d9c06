"""Lettering: finds where a picture may contain text, by its strokes alone: names on meeting tiles, but also other
things. It does not read text.

Text is a row of thin strokes: going across it, brightness rises and falls again and again within the height of a letter. A
window where both add up to more than a picture's noise may hold text. Bookshelves, stripes and hair do so, too, and are
counted as text; when text must be hidden, that is the safer mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Letters are looked for in the picture and in ever smaller copies of it, in which they are 5 to 14 pixels high ...
_LETTER = 14
#: ... until letters as high as this share of the shorter side were looked for.
_HIGHEST = 0.12

#: Mean rise and mean fall of brightness from pixel to pixel, in gray levels, that a window of text has at least. Source:
#: benchmarks/anonymized_names.py: white names on bright video have 4, the noise of compression has 1. Large letters have more,
#: and smaller copies of a picture show more of everything: twice as small, so many times as much.
_LEAST, _MORE = 2.2, 1.6

#: Windows are two letters wide, and the text may go on for so many letters beyond the last.
_WINDOW, _BEYOND = 2, 0.75


def cover_text(image: np.ndarray, searched: np.ndarray | None = None) -> np.ndarray:
    """A copy in which whatever may be text is replaced by squares of its mean colour, larger than the letters.

    Args:
        image: (H, W, 3) uint8 RGB.
        searched: the same size, the picture in which text is looked for; ``image`` if None.
    """
    covered = image.copy()
    for factor, mask in _masks(image if searched is None else searched):
        coarse = mosaic(image, round(1.6 * _LETTER * factor))
        covered[mask] = coarse[mask]
    return covered


def mosaic(image: np.ndarray, side: int) -> np.ndarray:
    """The picture in squares of so many pixels, each of its mean colour."""
    from PIL import Image

    height, width = image.shape[:2]
    few = (max(1, round(width / side)), max(1, round(height / side)))
    small = Image.fromarray(image).resize(few, Image.Resampling.BOX)
    return np.asarray(small.resize((width, height), Image.Resampling.NEAREST))


def _masks(image: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """By what number the picture was made smaller, and (H, W) bool, where it may hold text of the fitting height; small first."""
    from PIL import Image

    gray = Image.fromarray(image).convert("L")
    factor = 1
    while factor == 1 or _LETTER * factor < 2 * _HIGHEST * min(gray.size):
        small = gray.reduce(factor) if factor > 1 else gray
        least = _LEAST * _MORE ** np.log2(factor)
        found = Image.fromarray(_text_like(np.asarray(small, np.float32), float(least))).resize(
            (small.width * factor, small.height * factor), Image.Resampling.NEAREST
        )
        yield factor, np.asarray(found)[: gray.height, : gray.width]
        factor *= 2


def _text_like(gray: np.ndarray, least: float) -> np.ndarray:
    """(h, w) bool, where strokes of letters of some 5 to 14 pixels are close together."""
    step = np.diff(gray, axis=1, prepend=gray[:, :1])
    high, wide = _LETTER // 2, _WINDOW * _LETTER // 2
    both = np.minimum(_mean(np.maximum(step, 0), high, wide), _mean(np.maximum(-step, 0), high, wide))
    reach = round(_BEYOND * _LETTER)
    return np.asarray(_mean((both >= least).astype(np.float32), reach // 2, reach) > 0)


def _mean(values: np.ndarray, up: int, aside: int) -> np.ndarray:
    """The mean over a window around each point that reaches so far up and down, and to both sides; outside is like the edge."""
    padded = np.pad(values, ((up + 1, up), (aside + 1, aside)), mode="edge").astype(np.float64)
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    high, wide = 2 * up + 1, 2 * aside + 1
    total = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    return np.asarray(np.round(total / (high * wide), 6), np.float32)
