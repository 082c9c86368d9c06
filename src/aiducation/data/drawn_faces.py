"""How the synthetic faces are drawn: polygons for hair, head, eyes, brows, nose and mouth, then light, blur and noise."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from aiducation.preprocess import SIDE

#: x and y, (N, P) or (1, P) each, in face coordinates.
Curve: TypeAlias = tuple[np.ndarray, np.ndarray]

_SUPERSAMPLING = 4
_TURN = np.linspace(0, 2 * np.pi, 49)[None]  # once around, for circles


def draw_faces(geometry: np.ndarray, blurred: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pictures (N, 48, 48) uint8 of faces, each with a look of its own.

    Args:
        geometry: (N, 8), where brows, lids and mouth stand; the columns are those of ``synthetic.EXPRESSIONS``.
        blurred: (N,) bool, faces out of focus.
        rng: draws looks, poses, light and noise.
    """
    n = len(geometry)
    angle, stretch = np.radians(rng.normal(0, 6, n)), rng.normal(1, 0.04, n)
    scale = rng.normal(18.6, 1.2, n).clip(15.5, 21)
    # From face coordinates (half head heights, x to the right, y down) to pixels.
    turned = np.array([[np.cos(angle) * stretch, -np.sin(angle)], [np.sin(angle) * stretch, np.cos(angle)]])
    matrix = np.moveaxis(scale * turned, 2, 0)
    centre = SIDE / 2 + np.stack([rng.normal(0, 1.2, n), rng.normal(0.4, 1.2, n)], axis=1)

    canvas = _Canvas(n)
    _add_face(canvas, geometry, rng)
    lit = _light(canvas.paint(rng.uniform(60, 225, n), matrix, centre), rng)
    lit += rng.uniform(0, 0.5, (n, 1, 1)).astype(np.float32) * (_blur(lit) - lit)
    for _ in range(14):
        lit[blurred] = _blur(lit[blurred])
    noise = rng.standard_normal(lit.shape, dtype=np.float32) * rng.uniform(1, 4, (n, 1, 1)).astype(np.float32)
    return (lit + noise).clip(0, 255).astype(np.uint8)


def _back(x: np.ndarray, y: np.ndarray) -> Curve:
    """A curve from its end to its start: the second side of a shape between two curves."""
    x, y = np.broadcast_arrays(x, y)
    return x[:, ::-1], y[:, ::-1]


