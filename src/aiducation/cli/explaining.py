"""The command ``explain``: which parts of each face were evidence for its state, and whether such maps can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aiducation.cli.options import Detector, Force, Json, Language, Model, app, refuse
from aiducation.cli.outputs import check_out
from aiducation.console import note, print_json, print_line, print_table, say, speak
from aiducation.defaults import DETECTOR
from aiducation.errors import ConfigError, DataFileError
from aiducation.texts import ENGLISH, N_, Texts, texts_of

if TYPE_CHECKING:
    import numpy as np

    from aiducation.vision.classifier import Classifier

#: Faces from which on the sanity checks say something.
_ENOUGH_TO_CHECK = 30


@app.command()
def explain(
    context: typer.Context,
    photos: Annotated[
        list[str],
        typer.Argument(
            help="Photos, folders or file name patterns; a picture of 48x48 pixels is treated "
            "as a face that is already cut out."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write: a page, one picture for each face, and a JSON file with the maps."),
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="State to explain. Default: the most probable one of each face.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="activation (exact, a grid of 6 x 6) or occlusion (works with any model, slower).")
    ] = "activation",
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Instead of writing maps, run sanity checks of the method on these faces; a "
            "hundred or more are needed for clear results.",
        ),
    ] = False,
    model: Model = None,
    detector: Detector = DETECTOR,
    language: Language = ENGLISH,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show which parts of each face were evidence for its state (orange) and against it (blue). A map is coarse, so
    do not interpret small details. It shows what influenced the model, not whether the model is right."""
    speak(language)
    texts = texts_of(language)
    from aiducation.batch.overview import reasons
    from aiducation.exports.explanations_page import write_explanations_page
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.devices import CPU
    from aiducation.vision.explained_faces import faces_of_photos, write_explanations
    from aiducation.vision.explanation import check_wanted

    if check:
        refuse(context, "out", "state", "force", why="does nothing with --check")
    elif out is None:
        raise ConfigError("Name the folder to write with --out, or run the sanity checks with --check.")
    else:
        check_out(out, force=force)
    analyzer = Analyzer(model=model, detector=detector, device=CPU)
    check_wanted(analyzer.classifier, state, method)
    cut = faces_of_photos(analyzer, photos)
    for line in cut.skipped:
        note(texts.gettext("Skipped: {words}", words=texts.sentence(line)))
    for words in reasons(cut.left_out):
        note(f"Left out {words}.")
    if not cut.photos:
        raise DataFileError("No photo was found that can be read, so there is no face to explain.")
    if not len(cut.faces):
        raise DataFileError("No face was found that can be seen well enough to be judged.")
    if check:
        _check(analyzer.classifier, cut.faces, method, texts, as_json=as_json)
        return
    assert out is not None
    rows = write_explanations(analyzer, cut, out, outcome=state, method=method, force=force)
    if as_json:
        print_json(rows)
    else:
        head = [N_("picture"), N_("face"), N_("state"), N_("probability"), N_("map of"), N_("file")]
        print_table(head, [_line(row, texts) for row in rows])
    note(
        "Orange parts were evidence for the state, blue parts against it. The maps are coarse: they cannot show "
        "anything smaller than the eyes, the nose or the mouth."
    )
    page = write_explanations_page(rows, out, texts)
    say(page, page=page)


def _line(row: dict[str, Any], texts: Texts) -> list[object]:
    """What is said of a face on the terminal."""
    state, explained = texts.sentence(row["state"]), texts.gettext(row["explained"])
    return [row["source"], row["face"], state, texts.number(row["probability"], 3), explained, row["file"]]


def _check(classifier: Classifier, faces: np.ndarray, method: str, texts: Texts, *, as_json: bool) -> None:
    from aiducation.vision.explanation_checks import check_explanations

    found = check_explanations(classifier, faces, method=method)
    if as_json:
        print_json(found.to_json())
        return
    count = texts.number(found.faces)
    print_line(texts.gettext("{count} faces, maps by {method}", count=count, method=method))
    rows = []
    for name, value in found.rows():
        estimate, low, high = (texts.decimals(f"{one:.3f}") for one in (value.estimate, value.low, value.high))
        rows.append([texts.gettext(name), estimate, texts.gettext("{low} to {high}", low=low, high=high)])
    print_table([N_("measured"), N_("mean"), N_("95 % interval")], rows)
    print_table([N_("test"), N_("passed")], [[texts.gettext(name), passed] for name, passed in found.passed.items()])
    if found.faces < _ENOUGH_TO_CHECK:
        note(f"Too few faces for clear results: {found.faces:,}. Use a hundred or more.")
