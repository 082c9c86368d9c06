"""Several runs of a study at a time on one machine, each in a process of its own.

Launchers work as well: ``torchrun --nproc-per-node 4 -m aiducation study ...`` starts one process a GPU, and the processes
divide the runs among them through the shared folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from aiducation.errors import RunError


def run_jobs(arguments: Sequence[str], jobs: int) -> None:
    """Run ``aiducation`` with these arguments in several processes that share the processor's cores.

    Each has a ``LOCAL_RANK``, as under a launcher, by which it knows that it is one of several.

    Raises:
        RunError: a process failed; the others finish their work first.
    """
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    command = [sys.executable, "-m", "aiducation", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": threads}
    running = [subprocess.Popen(command, env={**environment, "LOCAL_RANK": str(i)}) for i in range(jobs)]
    try:
        codes = [process.wait() for process in running]
    finally:  # after Ctrl-C, which they got as well: wait until each has stopped
        for process in running:
            process.wait()
    if any(codes):
        raise RunError(f"{sum(map(bool, codes))} of {jobs} processes failed; their messages are above.")


def is_one_of_several() -> bool:
    """Whether this process was started beside others, by ``run_jobs`` or a launcher; then the one who started them speaks."""
    return "LOCAL_RANK" in os.environ


def own_device(device: str) -> str:
    """With several processes and several GPUs, the GPU of this process; otherwise what was asked for."""
    import torch

    rank = os.environ.get("LOCAL_RANK", "")
    if device == "auto" and rank.isdecimal() and torch.cuda.device_count() > 1:
        return f"cuda:{int(rank) % torch.cuda.device_count()}"
    return device
