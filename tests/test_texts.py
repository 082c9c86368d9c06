"""``aiducation.texts``: every language says everything, in its own numbers and plural forms."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from random import Random

import pytest

from aiducation.errors import ConfigError
from aiducation.texts import LANGUAGES, LOCALES, Texts, catalog_of, language_for, texts_of
from needs import need_package

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    """Write what is missing into the catalogue after: python tools/catalogs.py."""
    need_package("babel")
    import catalogs as tool

    path = LOCALES / language / "LC_MESSAGES" / "aiducation.po"
    catalog = tool.updated(language)
    assert tool.untranslated(catalog) == []
    assert path.read_bytes() == tool.as_po(catalog), "the code has other texts; run: python tools/catalogs.py"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_fill_in_the_same_values(language: str) -> None:
    names = re.compile(r"\{(\w+)\}")
    for english, forms in catalog_of(language).messages.items():
        for form in forms:
            missing = set(names.findall(english)) ^ set(names.findall(form))
            assert missing <= ({"n"} if len(forms) > 1 else set()), (english, form)


def test_no_text_of_a_language_is_that_of_another() -> None:
    """What was copied into the wrong catalogue is the same in two languages, and not the English."""
    german, french = (catalog_of(language).messages for language in ("de", "fr"))
    mixed = [english for english, forms in french.items() if forms == german.get(english) and english not in forms]
    assert mixed == []


def test_there_is_a_catalogue_for_each_language_and_no_other() -> None:
    assert sorted(path.name for path in LOCALES.iterdir() if path.is_dir()) == sorted(OTHERS)


#: Modules whose errors nobody sees who analyzes or serves: other commands show them, or they are caught and say why something
#: is decoded completely.
_ENGLISH_ALONE = {"media/coded_pictures"}


def test_errors_of_analyze_and_serve_can_be_translated() -> None:
    """Name a new module that raises errors in SENTENCES of tools/catalogs.py."""
    need_package("babel")
    import catalogs as tool

    raised = re.compile(r"\b(raise|return) (?!Assertion)\w*Error\(\s*f?\"[^\"]* |\bProblem\(\"\w+\", f?\"")
    modules = (
        path for room in ("batch", "kit", "media", "tables", "web") for path in (tool.PACKAGE / room).glob("*.py")
    )
    raising = {f"{path.parent.name}/{path.stem}" for path in modules if raised.search(path.read_text(encoding="utf-8"))}
    assert raising - set(tool.SENTENCES) == _ENGLISH_ALONE
    assert [name for name in tool.SENTENCES if not (tool.PACKAGE / f"{name}.py").is_file()] == []


def test_plural_forms() -> None:
    def faces(language: str, n: int) -> str:
        return texts_of(language).ngettext("{n} face", "{n} faces", n)

    assert [faces("en", n) for n in (0, 1, 2)] == ["0 faces", "1 face", "2 faces"]
    assert [faces("de", n) for n in (0, 1, 2)] == ["0 Gesichter", "1 Gesicht", "2 Gesichter"]
    assert [faces("fr", n) for n in (0, 1, 2)] == ["0 visage", "1 visage", "2 visages"]


def test_numbers() -> None:
    assert Texts("en").number(12345.678, 1) == "12,345.7"
    assert Texts("de").number(12345.678, 1) == "12.345,7"
    assert Texts("fr").number(12345.678, 1) == "12\u202f345,7"
    assert Texts("de").percent(0.256) == "26 %"


def test_what_nobody_translated_stays_english() -> None:
    assert Texts("de").gettext("No catalogue has {this}.", this="that") == "No catalogue has that."


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr;q=0.3, de;q=0.7", "de"),
        ("it, fr-CA;q=0.5", "fr"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("ja, zh", "en"),
        ("*", "en"),
        ("de;q=much,;;,", "en"),
    ],
)
def test_the_first_language_that_is_accepted_and_there(accepted: str, language: str) -> None:
    assert language_for(accepted) == language


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(ConfigError, match="Unknown language"):
        texts_of("klingon")


# --- sentences that the package made in English -------------------------------------------------------------------------

#: English -> German.
SAID = {
    "9 faces": "9 Gesichter",
    "1,234 faces": "1.234 Gesichter",
    "focused 52 %": "konzentriert 52 %",
    "unclear: not sure": "unklar: nicht sicher",
    "70.4 % (68.1 % to 72.0 %)": "70,4 % (68,1 % bis 72,0 %)",
    "1:00 to 2:00": "1:00 bis 2:00",
    "5 to bored": "5 zu gelangweilt",
    "5 left": "5 gingen",
    "Of the faces with another expression: 3.2 smiling, 1 sad.": (
        "Von den Gesichtern mit anderem Ausdruck: 3,2 lächelnd, 1 traurig."
    ),
    "upper left": "oben links",
    "recall, four states: angry": "Trefferquote, vier Zustände: verärgert",
    "15 of 25 people turned to other": "15 von 25 Personen wechselten zu andere",
    "most looked focused (6.5 of 9 faces, mean probability 44 %)": (
        "die meisten wirkten konzentriert (6,5 von 9 Gesichtern, mittlere Wahrscheinlichkeit 44 %)"
    ),
    "9 faces; no state stands out (focused 3, bored 2 of 9 faces)": (
        "9 Gesichter; kein Zustand sticht heraus (konzentriert 3, gelangweilt 2 von 9 Gesichtern)"
    ),
    "From 0:00 to 1:00 and from 4:30 to 5:00 fewer than 5 faces were seen well; their states are not shown then.": (
        "Von 0:00 bis 1:00 und von 4:30 bis 5:00 waren weniger als 5 Gesichter gut zu sehen; "
        "ihre Zustände werden dann nicht gezeigt."
    ),
    "The states of single faces are not shown for the same reason. Well visible, but no state was probable enough.": (
        "Die Zustände einzelner Gesichter werden aus demselben Grund nicht gezeigt. "
        "Gut sichtbar, aber kein Zustand war wahrscheinlich genug."
    ),
    "labels.xml: boxes without a state that were left out: 1,234.": (
        "labels.xml: Rahmen ohne Zustand, die weggelassen wurden: 1.234."
    ),
    "labels.xml: points, lines, cuboids and skeletons that were left out: 2.": (
        "labels.xml: Punkte, Linien, Quader und Skelette, die weggelassen wurden: 2."
    ),
    "said.json: regions without a label that were left out: 1.": (
        "said.json: Regionen ohne Beschriftung, die weggelassen wurden: 1."
    ),
    "b.boris: behaviour 'bored' does not name a state; left out of it: 3. Use --code to say which state it stands for.": (
        "b.boris: Das Verhalten „bored“ nennt keinen Zustand; davon weggelassen: 3. Sagen Sie mit --code, für welchen "
        "Zustand es steht."
    ),
    "day 1.eaf: tier 'all faces' contains no state and was left out.": (
        "day 1.eaf: Die Zeile „all faces“ enthält keinen Zustand und wurde weggelassen."
    ),
    "labels.csv: rows without a state that were left out: 3.": (
        "labels.csv: Zeilen ohne Zustand, die weggelassen wurden: 3."
    ),
    "results.jsonl: lines that were skipped: 1 (line 3: it is damaged); inputs whose results only such a line names are analyzed "
    "again.": (
        "results.jsonl: Zeilen, die übersprungen wurden: 1 (Zeile 3: it is damaged); Eingaben, deren Ergebnisse nur eine "
        "solche Zeile nennt, werden noch einmal analysiert."
    ),
    "bored: 3 of 9 people before, 5 after; mean probability 20 %, then 40 %": (
        "gelangweilt: 3 von 9 Personen vorher, 5 nachher; mittlere Wahrscheinlichkeit 20 %, dann 40 %"
    ),
    "class.jpg was analyzed before and is skipped.": "class.jpg wurde schon analysiert und wird übersprungen.",
    "photo was analyzed before and is skipped.": "photo wurde schon analysiert und wird übersprungen.",  # a file name
    "s3://b/x.mp4 cannot be read: Access Denied. Who may read and write is said by ~/.netrc.": (
        "s3://b/x.mp4 kann nicht gelesen werden: Access Denied. Wer lesen und schreiben darf, sagt: ~/.netrc."
    ),
    "Unknown language 'dee'. Did you mean 'de'? Known: en, de, fr.": (
        "Unbekannt: Sprache „dee“. Meinten Sie „de“? Bekannt sind: en, de, fr."
    ),
    "m.onnx cannot be used: it gives scores of shape (2, 3) for 2 faces, not (2, 5).": (
        "m.onnx kann nicht benutzt werden: es gibt Werte der Form (2, 3) für 2 Gesichter, nicht (2, 5)."
    ),
    "Changed by hand: states of 1,600 views of faces; 2 tracks merged; excluded spans: 0:10 to 0:20.": (
        "Von Hand geändert: Zustände von 1.600 Ansichten von Gesichtern; 2 Spuren zusammengeführt; ausgeschlossene Abschnitte: "
        "0:10 bis 0:20."
    ),
    # What is wrong in a file of labels: where, and several sentences with words that nobody translates.
    "a.boris has no behaviour that names a state: neutral, cannot_tell. If other words are used, translate them with --code.": (
        "a.boris hat kein Verhalten, das einen Zustand nennt: neutral, cannot_tell. Andere Wörter übersetzen Sie mit --code."
    ),
    "a.csv, line 2: column state: 'on' is not one of bored, x_y. Say which state it stands for with --code 'on=focused', or "
    "leave it out with --code 'on='.": (
        "a.csv, Zeile 2: Spalte state: 'on' gehört nicht zu bored, x_y. Sagen Sie mit --code 'on=focused', für welchen Zustand "
        "es steht, oder lassen Sie es mit --code 'on=' weg."
    ),
    "a.mp4: No change of expressions is certain. With 8 people seen well, even a change of all of them for a minute might not be "
    "certain.": (
        "a.mp4: Keine Veränderung der Ausdrücke ist sicher. Bei 8 gut sichtbaren Personen wäre vielleicht auch eine Veränderung "
        "aller für eine Minute nicht sicher."
    ),
    # A list of one text, and a reader that is missing.
    "Neutral against focused, balanced accuracy (0.5 is chance): 0.71 on test, 0.62 on ainet_b.": (
        "Neutral gegen konzentriert, ausgewogene Genauigkeit (0,5 ist Zufall): 0,71 bei test, 0,62 bei ainet_b."
    ),
    'a.heic: HEIC pictures need a package that is not installed; install it with: pip install ".[heic]" in the folder of the '
    'program, or pip install "aiducation[heic]" if it came as a package': (
        "a.heic: Bilder der Art HEIC brauchen ein Paket, das nicht installiert ist; installieren Sie es mit: "
        'pip install ".[heic]" im Ordner des Programms, oder pip install "aiducation[heic]", wenn es als Paket kam'
    ),
    "a.csv lacks the column state; its first line is: file. It must name file and state.": (
        "a.csv hat die Spalte state nicht; die erste Zeile ist: file. Sie muss file und state nennen."
    ),
    "a.xlsx is an Excel workbook; in Excel: File, Save As, 'CSV UTF-8 (Comma delimited)'.": (
        "a.xlsx ist eine Excel-Mappe; in Excel: Datei, Speichern unter, „CSV UTF-8 (durch Trennzeichen getrennt)“."
    ),
    # What stands for a name is none.
    "The frame is empty.": "Das Bild ist leer.",
    "There is not enough memory for the file; make it smaller.": (
        "Der Arbeitsspeicher reicht nicht für die Datei; verkleinern Sie es."
    ),
    # What nobody translated stays as it is, and so do addresses.
    "The rest of the file is missing.": "The rest of the file is missing.",
    "some.of.these to that": "some.of.these to that",
    "http://127.0.0.1:8000/": "http://127.0.0.1:8000/",
    "": "",
}


@pytest.mark.parametrize("english", SAID)
def test_a_sentence_is_found_with_its_values_in_it(english: str) -> None:
    assert Texts("de").sentence(english) == SAID[english]
    assert Texts("en").sentence(english) == english


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_any_text_may_come(language: str) -> None:
    """Names of files and other people's words are in sentences: nothing breaks, and nothing takes long."""
    random = Random(1)
    words = [
        "faces",
        "of",
        "to",
        "9",
        "0:07",
        "(",
        ")",
        "; ",
        ": ",
        ", ",
        " and ",
        ".",
        "{n}",
        "%",
        "bored",
        "é\u202e",
        "\n",
    ]
    for _ in range(50):
        text = " ".join(random.choice(words) for _ in range(random.randrange(120)))
        assert isinstance(Texts(language).sentence(text), str)
    assert Texts(language).sentence("x, " * 10_000) == "x, " * 10_000
