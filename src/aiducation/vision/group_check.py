"""How differently a model does on groups of labelled faces: by what is measured on them, by people, and by annotated groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aiducation.evaluation.group_gaps import GroupGap, group_gaps, too_small, visible_difference
from aiducation.evaluation.groups import MIN_PHOTOS
from aiducation.evaluation.intervals import Interval
from aiducation.evaluation.people import PeopleSpread, people_spread
from aiducation.observations.group_attributes import GROUP_ATTRIBUTES
from aiducation.states import OTHER, OUTCOMES, STATES, VIEWS
from aiducation.words import people

#: Columns of the table.
HEAD = (
    "attribute",
    "group",
    "faces",
    "accuracy",
    "against the others",
    "p, Holm",
    "overconfidence",
    "p of its difference, Holm",
    "remark",
)


@dataclass(frozen=True, kw_only=True)
class GroupCheck:
    """What was found.

    Attributes:
        gaps: every group of every attribute.
        people: how far people differ; None where it is not known who is shown, or of too few people.
        faces: faces of the four states that were judged.
        comparisons: how many p-values were adjusted together.
        left_out: attributes in which the faces do not differ.
        withheld: attribute -> groups that are not shown, because they have faces of too few people.
        by_hand: attributes that annotators gave, not measurements.
    """

    gaps: Sequence[GroupGap]
    people: PeopleSpread | None
    faces: int
    comparisons: int
    left_out: Sequence[str] = ()
    withheld: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_hand: Sequence[str] = ()

    def rows(self) -> list[list[str]]:
        """The groups as text, in the columns of ``HEAD``."""
        return [
            [
                one.attribute,
                one.group,
                f"{one.faces:,}",
                _text(one.accuracy),
                _text(one.difference, signed=True),
                _p(one.p_value),
                _text(one.overconfidence, signed=True),
                _p(one.overconfidence_p_value),
                one.caveat,
            ]
            for one in self.gaps
        ]

    def words(self) -> list[str]:
        """What it comes to, in sentences."""
        worse = [one for one in self.gaps if one.differs and one.difference is not None and one.difference.estimate < 0]
        said = [
            f"{one.attribute[:1].upper()}{one.attribute[1:]}, {one.group}: answers are right less often than for the other "
            f"faces, by {_points(-one.difference.estimate)} percentage points ({_points(-one.difference.high)} to "
            f"{_points(-one.difference.low)}), at an equal mix of states.{f' The group has {one.caveat}.' if one.caveat else ''}"
            for one in worse
            if one.difference is not None
        ]
        if not worse and self.gaps:
            least = visible_difference(self.gaps, self.comparisons)
            said.append(
                f"No group is judged worse than the others beyond chance ({self.comparisons} comparisons, Holm). Differences "
                f"below about {least:.2f} could not have been told from chance with so few faces."
            )
        if self.people:
            one = self.people
            sure = "more than chance" if one.p_value < 0.05 else "not more than chance"
            said.append(
                f"People: {one.people} have two faces or more. The standard deviation of accuracy between them, beyond states "
                f"and chance, is {one.spread:.3f} (p = {one.p_value:.2g}: {sure}). {people(one.never)} "
                f"{'has' if one.never == 1 else 'have'} no face that is judged rightly; by chance it would be "
                f"{one.never_by_chance:.1f}."
            )
        if self.by_hand:
            said.append(
                f"Annotated by people: {', '.join(self.by_hand)}. Such a label says what an annotator saw in a picture, not what "
                f"a person is."
            )
        for attribute, names in self.withheld.items():
            said.append(f"Withheld, because they show fewer than {MIN_PHOTOS} people: {attribute}, {', '.join(names)}.")
        if self.left_out:
            said.append(
                f"Not compared, because the faces hardly differ in it or it is not known: {', '.join(self.left_out)}."
            )
        return said

    def entry(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "faces": self.faces,
            "comparisons": self.comparisons,
            "groups": [_plain(dataclasses.asdict(one)) for one in self.gaps],
            "people": dataclasses.asdict(self.people) if self.people else None,
            "left_out": list(self.left_out),
            "withheld": {name: list(some) for name, some in self.withheld.items()},
            "by_hand": list(self.by_hand),
            "words": self.words(),
        }


def check_groups(
    probs: np.ndarray,
    truth: np.ndarray,
    people: np.ndarray,
    attributes: Mapping[str, Sequence[str]],
    *,
    view: str = "calm",
    left_out: Sequence[str] = (),
    by_hand: Sequence[str] = (),
    compare_people: bool = True,
) -> GroupCheck:
    """Compare groups on the faces that show one of the four states, with probabilities that are conditional on these
    four.

    Args:
        probs: (N, 5) probabilities of ``OUTCOMES``.
        truth: (N,) index into ``OUTCOMES``.
        people: (N,) who is shown; a number of its own for each face where that is not known.
        attributes: attribute -> group of each of the N faces, "" where it is not known.
        view: "states", or "calm": neutral and focused as one.
        left_out: attributes that are not among them because they make no groups.
        by_hand: attributes that annotators gave.
        compare_people: whether ``people`` are people, not copies of photos.
    """
    rows = np.flatnonzero(truth < len(STATES))
    merged = [[OUTCOMES.index(name) for name in names] for names in VIEWS[view].values() if names != (OTHER,)]
    some = np.stack([probs[rows][:, columns].sum(axis=1) for columns in merged], axis=1)
    of = {outcome: i for i, columns in enumerate(merged) for outcome in columns}
    said = np.array([of[outcome] for outcome in truth[rows].tolist()], dtype=np.int64)
    given = some / np.maximum(some.sum(axis=1, keepdims=True), 1e-12)
    groups = {name: np.asarray(g)[rows].tolist() for name, g in attributes.items()}
    gaps = group_gaps(given, said, people[rows], groups)
    places = list(attributes)
    order = {one.title: list(map(one.group, one.values)) for one in GROUP_ATTRIBUTES.values()}
    return GroupCheck(
        gaps=sorted(gaps, key=lambda one: (places.index(one.attribute), _rank(one, order))),
        people=people_spread(given.argmax(axis=1) == said, said, people[rows]) if compare_people else None,
        faces=len(rows),
        comparisons=sum((one.p_value is not None) + (one.overconfidence_p_value is not None) for one in gaps),
        left_out=tuple(left_out),
        withheld=too_small(people[rows], groups),
        by_hand=tuple(by_hand),
    )


def _rank(one: GroupGap, order: Mapping[str, Sequence[str]]) -> int:
    """Values of an attribute in their order; the lowest third first, the highest last."""
    if one.group in order.get(one.attribute, ()):
        return order[one.attribute].index(one.group)
    return 0 if " (up to " in one.group else 2 if " (over " in one.group else 1


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {field.name for field in dataclasses.fields(Interval)}:
        return {name: round(value[name], 4) for name in ("estimate", "low", "high")}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _text(interval: Interval | None, *, signed: bool = False) -> str:
    if interval is None:
        return "–"
    sign = "+" if signed else ""
    return f"{interval.estimate:{sign}.3f} ({interval.low:{sign}.3f} to {interval.high:{sign}.3f})"


def _points(share: float) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * share:.0f}".replace("-", "−")


def _p(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"
