"""The rated units of an agreement as a table, for use in other programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aiducation.observations.ratings import Ratings
from aiducation.study_report.json_values import number as finite
from aiducation.tables.table import normalized


def unit_rows(ratings: Ratings) -> tuple[list[str], list[Sequence[Any]]]:
    """Heading and rows of a table with one row for each unit, for use in other programs. No two headings are alike."""
    before = ["source", "who", "time_s", "person"]
    after = [f"p_{state}" for state in ratings.states] if ratings.probs is not None else []
    header = [*before, *_columns_of(ratings.raters, [*before, *after]), *after]
    names = [*ratings.states, ""]
    rows: list[Sequence[Any]] = []
    for n in range(ratings.table.shape[1]):
        time_s = float(ratings.times[n])
        row = [
            str(ratings.sources[n]),
            str(ratings.who[n]),
            None if math.isnan(time_s) else round(time_s, 4),
            str(ratings.people[n]),
        ]
        row += [names[int(k)] for k in ratings.table[:, n]]
        row += [finite(float(p)) for p in ratings.probs[n]] if ratings.probs is not None else []
        rows.append(row)
    return header, rows


def _columns_of(raters: Sequence[str], others: Sequence[str]) -> list[str]:
    """A heading for each rater; readers of tables see no capitals and no blanks around."""
    taken, columns = {normalized(name) for name in others}, []
    for rater in raters:
        name, number = rater, 1
        while normalized(name) in taken:
            number += 1
            name = f"{rater} ({number})"
        taken.add(normalized(name))
        columns.append(name)
    return columns
