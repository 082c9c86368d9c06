"""What the one function between faces and networks promises."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.errors import ShapeError
from aiducation.preprocess import to_input


def test_faces_are_scaled() -> None:
    made = to_input(np.full((2, 48, 48), 255, np.uint8))
    assert made.shape == (2, 1, 48, 48) and made.dtype == np.float32 and (made == 1).all()
    assert to_input(np.zeros((0, 48, 48), np.uint8)).shape == (0, 1, 48, 48)


@pytest.mark.parametrize("shape", [(2, 48, 47), (2, 64, 64), (48, 48), (2, 1, 48, 48)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"must be \(N, 48, 48\) uint8"):
        to_input(np.zeros(shape, np.uint8))
