"""Sessions of ONNX Runtime, opened one way for the detector and the classifier."""

from __future__ import annotations

import ctypes
import gc
import io
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from aiducation import allocator
from aiducation.errors import AiducationError, ConfigError
from aiducation.processors import processor_threads
from aiducation.vision.devices import Device
from aiducation.vision.runtime_builds import no_build

T = TypeVar("T")


@lru_cache(maxsize=1)
def _one_heap() -> None:
    """Tell the allocator once, when memory is first given back."""
    allocator.share_one_heap()


def give_memory_back() -> None:
    """Return what lies free between the results that are kept: without it a two-hour recording needs gigabytes."""
    _one_heap()
    allocator.give_back()


#: Seconds that pass at least between two times: what is given back is filled with zeros again for the next pictures.
_AT_TIMES_S = 10.0

_given_at_s = 0.0


def give_memory_back_at_times() -> None:
    """The same, but seldom, however many single pictures the process analyzes."""
    global _given_at_s
    now_s = time.monotonic()
    if now_s - _given_at_s >= _AT_TIMES_S:
        _given_at_s = now_s
        give_memory_back()


_here = threading.local()


def work_alone() -> None:
    """Let the calling thread do all its work itself, because it is one of several that each have a picture of their own."""
    _here.alone = True


@contextmanager
def beside_others(there_are: bool) -> Iterator[None]:
    """Let the calling thread do all its work itself for a while, if others work on pictures of their own meanwhile."""
    before = getattr(_here, "alone", False)
    _here.alone = before or there_are
    try:
        yield
    finally:
        _here.alone = before


def threads_here(threads: int) -> int:
    """So many threads for the work of the calling thread, or one where it does all its work itself."""
    return 1 if getattr(_here, "alone", False) else threads


def in_threads(threads: int, work: Callable[..., T], *given: Iterable[Any]) -> list[T]:
    """What ``map`` gives, of some threads that each analyze a picture, or some of the faces: with small networks that
    scales better than threads inside the network. A single piece of work waits for no thread."""
    tasks = list(zip(*given, strict=True))
    if len(tasks) < 2 or threads_here(threads) < 2:
        return [work(*task) for task in tasks]
    return list(_pool(threads, os.getpid()).map(lambda task: work(*task), tasks))


@lru_cache(maxsize=4)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """One a process: in a forked one the pool of the other has no threads, and would be waited for without end."""
    return ThreadPoolExecutor(threads, thread_name_prefix="aiducation")


class OpenSessions:
    """Sessions that are open, as long as anybody uses them.

    A set must not grow while another thread goes through it, and a server opens models while others are being used.
    """

    def __init__(self) -> None:
        self._known: weakref.WeakSet[Any] = weakref.WeakSet()
        self._turn = threading.Lock()

    def add(self, session: Any) -> None:
        with self._turn:
            self._known.add(session)

    def all(self) -> list[Any]:
        with self._turn:
            return list(self._known)

    def keep(self) -> None:
        """Keep them to the end of a forked process: at their own end they would wait for threads that are not there."""
        self._turn = threading.Lock()  # whoever held it is not there either
        for session in self._known:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


_sessions = OpenSessions()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_sessions.keep)


def give_all_memory_back() -> None:
    """Return the memory of networks, too, which ONNX Runtime otherwise keeps for the largest picture and for as many at once as
    there ever were; for times when nothing is analyzed."""
    options = onnx_runtime().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    # Others may run the sessions meanwhile: ONNX Runtime allows that, and locks its memory itself.
    for session in _sessions.all():
        sizes = {"faces": (1, 1, 48, 48), "input": (1, 3, 32, 32)}
        given = {one.name: np.zeros(sizes[one.name], np.float32) for one in session.get_inputs() if one.name in sizes}
        with suppress(Exception):  # a model of others may take other sizes
            session.run(None, given, options)
    gc.collect()  # pictures that a recording which was stopped had on the way
    give_memory_back()


@lru_cache(maxsize=1)
def onnx_runtime() -> Any:
    """The package ``onnxruntime``, told before it starts to report nothing.

    From 1.29 on its own builds write a device id and events about models into the user's cache and send them to its maker,
    unless this variable is set when it is first imported.

    Raises:
        MissingExtraError: no build of it is installed, or its files are gone.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise no_build() from error
    if not hasattr(onnxruntime, "InferenceSession"):  # what is left where one of two builds was removed
        raise no_build()
    if hasattr(onnxruntime, "preload_dlls"):  # CUDA's libraries as pip installs them; does nothing in other builds
        with redirect_stdout(io.StringIO()):  # it prints what it does not find
            onnxruntime.preload_dlls()
    onnxruntime.disable_telemetry_events()  # for builds that do not know the variable
    return onnxruntime


def open_session(model: str | bytes, threads: int, device: Device | None = None) -> Any:
    """An ``InferenceSession`` on the processor or another device.

    Threads do not spin while they wait: detector and classifier take turns, and the waiting threads of one would slow the other
    down (a photo with 20 faces took 95 ms instead of 60 on two cores).

    Args:
        model: a file's path or its content.
        threads: processor threads; 0 for as many as the process may keep busy. ONNX Runtime's own choice would be one a core of
            the whole machine, each bound to its core, whatever the process is allowed.
        device: what ``choose_device`` gave; None for the processor.

    Raises:
        ConfigError: the device cannot run the model. ONNX Runtime itself would go on with the processor and only log it.
    """
    device = device or Device()
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or processor_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = (
        False  # it would keep a plan and a block of memory for each size of picture, and gains no time
    )
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if device.on_cpu:
        session = _Session(onnxruntime.InferenceSession(model, options, providers=[device.provider]))
        _sessions.add(session)
        return session
    options.enable_mem_pattern = not device.kind.alone
    options.log_severity_level = 4  # what is missing is said below, in a sentence
    wanted = [(device.provider, device.options(options.intra_op_num_threads)), Device().provider]
    onnxruntime.set_default_logger_severity(4)
    try:
        session = onnxruntime.InferenceSession(model, options, providers=wanted)
    except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
        raise _unusable(device, " ".join(str(error).split())[:200]) from error
    finally:
        onnxruntime.set_default_logger_severity(2)  # its own default: warnings
    if device.provider not in session.get_providers():
        raise _unusable(device, "the driver, a library or the hardware itself is missing")
    session.disable_fallback()
    opened = _OnDevice(session, device)
    _sessions.add(opened)
    return opened


def _unusable(device: Device, why: str) -> ConfigError:
    name, provider = device.name, device.provider
    sentences = (
        f"The device '{name}' cannot be used: ONNX Runtime has {provider}, but could not start it ({why}).",
        "Use --device auto or cpu; 'aiducation devices' lists what works here.",
    )
    return ConfigError(" ".join(sentences))


class _Session:
    """A session in the process that opened it.

    In one that was forked from it a session lacks its threads, and would wait for them without end.
    """

    def __init__(self, session: Any) -> None:
        self._session, self._process = session, os.getpid()

    def run(self, *given: Any) -> Any:
        if os.getpid() != self._process:
            raise AiducationError("An Analyzer cannot be used in a process that was forked; make one in each process.")
        return self._session.run(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class _OnDevice(_Session):
    """A session on another device than the processor: failures name the device; where it must be, one run at a time."""

    def __init__(self, session: Any, device: Device) -> None:
        super().__init__(session)
        self._device = device
        self._turn = threading.Lock() if device.kind.alone else nullcontext()

    def run(self, *given: Any) -> Any:
        with self._turn:
            try:
                return super().run(*given)
            except AiducationError:
                raise
            except Exception as error:  # ONNX Runtime raises its own classes, which differ between releases
                name, why = self._device.name, " ".join(str(error).split())[:200]
                sentences = f"The device '{name}' failed ({why}).", "Use --device cpu."
                raise ConfigError(" ".join(sentences)) from error
