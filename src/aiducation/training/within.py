"""A study within a time: whole networks only, several at a time on one device.

For a machine that is there for minutes. The smallest network comes first: it soon shows that everything works, files too. The
others follow from the largest on. A network that cannot be finished in the time left is not begun, or is given up when its own
epochs show it; its folder appears when it is finished, in one step, so that a kill leaves whole networks or nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from aiducation.data.dataset import Dataset
from aiducation.errors import AiducationError, ConfigError, RunError
from aiducation.runs import RunFolder
from aiducation.training.clock import Clock, work_of
from aiducation.training.models import build_model
from aiducation.training.random_draws import draws_random_numbers
from aiducation.training.study import PlannedRun, check_study, is_done, sweep_up
from aiducation.training.whole_run import GivenUp, train_whole

#: Called with a run and "training", "done", "finished", "no time: ..." or "failed: ...", mostly while its exception is handled.
Tell = Callable[[PlannedRun, str], None]


def run_within(
    planned: Sequence[PlannedRun],
    dataset: Dataset,
    out: Path,
    *,
    seconds: float,
    at_once: int = 1,
    last: Collection[str] = (),
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
        last: names of runs that are wanted least.
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
    work = _Work(
        dataset=dataset,
        out=out,
        clock=Clock(end=now() + seconds, now=now),
        queue=in_order(planned, last),
        small=small,
        device=device,
        beside_others=at_once > 1,
        tell=on_run or (lambda run, what: None),
        on_epoch=on_epoch or (lambda run, row: None),
    )
    with ThreadPoolExecutor(at_once, thread_name_prefix="network") as pool:
        try:
            for one in [pool.submit(work.go_through) for _ in range(at_once)]:
                one.result()
        finally:
            work.stop.set()  # after Ctrl-C the threads end with their next batch
    if work.failed:
        raise RunError(f"{len(work.failed)} of {len(planned)} runs failed; the reasons are above.")
    return sorted(work.finished, key=list(planned).index)


def in_order(planned: Sequence[PlannedRun], last: Collection[str] = ()) -> list[PlannedRun]:
    """The smallest network, then the others from the largest on; those named in ``last`` after all others."""
    smallest = min(planned, key=lambda run: work_of(run.config.model), default=None)
    return sorted(planned, key=lambda run: (run is not smallest, run.name in last, -work_of(run.config.model)))


def _check_at_once(planned: Sequence[PlannedRun], at_once: int) -> None:
    import torch

    with torch.device("meta"):
        drawing = [name for name in {run.config.model for run in planned} if draws_random_numbers(build_model(name))]
    if at_once > 1 and drawing:
        raise ConfigError(
            f"{min(drawing)} draws random numbers, as dropout does, from one generator of the process: it cannot be trained "
            "beside others in it. Leave out --at-once, or use --jobs without --budget."
        )


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What the threads share."""

    dataset: Dataset
    out: Path
    clock: Clock
    queue: list[PlannedRun]
    small: bool
    device: str
    beside_others: bool
    tell: Tell
    on_epoch: Callable[[PlannedRun, dict[str, float]], None]
    finished: list[PlannedRun] = field(default_factory=list)
    failed: list[PlannedRun] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def go_through(self) -> None:
        """A thread's part: one network after the other."""
        with stream_of_its_own(self.device):  # one for all of them, so that the memory of one is used by the next
            while not self.stop.is_set():
                with self.lock:
                    if not self.queue:
                        return
                    run = self.queue.pop(0)
                if not self._work_on(run):
                    return

    def _work_on(self, run: PlannedRun) -> bool:
        """Whether the thread should go on with another network."""
        beside_others = False
        try:
            if self._is_to_be_trained(run):
                self.clock.begins(run)
                try:
                    self._train(run)
                finally:
                    beside_others = self.clock.ends(run)
                self.finished.append(run)
                self.tell(run, "finished")
        except GivenUp as why:
            self.tell(run, str(why) if self.stop.is_set() else f"no time: {why}")
            return not beside_others  # they get the room, which another network would only fill again
        except Exception as error:  # whatever it is, also a full disk or card, the others go on
            known = isinstance(error, AiducationError | RuntimeError)
            self.failed.append(run)
            self.tell(run, f"failed: {error}" if known else f"failed: {type(error).__name__}: {error}")
        return True

    def _is_to_be_trained(self, run: PlannedRun) -> bool:
        folder = self.out / run.name
        if is_done(folder, run, self.dataset, None):
            self.finished.append(run)
            self.tell(run, "done")
            return False
        if (there := RunFolder(folder)).exists():
            kind = "a run of other data, options or epochs" if there.info().finished else "an unfinished run"
            self.tell(
                run, f"failed: {kind} is there; the same command without --budget goes on with it, or says what differs"
            )
            return False
        if why := self.clock.too_little(run):
            self.tell(run, f"no time: {why}")
            return False
        return True

    def _train(self, run: PlannedRun) -> None:
        self.tell(run, "training")
        last = self.clock.now()

        def go_on(done: int, total: int) -> None:
            if self.stop.is_set():
                raise GivenUp("stopped")

        def after_epoch(row: dict[str, float]) -> None:
            nonlocal last
            before, last = last, self.clock.now()
            self.on_epoch(run, row)
            if why := self.clock.gives_up(run, int(row["epoch"]), last - before):
                raise GivenUp(why)

        train_whole(
            self.dataset,
            run,
            self.out / run.name,
            small=self.small,
            device=self.device,
            beside_others=self.beside_others,
            progress=go_on,
            on_epoch=after_epoch,
        )


def stream_of_its_own(device: str) -> AbstractContextManager[object]:
    """On a GPU a stream of this thread's own, so that networks run beside each other."""
    import torch

    if not (torch.cuda.is_available() and device.partition(":")[0] in ("auto", "cuda")):
        return nullcontext()
    index = device.partition(":")[2]
    return torch.cuda.stream(torch.cuda.Stream(int(index) if index.isdecimal() else None))
