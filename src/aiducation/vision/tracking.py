"""Tracking: the same number for the same face over time, in ByteTrack's manner. No identity outlives its recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A track is a face once it was seen with at least this score, or at so many looks in a row: faces come to that, chance does not.
#: Of 184 faces in four photos, made 20 pixels wide, 95 % have this score at a single look; the lion of a crest, which is found in
#: half of the frames of a video, comes to 0.79 and to four in a row.
STRONG, IN_A_ROW = 0.8, 6

#: Seconds after which a face that is not seen again is forgotten.
PATIENCE_S = 5.0

#: Distance of centres, in sides of the face, beyond which two boxes are not the same face: a sitting head moves this far at
#: once, and each second adds what a walking one moves.
_REACH, _REACH_PER_S, _MOST = 0.7, 1.5, 2.5

#: Seconds over which a speed is believed: heads in a room do not keep their speed for long.
_MEMORY_S = 1.0


@dataclass
class _Track:
    """What is known of one face.

    Attributes:
        centre: (2,) pixels; ``speed``: (2,) pixels a second; ``side``: of the box in pixels; ``seen_s``: when it was last seen.
        looks: how often it was seen; ``missed``: looks since then.
    """

    number: int
    centre: np.ndarray
    side: float
    seen_s: float
    speed: np.ndarray
    looks: int = 1
    missed: int = 0

    def expected(self, time_s: float) -> np.ndarray:
        """Where it should be now, if its speed fades."""
        passed = time_s - self.seen_s
        return np.asarray(self.centre + self.speed * _MEMORY_S * (1 - np.exp(-passed / _MEMORY_S)))

    def see(self, centre: np.ndarray, side: float, time_s: float) -> None:
        passed = max(time_s - self.seen_s, 1e-3)
        weight = 1 - np.exp(-passed / 0.3)
        self.speed = self.speed + weight * ((centre - self.centre) / passed - self.speed)
        self.centre, self.side, self.seen_s = centre, 0.6 * self.side + 0.4 * side, time_s
        self.looks, self.missed = self.looks + 1, 0


class Tracker:
    """Gives detections of one frame after the other their track ids.

    Args:
        seed: of the ids, which are drawn at random so that they say nothing, not even who came first; None draws others
            each time.

    Attributes:
        confirmed: ids of the tracks that are faces; see ``STRONG``. Another track is forgotten at the first look that misses it.

    Source: Y. Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022 (strong detections
    first, weak ones to what is left).
    """

    def __init__(self, *, seed: int | None = None) -> None:
        self.confirmed: set[int] = set()
        self._rng = np.random.default_rng(seed)
        self._numbers: set[int] = set()
        self._tracks: list[_Track] = []

    def update(self, boxes: np.ndarray, scores: np.ndarray, time_s: float) -> np.ndarray:
        """(N,) int64 track ids of what was seen at a time, faces or not: see ``confirmed``.

        Args:
            boxes: (N, 4) left, top, right, bottom in pixels.
            scores: (N,) of the detector.
            time_s: later than before.
        """
        boxes = boxes.astype(np.float64)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        sides = np.sqrt(np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), 1e-6))
        ids = np.full(len(boxes), -1, dtype=np.int64)
        self._tracks = [track for track in self._tracks if self._remembered(track, time_s)]
        for track in self._tracks:
            track.missed += 1
        for strong in (True, False):
            for confirmed in (True, False):
                rows = np.flatnonzero(((scores >= STRONG) == strong) & (ids < 0))
                tracks = [t for t in self._tracks if t.missed and (t.number in self.confirmed) == confirmed]
                for track, found in self._matches(tracks, centres[rows], sides[rows], time_s):
                    row = int(rows[found])
                    track.see(centres[row], float(sides[row]), time_s)
                    ids[row] = track.number
        for new in np.flatnonzero(ids < 0):
            track = _Track(self._new_number(), centres[new], float(sides[new]), time_s, np.zeros(2))
            self._tracks.append(track)
            ids[new] = track.number
        self.confirmed.update(ids[scores >= STRONG].tolist())
        self.confirmed.update(track.number for track in self._tracks if track.looks >= IN_A_ROW)
        return ids

    def lost(self, time_s: float, *, within_s: float, looks: int) -> np.ndarray:
        """(K, 4) squares in which faces should be that were missed now, but seen not longer ago than some time or looks."""
        lost = [t for t in self._tracks if t.missed and (time_s - t.seen_s <= within_s or t.missed <= looks)]
        centres = np.array([track.expected(time_s) for track in lost]).reshape(-1, 2)
        halves = np.array([track.side for track in lost]).reshape(-1, 1) / 2
        return np.hstack([centres - halves, centres + halves])

    def _remembered(self, track: _Track, time_s: float) -> bool:
        if track.number in self.confirmed:
            return time_s - track.seen_s <= PATIENCE_S
        return not track.missed

    def _matches(
        self, tracks: list[_Track], centres: np.ndarray, sides: np.ndarray, time_s: float
    ) -> list[tuple[_Track, int]]:
        if not tracks or not len(centres):
            return []
        expected = np.array([t.expected(time_s) for t in tracks])
        expected_sides = np.array([t.side for t in tracks])[:, None]
        passed = np.array([time_s - t.seen_s for t in tracks])[:, None]
        distance = np.linalg.norm(expected[:, None] - centres[None], axis=2) / np.minimum(expected_sides, sides[None])
        growth = np.abs(np.log(sides[None] / expected_sides))
        possible = (distance <= np.minimum(_REACH + _REACH_PER_S * passed, _MOST)) & (growth <= np.log(2.0))
        pairs = assign(np.where(possible, distance + growth, np.inf))
        return [(tracks[i], j) for i, j in pairs]

    def _new_number(self) -> int:
        """A random number below a million that this recording has not used."""
        while (number := int(self._rng.integers(1, 1_000_000))) in self._numbers:
            pass
        self._numbers.add(number)
        return number


def assign(cost: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of rows and columns with the most pairs possible and, among those, the least total cost.

    Args:
        cost: (R, C), infinite where a pair is impossible.

    Source: shortest augmenting paths; R. Jonker and A. Volgenant, Computing 38 (1987).
    """
    finite = cost[np.isfinite(cost)]
    if not finite.size:
        return []
    if cost.shape[0] > cost.shape[1]:
        return [(i, j) for j, i in assign(cost.T)]
    rows, columns = cost.shape
    # An impossible pair costs more than any solution without it, so it is taken only where nothing else is left.
    table = np.where(np.isfinite(cost), cost, (finite.max() - min(finite.min(), 0.0) + 1) * (rows + 1))
    row_price, column_price = np.zeros(rows), np.zeros(columns + 1)
    row_of = np.full(columns + 1, -1)
    for row in range(rows):
        row_of[columns] = row
        column = columns
        reached = np.full(columns, np.inf)
        came_from = np.full(columns, columns)
        done = np.zeros(columns + 1, dtype=bool)
        while row_of[column] != -1:
            done[column] = True
            current = row_of[column]
            open_ = ~done[:columns]
            through = table[current] - row_price[current] - column_price[:columns]
            better = open_ & (through < reached)
            reached[better], came_from[better] = through[better], column
            nearest = int(np.argmin(np.where(open_, reached, np.inf)))
            step = reached[nearest]
            row_price[row_of[done]] += step
            column_price[done] -= step
            reached[open_] -= step
            column = nearest
        while column != columns:
            before = int(came_from[column])
            row_of[column] = row_of[before]
            column = before
    return [(int(row_of[j]), j) for j in range(columns) if row_of[j] >= 0 and np.isfinite(cost[row_of[j], j])]
