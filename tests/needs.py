"""What some tests need besides the packages of ``./check``, and the one command that brings it and runs them.

A test that cannot run is skipped through here, so that its reason carries the command; ``pytest_terminal_summary`` lists at
the end of a run what did not run, why, and what to type.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: Where the two real files lie; they are never part of the project.
DATA = Path(os.environ.get("AIDUCATION_DATA", Path(__file__).parents[2] / "shared" / "data"))

#: Real photos and recordings; they are never part of the project, either.
MEDIA = Path(os.environ.get("AIDUCATION_MEDIA", Path(__file__).parents[2] / "shared" / "media"))

#: Inputs that failed once, as they came; tests that use them have siblings made by code.
CASES = Path(os.environ.get("AIDUCATION_CASES", Path(__file__).parents[2] / "shared" / "cases"))

#: What tools/consumers.sh brings: other people's programs and schemas that read what is exported.
CONSUMERS = Path(os.environ.get("AIDUCATION_CONSUMERS", Path(__file__).parents[1] / ".cache" / "consumers"))
EAF_SCHEMA_FILE = CONSUMERS / "EAFv3.0.xsd"

_COMMAND = "; command: "
_SYSTEM = "/usr/sbin:/usr/local/sbin"  # where Debian puts servers, unseen by ordinary users
_KEY, _SLOW = "skipped_files", "slow_tests"


@dataclass(frozen=True)
class Need:
    """Something that a test needs and that may be missing.

    Attributes:
        there: whether it is there.
        reason: what is missing, for the one who reads the end of a run.
        command: what brings it and runs the tests; ``{check}`` stands for ``./check`` with their files.
    """

    there: Callable[[], bool]
    reason: str
    command: str = "{check}"

    def check(self) -> None:
        """Skip the test that runs, or the file that is imported, if it is missing."""
        if not self.there():
            pytest.skip(self.reason + _COMMAND + self.command, allow_module_level=True)

    def mark(self) -> pytest.MarkDecorator:
        """Skip the test that is decorated if it is missing."""
        return pytest.mark.skipif(not self.there(), reason=self.reason + _COMMAND + self.command)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def programs(*names: str, packages: str = "") -> Need:
    """Some programs of the system; ``packages`` is what Debian calls them, where that differs."""
    return Need(
        lambda: all(shutil.which(name) or shutil.which(name, path=_SYSTEM) for name in names),
        f"there is no {' or no '.join(names)}",
        f"apt-get install --yes {packages or ' '.join(names)} && {{check}}",
    )


def missing_devices() -> list[str]:
    """Devices that the installed build of ONNX Runtime lacks."""
    from aiducation.vision.device_choice import provider_of
    from aiducation.vision.devices import DEVICES

    return [name for name in DEVICES if not provider_of(name)]


def other_devices() -> list[str]:
    """Devices that this machine has beside the processor."""
    from aiducation.vision.device_choice import why_not
    from aiducation.vision.devices import CPU, DEVICES

    return [name for name in DEVICES if name != CPU and not why_not(name)]


def _builds() -> int:
    """How many builds of ONNX Runtime are installed."""
    from aiducation.vision.runtime_builds import installed_builds

    return len(installed_builds())


#: The browser without windows takes a third of the processor time.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
BROWSER = Need(
    lambda: CHROMIUM is not None,
    "there is no Chromium to open the page in",
    "apt-get install --yes chromium-headless-shell && {check}",
)
WEB_RUNTIME = Need(
    lambda: (Path(__file__).parents[1] / "src/aiducation/web/runtime/ort-wasm-simd-threaded.wasm.xz").is_file(),
    "onnxruntime-web was not fetched",
    "python tools/web_runtime.py && {check}",
)
NODE, CURL = programs("node", packages="nodejs"), programs("curl", "bash")
NGINX_TLS, CADDY_TLS = programs("nginx", "openssl"), programs("caddy", "openssl")
VLC = programs("cvlc", packages="vlc-bin vlc-plugin-base")
SCREEN = programs("Xvfb", packages="xvfb")
REAL_DATA = Need(
    lambda: (DATA / "fer2013.csv.gz").is_file(),
    "the real data is not here",
    "AIDUCATION_DATA=FOLDER-OF-fer2013.csv.gz-AND-fer2013new.csv {check}",
)
REAL_MEDIA = Need(
    lambda: (MEDIA / "stadium.jpg").is_file(), "there are no real photos", "AIDUCATION_MEDIA=FOLDER-OF-PHOTOS {check}"
)
REAL_CASES = Need(
    lambda: (CASES / "semicolons.csv").is_file(), "the cases are not here", "AIDUCATION_CASES=FOLDER-OF-CASES {check}"
)
BORIS_PYTHON, NEW_BORIS_PYTHON, XAPI_PYTHON, LABEL_PYTHON, FEAT_PYTHON = (
    CONSUMERS / name / "bin" / "python" for name in ("boris", "boris10", "xapi", "labels", "feat")
)
BORIS_PROGRAM, NEW_BORIS, XAPI_VALIDATOR, LABEL_TOOLS, FEAT = (
    Need(python.is_file, f"{what} not here", f"{before}tools/consumers.sh {python.parents[1].name} && {{check}}")
    for python, what, before in (
        (BORIS_PYTHON, "BORIS 8 is", "apt-get install --yes libmpv2 libpulse-mainloop-glib0 && "),
        (NEW_BORIS_PYTHON, "BORIS 10, which needs Python 3.13, is", "apt-get install --yes libmpv2 && "),
        (XAPI_PYTHON, "a validator of xAPI is", ""),
        (LABEL_PYTHON, "Datumaro and Label Studio's converter are", ""),
        (FEAT_PYTHON, "py-feat is", ""),
    )
)
LIBREOFFICE = programs("soffice", packages="libreoffice-calc")
R = programs("Rscript", packages="r-base-core")
R_READR = Need(
    lambda: any((Path(folder) / "readr").is_dir() for folder in ("/usr/lib/R/site-library", "/usr/lib/R/library")),
    "R with readr is not here",
    "apt-get install --yes r-cran-readr && {check}",
)
EAF_SCHEMA = Need(EAF_SCHEMA_FILE.is_file, "ELAN's schema is not here", "tools/consumers.sh elan && {check}")
NO_GPU = Need(
    lambda: not importlib.util.find_spec("torch") or not _has_gpu(),
    "there is a GPU, and this is about its absence",
    "CUDA_VISIBLE_DEVICES= {check}",
)
MISSING_DEVICE = Need(
    lambda: bool(missing_devices()),
    "the installed build of ONNX Runtime has every device",
    "pip install --force-reinstall onnxruntime && {check}",
)
OTHER_DEVICE = Need(
    lambda: bool(other_devices()),
    "no device beside the processor can be used here",
    "pip uninstall --yes onnxruntime && pip install onnxruntime-openvino && {check}",
)
ONE_BUILD = Need(
    lambda: _builds() < 2,
    "this environment has several builds of ONNX Runtime",
    "pip uninstall --yes onnxruntime-gpu onnxruntime-openvino && pip install --force-reinstall onnxruntime && {check}",
)
ORDINARY_USER = Need(lambda: not _is_root(), "root may read and write everything", "su USER -c '{check}'")
SMALL_DISK = Need(
    lambda: sys.platform.startswith("linux") and _is_root(), "only root may make a small disk, on Linux", "sudo {check}"
)
GLIBC = Need(lambda: platform.libc_ver()[0] == "glibc", "only glibc has these settings", "{check} (on Linux)")
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
ASKED_PAGES = Need(
    lambda: HUGE_PAGES.is_file() and "[madvise]" in HUGE_PAGES.read_text(encoding="ascii"),
    "Linux gives huge pages here to everybody or to nobody",
    f"echo madvise | sudo tee {HUGE_PAGES} && {{check}}",
)
LINUX = Need(lambda: sys.platform.startswith("linux"), "this is about Linux", "{check} (on Linux)")
UNIX = Need(lambda: sys.platform != "win32", "this is about Linux and macOS", "{check} (on Linux or macOS)")


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def need_package(name: str, extra: str = "train,serve,dev") -> Any:
    """Import a package, or skip the test that runs or the file that is imported."""
    command = f"pip install -e '.[{extra}]' && {{check}}"
    return pytest.importorskip(name, reason=f"{name} is not installed{_COMMAND}{command}")


# --- the end of a run ------------------------------------------------------------------------------------------------
# Workers of pytest-xdist do not report files that are skipped as a whole: they hand them over when they end.


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a file that is skipped as a whole."""
    if report.skipped:
        _skipped_files[report.nodeid] = _reason(report)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Note the slow tests that ``./check`` leaves out."""
    if items[0].config.option.markexpr == "not slow":
        _slow_tests.update(item.nodeid for item in items if item.get_closest_marker("slow"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what a worker noted."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = _skipped_files
        output[_SLOW] = [*_slow_tests]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker noted."""
    output = getattr(node, "workeroutput", {})
    _skipped_files.update(output.get(_KEY, {}))
    _slow_tests.update(output.get(_SLOW, ()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List what did not run, grouped by reason, each with the command that would run it."""
    found: dict[str, list[str]] = {}  # reason -> tests and files
    for node, reason in _skipped(terminalreporter):
        found.setdefault(reason, []).append(node)
    if found:
        terminalreporter.section("not run here")
    else:
        terminalreporter.write_line("No test was skipped.")
    for reason, nodes in sorted(found.items(), key=lambda item: -len(item[1])):
        why, _, command = reason.partition(_COMMAND)
        files = sorted({node.split("::")[0] for node in nodes})
        check = shlex.join(["./check", *files])
        terminalreporter.write_line(f"{_count(nodes)}: {why}")
        terminalreporter.write_line(f"    {(command or '{check}').replace('{check}', check)}")
    if _slow_tests:
        terminalreporter.write_line(f"{len(_slow_tests)} slow tests were left out: ./check --all runs them, too.")


_skipped_files: dict[str, str] = {}
_slow_tests: set[str] = set()


def _skipped(terminalreporter: Any) -> Iterator[tuple[str, str]]:
    """Test or file, and why, of everything that was skipped, once each."""
    reports = terminalreporter.stats.get("skipped", ())
    found = {report.nodeid: _reason(report) for report in reports}
    yield from {**_skipped_files, **found}.items()


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _count(nodes: list[str]) -> str:
    """ "2 tests, 1 file"."""
    tests = sum("::" in node for node in nodes)
    counts = ((tests, "test"), (len(nodes) - tests, "whole file"))
    return ", ".join(f"{n} {kind}{'s' * (n != 1)}" for n, kind in counts if n)
