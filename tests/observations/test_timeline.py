"""Counts and shares of the group over time, their intervals, and the figure."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from aiducation.errors import ConfigError
from aiducation.exports.timeline_figure import timeline_png, timeline_svg
from aiducation.observations.counts import counted_as
from aiducation.observations.timeline import _with_interval, shares_of, timeline
from aiducation.states import OUTCOMES, STATE_COLORS
from aiducation.words import clock, file_size, length, percent
from makers import lesson, recording_of


def drawn(rng: np.random.Generator, n: int, mean: np.ndarray) -> np.ndarray:
    """(n, 5) probabilities of faces whose outcomes are drawn with a mean, each seen with some doubt."""
    outcomes = rng.choice(5, size=n, p=mean)
    return np.eye(5, dtype=np.float32)[outcomes] * 0.8 + 0.04


def test_shares_are_means_and_add_up() -> None:
    probs = drawn(np.random.default_rng(0), 30, np.full(5, 0.2))
    probs[3] = np.nan
    group = shares_of(probs)
    np.testing.assert_allclose(group.shares, np.nanmean(probs, axis=0), rtol=1e-6)
    assert group.shares.sum() == pytest.approx(1)
    assert (group.low <= group.shares).all() and (group.shares <= group.high).all()


@pytest.mark.parametrize("n", [5, 12, 40])
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5])
def test_intervals_hold_the_true_share_about_as_often_as_they_say(n: int, share: float) -> None:
    mean = np.array([share, *np.full(4, (1 - share) / 4)])
    rng, truth, held = np.random.default_rng(1), 0.8 * share + 0.04, 0
    for _ in range(1000):
        group = shares_of(drawn(rng, n, mean))
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


def test_counts_come_with_the_shares() -> None:
    faces = [*np.eye(5, dtype=np.float32)[[0, 0, 2, 4, 4, 4]], np.full(5, np.nan)]
    made = timeline(recording_of([faces] * 10))
    assert dict(zip(counted_as(), made.counts[0].tolist(), strict=True)) == {
        "neutral": 2, "angry": 0, "focused": 1, "bored": 0, "other": 3, "not sure": 0, "not seen well": 1
    }  # fmt: skip
    assert made.columns()["n_other"] == [3] * len(made) and made.counts.sum() == made.n_faces.sum()
    assert timeline(recording_of([faces[2:]] * 10)).columns()["n_other"] == [None] * 10  # four seen well are withheld


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


@pytest.mark.slow
@pytest.mark.parametrize("keep", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("n", [6, 20])
def test_the_interval_over_a_recording_holds_the_true_share_about_as_often_as_it_says(n: int, keep: float) -> None:
    """People of one kind who change their state now and then, seen with a doubt that may last as long as the recording."""
    rng, held, rounds = np.random.default_rng(0), 0, 300
    for _ in range(rounds):
        seen, truth = class_of(rng, n=n, keep=keep)
        group = _with_interval(seen.mean(axis=(0, 1)), n)
        share = (truth == 2).mean()  # what these people really showed
        held += group.low[2] <= share <= group.high[2]
    assert held / rounds >= 0.92


def class_of(
    rng: np.random.Generator, *, n: int = 25, steps: int = 60, keep: float = 0.9, change_at: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(T, n, 5) calibrated probabilities of people with inclinations of their own, and their (T, n) true states.

    A person keeps a state for a while; with ``change_at``, half of the focused ones become bored there and stay so.
    """
    calm, tired = np.array([0.3, 0.02, 0.4, 0.13, 0.15]), np.array([0.2, 0.02, 0.1, 0.58, 0.1])
    inclined = [rng.dirichlet(4 * mean, n) for mean in (calm, tired)]
    doubt, stubborn = rng.uniform(0.1, 0.6, n), rng.random(n) < 0.5
    looks, seen, truth = np.zeros(n, int), np.zeros((steps, n, 5)), np.zeros((steps, n), int)
    mistake = np.zeros(n, int)
    for t in range(steps):
        chances = inclined[int(change_at is not None and t >= change_at)]
        new = (rng.random(n) >= keep) | (t in (0, change_at))
        looks = np.where(new, (rng.random((n, 1)) > chances.cumsum(axis=1)[:, :4]).sum(axis=1), looks)
        seen[t] = (doubt / 4)[:, None]
        seen[t, np.arange(n), looks] = 1 - doubt
        # As many are misread as the probabilities say: some all along, others anew with each state.
        misread = np.where(rng.random(n) < doubt, rng.integers(1, 5, n), 0)
        mistake = np.where((new & ~stubborn) | (t == 0), misread, mistake)
        truth[t] = (looks + mistake) % 5
    return seen, truth


