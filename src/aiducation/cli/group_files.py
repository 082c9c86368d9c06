"""Files that say which face is in which group: tables of groups, and annotation files with group labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aiducation.console import note
from aiducation.errors import DataFileError

if TYPE_CHECKING:
    from aiducation.observations.annotations import Annotations


@dataclass(frozen=True, kw_only=True)
class GroupFiles:
    """What was named with ``--groups``.

    Attributes:
        tables: with a column for each attribute.
        annotators: name -> group labels.
    """

    tables: tuple[Path, ...] = ()
    annotators: dict[str, Annotations] = field(default_factory=dict)


def read_group_files(paths: Sequence[Path] | None) -> GroupFiles:
    """Sort the files, and read those of annotators. A CSV with the columns attribute and value is an annotation file.

    Raises:
        DataFileError: a file cannot be read, or an annotation file has no group label.
    """
    from aiducation.exchange.several import read_several
    from aiducation.observations.annotations import Annotations
    from aiducation.observations.group_labels import by_annotator

    tables = [path for path in paths or () if _is_table(path)]
    annotators: dict[str, Annotations] = {}
    several = read_several([path for path in paths or () if path not in tables])
    for line in several.notes:
        note(line)
    for path, said in several.files:
        labels = said.of("group")
        if not len(labels):
            raise DataFileError(
                f"{path} has no group label. Switch them on for the page Label, or give a table with the column file (or id) and "
                f"a column for each attribute."
            )
        for name, some in by_annotator(labels, path.stem).items():
            annotators[name] = Annotations((*annotators.get(name, Annotations()), *some))
    return GroupFiles(tables=tuple(tables), annotators=annotators)


def _is_table(path: Path) -> bool:
    from aiducation.tables.table import open_table

    if path.suffix.lower() in (".json", ".eaf", ".boris", ".xml"):
        return False
    with open_table(path, prefer=("id", "file", "attribute")) as table:
        return "attribute" not in table.columns
