"""Motion: where a head should be by now, and how sure that is."""

from __future__ import annotations

import math

import numpy as np

#: Seconds over which a speed fades to a third: heads in a room do not keep their speed for long.
_FADES_S = 1.5

#: Sides of the face by which a detector's boxes jitter and a head nods between two looks.
_JITTER = 0.12

#: Speeds of a head in sides a second: what is expected of one that was just found, and the calmest.
_FIRST_SPEED, _CALM = 1.2, 0.2

#: Seconds of the past over which the usual speed of a head is learned.
_LEARNED_S = 3.0


class Motion:
    """The place and the speed of a head, as a Kalman filter knows them; in sides of its face, so that near and far are alike.

    Its speed is one that fades and is pushed at random (an Ornstein-Uhlenbeck process), so that any time may pass between two
    looks: after long, only the place remains, and how far such a head gets.

    Args:
        place: (2,) pixels of its centre.
        side: of its box in pixels.

    Source: R. E. Kalman, Journal of Basic Engineering 82 (1960); for the process G. E. Uhlenbeck and L. S. Ornstein, Physical
    Review 36 (1930).
    """

    def __init__(self, place: np.ndarray, side: float) -> None:
        self.place, self.side = place.astype(np.float64), side
        self._speed = np.zeros(2)
        self._usual = _FIRST_SPEED  # root mean square of one axis
        self._spread = _JITTER**2, 0.0, _FIRST_SPEED**2  # of the place, of both, of the speed; the same along both axes

    def expected(self, passed_s: float) -> np.ndarray:
        """(2,) pixels where it should be after some seconds."""
        fades = _FADES_S * (1 - math.exp(-passed_s / _FADES_S))
        return np.asarray(self.place + self._speed * fades)

    def spread(self, passed_s: float) -> float:
        """Variance of one axis of where it is found after some seconds, in squared sides."""
        return self._after(passed_s)[0] + _JITTER**2

    def see(self, place: np.ndarray, side: float, passed_s: float) -> None:
        """Correct what is known by where it was found after some seconds."""
        of_place, of_both, of_speed = self._after(passed_s)
        expected, kept = self.expected(passed_s), math.exp(-passed_s / _FADES_S)
        off, (x, y) = place - expected, ((place - self.place) / self.side).tolist()
        moved = (x * x + y * y) / 2 - 2 * _JITTER**2
        gain, speed_gain = of_place / (of_place + _JITTER**2), of_both / (of_place + _JITTER**2)
        self.place = expected + gain * off
        self._speed = self._speed * kept + speed_gain * off
        self._spread = of_place - gain * of_place, of_both - gain * of_both, of_speed - speed_gain * of_both
        weight = 1 - math.exp(-passed_s / _LEARNED_S)
        usual = (1 - weight) * self._usual**2 + weight * max(moved, 0.0) / max(passed_s, 0.1) ** 2
        self._usual = min(max(math.sqrt(usual), _CALM), 4 * _FIRST_SPEED)
        self.side = 0.6 * self.side + 0.4 * side

    def _after(self, passed_s: float) -> tuple[float, float, float]:
        """Covariance of place and speed after some seconds: of the place, of both, of the speed."""
        of_place, of_both, of_speed = self._spread
        kept = math.exp(-passed_s / _FADES_S)
        step, pushed = _FADES_S * (1 - kept), self._usual**2
        far = _FADES_S**2 * (2 * passed_s / _FADES_S - 3 + 4 * kept - kept**2)
        return (
            of_place + 2 * step * of_both + step**2 * of_speed + pushed * far,
            kept * (of_both + step * of_speed) + pushed * _FADES_S * (1 - kept) ** 2,
            kept**2 * of_speed + pushed * (1 - kept**2),
        )
