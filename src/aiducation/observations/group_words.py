"""The group in words: what reports, the overview and the command line say of it in one sentence."""

from __future__ import annotations

import numpy as np

from aiducation.observations.group import Group
from aiducation.states import OTHER
from aiducation.texts import N_
from aiducation.words import faces_words, number, percent

#: For the catalogues of translations, where a number of faces takes another form behind such a word.
_OF_FACES = (
    *(N_("of {n} face"), N_("of {n} faces"), N_("{number} of {n} face"), N_("{number} of {n} faces")),
    *(N_("of {number} faces"), N_("{number} of {number2} faces")),
)


#: Share of faces with a state below which nothing is said of single states.
_HARDLY_ANY = 0.1


def verdict(group: Group) -> str:
    """The group in half a sentence: counts first, the mean probability second."""
    counts, shares = group.counts, group.shares.shares
    outcomes = group.outcomes
    order = np.argsort(-counts[: len(outcomes)], kind="stable")
    first, second = int(order[0]), int(order[1])
    of = f"of {faces_words(float(counts.sum()))}"
    judged = float(counts[: len(outcomes)].sum())
    if not judged:
        return "no face has a state"
    if judged < counts.sum() * _HARDLY_ANY:
        return f"hardly any face has a state ({number(judged)} {of})"
    words = f"{number(counts[first])} {of}, mean probability {percent(shares[first])}"
    if counts[first] > counts.sum() / 2:
        return f"most {_look(outcomes[first])} ({words})"
    if counts[first] - counts[second] >= max(1.5, counts.sum() / 10):
        if outcomes[first] == OTHER:
            return f"other expressions were the most frequent ({words})"
        return f"more looked {outcomes[first]} than anything else ({words})"
    return f"no state stands out ({outcomes[first]} {number(counts[first])}, {outcomes[second]} {number(counts[second])} {of})"


def _look(outcome: str) -> str:
    return "had another expression" if outcome == OTHER else f"looked {outcome}"
