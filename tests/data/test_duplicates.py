"""Copies of each kind are found, other images are not joined, and the real counts come out."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from aiducation.data.duplicates import KINDS, SAME_PHOTO, Duplicates, find_duplicates, find_identical
from aiducation.data.synthetic import COPY_KINDS, make_synthetic, planted
from aiducation.data.votes import VoteTable
from aiducation.errors import ShapeError

PHOTOS = 120
MIDDLE = 48.0


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """Gray pictures of 96x96 pixels with structure of all sizes, as photos have."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(96)[:, None], np.fft.fftfreq(96)) + 0.01
    noise = np.fft.fft2(rng.standard_normal((PHOTOS, 96, 96))) / frequency**1.5
    pictures = np.fft.ifft2(noise).real
    pictures = 128 + 45 * (pictures - pictures.mean((1, 2), keepdims=True)) / pictures.std((1, 2), keepdims=True)
    return [Image.fromarray(picture) for picture in pictures.clip(0, 255).astype(np.uint8)]


def crop(photo: Image.Image, scale: float = 1, dx: float = 0, dy: float = 0) -> np.ndarray:
    half = 24 * scale
    box = (MIDDLE + dx - half, MIDDLE + dy - half, MIDDLE + dx + half, MIDDLE + dy + half)
    return np.asarray(photo.resize((48, 48), Image.Resampling.BICUBIC, box=box))


def save_again(image: np.ndarray, quality: int = 60) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def darker(image: np.ndarray) -> np.ndarray:
    return np.asarray(20 + 200 * (image / 255) ** 1.4, dtype=np.uint8)


COPIES = {
    "same pixels": ("identical", lambda photo: crop(photo)),
    "saved again": ("near", lambda photo: save_again(crop(photo))),
    "darker": ("near", lambda photo: darker(crop(photo))),
    "shifted": ("recropped", lambda photo: crop(photo, dx=3.5, dy=-2.5)),
    "wider": ("recropped", lambda photo: crop(photo, scale=1.12)),
    "tighter": ("recropped", lambda photo: crop(photo, scale=0.88)),
    "wider and shifted": ("recropped", lambda photo: crop(photo, scale=1.1, dx=-2.5, dy=3)),
    "tighter, shifted, darker, saved again": (
        "recropped",
        lambda photo: save_again(darker(crop(photo, scale=0.9, dx=2, dy=2)), 80),
    ),
    "mirrored": ("mirrored", lambda photo: crop(photo)[:, ::-1]),
    "mirrored and shifted": ("mirrored", lambda photo: crop(photo, dx=2.5, dy=2)[:, ::-1]),
}


def with_copies(photos: list[Image.Image], name: str) -> np.ndarray:
    """All photos, and behind them one kind of copy of the first twelve."""
    return np.stack([*map(crop, photos), *(COPIES[name][1](photo) for photo in photos[:12])])


@pytest.mark.parametrize("name", COPIES)
def test_finds_each_kind_of_copy(photos: list[Image.Image], name: str) -> None:
    found = find_duplicates(with_copies(photos, name))

    expected = np.r_[np.arange(PHOTOS), np.arange(12)]
    np.testing.assert_array_equal(found.group, expected)
    np.testing.assert_array_equal(found.pairs, np.stack([np.arange(12), PHOTOS + np.arange(12)], axis=1))
    assert {KINDS[kind] for kind in found.kind} == {COPIES[name][0]}
    assert (found.similarity >= SAME_PHOTO).all()


def test_counts(photos: list[Image.Image]) -> None:
    copies = [crop(photos[0]), crop(photos[0]), save_again(crop(photos[1])), crop(photos[2])[:, ::-1]]
    found = find_duplicates(np.stack([*map(crop, photos[:40]), *copies]))

    assert found.counts() == {
        "identical_groups": 1,
        "identical_images": 3,
        "identical_largest_group": 3,
        "near_groups": 2,
        "near_images": 5,
        "near_largest_group": 3,
        "all_groups": 3,
        "all_images": 7,
        "all_largest_group": 3,
        "identical_pairs": 2,
        "near_pairs": 1,
        "recropped_pairs": 0,
        "mirrored_pairs": 1,
    }


