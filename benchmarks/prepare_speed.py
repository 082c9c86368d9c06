"""How long preparing the two real files takes, and how much memory: without the search for copies, and with it.

    python benchmarks/prepare_speed.py fer2013.csv.gz fer2013new.csv [--out FILE.json]

Each preparation is the command itself, in a process of its own; seconds include its start. Without the search, equal pixels
are still found. Last, the prepared folder is opened by memory map, as every command does. The load average at the start tells
whether the machine was doing something else, too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aiducation.data.dataset import Dataset
from aiducation.environment import environment

LOADS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fer2013", type=Path)
    parser.add_argument("ferplus", type=Path)
    parser.add_argument("--out", type=Path, help="write the results as JSON")
    options = parser.parse_args()
    load_average = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        command = (str(options.fer2013), str(options.ferplus), "--out", str(data), "--force", "--duplicates")
        results: dict[str, dict[str, Any]] = {
            "prepare without search": measure("prepare", *command, "identical"),
            "prepare with search": measure("prepare", *command, "full"),
            "load": {"seconds": load_time(data)},
        }
    for name, numbers in results.items():
        print(f"{name}: " + ", ".join(f"{value:,.4g} {what}" for what, value in numbers.items()))
    if options.out:
        value = {"results": results, "load_average": load_average, "environment": environment()}
        options.out.write_text(json.dumps(value, indent=2) + "\n")


def measure(*arguments: str) -> dict[str, float]:
    """Wall-clock seconds and peak memory (MB of resident memory) of one command."""
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "aiducation", *arguments], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"aiducation {' '.join(arguments)} failed")
    return {"seconds": seconds, "peak_mb": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6}


def load_time(data: Path) -> float:
    """Median seconds to open the prepared folder."""
    times = []
    for _ in range(LOADS):
        start = time.perf_counter()
        Dataset.load(data)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
