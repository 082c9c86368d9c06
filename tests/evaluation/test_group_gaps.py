"""Groups of faces compared: what was put in is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from scipy.stats import norm

from aiducation.errors import DataMismatchError
from aiducation.evaluation.comparisons import holm
from aiducation.evaluation.group_gaps import GroupGap, group_gaps, too_small, visible_difference
from aiducation.evaluation.judged_alike import shuffled_p_value
from aiducation.evaluation.metrics import expected_calibration_error
from aiducation.evaluation.people import people_spread


def faces(
    n: int, accuracy: np.ndarray, truth: np.ndarray, rng: np.random.Generator, confidence: float = 0.7
) -> np.ndarray:
    """(N, 4) probabilities whose answers are right with the given chances and have one confidence."""
    right = rng.random(n) < accuracy
    answer = np.where(right, truth, (truth + rng.integers(1, 4, n)) % 4)
    probs = np.full((n, 4), (1 - confidence) / 3)
    probs[np.arange(n), answer] = confidence
    return probs


def named(found: list[GroupGap]) -> dict[str, GroupGap]:
    return {one.group: one for one in found}


def test_a_group_that_is_judged_worse_is_found() -> None:
    rng, n = np.random.default_rng(0), 3000
    truth, dark = rng.integers(0, 4, n), rng.random(n) < 0.3
    probs = faces(n, np.where(dark, 0.55, 0.7), truth, rng)
    attributes = {"light": np.where(dark, "dark", "bright").tolist(), "hand": rng.choice(["left", "right"], n).tolist()}
    found = named(group_gaps(probs, truth, np.arange(n), attributes))
    assert found["dark"].differs and found["bright"].differs
    assert not found["left"].differs and not found["right"].differs
    difference = found["dark"].difference
    assert difference is not None and difference.low < -0.15 < difference.high < 0
    over = found["dark"].overconfidence
    assert over.low < 0.15 < over.high and found["bright"].overconfidence.low < 0 < found["bright"].overconfidence.high
    assert (found["dark"].overconfidence_p_value or 1) < 0.01
    assert found["dark"].confidence == pytest.approx(0.7)


def test_a_calibration_error_has_an_interval_over_people() -> None:
    """It holds the estimate, and 0 where every probability is right; faces of one person are drawn together."""
    rng, people = np.random.default_rng(10), 120
    person = np.repeat(np.arange(people), 10)
    truth = rng.integers(0, 4, len(person))
    probs = faces(len(person), np.where(rng.random(people) < 0.5, 0.9, 0.5)[person], truth, rng, confidence=0.85)
    room = {"room": np.where(person < 60, "a", "b").tolist()}
    together = named(group_gaps(probs, truth, person, room))["a"].calibration_error
    apart = named(group_gaps(probs, truth, np.arange(len(person)), room))["a"].calibration_error
    inside = person < 60
    assert together.estimate == pytest.approx(expected_calibration_error(probs[inside], truth[inside]))
    assert 0 < together.low <= together.estimate <= together.high < 0.4
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    even = rng.dirichlet(np.ones(4), 60)  # right as often as it says
    drawn = np.array([rng.choice(4, p=one) for one in even])
    (one, _) = group_gaps(even, drawn, np.arange(60), {"room": ["a"] * 30 + ["b"] * 30})
    assert 0 == one.calibration_error.low < one.calibration_error.estimate <= one.calibration_error.high


def test_a_group_with_more_of_an_easy_state_is_not_better() -> None:
    """Accuracy differs by the mix of states alone."""
    rng, n = np.random.default_rng(1), 4000
    group = rng.random(n) < 0.5
    truth = np.where(rng.random(n) < np.where(group, 0.9, 0.3), 1, 0)
    probs = faces(n, np.where(truth == 1, 0.9, 0.5), truth, rng)
    one = named(group_gaps(probs, truth, np.arange(n), {"room": np.where(group, "A", "B").tolist()}))["A"]
    assert one.accuracy.low > 0.8, "it looks better"
    assert one.difference is not None and one.difference.low < 0 < one.difference.high and not one.differs


def test_p_values_are_those_of_holm_over_all_comparisons() -> None:
    rng, n = np.random.default_rng(2), 900
    truth = rng.integers(0, 4, n)
    probs = faces(n, np.full(n, 0.6), truth, rng)
    attributes = {name: rng.choice(["a", "b", "c"], n).tolist() for name in ("one", "two")}
    found = group_gaps(probs, truth, np.arange(n), attributes)
    single = {}
    for attribute in attributes:
        for one in group_gaps(probs, truth, np.arange(n), {attribute: attributes[attribute]}):
            error = (one.difference.high - one.difference.low) / 2 / norm.ppf(0.975)  # type: ignore[union-attr]
            single[f"{attribute} {one.group}"] = 2 * norm.sf(abs(one.difference.estimate) / error)  # type: ignore[union-attr]
    assert len(found) == 6 and all(one.p_value is not None and one.p_value >= 0 for one in found)
    by_hand = holm(single)  # of half of the comparisons, so none can be larger
    for one in found:
        assert (one.p_value or 0) >= by_hand[f"{one.attribute} {one.group}"] * 0.8 - 0.05
    assert not any(one.differs for one in found)


@pytest.mark.slow
def test_chance_is_found_to_be_something_in_few_of_many_tries() -> None:
    wrong = 0
    for draw in range(40):
        rng = np.random.default_rng(draw)
        truth = rng.integers(0, 4, 400)
        probs = faces(400, np.full(400, 0.6), truth, rng)
        attributes = {name: rng.choice(["a", "b", "c"], 400).tolist() for name in "xyz"}
        wrong += any(one.differs for one in group_gaps(probs, truth, np.arange(400), attributes))
    assert wrong <= 5  # at 5 %, two may


def test_faces_of_one_person_are_one_piece_of_evidence() -> None:
    rng, people = np.random.default_rng(3), 60
    person = np.repeat(np.arange(people), 20)
    truth = rng.integers(0, 4, len(person))
    good = (rng.random(people) < 0.5)[person]
    probs = faces(len(person), np.where(good, 0.9, 0.4), truth, rng)
    group = np.where(person < people // 2, "first", "second").tolist()
    together = named(group_gaps(probs, truth, person, {"half": group}))["first"].accuracy
    apart = named(group_gaps(probs, truth, np.arange(len(person)), {"half": group}))["first"].accuracy
    assert together.high - together.low > 2 * (apart.high - apart.low)


def all_wrong(wrong: int, right: int, each: int = 1, odd: int = 0) -> list[GroupGap]:
    """Groups a, of people who are judged wrongly, and b, of people who are judged rightly but for a few odd ones."""
    people = np.repeat(np.arange(wrong + right), each)
    truth = people % 2
    correct = (people >= wrong) & (people < wrong + right - odd)
    probs = np.full((len(people), 2), 0.1)
    probs[np.arange(len(people)), np.where(correct, truth, 1 - truth)] = 0.9
    return group_gaps(probs, truth, people, {"room": np.where(people < wrong, "a", "b").tolist()})


@pytest.mark.parametrize("odd", [0, 1])
def test_a_group_that_is_all_wrong_is_found(odd: int) -> None:
    """Its resamples have no spread, and neither have those of the others where all of them are judged rightly."""
    found = named(all_wrong(12, 48, odd=odd))
    one, other = found["a"], found["b"]
    assert one.differs and other.differs and 0 < (one.p_value or 0) < 0.01
    assert one.difference is not None and one.difference.estimate < -0.95
    assert one.difference.low == pytest.approx(-1) and -0.85 < one.difference.high < -0.5
    assert one.accuracy.estimate == one.accuracy.low == 0 and 0.05 < one.accuracy.high < 0.3
    assert one.overconfidence.has_limits and one.balanced.has_limits
    assert 0.1 < visible_difference([one, other], 4) < 0.4


def test_a_point_is_not_counted_as_what_could_have_been_seen() -> None:
    one = named(all_wrong(12, 48))["a"]
    assert one.difference is not None
    point = replace(one, difference=replace(one.difference, low=-1.0, high=-1.0))
    assert visible_difference([point, one, point], 4) == visible_difference([one], 4) > 0


def test_few_people_who_are_all_judged_wrongly_may_be_chance() -> None:
    """Five people with twenty faces each are five people; 60 % of the others are judged rightly."""
    rng = np.random.default_rng(9)
    people = np.concatenate([np.repeat(np.arange(5), 20), np.arange(5, 65)])
    truth = np.zeros(len(people), dtype=np.int64)
    correct = (people >= 5) & (rng.random(len(people)) < 0.6)
    probs = np.where(correct[:, None], [0.7, 0.3], [0.3, 0.7])
    one = named(group_gaps(probs, truth, people, {"room": np.where(people < 5, "a", "b").tolist()}))["a"]
    assert one.p_value is not None and 1e-4 < one.p_value < 0.1
    assert one.difference is not None and one.difference.high - one.difference.low > 0.4


def test_people_who_are_all_judged_rightly_do_not_differ() -> None:
    found = all_wrong(0, 60)
    assert found[0].difference is None
    truth = np.arange(60) % 4
    groups = {"room": ["a"] * 8 + ["b"] * 52}
    for one in group_gaps(np.eye(4)[truth] * 0.6 + 0.1, truth, np.arange(60), groups):
        assert one.difference is not None and one.difference.low < one.difference.estimate == 0 < one.difference.high
        assert one.p_value == 1 and one.accuracy.low < 1 == one.accuracy.high


def test_shuffling_is_exact_where_all_ways_can_be_counted() -> None:
    """Three wrong people against three right ones of one state: 2 of 20 ways; faces of one person stay together."""
    people = np.zeros((6, 2, 1, 3))
    people[:3, 0, 0], people[3:, 1, 0] = (2, 0, 1), (2, 2, 1)

    def measure(sums: np.ndarray) -> np.ndarray:
        recall = sums[..., 1] / sums[..., 0]
        return np.asarray((recall[..., 0, :] - recall[..., 1, :]).mean(axis=-1))

    assert shuffled_p_value(people, measure, -1.0, seed=0) == pytest.approx(0.1, abs=0.01)


def test_small_groups_and_unknown_faces_are_left_out() -> None:
    rng, n = np.random.default_rng(4), 200
    truth = rng.integers(0, 4, n)
    probs = faces(n, np.full(n, 0.6), truth, rng)
    group = np.array(["many"] * n, dtype=object)
    group[:3], group[3:23], group[23:60] = "three", "twenty", ""
    found = named(group_gaps(probs, truth, np.arange(n), {"room": group.tolist()}))
    assert set(found) == {"many", "twenty"}
    assert found["twenty"].faces == 20 and "only 20 people" in found["twenty"].caveat and not found["many"].caveat
    assert found["many"].faces == n - 60
    with pytest.raises(DataMismatchError, match="has 3 faces, the predictions have 200"):
        group_gaps(probs, truth, np.arange(n), {"room": ["a", "b", "c"]})
    assert group_gaps(probs, truth, np.arange(n), {}) == []


def test_a_withheld_group_cannot_be_computed_from_the_others() -> None:
    """No figure depends on how the withheld faces are judged."""
    rng, n = np.random.default_rng(6), 120
    truth = rng.integers(0, 4, n)
    probs = faces(n, np.full(n, 0.6), truth, rng)
    group = ["first"] * 60 + ["second"] * 56 + ["four"] * 4
    found = group_gaps(probs, truth, np.arange(n), {"room": group})
    probs[-4:] = faces(4, np.zeros(4), truth[-4:], rng)
    assert [one.group for one in found] == ["first", "second"]
    assert group_gaps(probs, truth, np.arange(n), {"room": group}) == found


def test_a_group_without_others_has_no_difference() -> None:
    rng, truth = np.random.default_rng(5), np.zeros(50, dtype=np.int64)
    probs = faces(50, np.full(50, 0.6), truth, rng)
    (one,) = group_gaps(probs, truth, np.arange(50), {"room": ["A"] * 50})
    assert one.difference is None and one.p_value is None and not one.differs


# --- people ----------------------------------------------------------------------------------------------------------


def test_people_who_are_judged_worse_show() -> None:
    rng, people = np.random.default_rng(6), 100
    person = np.repeat(np.arange(people), 6)
    truth = rng.integers(0, 2, len(person))
    skill = np.clip(rng.normal(0.6, 0.2, people), 0, 1)[person]
    found = people_spread(rng.random(len(person)) < skill, truth, person)
    assert found is not None and found.p_value < 0.01 and 0.12 < found.spread < 0.28
    assert found.people == people and found.never >= found.never_by_chance
    alike = people_spread(rng.random(len(person)) < 0.6, truth, person)
    assert alike is not None and alike.p_value > 0.05 and alike.spread < 0.1


def test_states_explain_a_part_of_the_spread() -> None:
    """People who only show an easy state are no better judged people."""
    rng, people = np.random.default_rng(7), 200
    person = np.repeat(np.arange(people), 5)
    truth = (np.arange(people) % 2)[person]
    found = people_spread(rng.random(len(person)) < np.where(truth == 1, 0.9, 0.3), truth, person)
    assert found is not None and found.p_value > 0.05


@pytest.mark.parametrize("seed", range(8))
def test_equal_spreads_count_as_equal(seed: int) -> None:
    """With few faces each many ways to deal right answers out have the same spread: the p-value is that of all ways, counted."""
    faces_each, people = 3, 12
    person = np.repeat(np.arange(people), faces_each)
    correct = np.random.default_rng(seed).random(len(person)) < 0.7
    ways: dict[tuple[int, int], int] = {(0, 0): 1}  # right answers and the sum of the people's squares -> ways
    for _ in range(people):
        more: dict[tuple[int, int], int] = {}
        for (right, squares), n in ways.items():
            for one in range(faces_each + 1):
                key = (right + one, squares + one**2)
                more[key] = more.get(key, 0) + n * comb(faces_each, one)
        ways = more
    own = np.bincount(person, weights=correct).astype(int)
    as_many = {squares: n for (right, squares), n in ways.items() if right == own.sum()}
    exact = sum(n for squares, n in as_many.items() if squares >= (own**2).sum()) / sum(as_many.values())
    found = people_spread(correct, np.zeros(len(person), np.int64), person)
    assert found is not None and found.p_value == pytest.approx(exact, abs=0.04)


def test_a_face_each_says_nothing_of_people() -> None:
    assert people_spread(np.ones(50, dtype=bool), np.zeros(50, dtype=np.int64), np.arange(50)) is None


def test_nothing_is_said_of_few_people_not_even_by_comparison() -> None:
    rng, n = np.random.default_rng(8), 400
    truth = rng.integers(0, 4, n)
    probs = faces(n, np.full(n, 0.6), truth, rng)
    glasses = ["sunglasses" if i < 12 else "none" for i in range(n)]
    people = np.where(np.arange(n) < 12, np.arange(n) % 3, np.arange(n))
    (one,) = group_gaps(probs, truth, people, {"glasses": glasses})
    assert one.group == "none" and one.difference is None and one.p_value is None
    assert too_small(people, {"glasses": glasses, "hand": ["left"] * n}) == {"glasses": ["sunglasses"]}
