"""The options of a training run: the published defaults, their ranges, and the way to JSON and back."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from aiducation.errors import ConfigError
from aiducation.training.config import TrainConfig


def test_the_defaults_are_those_of_the_published_study() -> None:
    config = TrainConfig()
    assert (config.epochs, config.batch_size) == (100, 64)
    assert (config.learning_rate, config.weight_decay) == (0.001, 0.0001)
    assert (config.flip, config.rotation) == (0.5, 10.0)


def test_json_gives_the_same_configuration_back() -> None:
    config = TrainConfig(model="Compact_W8_D1", epochs=7, learning_rate=0.02, seed=3, precision="float32")
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_whole_numbers_may_stand_for_decimal_ones() -> None:
    assert TrainConfig.from_json({"rotation": 10}) == TrainConfig(rotation=10.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", 1),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("weight_decay", -1e-4),
        ("flip", 1.5),
        ("rotation", 181.0),
        ("seed", -1),
    ],
)
def test_a_value_outside_its_range_is_refused_by_its_name(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{name} must be from"):
        dataclasses.replace(TrainConfig(), **{name: value})


def test_an_unknown_precision_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'bfloat16'"):
        TrainConfig(precision="bfloat")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"learning_rte": 0.1}, "Did you mean 'learning_rate'"),
        ({"epochs": 1.5}, "epochs must be of type int, not 1.5"),
        ({"epochs": True}, "epochs must be of type int, not True"),
        ({"model": 3}, "model must be of type str, not 3"),
        ({"flip": "often"}, "flip must be of type float, not 'often'"),
    ],
)
def test_wrong_fields_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainConfig.from_json(given)
