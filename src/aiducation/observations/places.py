"""Places: names for where faces are that stay the same when a file is analyzed again."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from aiducation.observations.recording import Recording

#: A face belongs to a row if its middle lies within so many heights of a face from the row's middle.
_SAME_ROW = 0.5

#: Tracks whose middles are so near, in widths of a face, are at the same place, such as a tile of a meeting.
_SAME_PLACE = 0.5

#: A track that moved by more than so many widths of its face, from the 10th to the 90th percentile, has no place.
_MOVED = 1.0


#: Places are named only where at least this share of all views is of tracks that stayed where they were: not where the camera
#: moves.
_MOST_STAY = 0.5


def rows_of(boxes: np.ndarray) -> list[np.ndarray]:
    """The rows that faces form, from above; each as the numbers of its faces from left to right.

    Args:
        boxes: (N, 4) left, top, right, bottom in pixels.
    """
    middles, heights = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 3] - boxes[:, 1]
    rows: list[list[int]] = []
    for i in np.argsort(middles[:, 1], kind="stable"):
        if rows:
            row = rows[-1]
            y, high = middles[row, 1].mean(), max(float(median(heights[row])), float(heights[i]))
            if middles[i, 1] - y <= _SAME_ROW * high:
                row.append(int(i))
                continue
        rows.append([int(i)])
    return [np.array(sorted(row, key=lambda i: (middles[i, 0], i)), dtype=np.int64) for row in rows]


def reading_order(boxes: np.ndarray) -> np.ndarray:
    """(N,) int64, the numbers of faces as one reads: row after row from above, in a row from left to right.

    Args:
        boxes: (N, 4) left, top, right, bottom in pixels.
    """
    return np.concatenate([np.zeros(0, np.int64), *rows_of(boxes)])


def places_of(recording: Recording) -> dict[int, str]:
    """The place of each track, such as "row 2, column 3"; "" for a track that moved about, and where most did.

    Rows are counted from above, columns from the left among the places of the row at which a face was seen: a tile without a face
    does not count. After a cut places are counted anew. Tracks that follow each other at one place share its name, so that the
    pieces of one person's track in a meeting can be joined, and so can two analyses of a file.
    """
    places: dict[int, str] = {}
    for boxes in _scenes(recording):
        still = {number: np.median(seen, axis=0) for number, seen in boxes.items() if not _moved(seen)}
        if sum(len(boxes[number]) for number in still) < _MOST_STAY * sum(map(len, boxes.values())):
            still = {}
        places |= {number: "" for number in boxes if number not in places}
        places |= _named(still)
    return places


def _scenes(recording: Recording) -> list[dict[int, np.ndarray]]:
    """The boxes of each track, (F, 4), in each stretch between cuts; a track belongs to the stretch in which it begins."""
    scenes: list[dict[int, list[np.ndarray]]] = [{}]
    home: dict[int, int] = {}
    for frame in recording.frames:
        if frame.cut and scenes[-1]:
            scenes.append({})
        for number, box in zip(frame.track_ids.tolist(), frame.boxes, strict=True):
            if number >= 0 and home.setdefault(number, len(scenes) - 1) == len(scenes) - 1:
                scenes[-1].setdefault(number, []).append(box)
    return [{number: np.array(seen, np.float64) for number, seen in scene.items()} for scene in scenes]


def _moved(boxes: np.ndarray) -> bool:
    middles, wide = (boxes[:, :2] + boxes[:, 2:]) / 2, float(np.median(boxes[:, 2] - boxes[:, 0]))
    low, high = np.percentile(middles, (10, 90), axis=0)
    return bool((high - low).max() > _MOVED * max(wide, 1.0))


def _named(boxes: dict[int, np.ndarray]) -> dict[int, str]:
    """Row and column of each track that stayed where it was.

    Args:
        boxes: (4,) its box, by its number.
    """
    seats: list[list[int]] = []
    for number, box in boxes.items():
        near = [seat for seat in seats if _together(box, boxes[seat[0]])]
        if near:
            near[0].append(number)
        else:
            seats.append([number])
    table = np.array([boxes[seat[0]] for seat in seats], np.float64).reshape(-1, 4)
    return {
        number: f"row {row + 1}, column {column + 1}"
        for row, line in enumerate(rows_of(table))
        for column, seat in enumerate(line)
        for number in seats[seat]
    }


def _together(one: np.ndarray, other: np.ndarray) -> bool:
    apart = np.abs(_middle(one) - _middle(other)).max()
    return bool(apart <= _SAME_PLACE * max(one[2] - one[0], other[2] - other[0]))


def _middle(box: Sequence[float] | np.ndarray) -> np.ndarray:
    left, top, right, bottom = box
    return np.array(((left + right) / 2, (top + bottom) / 2))
