"""The view calm: neutral and focused as one state, everywhere, from the same probabilities."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.errors import ConfigError, ShapeError
from aiducation.exports.format import Material
from aiducation.exports.report import report_html
from aiducation.exports.timeline_figure import timeline_svg
from aiducation.media.samples import gallery
from aiducation.observations.group import group_of
from aiducation.observations.outcomes import merge, outcomes_of
from aiducation.observations.result_json import from_json, to_json
from aiducation.observations.schema import schema
from aiducation.observations.views import in_view
from aiducation.states import OUTCOMES, VIEWS
from aiducation.vision.analyzer import Analyzer
from commands import WRONG_USE, RunCli, check_refused
from needs import need_package


@pytest.fixture(scope="module")
def published() -> Analyzer:
    return Analyzer(threads=1, seed=0, threshold=0.3, priors="training", conditions="training", view="states")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return gallery(3, 2, width=640, height=400)


def test_every_outcome_is_in_every_view_once() -> None:
    for view, shown in VIEWS.items():
        assert sorted(name for names in shown.values() for name in names) == sorted(OUTCOMES), view
    with pytest.raises(ConfigError, match="Did you mean 'calm'"):
        outcomes_of("clam")


def test_merged_probabilities_add_up() -> None:
    probs = np.array([[0.3, 0.1, 0.2, 0.35, 0.05]])
    np.testing.assert_allclose(merge(probs, "calm"), [[0.5, 0.1, 0.35, 0.05]])


def test_the_decision_is_made_on_what_is_shown(published: Analyzer, picture: np.ndarray) -> None:
    seen = published.photo(picture)
    row = np.array([0.3, 0.02, 0.28, 0.35, 0.05], np.float32)
    torn = replace(seen, probs=np.tile(row, (len(seen), 1)), states=("bored",) * len(seen), reasons=("",) * len(seen))
    calm = in_view(torn, "calm", 0.5)
    assert set(calm.states) == {"calm"} and calm.confidence[0] == pytest.approx(0.58)
    assert set(in_view(torn, "calm", 0.6).reasons) == {"not sure"}
    assert in_view(calm, "states", 0.3).states == torn.states  # nothing is lost on the way
    with pytest.raises(ShapeError, match="'calm'"):
        replace(calm, view="states")


def test_the_analyzer_gives_it_and_its_figures(published: Analyzer, picture: np.ndarray) -> None:
    calm = published.assuming(view="calm").photo(picture)
    group = group_of(calm)
    assert calm.view == "calm" and set(calm.states) <= {*outcomes_of("calm"), "unclear"}
    entry = group.entry()
    assert list(entry["shares"]) == ["calm", "angry", "bored", "other"]
    assert sum(share["share"] for share in entry["shares"].values()) == pytest.approx(1, abs=1e-3)
    plain = group_of(published.photo(picture)).entry()["shares"]
    both = plain["neutral"]["share"] + plain["focused"]["share"]
    assert entry["shares"]["calm"]["share"] == pytest.approx(both, abs=1e-3)


def test_the_json_keeps_the_five_probabilities_and_reads_back(published: Analyzer, picture: np.ndarray) -> None:
    calm = published.assuming(view="calm").photo(picture)
    value = json.loads(json.dumps(to_json(calm)))
    need_package("jsonschema").Draft202012Validator(schema()).validate(value)
    assert value["group"]["view"] == "calm" and {f"p_{name}" for name in OUTCOMES} <= value["faces"][0].keys()
    read = from_json(value)
    assert read.view == "calm" and read.states == calm.states
    value["group"]["view"] = "states"
    with pytest.raises(Exception, match=r"not one that its view shows|largest probability"):
        from_json(value)


def test_report_and_figure_show_it(published: Analyzer, picture: np.ndarray, samples: Path) -> None:
    analyzer = published.assuming(view="calm")
    page = report_html(Material(result=analyzer.photo(picture)))
    assert "calm" in page and "looked focused" not in page
    recording = analyzer.video(samples / "meeting.mp4", every_s=1.0)
    over_time = recording_timeline = group_of(recording, 1).over_time
    assert over_time is not None and over_time.shares.shape[1] == 4
    svg = timeline_svg(recording_timeline, "lesson")
    assert ">calm<" in svg and ">neutral<" not in svg
    assert {"calm", "n_calm", "calm_low"} <= over_time.columns().keys()
    fits = need_package("jsonschema").Draft202012Validator(schema())
    fits.validate(json.loads(json.dumps(to_json(recording, group_of(recording, 1)))))


def test_the_command_shows_it(picture: np.ndarray, tmp_path: Path, run_cli: RunCli) -> None:
    Image.fromarray(picture).save(tmp_path / "class.png")
    command = ("analyze", tmp_path / "class.png", "--out", tmp_path / "out", "--save", "csv,picture,report")
    answer = run_cli(*command, "--view", "calm", "--threshold", "0")
    assert answer.code == 0 and "calm" in answer.out and "focused" not in answer.out
    rows = list(csv.DictReader((tmp_path / "out" / "class.csv").open(encoding="utf-8")))
    assert {row["state"] for row in rows} <= {"calm", "angry", "bored", "other", "unclear"}
    assert float(rows[0]["p_neutral"]) + float(rows[0]["p_focused"]) > 0
    again = run_cli(*command, "--view", "states", "--threshold", "0", "--resume")
    assert "changed since then: assumptions, view" in again.err and "focused" in again.out
    check_refused(run_cli(*command, "--view", "clam", "--force"), WRONG_USE, "Did you mean 'calm'?")
