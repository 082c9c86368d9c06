"""The jobs of a server while several threads are about them, and what stays of them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aiducation.exports.hiding import Hide
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.texts import Texts
from aiducation.web import formats, sent_files
from aiducation.web.jobs import CANCELLED, DONE, RUNNING, Job, Jobs
from aiducation.web.last_result import LastResult
from aiducation.web.problems import Problem
from aiducation.web.sent_files import SentFiles, delete_folder
from aiducation.web.settings import Limits
from aiducation.web.uploads import Upload
from makers import recording_of
from waiting import PATIENCE_S, until


class Analyzed:
    """Stands for an analyzer: what it gives is known before."""

    def __init__(self) -> None:
        self.recording = recording_of([[np.array([0.9, 0.1, 0, 0, 0])]] * 3)
        self.job: Job | None = None

    def video(self, *_: Any, **__: Any) -> Any:
        if self.job:
            self.job.stop.set()
        return self.recording


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    engine = SimpleNamespace(limits=Limits(), analyzer=Analyzed(), checked=lambda faces: faces)
    made = Jobs(engine, tmp_path)  # type: ignore[arg-type]
    yield made
    made.close()


def add(jobs: Jobs, name: str, client: str = "10.0.0.1") -> Job:
    folder = jobs._folder / name
    folder.mkdir()
    upload = Upload(folder / "upload", "a.mp4", 1)
    hidden: Hide = False
    return jobs.add(
        upload, client=client, every_s=1, min_group=1, hide_faces=hidden, texts=Texts(), video=False, track=None
    )


def done(jobs: Jobs, name: str) -> Job:
    job = add(jobs, name)
    until(lambda: job.over)
    assert job.state == DONE
    return job


def test_a_recording_is_taken_up_while_old_ones_are_looked_for(jobs: Jobs) -> None:
    """An error there would end the task that deletes what has run out of time."""

    class Served(dict[str, float]):
        """Who was served when; while it is gone through, the other thread goes on."""

        def items(self) -> Any:
            for one in super().items():
                yield one
                taking = threading.Thread(target=jobs._next)
                taking.start()
                taking.join(0.2)
                threads.append(taking)

    threads: list[threading.Thread] = []
    for number in range(2):
        add(jobs, f"{number}", f"10.0.0.{number}")
        jobs._next()
    last = [add(jobs, f"{number}", f"10.0.0.{number}") for number in range(2, 4)]
    jobs._served = Served(jobs._served)
    jobs.sweep()
    for thread in threads:
        thread.join()
    assert [job.state for job in last] == [RUNNING] * 2


def test_nothing_of_a_deleted_recording_stays_in_memory(jobs: Jobs) -> None:
    jobs.start()
    first, second = done(jobs, "first"), done(jobs, "second")
    hide = Annotation(kind="hide", target=Target(source="made up.mp4", track=0))
    jobs.edit(first, annotations=Annotations((hide,)))
    assert len(jobs.result(first).frames[0]) == 0 and len(jobs.result(second).frames[0]) == 1
    jobs.delete(first)
    assert jobs._last._edited is None and jobs._last._seen is not None, "the other one's may stay"
    jobs.delete(second)
    assert jobs._last._seen is None


def test_nor_of_one_that_is_deleted_while_it_is_read(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.start()
    job, other = done(jobs, "first"), done(jobs, "second")
    read = LastResult.seen

    def late(*given: Any) -> Any:
        found = read(*given)
        jobs.delete(job)
        jobs._last.keep(job.id, found)  # as where it comes a moment later
        return found

    monkeypatch.setattr(LastResult, "seen", late)
    with pytest.raises(Problem, match="deleted"):
        jobs.result(job)
    assert jobs._last._seen is None and other.state == DONE


def test_a_job_that_is_stopped_after_its_last_frame_writes_nothing(jobs: Jobs) -> None:
    job = add(jobs, "first")
    jobs._engine.analyzer.job = job  # type: ignore[attr-defined]
    jobs.start()
    until(lambda: job.over)
    assert job.state == CANCELLED and list(job.folder.iterdir()) == []


#: Ends while a job classifies faces and does not hear that it is to stop: it goes on until nothing but this thread is left.
ENDS = """
import sys, threading
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from aiducation.texts import Texts
from aiducation.vision.classifier import Classifier
from aiducation.web import jobs
from aiducation.web.settings import Limits
from aiducation.web.uploads import Upload

jobs._ENDS_S, begun = 0.01, threading.Event()
classifier, faces = Classifier(threads=1), np.zeros((20, 48, 48), np.uint8)

class Analyzer:
    def video(self, *_, **__):
        begun.set()
        while threading.main_thread().is_alive():
            classifier.probs(faces)
        for _ in range(5):
            classifier.probs(faces)
        raise jobs.Cancelled

made = jobs.Jobs(SimpleNamespace(limits=Limits(), analyzer=Analyzer()), Path(sys.argv[1]))
made.start()
upload = Upload(Path(sys.argv[1]) / "job" / "upload", "a.mp4", 1)
made.add(upload, client="", every_s=1, min_group=1, hide_faces=False, texts=Texts(), video=False)
begun.wait()
made.close()
"""


@pytest.mark.slow
def test_a_server_that_ends_amid_a_picture_is_not_aborted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENDS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr


def test_what_a_job_writes_after_everything_was_deleted_goes_too(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends waits some seconds for a job, then deletes its folder; on a slow machine the result comes later."""
    monkeypatch.setattr("aiducation.web.jobs._ENDS_S", 0.0)
    writes, deleted = threading.Event(), threading.Event()
    write = formats.write

    def late(*given: Any) -> Any:
        writes.set()
        assert deleted.wait(PATIENCE_S)
        return write(*given)

    monkeypatch.setattr(formats, "write", late)
    jobs.start()
    job = add(jobs, "first")
    assert writes.wait(PATIENCE_S)
    jobs.close()
    delete_folder(tmp_path)
    deleted.set()
    jobs._worker.join(PATIENCE_S)
    assert job.over and not tmp_path.exists()


def test_no_file_is_sent_of_a_folder_that_is_being_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its headers would go out, and then nothing."""
    path, files, seen = tmp_path / "job" / "a.csv", SentFiles(), list[bool]()
    path.parent.mkdir()
    path.write_text("a")

    def send() -> None:
        with files.opening(path):
            seen.append(path.is_file())

    def delete(folder: Path) -> None:
        sending.start()
        sending.join(0.2)
        delete_folder(folder)

    sending = threading.Thread(target=send)
    monkeypatch.setattr(sent_files, "delete_folder", delete)
    files.delete(path.parent)
    sending.join()
    assert seen == [False]