class _Canvas:
    """Polygons of N pictures, collected for all of them at once and painted in the order of their adding."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._shapes: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, tone: np.ndarray, *curves: Curve, shown: np.ndarray | None = None) -> None:
        """Add a polygon along curves, one after the other, with a tone (N,) in 0 to 255, where shown (N,)."""
        parts = [np.stack(np.broadcast_arrays(x, y, np.empty((self._n, 1)))[:2], axis=2) for x, y in curves]
        shown = np.ones(self._n, dtype=bool) if shown is None else shown
        self._shapes.append((np.concatenate(parts, axis=1), tone, shown))

    def stroke(self, tone: np.ndarray, curve: Curve, width: np.ndarray, shown: np.ndarray | None = None) -> None:
        """Add a line along a curve, its width (N, P) varying along it."""
        x, y, width = np.broadcast_arrays(*curve, width)
        dx, dy = np.gradient(x, axis=1), np.gradient(y, axis=1)
        half = width / 2 / np.hypot(dx, dy).clip(1e-9)
        self.add(tone, (x - dy * half, y + dx * half), _back(x + dy * half, y - dx * half), shown=shown)

    def paint(self, background: np.ndarray, matrix: np.ndarray, centre: np.ndarray) -> np.ndarray:
        """The pictures (N, 48, 48) float32."""
        shapes = []
        for points, tone, shown in self._shapes:
            corners = (points @ matrix.transpose(0, 2, 1) + centre[:, None]) * _SUPERSAMPLING
            shapes.append((corners.reshape(self._n, -1), tone.astype(int).tolist(), shown.tolist()))
        pictures = np.empty((self._n, SIDE, SIDE), dtype=np.float32)
        for i in range(self._n):
            image = Image.new("L", (SIDE * _SUPERSAMPLING, SIDE * _SUPERSAMPLING), int(background[i]))
            draw = ImageDraw.Draw(image)
            for corners, tones, shown in shapes:
                if shown[i]:
                    draw.polygon(corners[i].tolist(), fill=tones[i])
            pictures[i] = np.asarray(image.reduce(_SUPERSAMPLING))
        return pictures


class _Look:
    """What stays in a person whatever the expression: tones (N,) from 0 to 255, sizes (N, 1) in half head heights."""

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        self.skin = rng.uniform(90, 215, n)
        hair = np.where(rng.random(n) < 0.15, rng.uniform(130, 210, n), rng.uniform(18, 95, n))
        self.hair = np.where(np.abs(hair - self.skin) < 30, 0.6 * hair, hair)  # or it would not be seen
        self.shirt = rng.uniform(30, 230, n)
        self.width = rng.uniform(0.70, 0.84, (n, 1))
        self.jaw = rng.uniform(0.08, 0.30, (n, 1))
        self.eye_distance = rng.uniform(0.30, 0.35, (n, 1))
        self.gaze = rng.normal(0, 0.02, (n, 1))
        self.bald = rng.random(n) < 0.08
        self.long_hair = (rng.random(n) < 0.4) & ~self.bald
        self.beard = (rng.random(n) < 0.2) & ~self.long_hair
        self.glasses = rng.random(n) < 0.14

    def outline(self, angle: np.ndarray, size: float | np.ndarray = 1.0) -> Curve:
        """Points of the head's edge: angle 0 is the top, a quarter turn the side, half a turn the chin."""
        x, y = self.width * np.sin(angle), -np.cos(angle)
        return size * x * (1 - self.jaw * y.clip(0) ** 2), size * y

    def shade(self, amount: float) -> np.ndarray:
        """The skin's tone, darkened by a share."""
        return self.skin * (1 - amount)


def _add_face(canvas: _Canvas, geometry: np.ndarray, rng: np.random.Generator) -> None:
    """Add all the polygons of the faces, from back to front."""
    look = _Look(len(geometry), rng)
    geometry = geometry + rng.normal(0, (0.022, 0.022, 0.07, 0.05, 0.022, 0.012, 0.018, 0.08), geometry.shape)
    inner, outer, opening, squint, corners, gape, mouth, folds = (column[:, None] for column in geometry.T)
    _add_head(canvas, look, rng)
    for sign in (-1, 1):
        _add_eye(canvas, look, sign, opening.clip(0.3), squint.clip(0, 0.8))
        _add_brow(canvas, look, sign, inner, outer)
    _add_nose(canvas, look, folds.clip(0, 1), rng)
    _add_mouth(canvas, look, corners, gape.clip(0), mouth)


