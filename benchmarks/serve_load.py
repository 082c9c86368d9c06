"""How the server holds up: photos a second with several clients, and live clients over minutes with flat memory.

    python benchmarks/serve_load.py [--before OTHER/src] [--photos 200] [--rounds 3] [--live-clients 10] [--live-minutes 5]
                                    [--recording] [--no-live-before] [--json results/serve_load.json]

Starts 'aiducation serve' at a free port of this machine and asks it from threads of this process, which therefore takes some of
the processors' time itself. With another build, both servers run, and get their photos by turns, round after round; reported are
medians of the rounds. Processor time is that of the server alone. Photo: 1280x720, a gallery of 9 faces, 640x360 with 9 faces for
the live clients, who meet each server alone. A long recording is analyzed meanwhile if that is wanted. 0 photos or 0 minutes
leave a part out.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import requests
from PIL import Image
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from websockets.sync.client import connect

from aiducation.environment import environment
from aiducation.media.samples import gallery

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from film import repeated

#: Clients at once that send photos; frames a second of a live client.
CLIENTS, FRAMES_A_SECOND = (1, 8, 32), 2.0


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, and its process."""

    address: str
    process: int

    def processor_s(self) -> float:
        """User and system time that it has taken."""
        fields = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(source: Path) -> Iterator[Server]:
    """A server of the build in a folder."""
    command = [sys.executable, "-m", "aiducation", "serve", "--port", "0", "--no-browser"]
    surroundings = {**os.environ, "PYTHONPATH": str(source.absolute())}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=surroundings)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http"), f"the server of {source} did not start"
        yield Server(address, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def picture(width: int, height: int, shift: float = 0.0) -> bytes:
    """A JPEG file of nine tiles."""
    out = io.BytesIO()
    Image.fromarray(gallery(3, 3, width=width, height=height, shift=shift)).save(out, "JPEG", quality=88)
    return out.getvalue()


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and largest, in milliseconds."""
    p50, p99, most = np.percentile(seconds, [50, 99, 100]) * 1e3
    return {"p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1), "max_ms": round(float(most), 1)}


def patient_session() -> requests.Session:
    """Connects again where the server has closed a connection over which nothing came for some seconds, as on a busy machine."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(3, allowed_methods=None)))
    return session


def photos(server: Server, clients: int, count: int) -> dict[str, Any]:
    """So many photos, each client sending the next when it has its answer."""
    content = picture(1280, 720)
    local = threading.local()

    def send(_: int) -> float:
        session = local.__dict__.get("session") or local.__dict__.setdefault("session", patient_session())
        start = time.perf_counter()
        answer = session.post(f"{server.address}api/photo", files={"file": ("class.jpg", content)}, timeout=120)
        answer.raise_for_status()
        return time.perf_counter() - start

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(send, range(2 * clients)))  # warm
        start, before = time.perf_counter(), server.processor_s()
        seconds = list(pool.map(send, range(count)))
        took, processor = time.perf_counter() - start, server.processor_s() - before
    return {
        "clients": clients,
        "photos": count,
        "photos_per_s": round(count / took, 1),
        "processor_ms_each": round(1e3 * processor / count, 1),
        **percentiles(seconds),
    }


def photos_by_turns(servers: dict[str, Server], clients: int, count: int, rounds: int) -> dict[str, Any]:
    """For each build the median of the rounds; with two builds, how many times as fast this one is."""
    made: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            made[name].append(photos(server, clients, count))
    found = {
        name: {key: round(statistics.median(one[key] for one in rows), 1) for key in rows[0]}
        for name, rows in made.items()
    }
    if "before" not in found:
        return found
    this, before = found["this"], found["before"]
    ratios = {
        "photos_per_s": round(this["photos_per_s"] / before["photos_per_s"], 2),
        "processor_time": round(before["processor_ms_each"] / this["processor_ms_each"], 2),
    }
    return {**found, "times_as_fast": ratios}


