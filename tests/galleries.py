"""Made meeting galleries with names on their tiles, in the manner of several programs, and what OCR reads in a picture."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aiducation.media.samples import portrait

TESSERACT = shutil.which("tesseract")

NAMES = (
    "Anna Bergmann", "Marco Rossi", "Priya Sharma", "John Whitfield", "Sofia Lindqvist", "Kenji Tanaka", "Fatima Haddad",
    "Lucas Moreau", "Elena Petrova", "Samuel Okafor", "Maria Gonzalez", "David Thompson", "Ingrid Larsen", "Ahmed Mansour",
)  # fmt: skip

#: Where a program writes names, and what a tile without a camera shows: a name or initials in a circle.
STYLES = {
    "zoom": ("bottom left, on a plate", "name"),
    "teams": ("bottom left, on a rounded plate", "initials"),
    "meet": ("bottom left, without a plate", "initials"),
    "bigbluebutton": ("bottom centre, on a plate", "name"),
    "top": ("top centre, on a plate", "name"),
}

_DARK = {"page": (28, 30, 34), "tile": (44, 48, 54), "plate": (22, 22, 24), "ink": (240, 240, 240)}
_LIGHT = {"page": (243, 244, 246), "tile": (222, 226, 232), "plate": (246, 246, 246), "ink": (24, 26, 30)}


@dataclass(frozen=True)
class Meeting:
    """A picture of a meeting: (H, W, 3) uint8 RGB, and the names in it."""

    picture: np.ndarray
    names: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        """Parts of names, in small letters."""
        return {part.lower() for name in self.names for part in name.split()}


def meeting(
    tiles: int, style: str, *, width: int = 1280, height: int = 720, dark: bool = True, speaker: bool = False
) -> Meeting:
    """A gallery with so many tiles, every third without a camera; or one large tile beside a strip of the others."""
    colors = _DARK if dark else _LIGHT
    page = Image.new("RGB", (width, height), colors["page"])
    boxes = _strip(tiles, width, height) if speaker else _grid(tiles, width, height)
    names = tuple(NAMES[i % len(NAMES)] for i in range(len(boxes)))
    for i, (box, name) in enumerate(zip(boxes, names, strict=True)):
        _tile(page, box, name, style, colors, camera=i % 3 != 2)
    return Meeting(np.asarray(page), names)


def _grid(tiles: int, width: int, height: int) -> list[tuple[int, int, int, int]]:
    columns = int(np.ceil(np.sqrt(tiles)))
    rows, gap = -(-tiles // columns), max(2, width // 160)
    wide, high = (width - gap) // columns - gap, (height - gap) // rows - gap
    return [(gap + i % columns * (wide + gap), gap + i // columns * (high + gap), wide, high) for i in range(tiles)]


def _strip(tiles: int, width: int, height: int) -> list[tuple[int, int, int, int]]:
    gap, side = max(2, width // 160), width // 6
    high = (height - gap) // max(tiles - 1, 1) - gap
    strip = [(width - side - gap, gap + i * (high + gap), side, high) for i in range(tiles - 1)]
    return [(gap, gap, width - side - 3 * gap, height - 2 * gap), *strip]


def _tile(
    page: Any, box: tuple[int, int, int, int], name: str, style: str, colors: dict[str, Any], *, camera: bool
) -> None:
    x, y, wide, high = box
    letters = max(10, min(round(high * 0.09), round(page.height / 32)))
    draw = ImageDraw.Draw(page)
    if camera:
        page.paste(_face(wide, high), (x, y))
    else:
        draw.rectangle((x, y, x + wide, y + high), fill=colors["tile"])
        _without_camera(draw, box, name, letters, colors, initials=STYLES[style][1] == "initials")
    font, pad = ImageFont.load_default(letters), letters * 0.4
    long = font.getlength(name)
    middle = style in ("bigbluebutton", "top")
    left = x + (wide - long) / 2 if middle else x + 2 * pad
    line = y + letters if style == "top" else y + high - letters * 1.1
    plain = style == "meet"
    if not plain:
        plate = (left - pad, line - letters * 0.75, left + long + pad, line + letters * 0.75)
        draw.rounded_rectangle(plate, 4 if style == "teams" else 0, fill=colors["plate"])
    ink = (255, 255, 255) if plain and camera else colors["ink"]
    draw.text((left, line), name, font=font, fill=ink, anchor="lm")


def _face(wide: int, high: int) -> Any:
    """The sample face, fitted to a tile."""
    across = 512
    down = across * high / wide
    top = max(0, 230 - down / 2)
    return Image.fromarray(portrait()).crop((0, round(top), across, round(top + down))).resize((wide, high))


def _without_camera(
    draw: Any, box: tuple[int, int, int, int], name: str, letters: int, colors: dict[str, Any], *, initials: bool
) -> None:
    x, y, wide, high = box
    middle = (x + wide / 2, y + high / 2)
    if not initials:
        draw.text(middle, name, font=ImageFont.load_default(letters * 1.4), fill=colors["ink"], anchor="mm")
        return
    radius = min(wide, high) * 0.24
    draw.ellipse((middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius), fill=(98, 100, 167))
    short = "".join(part[0] for part in name.split())
    draw.text(middle, short, font=ImageFont.load_default(radius * 0.9), fill=(255, 255, 255), anchor="mm")


def read_by_ocr(picture: np.ndarray) -> set[str]:
    """Words of three letters or more, in small ones, that Tesseract reads in a picture; made twice as large where it is small."""
    image = Image.fromarray(picture)
    if image.width < 1900:
        image = image.resize((image.width * 2, image.height * 2), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "PPM")
    command = [str(TESSERACT), "-", "-", "--psm", "11"]
    done = subprocess.run(
        command, input=file.getvalue(), capture_output=True, check=True, env={"OMP_THREAD_LIMIT": "1"}
    )
    return {word.lower() for word in re.findall(r"[A-Za-z]{3,}", done.stdout.decode())}
