"""Threads stay inside what the process may use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiducation.processors import processor_quota, processor_threads
from needs import LINUX

pytestmark = LINUX.mark()

COUNT = """
import json, os, sys
os.sched_setaffinity(0, set(json.loads(sys.argv[1])))
before = set(os.listdir("/proc/self/task"))
from aiducation.processors import processor_threads
from aiducation.media.samples import gallery
from aiducation.vision.analyzer import Analyzer
Analyzer().photo(gallery(2, 2, width=320, height=180))
tasks = os.listdir("/proc/self/task")
cores = sorted({core for task in tasks for core in os.sched_getaffinity(int(task))})
print(json.dumps([processor_threads(), len(set(tasks) - before), cores]))
"""


@pytest.mark.parametrize("n", [1, 2])
def test_detector_and_classifier_stay_inside_the_affinity_mask(n: int) -> None:
    """ONNX Runtime's own choice is a thread a core of the machine, bound to it: with one core allowed there must be no other."""
    mask = sorted(os.sched_getaffinity(0))[:n]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", COUNT, json.dumps(mask)], capture_output=True, text=True, check=True, env=environment
    )
    threads, begun, cores = json.loads(done.stdout)
    assert threads <= len(mask) and cores == mask
    # One session with a thread more for each core above one, and a pool of one thread a core.
    assert begun <= (threads - 1) + threads


def group(root: Path, name: str, **files: str) -> None:
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file.replace("_dot_", ".")).write_text(text)


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("max 100000\n", None),
        ("150000 100000\n", 1.5),
        ("20000 10000", 2.0),
        ("50000\n", 0.5),
        ("nonsense", None),
        ("", None),
    ],
)
def test_quota_of_a_container_in_version_2(text: str, quota: float | None, tmp_path: Path) -> None:
    """Inside the container its group is the root; ``cpu.max`` has quota and period in microseconds."""
    (tmp_path / "cgroup").write_text("0::/\n")
    group(tmp_path / "fs", ".", cpu_dot_max=text)
    assert processor_quota(tmp_path / "cgroup", tmp_path / "fs") == quota


def test_quotas_of_groups_above_count_too(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/system.slice/job.service\n")
    group(tmp_path / "fs", "system.slice", cpu_dot_max="300000 100000")
    group(tmp_path / "fs", "system.slice/job.service", cpu_dot_max="max 100000")
    assert processor_quota(tmp_path / "cgroup", tmp_path / "fs") == 3.0
    group(tmp_path / "fs", "system.slice/job.service", cpu_dot_max="200000 100000")
    assert processor_quota(tmp_path / "cgroup", tmp_path / "fs") == 2.0


@pytest.mark.parametrize(("quota", "found"), [("250000", 2.5), ("-1", None)])
@pytest.mark.parametrize("folder", ["cpu", "cpu,cpuacct"])
def test_quota_in_version_1(folder: str, quota: str, found: float | None, tmp_path: Path) -> None:
    """In a container the process sees the host's name of its group, of which nothing is mounted."""
    (tmp_path / "cgroup").write_text("12:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n")
    group(tmp_path / "fs", folder, cpu_dot_cfs_quota_us=quota, cpu_dot_cfs_period_us="100000\n")
    assert processor_quota(tmp_path / "cgroup", tmp_path / "fs") == found


def test_without_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert processor_quota(tmp_path / "cgroup", tmp_path / "fs") is None


@pytest.mark.parametrize(("quota", "threads"), [(None, 4), (0.5, 1), (1.5, 1), (2.0, 2), (2.9, 2), (64.0, 4)])
def test_threads_are_whole_processors_of_mask_and_quota(
    quota: float | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 4, 5, 6})
    monkeypatch.setattr("aiducation.processors.processor_quota", lambda: quota)
    assert processor_threads.__wrapped__() == threads
