"""Sessions of ONNX Runtime, opened one way for the detector and the classifier."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from aiducation import allocator
from aiducation.processors import processor_threads

T = TypeVar("T")


@lru_cache(maxsize=1)
def _one_heap() -> None:
    """Tell the allocator once, when memory is first given back."""
    allocator.share_one_heap()


def give_memory_back() -> None:
    """Return what lies free between the results that are kept: without it a two-hour recording needs gigabytes."""
    _one_heap()
    allocator.give_back()


_here = threading.local()


def use_own_threads(name: str) -> None:
    """Give the work of the calling thread threads of its own, so that others' does not wait behind it."""
    _here.name = name


def in_threads(threads: int, work: Callable[..., T], *given: Iterable[Any]) -> list[T]:
    """What ``map`` gives, of some threads that each analyze a picture, or some of the faces: with small networks that
    scales better than threads inside the network. A single piece of work waits for no thread."""
    tasks = list(zip(*given, strict=True))
    if len(tasks) < 2:
        return [work(*task) for task in tasks]
    return list(_pool(threads, getattr(_here, "name", "")).map(lambda task: work(*task), tasks))


@lru_cache(maxsize=4)
def _pool(threads: int, name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"aiducation-{name}")


#: Sessions that are open.
_sessions: weakref.WeakSet[Any] = weakref.WeakSet()


def give_all_memory_back() -> None:
    """Return the memory of networks, too, which ONNX Runtime otherwise keeps for the largest picture and for as many at once as
    there ever were; for times when nothing is analyzed."""
    options = onnx_runtime().RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    for session in list(_sessions):
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
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # for builds that do not know the variable
    return onnxruntime


def open_session(model: str | bytes, threads: int) -> Any:
    """An ``InferenceSession`` on the processor.

    Threads do not spin while they wait: detector and classifier take turns, and the waiting threads of one would slow the other
    down (a photo with 20 faces took 95 ms instead of 60 on two cores).

    Args:
        model: a file's path or its content.
        threads: processor threads; 0 for as many as the process may keep busy. ONNX Runtime's own choice would be one a core of
            the whole machine, each bound to its core, whatever the process is allowed.
    """
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or processor_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    _sessions.add(session)
    return session
