"""The purpose record: why an analysis is made, by whom, and on what basis. Reports print it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path

from aiducation.errors import ConfigError, unknown_name
from aiducation.records import read_bytes
from aiducation.texts import N_

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Bytes of a purpose record, and letters of a value, at most.
_LARGEST, _LONGEST = 100_000, 2000


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """A purpose record; every field is a text of one to some sentences.

    Attributes:
        purpose: what the analysis is for.
        responsible: who is responsible, with an address or a telephone number.
        people: who can be seen.
        basis: on what legal basis.
        told: how and when the people were told, and how they agreed.
        kept_until: when pictures and results are deleted.
        not_for: what the results are not used for.
    """

    purpose: str
    responsible: str
    people: str
    basis: str
    told: str
    kept_until: str
    not_for: str

    def rows(self) -> list[tuple[str, str]]:
        """Each field as a reader sees it: its name in words, and its value."""
        return [(_NAMES[one.name], getattr(self, one.name)) for one in fields(self)]


#: Field -> its name in words.
_NAMES = {
    "purpose": N_("Purpose"),
    "responsible": N_("Responsible"),
    "people": N_("Who can be seen"),
    "basis": N_("Legal basis"),
    "told": N_("How people were told and agreed"),
    "kept_until": N_("Kept until"),
    "not_for": N_("Not used for"),
}


def read_purpose(path: Path) -> Purpose:
    """The purpose record in a TOML file, as ``aiducation kit`` writes it.

    Raises:
        ConfigError: the file is missing, is not TOML, names something else, or is not filled in.
    """
    try:
        value = tomllib.loads(read_bytes(path, _LARGEST).decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"Cannot read the purpose record {path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:  # also TOMLDecodeError, UnicodeDecodeError
        raise ConfigError(f"{path} is not a purpose record: {error}.") from error
    for name in value:
        if name not in _NAMES:
            raise unknown_name("field of a purpose record", name, _NAMES)
    given = {name: str(value.get(name, "")).strip() for name in _NAMES}  # a date of TOML becomes text
    for name, words in given.items():
        if not words or words.startswith("["):
            raise ConfigError(
                f"{path}: '{name}' is not filled in. Write what is true for your project in place of the text in brackets."
            )
        if len(words) > _LONGEST:
            raise ConfigError(f"{path}: '{name}' has {len(words):,} letters; {_LONGEST:,} are allowed.")
    return Purpose(**given)
