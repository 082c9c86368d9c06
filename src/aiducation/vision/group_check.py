"""How differently a model does on groups of labelled faces: by what is measured on them, by people, and by annotated groups."""

from __future__ import annotations

import dataclasses
import math
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
from aiducation.texts import N_, Texts
from aiducation.vision.measured_groups import MEASURES
from aiducation.words import point_digits

#: Columns of every table of groups that say how a group is judged.
JUDGED = (
    N_("accuracy"),
    N_("against the others"),
    N_("p, Holm"),
    N_("overconfidence"),
    N_("overconfidence against the others"),
    N_("p, Holm"),
    N_("calibration error"),
    N_("remark"),
)

#: Columns of the table.
HEAD = (N_("attribute"), N_("group"), N_("faces"), *JUDGED)

#: Attributes that annotators are asked for by their titles.
_ASKED = {one.title: one for one in GROUP_ATTRIBUTES.values()}


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
        unknown: own faces of which it is not known who is shown.
    """

    gaps: Sequence[GroupGap]
    people: PeopleSpread | None
    faces: int
    comparisons: int
    left_out: Sequence[str] = ()
    withheld: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_hand: Sequence[str] = ()
    unknown: int = 0

    def rows(self, texts: Texts = Texts()) -> list[list[str]]:
        """The groups as text, in the columns of ``HEAD``."""
        return [
            [
                attribute_words(one.attribute, texts),
                group_words(one.attribute, one.group, texts),
                texts.number(one.faces),
                _text(one.accuracy, texts),
                _text(one.difference, texts, signed=True),
                _p(one.p_value, texts),
                _text(one.overconfidence, texts, signed=True),
                _text(one.overconfidence_difference, texts, signed=True),
                _p(one.overconfidence_p_value, texts),
                _text(one.calibration_error, texts),
                texts.sentence(one.caveat),
            ]
            for one in self.gaps
        ]

    def words(self, texts: Texts = Texts()) -> list[str]:
        """What it comes to, in sentences; the first is the main one."""
        said = [*self._about_groups(texts), *(self._about_people(texts) if self.people else ())]
        if self.unknown:
            said.append(
                texts.ngettext(
                    "It is not known who is shown on {n} face, which counts as another person.",
                    "It is not known who is shown on {n} faces, each of which counts as another person; several faces of one "
                    "person make the intervals too narrow and the p-values too small.",
                    self.unknown,
                )
            )
        if self.by_hand:
            said.append(
                texts.gettext(
                    "Annotated by people: {listed}. Such a label says what an annotator saw in a picture, not what a person is.",
                    listed=", ".join(attribute_words(name, texts) for name in self.by_hand),
                )
            )
        for attribute, names in self.withheld.items():
            said.append(
                texts.gettext(
                    "Withheld, because they show fewer than {number} people: {attribute}, {listed}.",
                    number=MIN_PHOTOS,
                    attribute=attribute_words(attribute, texts),
                    listed=", ".join(group_words(attribute, name, texts) for name in names),
                )
            )
        if self.left_out:
            listed = ", ".join(attribute_words(name, texts) for name in self.left_out)
            said.append(
                texts.gettext(
                    "Not compared, because the faces hardly differ in it or it is not known: {listed}.", listed=listed
                )
            )
        return said

    def _about_groups(self, texts: Texts) -> list[str]:
        """Which groups are judged worse; otherwise that none is, and what could have been seen."""
        said = []
        for one in self.gaps:
            if not one.differs or one.difference is None or one.difference.estimate >= 0:
                continue
            name, group = attribute_words(one.attribute, texts), group_words(one.attribute, one.group, texts)
            less, low, high = _points((-one.difference.estimate, -one.difference.high, -one.difference.low), texts)
            said.append(
                texts.gettext(
                    "{attribute}, {group}: answers are right less often than for the other faces, by {points} percentage points "
                    "({low} to {high}), at an equal mix of states.",
                    attribute=name[:1].upper() + name[1:],
                    group=group,
                    points=less,
                    low=low,
                    high=high,
                )
            )
            if one.caveat:
                colon = texts.gettext(": ")
                said.append(f"{group}{colon}{texts.sentence(one.caveat)}.")
        if said or not self.gaps:
            return said
        if not any(one.difference for one in self.gaps):
            return [texts.gettext("No group could be compared: there are too few people in the others.")]
        none = texts.gettext(
            "No group is judged worse than the others beyond chance ({count} comparisons, Holm).",
            count=self.comparisons,
        )
        if math.isnan(least := visible_difference(self.gaps, self.comparisons)):
            return [none]
        seen = texts.gettext(
            "Differences below about {points} percentage points could not have been told from chance with so few faces.",
            points=_points((least,), texts)[0],
        )
        return [none, seen]

    def _about_people(self, texts: Texts) -> list[str]:
        """How far people differ."""
        one = self.people
        assert one is not None
        differ = (
            N_(
                "People: {count} have two faces or more. The standard deviation of accuracy between them, beyond states and "
                "chance, is {spread} (p = {p}: more than chance)."
            )
            if one.p_value < 0.05
            else N_(
                "People: {count} have two faces or more. The standard deviation of accuracy between them, beyond states and "
                "chance, is {spread} (p = {p}: not more than chance)."
            )
        )
        return [
            texts.gettext(
                differ, count=texts.number(one.people), spread=texts.number(one.spread, 3), p=_p(one.p_value, texts)
            ),
            texts.ngettext(
                "{n} person has no face that is judged rightly; by chance it would be {count}.",
                "{n} people have no face that is judged rightly; by chance it would be {count}.",
                one.never,
                count=texts.number(one.never_by_chance, 1),
            ),
        ]

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
            "unknown_people": self.unknown,
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
    unknown: np.ndarray | None = None,
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
        unknown: (N,) bool, of which faces it is not known who is shown, where a reader should be told.
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
    order = {title: list(map(one.group, one.values)) for title, one in _ASKED.items()}
    return GroupCheck(
        gaps=sorted(gaps, key=lambda one: (places.index(one.attribute), _rank(one, order))),
        people=people_spread(given.argmax(axis=1) == said, said, people[rows]) if compare_people else None,
        faces=len(rows),
        comparisons=sum((one.p_value is not None) + (one.overconfidence_p_value is not None) for one in gaps),
        left_out=tuple(left_out),
        withheld=too_small(people[rows], groups),
        by_hand=tuple(by_hand),
        unknown=0 if unknown is None else int(unknown[rows].sum()),
    )


def _rank(one: GroupGap, order: Mapping[str, Sequence[str]]) -> int:
    """Values of an attribute in their order; the lowest third first, the highest last."""
    if one.group in order.get(one.attribute, ()):
        return order[one.attribute].index(one.group)
    return 0 if " (up to " in one.group else 2 if " (over " in one.group else 1


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {field.name for field in dataclasses.fields(Interval)}:
        return {name: round(value[name], 6) for name in ("estimate", "low", "high")}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def attribute_words(name: str, texts: Texts) -> str:
    """What an attribute is called; one of a user's own table keeps its name."""
    return texts.gettext(name) if name in MEASURES or name in _ASKED else name


def group_words(attribute: str, group: str, texts: Texts) -> str:
    """What a group of an attribute is called; one that a user named keeps its name."""
    if attribute in MEASURES:
        return texts.sentence(group)
    asked = _ASKED.get(attribute)
    return texts.gettext(group) if asked and group in map(asked.group, asked.values) else group


def _text(interval: Interval | None, texts: Texts, *, signed: bool = False) -> str:
    if interval is None:
        return "–"
    sign = "+" if signed else ""
    estimate, low, high = (
        texts.decimals(f"{value:{sign}.3f}") for value in (interval.estimate, interval.low, interval.high)
    )
    return texts.gettext("{number} ({low} to {high})", number=estimate, low=low, high=high)


def _points(shares: Sequence[float], texts: Texts) -> list[str]:
    """Differences of shares in percentage points."""
    digits = point_digits(*shares)
    return [texts.decimals(f"{100 * share:.{digits}f}") for share in shares]


def _p(value: float | None, texts: Texts) -> str:
    if value is None:
        return "–"
    return texts.decimals("<0.0001") if value < 1e-4 else texts.short(float(f"{value:.2g}"))
