"""Every kind of file that the project reads back, mutated at random, through the real commands: passed over or refused in a
sentence with a documented exit code, never a traceback, and the work is there.

AIDUCATION_FUZZ=20000 pytest -s tests/end_to_end/test_odd_records.py    tries so many mutations in all, instead of 150, and
prints how many were passed over and refused
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from aiducation import cli
from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.data.dataset import Dataset
from aiducation.errors import AiducationError, DataFileError
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json, to_json
from aiducation.observations.schema import schema
from aiducation.vision.analyzer import Analyzer
from makers import faces_of, recording_of
from mutations import mutated_bytes, mutated_texts, mutated_values
from needs import need_package
from picture_makers import animation, encoded, small

pytestmark = [pytest.mark.hostile, pytest.mark.filterwarnings("default")]

COUNT = int(os.environ.get("AIDUCATION_FUZZ", "150"))
DOCUMENTED = {0, 1, 2}
TINY = "B1_N1_FC0_K3_AP1"

#: What may stand in a file's place.
PLACES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "zeros": lambda path: os.truncate(_made(path), 200_000_000),  # a file with a hole: it takes no room
    "junk": lambda path: path.write_bytes(random.Random(1).randbytes(100_000)),
} | ({"a pipe": lambda path: os.mkfifo(path)} if hasattr(os, "mkfifo") else {})


def say(line: str) -> None:
    """A line for who runs the tests with -s."""
    sys.__stdout__.write(line + "\n")  # type: ignore[union-attr]


def _made(path: Path) -> Path:
    path.touch()
    return path


@dataclass
class Tally:
    """What became of the mutations of one kind of file."""

    kind: str
    codes: Counter[int] = field(default_factory=Counter)
    tracebacks: list[str] = field(default_factory=list)

    def show(self) -> None:
        tried = sum(self.codes.values()) + len(self.tracebacks)
        bad = len(self.tracebacks)
        say(
            f"{self.kind}: {tried:,} tried, {self.codes[0]:,} passed over, {tried - self.codes[0] - bad:,} refused, {bad} bad"
        )
        assert not self.tracebacks, self.tracebacks[0]


#: Runs a command and counts it: ``command(tally, what, "report", folder)`` gives code, stdout and stderr.
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    import signal

    def run(tally: Tally, what: str, *words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["aiducation", *map(str, words)])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        except BaseException as error:
            tally.tracebacks.append(f"{tally.kind}, {what[:300]}: {type(error).__name__}: {error}")
            return -1, "", ""
        shown = capsys.readouterr()
        tally.codes[code] += 1
        if code not in DOCUMENTED or "Traceback" in shown.err or (code and not shown.err.strip()):
            tally.tracebacks.append(f"{tally.kind}, {what[:300]}: exit {code}: {shown.err[-500:]}")
        elif code and len(shown.err.strip().splitlines()[-1]) > 1000:
            tally.tracebacks.append(f"{tally.kind}, {what[:300]}: too long: {shown.err[-1500:]}")
        return code, shown.out, shown.err

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def share(part: float) -> int:
    """So many of all mutations are for one kind of file."""
    return max(int(COUNT * part), 3)


def odd_files(path: Path, contents: Iterator[bytes]) -> Iterator[str]:
    """Puts each content, then whatever else may stand there, in the place of a file; gives what it is."""
    for content in contents:
        _clear(path)
        path.write_bytes(content)
        yield repr(content)
    for name, make in PLACES.items():
        _clear(path)
        make(path)
        yield name
    _clear(path)


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# The side that analyzes


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Faces in a result, without the numbers of their tracks, which are drawn."""
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["faces"]
    return [{name: value for name, value in row.items() if name != "track_id"} for row in rows]


