"""Our search for duplicates against perceptual hashes: it finds what they find, and what they cannot see."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from aiducation.data.duplicates import find_duplicates
from needs import need_package


def pictures(n: int) -> np.ndarray:
    """(n, 60, 60) uint8 with structure of all sizes, as photos have."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(60)[:, None], np.fft.fftfreq(60)) + 0.01
    made = np.fft.ifft2(np.fft.fft2(rng.standard_normal((n, 60, 60))) / frequency**1.5).real
    made = 128 + 45 * (made - made.mean((1, 2), keepdims=True)) / made.std((1, 2), keepdims=True)
    return made.clip(0, 255).astype(np.uint8)


def saved_again(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file))


def test_it_finds_what_perceptual_hashes_find_and_more() -> None:
    imagehash = need_package("imagehash")
    photos, known = pictures(120), 30
    middle, moved = photos[:, 6:54, 6:54], photos[:known, 9:57, 4:52]
    copies = [saved_again(image) for image in middle[:known]]
    images = np.ascontiguousarray(np.stack([*middle, *copies, *moved]))
    group = find_duplicates(images).group
    hashes = np.array([imagehash.phash(Image.fromarray(image)).hash.ravel() for image in images])

    def ours(i: int, j: int) -> bool:
        return bool(group[i] == group[j])

    def theirs(i: int, j: int) -> bool:
        return int((hashes[i] != hashes[j]).sum()) <= 8

    same = [(i, len(middle) + i) for i in range(known)]
    recropped = [(i, len(middle) + known + i) for i in range(known)]
    assert all(ours(*pair) for pair in same) and sum(theirs(*pair) for pair in same) >= 0.9 * known
    assert sum(ours(*pair) for pair in recropped) >= 0.9 * known > sum(theirs(*pair) for pair in recropped)
    others = [(i, j) for i in range(len(middle)) for j in range(i)]
    assert not any(ours(*pair) for pair in others)
