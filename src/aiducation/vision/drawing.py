"""Drawing: the annotated picture, with a box, a state and its probability for every face, and a legend."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from aiducation.states import OUTCOMES, STATE_COLORS, UNCLEAR
from aiducation.vision.faces import REASONS, Faces

_DARK, _SOFT, _LIGHT, _PAPER = (24, 28, 34), (92, 99, 112), (255, 255, 255), (250, 250, 251)

#: One letter a state, where a word has no room; the legend explains them.
MARKS: dict[str, str] = {"neutral": "N", "angry": "A", "focused": "F", "bored": "B", "other": "O", UNCLEAR: "?"}

#: An enlarged picture shows its median face at least this wide, so that words fit between the faces, ...
_COMFORTABLE_FACE = 90.0
#: ... but its longer side gets no longer than this, in pixels.
_LARGEST = 3000

#: Height of letters: of the picture's longer side, and never less than so many pixels.
_LETTERS, _SMALLEST_LETTERS = 1 / 75, 12

#: Letters grow with the face in steps, so that they do not change from one frame of a video to the next.
_STEP = 1.3

#: Unclear faces narrower than so many letters get no label: the dashed box and the legend say it.
_TINY = 2.4

#: What a label costs a pixel that it covers: of another face, of another label, of its own face.
_COSTS = (4.0, 3.0, 1.0)


def annotate(image: np.ndarray, faces: Faces, *, legend: bool = True, enlarge: bool = False) -> np.ndarray:
    """The picture with a box and a label for every face; below it, if wanted, the legend with the counts.

    Boxes are dashed where the state is unclear. Labels stand beside their face, where they cover no other face and no other
    label; where words have no room they shrink to a letter. The size of the result depends on the picture's size alone
    (unless ``enlarge``), so that the frames of a video fit together.

    Args:
        image: (H, W, 3) uint8 RGB, the picture that the faces were found in.
        faces: what was seen in it.
        legend: add the strip below.
        enlarge: make a small picture with small faces up to four times as large, so that words fit between the faces.

    Returns:
        (H', W', 3) uint8 RGB.
    """
    from PIL import Image, ImageDraw

    factor = _enlargement(faces) if enlarge else 1
    picture = Image.fromarray(image)
    if factor > 1:
        picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    boxes = faces.boxes.astype(np.float64) * factor
    order = np.argsort(boxes[:, 0] - boxes[:, 2], kind="stable")
    for i in order[::-1]:  # small faces first: the box of a near face lies over those behind it
        _box(draw, boxes[i], faces.states[i], max(picture.size))
    _labels(draw, faces, boxes, order, picture.size)
    if not legend:
        return np.asarray(picture)
    strip = _legend(*picture.size, faces)
    whole = Image.new("RGB", (picture.width, picture.height + strip.height))
    whole.paste(picture)
    whole.paste(strip, (0, picture.height))
    return np.asarray(whole)


def _enlargement(faces: Faces) -> int:
    """By what whole number to enlarge the picture."""
    if not len(faces):
        return 1
    median = max(float(np.median(faces.boxes[:, 2] - faces.boxes[:, 0])), 1.0)
    most = min(4, _LARGEST // max(faces.width, faces.height, 1))
    return int(np.clip(np.ceil(_COMFORTABLE_FACE / median), 1, max(most, 1)))


@lru_cache(maxsize=64)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


@lru_cache(maxsize=4096)
def _length(words: str, size: int) -> float:
    return float(_font(size).getlength(words))


@lru_cache(maxsize=1024)
def _written(words: str, letters: int) -> Any:
    """Words as a mask of gray levels, remembered, because the same few come back in every frame of a video."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (int(_length(words, letters)) + 4, round(letters * 1.6)))
    ImageDraw.Draw(mask).text((2, mask.height / 2), words, font=_font(letters), fill=255, anchor="lm")
    return mask


def _write(draw: Any, x: float, y: float, words: str, letters: int, color: tuple[int, int, int]) -> None:
    """Write words from x on, with y as their middle line."""
    mask = _written(words, letters)
    draw.bitmap((round(x) - 2, round(y - mask.height / 2)), mask, fill=color)


