"""The second search: weak detections in a photo are checked once more, because a photo has no other frames that could
confirm them.

In a recording a face counts once it was found with ``tracker.STRONG`` or in many analyzed frames in a row. A photo has
only one frame, so each weaker detection is cut out, and is searched for a face in a mirrored and in an enlarged copy.
Faces are found in both; fists, clocks, patterns and backs of heads mostly are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aiducation.observations.detections import Detections
from aiducation.observations.reasons import DOUBTFUL
from aiducation.vision.detectors import Detector
from aiducation.vision.tracker import STRONG

#: Width in pixels that a find has in each copy, and whether that is mirrored; mean score over both that a face has at least.
#: Source: results/weak_finds.json; of faces found with less than 0.8 three quarters have it, of other finds one in six.
VIEWS, AGAIN = ((48, True), (96, False)), 0.7

#: How far a copy reaches: in widths of the find. Copies side by side in one picture, as many as this number of pixels holds.
_REACH, _LONGEST = 2.2, 1280

#: Scores below it are taken for none; in widths of the find: how far its middle may move; how many times larger or smaller it may
#: get.
_LEAST, _MOVED, _OTHER_SIZE = 0.2, 0.35, 2.0


def doubted(image: np.ndarray, found: Detections, why: Sequence[str], detector: Detector) -> tuple[str, ...]:
    """The reasons not to judge each face, with ``DOUBTFUL`` for weak finds that have none yet and are not confirmed.

    Args:
        image: (H, W, 3) uint8 RGB.
        found: N faces in it.
        why: N reasons, "" where there is none.
        detector: what found them.
    """
    weak = np.array([not reason for reason in why], dtype=bool) & (found.scores < STRONG)
    if not weak.any():
        return tuple(why)
    again = np.full(len(found), np.inf)
    again[weak] = np.mean([_scores(image, found.boxes[weak], detector, *view) for view in VIEWS], axis=0)
    return tuple(DOUBTFUL if score < AGAIN else reason for score, reason in zip(again, why, strict=True))


def _scores(image: np.ndarray, boxes: np.ndarray, detector: Detector, width: int, mirrored: bool) -> np.ndarray:
    """(N,) what the detector says of each box in a copy in which it is so many pixels wide; 0 where it finds nothing."""
    from PIL import Image

    cell = int(np.ceil(width * _REACH / 32)) * 32
    picture = Image.fromarray(image)
    crops = [_crop(picture, box, cell, width) for box in boxes.astype(np.float64)]
    together = max(_LONGEST // cell, 1)
    scores = np.zeros(len(boxes))
    for first in range(0, len(crops), together):
        some = [crop[:, ::-1] if mirrored else crop for crop in crops[first : first + together]]
        seen = detector.detect(np.ascontiguousarray(np.hstack(some)), least=_LEAST)
        middles = (seen.boxes[:, :2] + seen.boxes[:, 2:]) / 2
        at = np.clip(middles[:, 0] // cell, 0, len(some) - 1).astype(int)
        moved = np.abs(middles - np.stack([(at + 0.5) * cell, np.full(len(at), cell / 2)], axis=1)).max(axis=1)
        size = (seen.boxes[:, 2:] - seen.boxes[:, :2]).max(axis=1) / width
        same = (moved < _MOVED * width) & (size < _OTHER_SIZE) & (size > 1 / _OTHER_SIZE)
        np.maximum.at(scores, first + at[same], seen.scores[same])
    return scores


def _crop(picture: Any, box: np.ndarray, cell: int, width: int) -> np.ndarray:
    """(cell, cell, 3) uint8, the box in the middle, its longer side as many pixels as ``width``."""
    from PIL import Image

    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]).max() * cell / width / 2
    corners = (*np.rint(middle - half).astype(int), *np.rint(middle + half).astype(int))
    return np.asarray(picture.crop(corners).resize((cell, cell), Image.Resampling.BILINEAR, reducing_gap=2.0))
