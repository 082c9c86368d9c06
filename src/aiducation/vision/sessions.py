"""Sessions of ONNX Runtime, opened one way for the detector and the classifier."""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any


def processor_threads() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def keep_memory_low() -> None:
    """Make all threads share one heap, and give blocks above four megabytes back to the system at once.

    By default glibc gives every thread a heap, with the leftovers of its pictures. Shared, they are used again, which is also
    a quarter faster. Other C libraries do without.
    """
    mmap_threshold, arena_max = -3, -8
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(arena_max, 1)
        libc.mallopt(mmap_threshold, 4 << 20)


@lru_cache(maxsize=4)
def thread_pool(threads: int) -> ThreadPoolExecutor:
    """Threads that each look at a picture, or at a part of the faces: with small networks that scales better than threads
    inside the network."""
    return ThreadPoolExecutor(threads, thread_name_prefix="aiducation")


def open_session(model: str | bytes, threads: int) -> Any:
    """An ``InferenceSession`` on the processor.

    Threads do not spin while they wait: detector and classifier take turns, and the waiting threads of one would slow the other
    down (a photo with 20 faces took 95 ms instead of 60 on two cores).

    Args:
        model: a file's path or its content.
        threads: processor threads; 0 lets ONNX Runtime choose.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
