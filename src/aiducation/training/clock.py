"""The time that is left to a study, and which network gives up when it is too little."""

from __future__ import annotations

import functools
import statistics
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiducation.training.estimate import BYTES_A_WEIGHT
from aiducation.training.models import model_size
from aiducation.training.study import PlannedRun

#: Seconds for predictions and files at the end of a network, beside its epochs.
AT_THE_END_S = 3.0

#: Epochs that say how long the next ones take: their median, so that one that stalled says nothing. At least so many, at most so
#: many, since other networks come and go.
_ENOUGH, _RECENT = 3, 5


@dataclass
class Clock:
    """The time left, and how long epochs take here: what was measured for one network says it for the others by their size.

    Attributes:
        end: when the time is up, by ``now``.
    """

    end: float
    now: Callable[[], float]
    _measured: dict[str, float] = field(default_factory=dict)  # model -> seconds of an epoch
    _recent: dict[str, deque[float]] = field(default_factory=dict)  # run -> epochs since a network gave up
    _rest: dict[str, float] = field(default_factory=dict)  # run -> seconds that it still needs
    _running: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def left(self) -> float:
        """Seconds."""
        return self.end - self.now()

    def too_little(self, run: PlannedRun) -> str | None:
        """Why a network cannot be begun any more; None if it can be."""
        left, epoch_s = self.left, self._epoch_of(run.config.model)
        if left < AT_THE_END_S:
            return f"the time is over, {max(left, 0):,.0f} s are left"
        needed = 0.0 if epoch_s is None else epoch_s * run.config.epochs + AT_THE_END_S
        return f"about {needed:,.0f} s are needed, {left:,.0f} s are left" if needed > left else None

    def _epoch_of(self, model: str) -> float | None:
        """How long an epoch of a network should take; None before anything was measured.

        By the network that does most work a second, since small ones are slowed by other things than their work: a network that
        is begun in vain costs a few epochs, one that is left out in error is lost.
        """
        with self._lock:
            if model in self._measured:
                return self._measured[model]
            rates = [seconds / work_of(name) for name, seconds in self._measured.items()]
            return min(rates) * work_of(model) if rates else None

    def begins(self, run: PlannedRun) -> None:
        """A network is trained from now on."""
        with self._lock:
            self._running.add(run.name)

    def ends(self, run: PlannedRun) -> bool:
        """A network is not trained any more, for whatever reason; gives whether others are."""
        with self._lock:
            self._running.discard(run.name)
            self._recent.pop(run.name, None)
            self._rest.pop(run.name, None)
            return bool(self._running)

    def gives_up(self, run: PlannedRun, epoch: int, epoch_s: float) -> str | None:
        """Why a network should give up after an epoch; None if it goes on.

        Of networks that are too late the one gives up that needs longest. The others are faster then, so they are judged again
        only after some epochs without it.

        Args:
            epoch: counted from 1.
            epoch_s: how long it took.
        """
        to_do, left = run.config.epochs - epoch, self.left
        with self._lock:
            recent = self._recent.setdefault(run.name, deque(maxlen=_RECENT))
            if epoch > 1:  # the first one also chooses algorithms and records the step
                recent.append(epoch_s)
                self._measured[run.config.model] = statistics.median(recent)
            if not to_do:
                self._rest.pop(run.name, None)
                return None
            if left <= 0:
                return f"the time is over after {epoch} of {run.config.epochs} epochs"
            if len(recent) < _ENOUGH:
                return None
            rest = self._rest[run.name] = statistics.median(recent) * to_do + AT_THE_END_S
            if rest <= left or rest < max(self._rest.values()):
                return None
            self._recent.clear()
            self._rest.clear()
        return f"about {rest:,.0f} s are needed for the rest, {left:,.0f} s are left"


@functools.cache  # counting sets hooks for all threads, so it must be over before networks train in them
def work_of(model: str) -> float:
    """How much work a step of a network is, beside other networks, in bytes: a card moves one in the time of fifty operations."""
    size = model_size(model)
    return float(BYTES_A_WEIGHT * size.parameters + 8 * size.multiply_adds)
