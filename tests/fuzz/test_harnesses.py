"""The harnesses themselves: each takes whole, damaged and random input; fuzzers do the rest."""

from __future__ import annotations

import io
import json
import random

import numpy as np
import pytest
from PIL import Image

import fuzz.fuzz_own_formats as own_formats
import fuzz.fuzz_pictures as pictures
from aiducation.media.samples import portrait
from aiducation.observations.result_json import to_json
from aiducation.vision.analyzer import Analyzer
from random_damage import damaged

pytestmark = pytest.mark.hostile


def test_pictures() -> None:
    whole = io.BytesIO()
    Image.fromarray(portrait()[::4, ::4]).save(whole, "PNG")
    rng = np.random.default_rng(0)
    pictures.TestOneInput(whole.getvalue())
    for _ in range(20):
        pictures.TestOneInput(damaged(whole.getvalue(), rng))
    pictures.TestOneInput(b"")


@pytest.mark.parametrize("reader", range(len(own_formats.READERS)))
def test_own_formats(reader: int) -> None:
    analyzer = Analyzer(threads=1)
    result = json.dumps(to_json(analyzer.photo(portrait()[::2, ::2]))).encode()
    rng, first = np.random.default_rng(reader), bytes([reader])
    for content in (result, b"", b"{}", b"[]", b"file,state\nx.jpg,neutral\n", random.Random(reader).randbytes(300)):
        own_formats.TestOneInput(first + content)
        for _ in range(10):
            if content:
                own_formats.TestOneInput(first + damaged(content, rng))
