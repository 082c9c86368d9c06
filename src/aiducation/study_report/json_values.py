"""Numbers and intervals as JSON has them."""

from __future__ import annotations

import math

from aiducation.evaluation.intervals import Interval


def interval_entry(interval: Interval) -> dict[str, float | None]:
    """An interval as JSON values."""
    low, high = (interval.low, interval.high) if interval.has_limits else (math.nan, math.nan)
    return {"estimate": number(interval.estimate), "low": number(low), "high": number(high)}


def number(value: float) -> float | None:
    """A number as JSON knows it."""
    return None if math.isnan(value) else round(float(value), 6)
