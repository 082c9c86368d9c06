"""Many recordings on a real server of S3, analyzed by several processes that are killed again and again.

    python tests/soak/archive.py [--recordings 200] [--workers 2] [--seed 0] [--json results/archive_soak.json]

One process on one machine analyzes them first. Then the same command with ``--cluster local[N]`` reads them from a bucket and
writes into it. A worker is killed (SIGKILL) each time that another tenth is done; the command itself, and with it the scheduler,
is killed at a third and at two thirds, and is started again with ``--resume``. The end is an error unless every recording is done
or failed exactly once, and every file is byte for byte that of the one process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil

from aiducation.environment import environment
from aiducation.media import places
from aiducation.media.places import Place
from aiducation.media.samples import gallery
from film import film
from place_makers import seaweed


def make(folder: Path, count: int) -> None:
    """Recordings of one to six faces, and one that is broken off."""
    for number in range(count - 1):
        faces = 1 + number % 6
        pictures = [gallery(faces, 1, width=160 * faces, height=160, shift=(number + i) / 10) for i in range(6)]
        film(folder / f"week {number // 50}" / f"lesson {number}.mp4", pictures, rate=2)
    whole = (folder / "week 0" / "lesson 0.mp4").read_bytes()
    (folder / "week 0" / "broken.mp4").write_bytes(whole[:200])


def done_in(out: Place) -> int:
    return sum(name.startswith("manifest/") for name in out.find())


def workers_of(process: int) -> list[psutil.Process]:
    children = psutil.Process(process).children(recursive=True)
    return [one for one in children if any("spawn_main" in word for word in one.cmdline())]


def killed_again_and_again(words: list[str], out: Place, count: int, rng: random.Random) -> dict[str, int]:
    """Run a command until it ends by itself; gives how often what was killed."""
    kills = {"workers": 0, "commands": 0}
    stops, tenths = [count // 3, 2 * count // 3], [count * n // 10 for n in range(1, 10)]
    while True:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None:
            done = done_in(out)
            if stops and done >= stops[0]:
                stops.pop(0)
                process.kill()
                kills["commands"] += 1
            elif tenths and done >= tenths[0] and (there := workers_of(process.pid)):
                tenths.pop(0)
                rng.choice(there).kill()
                kills["workers"] += 1
            time.sleep(0.5)
        _, said = process.communicate()
        if process.returncode >= 0:
            print(said.decode()[-600:], file=sys.stderr)
            return kills


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    count = options.recordings
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        term, alone = folder / "term", folder / "alone"
        for week in range(1 + count // 50):
            (term / f"week {week}").mkdir(parents=True)
        make(term, count)
        common = ["--save", "json,csv", "--seed", "1"]
        words = [sys.executable, "-m", "aiducation", "analyze"]
        subprocess.run([*words, str(term), "--out", str(alone), *common], stdout=subprocess.DEVNULL, check=False)
        expected = {path.name: path.read_bytes() for path in alone.iterdir() if path.suffix in (".json", ".csv")}
        (folder / "weed").mkdir()
        with seaweed(folder / "weed") as servers:
            os.environ.update(servers["s3"].surroundings)
            bucket = Place.of(servers["s3"].address)
            places._system(bucket).mkdir(bucket.host)
            for path in sorted(term.rglob("*.mp4")):
                (bucket / f"term/{path.relative_to(term).as_posix()}").put(path)
            out = bucket / "results"
            cluster = ["--cluster", f"local[{options.workers}]", "--resume"]
            kills = killed_again_and_again(
                [*words, str(bucket / "term"), "--out", str(out), *common, *cluster],
                out,
                count,
                random.Random(options.seed),
            )
            files = {
                name: (out / name).read() for name in out.find() if "/" not in name and name.endswith((".json", ".csv"))
            }
            lines = [json.loads(line) for line in (out / "results.jsonl").read().decode().splitlines()]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sources = Counter(line["source"] for line in lines)
    value: dict[str, Any] = {
        "recordings": count,
        "workers": options.workers,
        "killed": kills,
        "done": sum(line["complete"] for line in lines),
        "failed with a reason": sum(bool(line.get("error")) for line in lines),
        "lines for one recording at most": max(sources.values()),
        "files": len(files),
        "files that differ": sum(files.get(name) != content for name, content in expected.items()),
        "processor seconds of all processes": round(used.ru_utime + used.ru_stime, 1),
        "environment": environment(),
    }
    print(text := json.dumps(value, indent=2))
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    right = len(sources) == count and max(sources.values()) == 1 and files == expected
    sys.exit(not (right and value["done"] == count - 1 and value["failed with a reason"] == 1))


if __name__ == "__main__":
    main()
