"""A study within a time: whole networks only, the largest first, several at a time on one device.

For a machine that is there for minutes. A network that cannot be finished in the time left is not begun, or is given up as soon
as its own epochs show it; its folder appears when it is finished, in one step, so that a kill leaves whole networks or nothing.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from aiducation.data.dataset import Dataset
from aiducation.errors import AiducationError, ConfigError, RunError
from aiducation.runs import RunFolder
from aiducation.training.estimate import BYTES_A_WEIGHT
from aiducation.training.learner import draws_random_numbers
from aiducation.training.models import build_model, model_size
from aiducation.training.study import PlannedRun, check_study, is_done, sweep_up
from aiducation.training.whole_run import GivenUp, train_whole

#: Seconds for predictions and files at the end of a network, beside its epochs.
_AT_THE_END_S = 3.0

#: Called with a run and "training", "done", "finished", "no time: ..." or "failed: ...".
Tell = Callable[[PlannedRun, str], None]


@dataclass
class _Clock:
    """The time left, and how long epochs take here: what was measured for one network says it for the others by their size.

    Attributes:
        end: when the time is up, by ``now``.
    """

    end: float
    now: Callable[[], float]
    _measured: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def left(self) -> float:
        """Seconds."""
        return self.end - self.now()

    def note(self, model: str, epoch_s: float) -> None:
        """A network's epochs take so long."""
        with self._lock:
            self._measured[model] = epoch_s

    def epoch_of(self, model: str) -> float | None:
        """How long an epoch of a network should take; None before anything was measured."""
        with self._lock:
            if not self._measured:
                return None
            if model in self._measured:
                return self._measured[model]
            return statistics.median(s / work_of(name) for name, s in self._measured.items()) * work_of(model)


def work_of(model: str) -> float:
    """How much work a step of a network is, beside other networks, in bytes: a card moves one in the time of fifty operations."""
    size = model_size(model)
    return float(BYTES_A_WEIGHT * size.parameters + 8 * size.multiply_adds)


def run_within(
    planned: Sequence[PlannedRun],
    dataset: Dataset,
    out: Path,
    *,
    seconds: float,
    at_once: int = 1,
    small: bool = False,
    device: str = "auto",
    on_run: Tell | None = None,
    on_epoch: Callable[[PlannedRun, dict[str, float]], None] | None = None,
    now: Callable[[], float] = time.monotonic,
) -> list[PlannedRun]:
    """Train as many networks of a study to their end as the time allows; gives those that are finished.

    Args:
        planned: the runs of ``read_study``.
        dataset: the prepared data.
        out: the study's folder; finished runs in it are not trained again.
        seconds: the time, from now on.
        at_once: networks at a time, each in a thread and, on a GPU, in a stream of its own.
        small: keep no weights, only their hash, and predictions as 16-bit numbers.
        on_run: see ``Tell``.
        on_epoch: called with each row of a log.
        now: the clock.

    Raises:
        ConfigError: a model or split is unknown, or networks that draw random numbers would train at a time.
        RunError: runs failed; raised after all others were worked on.
    """
    check_study(list(planned), dataset)
    sweep_up(planned, out)
    _check_at_once(planned, at_once)
    clock, tell = _Clock(end=now() + seconds, now=now), on_run or (lambda run, what: None)
    queue = sorted(planned, key=lambda run: -work_of(run.config.model))
    finished: list[PlannedRun] = []
    failed: list[PlannedRun] = []
    lock, stop = threading.Lock(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            with lock:
                if not queue:
                    return
                run = queue.pop(0)
            try:
                if _train(run, dataset, out, clock, stop, small, device, tell, on_epoch):
                    finished.append(run)
            except (AiducationError, RuntimeError) as error:  # also a card without memory left
                tell(run, f"failed: {error}")
                failed.append(run)

    with ThreadPoolExecutor(at_once, thread_name_prefix="network") as pool:
        try:
            for one in [pool.submit(work) for _ in range(at_once)]:
                one.result()
        finally:
            stop.set()  # after Ctrl-C the threads end with their next batch
    if failed:
        raise RunError(f"{len(failed)} of {len(planned)} runs failed; the reasons are above.")
    return sorted(finished, key=list(planned).index)


def _check_at_once(planned: Sequence[PlannedRun], at_once: int) -> None:
    import torch

    with torch.device("meta"):
        drawing = [name for name in {run.config.model for run in planned} if draws_random_numbers(build_model(name))]
    if at_once > 1 and drawing:
        raise ConfigError(
            f"{min(drawing)} has dropout, which draws from one generator of the process: it cannot be trained beside others in "
            "it. Leave out --at-once, or use --jobs without --budget."
        )


def _train(
    run: PlannedRun,
    dataset: Dataset,
    out: Path,
    clock: _Clock,
    stop: threading.Event,
    small: bool,
    device: str,
    tell: Tell,
    on_epoch: Callable[[PlannedRun, dict[str, float]], None] | None,
) -> bool:
    """Whether a run is finished."""
    folder, model, epochs = out / run.name, run.config.model, run.config.epochs
    if is_done(folder, run, dataset, None):
        tell(run, "done")
        return True
    if RunFolder(folder).exists():
        tell(run, "failed: an unfinished run is there; go on with it by the same command without --budget")
        return False
    expected = clock.epoch_of(model)
    if clock.left < _AT_THE_END_S or (expected is not None and expected * epochs + _AT_THE_END_S > clock.left):
        needs = f"about {expected * epochs:,.0f} s are needed" if expected is not None else "the time is over"
        tell(run, f"no time: {needs}, {max(clock.left, 0):,.0f} s are left")
        return False
    tell(run, "training")

    def go_on(done: int, total: int) -> None:
        if stop.is_set():
            raise GivenUp("stopped")

    last = clock.now()

    def after_epoch(row: dict[str, float]) -> None:
        nonlocal last
        before, last = last, clock.now()
        # The first epoch also chooses algorithms and records the step; later ones say how long the rest takes.
        if row["epoch"] > 1:
            clock.note(model, last - before)
        ahead = (epochs - row["epoch"]) * (clock.epoch_of(model) or 0.0) + _AT_THE_END_S * (row["epoch"] < epochs)
        if ahead > clock.left:
            raise GivenUp(f"about {ahead:,.0f} s are needed for the rest, {max(clock.left, 0):,.0f} s are left")
        if on_epoch:
            on_epoch(run, row)

    try:
        with _stream(device):
            train_whole(dataset, run, folder, small=small, device=device, progress=go_on, on_epoch=after_epoch)
    except GivenUp as why:
        tell(run, str(why) if stop.is_set() else f"no time: {why}")
        return False
    tell(run, "finished")
    return True


def _stream(device: str) -> AbstractContextManager[object]:
    """On a GPU a stream of this thread's own, so that networks run beside each other."""
    import torch

    if not (torch.cuda.is_available() and device.partition(":")[0] in ("auto", "cuda")):
        return nullcontext()
    return torch.cuda.stream(torch.cuda.Stream())
