"""The table of sizes is what PyTorch measures."""

from __future__ import annotations

import pytest

from aiducation.training.model_sizes import SIZES
from aiducation.training.models import MODELS, model_size


def test_every_model_is_in_the_table() -> None:
    assert list(SIZES) == list(MODELS)


@pytest.mark.parametrize("name", ["B16_N4_FC1_K3_AP20", "B32_N8_FC2_K7_AP20", "Compact_W32_D2"])
def test_sizes_are_as_measured(name: str) -> None:
    size = model_size(name)
    assert SIZES[name] == (size.parameters, size.multiply_adds, size.weight_bytes)
