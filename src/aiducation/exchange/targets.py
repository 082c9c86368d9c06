"""What the tools have in common: how they name people, and what they cannot hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from aiducation.errors import InputError
from aiducation.observations.annotations import KINDS, Annotations
from aiducation.words import many

_TRACK = re.compile(r"track[ _-]?(\d{1,15})", re.IGNORECASE)


def person_of(name: str) -> dict[str, Any]:
    """Arguments of ``Target`` for a person as a tool calls it: "track 12" is a track of the result."""
    found = _TRACK.fullmatch(name.strip())
    return {"track": int(found[1])} if found else {"person": name.strip()[:400]}


def one_recording(annotations: Annotations, tool: str) -> str:
    """The recording that all annotations are about.

    Raises:
        InputError: they are about none, or several.
    """
    spans = annotations.where(lambda one: one.target.from_s is not None)
    if len(spans.sources) != 1:
        found = f"{many(len(spans.sources), 'recording')}: {', '.join(spans.sources[:3])}" if len(spans) else "none"
        raise InputError(
            f"A file of {tool} can hold only one recording, but these labels are about {found}. Choose one with "
            f"--source."
        )
    return spans.sources[0]


def unsaid(
    annotations: Annotations, tool: str, *, kinds: Sequence[str] = ("state",), photos: bool = False
) -> list[str]:
    """A sentence for each kind of annotation that a tool cannot hold."""
    notes = []
    for kind in KINDS:
        if kind not in kinds and (n := len(annotations.of(kind))):
            notes.append(f"{tool} cannot hold {many(n, 'annotation')} of the kind {kind}; they are left out.")
    still = annotations.of("state").where(lambda one: one.target.from_s is None)
    if not photos and len(still):
        notes.append(
            f"{tool} holds spans of recordings; {many(len(still), 'label')} of photos or whole tracks are left out."
        )
    if any(one.note and one.kind == "state" for one in annotations):
        notes.append(f"{tool} cannot hold notes about states, so they are left out.")
    return notes
