"""Small data, made at once: a prepared folder for tests in which images may show anything, and labelled faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from aiducation.data.dataset import Dataset, DatasetInfo
from aiducation.data.splits import make_split
from aiducation.data.votes import VOTE_COLUMNS
from aiducation.preprocess import SIDE
from aiducation.states import STATES
from aiducation.tables.dialects import write_csv

#: Images of each official part that show a state; as many as these last ones show none.
PARTS, NO_STATE = (80, 20, 20), 8


def small_data(folder: Path) -> Dataset:
    """120 images of noise with a state, each a photo of its own, 8 without a state, and the split official."""
    n, rng = sum(PARTS) + NO_STATE, np.random.default_rng(0)
    state = (np.arange(n) % 4).astype(np.int8)
    state[-NO_STATE:] = -1
    dataset = Dataset(
        images=rng.integers(0, 256, (n, SIDE, SIDE), dtype=np.uint8),
        emotion=np.full(n, -1, np.int8),
        usage=np.repeat(np.arange(4) % 3, (*PARTS, NO_STATE)).astype(np.int8),
        votes=np.zeros((n, len(VOTE_COLUMNS)), np.uint8),
        names=np.full(n, ""),
        state=state,
        kept=np.ones(n, bool),
        duplicate_group=np.arange(n, dtype=np.int32),
        info=DatasetInfo(criteria="published", data_hash="ab" * 32, cleaning=[], duplicates={"method": "identical"}),
    )
    dataset.save(folder)
    write_csv(folder / "duplicates.csv", ["image", "copy", "kind", "similarity"], [])
    make_split("official", dataset.split_input()).save(folder / "splits" / "official.json")
    return Dataset.load(folder)


def faces_by_state(folder: Path, dataset: Dataset, n: int) -> Path:
    """So many faces of each state in a folder of their own."""
    for k, state in enumerate(STATES):
        (folder / state).mkdir(parents=True)
        for i in np.flatnonzero(dataset.state == k)[:n]:
            Image.fromarray(dataset.images[i]).save(folder / state / f"{i}.png")
    return folder
