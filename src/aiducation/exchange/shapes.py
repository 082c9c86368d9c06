"""The upright box around a shape that somebody drew around a face, in the units in which the shape is given."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

#: Left, top, right, bottom.
Box = tuple[float, float, float, float]


def around_points(points: Iterable[Sequence[float]]) -> Box:
    """The box around points, such as the corners of a polygon.

    Raises:
        ValueError: there is not a single point, or one has not two coordinates.
    """
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def around_ellipse(middle: tuple[float, float], radii: tuple[float, float], degrees: float) -> Box:
    """The box around an ellipse that is turned about its middle."""
    turn = math.radians(degrees)
    across = math.hypot(radii[0] * math.cos(turn), radii[1] * math.sin(turn))
    down = math.hypot(radii[0] * math.sin(turn), radii[1] * math.cos(turn))
    return middle[0] - across, middle[1] - down, middle[0] + across, middle[1] + down
