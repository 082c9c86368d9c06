"""The kit as files: documents in one language, and the purpose record. One template for each document and language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path

from aiducation.files import new_folder, write_text
from aiducation.kit.facts import Facts
from aiducation.kit.law import ADVICE, CHECKED, ELSEWHERE, RULES
from aiducation.pages import render
from aiducation.texts import Texts

#: The pages of the kit, in the order in which they are read; each is a template in every language's folder.
DOCUMENTS = (
    "start",
    "legal",
    "notice",
    "consent-adults",
    "consent-parents",
    "impact-assessment",
    "retention-plan",
)

#: The file that reports print: ``aiducation analyze --purpose``.
PURPOSE = "purpose.toml"


def write_kit(folder: Path, known: Facts, texts: Texts, *, force: bool = False) -> list[Path]:
    """Write the kit into a folder.

    Args:
        folder: made if it is missing.
        known: what the documents are filled in with.
        texts: the language.
        force: write into a folder that is not empty.

    Returns:
        The files; the first one says what the others are for.

    Raises:
        OutputExistsError: the folder is not empty, and ``force`` is not set.
        OutputError: a file cannot be written.
    """
    new_folder(folder, force=force)
    written = []
    for number, name in enumerate(DOCUMENTS):
        path = folder / f"{number}-{name}.html"
        write_text(path, document(name, known, texts))
        written.append(path)
    record = folder / PURPOSE
    template = Path(__file__).parent / "templates" / texts.language / PURPOSE
    write_text(record, template.read_text(encoding="utf-8"))
    return [*written, record]


def document(name: str, known: Facts, texts: Texts) -> str:
    """A document of the kit as a page.

    Args:
        name: of ``DOCUMENTS``.
    """
    return render(
        "aiducation.kit",
        f"{texts.language}/{name}.html",
        texts,
        today=date.today().isoformat(),
        files={name: f"{number}-{name}.html" for number, name in enumerate(DOCUMENTS)},
        law=[(texts.gettext(rule.where), texts.gettext(rule.what), rule.since, rule.source) for rule in RULES],
        law_elsewhere=texts.gettext(ELSEWHERE),
        law_advice=texts.gettext(ADVICE),
        law_checked=CHECKED,
        **asdict(known),
    )
