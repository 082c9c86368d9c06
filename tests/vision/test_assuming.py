"""An analyzer's assumptions: in what it answers, in what results say of it, and in what is analyzed anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import ConfigError
from aiducation.states import OUTCOMES
from aiducation.vision.analyzer import Analyzer
from commands import WRONG_USE, RunCli, check_refused


def test_an_analyzer_shares_its_network_with_one_of_other_assumptions(analyzer: Analyzer, meeting: np.ndarray) -> None:
    other = analyzer.assuming(possible=("bored",), conditions="training")
    assert other.classifier is analyzer.classifier and other.detector is analyzer.detector
    seen = other.photo(meeting).probs
    assert seen[:, [OUTCOMES.index(name) for name in ("neutral", "angry", "focused")]].max() == 0
    assert other.made_with.model["assumed"]["possible"] == ["bored", "other"]
    assert analyzer.photo(meeting).probs[:, 0].min() > 0


def test_own_priors_are_kept_where_something_else_is_asked_for(analyzer: Analyzer) -> None:
    own = analyzer.assuming(priors={"neutral": 0.5, "bored": 0.5, "other": 0})
    again = own.assuming(conditions="training")
    assert again.assumptions.shares == own.assumptions.shares and again.assumptions.priors == "own"


def test_a_threshold_that_was_asked_for_stays() -> None:
    assert Analyzer(threads=1, threshold=0.5).assuming(conditions="training").threshold == 0.5


def test_an_unknown_name_suggests_the_nearest(analyzer: Analyzer) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'balanced'"):
        analyzer.assuming(priors="balance")


def test_the_command_says_what_was_assumed_and_begins_anew_with_others(
    meeting: np.ndarray, tmp_path: Path, run_cli: RunCli
) -> None:
    from PIL import Image

    Image.fromarray(meeting).save(tmp_path / "class.png")
    command = ("analyze", tmp_path / "class.png", "--out", tmp_path / "out", "--save", "json,report")
    assert run_cli(*command, "--priors", "training").code == 0
    assert json.loads((tmp_path / "out" / "class.json").read_text())["model"]["assumed"]["priors"] == "training"
    assert "assumed priors" in (tmp_path / "out" / "class.report.html").read_text()
    answer = run_cli(*command, "--priors", "neutral=1,bored=1", "--resume")
    assert answer.code == 0 and "changed since then: assumptions" in answer.err
    check_refused(run_cli(*command, "--priors", "fair", "--force"), WRONG_USE, "Unknown set of priors 'fair'")
