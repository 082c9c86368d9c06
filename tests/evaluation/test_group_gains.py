"""Two trainings compared by group: what was put in is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aiducation.errors import ConfigError, DataMismatchError, ShapeError
from aiducation.evaluation.group_gains import Tried, best_weight, group_gains
from aiducation.predictions import Predictions
from aiducation.training.image_weights import weights_by_group, weights_of_group

N = 2400
TRUTH = np.random.default_rng(0).integers(0, 4, N)
DARK = np.random.default_rng(1).random(N) < 0.3
LIGHT = np.where(DARK, "dark", "bright").tolist()


def run(accuracy: np.ndarray | float, seed: int, confidence: float = 0.7) -> Predictions:
    rng = np.random.default_rng([7, seed])
    right = rng.random(N) < accuracy
    answer = np.where(right, TRUTH, (TRUTH + rng.integers(1, 4, N)) % 4)
    probs = np.full((N, 4), (1 - confidence) / 3, np.float32)
    probs[np.arange(N), answer] = confidence
    return Predictions(ids=np.arange(N), y_true=TRUTH, probs=probs, groups=np.arange(N))


def test_a_gain_and_its_cost_are_found() -> None:
    before = [run(np.where(DARK, 0.5, 0.7), seed) for seed in range(5)]
    after = [run(np.where(DARK, 0.62, 0.64), 10 + seed) for seed in range(5)]
    found = {one.group: one for one in group_gains(before, after, {"light": LIGHT, "all": ["all"] * N})}
    dark, bright, everyone = found["dark"], found["bright"], found["all"]
    assert dark.is_sure and dark.gain.low < 0.12 < dark.gain.high and dark.gain.low > 0
    assert bright.is_sure and bright.gain.low < -0.06 < bright.gain.high < 0
    assert not everyone.is_sure and everyone.faces == N == dark.faces + bright.faces
    assert dark.before == pytest.approx(0.5, abs=0.04) and dark.after == pytest.approx(0.62, abs=0.04)
    assert dark.overconfidence_change.high < 0, "more often right with the same confidence"


def test_without_a_change_nothing_is_sure() -> None:
    before, after = ([run(0.6, 20 * k + seed) for seed in range(3)] for k in (1, 2))
    found = group_gains(before, after, {"light": LIGHT})
    assert not any(one.is_sure or one.overconfidence_p_value < 0.05 for one in found)


def test_runs_that_differ_among_themselves_make_intervals_wide() -> None:
    """One network that gained much and others that lost say little."""
    before = [run(0.6, seed) for seed in range(4)]
    alike = group_gains(before, [run(0.64, 30 + seed) for seed in range(4)], {"all": ["all"] * N})[0]
    after = [run(level, 30 + i) for i, level in enumerate((0.9, 0.5, 0.52, 0.64))]
    apart = group_gains(before, after, {"all": ["all"] * N})[0]
    assert apart.gain.high - apart.gain.low > 3 * (alike.gain.high - alike.gain.low) and not apart.is_sure


def test_small_groups_and_wrong_runs_are_refused() -> None:
    before = [run(0.6, seed) for seed in range(2)]
    few = ["few" if i < 4 else "" for i in range(N)]
    assert group_gains(before, before, {"some": few}) == []
    with pytest.raises(ShapeError, match="at least two runs"):
        group_gains(before[:1], before[:1], {"light": LIGHT})
    with pytest.raises(DataMismatchError, match=r"has 3 faces, the predictions have 2,400"):
        group_gains(before, before, {"light": ["dark"] * 3})


@pytest.mark.parametrize("photos", [5, 40])
def test_a_gain_without_any_chance_in_it_is_not_sure(photos: int) -> None:
    """All few faces of a group were wrong and are right now: that is no proof, and no p-value is 0."""
    right, confidence = np.ones(photos, bool), 0.7

    def same(answers: np.ndarray) -> Predictions:
        probs = np.full((photos, 4), (1 - confidence) / 3, np.float32)
        probs[np.arange(photos), np.where(answers, 0, 1)] = confidence
        n = np.arange(photos)
        return Predictions(ids=n, y_true=np.zeros(photos, np.int64), probs=probs, groups=n)

    (found,) = group_gains([same(~right)] * 2, [same(right)] * 2, {"all": ["all"] * photos})
    assert found.gain.estimate == 1 and not found.gain.has_limits and found.p_value == 1 and not found.is_sure
    (nothing,) = group_gains([same(right)] * 2, [same(right)] * 2, {"all": ["all"] * photos})
    assert nothing.gain.estimate == nothing.gain.low == nothing.gain.high == 0 and nothing.p_value == 1


def test_weights_of_a_group() -> None:
    groups = {1: "dark (up to 0.3)", 2: "bright (over 0.6)", 3: ""}
    assert weights_of_group(groups, "dark", 3) == {1: 3.0, 2: 1.0, 3: 1.0}
    assert weights_of_group(groups, "bright (over 0.6)", 2) == {1: 1.0, 2: 2.0, 3: 1.0}
    with pytest.raises(ConfigError, match="'dim'"):
        weights_of_group(groups, "dim", 2)
    with pytest.raises(ConfigError, match="from 1 to 4"):
        weights_of_group(groups, "dark", 9)


@pytest.mark.parametrize("few", [10, 300])
def test_weights_that_make_groups_count_alike(few: int) -> None:
    """No image counts more than four times another of its state, and every state keeps its share of the training."""
    groups = {i: "few" if i < few else "many" for i in range(1000)} | dict.fromkeys(range(1000, 1200), "few")
    found = weights_by_group(groups, {i: int(i >= 1000) for i in groups})
    small, large = found[0], found[999]
    assert small / large == pytest.approx(min((1000 - few) / few, 4.0))
    assert sum(found[i] for i in range(1000)) == pytest.approx(1000) and found[1100] == pytest.approx(1)


def test_a_weight_is_chosen_by_its_rule() -> None:
    """The best worst group, of the weights that cost all faces little; no weight may win."""
    plain = Tried(times=1, worst=0.45, everyone=0.52)
    good = Tried(times=2, worst=0.47, everyone=0.511)
    costly = Tried(times=4, worst=0.50, everyone=0.50)
    assert best_weight([plain, good, costly], tolerated=0.01) == good
    assert best_weight([plain, costly], tolerated=0.01) == plain
    assert best_weight([plain, good, replace(good, times=3)], tolerated=0.01) == good, "of equals the smaller"
