"""The page of explanations: the map of each face beside what the model said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiducation.files import write_text
from aiducation.pages import render
from aiducation.visible import visible
from aiducation.vision.explanation import AGAINST, FOR
from aiducation.words import many, percent


def write_explanations_page(rows: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Write ``index.html`` beside the pictures; gives its path.

    Args:
        rows: as ``vision.explained_faces.write_explanations`` gives them.
        folder: where the pictures are.
    """
    faces = [
        {
            "file": row["file"],
            "title": f"{visible(Path(str(row['source'])).name)}, face {row['face']}",
            "state": f"{row['state']}, {percent(row['probability'])}",
            "map": f"Map of {row['explained']}",
        }
        for row in rows
    ]
    path = folder / "index.html"
    colors = {"toward": f"rgb{FOR}", "against": f"rgb{AGAINST}"}
    headline = f"What spoke for the states of {many(len(faces), 'face')}"
    write_text(
        path, render("aiducation.exports", "explanations.html", faces=faces, headline=headline, map_colors=colors)
    )
    return path