def test_the_mean_over_a_recording_is_as_uncertain_as_its_people() -> None:
    face = [np.eye(5, dtype=np.float32)[k] for k in (0, 1, 2, 3, 4, 4)]
    short, long = (timeline(recording_of([face] * n)).mean() for n in (2, 100))
    one = shares_of(np.array(face))
    for group in (short, long):
        np.testing.assert_allclose([group.shares, group.low, group.high], [one.shares, one.low, one.high], atol=1e-6)
    assert math.isnan(timeline(recording_of([[]])).mean().shares[0])


def test_the_figure_carries_names_numbers_and_no_markup() -> None:
    made = timeline(recording_of(list(class_of(np.random.default_rng(3), keep=0.5, change_at=30)[0])))
    svg = timeline_svg(made, 'lesson <b>"1"</b>.mp4')
    assert all(outcome in svg for outcome in OUTCOMES)
    assert "<b>" not in svg and "lesson &lt;b&gt;" in svg
    names = re.findall(r">(neutral|angry|focused|bored|other)<", svg)
    assert names == [*OUTCOMES, *OUTCOMES]  # beside the stack and at the rows, in the order of the states
    bands = re.findall(r'<polygon points="([^"]+)" fill="([^"]+)" fill-opacity="0.3"/>', svg)
    assert [color for _, color in bands] == [STATE_COLORS[outcome] for outcome in OUTCOMES]
    assert all(len(points.split()) == 4 * len(made) for points, _ in bands)
    assert timeline_png(made, "lesson")[:8] == b"\x89PNG\r\n\x1a\n"
    assert timeline_svg(timeline(recording_of([])), "nothing").startswith("<svg")


def test_the_figure_breaks_off_where_nothing_may_be_said() -> None:
    people = list(class_of(np.random.default_rng(0))[0])
    gap = timeline(recording_of([*people[:20], *[faces[:3] for faces in people[20:30]], *people[30:]]))
    assert timeline_svg(gap, "gap").count("fill-opacity") == 2 * len(OUTCOMES)
    assert "Nothing is shown where fewer than 5 faces" in timeline_svg(gap, "gap")
    assert (
        timeline_svg(gap, "gap").count('stroke-width="0.4"') > 5
    )  # hatched: a plain gray is that of faces without a state
    assert 'stroke-width="0.4"' not in timeline_svg(timeline(recording_of(people)), "whole")
    hidden = timeline_svg(timeline(recording_of([faces[:3] for faces in people])), "hidden")
    assert "fill-opacity" not in hidden and "so shares would reveal the states of single persons" in hidden


def test_the_last_step_ends_with_the_recording() -> None:
    """A recording of 1:01 with a picture a minute is not drawn as one of 2:00."""
    minute = recording_of([[np.full(5, 0.2, np.float32)] * 6] * 2, every_s=60.0)
    assert (minute.length_s, timeline(minute).end_s) == (120.0, 120.0)  # of which nobody knows when it ends
    known = replace(minute, duration_s=61.0)
    assert (known.length_s, timeline(known).end_s) == (61.0, 61.0)
    svg = timeline_svg(timeline(known), "lesson.mp4")
    assert ">1:00<" in svg and ">1:15<" not in svg and ">2:00<" not in svg
    assert replace(minute, duration_s=500.0).length_s == 120.0  # what was stopped is as long as what was analyzed


def test_a_length_of_less_than_a_second_is_not_0_00() -> None:
    assert [length(seconds) for seconds in (0.0, 0.33, 0.9999999, 1.0, 75.9)] == [
        "0.1 s",
        "0.3 s",
        "0:01",
        "0:01",
        "1:15",
    ]


def test_no_size_of_a_file_is_told_as_nothing() -> None:
    told = [file_size(n) for n in (0, 1, 999, 1_000, 35_400, 999_499, 999_500, 1_234_567_890)]
    assert told == ["0 bytes", "1 byte", "999 bytes", "1 kB", "35 kB", "999 kB", "1.0 MB", "1,234.6 MB"]


def test_clock_and_percent() -> None:
    assert [clock(s) for s in (0, 59.9, 61, 3600, 7325)] == ["0:00", "0:59", "1:01", "1:00:00", "2:02:05"]
    assert [percent(p) for p in (0, 0.005, 0.126, 1)] == ["0 %", "0 %", "13 %", "100 %"]


@pytest.mark.slow
def test_strips_of_the_figure_make_up_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn in strips because the whole takes 40 MB, and has the same bytes as if it were drawn at once."""
    over_time = timeline(lesson())
    in_strips = timeline_png(over_time, "Zoë, lesson 3")
    for rows in (37, 64, 5000):
        monkeypatch.setattr("aiducation.exports.timeline_figure._STRIP", rows)
        assert timeline_png(over_time, "Zoë, lesson 3") == in_strips
