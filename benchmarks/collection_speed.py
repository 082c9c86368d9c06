"""How long do the trends of a term take? Makes a set of Parquet files with a million rows and asks for all trends.

    python benchmarks/collection_speed.py [--rows 1000000] [--repeat 5]

The rows are drawn at random: lessons of 25 people and 270 steps of ten seconds (45 minutes), four a day, Monday to Friday.
Printed are the seconds and the processor seconds (all threads) of the quickest and the slowest of the repeats, each on a new
connection.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from aiducation.batch.collection import Collection
from aiducation.batch.lessons import Lesson
from aiducation.environment import environment
from aiducation.states import OUTCOMES

PEOPLE, STEPS, A_DAY = 25, 270, 4


def lesson(number: int, rng: np.random.Generator) -> tuple[Lesson, dict[str, np.ndarray]]:
    """A lesson with the rows of its people."""
    week, weekday = divmod(number // A_DAY, 5)
    day = date(2026, 9, 7) + timedelta(days=7 * week + weekday)
    step, person = (part.ravel() for part in np.mgrid[:STEPS, :PEOPLE].astype(np.int32))
    probs = rng.dirichlet([4, 1, 3, 1, 1], size=len(step)).astype(np.float32)
    rows: dict[str, np.ndarray] = {
        "recording": np.full(len(step), number, np.int32),
        "person": person,
        "step": step,
        "phase": (step * 3 // STEPS).astype(np.int8),
        "together": np.full(len(step), PEOPLE, np.int32),
        "pictures": np.full(len(step), 20, np.int32),
    }
    rows |= {name: probs[:, i] for i, name in enumerate(OUTCOMES)}
    return Lesson(source=f"lesson {number}.mp4", name=f"lesson {number}", day=day), rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        made = Collection(Path(folder))
        rows = made.write_rows(lesson(i, rng) for i in range(-(-asked.rows // (PEOPLE * STEPS))))
        made.close()
        wall, processor, groups = [], [], 0
        for _ in range(asked.repeat):
            collection = Collection(Path(folder))
            begun, used = time.perf_counter(), time.process_time()
            groups = len(collection.trends(min_group=5, view="calm"))
            wall.append(time.perf_counter() - begun)
            processor.append(time.process_time() - used)
            collection.close()
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    told = {
        "rows": rows,
        "bytes": size,
        "groups": groups,
        "seconds": [round(min(wall), 3), round(max(wall), 3)],
        "processor_seconds": [round(min(processor), 3), round(max(processor), 3)],
        "environment": environment(),
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
