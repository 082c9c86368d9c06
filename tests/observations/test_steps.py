"""Steps of time: a sample at the beginning of a step belongs to it, whatever dividing leaves behind the point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aiducation.observations.person_shares import person_shares
from aiducation.observations.recording import Recording
from aiducation.observations.steps import step_at, steps_at
from aiducation.observations.timeline import timeline
from aiducation.observations.withheld import frames_withheld
from makers import faces_of, recording_of

STEPS = (0.1, 0.2, 0.3, 0.7, 1.1)


def sampled(step_s: float) -> Recording:
    """A picture at the beginning of each step, in turn of many people and of few."""
    probs = [np.full(5, 0.2)] * 6
    frames = (faces_of(probs[: 6 if k % 2 else 2], time_s=round(k * step_s, 4)) for k in range(60))
    return replace(recording_of([]), every_s=step_s, frames=tuple(frames))


@pytest.mark.parametrize("step_s", STEPS)
def test_each_step_has_its_picture(step_s: float) -> None:
    recording = sampled(step_s)
    few = np.arange(60) % 2 == 0
    shares = person_shares(recording, step_s)
    assert (shares.views[:, :2] == 1).all() and shares.seen.tolist() == np.where(few, 2, 6).tolist()
    over_time = timeline(recording, step_s=step_s, min_group=5)
    assert over_time.withheld.tolist() == few.tolist()
    assert frames_withheld(recording, 5, over_time).tolist() == few.tolist()


@pytest.mark.parametrize("step_s", STEPS)
def test_one_rule(step_s: float) -> None:
    times = np.round(np.arange(20_000) * step_s, 4)
    assert steps_at(times, step_s).tolist() == list(range(20_000)) == [step_at(t, step_s) for t in times.tolist()]
    inside = times + 0.99 * step_s
    assert steps_at(inside, step_s).tolist() == list(range(20_000))
    assert step_at(None, step_s) == 0
