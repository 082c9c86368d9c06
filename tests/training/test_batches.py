"""Order, augmentation and scaling of the batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from aiducation.data.dataset import Dataset
from aiducation.errors import RunError, ShapeError
from aiducation.preprocess import to_input
from aiducation.training.batches import Part, epoch_seed, flip_and_rotate, plain_batches, training_batches
from aiducation.training.config import TrainConfig
from aiducation.training.learner import Learner
from aiducation.training.models import MODELS
from aiducation.training.recipes import recipe_of

PLAIN = TrainConfig(flip=0.0, rotation=0.0, batch_size=32)


@pytest.fixture(scope="module")
def part(dataset: Dataset) -> Part:
    return Part.of(dataset, dataset.labelled[:101], torch.device("cpu"))


def joined(batches: object) -> tuple[Tensor, Tensor]:
    images, targets = zip(*batches, strict=True)  # type: ignore[call-overload]
    return torch.cat(images), torch.cat(targets)


def random_images(n: int = 3) -> Tensor:
    return torch.rand(n, 1, 48, 48, generator=torch.Generator().manual_seed(0))


def rotated(images: Tensor, degrees: float, *, mirrored: bool = False) -> Tensor:
    n = len(images)
    return flip_and_rotate(images, torch.full((n,), mirrored), torch.full((n,), degrees))


def test_a_part_holds_the_images_and_states_of_its_rows(dataset: Dataset, part: Part) -> None:
    assert part.images.dtype == torch.uint8
    assert part.targets.dtype == torch.int64
    assert np.array_equal(part.images.numpy(), dataset.images[part.ids])
    assert np.array_equal(part.targets.numpy(), dataset.state[part.ids])
    assert np.array_equal(part.groups, dataset.duplicate_group[part.ids])


def test_same_seed_and_epoch_give_the_same_batches(part: Part) -> None:
    config = TrainConfig(seed=5)
    for one, other in zip(training_batches(part, config, 3), training_batches(part, config, 3), strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])


@pytest.mark.parametrize(("seed", "epoch"), [(5, 4), (6, 3)])
def test_another_seed_or_epoch_gives_other_batches(part: Part, seed: int, epoch: int) -> None:
    images, _ = joined(training_batches(part, TrainConfig(seed=5), 3))
    others, _ = joined(training_batches(part, TrainConfig(seed=seed), epoch))
    assert not torch.equal(images, others)


def test_seeds_of_epochs_do_not_meet() -> None:
    assert len({epoch_seed(seed, epoch) for seed in range(50) for epoch in range(50)}) == 2500


def test_every_image_comes_once_an_epoch_with_its_own_state(part: Part) -> None:
    images, targets = joined(training_batches(part, PLAIN, 1))
    given = sorted((image.tobytes(), int(t)) for image, t in zip(part.images.numpy(), part.targets, strict=True))
    back = (images[:, 0] * 255).round().to(torch.uint8).numpy()
    assert sorted((image.tobytes(), int(t)) for image, t in zip(back, targets, strict=True)) == given


def test_batches_have_the_size_asked_for_and_the_last_takes_the_rest(part: Part) -> None:
    assert [len(targets) for _, targets in training_batches(part, PLAIN, 1)] == [32, 32, 32, 5]
    assert [len(targets) for _, targets in plain_batches(part, 50)] == [50, 50, 1]


@pytest.mark.parametrize(
    ("images", "sizes"), [(2, [2]), (32, [32]), (33, [33]), (34, [32, 2]), (64, [32, 32]), (65, [32, 33])]
)
def test_a_rest_of_one_image_joins_the_batch_before(part: Part, images: int, sizes: list[int]) -> None:
    few = dataclasses.replace(part, ids=part.ids[:images], images=part.images[:images], targets=part.targets[:images])
    assert [len(targets) for _, targets in training_batches(few, PLAIN, 1)] == sizes
    recipe = recipe_of(PLAIN)
    assert recipe.steps(images) == len(sizes)
    _, targets = joined(training_batches(few, PLAIN, 1))
    assert sorted(targets.tolist()) == sorted(few.targets.tolist()), "every image is seen"


@pytest.mark.parametrize("images", [0, 1])
def test_too_few_images_to_learn_from_are_refused(images: int) -> None:
    with pytest.raises(RunError, match=f"The training split has {images} image"):
        recipe_of(PLAIN).steps(images)


@pytest.mark.parametrize("path", ["plain", "recorded", "weighted"])
def test_a_head_with_batch_norm_learns_from_any_number_of_images(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """65 images in batches of 32 would end with one, of which a head's batch norm has no variance."""
    monkeypatch.setitem(
        MODELS,
        "normed",
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 8), nn.BatchNorm1d(8), nn.Linear(8, 4)),
    )
    ids = dataset.labelled[:65]
    table = tmp_path / "weights.csv"
    table.write_text("id,weight\n" + "".join(f"{i},{1 + n % 2}\n" for n, i in enumerate(ids)), encoding="utf-8")
    config = dataclasses.replace(PLAIN, model="normed", weights=str(table) if path == "weighted" else "")
    learner = Learner(config, device="cpu", recorded=path == "recorded")
    train = learner.training_part(dataset, ids)
    seen: list[tuple[int, int]] = []
    learner.train_one_epoch(train, progress=lambda *done: seen.append(done))
    assert seen == [(32, 65), (65, 65)]


