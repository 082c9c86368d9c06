"""``observations.label_sample``: which faces are offered to be labelled, and that the random share is honest."""

from __future__ import annotations

from collections import Counter

import numpy as np

from aiducation.observations.label_sample import label_sample


def probabilities(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(5, 0.5), n)


def test_the_random_share_does_not_depend_on_what_the_model_says() -> None:
    """However surely the model knows some faces, all are drawn equally often."""
    probs = np.tile([0.96, 0.01, 0.01, 0.01, 0.01], (40, 1))
    probs[:10] = 0.2  # unsure
    drawn: Counter[int] = Counter()
    for seed in range(400):
        drawn.update(one.index for one in label_sample(probs, [""] * 40, n=10, seed=seed) if one.chosen == "random")
    counts = np.array([drawn[i] for i in range(40)])
    assert counts.sum() == 400 * 3
    assert abs(counts[:10].mean() - counts[10:].mean()) < 4 * np.sqrt(30 / 10)


def test_whoever_stops_early_has_the_same_share_of_random_faces() -> None:
    chosen = [one.chosen for one in label_sample(probabilities(300), [""] * 300, n=100)]
    assert chosen.count("random") == 30
    for place in range(1, 101):
        assert abs(chosen[:place].count("random") - 0.3 * place) < 1
    assert {"uncertain", "rare"} <= set(chosen) and "person" not in chosen


def test_no_face_comes_twice_and_none_that_was_not_judged() -> None:
    probs = probabilities(80)
    probs[::4] = np.nan
    found = label_sample(probs, [""] * 80, n=200)
    assert sorted(one.index for one in found) == [i for i in range(80) if i % 4]


def test_unsure_faces_and_rare_states_come_first() -> None:
    probs = np.tile([0.9, 0.025, 0.025, 0.025, 0.025], (100, 1))
    probs[7] = [0.3, 0.3, 0.2, 0.1, 0.1]
    probs[8] = [0.02, 0.02, 0.02, 0.92, 0.02]
    first = {one.chosen: one.index for one in reversed(label_sample(probs, [""] * 100, n=20, random_share=0.0))}
    assert first["uncertain"] == 7 and first["rare"] == 8


def test_everybody_is_seen_before_somebody_is_seen_often() -> None:
    people = ["a"] * 90 + ["b"] * 5 + ["c"] * 5
    found = label_sample(probabilities(100), people, n=30, random_share=0.0)
    by_person = Counter(people[one.index] for one in found if one.chosen == "person")
    assert by_person["b"] + by_person["c"] >= by_person["a"]


def test_pictures_of_one_person_that_follow_each_other_are_not_both_chosen() -> None:
    times = np.arange(100) * 0.5
    found = label_sample(probabilities(100), ["a"] * 100, times, n=5, random_share=0.0)
    chosen = sorted(times[one.index] for one in found)
    assert np.diff(chosen).min() >= 5
    assert len(label_sample(probabilities(100), ["a"] * 100, times, n=60)) == 60, "but where there are no others"


def test_the_same_seed_chooses_the_same_faces() -> None:
    probs = probabilities(50)
    assert label_sample(probs, [""] * 50, n=20, seed=3) == label_sample(probs, [""] * 50, n=20, seed=3)
    assert label_sample(probs, [""] * 50, n=20, seed=3) != label_sample(probs, [""] * 50, n=20, seed=4)


def test_nothing_to_choose_from() -> None:
    assert label_sample(np.zeros((0, 5)), [], n=10) == []
    assert label_sample(np.full((3, 5), np.nan), [""] * 3, n=10) == []
