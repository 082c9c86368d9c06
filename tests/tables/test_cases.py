"""Tables that were refused once, as they came."""

from __future__ import annotations

import numpy as np

from aiducation.data.vote_files import read_votes
from aiducation.vision.own_faces import read_labels
from needs import CASES, REAL_CASES


@REAL_CASES.mark()
def test_labels_in_european_and_spreadsheet_tables() -> None:
    for name in ("semicolons.csv", "capitals.csv"):
        [face] = read_labels(CASES / name)
        assert face.outcome == "focused" and face.path.samefile(CASES / "faces" / "a1.jpg")


@REAL_CASES.mark()
def test_fer2013_as_kaggle_packs_it() -> None:
    read = read_votes(CASES / "fer2013.tar.gz", CASES / "fer2013new.csv")
    assert len(read) == 20 and read.pixels.std() > 10 and (read.votes.sum(axis=1) >= 8).all()
    np.testing.assert_array_equal(read.usage, 0)
