"""A folder of results that others may write, too: no link in it is followed, no pipe waited for, and nothing outside touched."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.data.synthetic import write_synthetic
from aiducation.errors import OutputError
from aiducation.files import write_text
from aiducation.media.samples import portrait
from commands import COULD_NOT, Answer, RunCli, check_refused
from makers import faces_of
from needs import UNIX, need_package

pytestmark = [UNIX.mark(), pytest.mark.hostile]

OUTSIDE = "another's, from before"


def link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "precious")


def dangling(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "nothing")


def link_to_folder(path: Path, outside: Path) -> None:
    path.symlink_to(outside, target_is_directory=True)


def device(path: Path, outside: Path) -> None:
    path.symlink_to("/dev/zero")


def pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


KINDS = [link, dangling, link_to_folder, device, pipe]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text(OUTSIDE)
    return folder


def check_untouched(outside: Path) -> None:
    assert [path.name for path in outside.iterdir()] == ["precious"]
    assert (outside / "precious").read_text() == OUTSIDE


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for name in ("a.jpg", "b.jpg"):
        Image.fromarray(portrait()).resize((256, 303)).save(folder / name)
        (folder / name).write_bytes((folder / name).read_bytes() + name.encode())
    return folder


@pytest.fixture
def analyze(photos: Path, tmp_path: Path, run_cli: RunCli) -> Callable[..., Answer]:
    def run(*options: str) -> Answer:
        return run_cli("analyze", photos, "--out", tmp_path / "out", "--save", "json report", *options)

    return run


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [(), ("--resume",), ("--force",)], ids=["plain", "resume", "force"])
def test_the_register(
    kind: Callable[[Path, Path], None],
    options: tuple[str, ...],
    outside: Path,
    analyze: Callable[..., Answer],
    tmp_path: Path,
) -> None:
    (tmp_path / "out").mkdir()
    kind(tmp_path / "out" / "results.jsonl", outside)
    check_refused(analyze(*options), COULD_NOT, "results.jsonl is", "delete it, or name another place")
    check_untouched(outside)


@pytest.mark.parametrize("kind", KINDS)
def test_names_that_results_would_have(
    kind: Callable[[Path, Path], None], outside: Path, analyze: Callable[..., Answer], tmp_path: Path
) -> None:
    """Where nothing is known of a source, it gets another name."""
    (tmp_path / "out").mkdir()
    kind(tmp_path / "out" / "a.json", outside)
    kind(tmp_path / "out" / "b.part.jsonl", outside)
    kind(tmp_path / "out" / "index.html", outside)
    answer = analyze()
    assert answer.code == 0 and answer.err.count("whose results are kept") == 2, answer.err
    made = [path for path in (tmp_path / "out").iterdir() if path.is_file() and not path.is_symlink()]
    assert len([path for path in made if path.suffix == ".json"]) == 2
    assert (tmp_path / "out" / "overview.html").is_file()
    check_untouched(outside)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", ["--resume", "--force"])
@pytest.mark.parametrize("name", ["a.json", "a.report.html", "a.part.jsonl"])
def test_names_that_results_have(
    name: str,
    option: str,
    kind: Callable[[Path, Path], None],
    outside: Path,
    analyze: Callable[..., Answer],
    tmp_path: Path,
) -> None:
    """Put there after the first run: said of this source alone, before it is analyzed again, and the others go on."""
    analyze()
    (tmp_path / "out" / name).unlink(missing_ok=True)
    kind(tmp_path / "out" / name, outside)
    (tmp_path / "out" / "b.json").unlink()
    answer = analyze(option)
    done = option == "--resume" and name == "a.part.jsonl"  # nothing is to be done for it
    assert answer.code == (0 if done else COULD_NOT), answer.err
    assert answer.err.count("Error: ") == (not done) and "Traceback" not in answer.err
    assert done or f"{name} is" in answer.err
    assert (tmp_path / "out" / "b.json").is_file()
    check_untouched(outside)


@pytest.mark.parametrize("name", ["results.jsonl", "a.json", "index.html", "a.report.html"])
def test_hard_links(name: str, analyze: Callable[..., Answer], tmp_path: Path) -> None:
    """As a backup makes them, or somebody else: what has a second name outside keeps its content there."""
    analyze()
    shutil.copytree(tmp_path / "out", tmp_path / "backup", copy_function=os.link)
    before = (tmp_path / "backup" / name).read_bytes()
    assert analyze("--force", "--min-group", "1").code == 0
    assert (tmp_path / "backup" / name).read_bytes() == before != (tmp_path / "out" / name).read_bytes()


def test_a_checkpoint_is_a_file_of_its_own(outside: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.part.jsonl"
    os.link(outside / "precious", path)
    with RecordingCheckpoint(path, {"file": 1}, resume=False) as checkpoint:
        for number in (0, 1):
            checkpoint.add(replace(faces_of([np.full(5, 0.2)]), time_s=float(number), frame=number))
    assert len(path.read_text().splitlines()) == 3
    check_untouched(outside)
    assert len(RecordingCheckpoint(path, {"file": 1}, resume=True).seen) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_one_file(kind: Callable[[Path, Path], None], outside: Path, tmp_path: Path) -> None:
    kind(tmp_path / "x.json", outside)
    with pytest.raises(OutputError, match="delete it, or name another place"):
        write_text(tmp_path / "x.json", "mine")
    check_untouched(outside)


def test_a_link_that_was_named_is_followed(outside: Path, photos: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Who names a link as --out means the folder behind it."""
    (tmp_path / "out").symlink_to(outside)
    assert run_cli("analyze", photos / "a.jpg", "--out", tmp_path / "out", "--save", "json").code == 0
    assert (outside / "a.json").is_file()


