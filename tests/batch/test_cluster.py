"""Several processes work on one batch: the same files as one process writes, and nothing is lost or done twice."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.batch import tasks
from aiducation.batch.batch import analyze_all
from aiducation.batch.cluster import Happened, _finished, analyze_on_cluster, check_cluster
from aiducation.batch.manifest import Manifest
from aiducation.batch.names import Named, Names
from aiducation.batch.options import Done, SaveOptions, go_on
from aiducation.batch.tasks import Outcome, Task, deal_out, run_task
from aiducation.errors import ConfigError
from aiducation.exports.formats import endings
from aiducation.media.inputs import Device, File, find_inputs
from aiducation.media.samples import gallery
from aiducation.observations.faces import MadeWith
from aiducation.preprocess import SIDE
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import default_model_path
from aiducation.vision.parts import Part
from commands import RunCli
from film import film, repeated
from needs import UNIX, need_package
from waiting import PATIENCE_S, until

need_package("distributed")

CHOSEN = {"seed": 1}
OPTIONS = SaveOptions(formats=("json", "csv"))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten recordings of three faces, two of them copies of one in another folder, and a broken one."""
    folder = tmp_path_factory.mktemp("recordings")
    for number in range(9):
        pictures = [gallery(3, 1, width=480, height=160, shift=(number + i) / 10) for i in range(6)]
        film(folder / f"r{number}.mp4", pictures, rate=2)
    (folder / "copy").mkdir()
    (folder / "copy" / "r0.mp4").write_bytes((folder / "r0.mp4").read_bytes())
    content = (folder / "r1.mp4").read_bytes()
    (folder / "broken.mp4").write_bytes(content[:200])
    return folder


def results_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".json", ".csv")}


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(recordings: Path, tmp_path: Path) -> None:
    inputs = [*find_inputs([str(recordings)]), File("video", recordings / "broken.mp4")]
    inputs = list({getattr(one, "name", ""): one for one in inputs}.values())
    alone, together = tmp_path / "alone", tmp_path / "together"
    list(analyze_all(Analyzer(**CHOSEN), inputs, alone, OPTIONS))
    killed, clients, done = list[int](), list[Any](), list[Done]()
    for one in analyze_on_cluster(CHOSEN, inputs, together, OPTIONS, "local[2]", on_start=clients.append):
        done.append(one)
        if one.summary and not killed:  # the workers go on meanwhile, and stay until the last one is taken from here
            killed.append(min(clients[0].run(os.getpid).values()))
            os.kill(killed[0], signal.SIGKILL)
    assert killed
    assert Counter(one.source for one in done if one.summary) == Counter(
        [f"r{i}.mp4" for i in range(9)] + ["copy/r0.mp4"]
    )
    assert [one.source for one in done if one.error] == ["broken.mp4"]
    assert results_of(together) == results_of(alone) and len(results_of(alone)) == 20
    lines = lines_of(together)
    assert sorted(line["source"] for line in lines) == sorted(
        ["broken.mp4", "copy/r0.mp4", *(f"r{i}.mp4" for i in range(9))]
    )
    failed = [line for line in lines if line.get("error")]
    assert [line["source"] for line in failed] == ["broken.mp4"] and str(recordings) not in json.dumps(failed)
    assert all(line["complete"] for line in lines if not line.get("error"))

    before = {path: path.stat().st_mtime_ns for path in together.glob("r*.json")}
    resumed = SaveOptions(formats=OPTIONS.formats, resume=True)
    again = list(
        analyze_all(Analyzer(**CHOSEN), inputs, together, resumed)
    )  # one process goes on with what a cluster did
    assert [one.source for one in again if not one.skipped] == ["broken.mp4"]
    assert before == {path: path.stat().st_mtime_ns for path in together.glob("r*.json")}


