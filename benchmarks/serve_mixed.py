"""How the server shares its processors: photos, live lessons and a recording at once, and its memory afterwards.

    python benchmarks/serve_mixed.py [--seconds 60] [--alone 60] [--rest 60] [--json results/serve_mixed.json]

Eight clients send photos (1280 x 720, nine faces), each the next when it has its answer. Ten live clients send two frames a
second each (640 x 360, nine faces) when they are due, whether the one before was answered or not. A recording of an hour is
analyzed meanwhile. First the photos and the recording alone, for ``alone`` seconds. The clients are processes of the same
machine and take some of its processors' time. ``rest`` seconds after the load the server's memory is noted again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import requests
from serve_load import memory_mb, percentiles, picture
from websockets.asyncio.client import connect

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aiducation.environment import environment
from aiducation.media.samples import gallery
from film import repeated
from web_makers import start_server

PHOTO_CLIENTS, LIVE_CLIENTS, EVERY_S = 8, 10, 0.5

#: Seconds that a live client waits for the last answers.
_PATIENCE_S = 5.0


def send_photos(address: str, end: float, out: Any) -> None:
    """Photos from eight clients until the end (wall clock); puts the seconds that each took."""
    content = picture(1280, 720)

    def client(_: int) -> list[float]:
        session, took = requests.Session(), []
        while time.time() < end:
            start = time.perf_counter()
            answer = session.post(f"{address}api/photo", files={"file": ("class.jpg", content)}, timeout=120)
            if answer.status_code == 200:
                took.append(time.perf_counter() - start)
        return took

    with ThreadPoolExecutor(PHOTO_CLIENTS) as pool:
        out.put([seconds for part in pool.map(client, range(PHOTO_CLIENTS)) for seconds in part])


def send_frames(address: str, end: float, out: Any) -> None:
    """Frames from ten live clients until the end (wall clock); puts how many were sent, and the seconds of the answered ones."""
    frames = [picture(640, 360, i / 10) for i in range(8)]

    async def client(number: int) -> tuple[int, list[float]]:
        sent: dict[int, float] = {}
        took: list[float] = []

        async def listen(socket: Any) -> None:
            async for message in socket:
                value = json.loads(message)
                if value["type"] == "frame":
                    took.append(time.perf_counter() - sent[value["number"]])

        async with connect(f"{address.replace('http', 'ws', 1)}api/live", max_size=None) as socket:
            await socket.recv()
            listening = asyncio.create_task(listen(socket))
            due = time.time() + number / LIVE_CLIENTS * EVERY_S
            while due < end:
                await asyncio.sleep(max(0.0, due - time.time()))
                sent[len(sent) + 1] = time.perf_counter()
                await socket.send(frames[len(sent) % len(frames)])
                due += EVERY_S
            await asyncio.wait([listening], timeout=_PATIENCE_S)
            listening.cancel()
        return len(sent), took

    async def clients() -> None:
        parts = await asyncio.gather(*(client(number) for number in range(LIVE_CLIENTS)))
        out.put((sum(number for number, _ in parts), [seconds for _, took in parts for seconds in took]))

    asyncio.run(clients())


def lesson(path: Path) -> Path:
    """A recording of nine people that is long enough not to end meanwhile."""
    repeated(path, [gallery(3, 3, width=1280, height=720, shift=i / 10) for i in range(4)], seconds=3600, rate=5)
    return path


def run(address: str, server: int, seconds: float, *, with_live: bool) -> dict[str, Any]:
    """The load for so many seconds; the memory of the server's process is noted every five."""
    context, end = multiprocessing.get_context("spawn"), time.time() + seconds + 3  # some time to start
    kinds = (send_photos, send_frames) if with_live else (send_photos,)
    queues = {kind: context.Queue() for kind in kinds}
    processes = [context.Process(target=kind, args=(address, end, queue)) for kind, queue in queues.items()]
    for process in processes:
        process.start()
    memory = []
    while time.time() < end:
        time.sleep(min(5.0, max(end - time.time(), 0.0)))
        memory.append(memory_mb(server))
    fifth = max(len(memory) // 5, 1)
    photos = queues[send_photos].get()
    value: dict[str, Any] = {
        "photos_per_s": round(len(photos) / (seconds + 3), 2),
        "photos": percentiles(photos),
        "memory_mb": {
            "second_fifth": round(float(np.mean(memory[fifth : 2 * fifth] or memory)), 1),
            "last_fifth": round(float(np.mean(memory[-fifth:])), 1),
        },
    }
    if with_live:
        sent, took = queues[send_frames].get()
        answered = {"sent": sent, "answered": len(took), "answered_share": round(len(took) / sent, 4)}
        value["live"] = answered | (percentiles(took) if took else {})
    for process in processes:
        process.join()
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--alone", type=float, default=60)
    parser.add_argument("--rest", type=float, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    server = start_server()
    address, process = server.address, server.process.pid
    try:
        result: dict[str, Any] = {
            "environment": environment(),
            "memory_mb": {"before": round(memory_mb(process), 1)},
        }
        with tempfile.TemporaryDirectory() as folder, lesson(Path(folder) / "lesson.mp4").open("rb") as file:
            job = requests.post(f"{address}api/recordings", files={"file": file}, timeout=120).json()
        place = address.rstrip("/") + job["links"]["self"]

        def done_s() -> float:
            return float(requests.get(place, timeout=120).json()["done_s"])

        for name, seconds, with_live in (("without_live", options.alone, False), ("with_live", options.seconds, True)):
            before, begun = done_s(), time.monotonic()
            result[name] = run(address, process, seconds, with_live=with_live)
            speed = (done_s() - before) / (time.monotonic() - begun)
            result[name]["recording_seconds_per_s"] = round(speed, 2)
            print(name, result[name], flush=True)
        result["photos_kept"] = round(result["with_live"]["photos_per_s"] / result["without_live"]["photos_per_s"], 3)
        result["memory_mb"]["under_load"] = round(memory_mb(process), 1)
        requests.delete(place, timeout=120)
        time.sleep(options.rest)
        result["memory_mb"]["after"] = round(memory_mb(process), 1)
        print({"photos_kept": result["photos_kept"], "memory_mb": result["memory_mb"]})
    finally:
        server.stop(signal.SIGTERM)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(f"Wrote {options.json}")


if __name__ == "__main__":
    main()
