"""A batch on several processes or machines, with Dask. Alone knows Dask.

Dask gives each task to a worker, longest first, and once more where that worker died. That nothing is done twice or lost is the
business of ``tasks``.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from aiducation.batch.batch import Progress
from aiducation.batch.names import Named
from aiducation.batch.options import Done, SaveOptions, go_on
from aiducation.batch.remote_results import RemoteResults
from aiducation.batch.saving import ctrl_c_interrupts
from aiducation.batch.tasks import Chosen, Outcome, Task, deal_out, parts_of_task, run_part, run_task
from aiducation.errors import ConfigError, require
from aiducation.media.inputs import Class, File, Input, RemoteFile
from aiducation.processors import processor_threads

T = TypeVar("T")

#: "local[4]" or "local": so many processes of this machine.
_LOCAL = re.compile(r"local(?:\[([1-9]\d{0,3})\])?")

#: An address of a scheduler.
_ADDRESS = re.compile(r"(?:tcp|tls)://[^\s/]+:\d+")

#: Seconds in which a scheduler must answer.
CONNECT_S = 20.0

#: Workers that may die over one input before it counts as failed.
_DEATHS = 3

#: Fewer inputs than this for each worker: then long recordings are divided, so that no worker is left without work for long.
_FEW = 4

#: Seconds after which is asked again what happened, so that Ctrl-C is heard on every system; and what became of a lost result.
_ASK_S, _LOST_S = 0.5, 0.1

#: Seconds for a goodbye to the scheduler, which may be suspended.
_CLOSE_S = 3.0

#: What of Dask and its parts writes tracebacks to the terminal.
_LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")

#: How a warning of Dask begins that comes where a folder for its temporary files is not there within a second.
_SLOW = "Creating scratch directories"

_LOST = (
    "The connection to the cluster was lost. What its workers have finished is kept. Make sure that the scheduler runs."
)


def check_cluster(cluster: str) -> None:
    """Make sure before the work that a cluster can be meant.

    Raises:
        ConfigError: it is neither local nor an address.
        MissingExtraError: Dask is not installed.
    """
    if not (_LOCAL.fullmatch(cluster) or _ADDRESS.fullmatch(cluster)):
        raise ConfigError(
            f"--cluster takes local[N], such as local[4] for four processes of this machine, or the address of a Dask "
            f"scheduler, such as tcp://10.0.0.5:8786; not {cluster[:80]!r}."
        )
    require("distributed", "cluster")


def analyze_on_cluster(
    chosen: Mapping[str, Any],
    inputs: Sequence[Input],
    results: Path | RemoteResults,
    options: SaveOptions,
    cluster: str,
    *,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
    on_start: Callable[[Any], None] = lambda _: None,
) -> Iterator[Done]:
    """Analyze inputs on a cluster, in the order in which they are finished; for the rest see ``deal_out``.

    Args:
        chosen: options of the ``Analyzer`` that every worker makes.
        inputs: photos, recordings and classes; folders and files of these machines must have the same names on all of them.
        results: the folder of results, which all machines share; or one elsewhere.
        options: what to save.
        cluster: see ``check_cluster``.
        progress: told how many inputs are done.
        note: told in a sentence what begins anew, and what is called otherwise than its file.
        on_start: gets the connection to the cluster.

    Raises:
        ConfigError: an input is a camera, a screen or a stream, or the cluster cannot be reached.
        OutputExistsError, OutputError: see ``analyze_all``.
    """
    check_cluster(cluster)

    def workers(tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        happened = Happened()
        with _client(cluster, happened) as (client, more):
            on_start(client)
            there = happened.patiently(partial(client.scheduler_info, n_workers=-1))["workers"]
            few = len(tasks) < _FEW * max(len(there), 1)
            submitted = {}
            for task in tasks:
                if happened.pressed:
                    raise KeyboardInterrupt
                theirs, size = replace(task, chosen=(*task.chosen, *more)), _size(task.one)
                looks = [
                    client.submit(run_part, theirs, part, pure=False, priority=size)
                    for part in (parts_of_task(task) if few else ())
                ]
                submitted[client.submit(run_task, theirs, looks, pure=False, priority=size)] = task
            for future in submitted:
                future.add_done_callback(happened.put)
            yield from _finished(submitted, happened)

    return deal_out(workers, chosen, inputs, results, options, progress=progress, note=note)


class Happened:
    """What happens, in its order: futures that are done, and Ctrl-C.

    Waits in small steps: so Ctrl-C is heard on every system, and although a suspended scheduler says nothing.

    Attributes:
        pressed: whether Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.pressed = False
        self._queue: SimpleQueue[Any] = SimpleQueue()

    def put(self, future: Any) -> None:
        """A future is done."""
        self._queue.put(future)

    def press(self) -> None:
        """Ctrl-C was pressed."""
        self.pressed = True
        self._queue.put(None)

    def next(self) -> Any:
        """The future that is done next; None for Ctrl-C."""
        while True:
            with suppress(Empty):
                return self._queue.get(timeout=_ASK_S)

    def patiently(self, ask: Callable[[], T]) -> T:
        """What a call gives that may wait for the scheduler.

        Raises:
            KeyboardInterrupt: Ctrl-C came first; the call is left alone.
        """
        answer: Future[T] = Future()

        def answered() -> None:
            try:
                answer.set_result(ask())
            except BaseException as error:  # for whoever waits
                answer.set_exception(error)

        threading.Thread(target=answered, name="aiducation-cluster", daemon=True).start()
        while not wait([answer], _ASK_S).done:
            if self.pressed:
                raise KeyboardInterrupt
        return answer.result()


