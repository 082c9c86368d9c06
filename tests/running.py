"""How all tests together take less time: what begins first, and what Python's search for garbage leaves out."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

#: Files whose tests all together take most of a minute or more. They begin first: whatever begins last leaves the other processes
#: without work.
LONGEST = (
    "web/test_page_review.py",
    "web/test_page_for_everyone.py",
    "batch/test_remote_results.py",
    "web/test_static_answers.py",
    "web/test_page_label.py",
    "training/test_team.py",
    "web/test_static_live.py",
    "end_to_end/test_annotating.py",
    "web/test_proxy_page.py",
    "web/test_class_page.py",
    "vision/test_adapting.py",
    "web/test_page_live_failures.py",
    "end_to_end/test_journey.py",
    "web/test_page_photos.py",
    "web/test_static_class.py",
    "web/test_static_page.py",
    "exports/test_hiding.py",
    "study_report/test_study_report.py",
    "batch/test_cluster.py",
    "web/test_written_pages.py",
)

#: Options of pytest where a test starts it: without plugins that need seconds to be imported. pyproject.toml has them, too.
WITHOUT_PLUGINS = ("-p", "no:schemathesis", "-p", "no:hypothesispytest")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Search no garbage in what is collected: it stays until the end, and thousands of tests are much to search."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then those with many tests."""
    tests = Counter(item.path for item in items)
    places = {TESTS / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (places.get(item.path, len(LONGEST)), -tests[item.path]))
