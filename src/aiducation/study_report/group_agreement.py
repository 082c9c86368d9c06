"""How far annotators agree on group labels: apparent age group, glasses, head cover, skin tone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiducation.evaluation.agreement import FEW_PEOPLE, Alpha, alpha_of
from aiducation.observations.annotations import Annotations
from aiducation.observations.group_labels import GroupRatings, group_ratings
from aiducation.observations.ratings import CONTRADICTIONS
from aiducation.study_report.json_values import interval_entry
from aiducation.texts import N_, Texts

#: What such labels are, wherever they are reported.
WHAT_THEY_ARE = N_(
    "Group labels say what an annotator saw in a picture, not what a person is. If annotators disagree, comparisons of these "
    "groups are comparisons of something that people do not see alike."
)


@dataclass(frozen=True, kw_only=True)
class GroupLabelAgreement:
    """Agreement on one attribute.

    Attributes:
        ratings: what annotators say of it.
        found: how far they agree; None where no face was labelled by two.
    """

    ratings: GroupRatings
    found: Alpha | None

    @property
    def measure(self) -> str:
        """Which alpha it is."""
        return N_("ordinal") if self.ratings.attribute.ordinal else N_("nominal")


def group_agreement(annotators: Mapping[str, Annotations], *, seed: int = 0) -> list[GroupLabelAgreement]:
    """Agreement on each attribute of which somebody said something.

    Args:
        annotators: name -> what they say.
        seed: of the resamples.
    """
    return [GroupLabelAgreement(ratings=one, found=_alpha(one, seed)) for one in group_ratings(annotators)]


def _alpha(ratings: GroupRatings, seed: int) -> Alpha | None:
    if len(ratings.raters) < 2 or not ((ratings.table >= 0).sum(axis=0) >= 2).any():
        return None
    attribute = ratings.attribute
    return alpha_of(ratings.table, ratings.people, len(attribute.values), ordinal=attribute.ordinal, seed=seed)


#: Columns of ``group_rows``.
GROUP_HEAD = (
    N_("label"),
    N_("annotators"),
    N_("faces labelled by two"),
    N_("people"),
    N_("alpha"),
    N_("kind of alpha"),
    N_("equal"),
    N_("equal or next"),
)


def group_rows(groups: Sequence[GroupLabelAgreement], texts: Texts = Texts()) -> list[list[Any]]:
    """A row for each attribute: numbers, text and intervals."""
    return [
        [
            texts.gettext(one.ratings.attribute.title),
            len(one.ratings.raters),
            one.found.units if one.found else 0,
            one.found.clusters if one.found else 0,
            one.found.alpha if one.found else None,
            texts.gettext(one.measure),
            one.found.equal if one.found else None,
            one.found.near if one.found and one.ratings.attribute.ordinal else None,
        ]
        for one in groups
    ]


def group_note(groups: Sequence[GroupLabelAgreement], texts: Texts = Texts()) -> str:
    """What a reader of ``group_rows`` should know."""
    few = [one.ratings.attribute.title for one in groups if one.found and one.found.clusters < FEW_PEOPLE]
    note = texts.gettext(WHAT_THEY_ARE)
    if n := sum(one.ratings.contradictions for one in groups):
        note += f" {texts.gettext(CONTRADICTIONS)}{texts.gettext(': ')}{texts.number(n)}."
    if not few:
        return note
    few_words = texts.gettext(
        "Fewer than {number} people: {listed}. Their intervals are too narrow.",
        number=FEW_PEOPLE,
        listed=", ".join(map(texts.gettext, few)),
    )
    return f"{note} {few_words}"


def group_entries(groups: Sequence[GroupLabelAgreement]) -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [
        {
            "attribute": one.ratings.attribute.name,
            "annotators": list(one.ratings.raters),
            "faces": len(one.ratings.units),
            "cannot_tell": one.ratings.cannot_tell,
            "units": one.found.units if one.found else 0,
            "people": one.found.clusters if one.found else 0,
            "measure": one.measure,
            "krippendorff_alpha": interval_entry(one.found.alpha) if one.found else None,
            "equal": interval_entry(one.found.equal) if one.found else None,
            "equal_or_next": interval_entry(one.found.near) if one.found and one.ratings.attribute.ordinal else None,
        }
        for one in groups
    ]
