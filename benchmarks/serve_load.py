"""How the server holds up: photos a second with several clients, and live clients over minutes with flat memory.

    python benchmarks/serve_load.py [--photos 200] [--live-minutes 5] [--json results/serve_load.json]

Starts 'aiducation serve' at a free port of this machine and asks it from threads of this process, which therefore takes some of
the processors' time itself. Photo: 1280x720, a gallery of 9 faces, 640x360 with 9 faces for the live clients.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import requests
from PIL import Image
from websockets.sync.client import connect

from aiducation.environment import environment
from aiducation.media.samples import gallery

#: Clients at once that send photos; live clients, and their frames a second.
CLIENTS, LIVE_CLIENTS, FRAMES_A_SECOND = (1, 8, 32), 10, 2.0


def picture(width: int, height: int, shift: float = 0.0) -> bytes:
    """A JPEG file of nine tiles."""
    out = io.BytesIO()
    Image.fromarray(gallery(3, 3, width=width, height=height, shift=shift)).save(out, "JPEG", quality=88)
    return out.getvalue()


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and largest, in milliseconds."""
    p50, p99, most = np.percentile(seconds, [50, 99, 100]) * 1e3
    return {"p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1), "max_ms": round(float(most), 1)}


def photos(address: str, clients: int, count: int) -> dict[str, Any]:
    """So many photos, each client sending the next when it has its answer."""
    content = picture(1280, 720)
    local = threading.local()

    def send(_: int) -> float:
        session = local.__dict__.setdefault("session", requests.Session())
        start = time.perf_counter()
        answer = session.post(f"{address}api/photo", files={"file": ("class.jpg", content)}, timeout=120)
        answer.raise_for_status()
        return time.perf_counter() - start

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(send, range(2 * clients)))  # warm
        start = time.perf_counter()
        seconds = list(pool.map(send, range(count)))
        took = time.perf_counter() - start
    return {"clients": clients, "photos": count, "photos_per_s": round(count / took, 1), **percentiles(seconds)}


def memory_mb(process: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return float("nan")


def live(address: str, process: int, seconds: float) -> dict[str, Any]:
    """Ten clients at two frames a second; the server's memory is noted every five seconds."""
    frames = [picture(640, 360, i / 10) for i in range(8)]
    end, waits, dropped, lock = time.monotonic() + seconds, [], [0] * LIVE_CLIENTS, threading.Lock()

    def client(number: int) -> None:
        with connect(f"{address.replace('http', 'ws', 1)}api/live", max_size=None) as socket:
            socket.recv()
            due, k = time.monotonic() + number / LIVE_CLIENTS / FRAMES_A_SECOND, 0
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

    threads = [threading.Thread(target=client, args=(i,)) for i in range(LIVE_CLIENTS)]
    for thread in threads:
        thread.start()
    memory = []
    while any(thread.is_alive() for thread in threads):
        time.sleep(5)
        memory.append(round(memory_mb(process), 1))
    fifth = max(len(memory) // 5, 1)
    return {
        "clients": LIVE_CLIENTS,
        "frames_a_second_each": FRAMES_A_SECOND,
        "seconds": seconds,
        "frames": len(waits),
        "frames_expected": round(seconds * FRAMES_A_SECOND * LIVE_CLIENTS),
        "dropped": sum(dropped),
        **percentiles(waits),
        "memory_mb": {
            "second_fifth": round(float(np.mean(memory[fifth : 2 * fifth] or memory)), 1),
            "last_fifth": round(float(np.mean(memory[-fifth:])), 1),
            "peak": max(memory),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--live-minutes", type=float, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    command = [sys.executable, "-m", "aiducation", "serve", "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        result: dict[str, Any] = {"environment": environment(), "photos": []}
        for clients in CLIENTS:
            result["photos"].append(photos(address, clients, options.photos))
            print(result["photos"][-1], flush=True)
        result["live"] = live(address, server.pid, 60 * options.live_minutes)
        print(result["live"])
    finally:
        server.terminate()
        server.wait(timeout=30)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(f"Wrote {options.json}")


if __name__ == "__main__":
    main()
