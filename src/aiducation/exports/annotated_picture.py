"""The annotated picture, with a box, a state and its probability for every face, and a legend."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from aiducation.colors import rgb_of, takes_dark_letters
from aiducation.exports.letters import drawable
from aiducation.observations.faces import Faces
from aiducation.observations.reasons import REASONS
from aiducation.states import STATE_COLORS, UNCLEAR, WITHHELD
from aiducation.texts import N_, Texts

_DARK, _SOFT, _LIGHT, _PAPER = (24, 28, 34), (92, 99, 112), (255, 255, 255), (250, 250, 251)

#: A letter for each state, where a word has no room; the legend explains them. A translation begins with the letter in its
#: language, which no other state of a view has there: "en colère" and "ennuyé" cannot both be E.
MARKS: dict[str, str] = {
    "neutral": N_("N: neutral"),
    "angry": N_("A: angry"),
    "focused": N_("F: focused"),
    "bored": N_("B: bored"),
    "calm": N_("C: calm"),
    "other": N_("O: other"),
    UNCLEAR: "?",
}

#: An enlarged picture shows its median face at least this wide, ...
_COMFORTABLE_FACE = 90.0
#: ... but its longer side gets no longer than this, in pixels.
_LARGEST = 3000

#: Height of all letters of a picture: of its longer side, so that they can still be read where a page shows it 930 pixels wide;
#: of its shorter side at most; in pixels at least.
_LETTERS, _OF_SHORTER, _SMALLEST_LETTERS = 1 / 72, 1 / 12, 12

#: In heights of a letter: of a label, the air at both ends of its words, its round corners, and the distance that it keeps from
#: other faces and labels.
_PLATE, _AIR, _CORNER, _APART = 1.3, 0.32, 0.28, 0.4

#: The ways that the sides of a box go when it grows.
_OUTWARD = np.array((-1.0, -1.0, 1.0, 1.0))

#: In heights of a letter: a line of the legend, its margin, and where a name begins behind its mark.
_ROW, _MARGIN, _NAME = 2.0, 0.9, 1.7

#: Thickness of a box: of the height of a letter, at least so many pixels, at most so much of the face.
_LINE, _THINNEST, _OF_FACE = 1 / 7, 3, 1 / 12

#: A label is at most so many times as wide as its face, unless it is a letter; on the face it lies only where it hides less than
#: this of the face's height.
_WIDEST, _SMALL_LABEL = 2.3, 0.2

#: Unclear faces narrower than so many letters get no label: the dashed box and the legend say it.
_TINY = 1.6


def mark_of(state: str, texts: Texts) -> str:
    """The letter of a state in a language, as ``MARKS`` and their translations begin. Empty for a withheld one."""
    return texts.gettext(MARKS.get(state, ""))[:1]


#: What the legend says where states are withheld; a narrow picture has room for a later one only.
_WITHHELD: tuple[str, ...] = (
    "States are not shown: too few faces were seen well. To show them, use --min-group 1.",
    "States are not shown: too few faces (--min-group 1 shows them).",
    "Not shown: too few faces.",
    "not shown",
)


def annotate(
    image: np.ndarray,
    faces: Faces,
    *,
    legend: bool = True,
    enlarge: bool = False,
    texts: Texts = Texts(),
) -> np.ndarray:
    """The picture with a box and a label for every face; below it, if wanted, the legend with the counts.

    Boxes are dashed where the state is unclear, white and without a label where it is withheld (``views``).
    In a photo a label begins with the face's number, the one in the table.
    A label hangs on its box and keeps away from every other face and label; if there is no room for words they shrink
    to a letter, and if there is no room for a letter only the colour of the box shows the state. All letters have one
    size. The size of the result depends on the picture's size alone (unless ``enlarge``), so that the frames of a video
    fit together.

    Args:
        image: (H, W, 3) uint8 RGB, the picture that the faces were found in.
        faces: what was seen in it.
        legend: add the strip below.
        texts: the language of labels and legend.
        enlarge: make a small picture with small faces up to four times as large, so that boxes and letters are fine.

    Returns:
        (H', W', 3) uint8 RGB.
    """
    from PIL import Image, ImageDraw

    factor = _enlargement(faces) if enlarge else 1
    picture = Image.fromarray(image)
    if factor > 1:
        picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.BICUBIC)
    draw, letters = ImageDraw.Draw(picture), _letters(*picture.size)
    boxes = faces.boxes.astype(np.float64) * factor
    order = np.argsort(boxes[:, 0] - boxes[:, 2], kind="stable")
    for i in order[::-1]:  # small faces first: the box of a near face lies over those behind it
        _box(draw, boxes[i], faces.states[i], letters)
    _labels(draw, faces, boxes, order, picture.size, texts)
    if not legend:
        return np.asarray(picture)
    strip = _legend(picture.width, faces, letters, texts)
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


def _letters(width: int, height: int) -> int:
    """Height of the letters in pixels."""
    return max(round(min(_LETTERS * max(width, height), _OF_SHORTER * min(width, height))), _SMALLEST_LETTERS)


@lru_cache(maxsize=64)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


@lru_cache(maxsize=4096)
def _length(words: str, size: int) -> float:
    return float(_font(size).getlength(drawable(words)))


@lru_cache(maxsize=1024)
def _written(words: str, letters: int) -> Any:
    """Words as a mask of gray levels, remembered, because the same few come back in every frame of a video."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (int(_length(words, letters)) + 4, round(letters * 1.6)))
    ImageDraw.Draw(mask).text((2, mask.height / 2), drawable(words), font=_font(letters), fill=255, anchor="lm")
    return mask


