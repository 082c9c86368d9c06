"""A batch on several processes or machines, with Dask. Alone knows Dask.

A task is one input: a worker analyzes it and writes its files into the folder that all of them share, as one process does with
all inputs. The locks and the manifest of that folder make sure that nothing is done twice or lost, whoever is killed: a task
whose worker died is given to another one, which goes on with the checkpoint, or sees that everything is written already.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiducation.batch.batch import Batch, Progress, begin, end, not_analyzed
from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.names import CHECKPOINT, Named, Names
from aiducation.batch.options import Done, SaveOptions
from aiducation.batch.summary import Summary
from aiducation.errors import ConfigError, OutputError, require
from aiducation.exports.formats import endings
from aiducation.media.inputs import PHOTO, Address, Class, Device, File, Input
from aiducation.observations.result_json import readable
from aiducation.processors import processor_threads
from aiducation.vision.analyzer import Analyzer
from aiducation.words import many

#: "local[4]" or "local": so many processes of this machine.
_LOCAL = re.compile(r"local(?:\[([1-9]\d{0,3})\])?")

#: An address of a scheduler.
_ADDRESS = re.compile(r"(?:tcp|tls)://[^\s/]+:\d+")

#: Seconds in which a scheduler must answer.
CONNECT_S = 20.0

#: Workers that may die over one input before it counts as failed.
_DEATHS = 3

#: One input at a time in a process, whatever number of threads its worker has: an analysis keeps several threads busy by itself.
_alone = threading.Lock()


def check_cluster(cluster: str) -> None:
    """Make sure before the work that a cluster can be meant.

    Raises:
        ConfigError: it is neither local nor an address.
        MissingExtraError: Dask is not installed.
    """
    if not (_LOCAL.fullmatch(cluster) or _ADDRESS.fullmatch(cluster)):
        raise ConfigError(
            f"--cluster takes local[N], such as local[4] for four processes of this machine, or the address of a Dask "
            f"scheduler, such as tcp://10.0.0.5:8786; not {cluster[:80]!r}."
        )
    require("distributed", "cluster")


def analyze_on_cluster(
    analyzer: Mapping[str, Any],
    inputs: Sequence[Input],
    folder: Path,
    options: SaveOptions,
    cluster: str,
    *,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
    on_start: Callable[[Any], None] = lambda _: None,
) -> Iterator[Done]:
    """Analyze inputs on a cluster, in the order in which they are finished; for the rest see ``analyze_all``.

    What failed has a line in the manifest, too, with the reason.

    Args:
        analyzer: options of the ``Analyzer`` that every worker makes.
        inputs: photos, recordings and classes; folders and files must have the same names on all machines.
        folder: of the results, shared by all machines.
        options: what to save.
        cluster: see ``check_cluster``.
        progress: told how many inputs are done.
        note: told in a sentence what begins anew, and what is called otherwise than its file.
        on_start: gets the connection to the cluster.

    Raises:
        ConfigError: an input is a camera, a screen or a stream, or the cluster cannot be reached.
        OutputExistsError, OutputError: see ``analyze_all``.
    """
    check_cluster(cluster)
    if live := [one.name for one in inputs if isinstance(one, (Device, Address))]:
        raise ConfigError(f"{live[0]} is live; --cluster is for files and folders.")
    tell, was_there = note or (lambda _: None), folder.is_dir()
    manifest, _, named = begin(inputs, folder, options, tell)
    yield from not_analyzed(inputs)
    folder.mkdir(parents=True, exist_ok=True)
    shared = folder.absolute()
    workers_options = (
        options if options.force else replace(options, resume=True)
    )  # a second worker goes on with the first's
    try:
        with _client(cluster, analyzer) as (client, settings):
            on_start(client)
            stems = tuple(one.stem for one in named)
            tasks = {
                client.submit(
                    run_task, settings, _absolute(one), stems, shared, workers_options, pure=False, priority=_size(one)
                ): one
                for one in named
            }
            yield from _finished(tasks, manifest, tell, progress)
    finally:
        end(manifest, folder, was_there=was_there, tell=tell)


def _finished(
    tasks: Mapping[Any, Named], manifest: Manifest, tell: Callable[[str], None], progress: Progress | None
) -> Iterator[Done]:
    """What became of each task, as soon as it is known; Ctrl-C ends all that have not begun."""
    from distributed import as_completed

    count, waiting = 0, dict(tasks)
    try:
        for future in as_completed(list(tasks)):
            one = waiting.pop(future)
            done, said = _outcome(future, one)
            for words in said:
                tell(words)
            manifest.refresh()
            if done.error and future.status in ("finished", "error"):
                _note_failure(manifest, one, done.error)
            count += 1
            if progress:
                progress("recordings", count, len(tasks))
            yield done
    except KeyboardInterrupt:
        for future, one in waiting.items():
            future.cancel()
            yield Done(input=one.input, source=one.source, stopped=True)


def _outcome(future: Any, one: Named) -> tuple[Done, list[str]]:
    """What a task gave, or why there is nothing."""
    if future.status == "finished":
        done, said = future.result()
        return done, said
    why = f"{one.source} cannot be analyzed: "
    if future.status == "error":
        error = future.exception()
        killed = type(error).__name__ == "KilledWorker"
        words = f"{many(_DEATHS + 1, 'worker')} ended while working on it" if killed else type(error).__name__
        return Done(input=one.input, source=one.source, error=f"{why}{words}."), []
    words = "the connection to the cluster was lost; --resume goes on."
    return Done(input=one.input, source=one.source, error=f"{why}{words}"), []


def _note_failure(manifest: Manifest, one: Named, why: str) -> None:
    """Write down what failed, unless there are whole results of it from before."""
    before = manifest.entries.get(one.stem)
    if before and before.complete:
        return
    kind = "photo" if one.input.kind == PHOTO else "recording"
    nothing = Summary(kind=kind, frames=0, counts={"unclear": 0}, faces=0, judged=None, shares=None, words="failed")
    path = str(getattr(one.input, "path", "")) or one.source
    manifest.add(
        Entry(
            stem=one.stem,
            source=readable(one.source),
            made_from={"file": one.identity},
            files=before.files if before else (),
            complete=False,
            summary=before.summary if before else nothing,
            error=readable(why.replace(path, one.source))[:4000],
        )
    )


@contextmanager
def _client(cluster: str, analyzer: Mapping[str, Any]) -> Iterator[tuple[Any, tuple[tuple[str, Any], ...]]]:
    """A connection to a cluster, and the options of the workers' analyzers."""
    import dask
    from distributed import Client, LocalCluster

    local = _LOCAL.fullmatch(cluster)
    if not local:
        try:
            client = Client(cluster, timeout=CONNECT_S)
        except OSError as error:
            raise ConfigError(f"No Dask scheduler answers at {cluster}: {error}.") from error
        with client:
            yield client, tuple(analyzer.items())
        return
    count = int(local[1] or processor_threads())
    threads = max(1, processor_threads() // count)
    settings = {
        "distributed.scheduler.allowed-failures": _DEATHS,
        "distributed.scheduler.worker-saturation": 1.0,  # who waits is not suspected when a worker dies
        "distributed.worker.memory.terminate": False,
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=0
        ) as started,
        Client(started) as client,
    ):
        yield client, (*analyzer.items(), ("threads", threads))


