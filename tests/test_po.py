"""``aiducation.po``: catalogues are read as Babel reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.errors import DataFileError
from aiducation.po import read_po
from aiducation.texts import LOCALES
from needs import need_package

HEAD = 'msgid ""\nmsgstr ""\n"Language: xx\\n"\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"\n\n'


def catalog(folder: Path, text: str) -> Path:
    path = folder / "some.po"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*/LC_MESSAGES/*.po")), ids=lambda path: path.parts[-3])
def test_the_catalogues_of_the_package_are_read_as_babel_reads_them(path: Path) -> None:
    babel = need_package("babel.messages.pofile")
    with path.open("rb") as file:
        wanted = babel.read_po(file)
    found = read_po(path)
    forms = {
        m.id if isinstance(m.id, str) else m.id[0]: m.string if isinstance(m.string, tuple) else (m.string,)
        for m in wanted
        if m.id
    }
    assert found.messages == forms


def test_plural_forms_escapes_and_texts_over_several_lines(tmp_path: Path) -> None:
    found = read_po(
        catalog(
            tmp_path,
            '#. a comment\n#: file.py\nmsgid ""\n"one \\"face\\"\\n"\n"{n}"\nmsgid_plural "many"\n'
            'msgstr[0] "ein"\nmsgstr[1] "wenige"\nmsgstr[2] "viele"\n',
        )
    )
    assert found.messages == {'one "face"\n{n}': ("ein", "wenige", "viele")}
    assert [found.plural(n) for n in (1, 2, 4, 5)] == [0, 1, 1, 2]
    assert found.header["Language"] == "xx"


def test_what_is_fuzzy_or_not_translated_is_left_out(tmp_path: Path) -> None:
    entries = '#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr ""\n\n#~ msgid "old"\n#~ msgstr "alt"\n'
    assert read_po(catalog(tmp_path, entries)).messages == {}


def test_a_line_that_is_none_of_a_catalogue_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="keyword with a quoted text, not 'msgstr naught'"):
        read_po(catalog(tmp_path, 'msgid "a"\nmsgstr naught\n'))
