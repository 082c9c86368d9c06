"""Sample pictures with real faces, made from pictures in installed packages: nothing is downloaded, and all of them are
in the public domain.

The faces are those of Grace Hopper, in a photograph of the United States Navy that Matplotlib ships as sample data, and Eileen
Collins, in a photograph of NASA that scikit-image ships. Both photographs are in the public domain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import missing_extra
from aiducation.files import atomic_path
from aiducation.media.photos import read_photo
from aiducation.media.video_writer import VideoWriter
from aiducation.signature import GENERATOR

#: Pictures of a sample recording in a second.
_RATE = 25

#: How the tiles of a gallery differ, so that it shows what is judged and what is not.
_VARIANTS = ("plain", "mirrored", "near", "far", "tilted", "dim", "bright", "blurred", "tiny")

#: Whose face is in each of them, so that every face can be found.
_TURNS = (0, 1, 0, 1, 0, 1, 1, 0, 0)


@dataclass(frozen=True)
class _Portrait:
    """Where a portrait is, and the head in it.

    Attributes:
        package, path: the package that carries it, and its place there.
        x, y: centre of the head, as shares of width and height.
        side: of the part that a tile shows, as a share of the height.
    """

    package: str
    path: str
    x: float
    y: float
    side: float

    def read(self) -> np.ndarray:
        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            raise missing_extra({"skimage": "scikit-image"}.get(self.package, self.package), "sample")
        return read_photo(Path(spec.origin).parent / self.path)


#: A calm face and one that smiles.
_PORTRAITS = (
    _Portrait("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", x=0.52, y=0.34, side=0.5),
    _Portrait("skimage", "data/astronaut.png", x=0.435, y=0.235, side=0.43),
)


def portrait() -> np.ndarray:
    """(606, 512, 3) uint8 RGB, a portrait.

    Raises:
        MissingExtraError: Matplotlib, which carries it, is not installed.
    """
    return _PORTRAITS[0].read()


def gallery(
    columns: int, rows: int, *, width: int = 1280, height: int = 720, shift: float = 0.0, people: int = 1
) -> np.ndarray:
    """The gallery view of a meeting, with tiles whose faces all look different.

    Args:
        columns, rows: of tiles.
        width, height: of the whole in pixels.
        shift: how far heads have moved, in tiles; a recording changes it from frame to frame.
        people: 1 or 2 persons, in turns.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        MissingExtraError: a package that carries a portrait is not installed.
    """
    from PIL import Image

    sources = [(one, Image.fromarray(one.read())) for one in _PORTRAITS[:people]]
    page = Image.new("RGB", (width, height), (32, 34, 38))
    wide, high, gap = width // columns, height // rows, max(2, width // 320)
    for i in range(columns * rows):
        sway = shift * float(np.sin(i * 2.4 + 40 * shift)) * 0.1
        tile = _tile(
            *sources[_TURNS[i % len(_TURNS)] % people],
            _VARIANTS[i % len(_VARIANTS)],
            wide - 2 * gap,
            high - 2 * gap,
            sway,
        )
        page.paste(tile, (i % columns * wide + gap, i // columns * high + gap))
    return np.asarray(page)


def _tile(one: _Portrait, source: Any, variant: str, wide: int, high: int, sway: float) -> Any:
    """The portrait fitted to a tile, changed as the variant says."""
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps

    side = source.height * one.side * {"near": 0.72, "far": 1.9, "tiny": 4.8}.get(variant, 1.0)
    x, y = source.width * (one.x + sway), source.height * one.y
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


def frames(columns: int, rows: int, *, seconds: float, people: int = 1) -> Iterator[tuple[float, np.ndarray]]:
    """Times and pictures of a gallery whose heads sway; few different pictures, in a loop, so that they are made fast."""
    loop = [gallery(columns, rows, shift=float(s), people=people) for s in np.linspace(0, 1, 12)]
    for i in range(round(seconds * _RATE)):
        at = (i // 5) % 22
        yield i / _RATE, loop[at if at < 12 else 22 - at]


def write_samples(folder: Path) -> list[Path]:
    """Write ``gallery.jpg`` (nine tiles) and ``meeting.mp4`` (eight seconds) into a folder.

    Raises:
        MissingExtraError: a package that carries a portrait is not installed.
    """
    return [write_photo(folder / "gallery.jpg"), write_recording(folder / "meeting.mp4")]


def write_photo(path: Path) -> Path:
    """Write the sample photo as a JPEG file; gives its path. Raises as ``write_samples``."""
    from PIL import Image

    with atomic_path(path) as temporary:
        Image.fromarray(gallery(3, 3, people=2)).save(temporary, "JPEG", quality=92)
    return path


def write_recording(path: Path) -> Path:
    """Write the sample recording as an MP4 file; gives its path. Raises as ``write_samples``."""
    with VideoWriter(path, 1280, 720, comment=f"sample of {GENERATOR}") as writer:  # an input, no result
        for time_s, image in frames(3, 3, seconds=8, people=2):
            writer.write(image, time_s)
    return path
