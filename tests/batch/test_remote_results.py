"""Recordings and results on a real server of S3: the same files as on one machine, and each once, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from aiducation.batch import claims
from aiducation.batch.batch import analyze_all
from aiducation.batch.cluster import analyze_on_cluster
from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.names import Named, Names
from aiducation.batch.options import Done, SaveOptions
from aiducation.batch.overview import IndexEntry, index_html
from aiducation.batch.overview_file import write_overview
from aiducation.batch.remote_results import RemoteResults, opened
from aiducation.batch.summary import Summary
from aiducation.batch.tasks import Outcome, Task, deal_out, one_by_one, parts_of_task, run_part, run_task
from aiducation.errors import OutputError, OutputExistsError
from aiducation.exports.formats import endings
from aiducation.media import places
from aiducation.media.inputs import File, RemoteFile, find_inputs
from aiducation.media.places import Place, Version
from aiducation.media.samples import gallery
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.frame_looks import FrameLooks
from film import film
from needs import SMALL_DISK, Need, need_package
from place_makers import SEAWEED, SECRET, seaweed
from proxy_makers import free_ports, listens
from waiting import until

for package in ("distributed", "s3fs"):
    need_package(package, "dev")

CHOSEN = {"seed": 1}
OPTIONS = SaveOptions(formats=("json", "csv"))
GOOD = ["class.jpg", *(f"r{i}.mp4" for i in range(9)), "copy/r0.mp4"]


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo, recordings of three faces, one of them twice, and a broken one."""
    folder = tmp_path_factory.mktemp("term")
    Image.fromarray(gallery(3, 1, width=480, height=160)).save(folder / "class.jpg")
    for number in range(9):
        pictures = [gallery(3, 1, width=480, height=160, shift=(number + i) / 10) for i in range(6)]
        film(folder / f"r{number}.mp4", pictures, rate=2)
    (folder / "copy").mkdir()
    (folder / "copy" / "r0.mp4").write_bytes((folder / "r0.mp4").read_bytes())
    (folder / "broken.mp4").write_bytes((folder / "r1.mp4").read_bytes()[:200])
    return folder


@pytest.fixture(scope="module")
def alone(term: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process on one machine writes."""
    folder = tmp_path_factory.mktemp("alone")
    list(analyze_all(Analyzer(**CHOSEN), find_inputs([str(term)]), folder, OPTIONS))
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".json", ".csv")}


@pytest.fixture(scope="module")
def bucket(term: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A bucket with the recordings in "term"."""
    SEAWEED.check()
    with seaweed(tmp_path_factory.mktemp("weed")) as servers, pytest.MonkeyPatch.context() as patch:
        for name, value in servers["s3"].surroundings.items():
            patch.setenv(name, value)
        places._connected.cache_clear()
        bucket = Place.of(servers["s3"].address)
        places._system(bucket).mkdir(bucket.host)
        for path in term.rglob("*.*"):
            (bucket / f"term/{path.relative_to(term).as_posix()}").put(path)
        yield bucket
    places._connected.cache_clear()


def results_of(place: Place) -> dict[str, bytes]:
    return {n: (place / n).read() for n in place.find() if n.endswith((".json", ".csv")) and "/" not in n}


def lines_of(place: Place) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (place / "results.jsonl").read().decode().splitlines()]


def done_in(place: Place) -> list[str]:
    return [name for name in place.find() if name.startswith("manifest/")]


def is_good(line: dict[str, Any]) -> bool:
    """Whether a line is that of a recording whose results are all there."""
    return bool(line.get("complete")) and not line.get("error")


def good_in(place: Place) -> list[str]:
    """Lines of recordings that need not be analyzed again; the broken one's line is often the first of all."""
    return [name for name in done_in(place) if is_good(json.loads((place / name).read()))]


def is_whole(place: Place, alone: dict[str, bytes]) -> None:
    """Each recording is done or failed, once, and as on one machine."""
    assert results_of(place) == alone and len(alone) == 22
    lines = lines_of(place)
    assert Counter(line["source"] for line in lines) == Counter([*GOOD, "broken.mp4"])
    assert [line["source"] for line in lines if line.get("error")] == ["broken.mp4"]
    assert all(line["complete"] for line in lines if not line.get("error"))
    assert len(done_in(place)) == 12


