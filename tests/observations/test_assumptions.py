"""Assumptions: priors, possible states and conditions, applied to probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.errors import ConfigError
from aiducation.model_info import ModelInfo
from aiducation.observations.assumptions import BALANCED, CAMERA, OWN, TRAINING, Assumptions
from aiducation.states import OUTCOMES

SHARES = {"neutral": 0.1, "angry": 0.1, "focused": 0.2, "bored": 0.1, "other": 0.5}
CAMERAS = {
    "temperature": 1.5,
    "split_temperature": 50.0,
    "calm_temperature": 2.0,
    "threshold": 0.6,
    "calm_threshold": 0.55,
}
INFO = ModelInfo(name="one", priors=SHARES, camera=CAMERAS, threshold=0.35)
PROBS = np.array([[0.2, 0.1, 0.3, 0.1, 0.3], [np.nan] * 5], np.float32)


def test_training_priors_and_conditions_change_nothing() -> None:
    assumed = Assumptions.of(INFO, priors=TRAINING, conditions=TRAINING)
    assert assumed.changes_nothing
    assert assumed.threshold == 0.35
    np.testing.assert_array_equal(assumed.apply(PROBS), PROBS)


def test_balanced_priors_divide_by_what_was_learned() -> None:
    made = Assumptions.of(INFO, priors=BALANCED, conditions=TRAINING).apply(PROBS)
    evidence = np.array([0.2 / 0.1, 0.1 / 0.1, 0.3 / 0.2, 0.1 / 0.1, 0.3 / 0.5])
    expected = evidence * np.array([0.125, 0.125, 0.125, 0.125, 0.5])
    np.testing.assert_allclose(made[0], expected / expected.sum(), rtol=1e-5)
    assert np.isnan(made[1]).all()


@pytest.mark.parametrize("priors", [BALANCED, "neutral=0.5,bored=0.5"])
def test_what_the_calibration_never_saw_does_not_become_certain(priors: str) -> None:
    """Its share is 0, also where it is rounded to that: divided by it, the smallest probability would outweigh all others."""
    info = ModelInfo(name="one", priors={"neutral": 0.5, "angry": 0.2, "focused": 0.2, "bored": 0.0, "other": 0.1})
    assumed = Assumptions.of(info, priors=priors)
    made = assumed.apply(np.array([[0.7, 0.1, 0.1, 1e-6, 0.1]], np.float32))
    assert made.argmax() == 0 and made[0, 3] < 1e-5
    assert assumed.weights[3] == 1 and np.isfinite(assumed.weights).all()


def test_own_priors_keep_the_share_of_other_where_it_is_not_named() -> None:
    assumed = Assumptions.of(INFO, priors="neutral=3,focused:1")
    assert assumed.priors == OWN
    np.testing.assert_allclose(assumed.shares, [0.375, 0, 0.125, 0, 0.5])
    named = Assumptions.of(INFO, priors={"neutral": 0.5, "other": 0.5})
    np.testing.assert_allclose(named.shares, [0.5, 0, 0, 0, 0.5])
    assert named.apply(PROBS)[0, 1:4].max() == 0


def test_what_cannot_occur_gets_no_probability_but_other_always_can() -> None:
    assumed = Assumptions.of(INFO, possible="focused,neutral", priors=TRAINING, conditions=TRAINING)
    assert assumed.possible == ("neutral", "focused", "other")
    np.testing.assert_allclose(assumed.apply(PROBS)[0], [0.25, 0, 0.375, 0, 0.375], rtol=1e-5)
    without = Assumptions.of(ModelInfo(name="old"), possible=["bored"])
    np.testing.assert_allclose(without.apply(PROBS)[0], [0, 0, 0, 0.25, 0.75], rtol=1e-5)


def test_camera_conditions_lower_probabilities_and_flatten_the_split() -> None:
    assumed = Assumptions.of(INFO, priors=BALANCED)
    assert (assumed.conditions, assumed.threshold, assumed.temperature) == (CAMERA, 0.6, 1.5)
    probs = np.array([[0.02, 0.9, 0.03, 0.03, 0.02], [0.3, 0.05, 0.5, 0.1, 0.05]], np.float32)
    plain = Assumptions.of(INFO, priors=BALANCED, conditions=TRAINING).apply(probs)
    lowered = assumed.apply(probs)
    assert lowered[0, 1] < plain[0, 1] and lowered[0].argmax() == plain[0].argmax()
    assert lowered[1, 0] / lowered[1, 2] == pytest.approx((plain[1, 0] / plain[1, 2]) ** (1 / 75), rel=1e-4)
    np.testing.assert_allclose(lowered.sum(axis=1), 1, rtol=1e-5)
    only = Assumptions.of(INFO, possible="focused").apply(probs)
    assert only[1, 0] == 0 and only[1, 2] > 0


def test_balanced_priors_are_those_of_what_the_view_shows() -> None:
    calm = Assumptions.of(INFO, priors=BALANCED, view="calm")
    np.testing.assert_allclose(calm.shares, [1 / 12, 1 / 6, 1 / 12, 1 / 6, 0.5])
    assert (calm.threshold, calm.temperature, calm.split_temperature) == (0.55, 2.0, 1.0)
    with pytest.raises(ConfigError, match="Did you mean 'calm'"):
        Assumptions.of(INFO, view="clam")


def test_a_model_that_does_not_say_its_priors_keeps_them() -> None:
    old = ModelInfo(name="old", threshold=0.4)
    assert Assumptions.of(old).changes_nothing
    with pytest.raises(ConfigError, match="does not state how frequent"):
        Assumptions.of(old, priors=BALANCED)
    with pytest.raises(ConfigError, match="was not measured with other cameras"):
        Assumptions.of(old, conditions=CAMERA)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"priors": "balansed"}, "Did you mean 'balanced'"),
        ({"priors": "neutral=x"}, "share of neutral must be a number"),
        ({"priors": "neutral=-1"}, "share of neutral must be a number"),
        ({"priors": "happy=1"}, "Unknown state 'happy'"),
        ({"priors": "neutral=0"}, "above 0"),
        ({"possible": "other"}, "At least one state"),
        ({"possible": "focussed"}, "Did you mean 'focused'"),
        ({"conditions": "webcam"}, "Unknown condition"),
        ({"priors": "neutral=1,other=0", "possible": "bored"}, "a share of 0"),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(asked: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Assumptions.of(INFO, **asked)


def test_it_says_everything_that_was_assumed() -> None:
    assumed = Assumptions.of(INFO, priors=BALANCED, possible="neutral,bored")
    assert assumed.to_json() == {
        "priors": "balanced",
        "shares": {"neutral": 0.1667, "angry": 0.0, "focused": 0.0, "bored": 0.1667, "other": 0.6667},
        "possible": ["neutral", "bored", "other"],
        "conditions": "camera",
        "temperature": 1.5,
        "split_temperature": 50.0,
    }
    assert assumed.words()["states that can occur"] == "neutral, bored, other"
    assert set(assumed.to_json()["shares"]) == set(OUTCOMES)
