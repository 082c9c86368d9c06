"""Shares of the group over time, their intervals, and the moments of change."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.errors import ConfigError
from aiducation.states import OUTCOMES
from aiducation.vision.timeline import shares_of, timeline
from aiducation.vision.timeline_figure import clock, percent, timeline_png, timeline_svg
from makers import recording_of


def drawn(rng: np.random.Generator, n: int, mean: np.ndarray) -> np.ndarray:
    """(n, 5) probabilities of faces whose outcomes are drawn with a mean, each seen with some doubt."""
    outcomes = rng.choice(5, size=n, p=mean)
    return np.eye(5, dtype=np.float32)[outcomes] * 0.8 + 0.04


def test_shares_are_means_and_add_up() -> None:
    probs = drawn(np.random.default_rng(0), 30, np.full(5, 0.2))
    probs[3] = np.nan
    group = shares_of(probs, 30)
    np.testing.assert_allclose(group.shares, np.nanmean(probs, axis=0), rtol=1e-6)
    assert group.shares.sum() == pytest.approx(1) and group.unclear == pytest.approx(1 / 30)
    assert (group.low <= group.shares).all() and (group.shares <= group.high).all()


@pytest.mark.parametrize("n", [5, 12, 40])
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5])
def test_intervals_hold_the_true_share_about_as_often_as_they_say(n: int, share: float) -> None:
    mean = np.array([share, *np.full(4, (1 - share) / 4)])
    rng, truth, held = np.random.default_rng(1), 0.8 * share + 0.04, 0
    for _ in range(1000):
        group = shares_of(drawn(rng, n, mean), n)
        held += group.low[0] <= truth <= group.high[0]
    assert held / 1000 >= 0.93


def test_a_face_counts_once_however_many_frames_show_it() -> None:
    face = [np.eye(5, dtype=np.float32)[k] for k in (0, 1, 2, 3, 4, 4)]
    short, long = (timeline(recording_of([face] * n, every_s=5 / n), step_s=10) for n in (1, 50))
    np.testing.assert_allclose(short.low, long.low, atol=1e-6)
    np.testing.assert_allclose(short.high, long.high, atol=1e-6)


def test_small_groups_are_withheld() -> None:
    recording = recording_of([drawn(np.random.default_rng(0), 4, np.full(5, 0.2))] * 10)
    assert np.isnan(timeline(recording).shares).all() and timeline(recording).withheld.all()
    shown = timeline(recording, min_group=1)
    assert not np.isnan(shown.shares).any()
    assert timeline(recording).columns()["neutral"][0] is None and shown.columns()["neutral"][0] is not None


def test_a_few_judged_faces_among_many_unclear_ones_are_a_small_group() -> None:
    faces = [*drawn(np.random.default_rng(0), 3, np.full(5, 0.2)), *np.full((9, 5), np.nan)]
    made = timeline(recording_of([faces] * 3))
    assert made.withheld.all() and np.isnan(made.shares).all() and made.unclear[0] == pytest.approx(0.75)


def test_gaps_and_empty_recordings() -> None:
    assert len(timeline(recording_of([]))) == 0
    nobody = timeline(recording_of([[]] * 5))
    assert len(nobody) == 5 and np.isnan(nobody.shares).all() and not nobody.n_faces.any()


def test_steps_are_round_and_few() -> None:
    for seconds, step in ((30, 1), (600, 10), (5400, 60), (7200, 120)):
        made = timeline(recording_of([[]] * (seconds // 5 + 1), every_s=5.0))
        assert made.step_s == max(step, 5) and len(made) <= 121


@pytest.mark.parametrize("options", [{"min_group": 0}, {"step_s": 0}, {"step_s": float("nan")}], ids=str)
def test_options_out_of_range(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        timeline(recording_of([[]]), **options)  # type: ignore[arg-type]


def changing(rng: np.random.Generator, before: np.ndarray, after: np.ndarray) -> list[np.ndarray]:
    """60 frames of 25 faces, each of which keeps its outcome for some frames; the mean changes in the middle."""
    frames, now = [], drawn(rng, 25, before)
    for i in range(60):
        mean = before if i < 30 else after
        renewed = rng.random(25) < (1.0 if i == 30 else 0.1)
        now = np.where(renewed[:, None], drawn(rng, 25, mean), now)
        frames.append(now)
    return frames


def test_a_planted_change_is_found_where_it_is() -> None:
    rng, found = np.random.default_rng(0), 0
    calm, tired = np.array([0.3, 0.02, 0.5, 0.08, 0.1]), np.array([0.2, 0.02, 0.1, 0.58, 0.1])
    for _ in range(20):
        moments = timeline(recording_of(changing(rng, calm, tired))).moments
        found += any(
            abs(m.time_s - 30) <= 1 and (m.outcome, m.after > m.before) in (("bored", True), ("focused", False))
            for m in moments
        )
    assert found >= 19


def test_nothing_is_found_where_nothing_changes() -> None:
    rng, calm, false = np.random.default_rng(0), np.array([0.3, 0.02, 0.5, 0.08, 0.1]), 0
    for _ in range(40):
        false += len(timeline(recording_of(changing_never(rng, calm))).moments)
    assert false <= 2


def changing_never(rng: np.random.Generator, mean: np.ndarray) -> list[np.ndarray]:
    frames, now = [], drawn(rng, 25, mean)
    for _ in range(60):
        now = np.where((rng.random(25) < 0.1)[:, None], drawn(rng, 25, mean), now)
        frames.append(now)
    return frames


def test_the_figure_carries_names_numbers_and_no_markup() -> None:
    frames = changing(np.random.default_rng(0), np.full(5, 0.2), np.array([0, 0, 0, 1.0, 0]))
    made = timeline(recording_of(frames))
    svg = timeline_svg(made, 'lesson <b>"1"</b>.mp4')
    assert all(outcome in svg for outcome in OUTCOMES)
    assert "<b>" not in svg and "lesson &lt;b&gt;" in svg
    assert timeline_png(made, "lesson")[:8] == b"\x89PNG\r\n\x1a\n"
    assert timeline_svg(timeline(recording_of([])), "nothing").startswith("<svg")


def test_clock_and_percent() -> None:
    assert [clock(s) for s in (0, 59.9, 61, 3600, 7325)] == ["0:00", "1:00", "1:01", "1:00:00", "2:02:05"]
    assert [percent(p) for p in (0, 0.005, 0.126, 1)] == ["0 %", "0 %", "13 %", "100 %"]
