"""Stream addresses: which addresses are read, and how they are shown: without user name, password and query."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Schemes of addresses that are read.
SCHEMES = ("rtsp", "rtsps", "http", "https")


@dataclass(frozen=True)
class Address:
    """A stream or recording that is read from an address.

    Attributes:
        url: the address as it was given; it may hold a password, so nothing shows or saves it.
        kind: "stream".
    """

    url: str
    kind: str = "stream"

    @property
    def scheme(self) -> str:
        """How it is reached, in small letters."""
        return self.url.split(":")[0].lower()

    @property
    def name(self) -> str:
        """What results call it."""
        return without_secrets(self.url)

    def __repr__(self) -> str:
        return f"Address({self.name!r})"


def without_secrets(address: str) -> str:
    """An address without user name, password, query and fragment."""
    return re.sub(r"//[^/?#]*@", "//", address).split("?")[0].split("#")[0]