def test_plain_batches_keep_order_and_pixels(part: Part) -> None:
    images, targets = joined(plain_batches(part, 40))
    assert torch.equal(images, part.images[:, None].float() / 255)
    assert torch.equal(targets, part.targets)


def test_half_of_the_training_images_are_mirrored(part: Part) -> None:
    config = TrainConfig(flip=0.5, rotation=0.0, batch_size=256)
    order, _ = joined(training_batches(part, TrainConfig(flip=0.0, rotation=0.0), 1))
    images, _ = joined(training_batches(part, config, 1))
    kept = sum(torch.allclose(a, b, atol=1e-4) for a, b in zip(images, order, strict=True))
    mirrored = sum(torch.allclose(a, b.flip(-1), atol=1e-4) for a, b in zip(images, order, strict=True))
    assert kept + mirrored == len(part)
    assert 0.3 * len(part) < mirrored < 0.7 * len(part)


def test_no_flip_and_no_rotation_is_the_identity() -> None:
    torch.testing.assert_close(rotated(random_images(), 0.0), random_images(), rtol=0, atol=1e-5)


def test_a_mirror_image_is_left_to_right() -> None:
    torch.testing.assert_close(
        rotated(random_images(), 0.0, mirrored=True), random_images().flip(-1), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize(("degrees", "quarters"), [(90.0, 1), (180.0, 2), (-90.0, -1)])
def test_positive_degrees_turn_counter_clockwise(degrees: float, quarters: int) -> None:
    expected = torch.rot90(random_images(), quarters, dims=(-2, -1))
    torch.testing.assert_close(rotated(random_images(), degrees), expected, rtol=0, atol=1e-4)


def test_rotation_comes_before_the_mirror() -> None:
    expected = torch.rot90(random_images(), 1, dims=(-2, -1)).flip(-1)
    torch.testing.assert_close(rotated(random_images(), 90.0, mirrored=True), expected, rtol=0, atol=1e-4)


def test_each_image_of_a_batch_has_its_own_angle() -> None:
    images = random_images(2)
    both = flip_and_rotate(images, torch.tensor([True, False]), torch.tensor([0.0, 90.0]))
    torch.testing.assert_close(both[0], images[0].flip(-1), rtol=0, atol=1e-5)
    torch.testing.assert_close(both[1], torch.rot90(images[1], 1, dims=(-2, -1)), rtol=0, atol=1e-4)


@pytest.mark.parametrize("degrees", [10.0, -7.5])
def test_small_rotations_agree_with_pillow(dataset: Dataset, degrees: float) -> None:
    faces = dataset.images[dataset.labelled[:8]]
    ours = rotated(to_input(torch.from_numpy(np.array(faces))), degrees)[:, 0].numpy() * 255
    theirs = np.stack([Image.fromarray(face).rotate(degrees, Image.Resampling.BILINEAR) for face in faces])
    inside = (slice(None), slice(8, 40), slice(8, 40))  # at the border the two fade to black differently
    difference = np.abs(ours - theirs)[inside]
    assert difference.mean() < 0.7  # gray levels: Pillow rounds to whole ones
    assert difference.max() < 8


def test_validation_images_are_never_augmented(part: Part) -> None:
    images, _ = joined(plain_batches(part, 64))
    changed, _ = joined(training_batches(part, TrainConfig(), 1))
    assert torch.equal(images[:, 0], part.images.float() / 255)
    known = {image.numpy().tobytes() for image in images}
    assert sum(image.numpy().tobytes() in known for image in changed) < len(part) // 4


def test_numpy_and_torch_are_scaled_alike(dataset: Dataset) -> None:
    faces = np.array(dataset.images[:5])
    as_array, as_tensor = to_input(faces), to_input(torch.from_numpy(faces))
    assert as_array.shape == (5, 1, 48, 48)
    assert as_array.dtype == np.float32
    assert np.array_equal(as_array, as_tensor.numpy())
    assert as_array.min() >= 0
    assert to_input(np.full((1, 48, 48), 255, np.uint8)).max() == 1.0


@pytest.mark.parametrize(
    "faces", [np.zeros((48, 48), np.uint8), np.zeros((1, 48, 48), np.float32), torch.zeros(1, 1, 48, 48)]
)
def test_faces_of_another_shape_or_type_are_refused(faces: object) -> None:
    with pytest.raises(ShapeError, match=r"must be \(N, 48, 48\) uint8"):
        to_input(faces)
