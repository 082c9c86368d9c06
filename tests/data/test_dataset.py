from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset, hash_arrays
from aiducation.errors import ConfigError, DataFileError, ShapeError

HASHED = ("images", "emotion", "usage", "votes", "state", "kept")
ARRAYS = (*HASHED, "names", "duplicate_group")


def arrays_of(dataset: Dataset) -> dict[str, np.ndarray]:
    return {name: np.array(getattr(dataset, name)) for name in ARRAYS}


def test_round_trip(dataset: Dataset, tmp_path: Path) -> None:
    dataset.save(tmp_path)
    read = Dataset.load(tmp_path)
    for name, array in arrays_of(dataset).items():
        np.testing.assert_array_equal(getattr(read, name), array)
        assert getattr(read, name).dtype == array.dtype
    assert read.info == dataset.info
    assert read.path == tmp_path


def test_images_stay_on_disk(dataset: Dataset) -> None:
    assert isinstance(dataset.images, np.memmap)
    assert not dataset.images.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[0, 0, 0] = 1


def test_loading_takes_milliseconds(tmp_path: Path, dataset: Dataset) -> None:
    """As many images as the real data has; loading must not read them."""
    n, times = 35_887, []
    arrays = {name: np.resize(array, (n, *array.shape[1:])) for name, array in arrays_of(dataset).items()}
    Dataset(**arrays, info=dataset.info).save(tmp_path)
    for _ in range(5):
        start = time.process_time()
        assert len(Dataset.load(tmp_path)) == n
        times.append(time.process_time() - start)
    assert min(times) < 0.1  # of a processor; measured: 0.004 seconds


def test_hash_names_the_data(dataset: Dataset) -> None:
    arrays = arrays_of(dataset)
    assert hash_arrays(arrays) == dataset.data_hash
    assert hash_arrays({name: np.asfortranarray(array) for name, array in arrays.items()}) == dataset.data_hash


@pytest.mark.parametrize("name", HASHED)
def test_hash_changes_with_each_value(name: str, dataset: Dataset) -> None:
    arrays = arrays_of(dataset)
    last = arrays[name].reshape(-1)
    last[-1] = not last[-1] if name == "kept" else last[-1] ^ 1
    assert hash_arrays(arrays) != dataset.data_hash


def test_hash_changes_with_shape_and_type(dataset: Dataset) -> None:
    arrays = arrays_of(dataset)
    hashes = {
        dataset.data_hash,
        hash_arrays({**arrays, "votes": arrays["votes"].astype(np.int8)}),
        hash_arrays({**arrays, "votes": arrays["votes"].reshape(-1)}),
        hash_arrays({**arrays, "emotion": arrays["usage"], "usage": arrays["emotion"]}),
    }
    assert len(hashes) == 4


def test_labelled_were_kept_and_show_a_state(dataset: Dataset) -> None:
    labelled = dataset.labelled
    assert 0 < len(labelled) < len(dataset)
    assert dataset.kept[labelled].all()
    assert (dataset.state[labelled] >= 0).all()
    rest = np.setdiff1d(np.arange(len(dataset)), labelled)
    assert (~dataset.kept[rest] | (dataset.state[rest] == -1)).all()


def test_split_input_is_about_the_images_asked_for(dataset: Dataset) -> None:
    given = dataset.split_input(np.array([3, 5]))
    assert given.ids.tolist() == [3, 5]
    np.testing.assert_array_equal(given.group, dataset.duplicate_group[[3, 5]])
    np.testing.assert_array_equal(dataset.split_input().ids, dataset.labelled)


def test_arrays_are_checked(dataset: Dataset) -> None:
    for name, wrong in [
        ("votes", dataset.votes[:, :9]),
        ("names", dataset.names[:3]),
        ("images", np.zeros((600, 48, 47), np.uint8)),
        ("kept", dataset.kept.astype(np.int8)),
        ("images", np.zeros((600, 48, 48))),
    ]:
        with pytest.raises(ShapeError, match=f"Dataset.{name}: expected"):
            dataclasses.replace(dataset, **{name: wrong})


def test_unfinished_writing_leaves_no_data_set(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted at the last array: the folder must not pass for a whole one, even where one was before."""
    dataset.save(tmp_path)
    monkeypatch.setattr(np, "save", _save_until(dataset.duplicate_group))
    with pytest.raises(KeyboardInterrupt):
        dataset.save(tmp_path)
    with pytest.raises(DataFileError, match="not a prepared data set"):
        Dataset.load(tmp_path)


def _save_until(last: np.ndarray):
    save = np.save

    def interrupted(file, array, **options):
        if array is last:
            raise KeyboardInterrupt
        save(file, array, **options)

    return interrupted


def test_splits_by_name_and_by_path(dataset: Dataset, prepared: Path) -> None:
    by_name, by_path = dataset.split("random"), dataset.split(str(prepared / "splits" / "random.json"))
    np.testing.assert_array_equal(by_name.parts["test"], by_path.parts["test"])
    with pytest.raises(ConfigError, match="Did you mean 'random'"):
        dataset.split("randon")


def test_a_data_set_without_folder_has_no_splits(dataset: Dataset) -> None:
    with pytest.raises(DataFileError, match="not read from a folder"):
        dataclasses.replace(dataset, path=None).splits()