def command(term: Place, out: Place, *more: str) -> list[str]:
    words = [sys.executable, "-m", "aiducation", "analyze", str(term), "--out", str(out)]
    return [*words, "--save", "json,csv", "--seed", "1", *more]


#: The command line, which stands still before it puts a result there, counted from 0, and makes a file to say so.
STANDS_STILL = """
import sys
from pathlib import Path
from aiducation import cli
from aiducation.batch import tasks

inside, number, put, puts = Path(sys.argv.pop(1)), int(sys.argv.pop(1)), tasks.put_result, []

def put_result(*given, **more):
    if len(puts) == number:
        inside.touch()
        sys.stdin.read()
    puts.append(1)
    put(*given, **more)

tasks.put_result = put_result
cli.main()
"""

#: The same for a worker of a cluster, which comes to its second result and no further.
WORKER_STANDS_STILL = """
import threading
from aiducation.batch import tasks

def standing_still(put):
    puts = []

    def put_result(*given, **more):
        if puts:
            threading.Event().wait()
        puts.append(1)
        put(*given, **more)

    return put_result

tasks.put_result = standing_still(tasks.put_result)  # Dask reads this file more than once
"""


@contextmanager
def standing_still(
    number: int, inside: Path, words: Sequence[str], surroundings: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A command that stands still before it puts its result of this number there, until nobody writes to it any more."""
    command = [sys.executable, "-c", STANDS_STILL, str(inside), str(number), *words[3:]]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=surroundings, stdin=pipe, stderr=pipe, text=True) as process:
        try:
            until(lambda: inside.exists() or process.poll() is not None)
            assert process.poll() is None, "it came to its end"
            yield process
        finally:
            process.kill()


#: Notes every address that a process of Python connects to or looks up.
WATCH = """
import os, sys

def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        with open(os.environ["CONNECTIONS"], "a") as file:
            print(arguments[0] if event == "socket.getaddrinfo" else arguments[1], file=file)

sys.addaudithook(note)
"""


@contextmanager
def dask(folder: Path, surroundings: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dask", *words]
    with (
        (folder / f"{words[0]}.txt").open("wb") as log,
        subprocess.Popen(command, env=surroundings, stdout=log, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(bucket: Place, alone: dict[str, bytes]) -> None:
    out, clients, killed, done = bucket / "killed worker", list[Any](), list[int](), list[Done]()
    inputs = find_inputs([str(bucket / "term")], streams=True)
    with opened(out) as results:
        for one in analyze_on_cluster(CHOSEN, inputs, results, OPTIONS, "local[2]", on_start=clients.append):
            done.append(one)
            if one.files and not killed:  # the workers go on meanwhile, and stay until the last one is taken from here
                killed.append(min(clients[0].run(os.getpid).values()))
                os.kill(killed[0], signal.SIGKILL)
    assert killed and sorted(one.source for one in done if one.summary) == sorted(GOOD)
    is_whole(out, alone)

    with opened(out) as results:  # nothing of what is done is done again
        resumed = SaveOptions(formats=OPTIONS.formats, resume=True)
        again = list(analyze_on_cluster(CHOSEN, inputs, results, resumed, "local[1]"))
    assert [one.source for one in again if not one.skipped] == ["broken.mp4"]
    is_whole(out, alone)


def test_pages_elsewhere_are_replaced_if_they_are_ours(bucket: Place) -> None:
    out, entry = bucket / "pages", IndexEntry(source="a.mp4", error="broken")
    ours, other = index_html([entry, entry]), "<p>of somebody else</p>"
    for content, name in ((other, "overview.html"), (ours, "index.html")):
        (out / "index.html").write(content.encode())
        before = (out / "index.html").version()
        with opened(out) as results:
            for stem in ("a", "b"):
                summary = Summary(
                    kind="photo", frames=1, counts={"unclear": 0}, faces=0, judged=None, shares=None, words=""
                )
                report = f"{stem}.report.html"
                (results.folder / report).touch()
                line = Entry(
                    stem=stem, source=stem, made_from={"file": [stem]}, files=(report,), complete=True, summary=summary
                )
                Manifest(results.folder).add(line)
            page = write_overview(results.folder, [])
        assert page and page.name == name and name in out.find()
        assert ((out / "index.html").version() == before) == (content == other)


def test_names_that_only_s3_takes_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 itself takes names of 1,024 bytes; the server of these tests does not."""
    there = {"x" * 300: Version(1, ""), "class.json": Version(1, "")}
    monkeypatch.setattr(Place, "find", lambda _: there)
    RemoteResults(Place("s3", "school", "results"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["class.json"]


def test_a_full_disk_is_a_reason(bucket: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has no room for the copy, and one that has none for the results beside it."""
    SMALL_DISK.check()
    (recording,) = (one for one in find_inputs([str(bucket / "term")], streams=True) if one.name == "r3.mp4")
    assert isinstance(recording, RemoteFile)
    for more, reason in ((-5_000, "cannot be copied"), (25_000, "room on the disk")):
        pages = (recording.version.size + more + 4095) // 4096
        mount = ["mount", "-t", "tmpfs", "-o", f"size={4 * pages}k", "tmpfs", str(tmp_path)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            Need(
                lambda: False, "this container may not make a small disk", "{check} (as root outside of a container)"
            ).check()
        try:
            monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
            out = bucket / f"full disk {more}"
            task_options = SaveOptions(formats=("json", "csv", "report"))
            named = Names(tmp_path, Manifest(tmp_path / "none"), endings()).name([recording], resume=False)[0]
            outcome = run_task(Task((("seed", 1),), named, (), out, task_options))
        finally:
            monkeypatch.setattr(tempfile, "tempdir", None)
            left = list(tmp_path.iterdir())
            subprocess.run(["umount", str(tmp_path)], check=True)
        assert reason in outcome.done.error and "r3.mp4" in outcome.done.error and not outcome.done.files
        assert left == [] and out.find() == {}


@pytest.mark.slow
def test_a_killed_command_goes_on(bucket: Place, alone: dict[str, bytes], tmp_path: Path) -> None:
    out, temporary = bucket / "killed command", tmp_path / "temporary"
    temporary.mkdir()
    surroundings = {**os.environ, "TMPDIR": str(temporary)}
    words = command(bucket / "term", out, "--resume")
    with standing_still(1, tmp_path / "inside", words, surroundings) as first:
        first.kill()
    assert good_in(out) and len(done_in(out)) < 12 and list(temporary.iterdir())
    second = subprocess.run(words, env=surroundings, capture_output=True, text=True)
    assert second.returncode == 1 and "broken.mp4" in second.stderr
    assert "was analyzed before and is skipped" in second.stderr
    assert "Another command" not in second.stderr  # on this machine it is known at once that it was killed
    is_whole(out, alone)
    said = [second.stdout + second.stderr, *((out / name).read().decode("utf-8", "replace") for name in out.find())]
    assert not any(SECRET in text for text in said)
    assert not list(temporary.iterdir())  # also not the copy that the killed command was reading
    inputs = find_inputs([str(bucket / "term")], streams=True)
    with pytest.raises(OutputExistsError, match=rf"^{out}/.* exists already"), opened(out) as results:
        list(deal_out(one_by_one, CHOSEN, inputs, results, OPTIONS))


def claims_in(place: Place) -> list[str]:
    return list((place / "claims").find())


@pytest.mark.slow
def test_two_commands_at_once(bucket: Place, term: Path, tmp_path: Path) -> None:
    """They have different recordings of the same name. The second is refused while the first runs; then each has results."""
    out, other = bucket / "two commands", tmp_path / "other"
    other.mkdir()
    (other / "r0.mp4").write_bytes((term / "r5.mp4").read_bytes())
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "r0.mp4").write_bytes((term / "r0.mp4").read_bytes())
    with standing_still(0, tmp_path / "inside", command(tmp_path / "one", out)) as first:
        assert any(b'"asks": false' in (out / f"claims/{name}").read() for name in claims_in(out))
        first.send_signal(signal.SIGSTOP)
        second = subprocess.run(command(other, out), capture_output=True, text=True)
        first.send_signal(signal.SIGCONT)
        _, said = first.communicate()
    assert second.returncode == 1 and "Another command writes into" in second.stderr and str(out) in second.stderr
    assert first.returncode == 0, said
    assert [line["source"] for line in lines_of(out)] == ["r0.mp4"]
    again = subprocess.run(command(other, out), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert [line["stem"] for line in lines_of(out)] == ["r0", "other_r0"] and len(results_of(out)) == 4
    assert claims_in(out) == []


@pytest.fixture
def quick_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT_S", 0.1)


def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every claim looks like one of another machine."""
    monkeypatch.setattr(claims, "_runs_here", lambda _: None)


@pytest.mark.usefixtures("quick_claims")
def test_a_command_of_another_machine_is_refused_too(bucket: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from_elsewhere(monkeypatch)
    monkeypatch.setattr(claims, "LEFT_S", 60.0)
    out, told = bucket / "another machine", list[str]()
    with (
        opened(out),
        pytest.raises(OutputError, match=r"Another command writes into .*--resume.*--cluster"),
        opened(out, told.append),
    ):
        pass
    # Nothing is told where the claim is written anew before it is read for the first time, as on a busy machine.
    assert all("60 seconds" in one for one in told) and len(told) <= 1
    with opened(out):
        pass
    assert claims_in(out) == []


@pytest.mark.slow
@pytest.mark.usefixtures("quick_claims")
def test_what_a_killed_command_left_behind_blocks_nobody_for_long(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it cannot be deleted, as in buckets that keep everything."""
    monkeypatch.setattr(claims, "LEFT_S", 0.5)
    for name, deletes in (("left behind", True), ("kept", False)):
        out, told = bucket / name, list[str]()
        (out / "claims/0123456789abcdef.json").write(b'{"beat": 7, "folder": "of another machine"}')
        with monkeypatch.context() as patch:
            if not deletes:
                patch.setattr(Place, "delete", lambda place: _refuse(place))
            with opened(out, told.append):
                assert len(told) == 1
            with opened(out, told.append):
                assert len(told) == 1, "it is known by now to be over"
        assert bool(claims_in(out)) != deletes


def _refuse(place: Place) -> None:
    raise OutputError(f"{place} cannot be written: nothing may be deleted here.")


@pytest.mark.usefixtures("quick_claims")
def test_of_many_that_begin_at_once_one_at_a_time_writes(bucket: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from_elsewhere(monkeypatch)
    monkeypatch.setattr(claims, "LEFT_S", 60.0)
    out, inside, most, refused, gate = bucket / "at once", [], [], [], threading.Barrier(4)

    def run() -> None:
        gate.wait()
        try:
            with opened(out):
                inside.append(1)
                most.append(len(inside))
                until(lambda: len(refused) == 3)
                inside.pop()
        except OutputError as error:
            refused.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] and len(refused) == 3


@pytest.mark.usefixtures("quick_claims")
@pytest.mark.parametrize("asleep", ["read_if_there", "write"])
def test_who_slept_too_long_writes_no_manifest_over_that_of_another(
    bucket: Place, asleep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it looks at its claim, or then, before it writes it anew: that brings a claim back which another command has
    deleted meanwhile."""
    from_elsewhere(monkeypatch)
    monkeypatch.setattr(claims, "LEFT_S", 1.0)
    out, falls_asleep, awake = bucket / f"slept {asleep}", threading.Event(), threading.Event()
    nothing = Summary(kind="photo", frames=1, counts={"unclear": 0}, faces=0, judged=None, shares=None, words="")
    line = Entry(stem="a", source="a.jpg", made_from={"file": ["a"]}, files=(), complete=True, summary=nothing)
    with opened(out) as slept, ExitStack() as whatever_happens:
        whatever_happens.callback(awake.set)  # or giving the claim back would wait for ever
        claim = slept._claim
        assert claim
        act = getattr(Place, asleep)

        def late(*arguments: Any) -> Any:
            if threading.current_thread() is claim._thread:
                falls_asleep.set()
                awake.wait()
            return act(*arguments)

        monkeypatch.setattr(Place, asleep, late)
        until(falls_asleep.is_set)
        with opened(out) as other:
            other.add(
                line, Done(input=RemoteFile("photo", Path("a.jpg"), "a.jpg"), source="a.jpg"), Manifest(other.folder)
            )
            awake.set()
            until(lambda: claim.lost)
            holds = other._claim
            assert holds
            beats = holds._beats
            until(lambda: holds._beats > beats + 2)
            holds.check()
            until(lambda: len(claims_in(out)) == 1)  # the one of the other command
        with pytest.raises(OutputError, match=r"taken over by another command.*--resume"):
            slept.add(
                line, Done(input=RemoteFile("photo", Path("a.jpg"), "a.jpg"), source="a.jpg"), Manifest(slept.folder)
            )
        (slept.folder / "results.jsonl").write_text("")
    assert [one["stem"] for one in lines_of(out)] == ["a"]


def test_who_is_killed_between_two_files_leaves_no_second_result(
    bucket: Place, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither under another name, nor as a whole one whose files are of two analyses."""
    out, put = bucket / "between two files", Place.put
    inputs = find_inputs([str(bucket / "term" / "r3.mp4")], streams=True)

    def half(place: Place, path: Path) -> None:
        if place.name == "r3.csv":
            raise SystemExit  # nothing runs after it but what leaves the process
        put(place, path)

    def analyzed(options: SaveOptions) -> list[Any]:
        with opened(out) as results:
            return [one.skipped for one in deal_out(one_by_one, CHOSEN, inputs, results, options)]

    def killed(options: SaveOptions) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Place, "put", half)
            with pytest.raises(SystemExit):
                analyzed(options)

    resumed = SaveOptions(formats=OPTIONS.formats, resume=True)
    killed(OPTIONS)
    assert analyzed(resumed) == [False]
    expected = {name: alone[name] for name in ("r3.json", "r3.csv")}
    assert results_of(out) == expected and done_in(out) == ["manifest/r3.json"]
    killed(SaveOptions(formats=OPTIONS.formats, min_group=1, force=True))
    assert analyzed(resumed) == [False] and results_of(out) == expected
    assert analyzed(resumed) == [True]


def named_for(one: File, folder: Path) -> Named:
    """A recording of which nothing is known yet."""
    return Names(folder, Manifest(folder / "none"), endings()).name([one], resume=False)[0]


def test_a_line_that_was_cut_does_not_bring_the_one_before_back(bucket: Place) -> None:
    """SFTP and WebDAV write a file bit by bit: the files may be new ones already, and the line before is about the old ones."""
    out, inputs = bucket / "cut", find_inputs([str(bucket / "term" / "r3.mp4")], streams=True)
    resumed = replace(OPTIONS, resume=True)
    for cut, skipped in ((False, False), (True, False), (False, True)):
        if cut:
            (out / "manifest/r3.json").write((out / "manifest/r3.json").read()[:100])
        with opened(out) as results:
            assert [one.skipped for one in deal_out(one_by_one, CHOSEN, inputs, results, resumed)] == [skipped]


def test_what_a_stopped_command_made_otherwise_is_made_again(
    bucket: Place, alone: dict[str, bytes], tmp_path: Path
) -> None:
    """Its worker finished after the next command, with other options, had read what is there."""
    out, resumed = bucket / "other options", SaveOptions(formats=OPTIONS.formats, resume=True)
    (recording,) = find_inputs([str(bucket / "term" / "r3.mp4")], streams=True)
    assert isinstance(recording, RemoteFile)
    task = Task(tuple(CHOSEN.items()), named_for(recording, tmp_path), (), out, resumed)
    run_task(replace(task, options=replace(resumed, min_group=1, formats=("json",))))
    for made in (True, False):  # what was made alike is not made again
        before = (out / "r3.json").version()
        outcome = run_task(task)
        assert not outcome.done.error and not outcome.done.skipped and len(outcome.done.files) == 2
        assert outcome.entry and outcome.entry.made_from["smallest group"] == OPTIONS.min_group
        assert results_of(out) == {name: alone[name] for name in ("r3.json", "r3.csv")}
        assert ((out / "r3.json").version() != before) == made

    # as where the command's machine has another device, and so another model file, than its workers
    known, before = replace(task, one=replace(task.one, known=True)), (out / "r3.json").version()
    assert run_task(known).done.skipped and (out / "r3.json").version() == before
    (out / "r3.csv").delete()
    assert not run_task(known).done.skipped
    assert results_of(out) == {name: alone[name] for name in ("r3.json", "r3.csv")}


@pytest.mark.slow
def test_a_worker_that_outlives_its_command_writes_nothing(bucket: Place, alone: dict[str, bytes]) -> None:
    """The next command has one of its two recordings analyzed, with other options."""
    out, late = bucket / "outlived", list[Task]()

    def begun(tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        late.extend(tasks)
        return iter(())

    for name, options in (("r3", OPTIONS), ("r4", replace(OPTIONS, min_group=1))):
        inputs = find_inputs([str(bucket / "term" / f"{name}.mp4")], streams=True)
        with opened(out) as results:
            list(deal_out(begun, CHOSEN, inputs, results, options))
    inputs = find_inputs([str(bucket / "term" / "r4.mp4")], streams=True)
    with opened(out) as results:
        list(deal_out(one_by_one, CHOSEN, inputs, results, OPTIONS))
    for task in late:
        assert "taken over by another command" in run_task(task).done.error
    assert results_of(out) == {name: alone[name] for name in ("r4.json", "r4.csv")}
    assert done_in(out) == ["manifest/r4.json"] and not (out / "writing").find()


@pytest.mark.slow
@pytest.mark.usefixtures("quick_claims")
def test_the_next_command_waits_for_a_worker_that_writes(
    bucket: Place, alone: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_elsewhere(monkeypatch)
    monkeypatch.setattr(claims, "LEFT_S", 1.0)
    out, put, told, puts, goes_on = bucket / "writes", Place.put, list[str](), threading.Event(), threading.Event()
    killed = out / "claims/0123456789abcdef.json"
    killed.write(b'{"beat": 7, "folder": "of another machine"}')
    inputs = find_inputs([str(bucket / "term" / "r3.mp4")], streams=True)
    recording = inputs[0]
    assert isinstance(recording, RemoteFile)

    def slow(place: Place, path: Path) -> None:
        if threading.current_thread() is worker and place.name == "r3.json":
            puts.set()
            until(goes_on.is_set)
        put(place, path)

    def late() -> None:
        outcomes.append(run_task(task))

    beats, beat = list[int](), claims.Sign._write

    def counted(sign: claims.Sign) -> None:
        beat(sign)
        if type(sign) is claims.Sign:
            beats.append(sign._beats)

    def clock_s() -> float:
        """By which the worker's sign never comes late, however slow the machine is."""
        return claims.BEAT_S * len(beats)

    monkeypatch.setattr(claims, "time", SimpleNamespace(monotonic=clock_s, sleep=time.sleep))
    monkeypatch.setattr(claims.Sign, "_write", counted)
    monkeypatch.setattr(Place, "put", slow)
    options, outcomes = replace(OPTIONS, min_group=1, resume=True), list[Outcome]()
    task = Task(tuple(CHOSEN.items()), named_for(recording, tmp_path), (), out, options, killed)
    worker = threading.Thread(target=late)
    worker.start()
    until(puts.is_set)

    def end_it() -> None:
        until(lambda: any("A worker of an earlier command" in one for one in told))
        end = clock_s() + 2 * claims.LEFT_S
        until(lambda: clock_s() > end)  # it was not given up meanwhile
        goes_on.set()

    ending = threading.Thread(target=end_it)
    ending.start()
    with opened(out, told.append) as results:
        assert goes_on.is_set() and not (out / "writing").find()
        list(deal_out(one_by_one, CHOSEN, inputs, results, replace(OPTIONS, resume=True)))
    worker.join()
    ending.join()
    assert "taken over by another command" in outcomes[0].done.error
    assert results_of(out) == {name: alone[name] for name in ("r3.json", "r3.csv")}
    assert [is_good(line) for line in lines_of(out)] == [True] and is_good(
        json.loads((out / "manifest/r3.json").read())
    )


@pytest.mark.slow
def test_what_other_workers_saw_of_a_long_recording_is_used(
    bucket: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording of this machine whose results go elsewhere: its parts are not looked at twice."""
    monkeypatch.setattr("aiducation.batch.tasks.PART_S", 6.0)
    recording, out = File("video", tmp_path / "long.mp4"), bucket / "long"
    film(recording.path, [gallery(3, 1, width=480, height=160, shift=i / 20) for i in range(36)], rate=3)
    list(analyze_all(Analyzer(**CHOSEN), [recording], tmp_path / "alone", OPTIONS))
    task = Task(tuple(CHOSEN.items()), named_for(recording, tmp_path), (), out, OPTIONS)
    looks = [run_part(task, part) for part in parts_of_task(task)]
    assert len(looks) > 1

    def again(*_: Any) -> Any:
        raise AssertionError("its frames are searched once more")

    monkeypatch.setattr(FrameLooks, "of", again)
    assert not run_task(task, looks).done.error
    assert results_of(out) == {name: (tmp_path / "alone" / name).read_bytes() for name in ("long.json", "long.csv")}


def test_who_lost_the_folder_writes_down_no_failure_there(bucket: Place) -> None:
    out, told = bucket / "lost", list[str]()
    inputs = find_inputs([str(bucket / "term" / "r3.mp4")], streams=True)

    def slept(tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        for name in claims_in(out):  # as the next command does
            (out / f"claims/{name}").delete()
        for task in tasks:
            yield task, Outcome(Done(input=task.one.input, source=task.one.source, error="the network was away"))

    with opened(out) as results:
        list(deal_out(slept, CHOSEN, inputs, results, OPTIONS, note=told.append))
    assert done_in(out) == [] and "results.jsonl" not in out.find()
    assert len(told) == 1 and "taken over by another command" in told[0]


@pytest.mark.slow
def test_a_killed_scheduler_is_told_and_nothing_else_is_called(
    bucket: Place, alone: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    surroundings = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}",
        "CONNECTIONS": str(tmp_path / "connections"),
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s",
    }
    out, (port, dashboard) = bucket / "killed scheduler", free_ports(2)
    address = f"tcp://127.0.0.1:{port}"
    serving = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--dashboard-address", f"127.0.0.1:{dashboard}"]
    words = command(bucket / "term", out, "--cluster", address, "--resume")
    (tmp_path / "standing.py").write_text(WORKER_STANDS_STILL, encoding="utf-8")
    with ExitStack() as stack:
        scheduler = stack.enter_context(dask(tmp_path, surroundings, *serving))
        until(lambda: listens(port))  # a worker gives up before a slow scheduler is there
        working = ["worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path)]
        working += ["--preload", str(tmp_path / "standing.py")]
        stack.enter_context(dask(tmp_path, surroundings, *working))
        with subprocess.Popen(words, env=surroundings, stderr=subprocess.PIPE, text=True) as first:
            try:
                until(lambda: good_in(out))
            finally:  # or the command would wait for ever
                scheduler.kill()
            _, said = first.communicate()
    assert first.returncode == 1 and said.count("connection to the cluster was lost") == 1 and "Traceback" not in said
    assert 0 < len(done_in(out)) < 12
    called = (tmp_path / "connections").read_text(encoding="utf-8").splitlines()
    outside = [
        one for one in called if not any(here in one for here in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "None"))
    ]
    assert called and outside == []
    inputs = find_inputs([str(bucket / "term")], streams=True)
    with opened(out) as results:
        resumed = SaveOptions(formats=OPTIONS.formats, resume=True)
        again = list(deal_out(one_by_one, CHOSEN, inputs, results, resumed))
    assert [one.source for one in again if one.error] == ["broken.mp4"] and any(one.skipped for one in again)
    is_whole(out, alone)
