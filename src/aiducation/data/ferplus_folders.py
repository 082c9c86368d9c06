"""FER+'s votes as its repository keeps them for training: a ``label.csv`` in each of three folders.

Layout: ``FER2013Train``, ``FER2013Valid`` and ``FER2013Test`` hold a ``label.csv`` without a heading, with one row for
each image: name, box, ten votes, as in ``fer0000000.png,"(0, 0, 48, "
"48)",4,0,0,1,3,2,0,0,0,0``. Source: github.com/microsoft/FERPlus.

These are not the votes of ``fer2013new.csv`` beside them: 1,601 of the 35,710 images have others (commit ae2128a), the rows
without a name are missing, and names do not say the row in FER2013.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from aiducation.data.votes import USAGES, VOTE_COLUMNS, vote_array
from aiducation.errors import DataFileError
from aiducation.tables.table import Table, open_table

#: Folder, in small letters -> official part of the images in it, as an index into ``USAGES``.
_PARTS = {
    "fer2013train": USAGES.index("Training"),
    "fer2013valid": USAGES.index("PublicTest"),
    "fer2013test": USAGES.index("PrivateTest"),
}
_LABELS, _WHOLE = "label.csv", "fer2013new"
_WIDTH = 2 + len(VOTE_COLUMNS)
_BOX = re.compile(r"\(\s*0\s*,\s*0\s*,\s*48\s*,\s*48\s*\)")


def label_files(path: Path) -> list[Path]:
    """The ``label.csv`` files that a path is or holds; none if it is or holds ``fer2013new.csv``.

    Raises:
        DataFileError: a folder holds neither; or the path cannot be read.
    """
    if not path.is_dir():
        with open_table(path, wanted=(_WHOLE,), missing="The README says where to get the data.") as table:
            return [path] if _has_labels(table) else []
    if whole_table(path):
        return []
    found = sorted(file for file in path.rglob("*.[cC][sS][vV]") if file.name.lower() == _LABELS)
    if not found:
        raise DataFileError(
            f"{path} is a folder without fer2013new.csv and without a label.csv in FER2013Train, FER2013Valid or FER2013Test, "
            "as FER+'s repository has them."
        )
    return sorted(found, key=lambda file: list(_PARTS).index(_folder(file)) if _folder(file) in _PARTS else 0)


def _folder(path: Path) -> str:
    """The name of the folder that a file stands in, in small letters."""
    return path.absolute().parent.name.lower()


def whole_table(folder: Path) -> Path | None:
    """``fer2013new.csv`` in a folder, packed or not."""
    found = sorted(file for file in folder.iterdir() if file.is_file() and file.name.lower().split(".")[0] == _WHOLE)
    return found[0] if found else None


def read_labels(files: list[Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Votes (N, 10) uint8, usage (N,) int8 and names (N,) str of some ``label.csv`` files.

    Raises:
        DataFileError: one stands in another folder, or is not such a file; the message says which row.
    """
    votes, usages, names = [], [], []
    for path in files:
        part = _PARTS.get(_folder(path))
        if part is None:
            raise DataFileError(
                f"{path} does not say which usage of FER2013 it is about: leave it in its folder FER2013Train, "
                f"FER2013Valid or "
                "FER2013Test; or give fer2013new.csv."
            )
        with open_table(path) as table:
            if not _has_labels(table):
                raise DataFileError(
                    f"{path} is not a label.csv of FER+; its first line is: {', '.join(table.heading)[:120]}."
                )
            rows = [list(table.heading)]
            for line, cells in table.cells():
                if len(cells) != _WIDTH or not _is_label(cells):
                    raise DataFileError(
                        f"{path}, line {line}: expected name, box (0, 0, 48, 48) and ten votes, got '{','.join(cells)[:80]}'."
                    )
                rows.append(cells)
        votes.append(vote_array(path, [cells[2:] for cells in rows]))
        usages.append(np.full(len(rows), part, np.int8))
        names += [cells[0] for cells in rows]
    return np.concatenate(votes), np.concatenate(usages), np.array(names)


def _has_labels(table: Table) -> bool:
    return len(table.heading) == _WIDTH and _is_label(table.heading)


def _is_label(cells: list[str] | tuple[str, ...]) -> bool:
    return cells[0].lower().endswith(".png") and _BOX.fullmatch(cells[1]) is not None
