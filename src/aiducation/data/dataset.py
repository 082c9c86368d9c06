"""The prepared data set: arrays in a folder, opened by memory map in milliseconds."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.copies import PAIRS_FILE, read_pairs
from aiducation.data.duplicates import LEVELS, Duplicates
from aiducation.data.splits import Split, SplitInput, find_leaks, parse_split_name
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS
from aiducation.equality import equal_values
from aiducation.errors import DataFileError, DataMismatchError, ShapeError, unknown_name
from aiducation.files import atomic_path, write_json
from aiducation.preprocess import SIDE
from aiducation.records import open_regular, read_record
from aiducation.schemas import ANYTHING, check, listed, named, record, text, whole
from aiducation.states import OTHER_INDEX, STATES

FORMAT = 1

#: What a folder has in the end: without it, it is unfinished.
INFO_FILE = "dataset.json"

_ARRAYS: dict[str, type[np.generic]] = {
    "images": np.uint8,
    "emotion": np.int8,
    "usage": np.int8,
    "votes": np.uint8,
    "names": np.str_,
    "state": np.int8,
    "kept": np.bool_,
    "duplicate_group": np.int32,
}
_HASHED = ("images", "emotion", "usage", "votes", "state", "kept")


#: Values of the arrays that name something: lowest and highest.
_RANGES: dict[str, tuple[int, int]] = {
    "emotion": (-1, len(EMOTIONS) - 1),
    "usage": (0, len(USAGES) - 1),
    "votes": (0, 10),
    "state": (OTHER_INDEX, len(STATES) - 1),
}

_COUNT = whole(0, 2**31 - 1)
_COUNTS = named(_COUNT)

#: What ``dataset.json`` looks like.
_SCHEMA = record(
    {
        "criteria": text(longest=200),
        "data_hash": text(longest=200),
        "cleaning": listed(
            record(
                {
                    "rule": text(longest=200),
                    "description": text(),
                    "counts": _COUNTS,
                    "dropped": _COUNT,
                    "left": _COUNT,
                }
            )
        ),
        "duplicates": {**named(ANYTHING), "properties": {"method": text(longest=50)}, "required": ["method"]}
        | {"additionalProperties": _COUNT},
        "sources": named(text(longest=200)),
        "without_image": _COUNT,
        "states": {**listed(text(longest=50)), "enum": [list(STATES)]},
        "format": whole(0, 1000),
    },
    optional=("sources", "without_image"),
)


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """How the data set was made.

    Attributes:
        criteria: name of the rule set that made the states.
        data_hash: SHA-256 over images, labels, votes and states.
        cleaning: what each rule dropped, as ``clean`` gives it.
        duplicates: counts of the search for duplicates; ``method`` says whether it was "full" or "identical" only.
        sources: file names and SHA-256 checksums of the files read.
        without_image: named rows of FER+ that the folder of images had no image for.
    """

    criteria: str
    data_hash: str
    cleaning: list[dict[str, Any]]
    duplicates: dict[str, Any]
    sources: dict[str, str] = field(default_factory=dict)
    without_image: int = 0
    states: tuple[str, ...] = STATES
    format: int = FORMAT


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Everything known about N images; a row number names an image everywhere in this project.

    Attributes:
        images: (N, 48, 48) uint8, gray levels.
        emotion: (N,) int8, FER2013's label (index into ``EMOTIONS``), -1 where unknown.
        usage: (N,) int8, official part (index into ``USAGES``).
        votes: (N, 10) uint8, FER+ votes in the order of ``VOTE_COLUMNS``: the soft labels.
        names: (N,) str, FER+'s image names.
        state: (N,) int8, state by the criteria (index into ``STATES``), -1 = "other"; also given for dropped images.
        kept: (N,) bool, whether the image stayed after cleaning.
        duplicate_group: (N,) int32, images with the same number are duplicates of one photo.
        info: how the data was made.
        path: the folder it was read from, None if it was not.

    Raises:
        ShapeError: the arrays do not fit together.
    """

    images: np.ndarray
    emotion: np.ndarray
    usage: np.ndarray
    votes: np.ndarray
    names: np.ndarray
    state: np.ndarray
    kept: np.ndarray
    duplicate_group: np.ndarray
    info: DatasetInfo
    path: Path | None = field(default=None, compare=False)

    __eq__ = equal_values

    def __post_init__(self) -> None:
        n = len(self.images)
        shapes = {"images": (n, SIDE, SIDE), "votes": (n, len(VOTE_COLUMNS))}
        for name, kind in _ARRAYS.items():
            array, shape = getattr(self, name), shapes.get(name, (n,))
            if array.shape != shape or not np.issubdtype(array.dtype, kind):
                raise ShapeError(
                    f"Dataset.{name}: expected {kind.__name__} of shape {shape}, got {array.dtype} {array.shape}."
                )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def data_hash(self) -> str:
        """SHA-256 that names this data; runs and splits carry it."""
        return self.info.data_hash

    @property
    def labelled(self) -> np.ndarray:
        """(M,) int64, row numbers of the images that were kept and show one of the four states."""
        return np.flatnonzero(self.kept & (self.state != OTHER_INDEX))

    def split_input(self, ids: np.ndarray | None = None) -> SplitInput:
        """What splits are drawn from: the labelled images, or those named."""
        ids = self.labelled if ids is None else ids
        return SplitInput(
            ids=ids,
            usage=self.usage[ids],
            state=self.state[ids],
            group=self.duplicate_group[ids],
            data_hash=self.data_hash,
        )

    def duplicates(self) -> Duplicates:
        """The pairs of duplicates in the folder, with the groups made from them.

        Raises:
            DataFileError: the data set was not read from a folder, or the file of pairs is missing or damaged.
        """
        searched = LEVELS["all" if self.info.duplicates.get("method") == "full" else "identical"]
        return read_pairs(self._folder() / PAIRS_FILE, self.duplicate_group, searched)

    def splits(self) -> dict[str, Split]:
        """Every split in the folder, by name; see ``split`` for what they must keep."""
        folder = self._folder() / "splits"
        return {path.stem: self._checked(Split.load(path), path) for path in sorted(folder.glob("*.json"))}

    def split(self, name: str, *, may_leak: bool = False) -> Split:
        """One split by its name, or by the path of its file.

        The hash does not cover groups of duplicates, so a split that was made when fewer duplicates were known has the
        right hash. It is still refused, unless ``may_leak``; splits of the kind ``published`` are meant to leak.

        Raises:
            ConfigError: there is none of that name.
            DataMismatchError: it was made from other data, or puts copies of one photo into different parts.
        """
        folder = self._folder() / "splits"
        path = folder / f"{name}.json"
        if not path.is_file():
            path = Path(name)
        if not path.is_file():
            raise unknown_name("split", name, [p.stem for p in sorted(folder.glob("*.json"))])
        return self._checked(Split.load(path), path, may_leak=may_leak)

    def _folder(self) -> Path:
        if self.path is None:
            raise DataFileError(
                "This data set was not read from a folder, so it has no files of splits and duplicates."
            )
        return self.path

    def _checked(self, split: Split, path: Path, *, may_leak: bool = False) -> Split:
        if split.data_hash != self.data_hash:
            raise DataMismatchError(
                f"{path} was made from other data ({split.data_hash[:12]}) than this ({self.data_hash[:12]}). "
                "Make it again with: aiducation prepare"
            )
        if max(int(ids.max()) for ids in split.parts.values()) >= len(self):
            raise DataFileError(f"{path} names images beyond the {len(self):,} of this data set.")
        if not may_leak and parse_split_name(split.name).kind != "published":
            self._check_whole_groups(split, path)
        return split

    def _check_whole_groups(self, split: Split, path: Path) -> None:
        if leaks := find_leaks(split, self.duplicate_group):
            worst = max(leaks, key=lambda leak: len(leak.ids))
            raise DataMismatchError(
                f"{path} has duplicates of one photo in two parts: {len(worst.ids):,} images of {worst.part} have a "
                f"duplicate in {worst.other}. It was probably made when fewer duplicates were known. Make it again "
                f"with: aiducation prepare"
            )

    def save(self, folder: str | Path, *, without: tuple[str, ...] = ()) -> None:
        """Write the arrays and, last, ``dataset.json``: a folder without it is unfinished.

        Args:
            without: arrays that the caller writes in another form.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / INFO_FILE).unlink(missing_ok=True)
        for name in _ARRAYS.keys() - set(without):
            with atomic_path(folder / f"{name}.npy") as temporary, temporary.open("wb") as file:
                np.save(file, getattr(self, name), allow_pickle=False)
        write_json(folder / INFO_FILE, dataclasses.asdict(self.info))

    @classmethod
    def load(cls, folder: str | Path) -> Dataset:
        """Open a prepared folder; the images stay on disk until they are used.

        Raises:
            DataFileError: the folder is not a prepared data set, or one of its files is damaged.
        """
        folder = Path(folder)
        if not (folder / INFO_FILE).is_file():
            raise DataFileError(f"{folder} is not a prepared data set. Make one with: aiducation prepare")
        value = read_record(folder / INFO_FILE, hint="Prepare the data again.")
        if value.get("format") != FORMAT:
            raise DataFileError(
                f"{folder} has format {value.get('format')}, this version reads {FORMAT}; prepare it again."
            )
        if why := check(value, _SCHEMA):
            raise DataFileError(f"{folder / 'dataset.json'} is incomplete or edited: {why}. Prepare the data again.")
        info = DatasetInfo(**{**value, "states": tuple(value["states"])})
        arrays = {name: _read_array(folder / f"{name}.npy", in_memory=name != "images") for name in _ARRAYS}
        group = arrays["duplicate_group"]
        if group.size and np.issubdtype(group.dtype, np.integer) and not 0 <= group.min() <= group.max() < len(group):
            raise DataFileError(
                f"{folder / 'duplicate_group.npy'} is damaged: a group has no image with a number below {len(group):,}."
            )
        try:
            return cls(**arrays, info=info, path=folder)
        except ShapeError as error:
            raise DataFileError(f"{folder} is damaged: {str(error).rstrip('.')}. Prepare it again.") from error


def _read_array(path: Path, *, in_memory: bool) -> np.ndarray:
    try:
        open_regular(path).close()
        array = np.asanyarray(np.load(path, mmap_mode=None if in_memory else "r", allow_pickle=False))
    except FileNotFoundError as error:
        raise DataFileError(f"{path} is missing; prepare the data again.") from error
    except Exception as error:  # NumPy raises a dozen kinds for damaged files
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise DataFileError(f"{path} is damaged: {words[0][:200].rstrip('.')}. Prepare the data again.") from error
    low, high = _RANGES.get(path.stem, (None, None))
    numbers = low is not None and array.size and np.issubdtype(array.dtype, np.integer)
    if numbers and (array.min() < low or array.max() > high):
        raise DataFileError(f"{path} is damaged: a value is not from {low} to {high}. Prepare the data again.")
    return array


def hash_arrays(arrays: dict[str, np.ndarray]) -> str:
    """SHA-256 over the arrays that decide what is trained and measured, in a fixed order."""
    digest = hashlib.sha256()
    for name in _HASHED:
        digest.update(f"{name}{arrays[name].shape}{arrays[name].dtype}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()
