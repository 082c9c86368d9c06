"""A flagship in miniature that several files look at."""

from __future__ import annotations

import pytest

from aiducation.data.dataset import Dataset
from aiducation.runs import RunFolder
from needs import need_package


@pytest.fixture(scope="session")
def flagship_run(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished flagship run of two cycles of one epoch. Read only: tests share it."""
    need_package("torch")
    from aiducation.training.train_run import train_run
    from tiny_flagship import TINY

    run = RunFolder(tmp_path_factory.mktemp("flagship") / "run")
    train_run(dataset, "official", TINY, run.path, device="cpu")
    return run
