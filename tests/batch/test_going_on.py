"""What messages of a batch say of how its reader goes on: --resume and --force exclude each other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aiducation.batch import claims, tasks
from aiducation.batch.claims import TakenOverError, claimed, writing
from aiducation.batch.names import Named
from aiducation.batch.options import SaveOptions, go_on
from aiducation.batch.tasks import Task, run_task
from aiducation.errors import ConfigError, OutputError
from aiducation.media.inputs import RemoteFile
from aiducation.media.places import Place, Version
from aiducation.media.remote_files import NotCopiedError
from aiducation.temporary import new_folder_beside

OPTIONS = SaveOptions(formats=("json",))


class Memory:
    """A place elsewhere that is in memory: what claims need of one."""

    def __init__(self, content: dict[str, bytes], name: str = "") -> None:
        self._content, self.name = content, name

    def __truediv__(self, below: str) -> Memory:
        return Memory(self._content, f"{self.name}/{below}".lstrip("/"))

    def __str__(self) -> str:
        return "s3://bucket/out"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Memory) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def find(self) -> dict[str, None]:
        return {name.removeprefix(f"{self.name}/"): None for name in self._content if name.startswith(f"{self.name}/")}

    def read_if_there(self) -> bytes | None:
        return self._content.get(self.name)

    def write(self, content: bytes) -> None:
        self._content[self.name] = content

    def delete(self) -> None:
        self._content.pop(self.name, None)


@pytest.fixture
def place() -> Place:
    return cast(Place, Memory({}))


@pytest.fixture
def remote(tmp_path: Path) -> Task:
    """The task of a photo elsewhere, whose result goes elsewhere, too."""
    where = Place.of("s3://bucket/term/a.jpg")
    photo = RemoteFile("photo", Path("a.jpg"), "a.jpg", where=where, version=Version(4, "1"), fingerprint="f")
    one = Named(input=photo, source="a.jpg", stem="a", identity=["a.jpg", 4, "f"])
    return Task(chosen=(), one=one, copies=(), out=Place.of("s3://bucket/out"), options=OPTIONS)


def forced(task: Task, force: bool) -> Task:
    return replace(task, options=replace(OPTIONS, force=force, resume=not force))


def test_the_sentence_names_what_the_command_line_allows() -> None:
    assert go_on(force=False) == "Run the same command again with --resume to continue."
    assert go_on(force=True).startswith("Run the same command again with --resume in place of --force to continue;")
    with pytest.raises(ConfigError, match="--force starts again and --resume continues"):
        SaveOptions(force=True, resume=True)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_another_command_has(place: Place, force: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT_S", 0.1)
    with (
        new_folder_beside(Path(tempfile.gettempdir())) as private,
        claimed(place, private, print, force=False),
        pytest.raises(OutputError, match="Another command writes into s3://bucket/out now") as told,
        claimed(place, private, print, force=force),
    ):
        pass
    assert ("--resume" in str(told.value)) is not force, "with --force, the same command does what was asked for"


def test_who_slept_after_a_look_looks_again(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before is no sign that the other command does not go on: it did meanwhile."""
    other, content, looks, now_s = place / "claims/other.json", claims._content, list[Place](), [0.0]
    other.write(b'{"beat": 1, "asks": false}')

    def slept(sign: Place) -> bytes | None:
        said = content(sign)
        looks.extend([sign] * (sign == other))
        if len(looks) == 2:
            now_s[0] += 1000
            other.write(b'{"beat": 200, "asks": false}')
        return said

    monkeypatch.setattr(claims, "_content", slept)
    monkeypatch.setattr(claims, "time", SimpleNamespace(monotonic=lambda: now_s[0], sleep=lambda _: None))
    with (
        pytest.raises(OutputError, match="Another command writes into s3://bucket/out now"),
        claimed(place, tmp_path, print, force=False),
    ):
        pass
    assert len(looks) == 3 and other.read_if_there() is not None


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_was_taken_over(place: Place, force: bool, tmp_path: Path) -> None:
    gone = place / "claims/gone.json"
    with pytest.raises(TakenOverError, match="taken over") as told, writing(place, gone, tmp_path, force=force):
        pass
    assert str(told.value).endswith(go_on(force=force))


@pytest.mark.parametrize("force", [False, True])
def test_a_recording_that_is_not_copied(remote: Task, force: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def copied(where: Place, *_: Any) -> Iterator[Any]:
        raise NotCopiedError(f"{where} was changed or deleted after it was listed.")
        yield

    monkeypatch.setattr(tasks, "copied", copied)
    error = run_task(forced(remote, force)).done.error
    assert error == f"a.jpg was changed or deleted after it was listed. {go_on(force=force)}"


@pytest.mark.parametrize("force", [False, True])
def test_a_recording_whose_name_is_taken(
    remote: Task, force: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def of_another(*_: Any) -> Any:
        class Entry:
            error, made_from = "", {"file": ["b.jpg", 5, "g"]}

        return Entry

    monkeypatch.setattr(tasks, "copied", at_once(tmp_path))
    monkeypatch.setattr(tasks, "entry_at", of_another)
    error = run_task(forced(remote, force)).done.error
    assert "has saved another recording as a meanwhile" in error and go_on(force=force) in error


@pytest.mark.parametrize("force", [False, True])
def test_an_error_while_a_copy_is_open_is_told_once(
    remote: Task, force: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken_over = TakenOverError.of(Place.of("s3://bucket/out"), force=force)

    def put(*_: Any) -> Any:
        raise taken_over

    monkeypatch.setattr(tasks, "copied", at_once(tmp_path))
    monkeypatch.setattr(tasks, "_into_place", put)
    assert run_task(forced(remote, force)).done.error == str(taken_over)


def at_once(folder: Path) -> Any:
    """A copy without anything to copy from."""

    @contextmanager
    def copied(*_: Any) -> Iterator[tuple[str, Path]]:
        yield "photo", folder / "copy.jpg"

    return copied
