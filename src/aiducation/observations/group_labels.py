"""Group labels of several annotators: as tables that can be compared, and as the group of each face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_high, median_low

import numpy as np

from aiducation.geometry import overlaps
from aiducation.observations.annotations import CANNOT_TELL, Annotation, Annotations, Target
from aiducation.observations.corrections import SAME_FACE
from aiducation.observations.group_attributes import GROUP_ATTRIBUTES, GroupAttribute

#: Source, and face or track in it.
Unit = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class GroupRatings:
    """What annotators say of one attribute.

    Attributes:
        attribute: which.
        raters: who said something of it.
        units: N faces or tracks.
        table: (R, N) int64, index into the attribute's values, -1 where a rater said nothing, or "cannot tell".
        people: (N,) str, what tells people apart: faces of one person are not independent evidence.
        cannot_tell: how often an annotator could not tell.
        contradictions: labels in whose place a later one of the same annotator counts.
    """

    attribute: GroupAttribute
    raters: tuple[str, ...]
    units: tuple[Unit, ...]
    table: np.ndarray
    people: np.ndarray
    cannot_tell: int
    contradictions: int = 0


@dataclass(frozen=True, kw_only=True)
class SeenGroups:
    """The groups of one picture's face.

    Attributes:
        source: the picture, as the annotations name it.
        groups: attribute -> group; attributes on which annotators are evenly divided are missing.
        divided: attributes on which they are.
        area: of the face in square pixels, 0 where no annotation has its place.
    """

    source: str
    groups: Mapping[str, str]
    divided: tuple[str, ...]
    area: float


def by_annotator(annotations: Annotations, unknown: str = "") -> dict[str, Annotations]:
    """What each annotator says, by name.

    Args:
        unknown: the name of whoever is not named.
    """
    return {
        name or unknown: annotations.where(lambda one, name=name: one.annotator == name)  # type: ignore[misc]
        for name in annotations.annotators
    }


def group_ratings(annotators: Mapping[str, Annotations]) -> list[GroupRatings]:
    """A table for each attribute of which somebody said something, in the order of ``GROUP_ATTRIBUTES``.

    Args:
        annotators: name -> what they say. Of two labels of one face by one annotator, the later one counts.
    """
    replaced: Counter[str] = Counter()
    said = _said(annotators, replaced)
    found = []
    for name, attribute in GROUP_ATTRIBUTES.items():
        raters = tuple(rater for rater in annotators if any(key[:2] == (rater, name) for key in said))
        units = {unit: i for i, unit in enumerate(dict.fromkeys(key[2] for key in said if key[1] == name))}
        if not units:
            continue
        table = np.full((len(raters), len(units)), -1, np.int64)
        cannot = 0
        people = [""] * len(units)
        for (rater, of, unit), one in said.items():
            if of != name:
                continue
            place = units[unit]
            people[place] = one.target.person or people[place]
            if one.value == CANNOT_TELL:
                cannot += 1
            else:
                table[raters.index(rater), place] = attribute.values.index(one.value)
        found.append(
            GroupRatings(
                attribute=attribute,
                raters=raters,
                units=tuple(units),
                table=table,
                people=np.array([who or "/".join(unit) for who, unit in zip(people, units, strict=True)]),
                cannot_tell=cannot,
                contradictions=replaced[name],
            )
        )
    return found


def seen_groups(annotators: Mapping[str, Annotations]) -> list[SeenGroups]:
    """The groups of the face of each picture: of ordered values that of the annotators' median, of others what most of them say;
    none where they are evenly divided. In a picture with several labelled faces it is the largest one.
    """
    said = _said(annotators)
    values: dict[Unit, dict[str, list[str]]] = {}
    areas: dict[Unit, float] = {}
    for (_, name, unit), one in said.items():
        values.setdefault(unit, {})
        areas[unit] = max(areas.get(unit, 0.0), _area(one.target))
        if one.value != CANNOT_TELL:
            values[unit].setdefault(name, []).append(one.value)
    largest: dict[str, SeenGroups] = {}
    for unit, some in values.items():
        agreed = {name: _agreed(GROUP_ATTRIBUTES[name], given) for name, given in some.items()}
        seen = SeenGroups(
            source=unit[0],
            groups={name: GROUP_ATTRIBUTES[name].group(value) for name, value in agreed.items() if value},
            divided=tuple(name for name, value in agreed.items() if not value),
            area=areas[unit],
        )
        if unit[0] not in largest or seen.area > largest[unit[0]].area:
            largest[unit[0]] = seen
    return list(largest.values())


def _agreed(attribute: GroupAttribute, values: Sequence[str]) -> str:
    """One value for those of several annotators, "" where they are evenly divided.

    Of ordered values, the two in the middle may be in different groups: one of them, always the lower, would make every face on
    which two annotators disagree younger or lighter.
    """
    if attribute.ordinal:
        order = [attribute.values.index(value) for value in values]
        low, high = attribute.values[median_low(order)], attribute.values[median_high(order)]
        return low if attribute.group(low) == attribute.group(high) else ""
    (first, most), *rest = Counter(values).most_common()
    return "" if rest and rest[0][1] == most else first


def _said(
    annotators: Mapping[str, Annotations], replaced: Counter[str] | None = None
) -> dict[tuple[str, str, Unit], Annotation]:
    """(annotator, attribute, unit) -> the label that counts; ``replaced``: where those that do not are counted, by attribute."""
    names = _sources([some.of("group") for some in annotators.values()])
    places: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
    said: dict[tuple[str, str, Unit], Annotation] = {}
    for rater, some in annotators.items():
        for one in some.of("group"):
            source = names[one.target.source]
            key = rater, one.attribute, (source, _who(one.target, source, places))
            if replaced is not None:
                replaced[one.attribute] += key in said and said[key].value != one.value
            said[key] = one
    return said


def _sources(every: Iterable[Annotations]) -> dict[str, str]:
    """How each photo or recording is called: by its file's name, where no annotator has two of that name."""
    every = list(every)
    full = {
        source
        for some in every
        for last, n in Counter(map(_last, some.sources)).items()
        if n > 1
        for source in some.sources
        if _last(source) == last
    }
    return {source: source if source in full else _last(source) for some in every for source in some.sources}


def _last(source: str) -> str:
    return source.replace("\\", "/").rpartition("/")[2]


def _who(target: Target, source: str, places: dict[tuple[str, str], list[tuple[float, float, float, float]]]) -> str:
    """The face or track; where only its place is known, places that overlap are one face."""
    if target.who or target.box is None:
        return target.who
    at = "" if target.from_s is None else f" at {target.from_s:g} s"
    known = places.setdefault((source, at), [])
    if known:
        shared = overlaps(np.array([target.box]), np.array(known))[0]
        if shared.max() >= SAME_FACE:
            return f"place {int(shared.argmax()) + 1}{at}"
    known.append(target.box)
    return f"place {len(known)}{at}"


def _area(target: Target) -> float:
    if target.box is None:
        return 0.0
    left, top, right, bottom = target.box
    return (right - left) * (bottom - top)