@contextmanager
def _started(
    folder: Path, out: Path, *, cluster: str = "local[2]", **surroundings: str
) -> Iterator[subprocess.Popen[str]]:
    """The command in a group of processes of its own, which is gone in the end whatever happens."""
    words = [sys.executable, "-m", "aiducation", "analyze", str(folder), "--out", str(out), "--save", "json"]
    words += ["--seed", "1", "--cluster", cluster]
    environment = {**os.environ, **surroundings}
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _stopped(process: subprocess.Popen[str]) -> None:
    """Ctrl-C at a terminal goes to all processes, and some people press it more than once."""
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 130
    assert [line for line in said.splitlines() if not line.startswith("Wrote")] == [
        "Stopped. Finished results are kept; run the same command with --resume to continue."
    ]
    until(lambda: not _is_there(process.pid))


@pytest.fixture(scope="module")
def long_recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three, so long that Ctrl-C always comes before their end."""
    term = tmp_path_factory.mktemp("term")
    pictures = [gallery(3, 1, width=480, height=160, shift=i / 10) for i in range(6)]
    for name in ("long a.mp4", "long b.mp4", "long c.mp4"):
        repeated(term / name, pictures, seconds=1100, rate=2)
    return term


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_without_a_traceback(long_recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with _started(long_recordings, out) as process:
        until(lambda: list(out.glob("long*.part.jsonl")))
        _stopped(process)


@pytest.mark.slow
def test_ctrl_c_while_the_processes_start(long_recordings: Path, tmp_path: Path) -> None:
    """Dask cannot end what has not quite begun."""
    import psutil  # comes with Dask

    with _started(long_recordings, tmp_path / "out") as process:
        until(lambda: len(psutil.Process(process.pid).children()) > 1)
        _stopped(process)


#: A scheduler with a worker that suspends itself as soon as it is asked for something.
SCHEDULER = """
import asyncio
import functools
import os
import signal
import sys
from distributed import Scheduler, Worker

def suspending(answer):
    @functools.wraps(answer)
    def suspend(*given, **named):
        if sys.argv[1] != "identity" or named.get("n_workers") == -1:  # whoever connects asks for less
            os.kill(os.getpid(), signal.SIGSTOP)
        return answer(*given, **named)

    return suspend

