"""Cuts: where a recording continues with another scene, so that faces before and after a cut are not linked by
mistake.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from aiducation.geometry import same_shape
from aiducation.observations.faces import Faces
from aiducation.words import clock

#: Rows and columns of the small copies that are compared, and the sides of the cells into which each is divided.
_ROWS, _COLUMNS, _CELL = 56, 96, 8
SCENE_SHAPE = _ROWS, _COLUMNS, 3

#: Variance of gray levels below which a cell is flat and says nothing, and the noise of cameras and encoders.
_FLAT, _NOISE = 16.0, 4.0

#: A cell is still there if its gray levels correlate so well with those before, at its place or a pixel beside it. The scene
#: is the same if this holds for so many cells: light may change, people may move, but the room stays.
_CORRELATION, _STILL_THERE = 0.7, 0.5

#: How far a cell is searched for in the picture before, in rows and columns of a copy of half the size: a sixth of the picture,
#: for a camera that turns or a person who fills the picture. It is found where so little of its variance differs.
_UP_DOWN, _SIDEWAYS, _DIFFERENCE, _LEVELS = 4, 8, 0.5, 12.0

#: Shares of cells found again: below the first it is another scene for sure; below the second, or below this part of the usual
#: share where a camera moves all the time, it is one if the colours are others as well, by so many levels.
#: In real clips at intervals of 0.1 to 2 s, cuts have 0 to 0.35; moving people and cameras have 0.29 and more and
#: change the colours by 3.3 levels at most (``benchmarks/cuts.py``).
_SURELY, _FOUND, _USUAL, _COLORS = 0.2, 0.36, 0.65, 4.0

#: A dissolve: neighbours resemble each other, but pictures this many seconds apart do not, and one between them is a mixture of
#: both: what is left unexplained of it is less than this part of their difference. Moving people leave 0.2 and more.
_DISSOLVE_S, _UNEXPLAINED = (0.9, 1.7), 0.05

#: The same for a picture of another shape: a window then shows more or less of its surroundings, which changes the colours of the
#: sample meeting by 9 levels.
_OTHER_COLORS = 15.0

#: Seconds of the past that the answer depends on.
MEMORY_S = 5.0

#: A face goes on over a cut if the picture around it stayed: a camera beside slides. Correlation of colours, difference in gray
#: levels, and sides of the face that are compared on each side of it.
_SAME_PLACE, _SAME_LEVEL, _AROUND = 0.8, 25.0, 0.5


#: Where a cell is looked for first, in rows and columns of a copy that is one pixel larger all around, and where as well.
_HERE = [(1, 1)]
_BESIDE = [(down, right) for down in range(3) for right in range(3)]

#: Cuts that are listed in a note at most.
_LISTED = 6


class Scene:
    """A picture as it is compared: 96x56 colours, held in memory until the next few are seen and never stored.

    Args:
        image: (H, W, 3) uint8 RGB.
    """

    def __init__(self, image: np.ndarray) -> None:
        from PIL import Image

        step = max(min(image.shape[0] // (2 * _ROWS), image.shape[1] // (2 * _COLUMNS)), 1)
        few = Image.fromarray(np.ascontiguousarray(image[::step, ::step]))
        self.colors = np.asarray(few.resize((_COLUMNS, _ROWS), Image.Resampling.BOX)).astype(np.float32)
        self.size = image.shape[1], image.shape[0]

    @classmethod
    def of(cls, colors: np.ndarray, size: tuple[int, int]) -> Scene:
        """The scene with these (56, 96, 3) ``colors``, whole gray levels, of a picture of that width and height."""
        scene = cls.__new__(cls)
        scene.colors, scene.size = colors.astype(np.float32), size
        return scene

    @cached_property
    def gray(self) -> np.ndarray:
        """(56, 96) float32 gray levels."""
        return np.asarray(self.colors @ np.array([0.299, 0.587, 0.114], np.float32))

    @cached_property
    def half(self) -> np.ndarray:
        """(28, 48, 3) float32, the colours once more in half the size."""
        return np.asarray(self.colors.reshape(_ROWS // 2, 2, _COLUMNS // 2, 2, 3).mean(axis=(1, 3)))

    @cached_property
    def deviations(self) -> tuple[np.ndarray, np.ndarray]:
        """(84, 64) gray levels of each cell against their mean, and (84,) their variances."""
        return _deviations(self.gray)

    @property
    def says_something(self) -> bool:
        """Whether there is anything to compare: a black picture, as between two scenes, has nothing."""
        return bool((self.deviations[1] > _FLAT).mean() > 0.05)


@dataclass(frozen=True)
class Cut:
    """A cut between two pictures."""

    before: Scene
    after: Scene

    def stays(self, boxes: np.ndarray) -> np.ndarray:
        """(N,) bool, which faces stand in a part of the picture that is the same before and after.

        Args:
            boxes: (N, 4) left, top, right, bottom in pixels of the picture after the cut.
        """
        return np.array([self._same(box) for box in boxes.astype(np.float64)], dtype=bool)

    def _same(self, box: np.ndarray) -> bool:
        scale = np.tile(np.array([_COLUMNS, _ROWS]) / self.after.size, 2)
        left, top, right, bottom = box * scale
        wide, high = max((right - left) * (1 + 2 * _AROUND), 8.0), max((bottom - top) * (1 + 2 * _AROUND), 8.0)
        x, y = (left + right) / 2, (top + bottom) / 2
        rows = slice(max(round(y - high / 2), 0), max(round(y + high / 2), 0))
        columns = slice(max(round(x - wide / 2), 0), max(round(x + wide / 2), 0))
        before, after = self.before.colors[rows, columns], self.after.colors[rows, columns]
        if before.size < 3 * 16:
            return False
        gap = abs(before.mean(axis=(0, 1)) - after.mean(axis=(0, 1))).max()
        one, two = before - before.mean(axis=(0, 1)), after - after.mean(axis=(0, 1))
        alike = (one * two).mean() / np.sqrt(((one * one).mean() + _NOISE) * ((two * two).mean() + _NOISE))
        return bool(gap < _SAME_LEVEL and alike > _SAME_PLACE)


class CutWatch:
    """Finds the cuts in pictures that come one after the other, from the past alone, so that it also works live.

    Cells of the picture are looked for in the picture before. Light, moving people, somebody close to the camera and a turning
    camera leave many to be found; another scene, a gallery whose tiles find new places and the start of a shared screen do not.
    """

    def __init__(self) -> None:
        self._past: deque[tuple[float, Scene, float]] = deque()  # time, scene, share of cells found in the one before

    def update(self, scene: Scene, time_s: float) -> Cut | None:
        """The cut between the picture before and this one, if there is one.

        Args:
            scene: the next picture.
            time_s: later than before.
        """
        if not scene.says_something:
            return None
        while len(self._past) > 1 and self._past[1][0] < time_s - MEMORY_S:
            self._past.popleft()
        if not self._past:
            self._past.append((time_s, scene, 1.0))
            return None
        before = self._past[-1][1]
        if not same_shape(
            before.size, scene.size
        ):  # nothing is at its place: the colours decide alone, wherever they lie
            cut = _recolored(before, scene) > _OTHER_COLORS
            self._past.clear()
            self._past.append((time_s, scene, 1.0))
            return Cut(before, scene) if cut else None
        found = _found_again(before, scene)
        usual = median([share for _, _, share in self._past])
        cut = _another(before, scene, found, usual) or self._dissolved(scene, time_s)
        if cut:
            self._past.clear()
        self._past.append((time_s, scene, 1.0 if cut else found))
        return Cut(before, scene) if cut else None

    def _dissolved(self, scene: Scene, time_s: float) -> bool:
        """Whether one of the pictures between about a second ago and now is a mixture of the two ends."""
        least, most = _DISSOLVE_S
        older = [i for i, (then_s, _, _) in enumerate(self._past) if least <= time_s - then_s <= most]
        if not older:
            return False
        start = self._past[older[-1]][1]
        between = [one for _, one, _ in list(self._past)[older[-1] + 1 :]]
        return any(_mixture(start, one, scene) for one in between) and _found_again(start, scene) < _FOUND


def cut_note(frames: Sequence[Faces]) -> tuple[str, ...]:
    """What a reader should know of a recording with cuts."""
    times = [clock(faces.time_s or 0.0) for faces in frames if faces.cut]
    if not times:
        return ()
    listed = ", ".join(times[:_LISTED]) + (" and others" if len(times) > _LISTED else "")
    if len(times) == 1:
        return (f"The picture cuts to another scene at {listed}; new tracks begin there.",)
    return (f"The picture cuts to another scene {len(times):,} times (at {listed}); new tracks begin at each cut.",)


def _another(before: Scene, after: Scene, found: float, usual: float) -> bool:
    """Whether what was found again is so little that the scenes are two."""
    if found < _SURELY:
        return True
    return found < min(_FOUND, _USUAL * usual) and _recolored(before, after) > _COLORS


def _recolored(one: Scene, other: Scene) -> float:
    """How far the colours of two pictures are apart, wherever they lie: mean levels of red and blue against gray."""
    red, blue = (
        [np.sort((scene.colors[..., channel] - scene.gray).ravel()) for scene in (one, other)] for channel in (0, 2)
    )
    return float(max(np.abs(a - b).mean() for a, b in (red, blue)))


def _mixture(start: Scene, between: Scene, end: Scene) -> bool:
    """Whether a picture is a weighted mean of two others."""
    way, part = (start.half - end.half).ravel(), (between.half - end.half).ravel()
    length = float(way @ way) + 1e-6
    weight = float(way @ part) / length
    rest = part - weight * way
    return 0.15 < weight < 0.85 and float(rest @ rest) < _UNEXPLAINED * length


def _deviations(gray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    grid = gray.reshape(_ROWS // _CELL, _CELL, _COLUMNS // _CELL, _CELL)
    cells = grid.transpose(0, 2, 1, 3).reshape(-1, _CELL * _CELL)
    deviations = cells - cells.mean(axis=1, keepdims=True)
    return deviations, np.square(deviations).mean(axis=1)


def _found_again(before: Scene, after: Scene) -> float:
    """Share of what the two pictures show that the other shows as well; 1 where the camera stands still.

    Flat cells are left out. Nothing is computed that cannot change the answer: most pictures need the first comparison alone.
    """
    if _still_there(before, after, _HERE) >= _STILL_THERE:
        return 1.0
    share = _searched(before, after)
    if share < 2 * _FOUND:
        share = (share + _searched(after, before)) / 2
    return 1.0 if share < _FOUND and _still_there(before, after, _BESIDE) >= _STILL_THERE else share


def _still_there(before: Scene, after: Scene, places: list[tuple[int, int]]) -> float:
    """Share of the cells that correlate with those at one of the places, ``_HERE`` or ``_BESIDE``, whatever the light."""
    deviations, variances = after.deviations
    padded = np.pad(before.gray, 1, mode="edge") if len(places) > 1 else before.gray
    best, varied = np.full(len(variances), -1.0), variances > _FLAT
    for down, right in places:
        if (down, right) == (1, 1):
            then, spread = before.deviations
        else:
            then, spread = _deviations(padded[down : down + _ROWS, right : right + _COLUMNS])
        alike = (deviations * then).mean(axis=1) / np.sqrt((variances + _NOISE) * (spread + _NOISE))
        best, varied = np.maximum(best, alike), varied | (spread > _FLAT)
    return float((best[varied] > _CORRELATION).mean()) if varied.any() else 1.0


def _searched(source: Scene, target: Scene) -> float:
    """Share of the target's cells that are found near their place in the source, colours and all."""
    side = _CELL // 2
    around = ((_UP_DOWN, _UP_DOWN), (_SIDEWAYS, _SIDEWAYS), (0, 0))
    patches = sliding_window_view(np.pad(source.half, around, constant_values=-1e3), (side, side), axis=(0, 1))
    patches = np.ascontiguousarray(patches).reshape(*patches.shape[:2], -1)
    rows, columns = _ROWS // _CELL, _COLUMNS // _CELL
    cells = target.half.reshape(rows, side, columns, side, 3).transpose(0, 2, 4, 1, 3).reshape(rows, columns, -1)
    shape = (2 * _UP_DOWN + 1, 2 * _SIDEWAYS + 1)
    near = sliding_window_view(patches, shape, axis=(0, 1))[::side, ::side]
    squares = sliding_window_view((patches * patches).sum(axis=2), shape, axis=(0, 1))[::side, ::side]
    products = np.einsum("ijk,ijkyx->ijyx", cells, near)
    distance = (squares - 2 * products).min(axis=(2, 3)) + (cells * cells).sum(axis=2)
    variance = cells.reshape(rows, columns, 3, -1).mean(axis=2).var(axis=2)
    varied = variance > _FLAT
    found = distance / cells.shape[2] < _DIFFERENCE * variance + _LEVELS
    return float(found[varied].mean()) if varied.any() else 0.0
