"""Steps of time: which one a time belongs to, by one rule for all tables, figures and pages."""

from __future__ import annotations

import numpy as np

#: 0.6 / 0.2 is a little less than 3: a time so little before the beginning of a step, as a share of it, belongs to that step.
_ROUNDING = 1e-6


def steps_at(times_s: np.ndarray, step_s: float) -> np.ndarray:
    """(N,) int64, the step of each time; the first one begins at 0."""
    return (np.asarray(times_s, np.float64) / step_s + _ROUNDING).astype(np.int64)


def step_at(time_s: float | None, step_s: float) -> int:
    """The step of one time; that of a photo, which has none, is the first."""
    return int((time_s or 0.0) / step_s + _ROUNDING)
