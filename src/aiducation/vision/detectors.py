"""Detectors: where the faces are. To add one, write a class with ``detect`` and put it into ``DETECTORS``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from aiducation.errors import ModelFileError, ShapeError
from aiducation.vision.faces import Detections
from aiducation.vision.sessions import open_session, thread_pool

#: YuNet's strides: a face is found on the grid that fits its size.
_STRIDES = (8, 16, 32)

#: Boxes that share more than this are one face.
_SAME_FACE = 0.3

#: Pictures with a longer side than this are looked at in tiles, so that memory stays bounded.
_TILE, _OVERLAP = 2048, 256

#: The widest face in pixels that YuNet sees whole, and the longer side of a picture that is made small for still larger ones.
_LARGEST, _SMALL = 400.0, 640

#: Angles in degrees that the accurate mode adds, for heads that lie on a desk.
_TURNS = (-90, -45, 45, 90)


class Detector(Protocol):
    """Finds faces."""

    def detect(self, image: np.ndarray) -> Detections:
        """Every face in a (H, W, 3) uint8 RGB picture; may be called from several threads at once."""
        ...


class YuNet:
    """YuNet through ONNX Runtime, at the picture's own size.

    Args:
        score: detections below this score are dropped. Source of the default: on 29 photos 0.6 finds 98.1 % of 423 faces with
            4 false ones, 0.7 finds 96.2 % with none.
        turns: angles in degrees at which the picture is looked at as well.
        threads: processor threads; 0 lets ONNX Runtime choose.

    Source: W. Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20 (2023).
    """

    def __init__(self, *, score: float = 0.6, turns: tuple[int, ...] = (), threads: int = 0) -> None:
        self.score, self.turns = score, turns
        self._session = _session(threads)

    def detect(self, image: np.ndarray) -> Detections:
        """Every face in a picture, the largest first.

        Args:
            image: (H, W, 3) uint8 RGB.

        Raises:
            ShapeError: the image has another shape or type.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise ShapeError(f"A picture must be (H, W, 3) uint8, got {image.shape} {image.dtype}.")
        found = [self._at_all_sizes(image), *(self._turned(image, angle) for angle in self.turns)]
        rows = np.concatenate(found)
        rows = rows[_distinct(rows)]
        rows = rows[np.argsort(-(rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1]), kind="stable")]
        return Detections(
            boxes=np.ascontiguousarray(rows[:, :4]),
            landmarks=np.ascontiguousarray(rows[:, 4:14]).reshape(-1, 5, 2),
            scores=np.ascontiguousarray(rows[:, 14]),
        )

    def _at_all_sizes(self, image: np.ndarray) -> np.ndarray:
        """(M, 15) rows of box, landmarks, score; the same face may come from two tiles or sizes."""
        longest = max(image.shape[:2])
        rows = self._tiled(image)
        widths = rows[:, 2] - rows[:, 0]
        # Beyond that a face may be cut by its tile, or be too large to be seen whole.
        most = _OVERLAP if longest > _TILE else _LARGEST
        found = [rows[widths <= most]]
        if longest <= 2 * _SMALL and len(rows) and (widths <= most).all():
            return rows
        for side in (_TILE, _SMALL):
            if side < longest:
                factor = side / longest
                rows = self._look(_resized(image, factor))
                rows[:, :14] /= factor
                widths = rows[:, 2] - rows[:, 0]
                next_most = _LARGEST / factor if side > _SMALL else np.inf
                found.append(rows[(widths > 0.7 * most) & (widths <= next_most)])
                most = next_most
        return np.concatenate(found)

    def _tiled(self, image: np.ndarray) -> np.ndarray:
        """Rows found at the picture's own size."""
        height, width = image.shape[:2]
        found = []
        for top in _starts(height):
            for left in _starts(width):
                rows = self._look(image[top : top + _TILE, left : left + _TILE])
                rows[:, 0:14:2] += left
                rows[:, 1:14:2] += top
                found.append(rows)
        return np.concatenate(found)

    def _turned(self, image: np.ndarray, angle: int) -> np.ndarray:
        """Faces of the turned picture, turned back. A box stays upright: the square around the turned box's centre."""
        from PIL import Image

        turned = np.asarray(Image.fromarray(image).rotate(angle, resample=Image.Resampling.BILINEAR, expand=True))
        rows = self._at_all_sizes(turned)
        points = rows[:, 4:14].reshape(-1, 5, 2)
        centres = rows[:, :4].reshape(-1, 2, 2).mean(axis=1, keepdims=True)
        back = _turn(np.concatenate([points, centres], axis=1), angle, turned.shape, image.shape)
        half = (rows[:, 2:4] - rows[:, :2]).mean(axis=1)[:, None] / 2
        rows[:, 4:14] = back[:, :5].reshape(-1, 10)
        rows[:, :2], rows[:, 2:4] = back[:, 5] - half, back[:, 5] + half
        return rows

    def _look(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        padded = np.zeros((1, 3, -(-height // 32) * 32, -(-width // 32) * 32), np.float32)
        for channel in range(
            3
        ):  # one at a time: a third of the time of transposing all; YuNet learned on blue, green, red
            padded[0, 2 - channel, :height, :width] = image[:, :, channel]
        names = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in _STRIDES]
        outputs = dict(zip(names, self._session.run(names, {"input": padded}), strict=True))
        rows = np.concatenate([_decode(outputs, stride, padded.shape[3], self.score) for stride in _STRIDES])
        return rows[_distinct(rows)]


#: Width in pixels from which on faces are found in half size as well: of faces 20 pixels wide 99 % are.
_LARGE = 40.0


def detect_in_recording(
    detector: Detector, frame_detector: Detector, images: Sequence[np.ndarray], threads: int
) -> list[Detections]:
    """Faces in each of some frames that follow each other.

    The first frame is looked at closely. Where all its faces are large, half the size does for the others, in a third of the
    time; a frame with fewer faces than the first is looked at closely as well.

    Args:
        detector: looks at the first frame with all threads.
        frame_detector: the same, opened with one thread, because then every thread has a frame of its own.
        images: (H, W, 3) uint8 RGB each.
        threads: frames at a time.
    """
    first = detector.detect(images[0])
    large = bool(len(first)) and bool((first.boxes[:, 2:] - first.boxes[:, :2]).min() >= _LARGE)

    def look(image: np.ndarray) -> Detections:
        found = _in_half_size(frame_detector, image) if large else None
        return frame_detector.detect(image) if found is None or len(found) < len(first) else found

    return [first, *thread_pool(threads).map(look, images[1:])]


def _in_half_size(detector: Detector, image: np.ndarray) -> Detections:
    from PIL import Image

    found = detector.detect(np.asarray(Image.fromarray(image).reduce(2)))
    return Detections(boxes=found.boxes * 2, landmarks=found.landmarks * 2, scores=found.scores)


def _starts(length: int) -> list[int]:
    """Where tiles begin along one side."""
    if length <= _TILE:
        return [0]
    return [*range(0, length - _TILE, _TILE - _OVERLAP), length - _TILE]


def _resized(image: np.ndarray, factor: float) -> np.ndarray:
    from PIL import Image

    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(Image.fromarray(image).resize(size, resample=Image.Resampling.BILINEAR, reducing_gap=2.0))


def _turn(points: np.ndarray, angle: float, turned: tuple[int, ...], original: tuple[int, ...]) -> np.ndarray:
    """Points (..., 2) of a picture that PIL turned by an angle with ``expand``, in the original's coordinates."""
    radians = np.radians(angle)
    x = points[..., 0] - turned[1] / 2
    y = points[..., 1] - turned[0] / 2
    return np.stack([
        x * np.cos(radians) - y * np.sin(radians) + original[1] / 2,
        x * np.sin(radians) + y * np.cos(radians) + original[0] / 2,
    ], axis=-1)  # fmt: skip


def _decode(outputs: dict[str, np.ndarray], stride: int, width: int, least: float) -> np.ndarray:
    """(M, 15) rows of box, landmarks and score of one grid, in pixels."""
    scores = np.sqrt(
        np.clip(outputs[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(outputs[f"obj_{stride}"][0, :, 0], 0, 1)
    )
    cells = np.flatnonzero(scores >= least)
    at = np.stack([cells % (width // stride), cells // (width // stride)], axis=1).astype(np.float32)
    box = outputs[f"bbox_{stride}"][0, cells]
    centre, half = (at + box[:, :2]) * stride, np.exp(box[:, 2:]) * stride / 2
    points = (outputs[f"kps_{stride}"][0, cells].reshape(-1, 5, 2) + at[:, None]) * stride
    return np.concatenate(
        [centre - half, centre + half, points.reshape(-1, 10), scores[cells, None]], axis=1, dtype=np.float32
    )


def _distinct(rows: np.ndarray) -> np.ndarray:
    """Indices of the best detection of each face, best first (non-maximum suppression)."""
    order = np.argsort(-rows[:, 14], kind="stable")
    boxes = rows[order, :4]
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    alive = np.ones(len(rows), dtype=bool)
    for i in range(len(rows)):
        if alive[i]:
            low = np.maximum(boxes[i, :2], boxes[i + 1 :, :2])
            high = np.minimum(boxes[i, 2:], boxes[i + 1 :, 2:])
            shared = np.prod(np.clip(high - low, 0, None), axis=1)
            alive[i + 1 :] &= shared <= _SAME_FACE * (areas[i] + areas[i + 1 :] - shared)
    return np.asarray(order[alive])


@lru_cache(maxsize=4)
def _session(threads: int) -> Any:
    return open_session(_any_size(), threads)


def _any_size() -> bytes:
    """YuNet's file with a free height and width.

    The file fixes both to 640. In the bytes, a dimension of that value occurs just twice, in the input's shape; a named
    dimension of as many bytes takes the place of each.
    """
    path = Path(str(files("aiducation") / "weights" / "yunet.onnx"))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"The face detector's file {path} is missing; install the package again.") from error
    fixed = bytes.fromhex("0a03088005")
    if content.count(fixed) != 2:
        raise ModelFileError(f"The face detector's file {path} is damaged; install the package again.")
    return content.replace(fixed, b"\x0a\x03\x12\x01H", 1).replace(fixed, b"\x0a\x03\x12\x01W", 1)


#: Name -> maker, called with ``threads``.
DETECTORS: dict[str, Callable[..., Detector]] = {
    "yunet": YuNet,
    "yunet-accurate": lambda **options: YuNet(turns=_TURNS, **options),
}