def test_other_photos_stay_apart(photos: list[Image.Image]) -> None:
    found = find_duplicates(np.stack([crop(photo) for photo in photos]))
    assert len(found.pairs) == 0
    np.testing.assert_array_equal(found.group, np.arange(PHOTOS))


def test_copies_of_drawn_faces() -> None:
    """Drawn faces share outline and place, as cropped faces do, and have less fine structure than photos to tell by."""
    truth = planted(300, seed=1)
    found = find_duplicates(make_synthetic(300, seed=1).pixels)

    copies = set(map(tuple, np.sort(np.stack([truth.sources, truth.copies], axis=1), axis=1).tolist()))
    pairs = set(map(tuple, found.pairs.tolist()))
    assert len(copies - pairs) <= 1
    assert len(pairs - copies) <= 2
    assert found.counts()["identical_pairs"] == (truth.kinds == COPY_KINDS.index("exact")).sum()
    assert found.counts()["all_largest_group"] == 2


def test_flat_images_are_not_joined() -> None:
    rng = np.random.default_rng(0)
    level = np.arange(40)[:, None, None] * 5 + 20
    flat = level + rng.integers(0, 2, (40, 48, 48))
    ramps = level[:20] + np.linspace(0, 8, 48)[None, :, None] * np.ones(48)
    images = np.concatenate([flat, ramps]).astype(np.uint8)
    assert len(find_duplicates(images).pairs) == 0


def test_flat_images_of_equal_pixels_are_identical() -> None:
    images = np.zeros((3, 48, 48), np.uint8)
    images[1] = 9
    np.testing.assert_array_equal(find_duplicates(images).group, [0, 1, 0])


def test_same_images_give_the_same_result(photos: list[Image.Image]) -> None:
    images = with_copies(photos, "wider and shifted")
    first, second = find_duplicates(images), find_duplicates(images)
    for name in Duplicates.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_order_of_the_images_does_not_matter(photos: list[Image.Image]) -> None:
    images = np.concatenate([with_copies(photos, "tighter"), with_copies(photos, "same pixels")[:5]])
    order = np.random.default_rng(3).permutation(len(images))
    straight, shuffled = find_duplicates(images).group, find_duplicates(images[order]).group
    together = straight[order][:, None] == straight[order]
    np.testing.assert_array_equal(shuffled[:, None] == shuffled, together)
    first_seen = shuffled[np.sort(np.unique(shuffled, return_index=True)[1])]
    np.testing.assert_array_equal(first_seen, np.arange(len(first_seen)))


def test_find_identical_joins_equal_pixels_only(photos: list[Image.Image]) -> None:
    image = crop(photos[0])
    almost = image.copy()
    almost[0, 0] ^= 1
    found = find_identical(np.stack([image, crop(photos[1]), almost, image, crop(photos[1]), image]))
    np.testing.assert_array_equal(found.group, [0, 1, 2, 0, 1, 0])
    np.testing.assert_array_equal(found.pairs, [[0, 3], [0, 5], [1, 4]])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_images(photos: list[Image.Image], n: int) -> None:
    images = np.stack([crop(photos[0]), crop(photos[0], scale=1.05)])[:n].reshape(-1, 48, 48)
    expected = [0] * n
    np.testing.assert_array_equal(find_duplicates(images).group, expected)


def test_progress_grows_to_one(photos: list[Image.Image]) -> None:
    shares: list[float] = []
    find_duplicates(with_copies(photos, "shifted"), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[-1] == 1


@pytest.mark.parametrize(
    "images", [np.zeros((2, 48, 48)), np.zeros((2, 48, 40), np.uint8), np.zeros((48, 48), np.uint8)]
)
def test_refuses_other_arrays(images: np.ndarray) -> None:
    for find in (find_identical, find_duplicates):
        with pytest.raises(ShapeError, match="expected"):
            find(images)


@pytest.mark.slow
def test_real_copies(real_table: VoteTable) -> None:
    """Exact counts for equal pixels; in a part of the images, all kinds without long chains."""
    images = real_table.pixels
    counts = find_identical(images).counts()
    assert (counts["identical_groups"], counts["identical_images"]) == (1516, 3369)

    part = find_duplicates(images[-7178:]).counts()  # PublicTest and PrivateTest
    assert 340 <= part["all_groups"] <= 370
    assert part["all_largest_group"] <= 12
