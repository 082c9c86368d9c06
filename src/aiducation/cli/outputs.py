"""Whether what a command shall write can be written: told before the work."""

from __future__ import annotations

import os
from pathlib import Path

from aiducation.errors import OutputError, OutputExistsError
from aiducation.files import check_place


def check_out(out: Path | None, *, force: bool) -> None:
    """Make sure before the work that a folder for results is free.

    Raises:
        OutputExistsError: it is not empty, and ``force`` is not set; or it is a file.
        OutputError: something other than a folder has the name of one above it.
    """
    if out is not None and not force and (out.is_file() or (out.is_dir() and any(out.iterdir()))):
        raise OutputExistsError(
            f"{out} exists and is not empty; choose another folder, or use --force to write into this one."
        )
    if out is not None:
        if out.is_file():
            raise OutputExistsError(f"{out} is a file; name a folder for the results.")
        _check_above(out)


def check_file(out: Path, *, force: bool) -> None:
    """Make sure before the work that a file for results may be written.

    Raises:
        OutputExistsError: it is there, and ``force`` is not set.
        OutputError: something other than a file has its name, or that of a folder above it.
    """
    if out.exists() and not force:
        raise OutputExistsError(f"{out} exists already; choose another name, or use --force to replace it.")
    check_place(out)
    _check_above(out)


def _check_above(out: Path) -> None:
    """Make sure that the folders above something that is to be written are folders, if they are there."""
    above = next((folder for folder in out.absolute().parents if os.path.lexists(folder)), None)
    if above is not None and not above.is_dir():
        raise OutputError(f"{out} cannot be written: {above} is not a folder.")
