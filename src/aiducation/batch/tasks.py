"""Tasks: one input of a batch each, done by any process on any machine; what became of them, in one place.

A task is done twice where its process was killed after the last step and before anybody knew. Nothing is lost or doubled by
that: in a folder that all share, the locks and the manifest show what is done; elsewhere, the line of each result does.
"""

from __future__ import annotations

import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiducation.batch.batch import Batch, Progress, begin, end, not_analyzed
from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.names import CHECKPOINT, Named, Names
from aiducation.batch.options import FAILURES, Done, SaveOptions, failed, go_on
from aiducation.batch.remote_results import RemoteResults, entry_at, put_result
from aiducation.batch.summary import Summary
from aiducation.errors import AiducationError, ConfigError, DataFileError, OutputError
from aiducation.exports.formats import endings
from aiducation.media.inputs import PHOTO, Address, Copied, Device, File, Input, RemoteFile
from aiducation.media.places import Place
from aiducation.media.remote_files import NotCopiedError, copied
from aiducation.temporary import delete_left_behind, new_folder_beside
from aiducation.visible import as_text
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.parts import Part, PartLooks, look_at_part, parts_of

#: Options of the ``Analyzer`` that each process makes for itself.
Chosen = tuple[tuple[str, Any], ...]

#: Seconds of a part of a long recording: so long that reading the file up to it is little beside looking at it.
PART_S = 600.0

#: One input at a time in a process, whatever number of threads its worker has: an analysis keeps several threads busy by itself.
_alone = threading.Lock()


