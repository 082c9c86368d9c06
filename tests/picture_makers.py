"""Picture files that tests of inputs share: small, made by code, around the one sample face."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from aiducation.media.samples import portrait
from aiducation.vision.detectors import DETECTORS


def small(width: int = 160) -> Image.Image:
    """The sample portrait, small."""
    picture = Image.fromarray(portrait())
    return picture.resize((width, round(width * picture.height / picture.width)), Image.Resampling.LANCZOS)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def animation(kind: str, durations_ms: Sequence[int], *, width: int = 96) -> bytes:
    """The sample portrait moving to the right, a picture a duration."""
    base = np.asarray(small(width))
    pictures = [Image.fromarray(np.roll(base, 6 * i, axis=1)) for i in range(len(durations_ms))]
    options: dict[str, object] = {} if kind == "TIFF" else {"duration": list(durations_ms), "loop": 0}
    if kind in ("PNG", "WEBP"):
        options["lossless" if kind == "WEBP" else "optimize"] = kind == "WEBP"
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:], **options)


def chunk(name: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """A chunk of a PNG file, with its own checksum or another."""
    right = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", right if checksum is None else checksum)


def with_chunk(png: bytes, name: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """A PNG file with one more chunk behind its head."""
    return png[:33] + chunk(name, content, checksum) + png[33:]


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """A JPEG file with one more segment at its beginning."""
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def masked(picture: np.ndarray) -> np.ndarray:
    """The same (H, W, 3) uint8 picture with a light mask over nose, mouth and chin of every face."""
    page = Image.fromarray(picture)
    pen, found = ImageDraw.Draw(page), DETECTORS["yunet"].make(threads=1).detect(picture)
    for (left, _, right, bottom), points in zip(found.boxes, found.landmarks, strict=True):
        x, wide, nose = points[2, 0], right - left, points[2, 1]
        top, down = nose - 0.12 * wide, bottom + 0.03 * wide
        ends = [x - 0.48 * wide, x + 0.48 * wide]
        shape = [(ends[0], nose), (x, top), (ends[1], nose), (x + 0.36 * wide, down), (x - 0.36 * wide, down)]
        pen.polygon(shape, fill=(205, 215, 222))
        for fold in (0.35, 0.55, 0.75):
            y = top + fold * (down - top)
            pen.line([(x - 0.4 * wide, y), (x + 0.4 * wide, y)], fill=(180, 190, 200), width=max(1, int(wide / 60)))
    return np.asarray(page)
