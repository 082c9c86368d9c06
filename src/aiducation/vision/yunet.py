"""YuNet: the face detector whose weights the package carries."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import ModelFileError, ShapeError
from aiducation.observations.detections import Detections
from aiducation.vision.devices import Device
from aiducation.vision.sessions import open_session

#: Hash of the file that ``hatch_build.py`` puts into the package.
SHA256 = "7e79b73d719ccdda048ee92065a611e6a123db361f26f771675a8a08bfcd9a63"

#: YuNet's strides: a face is found on the grid that fits its size.
_STRIDES = (8, 16, 32)

#: What the network gives, each for all strides.
_OUTPUTS = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in _STRIDES]

#: Boxes that share more than this are one face.
_SAME_FACE = 0.3

#: So many boxes are compared with each other in one step.
_FEW = 128

#: A face of the turned picture that shares more than this of the smaller box with an upright one is that one again.
_SAME_FACE_TURNED = 0.25

#: Pictures with a longer side than this are looked at in tiles, so that memory stays bounded.
_TILE, _OVERLAP = 2048, 256

#: The widest face in pixels that YuNet sees whole, and the longer side of a picture that is made small for still larger ones.
_LARGEST, _SMALL = 400.0, 640

#: Faces with a lower score, and at least this wide in pixels, may be upside down: each is looked at once more, turned, in a
#: picture of so many pixels that reaches so far beyond its box. Of 198 upright faces in five photos none scores higher
#: turned; of 118 that are found in the same photos upside down, 112 do. These few are looked at once more in a larger picture:
#: where eyes are 25 pixels apart or more, their landmarks then differ by 0.08 of that distance from those of the upright head,
#: and not by 0.17.
_UNDOUBTED, _LEAST_WIDE, _LOOK_AGAIN, _LOOK_CLOSELY, _REACH = 0.9, 16.0, 64, 128, 2.0


class YuNet:
    """YuNet through ONNX Runtime, at the picture's own size.

    Args:
        score: a detection with at least this score is a face. Source of the default: on 29 photos 0.6 finds 98.1 % of
            423 faces with 4 false ones, 0.7 finds 96.2 % with none.
        turns: additional angles in degrees at which the picture is searched.
        threads: processor threads; 0 for as many as the process may keep busy.
        device: where the network runs; None for the processor.

    Raises:
        ModelFileError: the file of the weights is missing, or is not the one that belongs to the package.

    Source: W. Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20 (2023).
    """

    def __init__(
        self, *, score: float = 0.6, turns: tuple[int, ...] = (), threads: int = 0, device: Device | None = None
    ) -> None:
        self.score, self.turns = score, turns
        self._session = _session(threads, device or Device(), os.getpid())

    def detect(self, image: np.ndarray, *, least: float | None = None) -> Detections:
        """Every face in a picture, the largest first; see ``Detector``.

        Raises:
            ShapeError: the image has another shape or type.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise ShapeError(f"A picture must be (H, W, 3) uint8, got {image.shape} {image.dtype}.")
        least = self.score if least is None else min(least, self.score)
        rows = self._at_all_sizes(image, least)
        if self.turns:
            turned = np.concatenate([self._turned(image, angle, least) for angle in self.turns])
            rows = np.concatenate([rows, _new(turned, rows[rows[:, 14] >= self.score])])
        rows = self._righted(image, rows[_distinct(rows)])
        rows = rows[np.argsort(-(rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1]), kind="stable")]
        return Detections(
            boxes=np.ascontiguousarray(rows[:, :4]),
            landmarks=np.ascontiguousarray(rows[:, 4:14]).reshape(-1, 5, 2),
            scores=np.ascontiguousarray(rows[:, 14]),
        )

    def _at_all_sizes(self, image: np.ndarray, least: float) -> np.ndarray:
        """(M, 15) rows of box, landmarks, score; the same face may come from two tiles or sizes."""
        longest = max(image.shape[:2])
        rows = self._tiled(image, least)
        widths = rows[:, 2] - rows[:, 0]
        # Beyond that a face may be cut by its tile, or be too large to be seen whole.
        most = _OVERLAP if longest > _TILE else _LARGEST
        found = [rows[widths <= most]]
        faces = rows[:, 14] >= self.score
        if longest <= 2 * _SMALL and faces.any() and (widths[faces] <= most).all():
            return found[0]
        for side in (_TILE, _SMALL):
            if side < longest:
                factor = side / longest
                rows = self._look(_resized(image, factor), least)
                rows[:, :14] /= factor
                widths = rows[:, 2] - rows[:, 0]
                next_most = _LARGEST / factor if side > _SMALL else np.inf
                found.append(rows[(widths > 0.7 * most) & (widths <= next_most)])
                most = next_most
        return np.concatenate(found)

    def _tiled(self, image: np.ndarray, least: float) -> np.ndarray:
        """Rows found at the picture's own size."""
        height, width = image.shape[:2]
        found = []
        for top in _starts(height):
            for left in _starts(width):
                rows = self._look(image[top : top + _TILE, left : left + _TILE], least)
                rows[:, 0:14:2] += left
                rows[:, 1:14:2] += top
                found.append(rows)
        return np.concatenate(found)

    def _turned(self, image: np.ndarray, angle: int, least: float) -> np.ndarray:
        """Faces of the turned picture, turned back.

        The turned picture is made no longer than the picture itself or a tile: its empty corners would cost more than the
        faces in it. A box stays upright: the square around the turned box's centre.
        """
        from PIL import Image

        height, width = image.shape[:2]
        cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
        longest = max(width * cos + height * sin, width * sin + height * cos)
        factor = min(1.0, max(min(max(height, width), _TILE) - 2, 1) / longest)
        small = _resized(image, factor)
        turned = np.asarray(Image.fromarray(small).rotate(angle, resample=Image.Resampling.BILINEAR, expand=True))
        rows = self._at_all_sizes(turned, least)
        points = rows[:, 4:14].reshape(-1, 5, 2)
        centres = rows[:, :4].reshape(-1, 2, 2).mean(axis=1, keepdims=True)
        back = _turn(np.concatenate([points, centres], axis=1), angle, turned.shape, small.shape)
        half = (rows[:, 2:4] - rows[:, :2]).mean(axis=1)[:, None] / 2
        rows[:, 4:14] = back[:, :5].reshape(-1, 10)
        rows[:, :2], rows[:, 2:4] = back[:, 5] - half, back[:, 5] + half
        rows[:, :14] /= factor
        return rows

    def _righted(self, image: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The rows, those of heads that are upside down with what is found in the turned head.

        YuNet finds many such heads, and puts upright landmarks into them.
        """
        doubtful = (rows[:, 14] >= self.score) & (rows[:, 14] < _UNDOUBTED) & (rows[:, 2] - rows[:, 0] >= _LEAST_WIDE)
        if not doubtful.any():
            return rows
        heads = rows[doubtful]
        turned = self._turned_heads(image, heads, _LOOK_AGAIN)
        if (upside_down := turned[:, 14] > heads[:, 14]).any():
            heads[upside_down] = turned[upside_down]
            turned = self._turned_heads(image, heads[upside_down], _LOOK_CLOSELY)
            heads[upside_down] = np.where(turned[:, 14:] > 0, turned, heads[upside_down])
        rows[doubtful] = heads
        return rows

    def _turned_heads(self, image: np.ndarray, heads: np.ndarray, side: int) -> np.ndarray:
        """The best row of each head in its turned surroundings, made so many pixels large; the score is 0 where none is found."""
        from PIL import Image

        middles = (heads[:, :2] + heads[:, 2:4]) / 2
        halves = (heads[:, 2:4] - heads[:, :2]).max(axis=1) * _REACH / 2
        corners = np.rint(np.concatenate([middles - halves[:, None], middles + halves[:, None]], axis=1)).astype(int)
        strip = np.empty((side, side * len(heads), 3), np.uint8)  # all in one run of the network
        for i, edges in enumerate(corners.tolist()):
            head = Image.fromarray(_cut_out(image, *edges))
            head = head.resize((side, side), resample=Image.Resampling.BILINEAR, reducing_gap=2.0)
            strip[:, side * i : side * (i + 1)] = np.asarray(head)[::-1, ::-1]
        best = np.zeros_like(heads)
        for row in self._look(strip, self.score)[::-1]:  # the best last, so that it stays
            i = int(np.clip((row[0] + row[2]) / 2 // side, 0, len(heads) - 1))
            row[0:14:2] -= side * i
            row[:14] = np.tile(middles[i] + halves[i], 7) - row[:14] * 2 * halves[i] / side
            row[:4] = row[[2, 3, 0, 1]]
            if np.abs((row[:2] + row[2:4]) / 2 - middles[i]).max() < halves[i] / 2:  # not the one beside it
                best[i] = row
        return best

    def _look(self, image: np.ndarray, least: float) -> np.ndarray:
        """Rows of one run of the network."""
        height, width = image.shape[:2]
        padded = np.empty((1, 3, -(-height // 32) * 32, -(-width // 32) * 32), np.float32)
        padded[:, :, height:] = 0
        padded[:, :, :height, width:] = 0
        # YuNet learned on blue, green, red. One channel at a time takes a third of the time of transposing all.
        for channel in range(3):
            padded[0, 2 - channel, :height, :width] = image[:, :, channel]
        rows = _decode(self._session.run(_OUTPUTS, {"input": padded}), padded.shape[3], least)
        return rows[_distinct(rows)]


def _starts(length: int) -> list[int]:
    """Where tiles begin along one side."""
    if length <= _TILE:
        return [0]
    return [*range(0, length - _TILE, _TILE - _OVERLAP), length - _TILE]


def _resized(image: np.ndarray, factor: float) -> np.ndarray:
    from PIL import Image

    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(Image.fromarray(image).resize(size, resample=Image.Resampling.BILINEAR, reducing_gap=2.0))


def _cut_out(image: np.ndarray, left: int, top: int, right: int, bottom: int) -> np.ndarray:
    """A part of a (H, W, 3) uint8 picture, black where it lies outside."""
    height, width = image.shape[:2]
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return image[top:bottom, left:right]
    part = np.zeros((bottom - top, right - left, 3), np.uint8)
    x, y, x_end, y_end = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if x < x_end and y < y_end:
        part[y - top : y_end - top, x - left : x_end - left] = image[y:y_end, x:x_end]
    return part


def _turn(points: np.ndarray, angle: float, turned: tuple[int, ...], original: tuple[int, ...]) -> np.ndarray:
    """Points (..., 2) of a picture that PIL turned by an angle with ``expand``, in the original's coordinates."""
    radians = np.radians(angle)
    x = points[..., 0] - turned[1] / 2
    y = points[..., 1] - turned[0] / 2
    return np.stack([
        x * np.cos(radians) - y * np.sin(radians) + original[1] / 2,
        x * np.sin(radians) + y * np.cos(radians) + original[0] / 2,
    ], axis=-1)  # fmt: skip


def _decode(outputs: list[np.ndarray], width: int, least: float) -> np.ndarray:
    """(M, 15) rows of box, landmarks and score in pixels, from what the network gave for a picture of that width."""
    found = []
    for stride, faces, objects, boxes, points in zip(
        _STRIDES, *(outputs[i : i + 3] for i in range(0, 12, 3)), strict=True
    ):
        scores = np.sqrt(faces[0, :, 0].clip(0, 1) * objects[0, :, 0].clip(0, 1))
        cells = np.flatnonzero(scores >= least)
        at = np.stack(np.divmod(cells, width // stride)[::-1], axis=1)
        found.append((np.full((len(cells), 1), stride), at, boxes[0, cells], points[0, cells], scores[cells, None]))
    stride, at, box, kps, score = (np.concatenate(parts, dtype=np.float32) for parts in zip(*found, strict=True))
    centre, half = (at + box[:, :2]) * stride, np.exp(box[:, 2:]) * stride / 2
    landmarks = (kps + np.tile(at, 5)) * stride
    return np.concatenate([centre - half, centre + half, landmarks, score], axis=1)


def _distinct(rows: np.ndarray) -> np.ndarray:
    """Indices of the best detection of each face, best first (non-maximum suppression)."""
    left = np.argsort(-rows[:, 14], kind="stable")
    edges, areas, best = rows[left, :4].T.copy(), _areas(rows[left, :4]), []
    if (
        len(left) <= _FEW
        and (_are_two(edges[:, :, None], edges[:, None], areas[:, None], areas) | np.eye(len(left), dtype=bool)).all()
    ):
        return left  # all at once, as where they were sorted out before
    while len(left):
        best.append(left[0])
        others = np.flatnonzero(_are_two(edges[:, :1], edges[:, 1:], areas[0], areas[1:])) + 1
        left, edges, areas = left[others], edges[:, others], areas[others]
    return np.array(best, dtype=np.intp)


def _are_two(edges: np.ndarray, others: np.ndarray, area: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Whether boxes, (4, ...) left, top, right and bottom, are of two faces."""
    sides = np.minimum(edges[2:], others[2:]) - np.maximum(edges[:2], others[:2])
    np.maximum(sides, 0, out=sides)
    shared = sides[0] * sides[1]
    return np.asarray(shared <= _SAME_FACE * (area + areas - shared))


def _new(turned: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Rows of turned pictures that show none of the upright faces once more, and no other turned one that scores higher."""
    kept: list[np.ndarray] = []
    for row in turned[_distinct(turned)]:
        known = np.vstack([faces, *kept])[:, :4]
        smaller = np.minimum(_areas(row[None, :4]), _areas(known))
        if (_shared(row[:4], known) <= _SAME_FACE_TURNED * smaller).all():
            kept.append(row)
    return np.array(kept, np.float32).reshape(-1, turned.shape[1])


def _areas(boxes: np.ndarray) -> np.ndarray:
    """(N,) pixels in (N, 4) boxes."""
    return np.asarray(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))


def _shared(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(N,) pixels that a box (4,) has in common with each of (N, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    return np.asarray(np.prod(np.clip(high - low, 0, None), axis=1))


@lru_cache(maxsize=4)
def _session(threads: int, device: Device, process: int) -> Any:
    """One session a process: a forked one cannot use that of the other."""
    return open_session(_weights(Path(str(files("aiducation") / "weights" / "yunet.onnx"))), threads, device)


def _weights(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"The face detector's file {path} is missing; install the package again.") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ModelFileError(
            f"The face detector's file {path} is damaged or not the one that belongs to this package; install it again."
        )
    return content
