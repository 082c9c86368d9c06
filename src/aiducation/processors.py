"""Processors: how many threads this process may keep busy, computed once for everything that starts some."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

_PROCESS, _GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


@lru_cache(maxsize=1)
def processor_threads() -> int:
    """Threads that this process may keep busy: the processors of its affinity mask, but no more than whole ones of the quota that
    its control group (a container, a batch job) has; at least one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = processor_quota()
    return allowed if quota is None else max(1, min(allowed, int(quota + 1e-9)))


def processor_quota(process: Path = _PROCESS, groups: Path = _GROUPS) -> float | None:
    """Processor seconds a second that the process's control group and those above it allow; None without a limit.

    Args:
        process: the process's groups, as in /proc/self/cgroup.
        groups: where the groups are mounted.

    Source: the Linux kernel's documentation, admin-guide/cgroup-v2 (cpu.max) and scheduler/sched-bwc (cpu.cfs_quota_us).
    """
    try:
        lines = process.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    quotas = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, own = rest.partition(":")
        names = controllers.split(",")
        if not controllers:
            quotas += _along(groups, own, _quota_v2)
            quotas += _along(groups / "unified", own, _quota_v2)
        elif "cpu" in names:
            for folder in dict.fromkeys(("cpu", controllers, "cpu,cpuacct")):
                quotas += _along(groups / folder, own, _quota_v1)
    return min(quotas, default=None)


def _along(mount: Path, own: str, quota: Callable[[Path], float | None]) -> list[float]:
    """The quotas of a group and of all above it. Inside a container its own group is the mount itself, whatever its name."""
    parts = [part for part in own.split("/") if part not in ("", "..")]
    folders = [mount.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
    return [found for folder in folders if (found := quota(folder)) is not None]


def _quota_v2(folder: Path) -> float | None:
    """Of "max 100000" or "150000 100000"."""
    words = _words(folder / "cpu.max")
    return _ratio(words[0], words[1] if len(words) > 1 else "100000") if words else None


def _quota_v1(folder: Path) -> float | None:
    """Of two files; a quota of -1 is none."""
    quota, period = _words(folder / "cpu.cfs_quota_us"), _words(folder / "cpu.cfs_period_us")
    return _ratio(quota[0], period[0]) if quota and period else None


def _ratio(quota: str, period: str) -> float | None:
    try:
        share = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None  # "max"
    return share if share > 0 else None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []
