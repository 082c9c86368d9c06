"""The page about groups of faces: accuracy and calibration by what annotators saw, and by what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiducation.study_report.page_parts import Table, write_page
from aiducation.tables.dialects import STANDARD
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.vision.group_check import JUDGED, GroupCheck, attribute_words, group_words

_COLUMNS = (N_("group"), N_("faces"), N_("people"), *JUDGED)

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
    "overconfidence_difference",
    "overconfidence_p_holm",
    "calibration_error",
    "remark",
)


def group_tables(found: GroupCheck, texts: Texts = Texts()) -> dict[str, Table]:
    """Attribute -> its table."""
    return {
        attribute: Table(
            title=visible(attribute_words(attribute, texts)),
            columns=[texts.gettext(name) for name in _COLUMNS],
            rows=[
                [
                    visible(group_words(attribute, one.group, texts)),
                    one.faces,
                    one.people,
                    one.accuracy,
                    one.difference,
                    one.p_value,
                    one.overconfidence,
                    one.overconfidence_difference,
                    one.overconfidence_p_value,
                    one.calibration_error,
                    texts.gettext("few people") if one.caveat else "",
                ]
                for one in found.gaps
                if one.attribute == attribute
            ],
        )
        for attribute in dict.fromkeys(one.attribute for one in found.gaps)
    }


def write_groups_csv(found: GroupCheck, path: Path, csv_dialect: str = STANDARD) -> None:
    """Write all groups as one table of numbers."""
    rows = [[table.title, *row] for table in group_tables(found).values() for row in table.rows]
    Table(columns=_CSV_COLUMNS, rows=rows).write_csv(path, csv_dialect)


def groups_section(
    found: GroupCheck,
    folder: Path,
    csv_dialect: str = STANDARD,
    texts: Texts = Texts(),
) -> dict[str, Any]:
    """What a template needs of the groups; writes ``groups.csv`` beside its page."""
    write_groups_csv(found, folder / "groups.csv", csv_dialect)
    return {
        "tables": list(group_tables(found, texts).values()),
        "words": [visible(line) for line in found.words(texts)],
        "notes": [texts.gettext(line) for line in HOW_TO_READ],
    }


#: What every reader of such tables should know.
HOW_TO_READ = (
    N_(
        "“Against the others” is the recall of a group minus that of the other faces, state by state, so that a group with more "
        "of an easy state does not look better. Overconfidence is the mean probability of the answers minus accuracy; above 0, "
        "answers are less often right than their probabilities say. “Overconfidence against the others” compares it state by "
        "state, too, and the p-value beside it is that of this difference. A p-value near 1 means that no difference was shown, "
        "not that there is none."
    ),
    N_(
        "Calibration error is the mean distance between the probabilities of the answers and how often they are right. Chance "
        "alone makes it larger than 0, more so in small groups, which its interval allows for."
    ),
    N_(
        "Below each figure: its 95 % interval, over people; where it is not known who is shown, over photos. All p-values are "
        "adjusted together (Holm), the intervals are not. Groups with faces of fewer than five people are withheld, and nothing "
        "is compared with so few others."
    ),
    N_(
        "Where all people of a group, or all others, are judged alike in a state, one right and one wrong answer are added there "
        "for the interval and the p-value: a few faces that are all wrong do not prove that the next one will be."
    ),
    N_(
        "Pictures of one person that were taken right after one another are nearly one picture. Keep one of them: many make it "
        "look as if people differed more than by chance."
    ),
    N_("Few people: faces of fewer than 30 people, so that the intervals are too narrow and the p-values too small."),
    N_(
        "Yaw says how far a head is turned sideways (0 is frontal, 1 a profile), roll how far it is tilted (degrees). "
        "Brightness, contrast and sharpness go from 0 to 1; contrast is the standard deviation of the gray levels."
    ),
    N_("A difference does not prove its cause, and no difference is a reason to treat people differently."),
)


def write_groups_page(
    found: GroupCheck,
    path: Path,
    texts: Texts = Texts(),
    *,
    subject: str,
    view: str,
    notes: Sequence[str] = (),
) -> Path:
    """Write the page; gives its path.

    Args:
        found: what was found.
        path: the file.
        texts: the language of the page.
        subject: which model on which faces.
        view: "states", or "calm": neutral and focused as one.
        notes: what a reader should know of the faces.
    """
    words, tables = found.words(texts), group_tables(found, texts)
    lead = (
        N_("{subject}: {faces} of the four states.")
        if view == "states"
        else N_("{subject}: {faces} of the four states, neutral and focused as one (calm).")
    )
    faces = texts.ngettext("{n} face", "{n} faces", found.faces)
    few = texts.gettext("There are too few faces to compare groups")
    write_page(
        "groups.html",
        path,
        texts,
        title=visible(subject),
        headline=visible(words[0].rstrip(".")) if found.gaps else few,
        lead=texts.gettext(lead, subject=visible(subject), faces=faces),
        words=[visible(line) for line in (words[1:] if found.gaps else words)],
        notes=[visible(texts.sentence(line)) for line in notes],
        by_hand=[table for name, table in tables.items() if name in found.by_hand],
        measured=[table for name, table in tables.items() if name not in found.by_hand],
        how_to_read=[texts.gettext(line) for line in HOW_TO_READ],
    )
    return path
