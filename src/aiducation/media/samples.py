"""Sample pictures with a real face, made from what a dependency carries: nothing is downloaded, and nobody's rights are touched.

The face is Grace Hopper's, in a photograph of the United States Navy (public domain) that Matplotlib ships as sample data.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import missing_extra
from aiducation.files import atomic_path
from aiducation.media.photos import read_photo
from aiducation.media.video_writer import VideoWriter
from aiducation.signature import GENERATOR

#: How the tiles of a gallery differ, so that it shows what is judged and what is not.
_VARIANTS = ("plain", "mirrored", "near", "far", "tilted", "dim", "bright", "blurred", "tiny")


def portrait() -> np.ndarray:
    """(606, 512, 3) uint8 RGB, a portrait.

    Raises:
        MissingExtraError: Matplotlib, which carries it, is not installed.
    """
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise missing_extra("matplotlib", "sample")
    return read_photo(Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg")


def gallery(columns: int, rows: int, *, width: int = 1280, height: int = 720, shift: float = 0.0) -> np.ndarray:
    """A meeting's gallery of tiles, every one with the same face in another way.

    Args:
        columns, rows: of tiles.
        width, height: of the whole in pixels.
        shift: how far heads have moved, in tiles; a recording changes it from frame to frame.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    from PIL import Image

    source = Image.fromarray(portrait())
    page = Image.new("RGB", (width, height), (32, 34, 38))
    wide, high, gap = width // columns, height // rows, max(2, width // 320)
    for i in range(columns * rows):
        sway = shift * float(np.sin(i * 2.4 + 40 * shift)) * 0.1
        tile = _tile(source, _VARIANTS[i % len(_VARIANTS)], wide - 2 * gap, high - 2 * gap, sway)
        page.paste(tile, (i % columns * wide + gap, i // columns * high + gap))
    return np.asarray(page)


def _tile(source: Any, variant: str, wide: int, high: int, sway: float) -> Any:
    """The portrait fitted to a tile, changed as the variant says; the head's centre is at 52 % across and 34 % down."""
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps

    size = {"near": 0.36, "far": 0.95, "tiny": 2.4}.get(variant, 0.5)  # of the cut-out, in heights of the portrait
    side = source.height * size
    x, y = source.width * (0.52 + sway), source.height * 0.34
    across = side * wide / high
    box = (round(x - across / 2), round(y - side / 2), round(x + across / 2), round(y + side / 2))
    backdrop = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), (96, 104, 112))
    backdrop.paste(source, (-box[0], -box[1]))
    if variant == "tilted":
        backdrop = backdrop.rotate(22, resample=Image.Resampling.BILINEAR, fillcolor=(96, 104, 112))
    tile = backdrop.resize((wide, high), Image.Resampling.LANCZOS)
    if variant == "mirrored":
        tile = ImageOps.mirror(tile)
    elif variant == "dim":
        tile = ImageEnhance.Brightness(tile).enhance(0.3)
    elif variant == "bright":
        tile = ImageEnhance.Brightness(tile).enhance(1.5)
    elif variant == "blurred":
        tile = tile.filter(ImageFilter.GaussianBlur(high / 22))
    return tile


def frames(columns: int, rows: int, *, seconds: float, rate: int = 25) -> Iterator[tuple[float, np.ndarray]]:
    """Times and pictures of a gallery whose heads sway; few different pictures, in a loop, so that they are made fast."""
    loop = [gallery(columns, rows, shift=float(s)) for s in np.linspace(0, 1, 12)]
    for i in range(round(seconds * rate)):
        at = (i // 5) % 22
        yield i / rate, loop[at if at < 12 else 22 - at]


def write_samples(folder: Path) -> list[Path]:
    """Write ``gallery.jpg`` (nine tiles) and ``meeting.mp4`` (eight seconds) into a folder."""
    from PIL import Image

    picture, video = folder / "gallery.jpg", folder / "meeting.mp4"
    with atomic_path(picture) as temporary:
        Image.fromarray(gallery(3, 3)).save(temporary, "JPEG", quality=92)
    with VideoWriter(video, 1280, 720, comment=f"sample of {GENERATOR}") as writer:  # an input, no result
        for time_s, image in frames(3, 3, seconds=8):
            writer.write(image, time_s)
    return [picture, video]