def run_task(
    analyzer: tuple[tuple[str, Any], ...], one: Named, stems: tuple[str, ...], folder: Path, options: SaveOptions
) -> tuple[Done, list[str]]:
    """What a worker does with one input: what became of it, and sentences for whoever started the batch.

    Args:
        analyzer: options of ``Analyzer``.
        one: the input with its name.
        stems: names of all inputs of the batch.
        folder: of the results.
        options: what to save.
    """
    said: list[str] = []
    with _alone:
        if not folder.is_dir():
            raise OutputError(f"{folder} is not there on the machine of a worker; all must share it.")
        manifest = Manifest(folder)
        names = Names(folder, manifest, {CHECKPOINT, *endings()})
        names.leave(stem for stem in stems if stem != one.stem)
        batch = Batch(_analyzer(analyzer), folder, manifest, options, lambda *_: None, said.append)
        done = batch.one(names, one, wait=True)
    return done or Done(input=one.input, source=one.source, skipped=True), said


@lru_cache(maxsize=1)
def _analyzer(options: tuple[tuple[str, Any], ...]) -> Analyzer:
    """The analyzer of this process: made once, not for each input."""
    return Analyzer(**dict(options))


def _absolute(one: Named) -> Named:
    """An input by a path that means the same in every working folder."""
    if isinstance(one.input, File):
        return replace(one, input=replace(one.input, path=one.input.path.absolute(), place=one.input.name))
    return one


def _size(one: Named) -> int:
    """Bytes of an input: the longest begin first, so that none is left alone in the end."""
    if isinstance(one.input, Class):
        return sum(_bytes(piece.path) for piece in one.input.recorded.pieces)
    return _bytes(one.input.path) if isinstance(one.input, File) else 0


def _bytes(path: Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0
