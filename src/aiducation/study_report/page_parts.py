"""What both reports share: a folder of their own, tables, figures and the one self-contained page they end in."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from aiducation.errors import OutputExistsError
from aiducation.evaluation.intervals import Interval
from aiducation.files import check_folder, check_place, is_link, new_folder, subfolder, write_text
from aiducation.locks import held
from aiducation.pages import render
from aiducation.records import read_bytes
from aiducation.study_report.style import inline_svg, numbered, save, stamp
from aiducation.tables.dialects import STANDARD, write_csv
from aiducation.tables.paths import alike
from aiducation.temporary import files_in, new_folder_beside
from aiducation.texts import Texts
from aiducation.undivided import undivided

#: In it a report lists the files that it wrote, so that the next report in this folder can remove them.
FILE_LIST = "files.txt"

#: Bytes of the list at most; a report has some sixty files.
_LONGEST_LIST = 1 << 20

#: Bytes of a text in the name of a file: systems take 255, and an ending follows.
_LONGEST_NAME = 180


@contextmanager
def report_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """A folder to write a report into. Its files come to ``out`` when the block ends well, and otherwise not at all.

    What the report before left in ``out`` goes; files of others stay.

    Raises:
        OutputExistsError: ``out`` is not empty and ``force`` is not set, or holds something in the place of the list of files.
        OutputError: a link, a pipe or a device has the name of one of its files or folders.
    """
    was_there = out.is_dir()
    new_folder(out, force=force)
    _listed(out)  # what stands in the place of the list, the page or the figures shows before the work
    check_place(out / "index.html")
    check_folder(out / "figures")
    try:
        with new_folder_beside(out) as draft:
            yield draft
            names = files_in(draft)
            write_text(draft / FILE_LIST, "".join(f"{name}\n" for name in names))
            with held(out, "report", wait=True), undivided():  # of two reports at once, one is whole in the end
                # Nothing of the earlier report goes before it is known that all of this one can come.
                for name in names:
                    _free_place(out, name)
                _remove_report(out)
                for name in (*names, FILE_LIST):
                    (draft / name).replace(_free_place(out, name))
    finally:
        if not was_there:
            with suppress(OSError):  # there is a report in it
                out.rmdir()


def _free_place(out: Path, name: str) -> Path:
    """Where a file of a report comes to, in a folder that is there."""
    folder, _, _ = name.rpartition("/")
    if folder:
        subfolder(out, folder)
    check_place(out / name)
    return out / name


def _remove_report(out: Path) -> None:
    """Remove the files that an earlier report listed, and folders that are empty without them."""
    for name in _listed(out):
        path = out / name
        inside = name and ".." not in path.parts and out in path.parents
        if inside and not any(is_link(folder) for folder in path.parents if out in folder.parents):
            with suppress(OSError, ValueError):  # it is no file, or no name
                path.unlink()
            with suppress(OSError):  # others have files in it
                path.parent.rmdir()


def _listed(out: Path) -> list[str]:
    """The files that an earlier report listed; none where the list cannot be read, so that nothing is removed by mistake.

    Raises:
        OutputExistsError: something else than a file stands in its place.
    """
    path = out / FILE_LIST
    if not os.path.lexists(path):
        return []
    if is_link(path):
        check_place(path)
    try:
        text = read_bytes(path, _LONGEST_LIST).decode("utf-8")
    except UnicodeDecodeError:
        return []
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputExistsError(
            f"{path} is not the list of files of a report ({why}); choose another folder."
        ) from error
    return [] if "\0" in text else text.splitlines()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a page, and of a CSV file.

    Attributes:
        columns: headings.
        rows: cells: text, int, float, ``Interval``, or None where there is nothing.
        note: a sentence that stands below.
        title: a heading above, where several tables stand in one section.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    title: str = ""

    def is_numeric(self, column: int) -> bool:
        """Whether a column holds nothing but numbers (and gaps), so that it is set flush right."""
        cells = [row[column] for row in self.rows]
        return any(cell is not None for cell in cells) and all(
            cell is None or isinstance(cell, (int, float, Interval)) for cell in cells
        )

    def write_csv(self, path: Path, csv_dialect: str = STANDARD) -> None:
        """Write the table with full precision; an interval becomes three columns (estimate, ``_low``, ``_high``).

        A heading that stands there several times gets the one before it in front: ``accuracy_published``.
        """
        wide = [any(isinstance(row[i], Interval) for row in self.rows) for i in range(len(self.columns))]
        names = [
            f"{self.columns[i - 1]}_{name}" if list(self.columns).count(name) > 1 else name
            for i, name in enumerate(self.columns)
        ]
        header: list[str] = []
        for name, is_interval in zip(names, wide, strict=True):
            header += [name, f"{name}_low", f"{name}_high"] if is_interval else [name]
        rows: list[list[Any]] = []
        for row in self.rows:
            cells: list[Any] = []
            for cell, is_interval in zip(row, wide, strict=True):
                cells += _csv_cells(cell) if is_interval else [_csv_cells(cell)[0]]
            rows.append(cells)
        write_csv(path, header, rows, csv_dialect)


def short_number(value: float) -> Decimal | str:
    """A number with six digits, as a cell of a CSV file; empty for NaN."""
    return "" if math.isnan(value) else Decimal(f"{value:.6g}")


def _csv_cells(cell: Any) -> list[Any]:
    if isinstance(cell, Interval):
        return [short_number(value) for value in (cell.estimate, cell.low, cell.high)]
    if isinstance(cell, float):
        return [short_number(cell), "", ""]
    return ["" if cell is None else cell, "", ""]


def file_names(texts: Iterable[str]) -> list[str]:
    """Texts from outside (raters, models, groups) as parts of file names: of letters, digits, "_" and "-", not too long, and
    each another one, also where a file system knows neither capitals nor how letters are composed.

    Example:
        >>> file_names(["Anna B", "Ben", "anna_b"])
        ['Anna_B', 'Ben', 'anna_b-2']
    """
    names: dict[str, str] = {}
    for text in texts:
        plain = re.sub(r"[^\w-]+", "_", text).encode()[:_LONGEST_NAME].decode(errors="ignore")
        name, number = plain, 1
        while alike(name) in names:
            number += 1
            name = f"{plain}-{number}"
        names[alike(name)] = name
    return list(names.values())


@dataclass(frozen=True, kw_only=True)
class PageFigure:
    """A figure inside a page: its file name without suffix, what it shows, and its SVG."""

    name: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class FigureFolder:
    """The folder that a report's figures are written to, as SVG and PNG; ``stamp`` is added to every title.

    ``texts`` says how the numbers at their axes are written.
    """

    path: Path
    stamp: str = ""
    texts: Texts = field(default_factory=Texts)

    def add(self, name: str, figure: Figure, caption: str) -> PageFigure:
        """Write a figure, and give what a page needs to show it.

        The SVG goes into the page as it is: Matplotlib has escaped every text in it.
        """
        if self.stamp:
            stamp(figure, self.stamp)
        numbered(figure, self.texts)
        save(figure, self.path / name)
        svg = inline_svg(self.path / f"{name}.svg", caption)
        return PageFigure(name=name, caption=caption, svg=Markup(svg))  # nosec B704


def write_page(template: str, path: Path, texts: Texts = Texts(), **values: Any) -> None:
    """Fill a template of this package and write the page, atomically."""
    filters = {"cell": format_cell, "limits": format_limits}
    tests = {"interval": lambda value: isinstance(value, Interval)}
    page = render("aiducation.study_report", template, texts, filters=filters, tests=tests, **values)
    write_text(path, page)


def format_cell(cell: Any, texts: Texts = Texts()) -> str:
    """A table cell as text: thousands set apart, scores with four digits; of an interval the estimate, with as many digits
    as its limits."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, Interval):
        return "–" if math.isnan(cell.estimate) else _rounded(cell.estimate, _digits(cell), texts)
    if isinstance(cell, float):
        return f"{cell:.0e}" if 0 < abs(cell) < 5e-5 else _rounded(cell, 4, texts)
    return texts.number(cell) if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def format_limits(interval: Interval, texts: Texts = Texts()) -> str:
    """For example ``0.601 to 0.645``; "" where there are none. Small differences get a fourth digit."""
    if not interval.has_limits:
        return ""
    low, high = (_rounded(value, _digits(interval), texts) for value in (interval.low, interval.high))
    return texts.gettext("{low} to {high}", low=low, high=high)


def interval_words(interval: Interval, texts: Texts = Texts()) -> str:
    """For example ``0.623 (0.601 to 0.645)``, for a line of text."""
    limits = format_limits(interval, texts)
    return f"{format_cell(interval, texts)} ({limits})" if limits else format_cell(interval, texts)


def _digits(interval: Interval) -> int:
    largest = max(abs(value) for value in (interval.estimate, interval.low, interval.high) if not math.isnan(value))
    return 4 if 0 < largest < 0.01 else 3 if largest <= 1 else 1  # beyond 1 it is no share, but epochs, for example


def _rounded(value: float, digits: int, texts: Texts) -> str:
    return texts.number(value, digits).replace("-", "−")
