"""Whether some people are judged worse than others, beyond what chance makes of few faces each. Nobody is named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SHUFFLES = 2000

#: Spreads that differ by less are the same, up to rounding: the same answers of other faces are added up in another order.
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class PeopleSpread:
    """How far the accuracy differs between people.

    Attributes:
        people, faces: with two faces or more.
        spread: standard deviation of the people's accuracy beyond what their states and chance explain; 0 if that explains all.
        never: people of whom no face is judged rightly, ``never_by_chance`` how many there would be by chance.
        p_value: how often a spread as large comes about when right answers are dealt out anew within each state.
    """

    people: int
    faces: int
    spread: float
    never: int
    never_by_chance: float
    p_value: float


def people_spread(correct: np.ndarray, truth: np.ndarray, people: np.ndarray, *, seed: int = 0) -> PeopleSpread | None:
    """The spread between people; None where fewer than ten people have two faces or more.

    Args:
        correct: (N,) bool.
        truth: (N,) state of each face: so that easy states do not count in favour of a person.
        people: (N,) who is shown.
    """
    _, person, count = np.unique(people, return_inverse=True, return_counts=True)
    several = count[person] > 1
    if len(np.unique(person[several])) < 10:
        return None
    correct, truth = correct[several].astype(np.float64), truth[several]
    _, person = np.unique(person[several], return_inverse=True)
    faces = np.bincount(person)
    expected = np.zeros(len(correct))
    for state in np.unique(truth):
        expected[truth == state] = correct[truth == state].mean()
    rng = np.random.default_rng(seed)

    def of(answers: np.ndarray) -> tuple[float, int]:
        rest = np.bincount(person, weights=answers - expected) / faces
        return float((faces * rest**2).sum() / faces.sum()), int((np.bincount(person, weights=answers) == 0).sum())

    measured, never = of(correct)
    dealt = []
    for _ in range(_SHUFFLES):
        answers = correct.copy()
        for state in np.unique(truth):
            rows = np.flatnonzero(truth == state)
            answers[rows] = correct[rng.permutation(rows)]
        dealt.append(of(answers))
    by_chance = np.array([value for value, _ in dealt])
    return PeopleSpread(
        people=len(faces),
        faces=len(correct),
        spread=float(np.sqrt(max(measured - by_chance.mean(), 0.0))),
        never=never,
        never_by_chance=float(np.mean([value for _, value in dealt])),
        p_value=float((1 + (by_chance >= measured - _SAME).sum()) / (1 + _SHUFFLES)),
    )