@lru_cache
def _color(state: str) -> tuple[int, int, int]:
    text = STATE_COLORS[state]
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@lru_cache
def _readable_on(color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Dark or light, whichever contrasts more. Source: relative luminance of WCAG 2.2."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return _DARK if luminance > 0.179 else _LIGHT


def _line(side: float, longest: int) -> int:
    """Thickness of a box: with the picture, but never a tenth of the face."""
    return int(np.clip(round(min(longest / 450, side / 14)), 1, 12))


def _box(draw: Any, box: np.ndarray, state: str, longest: int) -> None:
    left, top, right, bottom = (float(v) for v in box)
    right, bottom = max(right, left + 3), max(bottom, top + 3)
    line = _line(right - left, longest)
    radius = min(right - left, bottom - top) * 0.1
    rim = (left - 1, top - 1, right + 1, bottom + 1)
    if state == UNCLEAR:
        draw.rounded_rectangle((left, top, right, bottom), radius, outline=_DARK, width=line)
        _dashes(draw, (left, top, right, bottom), radius, line, _color(state))
        return
    # A dark rim keeps the colour apart from whatever is behind it.
    draw.rounded_rectangle(rim, radius + 1, outline=_DARK, width=line + 2)
    draw.rounded_rectangle((left, top, right, bottom), radius, outline=_color(state), width=line)


def _dashes(draw: Any, box: tuple[float, ...], radius: float, line: int, color: tuple[int, int, int]) -> None:
    """Light dashes on the dark line of a box: one of the two shows on any background."""
    left, top, right, bottom = box
    for start, end, horizontal in ((left + radius, right - radius, True), (top + radius, bottom - radius, False)):
        count = max(int((end - start) / max(7.0, 5.0 * line)), 1) * 2 + 1
        cuts = np.linspace(start, end, count + 1)
        for a, b in zip(cuts[:-1:2], cuts[1::2], strict=True):
            if horizontal:
                draw.rectangle((a, top, b, top + line - 1), fill=color)
                draw.rectangle((a, bottom - line + 1, b, bottom), fill=color)
            else:
                draw.rectangle((left, a, left + line - 1, b), fill=color)
                draw.rectangle((right - line + 1, a, right, b), fill=color)


def _words(faces: Faces, i: int, room: float) -> list[str]:
    """What a label may say, the longest first; ``room``: width of the face in letters."""
    state = faces.states[i]
    if state == UNCLEAR:
        return [faces.reasons[i], MARKS[state]] if room >= _TINY else []
    share = f"{faces.confidence[i] * 100:.0f} %"
    return [f"{state} {share}", f"{MARKS[state]} {share}", MARKS[state]]


def _letters(side: float, longest: int) -> int:
    """Height of a label's letters in pixels."""
    usual = max(longest * _LETTERS, _SMALLEST_LETTERS)
    steps = np.floor(np.log(max(side, 1) * 0.17 / usual) / np.log(_STEP))
    return round(max(usual * _STEP ** float(np.clip(steps, -2, 4)), _SMALLEST_LETTERS))


def _labels(draw: Any, faces: Faces, boxes: np.ndarray, order: np.ndarray, size: tuple[int, int]) -> None:
    """Write each face's longest words that cover nothing; if none do, the shortest where it covers least."""
    n = len(boxes)
    taken = np.concatenate([boxes, np.zeros_like(boxes)])  # the faces, then the labels as they come
    weights = np.repeat(_COSTS[:2], n)
    for rank, i in enumerate(order):
        letters = _letters(boxes[i, 2] - boxes[i, 0], max(size))
        weights[i] = _COSTS[2]
        plate, words = _best(faces, int(i), boxes[i], letters, taken[: n + rank], weights[: n + rank], size)
        weights[i] = _COSTS[0]
        if words:
            taken[n + rank] = plate
            _plate(draw, tuple(plate), words, _color(faces.states[i]), letters)


def _best(
    faces: Faces, i: int, box: np.ndarray, letters: int, taken: np.ndarray, weights: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, str]:
    line, pad, high = _line(box[2] - box[0], max(size)), letters * 0.32, letters * 1.3
    cheapest: tuple[float, np.ndarray, str] | None = None
    for words in _words(faces, i, (box[2] - box[0]) / letters):
        places = _places(box, _length(words, letters) + 2 * pad, high, line + 1.0)
        inside = (places[:, :2] >= 0).all(axis=1) & (places[:, 2:] <= size).all(axis=1)
        for place, cost in zip(places[inside], _covered(places[inside], taken) @ weights, strict=True):
            if cost <= 0:
                return place, words
            if cheapest is None or cost < cheapest[0] * (1 - 1e-9):
                cheapest = (float(cost), place, words)
    if cheapest is None or faces.states[i] == UNCLEAR:
        return box, ""
    return cheapest[1], cheapest[2]


def _places(box: np.ndarray, wide: float, high: float, gap: float) -> np.ndarray:
    """(K, 4) where a label may go, the best first: above, below, beside, and last inside the box."""
    left, top, right, bottom = box
    middle = (left + right) / 2
    columns = (left, middle - wide / 2, right - wide)
    corners = [(x, y) for y in (top - gap - high, bottom + gap) for x in columns]
    corners += [(x, y) for x in (right + gap, left - gap - wide) for y in (top, bottom - high)]
    corners += [(x, y) for y in (bottom - gap - high, top + gap) for x in columns]
    return np.array([(x, y, x + wide, y + high) for x, y in corners])


def _covered(places: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """(K, M) pixels that each place shares with each taken box."""
    ends = np.minimum(places[:, None, 2:], taken[None, :, 2:])
    starts = np.maximum(places[:, None, :2], taken[None, :, :2])
    return np.maximum(ends - starts, 0).prod(axis=2)


def _plate(draw: Any, plate: tuple[float, ...], words: str, color: tuple[int, int, int], letters: int) -> None:
    draw.rounded_rectangle(plate, letters * 0.28, fill=color)
    start = (plate[0] + plate[2] - _length(words, letters)) / 2
    _write(draw, start, (plate[1] + plate[3]) / 2, words, letters, _readable_on(color))


def _legend(width: int, height: int, faces: Faces) -> Any:
    """A Pillow picture: the strip with mark, name and count of each outcome, in as many lines as the width asks for."""
    from PIL import Image, ImageDraw

    letters = int(np.clip(max(width, height) / 60, 11, 60))
    pad, row = letters * 0.9, letters * 2.0
    counts = faces.counts()
    x, line, places = pad, 0, []
    for state in (*OUTCOMES, UNCLEAR):
        # Room for three digits whatever the count: neither places nor lines change during a video.
        wide = letters * 1.7 + _length(f"{state} 000", letters) + pad
        if x + wide > width and x > pad:
            x, line = pad, line + 1
        places.append((x, line, state))
        x += wide
    strip = Image.new("RGB", (width, int(row * (line + 1) + pad * 0.6)), _PAPER)
    draw = ImageDraw.Draw(strip)
    for x, line, state in places:
        y = pad * 0.3 + row * (line + 0.5)
        swatch = (x, y - letters * 0.65, x + letters * 1.3, y + letters * 0.65)
        _plate(draw, swatch, MARKS[state], _color(state), letters)
        if state == UNCLEAR:
            _box(draw, np.array(swatch), state, max(width, height))
        _write(draw, x + letters * 1.7, y, f"{state} {counts[state]}", letters, _DARK)
    why, small = _why(faces), round(letters * 0.8)
    x += letters * 2.2 + _length(f"{UNCLEAR} 000", letters)
    if why and x + _length(why, small) + pad <= width:  # only where room is left: the strip's size must not change
        _write(draw, x, y, why, small, _SOFT)
    return strip


def _why(faces: Faces) -> str:
    """How often each reason was given, for example "(3 blurred, 1 not sure)"."""
    counts = {reason: faces.reasons.count(reason) for reason in REASONS}
    parts = [f"{n} {reason}" for reason, n in sorted(counts.items(), key=lambda item: -item[1]) if n]
    return f"({', '.join(parts)})" if parts else ""
