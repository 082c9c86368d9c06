"""Damaged files at random: each gives a picture or an error of ours, never another exception and never a wait without end.

AIDUCATION_FUZZ=20000 pytest tests/media/test_random_damage.py    tries so many photos, and a tenth as many videos, instead of 400
"""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.errors import DataFileError
from aiducation.media.photos import read_photo
from aiducation.media.samples import portrait
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import VideoReader
from random_damage import damaged

pytestmark = pytest.mark.hostile

COUNT = int(os.environ.get("AIDUCATION_FUZZ", "400"))
KINDS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
LONGEST_S = 20


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_photos(kind: str, tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(portrait()).resize((96, 114)).save(whole, kind)
    rng = np.random.default_rng(KINDS.index(kind))
    read = 0
    for i in range(COUNT // len(KINDS)):
        path = tmp_path / "damaged"
        path.write_bytes(damaged(whole.getvalue(), rng))
        start = time.process_time()
        try:
            image = read_photo(path, max_pixels=4_000_000)
            assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
            read += 1
        except DataFileError as error:
            assert len(str(error)) < 500, f"number {i}"
        assert time.process_time() - start < LONGEST_S, f"number {i}"
    assert read < COUNT // len(KINDS)
    assert read or kind in ("PNG", "WEBP")  # those hold checksums and notice everything


def test_damaged_videos(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "whole.mp4", 64, 48) as writer:
        for i in range(40):
            writer.write(np.full((48, 64, 3), 6 * i, np.uint8), i / 10)
    content, rng, frames = (tmp_path / "whole.mp4").read_bytes(), np.random.default_rng(0), 0
    for i in range(max(COUNT // 10, 1)):
        path = tmp_path / "damaged.mp4"
        path.write_bytes(damaged(content, rng))
        start = time.process_time()
        try:
            with VideoReader(path) as reader:
                for frame in reader.frames(0.5):
                    assert frame.time_s >= 0
                    frames += 1
                    assert time.process_time() - start < LONGEST_S, f"number {i}"
        except DataFileError:
            pass
    assert frames
