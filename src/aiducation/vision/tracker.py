"""Tracking: the same number for the same face over time, in ByteTrack's manner. No identity outlives its recording."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from aiducation.vision.appearance import unlikeness
from aiducation.vision.assignment import worth_it
from aiducation.vision.motion import Motion

#: A track is a face once it was seen with at least this score, or at so many looks in a row: faces come to that, chance does not.
#: Of 184 faces in four photos, made 20 pixels wide, 95 % have this score at a single look; the lion of a crest, which is found in
#: half of the frames of a video, comes to 0.79 and to four in a row.
STRONG, IN_A_ROW = 0.8, 6

#: Seconds after which a face that is not seen again is forgotten.
PATIENCE_S = 5.0

#: Costs, in units of log-likelihood. A detection goes on with a track if that costs less than a face that was never seen before.
_NEW = 3.5

#: Degrees of freedom of the distances: now and then a head moves much farther than usual.
_HEAVY = 3.0

#: Usual change of the logarithm of a face's side, at once and in a second; a face that changes by the last is another.
_GROWS, _GROWS_PER_S, _MOST_GROWTH = 0.12, 0.15, np.log(2.0)

#: What is added to this, and to the spread of places in sides of the face, where a window was resized: it may lay out anew what
#: it shows.
_FREE_GROWTH, _FREE = 0.3, 1.0

#: Unlikeness of two appearances that says nothing either way, the unlikeness that weighs one unit, and the most it weighs
#: against them. In a street, half a second apart, one person is unlike by 0.02 in the median and by 0.14 in one of 20 pairs, two
#: people by 0.2 in the median and by 0.09 in one of 20 pairs.
_EITHER, _UNIT, _AGAINST = 0.07, 0.035, 8.0

#: Looks at a face of which the appearance is the mean.
_REMEMBERED = 4

#: Two ways of giving two faces to two tracks that cost nearly the same: nobody can tell, so both tracks end.
_UNSURE = 0.3

#: Centres, in sides of the face, between which a face may be found that goes on over a cut.
_STAYS = 0.5


@dataclass
class _Track:
    """What is known of one face.

    Attributes:
        motion: where it is going; ``seen_s``: when it was last seen.
        past: its last appearances with their times.
        looks: how often it was seen; ``missed``: looks since then.
    """

    number: int
    motion: Motion
    seen_s: float
    past: deque[tuple[float, np.ndarray]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    looks: int = 0
    missed: int = 0

    def see(self, centre: np.ndarray, side: float, time_s: float, look: np.ndarray | None) -> None:
        if self.looks:
            self.motion.see(centre, side, max(time_s - self.seen_s, 1e-3))
        self.seen_s, self.looks, self.missed = time_s, self.looks + 1, 0
        while self.past and self.past[0][0] < time_s - PATIENCE_S:
            self.past.popleft()
        if look is not None:
            self.past.append((time_s, look))


class Tracker:
    """Gives detections of one frame after the other their track ids.

    A track is followed by its motion, its size and, where they are known, the colours of hair and clothes. Where it cannot be
    told which of two people a face is, both tracks end: rather two tracks of a person than one of two.

    Args:
        seed: of the ids, which are drawn at random so that they say nothing, not even who came first; None draws others
            each time.

    Attributes:
        confirmed: ids of the tracks that are faces; see ``STRONG``. Another track is forgotten at the first look that misses it.

    Source: Y. Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022 (strong detections
    first, weak ones to what is left).
    """

    def __init__(self, *, seed: int | Sequence[int] | None = None) -> None:
        self.confirmed: set[int] = set()
        self._rng = np.random.default_rng(seed)
        self._numbers: set[int] = set()
        self._tracks: list[_Track] = []
        self._reshaped = False

    def update(
        self,
        boxes: np.ndarray,
        scores: np.ndarray,
        time_s: float,
        *,
        looks: np.ndarray | None = None,
        stays: np.ndarray | None = None,
        known: np.ndarray | None = None,
        reshaped: bool = False,
    ) -> np.ndarray:
        """(N,) int64 track ids of what was seen at a time, faces or not: see ``confirmed``.

        Args:
            boxes: (N, 4) left, top, right, bottom in pixels.
            scores: (N,) of the detector.
            time_s: later than before.
            looks: (N, 2, D) of ``appearance``; None where it is not known.
            stays: (N,) bool, given where there is a cut: which faces may go on over it. Every other track ends.
            known: (N,) int64, the ids that were given before, where a recording is taken up again.
            reshaped: whether the picture has another shape than the one before, so that faces may be elsewhere and of other size.
        """
        centres, sides = _centres_and_sides(boxes)
        ids = np.full(len(boxes), -1, dtype=np.int64)
        self._begin(time_s)
        self._reshaped = reshaped
        for strong in (True, False):
            for confirmed in (True, False):
                fits = ((scores >= STRONG) == strong) & (ids < 0)
                rows = np.flatnonzero(fits if stays is None else fits & stays)
                tracks = [t for t in self._tracks if t.missed and (t.number in self.confirmed) == confirmed]
                cost = self._costs(tracks, centres[rows], sides[rows], time_s, None if looks is None else looks[rows])
                if stays is not None and len(tracks):
                    cost[self._distances(tracks, centres[rows]) > _STAYS] = np.inf
                pairs = worth_it(cost)
                unsure = _unsure(pairs, cost)
                for i, j in pairs:
                    if i not in unsure:
                        ids[rows[j]] = tracks[i].number
                        tracks[i].missed = 0
                ended = {tracks[i].number for i in unsure}
                self._tracks = [track for track in self._tracks if track.number not in ended]
        if known is not None:
            ids = known
            self._numbers.update(ids.tolist())
        for new in np.flatnonzero(ids < 0):
            ids[new] = self._new_number()
        self._see(ids, centres, sides, scores, time_s, looks)
        if stays is not None:
            self._tracks = [track for track in self._tracks if not track.missed]
        return ids

    def lost(self, time_s: float, *, within_s: float, looks: int) -> np.ndarray:
        """(K, 4) squares in which faces should be that were missed now, but seen not longer ago than some time or looks."""
        lost = [t for t in self._tracks if t.missed and (time_s - t.seen_s <= within_s or t.missed <= looks)]
        centres = np.array([t.motion.expected(time_s - t.seen_s) for t in lost]).reshape(-1, 2)
        halves = np.array([t.motion.side for t in lost]).reshape(-1, 1) / 2
        return np.hstack([centres - halves, centres + halves])

    def _begin(self, time_s: float) -> None:
        """Forget what was not seen for too long; everything else counts as missed until it is found."""
        self._tracks = [track for track in self._tracks if self._remembered(track, time_s)]
        for track in self._tracks:
            track.missed += 1

    def _remembered(self, track: _Track, time_s: float) -> bool:
        if track.number in self.confirmed:
            return time_s - track.seen_s <= PATIENCE_S
        return not track.missed

    def _see(
        self,
        ids: np.ndarray,
        centres: np.ndarray,
        sides: np.ndarray,
        scores: np.ndarray,
        time_s: float,
        looks: np.ndarray | None,
    ) -> None:
        """Tell the tracks, old and new, what was seen of them."""
        there = {track.number: track for track in self._tracks}
        known = np.zeros(len(ids), dtype=bool) if looks is None else ~np.isnan(looks).all(axis=(1, 2))
        for row, (number, side) in enumerate(zip(ids.tolist(), sides.tolist(), strict=True)):
            track = there.get(number)
            if track is None:
                track = _Track(number, Motion(centres[row], side), time_s)
                self._tracks.append(track)
            track.see(centres[row], side, time_s, looks[row] if looks is not None and known[row] else None)
        self.confirmed.update(ids[scores >= STRONG].tolist())
        self.confirmed.update(track.number for track in self._tracks if track.looks >= IN_A_ROW)

    def _costs(
        self, tracks: list[_Track], centres: np.ndarray, sides: np.ndarray, time_s: float, looks: np.ndarray | None
    ) -> np.ndarray:
        """(T, N) what it costs to go on with a detection instead of beginning a new track; infinite where it is impossible."""
        if not tracks or not len(centres):
            return np.zeros((len(tracks), len(centres)))
        passed = np.array([time_s - t.seen_s for t in tracks])[:, None]
        scale = np.array([t.motion.side for t in tracks])[:, None]
        spread = np.array([t.motion.spread(time_s - t.seen_s) for t in tracks])[:, None]
        expected = np.array([t.motion.expected(time_s - t.seen_s) for t in tracks])
        distance = np.linalg.norm(expected[:, None] - centres[None], axis=2) / np.sqrt(scale * sides[None])
        free, grows = (_FREE**2, _FREE_GROWTH) if self._reshaped else (0.0, 0.0)
        cost = (_HEAVY + 2) / 2 * np.log1p(distance**2 / ((spread + free) * _HEAVY)) + np.log(spread)
        growth = np.abs(np.log(sides[None] / scale))
        cost += 0.5 * (growth / (_GROWS + grows + _GROWS_PER_S * passed)) ** 2
        if not self._reshaped:  # what is beside a head is another part of its surroundings then
            cost += _weights([[look for _, look in t.past] for t in tracks], looks, len(centres))
        return np.where(growth <= _MOST_GROWTH, cost - _NEW, np.inf)

    def _distances(self, tracks: list[_Track], centres: np.ndarray) -> np.ndarray:
        last = np.array([t.motion.place for t in tracks])
        scale = np.array([t.motion.side for t in tracks])[:, None]
        return np.asarray(np.linalg.norm(last[:, None] - centres[None], axis=2) / scale)

    def _new_number(self) -> int:
        """A random number below a million that this recording has not used."""
        while (number := int(self._rng.integers(1, 1_000_000))) in self._numbers:
            pass
        self._numbers.add(number)
        return number


def _centres_and_sides(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    boxes = boxes.astype(np.float64)
    sides = np.sqrt(np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), 1e-6))
    return (boxes[:, :2] + boxes[:, 2:]) / 2, sides


def _weights(past: list[list[np.ndarray]], looks: np.ndarray | None, n: int) -> np.ndarray:
    """(T, N) what the appearances of tracks and detections add to the cost; 0 where they are not known."""
    if looks is None or not any(past):
        return np.zeros((len(past), n))
    weights = np.clip((unlikeness(_usual(past, looks), looks) - _EITHER) / _UNIT, None, _AGAINST)
    return np.asarray(np.where(np.isnan(weights), 0.0, weights))


def _usual(past: list[list[np.ndarray]], looks: np.ndarray) -> np.ndarray:
    """(T, 2, D) the mean of each track's last appearances; NaN where nothing is known."""
    known = np.full((_REMEMBERED, len(past), *looks.shape[1:]), np.nan, looks.dtype)
    for track, some in enumerate(past):
        if some:
            known[: len(some), track] = some
    there = ~np.isnan(known)
    total, count = np.where(there, known, np.float32(0)).sum(axis=0), there.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _unsure(pairs: list[tuple[int, int]], cost: np.ndarray) -> set[int]:
    """Rows of pairs that could as well have changed their partners."""
    return {
        row
        for n, (a, c) in enumerate(pairs)
        for b, d in pairs[n + 1 :]
        if cost[a, d] + cost[b, c] - cost[a, c] - cost[b, d] < _UNSURE
        for row in (a, b)
    }
