"""No test waits for a fixed time or measures one: what is slow on one machine is fast on another."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from waiting import PATIENCE_S

TESTS = Path(__file__).parent

#: The soak is no test: it goes on for a time.
FILES = sorted(
    path for path in TESTS.rglob("*.py") if "soak" not in path.relative_to(TESTS).parts and path.name != "waiting.py"
)
LOOPS = (ast.While, ast.For, ast.AsyncFor)

#: Sleeping that is what a test is about: a disk or a process that is slow.
SLOW_ON_PURPOSE = {"slow_disk", "slow_look"}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def fixed_waits(tree: ast.AST, looping: bool = False, inside: str = "") -> Iterator[int]:
    """Lines that wait for a time outside any loop that asks for something."""
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else inside
        if isinstance(node, ast.Call) and not looping and inside not in SLOW_ON_PURPOSE:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("sleep", "wait_for_timeout") and not (node.args and _is_none(node.args[0])):
                yield node.lineno
        yield from fixed_waits(node, looping or isinstance(node, LOOPS), name)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def found(look: Callable[[ast.Module], Iterable[object]]) -> list[str]:
    """What a search finds in all files."""
    return [f"{path}: {one}" for path in FILES for one in look(parsed(path))]


def test_no_test_waits_for_a_fixed_time() -> None:
    assert found(fixed_waits) == [], "use waiting.until"


def clocks(tree: ast.AST) -> set[str]:
    """Names of clocks."""
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(tree)}
    return names & {"perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns"}


def test_no_test_measures_how_long_something_took() -> None:
    """A busy machine would decide. What came before what, or seconds of a processor, can be asked for instead."""
    assert found(clocks) == []


def test_no_test_gives_up_before_a_busy_machine_is_done() -> None:
    """A deadline is there for what never comes. Who asks again and again asks with BRIEFLY_S."""
    assert found(lambda tree: [one for one in deadlines(tree) if 0 < one[1] < PATIENCE_S]) == [], "use PATIENCE_S"


#: What begins something in a browser, which has 30 seconds for all that it does unless it is told otherwise.
BEGINS = {"launch", "new_context"}


def test_no_browser_has_a_deadline_of_its_own() -> None:
    assert found(own_deadlines) == [], "say timeout=PATIENCE, or set_default_timeout(PATIENCE)"


def own_deadlines(tree: ast.AST) -> Iterator[int]:
    """Lines that begin something in a browser in a function that sets no deadline for it."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        called = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        calls = [(call, call.func) for call in called if isinstance(call.func, ast.Attribute)]
        told = any(to.attr == "set_default_timeout" for _, to in calls)
        for call, to in calls:
            page = to.attr == "new_page" and ast.unparse(to.value).endswith(
                "browser"
            )  # those of a context have its own
            if (page or to.attr in BEGINS) and not told and not any(one.arg == "timeout" for one in call.keywords):
                yield call.lineno


def test_a_browser_with_a_deadline_of_its_own_is_found() -> None:
    text = "def test():\n    page = browser.new_page()\n    page.goto('x')\n    launch(timeout=9)\n    kind.launch()\n"
    assert list(own_deadlines(ast.parse(text))) == [2, 5]


#: Numbers from which on a deadline is one of a browser, in milliseconds.
_MILLISECONDS = 1000


def deadlines(tree: ast.AST) -> Iterator[tuple[int, float]]:
    """Lines with a deadline, and how long it is in seconds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and str(node.arg).endswith("timeout"):
            value: ast.expr | None = node.value
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "").endswith("_timeout"):
            value = node.args[0] if node.args else None
        else:
            continue
        if isinstance(value, ast.Constant):
            yield value.lineno, value.value / 1000 if value.value >= _MILLISECONDS else value.value


def test_a_fixed_wait_is_found() -> None:
    text = "import time\ndef test():\n    time.sleep(1)\n    while not done():\n        time.sleep(1)\n"
    assert list(fixed_waits(ast.parse(text))) == [3]


def test_a_deadline_of_a_browser_is_found() -> None:
    text = "page.set_default_timeout(60_000)\nexpect(page).to_be_visible(timeout=90_000)\nrun(timeout=300)\n"
    assert list(deadlines(ast.parse(text))) == [(1, 60), (2, 90), (3, 300)]