def _finished(submitted: Mapping[Any, Task], happened: Happened) -> Iterator[tuple[Task, Outcome]]:
    """What became of each task, as soon as it is known; Ctrl-C ends all that have not begun.

    Args:
        submitted: the futures of the tasks.
        happened: gets each future that is done.
    """
    waiting, lost = dict(submitted), False
    while waiting and (future := happened.next()) is not None:
        # Its worker ended before it gave the result: another one finds it there.
        if future.status in ("lost", "pending"):
            time.sleep(_LOST_S)
            happened.put(future)
            continue
        try:
            outcome = happened.patiently(partial(_outcome, future, waiting[future].one))
        except KeyboardInterrupt:
            break
        task = waiting.pop(future)
        if not outcome:
            said = () if lost else (f"{_LOST} {go_on(force=task.options.force)}",)
            lost = True
            outcome = Outcome(Done(input=task.one.input, source=task.one.source, complete=False), said)
        yield task, outcome
    for future, task in waiting.items():
        future.cancel()
        yield task, Outcome(Done(input=task.one.input, source=task.one.source, stopped=True))


@contextmanager
def _ctrl_c_in(happened: Happened) -> Iterator[None]:
    """In this block Ctrl-C is something that happens. An exception would come anywhere: where Dask starts its processes and then
    cannot end them any more, or where Python collects garbage and drops it.

    Only where ``ctrl_c_interrupts``.
    """
    if not ctrl_c_interrupts():
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: happened.press())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Processes that start in this block never hear of Ctrl-C, and here it comes at the end of the block. On Windows nothing can
    put it off."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    ensure_running()  # with its first process, multiprocessing would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _outcome(future: Any, one: Named) -> Outcome | None:
    """What a task gave, or why there is nothing; None where the connection was lost before that was known."""
    if future.status == "finished":
        try:
            return future.result()
        except (OSError, CancelledError):  # that a task is done is known before what it gave
            return None
    if future.status != "error":
        return None
    error, source = type(future.exception()).__name__, one.source
    words = f"{source} cannot be analyzed: {error}."
    if error == "KilledWorker":
        words = f"{source} cannot be analyzed: {_DEATHS + 1} workers ended while working on it."
    return Outcome(Done(input=one.input, source=source, error=words))


@contextmanager
def _client(cluster: str, happened: Happened) -> Iterator[tuple[Any, Chosen]]:
    """A connection to a cluster, and more options for the analyzers of its workers; meanwhile see ``_ctrl_c_in``."""
    import dask
    from distributed import Client, LocalCluster
    from distributed import TimeoutError as NoAnswer

    _be_quiet()
    local = _LOCAL.fullmatch(cluster)
    if not local:
        with _ctrl_c_in(happened):
            try:
                client = happened.patiently(partial(Client, cluster, timeout=CONNECT_S))
            except (OSError, TypeError) as error:  # the second where certificates are missing
                raise ConfigError(f"No Dask scheduler answers at {cluster}: {error}.") from error
            try:
                yield client, ()
            finally:
                with suppress(NoAnswer):
                    client.close(timeout=_CLOSE_S)
        return
    count = int(local[1] or processor_threads())
    threads = max(1, processor_threads() // count)
    settings = {
        "distributed.scheduler.allowed-failures": _DEATHS,
        "distributed.scheduler.worker-saturation": 1.0,  # who waits is not suspected when a worker dies
        "distributed.worker.memory.terminate": False,
        "distributed.worker.preload": [__name__],
    }
    # What is set to None listens at port 8787, and warns where something else does.
    no_page = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with ExitStack() as opened:
        opened.enter_context(_ctrl_c_in(happened))
        opened.enter_context(_without_warnings())
        opened.enter_context(dask.config.set(settings))
        with _ctrl_c_waits():
            started = LocalCluster(
                n_workers=count, threads_per_worker=1, host="127.0.0.1", memory_limit=0, scheduler_kwargs=no_page
            )
            opened.enter_context(started)
        yield opened.enter_context(Client(started)), (("threads", threads),)


def _be_quiet() -> None:
    """What fails is said in a sentence, and once."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Neither this process nor those that it starts in this block warn of a machine that is busy for a moment."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = f"{before},ignore:{_SLOW}" if before else f"ignore:{_SLOW}"
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _SLOW)
            yield
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before


def dask_setup(_: Any) -> None:
    """Called by Dask in each process that this one starts: Ctrl-C reaches all of them, and this one alone answers it."""
    _be_quiet()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _size(one: Named) -> int:
    """Bytes of an input: the longest begin first, so that none is left alone in the end."""
    if isinstance(one.input, Class):
        return sum(_bytes(piece.path) for piece in one.input.recorded.pieces)
    if isinstance(one.input, RemoteFile):
        return one.input.version.size
    return _bytes(one.input.path) if isinstance(one.input, File) else 0


def _bytes(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0