def check_same(rows: list[dict[str, Any]], wanted: list[dict[str, Any]], what: str) -> None:
    """The same faces; a checkpoint keeps numbers as the JSON rounds them, and probabilities are smoothed again from these."""
    assert len(rows) == len(wanted), what
    for row, other in zip(rows, wanted, strict=True):
        for name, value in row.items():
            if isinstance(value, float):
                near = 0.0005 if name.startswith(("p_", "confidence", "time")) else 0.11
                assert other[name] == pytest.approx(value, abs=near), (name, what)
            elif name != "landmarks":
                assert other[name] == value, (name, what)


def figures(shown: str) -> list[str]:
    """What a command said of each input, by whatever name."""
    return sorted(str({**row, "source": ""}) for row in json.loads(shown)["results"])


@pytest.mark.slow
def test_register(tmp_path: Path, command: Command) -> None:
    """Whatever it says, ``--resume`` gives what a first run gave."""
    given, rng, tally = tmp_path / "given", random.Random(1), Tally("manifest")
    given.mkdir()
    for name, width in (("one", 96), ("two", 80)):
        (given / f"{name}.jpg").write_bytes(encoded(small(width), "JPEG"))
    words = ("analyze", given, "--save", "json", "--json", "--resume", "--out")
    _, first, _ = command(tally, "as it is", *words, tmp_path / "whole")
    manifest = (tmp_path / "whole" / "results.jsonl").read_bytes()
    lines = manifest.decode().splitlines()
    results = {path.name: rows_of(path) for path in (tmp_path / "whole").glob("*.json")}

    def contents() -> Iterator[bytes]:
        for line in mutated_texts(lines[-1], rng, share(0.06)):
            yield "\n".join(lines[:-1]).encode() + b"\n" + line + b"\n"
        for _ in range(share(0.03)):
            yield mutated_bytes(manifest, rng)

    for number, what in enumerate(odd_files(tmp_path / "results.jsonl", contents())):
        out = tmp_path / f"out{number}"
        shutil.copytree(tmp_path / "whole", out)
        (out / "results.jsonl").unlink()
        if os.path.lexists(tmp_path / "results.jsonl"):
            (tmp_path / "results.jsonl").rename(out / "results.jsonl")
        code, shown, _ = command(tally, what, *words, out)
        if code == 0:
            assert figures(shown) == figures(first), what
        for name, rows in results.items():
            assert rows_of(out / name) == rows, f"lost: {what}"
        _clear(out / "results.jsonl")
        shutil.rmtree(out)
    tally.show()
    assert tally.codes[0] > 10


@pytest.mark.slow
def test_checkpoint(tmp_path: Path, command: Command) -> None:
    """Whatever it says, the resumed recording is what an uninterrupted one is."""
    path, rng, tally = tmp_path / "a.gif", random.Random(2), Tally("checkpoint")
    path.write_bytes(animation("GIF", [250] * 36))
    words = ("analyze", path, "--save", "json", "--json", "--resume", "--every", 0.25, "--out")
    command(tally, "as it is", *words, tmp_path / "whole")
    wanted = rows_of(tmp_path / "whole" / "a.json")
    head = _checkpoint_of(tmp_path, path, command, tally)
    lines = head.decode().splitlines(keepends=True)
    assert len(lines) > 24

    def contents() -> Iterator[bytes]:
        for line in mutated_texts(lines[3], rng, share(0.03)):
            yield "".join(lines[:3]).encode() + line + b"\n" + "".join(lines[4:]).encode()
        for line in mutated_texts(lines[0], rng, share(0.02)):
            yield line + b"\n" + "".join(lines[1:]).encode()
        for _ in range(share(0.02)):
            yield mutated_bytes(head, rng)
        yield "".join([lines[0], *lines[:0:-1]]).encode()  # times that go backwards
        yield "".join([*lines[:4], *lines[2:]]).encode()  # a frame twice
        yield "".join([*lines[:3], *lines[4:]]).encode()  # one frame less

    for number, what in enumerate(odd_files(tmp_path / "a.part.jsonl", contents())):
        out = tmp_path / f"out{number}"
        out.mkdir()
        if os.path.lexists(tmp_path / "a.part.jsonl"):
            (tmp_path / "a.part.jsonl").rename(out / "a.part.jsonl")
        code, shown, _ = command(tally, what, *words, out)
        if code == 0:
            (result,) = out.glob("*.json")
            check_same(rows_of(result), wanted, what)
            assert json.loads(shown)["results"][0]["frames"] == len({row["time_s"] for row in wanted}), what
        shutil.rmtree(out)
    tally.show()
    assert tally.codes[0] > 10


