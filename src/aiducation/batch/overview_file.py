"""``index.html`` in a folder of results: written anew after each batch, from all that the folder's manifest knows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.options import Done
from aiducation.batch.overview import IndexEntry, index_html
from aiducation.files import is_plain_file, write_text
from aiducation.locks import held
from aiducation.media.folders import is_own_output
from aiducation.media.inputs import File, LeftOut, Nothing
from aiducation.texts import LANGUAGES, Texts, texts_of

_REPORT, _OVERVIEW = ".report.html", "index.html"

#: What an overview is called in its head, which is in so many bytes of its beginning.
_TITLE, _HEAD = "Apparent states: overview", 8192


def write_overview(
    folder: Path,
    done: Sequence[Done],
    texts: Texts = Texts(),
) -> Path | None:
    """``index.html`` of all results in a folder, and of what went wrong or was left out now; None if there is one line or no
    report at all, unless an overview is there already: it would go on to list what is gone. An ``index.html`` that is not an
    overview of this tool stays as it is; the overview is called otherwise then.
    """
    pages = [folder / name for name in (_OVERVIEW, "overview.html", *(f"overview-{n}.html" for n in range(2, 100)))]
    if not any(map(_is_overview, pages)) and not _is_worth_a_page(_lines(folder, done)):
        return None
    with held(folder, _OVERVIEW, wait=True):  # who is last has read what all have done
        page = next(page for page in pages if not os.path.lexists(page) or _is_overview(page))
        write_text(page, index_html(_lines(folder, done), left_out=left_out(done), texts=texts))
    return page


def _is_overview(page: Path) -> bool:
    """Whether a page is an overview that this tool wrote; its reports, too, are called index.html."""
    if not (is_plain_file(page) and is_own_output(page)):
        return False
    with page.open("rb") as file:
        head = file.read(_HEAD).decode("utf-8", "replace")
    return any(f"<title>{texts_of(language).gettext(_TITLE)}</title>" in head for language in LANGUAGES)


def _is_worth_a_page(lines: Sequence[IndexEntry]) -> bool:
    return len(lines) > 1 and any(line.link for line in lines)


def _lines(folder: Path, done: Sequence[Done]) -> list[IndexEntry]:
    """The lines of the overview."""
    lines = [line for entry in Manifest(folder).entries.values() if (line := _index_entry(folder, entry))]
    return lines + [
        IndexEntry(source=_without_path(one.source, one), error=_without_path(one.error, one))
        for one in done
        if one.error
    ]


def _index_entry(folder: Path, entry: Entry) -> IndexEntry | None:
    """The line of a result; None if none of its files is there any more."""
    if not any(is_plain_file(folder / name) for name in entry.files):
        return None
    report = entry.stem + _REPORT
    link = report if report in entry.files and is_plain_file(folder / report) else ""
    return IndexEntry(source=entry.source, summary=entry.summary, complete=entry.complete, link=link)


def left_out(done: Sequence[Done]) -> list[LeftOut]:
    """What was left out of folders."""
    return [one.input for one in done if isinstance(one.input, LeftOut)]


def _without_path(text: str, one: Done) -> str:
    """A text as a saved page may show it: with the name of what was given in the place of where it lies."""
    given = one.input
    if isinstance(given, File):
        return text.replace(str(given.path), one.source)
    return text.replace(str(given.path), given.path.name) if isinstance(given, Nothing) and given.path else text