@dataclass(frozen=True)
class Task:
    """An input to analyze.

    Attributes:
        chosen: options of the analyzer.
        one: the input with its name.
        copies: names of the other inputs whose files hold the same; not of all inputs, because each task is sent on its own.
        out: where results go: a folder that all processes share, or a place elsewhere.
        options: what to save.
        claim: the command's claim on a place elsewhere.
    """

    chosen: Chosen
    one: Named
    copies: tuple[str, ...]
    out: Path | Place
    options: SaveOptions
    claim: Place | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        done: of its input.
        said: sentences for whoever started the batch.
        entry: the manifest's line of a result elsewhere, which whoever started the batch does not see otherwise.
    """

    done: Done
    said: tuple[str, ...] = ()
    entry: Entry | None = None


#: Does tasks and gives what became of each, in any order.
Workers = Callable[[Sequence[Task]], Iterator[tuple[Task, Outcome]]]


def deal_out(
    workers: Workers,
    chosen: Mapping[str, Any],
    inputs: Sequence[Input],
    results: Path | RemoteResults,
    options: SaveOptions,
    *,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> Iterator[Done]:
    """Have inputs analyzed; for the rest see ``analyze_all``. What failed has a line in the manifest, too, with the reason.

    Args:
        workers: what does the tasks.
        chosen: options of the ``Analyzer`` that each process makes.
        inputs: photos, recordings and classes.
        results: the folder of results, or one elsewhere.
        options: what to save.
        progress: told how many inputs are done.
        note: told in a sentence what begins anew, and what is called otherwise than its file.

    Raises:
        ConfigError: an input is a camera, a screen or a stream.
        OutputExistsError, OutputError: see ``analyze_all``.
    """
    if live := [one.name for one in inputs if isinstance(one, (Device, Address))]:
        raise ConfigError(
            f"{live[0]} is live; only files and folders can be analyzed on a cluster or into a place elsewhere."
        )
    tell = note or (lambda _: None)
    elsewhere = results if isinstance(results, RemoteResults) else None
    folder = results.folder if isinstance(results, RemoteResults) else results
    was_there = folder.is_dir()
    with _addresses_in_errors(elsewhere):
        manifest, _, named = begin(inputs, folder, options, tell)
    yield from not_analyzed(inputs)
    folder.mkdir(parents=True, exist_ok=True)
    settings, same = tuple(chosen.items()), defaultdict[str, list[str]](list)
    for one in named:
        same[repr(one.identity)].append(one.stem)
    # a second worker goes on with the first's
    theirs = options if options.force else replace(options, resume=True)
    tasks = []
    try:
        batch = Batch(_analyzer(settings), folder, manifest, options, lambda *_: None, tell)
        for one in named:
            if before := _done_before(batch, one):
                yield elsewhere.at(before) if elsewhere else before
                continue
            out = elsewhere.place if elsewhere else folder.absolute()
            copies = tuple(stem for stem in same[repr(one.identity)] if stem != one.stem)
            claim = elsewhere.claim if elsewhere else None
            tasks.append(Task(settings, _absolute(one), copies, out, theirs, claim))
        for count, (task, outcome) in enumerate(workers(tasks), 1):
            for words in outcome.said:
                tell(words)
            done = outcome.done
            if not elsewhere:
                manifest.refresh()
            elif outcome.entry:
                elsewhere.add(outcome.entry, done, manifest)
                done = elsewhere.at(done)
            if done.error and done.complete:
                _note_failure(manifest, task.one, done.error, elsewhere, tell)
            if progress:
                progress("recordings", count, len(tasks))
            yield done
    finally:
        end(manifest, folder, was_there=was_there, tell=tell)


def one_by_one(tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
    """Tasks in this process, one after the other, until Ctrl-C: for inputs or results elsewhere, without a cluster."""
    for task in tasks:
        outcome = run_task(task)
        yield task, outcome
        if outcome.done.stopped:
            return


def run_task(task: Task, parts: Sequence[PartLooks | None] = ()) -> Outcome:
    """Analyze one input: what became of it, errors included.

    Args:
        task: which.
        parts: what others saw in all parts of a recording; None for one that could not be analyzed alone.
    """
    one, said = task.one, list[str]()
    try:
        with _alone, _on_this_machine(one, force=task.options.force) as mine:
            alike = _alike(parts, task.chosen)
            if isinstance(task.out, Place):
                done, entry = _into_place(task, mine, task.out, said, alike)
            else:
                done, entry = _into_folder(task, mine, task.out, said, alike), None
    except KeyboardInterrupt:
        return Outcome(Done(input=one.input, source=one.source, stopped=True))
    except FAILURES as error:
        done, entry = failed(one.input, one.source, error), None
    return Outcome(replace(done, input=one.input, error=_without_places(done, one)), tuple(said), entry)


def _into_folder(task: Task, one: Named, folder: Path, said: list[str], parts: Sequence[PartLooks]) -> Done:
    """A result in a folder that all processes share."""
    if not folder.is_dir():
        raise OutputError(f"{folder} is not there on the machine of a worker; all must share it.")
    manifest = _manifest(folder)
    manifest.refresh()
    names = Names(folder, manifest, {CHECKPOINT, *endings()})
    names.leave(task.copies)
    batch = Batch(_analyzer(task.chosen), folder, manifest, task.options, lambda *_: None, said.append, parts)
    return batch.one(names, one, wait=True) or Done(input=one.input, source=one.source, skipped=True)


def _into_place(
    task: Task, one: Named, place: Place, said: list[str], parts: Sequence[PartLooks]
) -> tuple[Done, Entry | None]:
    """A result elsewhere: made in a temporary folder of this machine, put there in one step."""
    before = entry_at(place, one.stem)
    if before and not (before.error or one.known or before.made_from.get("file") == one.identity):
        raise OutputError(
            f"{one.source} is not saved: a command that was stopped has saved another recording as {one.stem} meanwhile. "
            f"{go_on(force=task.options.force)} Then it gets another name."
        )
    above = Path(tempfile.gettempdir())
    delete_left_behind(above)
    with new_folder_beside(above) as private:
        folder = private / "results"
        folder.mkdir()
        manifest = Manifest(folder)
        if before:
            manifest.add(before)
        for name in before.files if before and before.complete else ():
            if (place / name).version():  # an empty file stands for it: what was made alike is not made again
                (folder / name).touch()
        names = Names(folder, manifest, {CHECKPOINT, *endings()})
        batch = Batch(_analyzer(task.chosen), folder, manifest, task.options, lambda *_: None, said.append, parts)
        done = batch.one(names, one, wait=True)
        assert done is not None  # nobody else has this folder
        if done.error or done.stopped:
            error = done.error
            if f"{folder}/" in error:
                error = f"{one.source}, in the folder for temporary files (TMPDIR): {error.replace(f'{folder}/', '')}"
            return replace(done, error=error), None
        if not done.skipped:
            put_result(place, task.claim, private, done, manifest.entries[one.stem], force=task.options.force)
        files = tuple(Path(file.name) for file in done.files)
        # a worker that nobody heard of any more may have done it for this command
        return replace(done, files=files, skipped=done.skipped and one.known), manifest.entries[one.stem]


def run_part(task: Task, part: Part) -> PartLooks | None:
    """What a part of a recording shows, or None; see ``vision.parts``."""
    assert isinstance(task.one.input, File)
    with _alone:
        return look_at_part(
            _analyzer(task.chosen).judge,
            task.one.input.path,
            part,
            source=task.one.source,
            every_s=task.options.every_s,
        )


def _alike(parts: Sequence[PartLooks | None], chosen: Chosen) -> Sequence[PartLooks]:
    """The parts, if all are known and were made with what this process has: one device differs from another in the last digits,
    and a model of floats from one of integers in more."""
    if not parts:
        return []
    ours = _analyzer(chosen).made_with
    # Some parts have no sample.
    known = [one for one in parts if one and all(faces.made_with == ours for faces in one.faces[:1])]
    return known if len(known) == len(parts) else []


def parts_of_task(task: Task) -> list[Part]:
    """The parts into which an input can be divided; none if it is short, a photo, or elsewhere."""
    one, options = task.one.input, task.options
    if not isinstance(one, File) or isinstance(one, RemoteFile) or one.kind == PHOTO:
        return []
    return parts_of(_analyzer(task.chosen).judge, one.path, every_s=options.every_s, track=options.track, part_s=PART_S)


def _done_before(batch: Batch, one: Named) -> Done | None:
    try:
        return batch.done_before(one)
    except (AiducationError, OSError):
        return None  # analyzing it says what is wrong


@contextmanager
def _on_this_machine(one: Named, *, force: bool) -> Iterator[Named]:
    """An input as a file that can be opened; one elsewhere is copied until the block ends."""
    if not isinstance(one.input, RemoteFile):
        yield one
        return
    assert one.input.where is not None
    try:
        with copied(one.input.where, one.input.version) as (kind, path):
            try:
                yield replace(one, input=Copied(kind, path, one.input.name))
            except AiducationError as error:
                raise type(error)(str(error).replace(str(path), one.source)) from error
    except NotCopiedError as error:
        raise DataFileError(f"{error} {go_on(force=force)}") from error


def _without_places(done: Done, one: Named) -> str:
    """An error, with the name of its source in the place of where that lies: addresses and folders are nobody's business."""
    error = done.error
    if isinstance(done.input, Copied):
        error = error.replace(str(done.input.path), one.source)
    if isinstance(one.input, RemoteFile):
        error = error.replace(str(one.input.where), one.source)
    return error