def _add_head(canvas: _Canvas, look: _Look, rng: np.random.Generator) -> None:
    """Hair behind, neck and shirt, ears, head, beard, hair in front."""
    size = look.width.shape
    top = rng.uniform(1.10, 1.20, size)
    curl = rng.choice([0, 0, 0.035], size)
    waves = 1 + curl * np.sin(14 * _TURN)
    x, y = look.outline(_TURN, top)
    fall = np.where(y > 0, rng.uniform(0.7, 1.5, size), 1)
    canvas.add(look.hair * 0.8, (1.1 * x * waves, y * fall * waves), shown=look.long_hair)
    bun = 0.30 * np.sin(_TURN), -1.17 - 0.27 * np.cos(_TURN)
    canvas.add(look.hair * 0.9, bun, shown=look.long_hair & (rng.random(len(x)) < 0.2))
    canvas.add(look.shade(0.18), (np.array([[-0.36, 0.36, 0.44, -0.44]]), np.array([[0.5, 0.5, 1.6, 1.6]])))
    canvas.add(look.shirt, (1.45 * np.sin(_TURN), 1.78 - 0.68 * np.cos(_TURN)))
    for sign in (-1, 1):
        canvas.add(look.shade(0.12), (sign * look.width * 1.01 + 0.11 * np.sin(_TURN), 0.02 - 0.19 * np.cos(_TURN)))
    x, y = look.outline(_TURN)
    canvas.add(look.shade(0.09), (x, y))
    canvas.add(look.skin, (0.9 * x, 0.93 * y - 0.03))

    across = np.linspace(-1, 1, 24)[None]
    jaw = look.outline(np.linspace(0.56, 1.44, 32)[None] * np.pi, 1.02)
    moustache = 0.96 * look.width * across, 0.43 - 0.28 * np.abs(across) ** 5 - 0.03 * np.cos(3 * across)
    canvas.add(0.55 * look.skin + 0.45 * look.hair, jaw, moustache, shown=look.beard)
    temple = rng.uniform(0.40, 0.55, size) * np.pi
    upper = np.linspace(1, -1, 48)[None] * temple
    x, y = look.outline(upper, top)
    hairline = rng.uniform(-0.75, -0.45, size)
    fringe = hairline - (np.cos(temple) + hairline) * np.abs(across) ** rng.uniform(2, 6, size)
    fringe += rng.uniform(-0.16, 0.16, size) * across * (1 - across**2) + 1.2 * curl * np.sin(12 * across)
    waves = 1 + curl * np.sin(14 * upper)
    canvas.add(look.hair, (x * waves, y * waves), (0.98 * look.width * across, fringe), shown=~look.bald)