def _checkpoint_of(folder: Path, recording: Path, command: Command, tally: Tally) -> bytes:
    """What a stopped analysis left."""
    stopped = Analyzer.video

    def stopping(self: Analyzer, path: Path, **options: Any) -> Recording:
        def progress(done: float, total: float | None) -> None:
            if done > 6.5:
                raise KeyboardInterrupt

        return stopped(self, path, **{**options, "progress": progress})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Analyzer, "video", stopping)
        out = folder / "stopped"
        patch.setattr(
            sys,
            "argv",
            ["aiducation", "analyze", str(recording), "--save", "json", "--every", "0.25", "--out", str(out)],
        )
        with pytest.raises(SystemExit) as exit_:
            cli.main()
    assert exit_.value.code == 130
    return (out / "a.part.jsonl").read_bytes()


def alike(one: Any, other: Any) -> bool:
    """The same JSON, but for digits that rounding takes."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float):
        return type(other) in (int, float) and math.isclose(one, other, abs_tol=0.05)
    return bool(one == other)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["photo", "recording"])
def test_results(kind: str) -> None:
    """What is read is the same as what the file says, or it is refused."""
    probs = [np.array(row, np.float32) for row in ([0.2, 0.5, 0.1, 0.1, 0.1], [np.nan] * 5)]
    result = faces_of(probs) if kind == "photo" else recording_of([probs] * 4)
    whole = json.loads(json.dumps(to_json(result)))
    judge, rng, read, refused = jsonschema.Draft202012Validator(schema()), random.Random(3), 0, 0
    for value in mutated_values(whole, rng, COUNT * 5):
        try:
            again = to_json(from_json(value))
        except DataFileError as error:
            assert len(str(error)) < 400 and str(error).isprintable()
            refused += 1
            continue
        read += 1
        judge.validate(again)
        given = {name: item for name, item in value.items() if name not in ("group", "generator", "model", "decoding")}
        for name, item in given.items():
            assert alike(again[name], item) or name in (
                "schema_version",
                "standing_s",
                "cuts_s",
                "low_confidence",
                "settings",
                "notes",
            ), name
        assert not math.isnan(sum(row["score"] for row in again["faces"]))
    say(f"results of a {kind}: {read + refused:,} tried, {read:,} read, {refused:,} refused, 0 bad")
    assert read and refused


# The side that trains


@pytest.fixture(scope="module")
def trained(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study's folder with one finished run of one epoch, and its plan. Read only: tests share it."""
    need_package("torch")
    from aiducation.training.study import read_study, run_study

    folder = tmp_path_factory.mktemp("study")
    (folder / "plan.toml").write_text(
        f'[train]\nepochs = 1\n[[grid]]\nmodels = ["{TINY}"]\nsplits = ["random"]\nseeds = [0]\n'
    )
    run_study(read_study(folder / "plan.toml"), Dataset.load(prepared), folder / "runs", device="cpu")
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A finished run, to damage."""
    return Path(shutil.copytree(trained / "runs" / "random" / TINY / "seed0", tmp_path / "run"))


def test_run_and_predictions(run: Path, prepared: Path, tmp_path: Path, command: Command) -> None:
    whole = shutil.copytree(run, tmp_path / "whole")
    for name, part in (("run.json", 0.1), ("split.json", 0.05), ("valid.npz", 0.05), ("log.csv", 0.02)):
        rng, tally, content = random.Random(name), Tally(name), (whole / name).read_bytes()
        changed = (
            mutated_texts(content.decode(), rng, share(part))
            if name.endswith("json")
            else (mutated_bytes(content, rng) for _ in range(share(part)))
        )
        for number, what in enumerate(odd_files(run / name, changed)):
            if name == "log.csv":
                from aiducation.runs import RunFolder

                read_or_refuse(tally, what, RunFolder(run).log)
                continue
            more = ("--data", prepared, "--device", "cpu") if name == "split.json" or number % 5 == 0 else ()
            code, out, _ = command(tally, what, "evaluate", run, "--split", "valid", "--json", *more)
            if code == 0:
                assert 0 <= json.loads(out)["scores"]["accuracy"]["estimate"] <= 1
            if not (run / name).is_file():
                shutil.rmtree(run)
                shutil.copytree(whole, run)
        shutil.copyfile(whole / name, run / name)
        for kept in ("best.safetensors", "checkpoint.safetensors"):
            assert (run / kept).read_bytes() == (whole / kept).read_bytes(), "weights were lost"
        tally.show()


@pytest.mark.slow
def test_weights(run: Path, prepared: Path, tmp_path: Path, command: Command) -> None:
    whole = shutil.copytree(run, tmp_path / "whole")
    resume = ("train", prepared, "--out", run, "--split", "random", "--model", TINY, "--epochs", 1, "--resume")
    for name in ("checkpoint.safetensors", "best.safetensors"):
        rng, tally, content = random.Random(name), Tally(name), (whole / name).read_bytes()
        size = int.from_bytes(content[:8], "little")
        head, rest = content[8 : 8 + size].decode(), content[8 + size :]

        def contents(head: str = head, rest: bytes = rest, rng: random.Random = rng) -> Iterator[bytes]:
            for changed in mutated_texts(head.strip(), rng, share(0.02)):
                yield len(changed).to_bytes(8, "little") + changed + rest
            value = json.loads(head)
            for info in mutated_texts(value["__metadata__"]["info"], rng, share(0.04)):
                changed = json.dumps({**value, "__metadata__": {"info": info.decode("utf-8", "replace")}}).encode()
                yield len(changed).to_bytes(8, "little") + changed + rest

        for what in odd_files(run / name, contents()):
            evaluating = ("evaluate", run, "--split", "train", "--data", prepared)
            words = resume if name.startswith("checkpoint") else evaluating
            command(tally, what, *words, "--device", "cpu")
            if not (run / name).is_file():
                shutil.rmtree(run)
                shutil.copytree(whole, run)
        shutil.copyfile(whole / name, run / name)
        tally.show()


def test_prepared_data(prepared: Path, tmp_path: Path, command: Command) -> None:
    data = shutil.copytree(prepared, tmp_path / "data")
    for name, part in (
        ("dataset.json", 0.06),
        ("splits/random.json", 0.06),
        ("duplicates.csv", 0.02),
        ("state.npy", 0.03),
    ):
        rng, tally, content = random.Random(name), Tally(name), (prepared / name).read_bytes()
        changed = (
            mutated_texts(content.decode(), rng, share(part))
            if name.endswith("json")
            else (mutated_bytes(content, rng) for _ in range(share(part)))
        )
        for what in odd_files(data / name, changed):
            if name == "duplicates.csv":
                read_or_refuse(tally, what, Dataset.load(data).duplicates)
            else:
                command(tally, what, "leaks", data, "random", "--json")
        shutil.copyfile(prepared / name, data / name)
        tally.show()


def test_study_file(trained: Path, tmp_path: Path, command: Command) -> None:
    """None of them is trained: what can be read asks for data that is not there."""
    text, rng, tally = (trained / "plan.toml").read_text(), random.Random(5), Tally("study file")
    changes = ("nan", "inf", "-1", "1e400", '"x"', "[]", "[[[]]]", "{}", "true", "1979-05-27", '["../../x"]', "9" * 400)

    def contents() -> Iterator[bytes]:
        for _ in range(share(0.05)):
            lines = text.splitlines()
            at = rng.randrange(len(lines))
            lines[at] = lines[at].split("=")[0] + "= " + rng.choice(changes)
            yield "\n".join(lines).encode()
            yield mutated_bytes(text.encode(), rng)
        yield b"a = " + b"[" * 10_000
        yield b"\xef\xbb\xbf" + text.encode()

    for what in odd_files(tmp_path / "plan.toml", contents()):
        code, *_ = command(
            tally, what, "study", tmp_path / "plan.toml", "--data", tmp_path / "none", "--out", tmp_path / "o"
        )
        assert code != 0
    tally.show()
    assert not (tmp_path / "o").exists()


def test_flagship_run(dataset: Dataset, tmp_path: Path) -> None:
    need_package("torch")
    from aiducation.training.flagship import FlagshipConfig
    from aiducation.training.flagship_export import open_flagship
    from aiducation.training.train_run import train_run

    config = FlagshipConfig(stem=4, stages=((4, 1), (8, 1)), cycles=(1,), batch_size=64)
    train_run(dataset, "official", config, tmp_path / "run", device="cpu")
    path, tally = tmp_path / "run" / "run.json", Tally("run.json of a flagship")
    open_flagship(dataset, tmp_path / "run")
    for what in odd_files(path, mutated_texts(path.read_text(encoding="utf-8"), random.Random(6), share(0.1))):
        read_or_refuse(tally, what, lambda: open_flagship(dataset, tmp_path / "run"))
    tally.show()


def test_model_info() -> None:
    from aiducation.model_info import ModelInfo
    from aiducation.vision.classifier import Classifier

    tally, text = Tally("description of a model"), Classifier().info.to_json()
    for content in mutated_texts(text, random.Random(7), COUNT):
        read_or_refuse(
            tally, repr(content), lambda content=content: ModelInfo.from_json(content.decode("utf-8", "replace"))
        )
    tally.show()


@pytest.mark.slow
def test_files_of_a_report(tmp_path: Path) -> None:
    """The list of an earlier report's files: what it names elsewhere stays, and the new report is not lost."""
    from aiducation.study_report.page_parts import report_folder

    out, tally = tmp_path / "report", Tally("files.txt")
    with report_folder(out) as draft:
        (draft / "index.html").write_text("new")
    (tmp_path / "mine").write_text("mine")
    for what in odd_files(
        out / "files.txt",
        iter([b"../mine\n", b"\xff\xfe\0", b"a\0b\n", b"/etc/passwd\n", b".\n", b"index.html\n" * 10_000]),
    ):

        def write() -> None:
            with report_folder(out, force=True) as draft:
                (draft / "index.html").write_text("newer")

        read_or_refuse(tally, what, write)
        assert (out / "index.html").read_text() in ("new", "newer") and (tmp_path / "mine").read_text() == "mine"
    tally.show()


