"""The methods paragraph has every number, and the citation is the one of CITATION.cff."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

import aiducation
from aiducation.exports.format import Material
from aiducation.exports.methods import TITLE, bibtex, methods_text
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.corrections import corrected
from aiducation.observations.faces import VERSION, MadeWith
from aiducation.observations.result_json import from_json, to_json
from aiducation.vision.analyzer import Analyzer
from makers import faces_of, lesson

ROOT = Path(__file__).parents[2]


def test_it_says_with_what_and_how_a_recording_was_analyzed(analyzer: Analyzer) -> None:
    recording = replace(lesson(), made_with=analyzer.made_with, decoding={"software": "PyAV 1.2.3"}, complete=False)
    text = methods_text(Material(result=recording, min_group=7))
    for words in (
        f"{TITLE} {aiducation.__version__}",
        "one frame every 1 s, 90 frames in all",
        "666 views of faces were found by the detector yunet",
        "8 tracks",
        "with the seed 0",
        "decoded with PyAV 1.2.3",
        "does not cover the whole recording",
        f"at least {analyzer.threshold:.3g}",
        analyzer.classifier.info.data_hash,
        "5 of 666 views of faces (0.8 %) have no state (too small 5)",
        "shorter side of less than 16 pixels",
        "fewer than 7 faces were withheld",
        "apparent expressions, not feelings",
    ):
        assert words in text, words
    accuracy = analyzer.made_with.model["scores"]["accuracy"]["estimate"]
    assert f"its accuracy on the four states was {accuracy:.3f} (95 % interval" in text
    assert bibtex(aiducation.__version__) in text


def test_a_photo_has_no_words_of_recordings() -> None:
    text = methods_text(Material(result=replace(faces_of([np.full(5, 0.2)] * 3), made_with=MadeWith()), min_group=1))
    assert "3 faces were found." in text and not re.search(r"track|frame|withheld|model", text.split("## How")[0])


def test_what_people_changed_is_told() -> None:
    seen = replace(lesson(), made_with=MadeWith(model={"name": "flagship"}))
    edit = Annotation(target=Target(source=seen.source, track=seen.track_ids[0]), state="bored", annotator="anna")
    text = methods_text(Material(result=corrected(seen, Annotations((edit,)))))
    assert re.search(r"Afterwards people changed this result by hand \(states of \d+ views of faces\)", text)
    assert "by hand" not in methods_text(Material(result=seen))


def test_the_version_is_the_one_that_analyzed() -> None:
    seen = replace(lesson(), made_with=MadeWith(settings={VERSION: "0.0.7"}))
    text = methods_text(Material(result=from_json(to_json(seen))))
    assert f"was analyzed with {TITLE} 0.0.7:" in text and "version = {0.0.7}" in text
    text = methods_text(Material(result=replace(seen, made_with=MadeWith())))
    assert f"was analyzed with {TITLE}:" in text and "version" not in text


def test_names_cannot_change_the_page() -> None:
    faces = replace(faces_of([]), source="<script>alert(1)</script>\n# Other.jpg")
    text = methods_text(Material(result=faces))
    assert "<script" not in text and len(re.findall(r"^# ", text, re.M)) == 1


def test_the_citation_is_that_of_the_repository() -> None:
    cited = bibtex(aiducation.__version__)
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r'^([a-z-]+): "?([^"\n]+?)"?$', cff, re.M))
    assert fields["version"] == aiducation.__version__ and fields["license"] == "Apache-2.0"
    assert fields["title"] == TITLE and f"title   = {{{{{TITLE}}}}}" in cited
    assert re.search(r'- name: "(.+)"', cff)[1] in cited  # type: ignore[index]
    assert {"cff-version", "message", "title", "type"} <= fields.keys()
    year = fields["date-released"][:4] if "date-released" in fields else "n.d."
    assert f"year    = {{{year}}}" in cited
