"""The description that travels inside a model."""

from __future__ import annotations

import pytest

from aiducation.errors import ModelFileError
from aiducation.model_info import ModelInfo
from aiducation.states import STATES


def test_it_survives_the_journey_through_json() -> None:
    info = ModelInfo(name="mine", outcomes=STATES, temperature=1.5, threshold=0.4, scores={"a": 1}, limits=("none",))
    assert ModelInfo.from_json(info.to_json()) == info


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "cannot be read"),
        ("{}", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 99}', "format 99"),
        ('{"format": 1, "name": "x", "outcomes": ["happy", "sad"], "limits": []}', "tells apart happy, sad"),
        (
            '{"format": 1, "name": "x", "outcomes": ["neutral", "angry", "focused", "bored"], "limits": [], "side": 64}',
            "64x64",
        ),
        (
            '{"format": 1, "name": "x", "outcomes": ["neutral", "angry", "focused", "bored"], "limits": [], "threshold": 2}',
            "impossible",
        ),
        ('{"format": 1, "name": "x", "outcomes": ["neutral"], "limits": [], "more": 1}', "cannot be read"),
    ],
)
def test_anything_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        ModelInfo.from_json(text)
