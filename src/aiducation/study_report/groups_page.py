"""The page about groups of faces: accuracy and calibration by what annotators saw, and by what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiducation.study_report.page_parts import Table, write_page
from aiducation.tables.dialects import STANDARD
from aiducation.visible import visible
from aiducation.vision.group_check import GroupCheck
from aiducation.words import many

_COLUMNS = (
    "group",
    "faces",
    "people",
    "accuracy",
    "against the others",
    "p, Holm",
    "overconfidence",
    "p of its difference, Holm",
    "remark",
)

#: The same in a file for programs.
_CSV_COLUMNS = (
    "attribute",
    "group",
    "faces",
    "people",
    "accuracy",
    "difference",
    "p_holm",
    "overconfidence",
    "overconfidence_p_holm",
    "remark",
)


def group_tables(found: GroupCheck) -> list[Table]:
    """A table for each attribute."""
    return [
        Table(
            title=visible(attribute),
            columns=_COLUMNS,
            rows=[
                [
                    visible(one.group),
                    one.faces,
                    one.people,
                    one.accuracy,
                    one.difference,
                    one.p_value,
                    one.overconfidence,
                    one.overconfidence_p_value,
                    "few people" if one.caveat else "",
                ]
                for one in found.gaps
                if one.attribute == attribute
            ],
        )
        for attribute in dict.fromkeys(one.attribute for one in found.gaps)
    ]


def write_groups_csv(found: GroupCheck, path: Path, csv_dialect: str = STANDARD) -> None:
    """Write all groups as one table of numbers."""
    rows = [[table.title, *row] for table in group_tables(found) for row in table.rows]
    Table(columns=_CSV_COLUMNS, rows=rows).write_csv(path, csv_dialect)


def groups_section(found: GroupCheck, folder: Path, csv_dialect: str = STANDARD) -> dict[str, Any]:
    """What a template needs of the groups; writes ``groups.csv`` beside its page."""
    write_groups_csv(found, folder / "groups.csv", csv_dialect)
    return {"tables": group_tables(found), "words": [visible(line) for line in found.words()], "notes": HOW_TO_READ}


#: What every reader of such tables should know.
HOW_TO_READ = (
    "“Against the others” is the recall of a group minus that of the other faces, state by state, so that a group with more of "
    "an easy state does not look better. Overconfidence is the mean probability of the answers minus accuracy; above 0, answers "
    "are less often right than their probabilities say. Its p-value, too, is that of a difference from the other faces: a large "
    "overconfidence with a large p-value is not this group's alone.",
    "Below each figure: its 95 % interval, over people; where it is not known who is shown, over photos. All p-values are "
    "adjusted together (Holm). Groups with faces of fewer than five people are withheld, and nothing is compared with so few "
    "others.",
    "Few people: faces of fewer than 30 people, so that the intervals are too narrow.",
    "Yaw says how far a head is turned sideways (0 is frontal, 1 a profile), roll how far it is tilted (degrees). Brightness, "
    "contrast and sharpness go from 0 to 1; contrast is the standard deviation of the gray levels.",
    "A difference does not prove its cause, and no difference is a reason to treat people differently.",
)


def write_groups_page(found: GroupCheck, path: Path, *, subject: str, view: str, notes: Sequence[str] = ()) -> Path:
    """Write the page; gives its path.

    Args:
        found: what was found.
        path: the file.
        subject: which model on which faces.
        view: "states", or "calm": neutral and focused as one.
        notes: what a reader should know of the faces.
    """
    first, _, rest = found.words()[0].partition(". ") if found.gaps else ("", "", "")
    said = [*([rest] if rest else []), *found.words()[1:]] if found.gaps else found.words()
    write_page(
        "groups.html",
        path,
        title=visible(subject),
        headline=visible(first) if found.gaps else "There are too few faces to compare groups",
        lead=f"{visible(subject)}: {many(found.faces, 'face')} of the "
        + ("four states." if view == "states" else "four states, neutral and focused as one (calm)."),
        words=[visible(line) for line in said],
        notes=[visible(line) for line in notes],
        by_hand=[table for table in group_tables(found) if table.title in found.by_hand],
        measured=[table for table in group_tables(found) if table.title not in found.by_hand],
        how_to_read=HOW_TO_READ,
    )
    return path
