"""A prepared data set of own labelled faces, which training and reports read like FER2013's.

Nobody voted on these faces. Each label stands for ten votes that give its state by the criteria, and of all such votes for those
by which ten other raters would most likely give it, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np

from aiducation.data.criteria import Criteria, get_criteria
from aiducation.data.dataset import Dataset, DatasetInfo, hash_arrays
from aiducation.data.duplicates import find_duplicates
from aiducation.data.prepare import write_prepared
from aiducation.data.soft_states import outcome_index, soft_states
from aiducation.data.splits import make_split
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS
from aiducation.errors import DataFileError
from aiducation.evaluation.adaptation import folds
from aiducation.files import new_folder, sha256
from aiducation.records import check_seed
from aiducation.states import OTHER_INDEX, OUTCOMES, STATES
from aiducation.vision.own_faces import OwnFaces, person_numbers
from aiducation.words import people as people_words

#: People are dealt out to so many parts at most: one validates, one judges, the others train.
_MOST_PARTS = 7

#: Fewest people of each labelled state, so that every part can have some.
LEAST_PEOPLE = 3

#: Where no two of the parts have all states: how often people are dealt out by chance, and with which shares to validation, test
#: and training.
_DEALT, _SHARES = 5000, (0.25, 0.25, 0.5)

_RATERS = 10


@dataclass(frozen=True)
class OwnDataset:
    """What was prepared: the data set; its people; faces that are duplicates of others."""

    dataset: Dataset
    people: int
    duplicates: int


def prepare_own(
    seen: OwnFaces,
    source: Path,
    out: Path,
    *,
    criteria: str = "published",
    seed: int = 0,
    force: bool = False,
) -> OwnDataset:
    """Write own labelled faces as a prepared data set, in which nobody is in two parts and each part has faces of every state.

    Args:
        seen: the faces, with labels and people.
        source: where the labels come from, for the description.
        out: folder to write.
        criteria: by which votes become states.
        seed: of the split.
        force: overwrite what is in ``out``.

    Raises:
        DataFileError: a state is missing or has too few people, or people cannot be dealt out so.
        ConfigError: there are no such criteria, or no such seed.
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
    """
    rules = get_criteria(criteria)
    check_seed(seed)
    truth = np.array([OUTCOMES.index(face.outcome) for face in seen.judged], dtype=np.int64)
    found = find_duplicates(seen.crops)
    together = joined(found.group, person_numbers(face.person for face in seen.judged))
    part = dealt_out(truth, together, seed)
    new_folder(out, force=force)
    ballots = votes_of_labels(rules)
    usage = np.array([USAGES.index(name) for name in ("PublicTest", "PrivateTest", "Training")], np.int8)[part]
    arrays = {
        "images": np.ascontiguousarray(seen.crops),
        "emotion": np.full(len(truth), -1, np.int8),
        "usage": usage,
        "votes": ballots[truth],
        "names": np.array([face.path.name for face in seen.judged]),
        "state": np.where(truth == len(STATES), OTHER_INDEX, truth).astype(np.int8),
        "kept": np.ones(len(truth), bool),
    }
    info = DatasetInfo(
        criteria=criteria,
        data_hash=hash_arrays(arrays),
        cleaning=[],
        duplicates={"method": "full", **found.counts()},
        sources={source.name: sha256(source)} if source.is_file() else {},
    )
    dataset = Dataset(**arrays, duplicate_group=together.astype(np.int32), info=info, path=out)
    split = make_split("official", dataset.split_input(), seed=0)
    write_prepared(dataset, [split], replace(found, group=together), out)
    return OwnDataset(dataset, len(np.unique(together)), len(truth) - len(np.unique(found.group)))


def dealt_out(truth: np.ndarray, together: np.ndarray, seed: int) -> np.ndarray:
    """(N,) where each face goes: 0 to validation, 1 to the test, 2 to training; nobody to two of them, every state to each.

    Args:
        truth: (N,) indices of ``OUTCOMES``.
        together: (N,) integers; faces that share one stay together.
        seed: of the folds.

    Raises:
        DataFileError: a state has too few people, or no way was found to deal them out.
    """
    fewest = _fewest_people(truth, together)
    for count in range(min(_MOST_PARTS, fewest), LEAST_PEOPLE - 1, -1):
        fold = folds(truth, together, count, seed)
        for valid, test in permutations(range(count), 2):
            part = np.where(fold == valid, 0, np.where(fold == test, 1, 2))
            if _has_all_states(part, truth):
                return part
    people, person = np.unique(together, return_inverse=True)
    random = np.random.default_rng(seed)
    for _ in range(_DEALT):
        part = random.choice(len(_SHARES), size=len(people), p=_SHARES)[person]
        if _has_all_states(part, truth):
            return np.asarray(part)
    raise DataFileError(
        f"The {len(people):,} people cannot be divided so that training, validation and test each have faces of every state and "
        "nobody is in two of them: too few people show the rare states. Label more people, or use 'aiducation adapt', "
        "which needs fewer."
    )


def _has_all_states(part: np.ndarray, truth: np.ndarray) -> bool:
    there = np.zeros((len(_SHARES), len(OUTCOMES)), dtype=bool)
    there[part, truth] = True
    return bool(there[:, : len(STATES)].all())


def joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N,) int64 groups, numbered from 0 in order of first appearance, that hold together what either grouping does."""
    group = np.unique(one, return_inverse=True)[1].astype(np.int64)
    for who in np.unique(other):
        for name in np.unique(group[other == who])[1:]:
            group[group == name] = group[other == who].min()
    first = {name: i for i, name in enumerate(dict.fromkeys(group.tolist()))}
    return np.array([first[name] for name in group.tolist()], dtype=np.int64)


def votes_of_labels(criteria: Criteria) -> np.ndarray:
    """(5, 10) uint8, ten votes for each of ``OUTCOMES``: of those for one or two emotions the surest.

    Raises:
        DataFileError: the criteria give an outcome by no such votes.
    """
    ballots = [_RATERS * np.eye(len(VOTE_COLUMNS), dtype=np.uint8)[k] for k in range(len(EMOTIONS))]
    for i, j in combinations(range(len(VOTE_COLUMNS) - 2), 2):  # the last two columns say that nothing can be told
        for n in range(1, _RATERS):
            ballot = np.zeros(len(VOTE_COLUMNS), np.uint8)
            ballot[i], ballot[j] = n, _RATERS - n
            ballots.append(ballot)
    votes = np.stack(ballots)
    given, chances = outcome_index(criteria.assign(votes.astype(np.int16))), soft_states(votes, criteria)
    made = np.zeros((len(OUTCOMES), len(VOTE_COLUMNS)), np.uint8)
    for k, outcome in enumerate(OUTCOMES):
        rows = np.flatnonzero(given == k)
        if not len(rows):
            raise DataFileError(
                f"The criteria '{criteria.name}' do not give {outcome} for any combination of one or two emotions."
            )
        made[k] = votes[rows[chances[rows, k].argmax()]]
    return made


def _fewest_people(truth: np.ndarray, together: np.ndarray) -> int:
    """How many people the state has that has fewest."""
    counts = [len(np.unique(together[truth == k])) for k in range(len(STATES))]
    for state, people in zip(STATES, counts, strict=True):
        if people < LEAST_PEOPLE:
            raise DataFileError(
                f"{state} has faces of {people_words(people)}; training, validation and test need at least {LEAST_PEOPLE} of "
                "each state, and nobody may be in two of them. Label more people, or use 'aiducation adapt', which needs fewer."
            )
    return min(counts)
