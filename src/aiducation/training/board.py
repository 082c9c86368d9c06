"""TensorBoard events beside a run's own log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import require
from aiducation.files import subfolder


def tensorboard(folder: Path | None) -> AbstractContextManager[Callable[[dict[str, float]], None]]:
    """Something that writes each row of the log as scalars below a folder; without a folder it writes nothing.

    Raises:
        MissingExtraError: tensorboard is not installed.
    """
    if folder is None:
        return nullcontext(lambda row: None)
    return _Board(folder)


class _Board:
    def __init__(self, folder: Path) -> None:
        require("tensorboard", "tensorboard")
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(subfolder(folder, "tensorboard")))

    def __enter__(self) -> Callable[[dict[str, float]], None]:
        return self._write

    def __exit__(self, *_: Any) -> None:
        self._writer.close()

    def _write(self, row: dict[str, float]) -> None:
        for name, value in row.items():
            if name != "epoch" and np.isfinite(value):
                self._writer.add_scalar(name.replace("_", "/", 1), value, int(row["epoch"]))
        self._writer.flush()
