"""Made recordings for measuring: meetings whose people move in still tiles, and a room full of people who walk about.

People are cut out of photos if a folder of them is given, else they are copies of the sample portrait. Nothing of it is real
behaviour: heads sway, nod and come nearer on smooth paths, tiles go dark and come back, and a new layout comes once a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from aiducation.media.samples import portrait

#: Side of a face in a cut-out, and what is cut out around it: left, top, right and bottom in sides from the face's middle.
_SIDE, _AROUND = 96, (-1.1, -1.1, 1.1, 1.6)

#: Photos whose people are taken, and the smallest face that is.
_PHOTOS, _LEAST = ("portrait_grid.jpg", "stadium.jpg", "masks.jpg", "staff_group.jpg", "class_group.jpg"), 36


@dataclass(frozen=True)
class Material:
    """A made recording.

    Attributes:
        name: of its kind.
        width, height: in pixels.
        faces: number of people.
        crowd: whether they walk about in one room instead of sitting in tiles.
        events: whether cameras go off and on, and the layout changes.
    """

    name: str
    width: int
    height: int
    faces: int
    crowd: bool = False
    events: bool = False


MATERIALS = {
    one.name: one
    for one in (
        Material("meeting-10", 1280, 720, 10),
        Material("meeting-10-events", 1280, 720, 10, events=True),
        Material("gallery-25", 1920, 1080, 25),
        Material("gallery-49", 1920, 1080, 49),
        Material("crowd-60", 1280, 720, 60, crowd=True),
        Material("meeting-1", 1280, 720, 1),
        Material("meeting-4", 1280, 720, 4),
        Material("meeting-20", 1280, 720, 20),
        Material("meeting-10-360p", 640, 360, 10),
        Material("meeting-10-1080p", 1920, 1080, 10),
    )
}


@lru_cache(maxsize=2)
def people(folder: Path | None) -> list[Any]:
    """Cut-outs with a soft edge (RGBA), each with a face 96 pixels wide in the same place."""
    found = _from_photos(folder) if folder else []
    if not found:
        face = Image.fromarray(portrait()).crop((96, 40, 436, 550))
        found = [ImageEnhance.Brightness(face).enhance(light) for light in (1.0, 0.8, 1.2)]
        found += [ImageOps.mirror(one) for one in found] + [one.rotate(8) for one in found]
    size = (round(_SIDE * (_AROUND[2] - _AROUND[0])), round(_SIDE * (_AROUND[3] - _AROUND[1])))
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    wide, high = size
    draw.ellipse((wide * 0.16, high * 0.04, wide * 0.84, high * 0.72), fill=255)
    draw.rounded_rectangle((wide * 0.06, high * 0.62, wide * 0.94, high * 1.2), 30, fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(4))
    done = []
    for one in found:
        cut = one.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        cut.putalpha(mask)
        done.append(cut)
    return done


def _from_photos(folder: Path) -> list[Any]:
    from aiducation.vision.detectors import DETECTORS

    detector, found = DETECTORS["yunet"].make(threads=1), []
    for name in _PHOTOS:
        if not (folder / name).is_file():
            continue
        photo = Image.open(folder / name).convert("RGB")
        seen = detector.detect(np.asarray(photo))
        for box, score in zip(seen.boxes, seen.scores, strict=True):
            side = float(box[2] - box[0])
            if side >= _LEAST and score > 0.85:
                middle = (box[:2] + box[2:]) / 2
                edges = [float(middle[i % 2]) + _AROUND[i] * side for i in range(4)]
                if edges[0] >= 0 and edges[1] >= 0 and edges[2] <= photo.width and edges[3] <= photo.height:
                    found.append(photo.crop([round(edge) for edge in edges]))
    return found


def pictures(
    material: Material,
    seconds: float,
    *,
    rate: float = 25,
    folder: Path | None = None,
    seed: int = 0,
    noise: float = 1.5,
) -> Iterator[tuple[float, np.ndarray]]:
    """Times in seconds and pictures (H, W, 3) uint8 RGB of a made recording.

    Args:
        seconds: its length.
        rate: pictures a second.
        folder: with photos of people.
        seed: of everything that is drawn.
        noise: standard deviation of the camera's noise, in gray levels.
    """
    rng = np.random.default_rng(seed)
    cut_outs = people(folder)
    draw = _Crowd(material, cut_outs, rng) if material.crowd else _Gallery(material, cut_outs, rng)
    grain = [rng.normal(0, noise, (material.height, material.width, 1)).astype(np.int8) for _ in range(3)]
    for i in range(round(seconds * rate)):
        picture = draw.at(i / rate).astype(np.int16) + grain[i % 3]
        yield i / rate, np.clip(picture, 0, 255).astype(np.uint8)


class _Person:
    """A cut-out in some sizes, blended into a picture."""

    def __init__(self, cut_out: Any, side: float, rng: np.random.Generator) -> None:
        self.sizes = []
        for size in (0.96, 1.0, 1.05):
            scale = size * side / _SIDE
            small = cut_out.resize((max(round(cut_out.width * scale), 2), max(round(cut_out.height * scale), 2)))
            values = np.asarray(small, np.float32)
            self.sizes.append((values[..., :3] * (values[..., 3:] / 255), 1 - values[..., 3:] / 255))
        self.side = side
        self.phase, self.period = rng.uniform(0, 6.3, 4), rng.uniform(2.5, 9.0, 4)

    def sway(self, time_s: float) -> tuple[float, float, int]:
        """How far it is from its place, in sides of the face, and its size."""
        waves = np.sin(self.phase + 6.283 * time_s / self.period)
        return float(0.12 * waves[0] + 0.06 * waves[1]), float(0.05 * waves[2]), int(np.rint(waves[3] * 0.9)) + 1

    def blend(self, into: np.ndarray, x: float, y: float, size: int) -> None:
        """Draw it with the middle of its face at a place."""
        color, through = self.sizes[size]
        scale = self.side * (0.96, 1.0, 1.05)[size]
        left, top = round(x + _AROUND[0] * scale), round(y + _AROUND[1] * scale)
        right, bottom = left + color.shape[1], top + color.shape[0]
        a, b = max(-left, 0), max(-top, 0)
        part = into[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if part.size:
            rows, columns = slice(b, b + part.shape[0]), slice(a, a + part.shape[1])
            part[:] = part * through[rows, columns] + color[rows, columns]


class _Gallery:
    """Tiles side by side."""

    def __init__(self, material: Material, cut_outs: list[Any], rng: np.random.Generator) -> None:
        self._material, self._rng, self._faces = material, rng, material.faces
        self._cut_outs = [
            cut_outs[int(i)] for i in rng.permutation(np.resize(np.arange(len(cut_outs)), material.faces))
        ]
        self._layout = -1
        self._lay_out(0)

    def _lay_out(self, layout: int) -> None:
        if layout == self._layout:
            return
        self._layout = layout
        wide, high = self._material.width, self._material.height
        columns = int(np.ceil(np.sqrt(self._faces * (1.0 if layout % 2 == 0 else 1.9))))
        rows = -(-self._faces // columns)
        across, down = wide // columns, high // rows
        side = 0.26 * min(across, down * 1.2)
        order = np.roll(np.arange(self._faces), layout)
        self._room = np.full((high, wide, 3), 30, np.uint8)
        self._tiles = []
        for n, who in enumerate(order):
            left, top = n % columns * across + 4, n // columns * down + 4
            color = np.random.default_rng(int(who)).integers(60, 190, (6, 8, 3)).astype(np.uint8)
            wall = Image.fromarray(color).resize((across - 8, down - 8), Image.Resampling.BICUBIC)
            self._room[top : top + down - 8, left : left + across - 8] = np.asarray(wall)
            person = _Person(self._cut_outs[who], side, np.random.default_rng(100 + int(who)))
            self._tiles.append((int(who), left, top, across - 8, down - 8, person))

    def at(self, time_s: float) -> np.ndarray:
        events = self._material.events
        if events:
            self._lay_out(int(time_s // 20))
        picture = self._room.copy()
        for who, left, top, wide, high, person in self._tiles:
            tile = picture[top : top + high, left : left + wide]
            if events and (time_s + 7 * who) % 31 < 5:  # the camera is off
                tile[:] = 44
                continue
            right, down, size = person.sway(time_s)
            person.blend(tile, wide / 2 + right * person.side, high * 0.45 + down * person.side, size)
        return picture


class _Crowd:
    """A room in which people walk from side to side, the near ones in front of the far ones."""

    def __init__(self, material: Material, cut_outs: list[Any], rng: np.random.Generator) -> None:
        small = rng.integers(90, 180, (9, 16, 3)).astype(np.uint8)
        self._room = np.asarray(Image.fromarray(small).resize((material.width, material.height)))
        self._material, self._people = material, []
        rows = 5
        for n in range(material.faces):
            row = n % rows
            side = material.height * (0.042 + 0.008 * row)
            person = _Person(cut_outs[int(rng.integers(len(cut_outs)))], side, rng)
            y = material.height * (0.12 + 0.17 * row)
            start, speed = (n // rows + rng.uniform(0.2, 0.8)) / (material.faces / rows), rng.uniform(-0.25, 0.25)
            self._people.append((person, start, speed * side / material.width, y))

    def at(self, time_s: float) -> np.ndarray:
        picture = self._room.copy()
        for person, start, speed, y in sorted(self._people, key=lambda one: one[3]):
            right, down, size = person.sway(time_s)
            x = (start + speed * time_s) % 1.0 * self._material.width
            person.blend(picture, x + right * person.side, y + down * person.side, size)
        return picture


def write_recording(
    path: Path, material: Material, seconds: float, *, folder: Path | None = None, rate: int = 25
) -> None:
    """Write it as H.264 with the encoder's usual settings and a key frame every ten seconds."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = material.width, material.height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, rate)
        for i, (_, picture) in enumerate(pictures(material, seconds, rate=rate, folder=folder)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
