"""``/metrics``: how the server fares, in the text form of OpenMetrics, for Prometheus and its like. Nobody is named in it.

Source: OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/); the tests read the page with the parser of
prometheus_client.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from aiducation import __version__
from aiducation.web.services import Services, services_of
from aiducation.web.traffic import STEPS_S, Traffic

router = APIRouter(include_in_schema=False)

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

#: A sample: what is added to the family's name, the labels, and the value.
Sample = tuple[str, Mapping[str, object], float]


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counts of requests and what they took, recordings, live sessions, memory."""
    families = [*_server(services_of(request)), *_traffic(request.app.traffic), *_process()]
    return Response(f"{''.join(families)}# EOF\n", media_type=CONTENT_TYPE)


def family(name: str, kind: str, help_text: str, samples: Iterable[Sample], *, unit: str = "") -> str:
    """One family of metrics as text.

    Args:
        name: without the endings that belong to samples (``_total``, ``_bucket``); it ends with the unit if there is one.
        kind: counter, gauge, histogram or info.
        help_text: one sentence.
        samples: see ``Sample``.
        unit: seconds or bytes.
    """
    lines = [f"# TYPE {name} {kind}", *([f"# UNIT {name} {unit}"] if unit else []), f"# HELP {name} {help_text}"]
    for ending, labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(str(text))}"' for key, text in labels.items())
        lines.append(f"{name}{ending}{f'{{{inside}}}' if inside else ''} {value!r}")
    return "".join(f"{line}\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _server(services: Services) -> list[str]:
    photos, live = services.engine.turns.counts(), services.live.counts()
    return [
        family("aiducation", "info", "The version that runs.", [("_info", {"version": __version__}, 1)]),
        family(
            "aiducation_uptime_seconds",
            "gauge",
            "Seconds since the start.",
            [("", {}, round(time.monotonic() - services.started, 3))],
            unit="seconds",
        ),
        family(
            "aiducation_recordings",
            "gauge",
            "Recordings that the server knows, by state; queued ones wait.",
            [("", {"state": state}, count) for state, count in services.jobs.counts().items()],
        ),
        family(
            "aiducation_photos",
            "gauge",
            "Photos that are being analyzed or wait for it.",
            [("", {"state": state}, count) for state, count in photos.items()],
        ),
        family(
            "aiducation_live_sessions",
            "gauge",
            "Live sessions and classes that are connected, and others whose result can still be had.",
            [("", {"state": state}, count) for state, count in live.items()],
        ),
    ]


def _traffic(traffic: Traffic) -> list[str]:
    durations: list[Sample] = []
    for route, counts in sorted(traffic.steps.items()):
        *below, total = accumulate(counts)
        durations += [("_bucket", {"route": route, "le": end}, n) for end, n in zip(STEPS_S, below, strict=True)]
        durations += [("_bucket", {"route": route, "le": "+Inf"}, total)]
        durations += [("_count", {"route": route}, total), ("_sum", {"route": route}, round(traffic.seconds[route], 6))]
    return [
        family(
            "aiducation_requests",
            "counter",
            "Requests and sockets that were answered, by route, method and status.",
            [
                ("_total", {"route": route, "method": method, "status": status}, count)
                for (route, method, status), count in sorted(traffic.requests.items())
            ],
        ),
        family("aiducation_requests_open", "gauge", "Requests and sockets in progress.", [("", {}, traffic.open)]),
        family(
            "aiducation_request_seconds",
            "histogram",
            "Seconds from a request to the end of its answer.",
            durations,
            unit="seconds",
        ),
    ]


def _process() -> list[str]:
    """What the process takes; memory only where the system says so in a file (Linux)."""
    times = os.times()
    found = [
        family(
            "process_cpu_seconds",
            "counter",
            "Processor time, user and system.",
            [("_total", {}, round(times.user + times.system, 3))],
            unit="seconds",
        )
    ]
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        size = pages * os.sysconf("SC_PAGE_SIZE")
        found.append(
            family("process_resident_memory_bytes", "gauge", "Memory that it has.", [("", {}, size)], unit="bytes")
        )
    return found
