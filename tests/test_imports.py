"""What importing loads, and that imports point one way."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import aiducation
from needs import need_package

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from layout import circles

SOURCE = Path(aiducation.__file__).parent
ROOT = Path(__file__).parents[1]

#: Packages that must not be loaded before they are needed.
HEAVY = {
    "torch",
    "cv2",
    "onnxruntime",
    "matplotlib",
    "fastapi",
    "scipy",
    "PIL",
    "pyarrow",
    "sklearn",
    "jinja2",
    "numpy",
}

#: Modules and subpackages, lowest first: each may import from lower steps only, and names on one step are strangers.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "states",
        "errors",
        "schemas",
        "defaults",
        "words",
        "colors",
        "geometry",
        "equality",
        "processors",
        "allocator",
        "undivided",
    ),
    ("column_names", "locks", "visible", "po"),
    ("signature", "temporary", "texts"),
    ("files", "records"),
    ("tables",),
    ("predictions", "preprocess", "model_info", "environment", "published"),
    ("runs",),
    ("data", "evaluation", "weights", "media", "observations"),
    ("vision", "pages", "exchange"),
    ("kit",),
    ("exports",),
    ("batch",),
    ("study_report",),
    ("training", "web"),
    ("listing", "console"),
    ("cli",),
    ("__main__",),
)
STEP_OF = {name: i for i, step in enumerate(STEPS) for name in step}

#: Who alone may import a package.
DOORS = {
    "torch": {"training"},
    "safetensors": {"training"},
    "tensorboard": {"training"},
    "matplotlib": {"study_report"},
    "jinja2": {"pages"},
    "PIL": {"data", "media", "vision", "exports"},
    "pyarrow": {"data", "exports"},
    "onnxruntime": {"vision", "training"},
    "av": {"media"},
    "scipy": {"data", "evaluation", "study_report"},
    "duckdb": {"batch"},
    "distributed": {"batch"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "python_multipart": {"web"},
    "anyio": {"web"},
    "typer": {"cli"},
    "rich": {"console"},
}


def modules() -> Iterator[tuple[str, Path]]:
    """Top-level name inside the package ("data", "cli") and path of every module but the package's own."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).with_suffix("").parts[0]
        if name != "__init__":
            yield name, path


@cache
def imported(path: Path) -> list[tuple[str, bool]]:
    """Dotted names that a file imports, and whether at import time: not inside a function."""
    found: list[tuple[str, bool]] = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.append((alias.name, node not in lazy))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute in this project"
            for alias in node.names:
                found.append((f"{node.module}.{alias.name}", node not in lazy))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "require":
            name = node.args[0]
            assert isinstance(name, ast.Constant), f"{path}: require() takes the name as it stands"
            found.append((str(name.value), False))
    return found


def own(name: str) -> str | None:
    """The top-level name inside the package that a dotted name belongs to; None for others and for public names."""
    first, *rest = name.split(".")
    return rest[0] if first == "aiducation" and rest and rest[0] in STEP_OF else None


def test_every_module_has_a_step() -> None:
    assert {name for name, _ in modules()} == set(STEP_OF)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)} imports {name}"
        for module, path in modules()
        for name, _ in imported(path)
        if (target := own(name)) and target != module and STEP_OF[target] >= STEP_OF[module]
    ]
    assert not wrong


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circles(SOURCE)


def test_files_are_short() -> None:
    """Past 400 lines there are two nouns in a file."""
    long = {
        str(path.relative_to(SOURCE)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_the_layout_in_the_docs_is_the_one_on_the_disk() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = text[text.index("src/aiducation/\n") : text.index("studies/  ")]
    named = {
        word.rstrip("/") for line in block.splitlines()[1:] for word in re.split(r"\s{2,}", line.strip())[0].split()
    }
    there = {path.name for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert {name for name in named if name[:1] != "("} >= there - {"__init__.py"}
    assert all((SOURCE / name).exists() for name in named if name.endswith(".py") or (SOURCE / name).is_dir())
    rooms = dict(re.findall(r"^\*\*`(\w+)/`:.*?\n\n(.*?)\n\n", text, re.M | re.S))
    for room, table in rooms.items():
        for name in re.findall(r"`(\w+\.py)`", table):
            assert (SOURCE / room / name).is_file(), f"{room}/{name} is named in architecture.md"


def test_training_needs_reports_only_when_asked_to_draw() -> None:
    at_once = [
        str(path.relative_to(SOURCE))
        for module, path in modules()
        for name, at_import in imported(path)
        if module == "training" and at_import and own(name) == "study_report"
    ]
    assert not at_once


def test_heavy_packages_have_one_door() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)} imports {name}"
        for module, path in modules()
        for name, _ in imported(path)
        if name.split(".")[0] in DOORS
        and module not in DOORS[name.split(".")[0]]
        # Asking whether the extra is installed, to say so, is no use of it.
        and not (module == "listing" and name == "torch")
        and not (module == "cli" and name in ("fastapi", "uvicorn", "python_multipart"))
    ]
    assert not wrong


def loaded_by(statement: str) -> set[str]:
    """Top-level packages that a fresh Python has loaded after a statement."""
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import aiducation", "import aiducation.cli", "from aiducation import STATES"])
def test_importing_loads_nothing_heavy(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "aiducation" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("aiducation.data.dataset", HEAVY - {"numpy"}),
        ("aiducation.data.votes", HEAVY - {"numpy"}),
        ("aiducation.runs", HEAVY - {"numpy"}),
        ("aiducation.evaluation.metrics", HEAVY - {"numpy", "scipy"}),
        ("aiducation.training.train_run", {"matplotlib", "jinja2", "pyarrow", "PIL"}),
        ("aiducation.study_report.study", {"torch"}),
    ],
)
def test_modules_load_what_they_need(module: str, without: set[str]) -> None:
    if module.startswith("aiducation.training"):
        need_package("torch")
    if module.startswith("aiducation.study_report"):
        need_package("matplotlib")
    assert not loaded_by(f"import {module}") & without


@pytest.mark.parametrize("name", sorted(aiducation._PUBLIC))
def test_public_names_are_there(name: str) -> None:
    if aiducation._PUBLIC[name].startswith("aiducation.training"):
        need_package("torch")
    value = getattr(aiducation, name)
    module = sys.modules[aiducation._PUBLIC[name]]
    assert value is getattr(module, name)
    assert name in aiducation.__all__ and name in dir(aiducation)


@pytest.mark.parametrize("name", ["Learner", "MODELS", "build_model"])
def test_a_public_name_that_lacks_its_extra_says_so(name: str) -> None:
    code = f"import sys; sys.modules['torch'] = None; from aiducation import {name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingExtraError: This needs 'torch'" in done.stderr and 'pip install "aiducation[train]"' in done.stderr


def test_type_checkers_know_the_public_names() -> None:
    """Otherwise every one of them has any type, and nobody's mistake is found."""
    named = {
        name.rpartition(".")[::2] for name, _ in imported(SOURCE / "__init__.py") if name.startswith("aiducation.")
    }
    assert named == {(module, name) for name, module in aiducation._PUBLIC.items()}


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Datset'"):
        aiducation.Datset  # noqa: B018


def test_a_missing_extra_is_one_sentence(prepared: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['matplotlib'] = None; from aiducation.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "describe", str(prepared), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert 'pip install "aiducation[train]"' in done.stderr


def test_a_page_of_results_does_not_need_what_trains(tmp_path: Path) -> None:
    code = "import sys; sys.modules['matplotlib'] = None; from aiducation.cli import main; main()"
    words = ["collection", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and 'pip install "aiducation[collection]"' in done.stderr
