"""Detectors: where the faces are. To add one, write a file with a class that is a ``Detector``, and enter it in ``DETECTORS``."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from aiducation.observations.detections import Detections
from aiducation.vision.devices import Device
from aiducation.vision.half_size import halved
from aiducation.vision.yunet import YuNet

#: Width in pixels from which on faces are found in half size as well: of faces 20 pixels wide 97 % are.
_LARGE = 40.0

#: Finds the faces in a (H, W, 3) uint8 RGB picture.
Search = Callable[[np.ndarray], Detections]


class Detector(Protocol):
    """Finds faces.

    Attributes:
        score: a detection with at least this score is a face.
    """

    score: float

    def detect(self, image: np.ndarray, *, least: float | None = None) -> Detections:
        """Every face in a picture; may be called from several threads at once.

        Args:
            image: (H, W, 3) uint8 RGB.
            least: also give what scores less than a face, but at least this; the faces stay the same.
        """
        ...


@dataclass(frozen=True)
class DetectorKind:
    """An entry of ``DETECTORS``.

    Attributes:
        about: what it finds, in a sentence.
        make: gives the detector, called with ``threads``, and with ``device`` if it can use one.
        on_devices: whether it can run on other devices than the processor.
    """

    about: str
    make: Callable[..., Detector]
    on_devices: bool = False

    def open(self, *, threads: int, device: Device) -> Detector:
        """The detector on a device, if it can use that, otherwise on the processor."""
        return self.make(threads=threads, device=device.detects) if self.on_devices else self.make(threads=threads)


#: Name -> detector.
DETECTORS: dict[str, DetectorKind] = {
    "yunet": DetectorKind("Finds upright and slightly turned faces of about 10 pixels or more.", YuNet, True),
    # Turned by 30 degrees 98 % of upright faces are found, by 45 two thirds: three views find heads up to lying ones.
    "yunet-accurate": DetectorKind(
        "Also finds heads that lie on a desk; two to four times slower.",
        lambda **options: YuNet(turns=(-60, 60), **options),
        True,
    ),
}


class Together:
    """Searches some frames that follow each other.

    The first frame is searched at full size. Where all its faces are large, half the size does for the others, in a
    third of the time; a frame with fewer faces than the first is searched at full size as well.

    Args:
        detector: finds the faces; opened with one thread if every thread has a frame of its own.
        least: see ``Detector``.
    """

    def __init__(self, detector: Detector, *, least: float | None = None) -> None:
        self._detector, self._least = detector, least
        self._first: Future[tuple[Detections, tuple[int, ...]]] | None = None

    def next(self) -> Search:
        """The search of the next frame. It may run in a thread of its own, in which it waits for
        that of the first frame: so it has to be begun after it."""
        if self._first is None:
            self._first = Future()
            return partial(self._search_first, self._first)
        return partial(self._search, self._first)

    def _search_first(self, first: Future[tuple[Detections, tuple[int, ...]]], image: np.ndarray) -> Detections:
        try:
            found = self._detector.detect(image, least=self._least)
        except BaseException as error:
            first.set_exception(error)
            raise
        first.set_result((found, image.shape))
        return found

    def _search(self, first: Future[tuple[Detections, tuple[int, ...]]], image: np.ndarray) -> Detections:
        known, shape = first.result()
        widths = (known.boxes[:, 2] - known.boxes[:, 0])[known.scores >= self._detector.score]
        if len(widths) and widths.min() >= _LARGE and image.shape == shape:
            found = _in_half_size(self._detector, image, self._least)
            if (found.scores >= self._detector.score).sum() >= len(widths):
                return found
        return self._detector.detect(image, least=self._least)


def _in_half_size(detector: Detector, image: np.ndarray, least: float | None) -> Detections:
    found = detector.detect(halved(image), least=least)
    return Detections(boxes=found.boxes * 2, landmarks=found.landmarks * 2, scores=found.scores)
