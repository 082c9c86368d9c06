"""What tests of the analysis share: real photos where they are, the analyzer, a sample meeting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.media.samples import gallery
from aiducation.vision.analyzer import Analyzer
from needs import MEDIA, REAL_MEDIA


@pytest.fixture(scope="session")
def media() -> Path:
    REAL_MEDIA.check()
    return MEDIA


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
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
    return gallery(2, 2, width=640, height=360)
