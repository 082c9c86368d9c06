"""Sessions of ONNX Runtime, opened one way for the detector and the classifier."""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from aiducation.vision.processors import processor_threads


@lru_cache(maxsize=1)
def _heap() -> Any:
    """glibc, told that all threads share one heap and that blocks above four megabytes go back to the system at once; None for
    other C libraries, which do without.

    By default every thread keeps a heap with the leftovers of its pictures. Shared, they are used again, which is also faster.
    """
    mmap_threshold, arena_max = -3, -8
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(arena_max, 1)
        libc.mallopt(mmap_threshold, 4 << 20)
        libc.malloc_trim(0)
    except (OSError, AttributeError):
        return None
    return libc


def give_memory_back() -> None:
    """Return what lies free between the results that are kept: without it a two-hour recording needs gigabytes."""
    if libc := _heap():
        libc.malloc_trim(0)


@lru_cache(maxsize=4)
def thread_pool(threads: int) -> ThreadPoolExecutor:
    """Threads that each look at a picture, or at a part of the faces: with small networks that scales better than threads
    inside the network."""
    return ThreadPoolExecutor(threads, thread_name_prefix="aiducation")


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
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
