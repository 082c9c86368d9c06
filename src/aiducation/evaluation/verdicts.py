"""From an interval to a verdict on a published conclusion."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from aiducation.evaluation.intervals import Interval

#: Differences in accuracy below this count as none: one image in a hundred.
MARGIN = 0.01

#: Degrees of freedom that chance between networks needs for a verdict. Below, it may by luck come out far too small: where it is
#: most of all chance, an interval of 95 % is wrong 13 times in 100 with one degree, 8 times with two, and 6 times with three.
MIN_DF = 3

Verdict = Literal["holds", "does not hold", "cannot tell"]

#: Effect (None where it cannot be measured), verdict, and why.
Finding = tuple[Interval | None, Verdict, str]


def above_zero(interval: Interval) -> Verdict:
    """The verdict on a difference that should be positive."""
    if interval.low > 0:
        return "holds"
    return "does not hold" if interval.high < 0 else "cannot tell"


def within_margin(interval: Interval) -> Verdict:
    """The verdict on a difference that should be too small to matter."""
    if interval.low > -MARGIN and interval.high < MARGIN:
        return "holds"
    return "does not hold" if interval.low > MARGIN or interval.high < -MARGIN else "cannot tell"


def without_limits(interval: Interval) -> Interval:
    """The estimate alone, where too few networks are finished to tell how far it could be chance; it decides nothing."""
    return replace(interval, low=math.nan, high=math.nan)
