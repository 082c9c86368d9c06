"""What ``tools/judge_weights.py`` writes into the description of a packaged model."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from aiducation.model_info import ModelInfo
from aiducation.predictions import Predictions
from aiducation.states import OUTCOMES
from aiducation.training.cover_head import COVER_LIMIT
from aiducation.training.heads import COVER_SCORES

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))


def test_what_is_known_of_covered_faces_stays() -> None:
    """The test images say nothing of covers; ``add_heads.py`` and the export measure them on others."""
    from judge_weights import judged_anew

    covers = dict.fromkeys(COVER_SCORES, 0.5)
    info = ModelInfo(
        name="flagship", outcomes=OUTCOMES, scores={"accuracy": 0.1, **covers}, limits=(COVER_LIMIT, "Old.")
    )
    probs = np.full((5, 5), 0.1, np.float32) + 0.5 * np.eye(5, dtype=np.float32)
    test = Predictions(ids=np.arange(5), y_true=np.arange(5), probs=probs, groups=np.arange(5), states=OUTCOMES)
    made = judged_anew(info, test, {"accuracy": 0.7})
    assert made.scores == {"accuracy": 0.7, **covers}
    assert COVER_LIMIT in made.limits and "Old." not in made.limits
    plain = judged_anew(ModelInfo(name="flagship", outcomes=OUTCOMES), test, {"accuracy": 0.7})
    assert plain.scores == {"accuracy": 0.7} and COVER_LIMIT not in plain.limits
