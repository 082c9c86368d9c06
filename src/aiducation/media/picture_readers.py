"""Readers of picture formats that Pillow does not read by itself, and what to install where one is missing."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache

from aiducation.errors import MissingExtraError, extra_command


@dataclass(frozen=True)
class _Reader:
    """What reads a kind of picture.

    Attributes:
        module, function: of the package: what makes Pillow read it, None where importing the module does.
        formats: as Pillow calls them.
        command: what installs it.
    """

    module: str
    function: str | None
    formats: tuple[str, ...]
    command: str


#: Kind of ``file_kinds`` -> its reader.
_READERS: dict[str, _Reader] = {
    "HEIC": _Reader("pillow_heif", "register_heif_opener", ("HEIF",), extra_command("heic")),
    "JPEG XL": _Reader("pillow_jxl", None, ("JXL",), "pip install pillow-jxl-plugin"),
    "AVIF": _Reader("PIL.AvifImagePlugin", None, ("AVIF",), 'pip install --upgrade "pillow>=11.3"'),
}


@cache
def add_readers() -> None:
    """Make Pillow read what the installed packages read."""
    for reader in _READERS.values():
        try:
            module = importlib.import_module(reader.module)
        except ImportError:  # also where its own library does not load
            continue
        if reader.function:
            getattr(module, reader.function)()


def missing_reader(kind: str) -> MissingExtraError | None:
    """The error for a kind of picture whose reader is not installed; None if it is, or Pillow reads it by itself."""
    from PIL import Image

    reader = _READERS.get(kind)
    if reader is None:
        return None
    add_readers()
    Image.init()
    if any(name in Image.OPEN for name in reader.formats):
        return None
    how = reader.command
    return MissingExtraError(f"{kind} pictures need a package that is not installed; install it with: {how}")