def _note_failure(
    manifest: Manifest, one: Named, why: str, elsewhere: RemoteResults | None, tell: Callable[[str], None]
) -> None:
    """Write down what failed, unless there are whole results of it from before."""
    before = manifest.entries.get(one.stem)
    if before and before.complete:
        return
    kind = "photo" if one.input.kind == PHOTO else "recording"
    nothing = Summary(kind=kind, frames=0, counts={"unclear": 0}, faces=0, judged=None, shares=None, words="failed")
    path = str(getattr(one.input, "path", "")) or one.source
    entry = Entry(
        stem=one.stem,
        source=as_text(one.source),
        made_from={"file": one.identity},
        files=before.files if before else (),
        complete=False,
        summary=before.summary if before else nothing,
        error=as_text(why.replace(path, one.source))[:4000],
    )
    manifest.add(entry)
    if elsewhere:
        try:
            elsewhere.note_failure(entry)
        except (OutputError, DataFileError) as error:
            tell(str(error))


@contextmanager
def _addresses_in_errors(elsewhere: RemoteResults | None) -> Iterator[None]:
    """Errors about the folder that stands for one elsewhere name that one."""
    try:
        yield
    except AiducationError as error:
        if elsewhere is None:
            raise
        words = str(error).replace(f"{elsewhere.folder}/", f"{elsewhere.place}/")
        raise type(error)(words.replace(str(elsewhere.folder), str(elsewhere.place))) from error


def _analyzer(options: Chosen) -> Analyzer:
    """The analyzer of this process: made once, not for each input. Workers of a scheduler stay, and the next command may have
    another model in the same file."""
    model = dict(options).get("model")
    state = model.stat() if model and model.is_file() else None
    return _made(options, (state.st_mtime_ns, state.st_size) if state else None)


@lru_cache(maxsize=1)
def _made(options: Chosen, _: tuple[int, int] | None) -> Analyzer:
    return Analyzer(**dict(options))


@lru_cache(maxsize=1)
def _manifest(folder: Path) -> Manifest:
    """The manifest of the folder that this process works for: a term's has thousands of lines, which are read once."""
    return Manifest(folder)


def _absolute(one: Named) -> Named:
    """An input by a path that means the same in every working folder."""
    if isinstance(one.input, File) and not isinstance(one.input, RemoteFile):
        return replace(one, input=replace(one.input, path=one.input.path.absolute(), place=one.input.name))
    return one