def memory_mb(process: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return float("nan")


def growth(memory: Sequence[float]) -> float | None:
    """Megabytes an hour by which memory that was noted every five seconds grows, as a line through all values; None for a few."""
    if len(memory) < 12:
        return None
    return round(float(np.polyfit(np.arange(len(memory)) * 5 / 3600, memory, 1)[0]), 1)


def live(server: Server, clients: int, seconds: float) -> dict[str, Any]:
    """Clients at two frames a second each; the server's memory is noted every five seconds."""
    frames = [picture(640, 360, i / 10) for i in range(8)]
    end, waits, dropped, lock = time.monotonic() + seconds, [], [0] * clients, threading.Lock()
    refused: list[int] = []

    def client(number: int) -> None:
        with connect(f"{server.address.replace('http', 'ws', 1)}api/live", max_size=None) as socket:
            if json.loads(socket.recv())["type"] == "error":  # there are too many
                refused.append(number)
                return
            due, k = time.monotonic() + number / clients / FRAMES_A_SECOND, 0
            while due < end:
                time.sleep(max(0.0, due - time.monotonic()))
                start = time.perf_counter()
                socket.send(frames[k % len(frames)])
                answer = json.loads(socket.recv())
                with lock:
                    waits.append(time.perf_counter() - start)
                dropped[number] = answer.get("dropped", 0)
                due, k = due + 1 / FRAMES_A_SECOND, k + 1
            socket.send('{"type": "stop"}')
            socket.recv()

    threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)]
    before, begun = server.processor_s(), time.monotonic()
    for thread in threads:
        thread.start()
    memory = []
    while any(thread.is_alive() for thread in threads):
        time.sleep(5)
        memory.append(round(memory_mb(server.process), 1))
    fifth, processor_s = max(len(memory) // 5, 1), server.processor_s() - before
    return {
        "clients": clients,
        "refused": len(refused),
        "frames_a_second_each": FRAMES_A_SECOND,
        "seconds": seconds,
        "frames": len(waits),
        "frames_expected": round(seconds * FRAMES_A_SECOND * clients),
        "processors_busy": round(processor_s / (time.monotonic() - begun), 2),
        "processor_ms_a_frame": round(1e3 * processor_s / max(len(waits), 1), 1),
        "dropped": sum(dropped),
        **percentiles(waits),
        "memory_mb": {
            "second_fifth": round(float(np.mean(memory[fifth : 2 * fifth] or memory)), 1),
            "last_fifth": round(float(np.mean(memory[-fifth:])), 1),
            "peak": max(memory),
            "each_minute": [round(float(np.mean(memory[i : i + 12])), 1) for i in range(0, len(memory), 12)],
            "grows_by_mb_an_hour": growth(memory[fifth:]),
        },
    }


def live_with_recording(server: Server, clients: int, seconds: float) -> dict[str, Any]:
    """The same while a recording of nearly four hours is analyzed; ``recording_seconds_per_s`` is how fast that goes on."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.mp4"
        pictures = [gallery(3, 3, width=1280, height=720, shift=i / 10) for i in range(4)]
        repeated(path, pictures, seconds=14_000, rate=5)
        with path.open("rb") as file:
            job = requests.post(f"{server.address}api/recordings", files={"file": file}, timeout=120).json()
    place = server.address.rstrip("/") + job["links"]["self"]

    def done_s() -> float:
        return float(requests.get(place, timeout=120).json()["done_s"])

    try:
        before, begun = done_s(), time.monotonic()
        found = live(server, clients, seconds)
        speed = (done_s() - before) / (time.monotonic() - begun)
    finally:
        requests.delete(place, timeout=120)
    return {**found, "recording_seconds_per_s": round(speed, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="the folder src of another build, with its weights")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--live-clients", type=int, default=10)
    parser.add_argument("--live-minutes", type=float, default=5)
    parser.add_argument(
        "--live-before", action=argparse.BooleanOptionalAction, default=True, help="also in the other build"
    )
    parser.add_argument("--recording", action="store_true", help="analyze a recording beside the live clients")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    builds = {"this": Path(__file__).parents[1] / "src"} | ({"before": options.before} if options.before else {})
    result: dict[str, Any] = {"environment": environment(), "photos": [], "live": {}}

    def keep() -> None:  # after each part, so that a run that is stopped leaves what it has
        if options.json:
            options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")

    with ExitStack() as stack:
        servers = {name: stack.enter_context(serving(source)) for name, source in builds.items()}
        for clients in CLIENTS if options.photos else ():
            result["photos"].append(photos_by_turns(servers, clients, options.photos, options.rounds))
            print(result["photos"][-1], flush=True)
            keep()
    for name, source in builds.items():
        if not options.live_minutes or (name == "before" and not options.live_before):
            continue
        with serving(source) as server:
            measure = live_with_recording if options.recording else live
            result["live"][name] = measure(server, options.live_clients, 60 * options.live_minutes)
            print(name, result["live"][name], flush=True)
            keep()
    if options.json:
        print(f"Wrote {options.json}")


if __name__ == "__main__":
    main()