def _add_eye(canvas: _Canvas, look: _Look, sign: int, opening: np.ndarray, squint: np.ndarray) -> None:
    """White, iris and pupil between the two lids, and glasses around them."""
    x0, y0 = sign * look.eye_distance, -0.10
    half, height = 0.175, 0.115

    def lids(dx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        arch = 1 - (dx / half).clip(-1, 1) ** 2
        upper = -height * opening * arch**0.7
        return upper, np.maximum(upper, height * (0.75 - 0.8 * squint) * arch)

    dx = half * np.linspace(-1, 1, 17)[None]
    arch = 1 - (dx / half) ** 2
    upper, lower = lids(dx)
    canvas.stroke(look.shade(0.16), (x0 + dx, y0 - 0.12 - 0.05 * arch), 0.06 * arch)
    canvas.add(190 + 0.25 * look.skin, (x0 + dx, y0 + upper), _back(x0 + dx, y0 + lower))
    for radius, tone in ((0.105, 50.0), (0.05, 12.0)):
        iris_x, iris_y = look.gaze + radius * np.sin(_TURN), -radius * np.cos(_TURN) - 0.015
        canvas.add(np.full(len(look.skin), tone), (x0 + iris_x, y0 + iris_y.clip(*lids(iris_x))))
    canvas.stroke(look.skin * 0.25, (x0 + dx, y0 + upper), 0.055 * (0.4 + 0.6 * arch))
    canvas.stroke(look.shade(0.3), (x0 + dx, y0 + lower), 0.025 * arch)
    rim = x0 + 0.25 * np.sin(_TURN), y0 + 0.03 - 0.2 * np.cos(_TURN)
    canvas.stroke(look.hair * 0.3 + 20, rim, np.array([[0.04]]), look.glasses)


def _add_brow(canvas: _Canvas, look: _Look, sign: int, inner: np.ndarray, outer: np.ndarray) -> None:
    along = np.linspace(0, 1, 12)[None]
    x = sign * (look.eye_distance - 0.19 + 0.42 * along)
    y = -0.40 + inner * (1 - along) ** 1.3 + outer * along - 0.06 * np.sin(np.pi * along)
    canvas.stroke(0.75 * look.hair.clip(0, 110) + 0.15 * look.skin, (x, y), 0.10 * (1 - 0.6 * along**2))


def _add_nose(canvas: _Canvas, look: _Look, folds: np.ndarray, rng: np.random.Generator) -> None:
    along, across = np.linspace(0, 1, 10)[None], np.linspace(-1, 1, 12)[None]
    side = rng.choice([-1, 1], look.width.shape)
    canvas.stroke(look.shade(0.16), (side * (0.06 + 0.07 * along**2), -0.12 + 0.38 * along), 0.05 * along)
    canvas.stroke(look.shade(0.38), (0.13 * across, 0.32 - 0.03 * across**2), 0.055 * (1.2 - across**2))
    for sign in (-1, 1):
        fold = sign * (0.19 + 0.20 * along**1.2), 0.24 + 0.32 * along
        canvas.stroke(look.shade(0.22), fold, 0.07 * folds * np.sin(np.pi * along))


def _add_mouth(canvas: _Canvas, look: _Look, corners: np.ndarray, gape: np.ndarray, half: np.ndarray) -> None:
    """Lips, the dark between them, teeth in a smile, and a shadow below."""
    along = -np.cos(np.linspace(0, np.pi, 21))[None]
    arch = (1 - along**2) ** 0.65
    x = half * along
    middle = 0.57 - corners * (along**2 - 0.4)
    top, bottom = middle - 0.5 * gape * arch, middle + gape * arch
    canvas.add(look.shade(0.28), (x, top - 0.055 * arch), _back(x, bottom + 0.085 * arch))
    canvas.add(look.skin * 0.2, (x, top), _back(x, bottom))
    smiling = (gape[:, 0] > 0.05) & (corners[:, 0] > 0.05)
    canvas.add(205 + 0.15 * look.skin, (x, top), _back(x, top + (bottom - top).clip(0, 0.11)), shown=smiling)
    canvas.stroke(look.skin * 0.35, (1.04 * x, np.where(gape > 0.05, top, middle)), 0.05 * (0.5 + 0.5 * arch))
    canvas.stroke(look.shade(0.14), (0.5 * x, bottom + 0.17), 0.04 * arch)


def _light(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The pictures (N, 48, 48), lit as if on a ball half as wide again, with varied contrast and brightness."""
    n = len(pictures)
    v, u = ((np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE - 0.5).astype(np.float32) * 1.3
    angle, tilt = rng.uniform(-np.pi, 0, n), rng.uniform(0.1, 0.9, n)
    light = np.stack([np.cos(angle) * np.sin(tilt), np.sin(angle) * np.sin(tilt), np.cos(tilt)])
    lx, ly, lz = light.astype(np.float32)[:, :, None, None]
    lambert = (lx * u + ly * v + lz * np.sqrt(1 - u**2 - v**2)).clip(0)
    contrast = rng.uniform(0.85, 1.25, (n, 1, 1)).astype(np.float32)
    brightness = rng.normal(128, 9, (n, 1, 1)).astype(np.float32)
    return np.asarray((pictures * (0.4 + 0.7 * lambert) - 115) * contrast + brightness)


def _blur(pictures: np.ndarray) -> np.ndarray:
    """Each pixel averaged with its neighbours (weights 1, 2, 1 along both axes), the edges repeated."""
    before, after = (np.arange(SIDE) - 1).clip(0), (np.arange(SIDE) + 1).clip(max=SIDE - 1)
    for axis in (1, 2):
        pictures = (pictures.take(before, axis) + 2 * pictures + pictures.take(after, axis)) / 4
    return pictures


def draw_textures(n: int, rng: np.random.Generator) -> np.ndarray:
    """Pictures (N, 48, 48) uint8 without a face: waves, some of them under heavy noise."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    across, down = rng.uniform(-4, 4, (2, n, 1, 1))
    waves = rng.uniform(60, 195, (n, 1, 1)) + 50 * np.sin(2 * np.pi * (across * x + down * y))
    noise = rng.normal(0, 1, (n, SIDE, SIDE)) * rng.choice([2, 60], (n, 1, 1))
    return np.asarray((waves + noise).clip(0, 255), dtype=np.uint8)
