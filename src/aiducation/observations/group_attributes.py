"""What annotators can say of how a face looks, besides its state: apparent age group, glasses, head cover, skin tone.

Such a label is what an annotator saw in a picture. It is not what the person is, and no program here guesses it. Nobody is asked
for it unless a researcher switches it on (docs/group-labels.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiducation.texts import N_


@dataclass(frozen=True, kw_only=True)
class GroupAttribute:
    """Something that can be seen in a face.

    Attributes:
        name: as files have it.
        title: for people.
        values: what can be said, in order; besides them, "cannot tell".
        ordinal: whether the order means something, so that neighbours disagree less.
        groups: value -> group in which faces are compared, where several values make one; otherwise each value is a group.
        colors: value -> "#rrggbb" of its swatch, where it has one.
    """

    name: str
    title: str
    values: tuple[str, ...]
    ordinal: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    colors: Mapping[str, str] = field(default_factory=dict)

    def group(self, value: str) -> str:
        """The group in which a face with this value is compared."""
        return self.groups.get(value, value)


#: The ten tones of the Monk Skin Tone Scale, from 1. Source: E. Monk, "The Monk Skin Tone Scale" (2023),
#: doi:10.31235/osf.io/pdf4c; colours as published at https://skintone.google. docs/group-labels.md says how they were released.
MONK_TONES: tuple[str, ...] = (
    "#f6ede4",
    "#f3e7db",
    "#f7ead0",
    "#eadaba",
    "#d7bd96",
    "#a07e56",
    "#825c43",
    "#604134",
    "#3a312a",
    "#292420",
)

#: Tones that are compared as one group. Source: C. Heldreth et al., "Which Skin Tone Measures Are the Most Inclusive?", ACM J.
#: Responsible Computing 1 (2024), doi:10.1145/3632120.
_TONE_GROUPS = {N_("light (1 to 3)"): (1, 2, 3), N_("medium (4 to 6)"): (4, 5, 6), N_("dark (7 to 10)"): (7, 8, 9, 10)}

#: Name -> attribute, in the order in which they are asked.
GROUP_ATTRIBUTES: dict[str, GroupAttribute] = {
    one.name: one
    for one in (
        GroupAttribute(
            name="age",
            title=N_("apparent age group"),
            values=(N_("child"), N_("teenager"), N_("young adult"), N_("middle-aged adult"), N_("older adult")),
            ordinal=True,
        ),
        GroupAttribute(name="glasses", title=N_("glasses"), values=(N_("none"), N_("glasses"), N_("sunglasses"))),
        GroupAttribute(
            name="head_cover",
            title=N_("head cover"),
            values=(N_("none"), N_("hair or forehead covered"), N_("mouth or nose covered")),
        ),
        GroupAttribute(
            name="skin_tone",
            title=N_("apparent skin tone"),
            values=tuple(map(str, range(1, len(MONK_TONES) + 1))),
            ordinal=True,
            groups={str(tone): group for group, tones in _TONE_GROUPS.items() for tone in tones},
            colors={str(i): color for i, color in enumerate(MONK_TONES, start=1)},
        ),
    )
}
