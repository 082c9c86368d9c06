"""Bring the translations in src/aiducation/locales up to date with the texts in the code, and say what is left to translate.

python tools/catalogs.py

Needs Babel (the extra ``dev``). New texts are added without a translation, those that nobody uses any more are removed. What is
translated, and how, docs/translating.md tells.
"""

from __future__ import annotations

import io
import sys
from functools import cache
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from aiducation.texts import ENGLISH, LANGUAGES, LOCALES

PACKAGE = Path(__file__).parents[1] / "src" / "aiducation"

#: Modules whose sentences people read, with their values filled in: see sentences.py.
_ROOMS = {
    "": "errors files locks records",
    "batch": (
        "batch claims cluster lessons made_from manifest options overview recording_checkpoint remote_results "
        "results summary tasks transcripts"
    ),
    "cli": "agreeing analysis annotating collecting comparing devices explaining group_files grouping outputs serving",
    "evaluation": "group_gaps groups",
    "exchange": (
        "boris boris_table csv_table cvat elan format formats label_studio own_json several source_choice targets xml_nodes"
    ),
    "exports": "annotated_picture certainty formats hiding report timeline_figure",
    "kit": "purpose",
    "media": (
        "bigbluebutton cameras class_folders class_reader deep_photos devices file_faults folders held_file "
        "input_files inputs mending photos picture_readers picture_sequence places recording_files recording_notes remote_files "
        "sampling single_picture streams video_files video_pictures video_writer videos"
    ),
    "observations": (
        "annotation_json annotations assumptions change_words changes corrections counts elsewhere events group "
        "group_words picture_space ratings reasons result_json track_names transcript withheld"
    ),
    "study_report": "agreement own_faces_page recording_comparison",
    "tables": "letters packed table",
    "vision": (
        "adapting analyzer annotated_groups class_recording classifier cuts device_choice explained_faces follower grouped_faces "
        "made_with measured_groups model_comparison model_trial own_faces runtime_builds sessions yunet"
    ),
    "web": (
        "bodies class_rooms classes comparing connections edits engine error_page formats guard jobs join_page "
        "kept_sessions label_answers labelling languages live live_sessions page_folder photo_batches problems proxies "
        "recordings reviewing seen_faces sent_files server settings static_page traces turns uploads wasm_runtime"
    ),
}

SENTENCES = tuple(f"{room}/{name}".lstrip("/") for room, names in _ROOMS.items() for name in names.split())

#: Where texts are -> how they are found there.
_METHODS = [
    ("**/static/*.js", "javascript"),
    ("**/alone/*.js", "javascript"),
    ("**/templates/*.html", "jinja2.ext:babel_extract"),
    ("**.py", "python"),
]

_SENTENCES = [(f"**/{module}.py", "sentences:sentences") for module in SENTENCES]

#: Function -> which of its arguments are texts.
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "n_": (1, 2), "ngettext": (1, 2)}

#: Lines of a catalogue's head that say nothing, or change with every change of the code.
_LEFT_OUT = tuple(
    f'"{name}'
    for name in (
        "Project-Id",
        "Report-",
        "POT-Creation",
        "PO-Revision",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)


@cache
def template() -> Catalog:
    """Every text that is marked to be translated, with the files that have it."""
    catalog = Catalog(charset="utf-8")
    options = {"**.html": {"silent": "false"}, "**/reasons.py": {"words": "any"}}
    for methods in (_METHODS, _SENTENCES):
        found = extract_from_dir(PACKAGE, methods, keywords=_KEYWORDS, options_map=options)
        for file, _line, text, comments, context in found:
            catalog.add(text, locations=[(Path(file).name, 0)], auto_comments=comments, context=context)
    return catalog


def updated(language: str) -> Catalog:
    """The catalogue of a language with every text of the code, and no other."""
    path = LOCALES / language / "LC_MESSAGES" / "aiducation.po"
    known = Catalog(locale=language)
    if path.is_file():
        with path.open("rb") as file:
            known = read_po(file, locale=language)
    known.update(template(), no_fuzzy_matching=True)
    known.obsolete.clear()
    return known


def as_po(catalog: Catalog) -> bytes:
    """The catalogue as a file: without times and numbers of lines, which would change with every change of the code."""
    out = io.BytesIO()
    catalog.fuzzy = False
    catalog.header_comment = f"# {catalog.locale.get_language_name('en')} translation of A.I.ducation Analytics."
    write_po(out, catalog, width=120, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    lines = out.getvalue().decode("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(_LEFT_OUT)]
    return ("\n".join(kept).rstrip() + "\n").encode("utf-8")


def untranslated(catalog: Catalog) -> list[str]:
    """The texts without a translation, or with one that nobody has confirmed."""
    missing = []
    for message in catalog:
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and (message.fuzzy or not all(forms)):
            missing.append(str(message.id if isinstance(message.id, str) else message.id[0]))
    return missing


def main() -> None:
    left = 0
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        catalog = updated(language)
        path = LOCALES / language / "LC_MESSAGES" / "aiducation.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalog))
        missing = untranslated(catalog)
        left += len(missing)
        print(f"{language}: {len(catalog)} texts, {len(missing)} without a translation")
        for text in missing:
            print(f"    {text}")
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
