"""Names, folders, disks and models that are not as one would wish, through the command."""

from __future__ import annotations

import csv
import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from PIL import Image

from aiducation.errors import ModelFileError
from aiducation.exports.formats import FORMATS
from aiducation.media.samples import portrait
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import default_model_path
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from needs import need_package

NAMES = {
    "blanks": "a photo of  us .jpg",
    "umlauts": "Übung Straße.jpg",
    "emoji": "class 🎓.jpg",
    "arabic": "صورة.jpg",
    "dash": "-rf.jpg",
    "percent": "100%s %d.jpg",
    "quotes": 'it\'s "ours".jpg',
    "markup": "<script>alert(1)<b>.jpg",
    "template": "{{ 7 * 7 }}{% x %}.jpg",
    "formula": '=HYPERLINK("x").jpg',
    "line break": "two\nlines.jpg",
    "long": "x" * 240 + ".jpg",
    "long in bytes": "课" * 80 + ".jpg",
    "dots": "a..jpg",
    "star": "a*[b]?.jpg",
    "no UTF-8": b"caf\xe9.jpg".decode("utf-8", "surrogateescape"),
}


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "one.jpg"
    Image.fromarray(portrait()).save(path)
    return path


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names(name: str, photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Every name works, nothing of it becomes markup or a formula, and results are named safely."""
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(photo, folder / name)
    out = tmp_path / "out"
    answer = run_cli("analyze", folder, "--out", out)
    assert answer.code == 0, answer.err
    made = [path for path in out.iterdir() if path.name != "results.jsonl"]
    assert len(made) == 4 and not any(set('<>:"|?*\n') & set(path.name) for path in made)
    page = next(path for path in made if path.suffix == ".html").read_text(encoding="utf-8")
    assert "<script" not in page and "49" not in page.split("<h1>")[1].split("</p>")[0]
    with next(path for path in made if path.suffix == ".csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert not row["source"].startswith(("=", "-"))
    saved = json.loads(next(path for path in made if path.suffix == ".json").read_text(encoding="utf-8"))
    assert len(saved["faces"]) == 1


def test_same_name_in_two_folders(photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(photo, tmp_path / folder / "one.jpg")
    assert run_cli("analyze", tmp_path / "a", tmp_path / "b", tmp_path / "a", "--out", tmp_path / "out").code == 0
    assert len(list((tmp_path / "out").glob("*.json"))) == 2


def test_folders(photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    deep = tmp_path / "photos" / "2026" / "may"
    deep.mkdir(parents=True)
    shutil.copy(photo, deep / "one.jpg")
    (deep / "notes.txt").write_text("not a photo")
    (deep / ".hidden.jpg").write_bytes(b"")
    (deep / "back").symlink_to(tmp_path / "photos")
    assert run_cli("analyze", tmp_path / "photos", "--out", tmp_path / "out").code == 0
    assert [path.name for path in (tmp_path / "out").glob("*.json")] == ["2026_may_one.json"]
    (tmp_path / "nothing").mkdir()
    check_refused(run_cli("analyze", tmp_path / "nothing", "--out", tmp_path / "x"), COULD_NOT, "contains no photo")
    check_refused(run_cli("analyze", tmp_path / "*.xyz", "--out", tmp_path / "x"), COULD_NOT, "No file fits")
    assert not (tmp_path / "x").exists()


def test_out_is_a_file(photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "out").write_text("something of mine")
    answer = run_cli("analyze", photo, "--out", tmp_path / "out")
    assert answer.code == COULD_NOT and "out is a file; name a folder for the results" in answer.err
    assert (tmp_path / "out").read_text() == "something of mine"


@pytest.mark.parametrize("kind", FORMATS)
def test_results_are_not_overwritten(kind: str, photo: Path, clip: Path, tmp_path: Path, run_cli: RunCli) -> None:
    if kind in ("parquet", "excel"):
        need_package({"parquet": "pyarrow", "excel": "xlsxwriter"}[kind])
    given = photo if FORMATS[kind].photo else clip
    command = ("analyze", given, "--every", 0.5, "--out", tmp_path, "--save", kind)
    assert run_cli(*command).code == 0
    check_refused(run_cli(*command), COULD_NOT, "exists already", "--force")
    assert run_cli(*command, "--force").code == 0


def test_a_page_of_ones_own_is_not_overwritten(photo: Path, samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "index.html").write_text("mine")
    for option in ("--force", "--resume"):
        answer = run_cli("analyze", photo, samples, "--every", 4, "--out", tmp_path, "--save", "report", option)
        assert answer.code == 0 and "overview.html" in answer.err
        assert (tmp_path / "index.html").read_text() == "mine"


@pytest.mark.slow
def test_full_disk(photo: Path, tmp_path: Path) -> None:
    """A limit on file sizes stands for the disk: the system refuses to write more, in the same place."""
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "aiducation", "analyze", str(photo), "--out", str(out)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert done.returncode == COULD_NOT, done.stderr
    assert "Traceback" not in done.stderr and "Error: " in done.stderr
    assert all(path.stat().st_size for path in out.iterdir()) and not list(out.glob("*.annotated.jpg"))
    assert not [path for path in out.iterdir() if path.name.startswith(".") or "tmp" in path.name]


def test_options_that_make_no_sense(photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    for options, word in (
        (("--save", "pdf"), "pdf"),
        (("--every", 0), "between two frames"),
        (("--every", "nan"), "between two frames"),
        (("--every", "inf"), "between two frames"),
        (("--every", 1e300), "between two frames"),
        (("--threshold", 2), "threshold"),
        (("--threshold", "nan"), "threshold"),
        (("--min-face", -3), "smallest face"),
        (("--min-face", "nan"), "smallest face"),
        (("--min-face", "inf"), "smallest face"),
        (("--min-group", 0), "smallest group"),
        (("--min-group", 10**25), "smallest group"),
        (("--seed", -1), "A seed is a whole number"),
        (("--seed", 10**25), "A seed is a whole number"),
        (("--priors", "neutral=1e308,angry=1e308"), "The share of neutral"),
        (("--out", ""), "--out is empty"),
    ):
        answer = run_cli("analyze", photo, "--out", tmp_path / "x", *options)
        assert answer.code == WRONG_USE and word in answer.err, (options, answer.err)
    assert not (tmp_path / "x").exists()


def changed_model(path: Path, change: str) -> Path:
    model = onnx.load(str(default_model_path()))
    (entry,) = [p for p in model.metadata_props if p.key == "aiducation"]
    if change == "other outcomes":
        entry.value = entry.value.replace('"bored"', '"asleep"')
    elif change == "no JSON":
        entry.value = "{"
    elif change == "no description":
        del model.metadata_props[:]
    elif change == "fewer outcomes":
        entry.value = entry.value.replace(', "other"', "").replace(',"other"', "")
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("change", ["other outcomes", "no JSON", "no description", "fewer outcomes"])
def test_models_that_were_changed(change: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="model") as error:
        Analyzer(model=changed_model(tmp_path / "model.onnx", change))
    assert "model.onnx" in str(error.value)


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_model_file_that_was_cut_or_damaged(at: float, tmp_path: Path) -> None:
    content = default_model_path().read_bytes()
    (tmp_path / "cut.onnx").write_bytes(content[: int(len(content) * at)])
    with pytest.raises(ModelFileError, match=r"damaged|description"):
        Analyzer(model=tmp_path / "cut.onnx")


def test_model_is_missing_or_something_else(photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    check_refused(
        run_cli("analyze", photo, "--out", tmp_path / "x", "--model", tmp_path / "no.onnx"), COULD_NOT, "no model"
    )
    check_refused(run_cli("analyze", photo, "--out", tmp_path / "x", "--model", photo), COULD_NOT, "cannot be opened")