@pytest.mark.parametrize(
    ("name", "kind"), [("figures", link), ("figures", pipe), ("index.html", link_to_folder), ("index.html", device)]
)
def test_reports(
    name: str, kind: Callable[[Path, Path], None], outside: Path, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    need_package("matplotlib")
    out = tmp_path / "report"
    out.mkdir()
    kind(out / name, outside)
    answer = run_cli("describe", prepared, "--out", out, "--force")
    check_refused(answer, COULD_NOT, f"{name} is")
    check_untouched(outside)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["more.csv", "figures"])
def test_what_gets_in_the_way_of_a_report_during_the_work(
    name: str, kind: Callable[[Path, Path], None], outside: Path, tmp_path: Path
) -> None:
    need_package("matplotlib")
    from aiducation.study_report.page_parts import report_folder

    out = tmp_path / "report"
    with pytest.raises(OutputError, match=f"{name} is"), report_folder(out) as draft:
        (draft / "figures").mkdir()
        for made in ("figures/a.svg", "index.html", "more.csv"):
            (draft / made).write_text("new")
        kind(out / name, outside)
    check_untouched(outside)


def test_a_report_deletes_no_file_outside(outside: Path, tmp_path: Path) -> None:
    need_package("matplotlib")
    from aiducation.study_report.page_parts import report_folder

    out = tmp_path / "report"
    out.mkdir()
    (out / "deep").symlink_to(outside)
    names = ("../outside/precious", "deep/precious", str(outside / "precious"), "deep", "", ".", "a\0b")
    (out / "files.txt").write_text("".join(f"{name}\n" for name in names))
    with report_folder(out, force=True) as draft:
        (draft / "index.html").write_text("new")
    assert (out / "index.html").is_file()
    check_untouched(outside)


def test_splits(outside: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Old splits are deleted before new ones are written: not behind a link."""
    files, out = write_synthetic(tmp_path / "faces", n=600, seed=0), tmp_path / "data"
    out.mkdir()
    (outside / "split.json").write_text("{}")
    (out / "splits").symlink_to(outside)
    check_refused(run_cli("prepare", *files, "--out", out, "--force"), COULD_NOT, "splits is a link")
    assert (outside / "split.json").exists()


# What index.html links to is in its folder

NAMES_OUTSIDE = [
    *("../outside/precious", "/etc/passwd", "a/../../outside/precious", "sub/a.report.html", "..", ".", ""),
    *(
        "C:\\x.report.html",
        "C:x.report.html",
        "\\\\server\\x",
        "javascript:alert(1)",
        "http://example.org/x",
        "file:///etc/passwd",
    ),
    *("data:text/html,x", "a\x1b[31m", "a\r\nb", "a\0b", "a\ud800", "a\u0085b", "..\\outside\\precious", "x:stream"),
]


@pytest.mark.slow
@pytest.mark.parametrize("field", ["stem", "files"])
@pytest.mark.parametrize("name", NAMES_OUTSIDE, ids=range(len(NAMES_OUTSIDE)))
def test_entries_that_point_outside_are_passed_over(
    name: str, field: str, outside: Path, analyze: Callable[..., Answer], tmp_path: Path
) -> None:
    analyze()
    path = tmp_path / "out" / "results.jsonl"
    first = json.loads(path.read_text().splitlines()[0])
    first["source"] = "planted"
    del first["sum"]
    if field == "stem":
        first["stem"], first["files"] = name, [f"{name}.report.html", "a.json"]
    else:
        first["stem"], first["files"] = "planted", [name, "a.json"]
    path.write_text(path.read_text() + json.dumps(first) + "\n")
    (tmp_path / "out" / "b.json").unlink()
    answer = analyze("--resume")
    assert answer.code == 0 and "results.jsonl: lines that were skipped: 1 (line 3: " in answer.err, answer.err
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "planted" not in page and page.count("href=") == 2
    assert len(path.read_text().splitlines()) == 2, "it is said once"
    check_untouched(outside)


@pytest.mark.parametrize("name", ["%2e%2e%2foutside", "a&quot;onclick=x", "a%0d%0ab", "&#106;avascript", "ａ／ｂ"])
def test_encoded_names_stay_names_of_files(
    name: str, outside: Path, analyze: Callable[..., Answer], tmp_path: Path
) -> None:
    """A link is encoded once more, so that nothing in it is decoded into another place."""
    analyze()
    path = tmp_path / "out" / "results.jsonl"
    first = json.loads(path.read_text().splitlines()[0])
    del first["sum"]
    first.update(stem=name, source="planted", files=[f"{name}.report.html"])
    (tmp_path / "out" / f"{name}.report.html").write_text("beside")
    path.write_text(path.read_text() + json.dumps(first) + "\n")
    assert analyze("--resume").code == 0
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert ">planted</a>" in page and "%2e%2e%2f" not in page and "onclick=x" not in page and "javascript" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_that_is_a_link_is_not_linked_to(
    kind: Callable[[Path, Path], None], outside: Path, analyze: Callable[..., Answer], tmp_path: Path
) -> None:
    analyze()
    (tmp_path / "out" / "a.report.html").unlink()
    kind(tmp_path / "out" / "a.report.html", outside)
    (tmp_path / "out" / "b.json").unlink()
    analyze("--resume")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert 'href="b.report.html"' in page and 'href="a.report.html"' not in page
