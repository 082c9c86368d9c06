"""Which faces a person should label: those that help a model most, and a random share that measures it honestly.

The random share is drawn first, from all faces, so that what the model says of a face has no part in it. Only these faces may
measure the model (``Annotation.is_random``); the others are chosen because of what it says, and would make it look worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.states import OUTCOMES

#: Share of the faces that are drawn at random.
RANDOM_SHARE = 0.3

#: Seconds within which two faces of one person are nearly the same picture.
_APART_S = 5.0


@dataclass(frozen=True)
class Chosen:
    """A face that is to be labelled.

    Attributes:
        index: number of the face among those that were offered.
        chosen: why it was chosen: "random", "uncertain", "rare" or "person", as ``annotations.CHOSEN`` has them.
    """

    index: int
    chosen: str


def label_sample(
    probs: np.ndarray,
    people: Sequence[str],
    times_s: np.ndarray | None = None,
    *,
    n: int,
    random_share: float = RANDOM_SHARE,
    seed: int = 0,
) -> list[Chosen]:
    """Faces to label in the order in which to label them: whoever stops early has the same share of random ones.

    Args:
        probs: (N, 5) probability of each of ``OUTCOMES``; rows with NaN, which the model was not asked about, are left out.
        people: N persons or tracks; "" where it is not known who it is.
        times_s: (N,) seconds in the recording, or None for photos: two faces of one person that follow each other closely are
            not both chosen, unless at random.
        n: how many at most.
        random_share: share of them that is drawn at random, from 0 to 1.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    judged = np.flatnonzero(~np.isnan(probs).any(axis=1))
    n = min(n, len(judged))
    at_random = rng.permutation(judged)[: round(n * random_share)]
    helpful = _Helpful(probs, people, times_s, np.setdiff1d(judged, at_random), rng).picks(n - len(at_random))
    random, k = (Chosen(int(i), "random") for i in at_random), len(at_random)
    # The share is kept at every place of the list.
    turns = [(place + 1) * k // n > place * k // n for place in range(n)]
    return [next(random) if turn else next(helpful) for turn in turns]


class _Helpful:
    """Faces whose labels tell a model most, kind after kind in turn."""

    def __init__(
        self,
        probs: np.ndarray,
        people: Sequence[str],
        times_s: np.ndarray | None,
        rows: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        self._people, self._times = people, times_s
        self._best = probs.argmax(axis=1, keepdims=False) if len(probs) else np.zeros(0, np.int64)
        rows = rng.permutation(rows)  # whatever is equal comes in no order
        sure = probs[rows].max(axis=1) if len(rows) else np.zeros(0)
        self._unsure = rows[np.argsort(sure, kind="stable")].tolist()
        surest = rows[np.argsort(-sure, kind="stable")]
        self._by_state = [surest[self._best[surest] == k].tolist() for k in range(len(OUTCOMES))]
        self._by_person: dict[str, list[int]] = {}
        for row in rows.tolist():
            if people[row]:
                self._by_person.setdefault(people[row], []).append(row)
        self._taken: set[int] = set()
        self._when: dict[str, list[float]] = {}
        self._of_state = [0] * len(OUTCOMES)
        self._of_person = dict.fromkeys(self._by_person, 0)

    def picks(self, n: int) -> Iterator[Chosen]:
        """``n`` faces; there are so many."""
        kinds = ["uncertain", "rare", *(["person"] if len(self._by_person) > 1 else [])]
        for place in range(n):
            kind = kinds[place % len(kinds)]
            row = self._next(self._lists(kind))
            if row is None:  # all that is left is near to one that was chosen
                kind, row = "uncertain", next(row for row in self._unsure if row not in self._taken)
            self._take(row)
            yield Chosen(row, kind)

    def _lists(self, kind: str) -> list[list[int]]:
        """Faces of a kind, the best first; of several lists the one of which least was taken comes first."""
        if kind == "rare":
            return [self._by_state[k] for k in sorted(range(len(OUTCOMES)), key=lambda k: self._of_state[k])]
        if kind == "person":
            return [self._by_person[who] for who in sorted(self._by_person, key=lambda who: self._of_person[who])]
        return [self._unsure]

    def _next(self, lists: list[list[int]]) -> int | None:
        return next((row for rows in lists for row in rows if row not in self._taken and not self._is_near(row)), None)

    def _is_near(self, row: int) -> bool:
        if self._times is None:
            return False
        near = self._when.get(self._people[row], ()) if self._people[row] else ()
        return any(abs(self._times[row] - time_s) < _APART_S for time_s in near)

    def _take(self, row: int) -> None:
        who = self._people[row]
        self._taken.add(row)
        self._of_state[int(self._best[row])] += 1
        if who in self._of_person:
            self._of_person[who] += 1
        if self._times is not None and who:
            self._when.setdefault(who, []).append(float(self._times[row]))
