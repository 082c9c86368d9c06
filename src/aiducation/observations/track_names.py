"""Names of tracks: what a person calls the people of a recording. In a file of its own: no export holds a name unasked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiducation.errors import DataFileError
from aiducation.observations.annotation_json import check_version
from aiducation.schemas import check, named, record, shortened, text, whole
from aiducation.signature import GENERATOR
from aiducation.tables.table import clean

NAMES_VERSION = 1

#: Numbers of tracks that a sentence lists.
_LISTED = 5

#: The file of names: track number -> name.
NAMES_SCHEMA = record(
    {
        "generator": text(longest=100),
        "names_version": whole(NAMES_VERSION, NAMES_VERSION),
        "source": text(longest=4000),
        "names": named(text(longest=400)),
    },
    optional=("generator",),
)


@dataclass(frozen=True, kw_only=True)
class TrackNames:
    """What a person calls the tracks of one recording. Kept in a file of its own, so that no export holds a name unasked.

    Attributes:
        source: the recording, named as in its result.
        names: track number -> name; two tracks may have the same name. Kept without blanks around them, as the persons of
            annotations are, which are compared with them.
    """

    source: str
    names: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tidy = {track: clean(name) for track, name in self.names.items()}
        object.__setattr__(self, "names", {track: name for track, name in tidy.items() if name})

    def to_json(self) -> dict[str, Any]:
        """JSON values that fit ``NAMES_SCHEMA``."""
        names = {str(track): name for track, name in sorted(self.names.items())}
        return {"generator": GENERATOR, "names_version": NAMES_VERSION, "source": self.source, "names": names}

    @classmethod
    def from_json(cls, value: Any) -> TrackNames:
        """The names that ``to_json`` wrote.

        Raises:
            DataFileError: the values do not fit the schema.
        """
        check_version(value, "names_version", NAMES_VERSION, "names of tracks")
        if why := check(value, NAMES_SCHEMA):
            raise DataFileError(f"This is not a file with names of tracks: {why}.")
        wrong = [track for track in value["names"] if not (track.isascii() and track.isdigit() and len(track) < 16)]
        if wrong:
            raise DataFileError(
                f"This is not a file with names of tracks: {shortened(wrong[0])} is not the number of a track."
            )
        return cls(source=value["source"], names={int(track): name for track, name in value["names"].items()})


def merged(several: Sequence[TrackNames]) -> list[TrackNames]:
    """One for each recording; of two names of a track, the later one counts."""
    names: dict[str, dict[int, str]] = {}
    for one in several:
        names.setdefault(one.source, {}).update(one.names)
    return [TrackNames(source=source, names=some) for source, some in names.items()]


def not_used(several: Sequence[TrackNames], tracks: Mapping[str, Collection[int] | None]) -> list[str]:
    """A sentence for each recording some of whose names nobody here has.

    Args:
        several: one for each recording.
        tracks: source of each recording at hand -> the numbers of its tracks; None where they are not known.
    """
    said = []
    for one in several:
        if one.source not in tracks:
            here = ", ".join(list(tracks)[:_LISTED])
            said.append(f"The names of tracks of {one.source} are not used: the tracks here are of {here}.")
            continue
        known = tracks[one.source]
        unknown = sorted(set(one.names) - set(one.names if known is None else known))
        if not unknown:
            continue
        listed = ", ".join(map(str, unknown[:_LISTED])) + (", ..." if len(unknown) > _LISTED else "")
        said.append(
            f"Names without a track in the result of {one.source}: {len(unknown):,} of {len(one.names):,} (tracks {listed}). A "
            f"recording that is analyzed again gets other track numbers, unless --seed is the same."
        )
    return said
