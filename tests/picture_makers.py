"""Picture files that tests of inputs share: small, made by code, around the one sample face."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from aiducation.media.samples import portrait


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
