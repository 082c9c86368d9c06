"""The description that travels inside a model."""

from __future__ import annotations

import pytest

from aiducation.errors import ModelFileError
from aiducation.model_info import ModelInfo
from aiducation.states import STATES

_FOUR = '{"format": 2, "name": "x", "outcomes": ["neutral", "angry", "focused", "bored"], "limits": []'

_CAMERA = '"camera": {"temperature": 0, "split_temperature": 1, "calm_temperature": 1, "threshold": 0.5, "calm_threshold": 0.5}'


def test_it_survives_the_journey_through_json() -> None:
    info = ModelInfo(name="mine", outcomes=STATES, temperature=1.5, threshold=0.4, scores={"a": 1}, limits=("none",))
    assert ModelInfo.from_json(info.to_json()) == info
    shares = {"neutral": 0.25, "angry": 0.25, "focused": 0.25, "bored": 0.25}
    camera = {
        "temperature": 1.4,
        "split_temperature": 50.0,
        "calm_temperature": 1.5,
        "threshold": 0.6,
        "calm_threshold": 0.5,
    }
    told = ModelInfo(
        name="new",
        outcomes=STATES,
        priors=shares,
        assumed_priors="balanced",
        camera=camera,
        elsewhere={"sets": [{"name": "a", "faces": 3}]},
    )
    assert ModelInfo.from_json(told.to_json()) == told


def test_a_description_of_the_first_format_is_read() -> None:
    info = ModelInfo.from_json(
        '{"format": 1, "name": "old", "outcomes": ["neutral", "angry", "focused", "bored"], "limits": []}'
    )
    assert (info.priors, info.assumed_priors, info.camera, info.elsewhere) == ({}, "training", {}, {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "cannot be read"),
        ("{}", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 99}', "format 99"),
        ('{"format": 1, "name": "x", "outcomes": ["happy", "sad"], "limits": []}', "distinguishes happy, sad"),
        (
            '{"format": 1, "name": "x", "outcomes": ["neutral", "angry", "focused", "bored"], "limits": [], "side": 64}',
            "64x64",
        ),
        (
            '{"format": 1, "name": "x", "outcomes": ["neutral", "angry", "focused", "bored"], "limits": [], "threshold": 2}',
            "impossible",
        ),
        ('{"format": 1, "name": "x", "outcomes": ["neutral"], "limits": [], "more": 1}', "cannot be read"),
        (f'{_FOUR}, "priors": {{"neutral": 0.5}}}}', "add up to 1"),
        (f'{_FOUR}, "priors": {{"other": 1}}}}', "not shares of its outcomes"),
        (f'{_FOUR}, "assumed_priors": "own"}}', "allowed are training, balanced"),
        (f'{_FOUR}, "assumed_priors": "balanced"}}', "does not state its own"),
        (f'{_FOUR}, "camera": {{"temperature": 2}}}}', "only some of them"),
        (f'{_FOUR}, "elsewhere": {{"sets": [{{"name": "a"}}]}}}}', "cannot be read"),
        (f"{_FOUR}, {_CAMERA}}}", "impossible"),
    ],
)
def test_anything_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        ModelInfo.from_json(text)


def test_a_score_that_could_not_be_computed_is_left_out() -> None:
    """As the area under the curve of "other" where none of a user's own faces shows it."""
    info = ModelInfo(name="own", outcomes=STATES, scores={"other_auc": float("nan"), "answered": 0.5})
    assert ModelInfo.from_json(info.to_json()).scores == {"answered": 0.5}
