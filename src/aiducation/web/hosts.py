"""Hosts and origins as requests name them, parsed strictly: what two programs could read differently is none."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_HOST = re.compile(
    r"(?:(?P<name>[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?)|\[(?P<number>[0-9a-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Host:
    """Whom a request calls.

    Attributes:
        name: lower case; an IPv6 address without its brackets.
        port: None if the request names none.
    """

    name: str
    port: int | None = None


@dataclass(frozen=True)
class Origin:
    """The page that a request comes from.

    Attributes:
        scheme: "http" or "https".
        host: its host; the scheme's own port is written as None.
    """

    scheme: str
    host: Host

    def __str__(self) -> str:
        name = f"[{self.host.name}]" if ":" in self.host.name else self.host.name
        return f"{self.scheme}://{name}" + (f":{self.host.port}" if self.host.port else "")

    def is_at(self, host: Host) -> bool:
        """Whether a browser that calls this host is at its own origin, as far as names and ports tell."""
        own = _DEFAULT_PORTS[self.scheme]
        return (self.host.name, self.host.port or own) == (host.name, host.port or own)


def parse_host(text: str) -> Host | None:
    """The host of a Host header, such as "localhost:8000" or "[::1]"; None if it is anything else."""
    found = _HOST.fullmatch(text.lower())
    if not found:
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65_536:
        return None
    if found["number"] and not is_address(found["number"]):
        return None
    return Host(found["name"] or found["number"], port)


def parse_origin(text: str) -> Origin | None:
    """The origin of an Origin header, such as "https://faces.school.example"; None for "null" and anything else."""
    scheme, separator, rest = text.lower().partition("://")
    host = parse_host(rest)
    if scheme not in _DEFAULT_PORTS or not separator or host is None:
        return None
    return Origin(scheme, Host(host.name, None if host.port == _DEFAULT_PORTS[scheme] else host.port))


def is_address(name: str) -> bool:
    """Whether a name is a number: nobody can point those elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