async def serve():
    where = {"host": "127.0.0.1", "port": 0, "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    async with Scheduler(**where) as scheduler, Worker(scheduler.address, nthreads=1, dashboard_address="127.0.0.1:0"):
        for handlers in (scheduler.handlers, scheduler.stream_handlers):
            if sys.argv[1] in handlers:
                handlers[sys.argv[1]] = suspending(handlers[sys.argv[1]])
        print(scheduler.address, flush=True)
        await scheduler.finished()

if __name__ == "__main__":
    asyncio.run(serve())
"""


@UNIX.mark()
@pytest.mark.parametrize("asked", ["register-client", "identity", "update-graph", "gather"])
def test_ctrl_c_while_the_scheduler_is_suspended(asked: str, recordings: Path, tmp_path: Path) -> None:
    """As on a machine that sleeps: it keeps the connection, and never answers."""
    command = [sys.executable, "-c", SCHEDULER, asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as scheduler:
        try:
            assert scheduler.stdout is not None
            cluster = scheduler.stdout.readline().strip()
            with _started(recordings / "copy", tmp_path / "out", cluster=cluster) as process:
                until(lambda: os.WIFSTOPPED(os.waitpid(scheduler.pid, os.WNOHANG | os.WUNTRACED)[1]))
                _stopped(process)
        finally:
            scheduler.kill()


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_ctrl_c_before_anything_was_analyzed(
    recordings: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Task) -> list[Part]:
        signal.raise_signal(signal.SIGINT)
        return []

    monkeypatch.setattr("aiducation.batch.cluster.parts_of_task", interrupted)
    answer = run_cli("analyze", recordings / "r0.mp4", "--out", tmp_path / "out", "--cluster", "local[1]")
    assert answer.code == 130 and "run the same command with --resume" in answer.err


@pytest.mark.slow
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_where_an_exception_would_be_dropped(
    recordings: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python drops those that come while it forgets an object."""

    class Forgotten:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def interrupted(_: Task) -> list[Part]:
        Forgotten()
        return []

    monkeypatch.setattr("aiducation.batch.cluster.parts_of_task", interrupted)
    inputs = [recordings / f"r{i}.mp4" for i in range(2)]
    answer = run_cli("analyze", *inputs, "--out", tmp_path / "out", "--cluster", "local[1]")
    assert answer.code == 130 and "run the same command with --resume" in answer.err


@pytest.mark.filterwarnings("error:Port 8787")
def test_two_clusters_of_one_machine(recordings: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Something may listen where Dask shows its page to whoever wants none."""
    with socket.socket() as taken:
        with suppress(OSError):  # then something else does
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        answer = run_cli("analyze", recordings / "r0.mp4", "--out", tmp_path / "out", "--cluster", "local[1]")
    assert answer.code == 0


@pytest.mark.slow
def test_a_busy_machine_is_not_warned_of(recordings: Path, tmp_path: Path) -> None:
    """Dask does where its temporary folder is not there within a second."""
    (tmp_path / "sitecustomize.py").write_text("""
import os, time

make = os.makedirs

def slow_disk(path, *given, **more):
    if "dask-scratch" in str(path):
        time.sleep(1.1)
    make(path, *given, **more)

os.makedirs = slow_disk
""")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    with _started(recordings / "copy", tmp_path / "out", PYTHONPATH=path) as process:
        said = process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 0 and "Wrote" in said and "Warning" not in said


def test_workers_that_stay_take_the_model_that_is_there_now(tmp_path: Path) -> None:
    """Those of a scheduler serve one command after the other; the manifest says of which model file a result is."""
    model, chosen = tmp_path / "own.onnx", (("model", tmp_path / "own.onnx"),)
    faces, found = np.arange(2 * SIDE * SIDE).reshape(2, SIDE, SIDE).astype(np.uint8), []
    for floats in (False, True):
        model.write_bytes(default_model_path(floats=floats).read_bytes())
        analyzer = tasks._analyzer(chosen)
        assert tasks._analyzer(chosen) is analyzer
        found.append(analyzer.classifier.logits(faces))
    assert not np.array_equal(*found)


def test_a_task_is_as_small_in_a_term_as_in_a_lesson(tmp_path: Path) -> None:
    """Each is sent on its own: with the names of all others, 5,000 of them would be a gigabyte in the scheduler."""
    made: list[Task] = []

    def workers(given: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        made.extend(given)
        yield from ()

    sizes = []
    for many in (20, 100):
        for number in range(many):
            (folder := tmp_path / f"{many}" / f"day {number:03}").mkdir(parents=True)
            (folder / "lesson.mp4").write_bytes(b"the same" if number < 3 else str(number).encode())
        inputs = [File("video", path) for path in sorted((tmp_path / f"{many}").rglob("*.mp4"))]
        assert list(deal_out(workers, CHOSEN, inputs, tmp_path / f"out {many}", OPTIONS)) == []
        sizes.append(len(pickle.dumps(made[-1])))
        assert len(made[-many].copies) == 2 and made[-many].one.stem not in made[-many].copies and not made[-1].copies
    assert abs(sizes[0] - sizes[1]) < 20, "nothing but the length of folder names"


def test_what_is_no_cluster_or_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiducation.batch.cluster.CONNECT_S", 0.5)
    for wrong in ("local[0]", "localhost", "http://10.0.0.5:8786", "local[two]"):
        with pytest.raises(ConfigError, match="--cluster takes"):
            check_cluster(wrong)
    with pytest.raises(ConfigError, match="camera:0 is live"):
        list(analyze_on_cluster(CHOSEN, [Device("camera")], tmp_path / "out", OPTIONS, "local[2]"))
    refused = File("video", tmp_path / "a.mp4")
    for address, why in (("tcp://127.0.0.1:1", ""), ("tls://127.0.0.1:1", "TLS configuration")):
        with pytest.raises(ConfigError, match=f"No Dask scheduler answers.*{why}"):
            list(analyze_on_cluster(CHOSEN, [refused], tmp_path / "out", OPTIONS, address))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("error", [OSError("Stream is closed"), CancelledError()])
def test_a_scheduler_that_ends_between_a_task_and_its_result(tmp_path: Path, error: Exception, force: bool) -> None:
    """It is told in the same words, and once, whatever Dask raises then; and how this command goes on."""

    class Future:
        status = "finished"

        def result(self) -> None:
            raise error

    one = Named(input=File("video", tmp_path / "a.mp4"), source="a.mp4", stem="a", identity=["a.mp4"])
    task = Task(chosen=(), one=one, copies=(), out=tmp_path, options=replace(OPTIONS, force=force))
    submitted, happened = {Future(): task, Future(): task}, Happened()
    for future in submitted:
        happened.put(future)
    outcomes = [outcome for _, outcome in _finished(submitted, happened)]
    assert ["was lost" in word for outcome in outcomes for word in outcome.said] == [True]
    assert outcomes[0].said[0].endswith(go_on(force=force))
    assert not any(outcome.done.complete or outcome.done.error for outcome in outcomes)


def test_a_result_that_is_lost_with_its_worker_is_waited_for(tmp_path: Path) -> None:
    """A worker may be killed after its task was done and before it gave what it found: another one does it again."""

    class Future:
        statuses = iter(["lost", "pending", "finished", "finished"])

        @property
        def status(self) -> str:
            return next(self.statuses)

        def result(self) -> Outcome:
            return found

    one = Named(input=File("video", tmp_path / "a.mp4"), source="a.mp4", stem="a", identity=["a.mp4"])
    found = Outcome(Done(input=one.input, source="a.mp4"))
    future, happened = Future(), Happened()
    happened.put(future)
    task = Task(chosen=(), one=one, copies=(), out=tmp_path, options=OPTIONS)
    assert list(_finished({future: task}, happened)) == [(task, found)]


@pytest.mark.slow
def test_a_long_recording_is_divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiducation.batch.tasks.PART_S", 6.0)
    term, alone, together = tmp_path / "term", tmp_path / "alone", tmp_path / "together"
    term.mkdir()
    film(term / "long.mp4", [gallery(3, 1, width=480, height=160, shift=i / 20) for i in range(72)], rate=3)
    inputs = find_inputs([str(term)])
    list(analyze_all(Analyzer(**CHOSEN), inputs, alone, OPTIONS))
    divided = []

    def parts_of_task(task: Task) -> list[Part]:
        divided.extend(parts := tasks.parts_of_task(task))
        return parts

    monkeypatch.setattr("aiducation.batch.cluster.parts_of_task", parts_of_task)
    (done,) = analyze_on_cluster(CHOSEN, inputs, together, OPTIONS, "local[2]")
    assert len(divided) == 4
    assert done.complete and not done.error
    assert results_of(together) == results_of(alone) and len(results_of(alone)) == 2
    assert [line["source"] for line in lines_of(together)] == ["long.mp4"]
    assert not list(together.glob("*.part.jsonl"))


@pytest.mark.slow
def test_parts_that_another_device_answered_for_are_not_mixed_with_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiducation.batch.tasks.PART_S", 6.0)
    film(tmp_path / "long.mp4", [gallery(3, 1, width=480, height=160, shift=i / 20) for i in range(36)], rate=3)
    inputs, alone, out = find_inputs([str(tmp_path / "long.mp4")]), tmp_path / "alone", tmp_path / "out"
    out.mkdir()
    list(analyze_all(Analyzer(**CHOSEN), inputs, alone, OPTIONS))
    (named,) = Names(out, Manifest(out), endings()).name([one for one in inputs if isinstance(one, File)], resume=False)
    task = Task(tuple(CHOSEN.items()), named, (), out, OPTIONS)
    first, *more = (tasks.run_part(task, part) for part in tasks.parts_of_task(task))
    assert first and more and tasks._alike([first, *more], task.chosen) == [first, *more]
    elsewhere = [
        replace(one, made_with=MadeWith(settings={"device": "cuda"}), probs=one.probs[:, ::-1]) for one in first.faces
    ]
    assert not run_task(task, [replace(first, faces=tuple(elsewhere)), *more]).done.error
    assert results_of(out) == results_of(alone)
