"""Detectors: where the faces are. To add one, write a file with a class that is a ``Detector``, and enter it in ``DETECTORS``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aiducation.observations.detections import Detections
from aiducation.vision.sessions import in_threads
from aiducation.vision.yunet import YuNet

#: Width in pixels from which on faces are found in half size as well: of faces 20 pixels wide 97 % are.
_LARGE = 40.0


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
        make: gives the detector, called with ``threads``.
    """

    about: str
    make: Callable[..., Detector]


#: Name -> detector.
DETECTORS: dict[str, DetectorKind] = {
    "yunet": DetectorKind("Finds upright and slightly turned faces of about 10 pixels or more.", YuNet),
    # Turned by 30 degrees 98 % of upright faces are found, by 45 two thirds: three views find heads up to lying ones.
    "yunet-accurate": DetectorKind(
        "Also finds heads that lie on a desk; two to four times slower.",
        lambda **options: YuNet(turns=(-60, 60), **options),
    ),
}


def detect_in_recording(
    detector: Detector,
    frame_detector: Detector,
    images: Sequence[np.ndarray],
    threads: int,
    *,
    least: float | None = None,
) -> list[Detections]:
    """Faces in each of some frames that follow each other.

    The first frame is searched at full size. Where all its faces are large, half the size does for the others, in a
    third of the time; a frame with fewer faces than the first is searched at full size as well.

    Args:
        detector: looks at the first frame with all threads.
        frame_detector: the same, opened with one thread, because then every thread has a frame of its own.
        images: (H, W, 3) uint8 RGB each.
        threads: frames at a time.
        least: see ``Detector``.
    """
    first = detector.detect(images[0], least=least)
    widths = (first.boxes[:, 2] - first.boxes[:, 0])[first.scores >= detector.score]
    large = bool(len(widths)) and bool(widths.min() >= _LARGE)

    def look(image: np.ndarray) -> Detections:
        if large and image.shape == images[0].shape:
            found = _in_half_size(frame_detector, image, least)
            if (found.scores >= frame_detector.score).sum() >= len(widths):
                return found
        return frame_detector.detect(image, least=least)

    return [first, *in_threads(threads, look, images[1:])]


def _in_half_size(detector: Detector, image: np.ndarray, least: float | None) -> Detections:
    from PIL import Image

    found = detector.detect(np.asarray(Image.fromarray(image).reduce(2)), least=least)
    return Detections(boxes=found.boxes * 2, landmarks=found.landmarks * 2, scores=found.scores)
