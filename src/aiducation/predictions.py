"""Predictions: what a model said about known images. The seam between training and evaluation."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.equality import equal_values
from aiducation.errors import DataFileError, DataMismatchError, ShapeError
from aiducation.files import atomic_path
from aiducation.records import open_regular, parse
from aiducation.schemas import ANY_OBJECT, check, listed, record, text
from aiducation.states import OUTCOMES, STATES

#: What ``meta`` of a file looks like.
_META = record({"states": listed(text(longest=50), least=2, most=100), "info": ANY_OBJECT})

#: Bytes that the arrays of a file take at most: a million images of five states have 60 MB.
_MOST = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Class probabilities for images whose state is known.

    Attributes:
        ids: (N,) int64, row numbers in FER2013 (or any unique image number).
        y_true: (N,) int64, index of the true state in ``states``.
        probs: (N, K) float32, probabilities of the K states; rows sum to 1.
        groups: (N,) int64, duplicate group of each image; images of one group are copies of one photo.
        states: names of the K states, in the order of the columns.
        info: where they come from (model, split, part, epoch, data hash ...), any JSON values.

    Raises:
        ShapeError: an array has the wrong shape, range or repeats an id.
    """

    ids: np.ndarray
    y_true: np.ndarray
    probs: np.ndarray
    groups: np.ndarray
    states: tuple[str, ...] = STATES
    info: dict[str, Any] = field(default_factory=dict)

    __eq__ = equal_values

    def __post_init__(self) -> None:
        n, k = len(self.ids), len(self.states)
        shapes = {"ids": (n,), "y_true": (n,), "probs": (n, k), "groups": (n,)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ShapeError(f"Predictions.{name}: expected shape {shape}, got {getattr(self, name).shape}.")
        if len(set(self.states)) != k:
            raise ShapeError("Predictions.states: a state occurs twice.")
        for name in shapes:
            kind = np.floating if name == "probs" else np.integer
            if not np.issubdtype(getattr(self, name).dtype, kind):
                raise ShapeError(
                    f"Predictions.{name}: expected {kind.__name__} numbers, got {getattr(self, name).dtype}."
                )
        if n and not (self.y_true.min() >= 0 and self.y_true.max() < k):
            raise ShapeError(
                f"Predictions.y_true: expected values 0..{k - 1}, got {self.y_true.min()}..{self.y_true.max()}."
            )
        if n and not (self.probs.min() >= -1e-6 and self.probs.max() <= 1 + 1e-3):
            raise ShapeError("Predictions.probs: expected probabilities from 0 to 1, got something else.")
        if not np.allclose(self.probs.sum(axis=1), 1, atol=1e-3):
            raise ShapeError("Predictions.probs: every row must sum to 1; apply softmax to logits first.")
        if len(np.unique(self.ids)) != n:
            raise ShapeError("Predictions.ids: an image occurs more than once.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def y_pred(self) -> np.ndarray:
        """(N,) int64, the most probable state."""
        return self.probs.argmax(axis=1)

    @property
    def correct(self) -> np.ndarray:
        """(N,) bool, whether the most probable state is the true one."""
        return np.asarray(self.y_pred == self.y_true)

    @property
    def unseen(self) -> tuple[str, ...]:
        """States that no image shows: what a model does on them is not known, and so are means over all states."""
        present = set(self.y_true.tolist())
        return tuple(state for k, state in enumerate(self.states) if k not in present)

    def where(self, mask: np.ndarray) -> Predictions:
        """The predictions that a (N,) boolean mask picks."""
        picked = {name: getattr(self, name)[mask] for name in ("ids", "y_true", "probs", "groups")}
        return Predictions(**picked, states=self.states, info=self.info)

    def of_four_states(self) -> Predictions:
        """The images that show one of the four states, with the probabilities of the states given that it is one of them; the
        same predictions where "other" is not among the states. Where all four are 0 they are equal."""
        if self.states == STATES:
            return self
        if self.states != OUTCOMES:
            raise ShapeError(f"Predictions of {', '.join(self.states)} have no probabilities of the four states.")
        labelled = self.where(self.y_true < len(STATES))
        probs = labelled.probs[:, : len(STATES)]
        total = probs.sum(axis=1, keepdims=True)
        given = np.divide(probs, total, out=np.full_like(probs, 1 / len(STATES)), where=total > 0)
        return dataclasses.replace(labelled, probs=given, states=STATES)

    def save(self, path: str | Path, *, half: bool = False) -> None:
        """Write everything to one ``.npz`` file, atomically.

        Args:
            half: write the probabilities as 16-bit numbers: a quarter of the file, three digits; the answers stay the same.
        """
        with atomic_path(Path(path)) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                ids=self.ids.astype(np.int64),
                y_true=self.y_true.astype(np.int64),
                probs=_halved(self.probs) if half else self.probs.astype(np.float32),
                groups=self.groups.astype(np.int64),
                meta=np.array(json.dumps({"states": self.states, "info": self.info})),
            )

    @classmethod
    def load(cls, path: str | Path) -> Predictions:
        """Read what ``save`` wrote.

        Raises:
            DataFileError: the file is missing or is not such a file.
        """
        path = Path(path)
        try:
            arrays, meta = _read(path)
            return cls(**arrays, states=tuple(meta["states"]), info=meta["info"])
        except Exception as error:  # zipfile and NumPy raise some twenty kinds for damaged files
            words = str(error).strip().splitlines() or [type(error).__name__]
            raise DataFileError(f"{path} is not a complete predictions file: {words[0][:200].rstrip('.')}.") from error


def _halved(probs: np.ndarray) -> np.ndarray:
    """(N, K) float16; where rounding makes two probabilities equal, the larger one stays the larger."""
    rounded, rows, answer = probs.astype(np.float16), np.arange(len(probs)), probs.argmax(axis=1)
    tied = rounded.argmax(axis=1) != answer
    raised = np.nextafter(rounded[rows, answer], np.float16(2))
    rounded[rows[tied], answer[tied]] = raised[tied]
    return rounded


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the description in a file."""
    with open_regular(path) as opened:
        with zipfile.ZipFile(opened) as archive:
            if (size := sum(member.file_size for member in archive.infolist())) > _MOST:
                raise ValueError(f"its arrays would take {size / 1e9:,.1f} GB")
        opened.seek(0)
        with np.load(opened, allow_pickle=False) as file:
            meta = parse(str(file["meta"]))
            arrays = {name: file[name] for name in ("ids", "y_true", "probs", "groups")}
    if why := check(meta, _META):
        raise ValueError(why)
    if arrays["probs"].dtype == np.float16:  # whose rows sum to 1 only roughly
        probs = arrays["probs"].astype(np.float32)
        arrays["probs"] = probs / np.maximum(probs.sum(axis=1, keepdims=True), np.float32(0.5))
    return arrays, meta


def check_same_images(a: Predictions, b: Predictions) -> None:
    """Make sure that two sets of predictions are about the same images in the same order.

    Raises:
        DataMismatchError: they are not.
    """
    if a.states != b.states:
        raise DataMismatchError(f"These predictions have different states: {a.states} and {b.states}.")
    if not (np.array_equal(a.ids, b.ids) and np.array_equal(a.y_true, b.y_true)):
        raise DataMismatchError(
            f"These predictions are about different images ({len(a)} and {len(b)}); evaluate both on the same split."
        )
