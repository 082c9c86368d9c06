"""The page of explanations: the map of each face beside what the model said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiducation.files import write_text
from aiducation.pages import render
from aiducation.texts import Texts
from aiducation.visible import visible
from aiducation.vision.explanation import AGAINST, FOR


def write_explanations_page(
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
    texts: Texts = Texts(),
) -> Path:
    """Write ``index.html`` beside the pictures; gives its path.

    Args:
        rows: as ``vision.explained_faces.write_explanations`` gives them.
        folder: where the pictures are.
        texts: the language of the page.
    """
    faces = [_face(row, texts) for row in rows]
    path = folder / "index.html"
    colors = {"toward": f"rgb{FOR}", "against": f"rgb{AGAINST}"}
    headline = texts.ngettext(
        "What spoke for the state of {n} face", "What spoke for the states of {n} faces", len(faces)
    )
    page = render("aiducation.exports", "explanations.html", texts, faces=faces, headline=headline, map_colors=colors)
    write_text(path, page)
    return path


def _face(row: Mapping[str, Any], texts: Texts) -> dict[str, str]:
    """The map of a face, where the face is from, and what the model said of it."""
    return {
        "file": row["file"],
        "title": texts.gettext(
            "{name}, face {number}", name=visible(Path(str(row["source"])).name), number=row["face"]
        ),
        "state": texts.gettext(
            "{outcome}, {percent}", outcome=texts.sentence(row["state"]), percent=texts.percent(row["probability"])
        ),
        "map": texts.gettext("Map of {outcome}", outcome=texts.gettext(row["explained"])),
    }