def _write(draw: Any, x: float, y: float, words: str, letters: int, color: tuple[int, int, int]) -> None:
    """Write words from x on, with y as their middle line."""
    mask = _written(words, letters)
    draw.bitmap((round(x) - 2, round(y - mask.height / 2)), mask, fill=color)


@lru_cache
def _color(state: str) -> tuple[int, int, int]:
    return rgb_of(STATE_COLORS[state])


@lru_cache
def ink_on(color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Dark or light, whichever contrasts more."""
    return _DARK if takes_dark_letters(color) else _LIGHT


def _line(side: float, letters: int) -> int:
    """Thickness of the box of a face that is ``side`` pixels wide."""
    return max(round(min(max(letters * _LINE, _THINNEST), side * _OF_FACE)), 1)


def _box(draw: Any, box: np.ndarray, state: str, letters: int) -> None:
    left, top, right, bottom = (float(v) for v in box)
    right, bottom = max(right, left + 3), max(bottom, top + 3)
    line = _line(right - left, letters)
    radius = min(right - left, bottom - top) * 0.1
    if state == UNCLEAR:
        draw.rounded_rectangle((left, top, right, bottom), radius, outline=_DARK, width=line)
        _dashes(draw, (left, top, right, bottom), radius, line, _color(state))
        return
    # A dark rim keeps the colour apart from whatever is behind it.
    rim = 1 + line // 5
    around = (left - rim, top - rim, right + rim, bottom + rim)
    draw.rounded_rectangle(around, radius + rim, outline=_DARK, width=line + 2 * rim)
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


def _words(faces: Faces, i: int, texts: Texts) -> list[str]:
    """What a label may say, the longest first."""
    state, number = faces.states[i], str(i) if faces.time_s is None else ""
    if state == WITHHELD:
        words = []
    elif state == UNCLEAR:
        words = [texts.gettext(faces.reasons[i]), mark_of(state, texts)]
    else:
        mark, share = mark_of(state, texts), f"{faces.confidence[i] * 100:.0f} %"
        shown = texts.gettext(faces.expressions[i]) if faces.expressions[i] else ""
        named = f"{texts.gettext(state)} {share}"
        # What a face of "other" shows, most often a smile, is worth more than the word; the probability is that of other.
        words = [*([f"{shown} ({named})", shown] if shown else [named]), f"{mark} {share}", mark]
    return [*(f"{number}: {said}" for said in words), number] if number else words


def _labels(draw: Any, faces: Faces, boxes: np.ndarray, order: np.ndarray, size: tuple[int, int], texts: Texts) -> None:
    """Write each face's longest words that find a place, large faces first."""
    letters = _letters(*size)
    edges = np.tile(size, 2)
    taken = [np.clip(box, 0, edges) for box in boxes]  # the faces, then the labels as they come
    for i in order:
        if faces.states[i] == UNCLEAR and boxes[i, 2] - boxes[i, 0] < _TINY * letters:
            continue
        others = np.array([box for j, box in enumerate(taken) if j != i]).reshape(-1, 4)
        words = _words(faces, i, texts)
        found = _best(words, taken[i], others, letters, size) if words else None
        if found:
            taken.append(found[0])
            _plate(draw, tuple(found[0]), found[1], _color(faces.states[i]), letters)


def _best(
    choices: list[str], box: np.ndarray, others: np.ndarray, letters: int, size: tuple[int, int]
) -> tuple[np.ndarray, str] | None:
    """The first of some words that finds a free place at its face, with that place; None if none does.

    The last, a letter or a number, may stand close to others where it must.
    """
    side = box[2] - box[0]
    for words, apart in [*((words, _APART * letters) for words in choices), (choices[-1], 0.0)]:
        wide = _length(words, letters) + 2 * _AIR * letters
        if words != choices[-1] and wide > _WIDEST * side:
            continue
        places = _places(box, wide, _PLATE * letters, _line(side, letters))
        inside = (places[:, :2] >= 0).all(axis=1) & (places[:, 2:] <= size).all(axis=1)
        free = places[inside & ~_touch(places, others + apart * _OUTWARD).any(axis=1)]
        if len(free):
            return free[0], words
    return None


def _places(box: np.ndarray, wide: float, high: float, line: float) -> np.ndarray:
    """(K, 4) where a label may hang on the line of a box, the best first: above, below, beside, and inside a large one."""
    left, top, right, bottom = box
    columns = (left, (left + right - wide) / 2, right - wide)
    corners = [(x, y) for y in (top + line - high, bottom - line) for x in columns]
    corners += [(x, y) for x in (right - line, left + line - wide) for y in (top, bottom - high)]
    if high < _SMALL_LABEL * (bottom - top) and wide < right - left:
        corners += [(x, y) for y in (bottom - high, top) for x in columns]
    return np.array([(x, y, x + wide, y + high) for x, y in corners])


def _touch(places: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(K, M) whether each place shares a pixel with each of the others."""
    ends = np.minimum(places[:, None, 2:], others[None, :, 2:])
    return np.asarray((ends > np.maximum(places[:, None, :2], others[None, :, :2])).all(axis=2))


def _plate(draw: Any, plate: tuple[float, ...], words: str, color: tuple[int, int, int], letters: int) -> None:
    draw.rounded_rectangle(plate, letters * _CORNER, fill=color)
    start = (plate[0] + plate[2] - _length(words, letters)) / 2
    _write(draw, start, (plate[1] + plate[3]) / 2, words, letters, ink_on(color))


def _legend(width: int, faces: Faces, letters: int, texts: Texts) -> Any:
    """A Pillow picture: the strip with mark, name and count of each outcome, in as many lines as the width asks for."""
    from PIL import Image, ImageDraw

    margin, row, plate = _MARGIN * letters, _ROW * letters, _PLATE * letters
    counts = faces.counts()
    x, line, places = margin, 0, []
    for state in (*faces.outcomes, UNCLEAR):
        # Room for three digits whatever the count: neither places nor lines change during a video.
        wide = _NAME * letters + _length(f"{texts.gettext(state)} 000", letters) + margin
        if x + wide > width and x > margin:
            x, line = margin, line + 1
        places.append((x, line, state))
        x += wide
    strip = Image.new("RGB", (width, int(row * (line + 1) + margin)), _PAPER)
    draw = ImageDraw.Draw(strip)
    if WITHHELD in faces.states:
        _write_withheld(draw, width, line + 1, letters, texts)
        return strip
    for left, line, state in places:
        y = margin / 2 + row * (line + 0.5)
        mark = (left, y - plate / 2, left + plate, y + plate / 2)
        _plate(draw, mark, mark_of(state, texts), _color(state), letters)
        if state == UNCLEAR:
            _box(draw, np.array(mark), state, letters)
        _write(draw, left + _NAME * letters, y, f"{texts.gettext(state)} {counts[state]}", letters, _DARK)
    if (
        x + _length(_why(faces, texts), letters) + margin <= width
    ):  # only where room is left: the strip's size must not change
        _write(draw, x, y, _why(faces, texts), letters, _SOFT)
    return strip


def _write_withheld(draw: Any, width: int, lines: int, letters: int, texts: Texts) -> None:
    """The box of a face whose state is withheld, and why it is, in the lines that the strip has."""
    margin, row, plate = _MARGIN * letters, _ROW * letters, _PLATE * letters
    left = margin + _NAME * letters
    choices = (_broken(words, width - margin - left, letters) for words in map(texts.gettext, _WITHHELD))
    text = next((text for text in choices if text and len(text) <= lines), [])
    y = margin / 2 + row / 2
    _box(draw, np.array((margin, y - plate / 2, margin + plate, y + plate / 2)), WITHHELD, letters)
    for i, words in enumerate(text):
        _write(draw, left, y + i * row, words, letters, _DARK)


def _broken(words: str, wide: float, letters: int) -> list[str]:
    """Words in lines that are no wider than some pixels; none if a single word is wider."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _length(longer, letters) > wide:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines if max(_length(line, letters) for line in lines) <= wide else []


def _why(faces: Faces, texts: Texts) -> str:
    """How often each reason was given, for example "(3 blurred, 1 not sure)"."""
    counts = {reason: faces.reasons.count(reason) for reason in REASONS}
    parts = [f"{n} {texts.gettext(reason)}" for reason, n in sorted(counts.items(), key=lambda item: -item[1]) if n]
    return f"({', '.join(parts)})" if parts else ""
