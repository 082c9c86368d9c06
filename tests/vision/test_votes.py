"""Votes and covered faces in results: what a face of another expression shows, and that a hidden one gets no state."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from aiducation.exports.annotated_picture import annotate
from aiducation.media.samples import portrait
from aiducation.model_info import ModelInfo
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.reasons import COVERED
from aiducation.observations.result_json import from_json, to_json
from aiducation.states import EMOTIONS, OTHER, UNCLEAR
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.onnx_model import export_network
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.smoothing import Smoother

HAPPY = EMOTIONS.index("happiness")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return portrait()


@pytest.fixture(scope="module")
def judged(picture: np.ndarray) -> Faces:
    """The portrait of Matplotlib, who looks on calmly."""
    return Analyzer(threads=1).photo(picture)


@pytest.fixture(scope="module")
def seen(judged: Faces) -> Faces:
    """The same, as if most raters had seen a smile."""
    votes = np.float32([[0.1, 0.7, 0.05, 0.02, 0.02, 0.01, 0.02, 0.03]])
    return dataclasses.replace(judged, states=(OTHER,), reasons=("",), votes=votes)


def test_votes_are_shares(judged: Faces) -> None:
    assert judged.votes[0].argmax() == EMOTIONS.index("neutral") and judged.votes[0].min() >= 0
    assert 0.9 < judged.votes[0].sum() <= 1.001, "two more votes, unknown and not a face, are not shown"
    assert judged.states == (UNCLEAR,) and judged.expressions == ("",), "only other is split"


def test_what_another_expression_is_is_said(seen: Faces) -> None:
    assert seen.expressions == ("smiling",) and seen.label(0) == "other (smiling)"
    row = {name: values[0] for name, values in seen.columns().items()}
    assert row["expression"] == "smiling" and row["v_happiness"] == pytest.approx(seen.votes[0, HAPPY], abs=1e-4)
    few = dataclasses.replace(seen, votes=np.full_like(seen.votes, 0.12))
    assert few.expressions == ("",) and few.label(0) == "other"


def test_a_staff_that_smiles(media: Path) -> None:
    faces = Analyzer(threads=1).photo(media / "staff_group.jpg")
    assert faces.states.count(OTHER) > 50 and faces.expressions.count("smiling") > 0.9 * faces.states.count(OTHER)


def test_votes_survive_json_and_old_files_have_none(seen: Faces) -> None:
    value = to_json(seen)
    again = from_json(value)
    assert isinstance(again, Faces)
    np.testing.assert_allclose(again.votes, seen.votes, atol=1e-4)
    old = {name: v for name, v in value["faces"][0].items() if name != "expression" and not name.startswith("v_")}
    before = from_json({**value, "schema_version": 3, "faces": [old]})
    assert isinstance(before, Faces) and np.isnan(before.votes).all() and before.expressions == ("",)


def test_what_a_file_rounds_up_is_said_before_and_after(seen: Faces) -> None:
    votes = np.zeros_like(seen.votes)
    votes[0, HAPPY] = 0.19997
    almost = dataclasses.replace(seen, votes=votes)
    again = from_json(to_json(almost))
    assert isinstance(again, Faces) and almost.expressions == again.expressions == ("smiling",)


def test_the_group_counts_what_others_show(seen: Faces) -> None:
    assert group_of(seen, 1).expressions == {"smiling": 1.0}
    assert group_of(seen, 1).entry()["expressions"] == {"smiling": 1.0}
    assert group_of(seen, 5).entry()["expressions"] is None, "withheld as every figure of a small group"


def test_the_annotated_picture_says_it(picture: np.ndarray, seen: Faces) -> None:
    nameless = dataclasses.replace(seen, votes=np.full_like(seen.votes, np.nan))
    assert not np.array_equal(annotate(picture, seen), annotate(picture, nameless))


@pytest.mark.slow
def test_a_covered_face_gets_no_state(picture: np.ndarray, judged: Faces, tmp_path: Path) -> None:
    """A model whose third output says so of every face."""
    network = FlagshipNet(FlagshipConfig(stem=8, stages=((8, 1), (8, 1)))).eval()
    with torch.no_grad():
        network.cover_head.bias.fill_(20)
    path = export_network(network, ModelInfo(name="covered", cover_threshold=0.9), tmp_path / "covered.onnx")
    covered = Analyzer(model=path, view="states", threads=1).photo(picture)
    assert len(covered) == len(judged) and covered.states == (UNCLEAR,) and covered.reasons == (COVERED,)
    assert np.isnan(covered.probs).all() and np.isnan(covered.votes).all()


def test_votes_are_smoothed_over_a_track(seen: Faces) -> None:
    smoother, one = Smoother(threshold=0.3), seen.only(np.arange(len(seen)) == 0)
    first = dataclasses.replace(one, time_s=0.0, track_ids=np.array([7]))
    none = np.zeros_like(one.votes)
    smoother.update(first)
    second = smoother.update(dataclasses.replace(first, time_s=1.5, votes=none))
    assert 0.2 * one.votes[0, HAPPY] < second.votes[0, HAPPY] < 0.5 * one.votes[0, HAPPY]


def test_a_model_without_votes_says_nothing_of_them(seen: Faces) -> None:
    nothing = dataclasses.replace(seen, votes=np.zeros((0, len(EMOTIONS)), np.float32))
    assert np.isnan(nothing.votes).all() and nothing.votes.shape == (len(seen), len(EMOTIONS))
    assert nothing.expressions == ("",) * len(seen) and nothing.label(0) == nothing.states[0]
