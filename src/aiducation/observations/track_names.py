"""Names of tracks: what a person calls the people of a recording. In a file of its own: no export holds a name unasked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiducation.errors import DataFileError
from aiducation.observations.annotation_json import check_version
from aiducation.schemas import check, named, record, shortened, text, whole
from aiducation.signature import GENERATOR

NAMES_VERSION = 1

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
        names: track number -> name; two tracks may have the same name.
    """

    source: str
    names: Mapping[int, str] = field(default_factory=dict)

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
        return cls(source=value["source"], names={int(track): name for track, name in value["names"].items() if name})