def read_or_refuse(tally: Tally, what: str, read: Callable[[], object]) -> None:
    """What a reader that no command runs alone makes of a file."""
    try:
        read()
        tally.codes[0] += 1
    except AiducationError as error:
        tally.codes[1] += 1
        if len(str(error)) > 1000 or not str(error).isprintable():
            tally.tracebacks.append(f"{tally.kind}, {what[:300]}: a bad sentence: {error}")
    except Exception as error:
        tally.tracebacks.append(f"{tally.kind}, {what[:300]}: {type(error).__name__}: {error}")


def test_checkpoint_lines_of_earlier_versions_are_analyzed_anew(tmp_path: Path) -> None:
    """They have no checksum."""
    path = tmp_path / "a.part.jsonl"
    with RecordingCheckpoint(path, {"a": 1}, resume=False) as checkpoint:
        for frame in recording_of([[np.full(5, 0.2, np.float32)]] * 3).frames:
            checkpoint.add(frame)
    again = RecordingCheckpoint(path, {"a": 1}, resume=True)
    assert len(again.seen) == 3 and not again.passed_over
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([head, lines[0], *(line.split(', "sum"')[0] + "}" for line in lines[1:])]) + "\n")
    again = RecordingCheckpoint(path, {"a": 1}, resume=True)
    assert len(again.seen) == 1 and "line 3 of a.part.jsonl is not as this program writes it" in again.passed_over
