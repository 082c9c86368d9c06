"""Jobs: recordings wait for their turn in a bounded queue, are analyzed one after the other, and are forgotten in time."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from aiducation.exports.annotated_video import VIDEO, annotated_video
from aiducation.exports.format import Material
from aiducation.exports.hiding import Hide
from aiducation.observations.recording import Recording
from aiducation.tables.dialects import STANDARD
from aiducation.texts import Texts
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.sessions import give_memory_back
from aiducation.web import formats
from aiducation.web.arrivals import Arrival, give_up_slowest
from aiducation.web.edits import Edits
from aiducation.web.engine import Engine
from aiducation.web.last_result import LastResult
from aiducation.web.problems import Problem, problem_of
from aiducation.web.sent_files import SentFiles, gone
from aiducation.web.settings import is_loopback
from aiducation.web.uploads import Upload

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
STATES = (QUEUED, RUNNING, DONE, FAILED, CANCELLED)

#: Seconds for which the end of a job that was stopped is waited for: to read through a large file is not interrupted.
_ENDS_S = 10.0

_log = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818 - no error: somebody asked for it
    """Raised inside the analysis to end it."""


@dataclass(eq=False)
class Job:
    """One recording on its way.

    Attributes:
        id: cannot be guessed; who knows it may see and delete the job.
        upload: the recording's file and the client's name for it.
        client: the address that sent it.
        analyzer: what analyzes it, under the assumptions that were asked for.
        every_s, min_group, hide_faces, texts, video, track: how to analyze and what to make, in which language.
        state: of ``STATES``.
        done_s, total_s: how far the analysis is, in seconds of the recording; ``total_s`` is None if the file does not say.
        started: when the analysis began, on the monotonic clock; 0 before.
        took_s: seconds that it took.
        problem: why it failed.
        complete: once it is done: whether all of it was analyzed.
        version: grows with every change, for those who wait for one.
        touched: when it was last asked for, on the monotonic clock.
        stop: set to end the analysis.
        writing: held while a file of the result is made, so that two requests do not make it at once.
        edits: what people changed in the result.
    """

    id: str
    upload: Upload
    client: str
    analyzer: Analyzer
    every_s: float
    min_group: int
    hide_faces: Hide
    texts: Texts
    video: bool
    track: int | None = None
    state: str = QUEUED
    done_s: float = 0.0
    total_s: float | None = None
    started: float = 0.0
    took_s: float = 0.0
    problem: Problem | None = None
    complete: bool | None = None
    version: int = 0
    touched: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    writing: threading.Lock = field(default_factory=threading.Lock)
    edits: Edits = field(default_factory=Edits)

    @property
    def folder(self) -> Path:
        """Where everything about it lies."""
        return self.upload.path.parent

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in (DONE, FAILED, CANCELLED)

    def left_s(self) -> float | None:
        """Seconds until it is done, as far as can be told."""
        spent = time.monotonic() - self.started
        if self.state != RUNNING or not self.total_s or self.done_s < 1 or spent < 1:
            return None
        return max(0.0, spent * (self.total_s - self.done_s) / self.done_s)


class Jobs:
    """All jobs of a server; ``start`` and ``close`` the thread that works on them.

    Args:
        engine: what analyzes.
        folder: where uploads and results lie.

    Attributes:
        files: which of their files are being sent.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder, self._limits = engine, folder, engine.limits
        self.files = SentFiles()
        self._jobs: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._arrivals: dict[Arrival, str] = {}
        self._served: dict[str, float] = {}  # when the last recording of an address began
        self._closing = False
        self._last = LastResult()
        # Not a daemon: Python ends those at its own end, and ONNX Runtime then ends the whole process with an abort.
        self._worker = threading.Thread(target=self._work, name="recordings")

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def close(self) -> None:
        """End the job at hand and the work."""
        with self._changed:
            self._closing = True
            for job in self._jobs.values():
                job.stop.set()
            self._changed.notify_all()
        if self._worker.is_alive():
            self._worker.join(timeout=_ENDS_S)
        self._jobs.clear()  # a job that goes on is one that was deleted

    @contextmanager
    def new_folder(self, client: str) -> Iterator[tuple[Path, Arrival]]:
        """A folder for an upload and its arrival; the folder becomes the job's with ``add``, without a job it goes in the end.

        Args:
            client: the address that sends it. A quarter of the places are for those who hold fewer; this machine has them all.

        Raises:
            Problem: the queue is full, uploads counted: it is told before the upload, so that this is not in vain. An upload
                that hardly moves gives its place to the new one.
        """
        queued = [job.client for job in self._jobs.values() if job.state == QUEUED]
        holders, most = [*self._arrivals.values(), *queued], self._limits.waiting
        share = most if is_loopback(client) else most - most // 4
        if len(holders) >= most and not give_up_slowest(self._arrivals):
            words = f"{len(holders)} recordings are already waiting; try again soon."
            raise Problem("too_many_requests", words, retry_after_s=30)
        if (own := holders.count(client)) >= share:
            words = f"{own} of your recordings are already waiting; try again soon."
            raise Problem("too_many_requests", words, retry_after_s=30)
        folder, arrival = self._folder / secrets.token_urlsafe(16), Arrival()
        folder.mkdir(mode=0o700)
        self._arrivals[arrival] = client
        try:
            yield folder, arrival
        finally:
            del self._arrivals[arrival]
            if folder.name not in self._jobs:
                self.files.delete(folder)

    def add(
        self,
        upload: Upload,
        *,
        client: str,
        analyzer: Analyzer | None = None,
        every_s: float,
        min_group: int,
        hide_faces: Hide,
        texts: Texts,
        video: bool,
        track: int | None = None,
    ) -> Job:
        """Queue a recording, whose upload lies in a folder of ``new_folder``; the server's analyzer looks unless one is given."""
        with self._changed:
            chosen = analyzer or self._engine.analyzer
            job = Job(
                upload.path.parent.name, upload, client, chosen, every_s, min_group, hide_faces, texts, video, track
            )
            self._jobs[job.id] = job
            self._changed.notify_all()
        return job

    def get(self, job_id: str) -> Job:
        """The job of that id.

        Raises:
            Problem: there is none.
        """
        job = self._jobs.get(job_id)
        if job is None:
            raise gone()
        job.touched = time.monotonic()
        return job

    def position(self, job: Job) -> int:
        """How many recordings come before it."""
        running = [other for other in self._jobs.values() if other.state == RUNNING]
        order = running + self._in_turn()
        return order.index(job) if job in order else 0

    def _in_turn(self) -> list[Job]:
        """The waiting recordings: the first of each client, those whose turn was longest ago before the others, then the second
        of each, and so on."""
        clients = sorted({job.client for job in self._jobs.values()}, key=lambda one: self._served.get(one, -1))
        waiting = {
            one: [job for job in self._jobs.values() if job.state == QUEUED and job.client == one] for one in clients
        }
        rounds = zip_longest(*waiting.values())
        return [job for one_each in rounds for job in one_each if job]

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        states = [job.state for job in self._jobs.values()]
        return {state: states.count(state) for state in STATES}

    def delete(self, job: Job) -> None:
        """Stop the job and delete all that is known of it, as soon as the analysis has released it."""
        with self._changed:
            self._jobs.pop(job.id, None)
            job.stop.set()
            self._last.forget(job.id)
            if job.state != RUNNING:
                self._end(job, CANCELLED if job.state == QUEUED else job.state)
                self.files.delete(job.folder)

    def sweep(self) -> None:
        """Delete what nobody has asked for in a while, and the oldest results beyond the limit."""
        now = time.monotonic()
        finished = sorted((job for job in self._jobs.values() if job.over), key=lambda job: job.touched)
        many = len(finished) - self._limits.finished
        with self._changed:  # the thread that works adds to what is gone through here
            known = {job.client for job in self._jobs.values()}
            self._served = {client: at for client, at in self._served.items() if client in known}
        for number, job in enumerate(finished):
            if number < many or now - job.touched > self._limits.keep_s:
                self.delete(job)

    def edit(self, job: Job, *, known: int | None = None, **changes: Any) -> None:
        """Change the edits as ``Edits.changed`` does; results and files follow. It waits while a file of the job is written: call
        it in a thread."""
        with job.writing:
            old, job.edits = job.edits, job.edits.changed(known, **changes)
            for folder in filter(None, (old.folder, old.named_folder)):
                self.files.delete(job.folder / folder)
            self._last.forget_edits()

    def result(self, job: Job) -> Recording:
        """What was seen, as people changed it.

        Raises:
            Problem: it is not done.
        """
        edits, original = job.edits, self.original(job)
        return self._unless_deleted(job, self._last.edited(job.id, edits, original)) if edits.annotations else original

    def original(self, job: Job) -> Recording:
        """What was seen, before anybody changed it.

        Raises:
            Problem: it is not done.
        """
        if job.state != DONE:
            raise Problem("not_ready", f"The recording is {job.state}; there is no result.")
        return self._unless_deleted(job, self._last.seen(job.id, job.folder / f"{formats.STEM}.json"))

    def _unless_deleted(self, job: Job, recording: Recording) -> Recording:
        if job.id not in self._jobs:  # while its result was read
            self._last.forget(job.id)
            raise gone()
        return recording

    def file(
        self,
        job: Job,
        name: str,
        *,
        texts: Texts,
        min_group: int | None = None,
        csv_dialect: str = STANDARD,
        names: bool = False,
    ) -> Path:
        """The result as a file, with figures of groups that have ``min_group`` faces, and where asked with the names of tracks;
        see ``formats.write``."""
        smallest, folder = min_group or job.min_group, job.folder
        format_, _ = formats.downloads(recording=True)[name]
        with job.writing:
            if format_.write:  # a video is drawn once, before anything is changed
                folder = folder / (job.edits.named_folder if names else job.edits.folder)
                folder = folder / (f"group-{smallest}" if smallest != job.min_group else "")
            material = Material(
                result=self.result(job),
                hide_faces=job.hide_faces,
                min_group=smallest,
                csv_dialect=csv_dialect,
                texts=texts,
                names=job.edits.names if names else {},
            )
            try:
                return formats.write(material, folder, name)
            finally:
                if job.id not in self._jobs:  # deleted meanwhile; a write that fails leaves something, too
                    self.files.delete(job.folder)
                    raise gone()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            state = FAILED
            try:
                self._analyze(job)
                state = DONE
            except Cancelled:
                state = CANCELLED
            except Exception as error:
                job.problem = problem_of(error, path=job.upload.path, name=job.upload.name)
                if job.problem.code == "internal":
                    _log.exception("The analysis of a recording failed.")
            with self._changed:
                self._end(job, state)
                if job.id not in self._jobs:  # it was deleted meanwhile, or everything
                    self._last.forget(job.id)
                    self.files.delete(self._folder if self._closing else job.folder)
            give_memory_back()

    def _next(self) -> Job | None:
        with self._changed:
            while not self._closing:
                job = next(iter(self._in_turn()), None)
                if job:
                    job.state, job.started = RUNNING, time.monotonic()
                    self._served[job.client] = job.started
                    job.version += 1
                    return job
                self._changed.wait()
        return None

    def _analyze(self, job: Job) -> None:
        video = job.folder / f"{formats.STEM}{VIDEO.recording[0].ending}" if job.video else None
        with annotated_video(video, hide_faces=job.hide_faces, texts=job.texts) as draw:
            recording = job.analyzer.video(
                job.upload.path,
                source=job.upload.name,
                every_s=job.every_s,
                on_frame=draw,
                min_group=job.min_group,
                progress=self._progress(job),
                max_pixels=self._limits.recording_pixels,
                track=job.track,
            )
        if job.stop.is_set():  # since the last frame
            raise Cancelled
        for faces in recording.frames:
            self._engine.checked(faces)
        self._last.keep(job.id, recording)
        job.complete, job.done_s = recording.complete, max(job.done_s, recording.length_s)
        material = Material(result=recording, hide_faces=job.hide_faces, min_group=job.min_group)
        formats.write(material, job.folder, "json")

    def _progress(self, job: Job) -> Callable[[float, float | None], None]:
        before_s, last_s = 0.0, 0.0

        def progress(done_s: float, total_s: float | None) -> None:
            nonlocal before_s, last_s
            self._engine.turns.give_way()
            if job.stop.is_set():
                raise Cancelled
            if max(done_s, total_s or 0.0) > self._limits.seconds:
                hours = self._limits.seconds / 3600
                words = f"The recording is longer than {hours:g} hours, the limit; cut it into parts."
                raise Problem("too_large", words)
            before_s = last_s if done_s < last_s else before_s  # it is read a second time, to draw
            last_s = done_s
            job.done_s, job.total_s = (before_s + done_s) / (1 + job.video), total_s
            job.version += 1

        return progress

    def _end(self, job: Job, state: str) -> None:
        job.touched = time.monotonic()
        job.took_s = job.touched - (job.started or job.touched)
        job.state = state
        job.version += 1
