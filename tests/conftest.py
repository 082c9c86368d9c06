"""What all tests share: where the real data is, and a small synthetic data set."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from PIL import Image

from aiducation import cli
from aiducation.data.dataset import Dataset
from aiducation.data.prepare import prepare
from aiducation.data.synthetic import write_synthetic
from commands import Answer, RunCli
from film import repeated
from needs import (  # noqa: F401 - pytest finds the hooks here
    DATA,
    MEDIA,
    REAL_DATA,
    REAL_MEDIA,
    pytest_collectreport,
    pytest_deselected,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from running import pytest_collection, pytest_collection_modifyitems  # noqa: F401 - and here
from waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from aiducation.vision.analyzer import Analyzer

#: The fixture ``made_once``.
MadeOnce: TypeAlias = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with fer2013.csv.gz and fer2013new.csv."""
    REAL_DATA.check()
    return DATA


@pytest.fixture(scope="session")
def synthetic_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """600 synthetic faces as fer2013.csv and fer2013new.csv. Read only: tests share them."""
    return write_synthetic(tmp_path_factory.mktemp("synthetic"), n=600, seed=0)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """A folder that one of all test processes fills: ``made_once("samples", write)``. Read only: tests share it."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def folder_of(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = root / name, root / f"{name}.done"
        try:
            folder.mkdir()
        except FileExistsError:
            until(done.exists, patience_s=4 * PATIENCE_S)  # whoever makes it may have much to do
        else:
            make(folder)
            done.touch()
        return folder

    return folder_of


@pytest.fixture(scope="session")
def prepared(made_once: MadeOnce) -> Path:
    """A prepared folder of the synthetic faces. Read only: tests share it."""

    def make(folder: Path) -> None:
        files = write_synthetic(folder / "faces", n=600, seed=0)
        prepare(*files, folder / "data", splits=("official", "random", "published", "folds3"))

    return made_once("prepared", make) / "data"


@pytest.fixture(scope="session")
def dataset(prepared: Path) -> Dataset:
    return Dataset.load(prepared)


@pytest.fixture(scope="session")
def samples(made_once: MadeOnce) -> Path:
    """A folder with gallery.jpg and meeting.mp4, as the command writes them. Read only: tests share it."""

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "aiducation", "sample", "--out", folder], check=True, capture_output=True)

    return made_once("samples", make)


@pytest.fixture(scope="session")
def clip(made_once: MadeOnce) -> Path:
    """A meeting of nine that lasts two seconds, for what needs no long recording. Read only: tests share it."""

    def make(folder: Path) -> None:
        from aiducation.media.samples import gallery

        frames = [gallery(3, 3, width=960, height=540, shift=i / 10) for i in range(4)]
        repeated(folder / "clip.mp4", frames, seconds=2)

    return made_once("clip", make) / "clip.mp4"


@pytest.fixture
def run_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[RunCli]:
    """Runs a command in this process: ``run_cli("leaks", folder, "official")``."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["aiducation", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        shown = capsys.readouterr()
        return Answer(int(exit_.value.code or 0), shown.out, shown.err)

    handler = signal.getsignal(signal.SIGINT)
    yield run
    signal.signal(signal.SIGINT, handler)  # main sets its own


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder with real photos and clips."""
    REAL_MEDIA.check()
    return MEDIA


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    from aiducation.vision.analyzer import Analyzer

    return Analyzer(threads=1, seed=0)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo without any face."""
    path = tmp_path_factory.mktemp("photos") / "empty room.png"
    Image.fromarray(np.full((240, 320, 3), 90, np.uint8)).save(path)
    return path


@pytest.fixture(scope="session")
def meeting() -> np.ndarray:
    """(360, 640, 3) uint8 RGB, four tiles of one face."""
    from aiducation.media.samples import gallery

    return gallery(2, 2, width=640, height=360)
