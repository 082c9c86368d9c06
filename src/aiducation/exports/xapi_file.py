"""xAPI: statements about the group, as a JSON array for a learning record store. They are written to a file, and sent
nowhere.

The vocabulary is this tool's own, because no published verb means "was seen to show". Its addresses end in
``.invalid``, a name that never exists: they only serve as identifiers. No statement is about a single person.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiducation.exports.format import Format, Kind, Material, both
from aiducation.files import write_text
from aiducation.media.source_names import file_name_of
from aiducation.observations.change_point import ChangePoint
from aiducation.observations.change_words import what
from aiducation.observations.group import Group
from aiducation.observations.recording import Recording
from aiducation.signature import GENERATOR
from aiducation.visible import as_text, json_text, visible

#: Where the names of this vocabulary live.
BASE = "https://aiducation.invalid/xapi"

#: The published extension for a place in a recording, in seconds.
TIME = "https://w3id.org/xapi/video/extensions/time"

#: The verbs, by the last part of their address.
VERBS = {
    "was-analyzed": "was analyzed",
    "was-seen-to-show": "was seen to show",
    "was-seen-to-change": "was seen to change",
}


def statements_of(material: Material) -> Iterator[dict[str, Any]]:
    """One statement about the whole, one for each step of the timeline, one for each change point.

    The class is one agent with an account: xAPI asks that an anonymous group list its members. Where the group is too small,
    there is no statement about its states.

    Source: IEEE 9274.1.1 (xAPI 2.0) and xAPI 1.0.3, Part Two.
    """
    group, result = material.group, material.result
    about: dict[str, Any] = {"frames": group.frames, "faces": group.found, "judged": group.judged}
    if not group.withheld:
        about |= _figures(group, group.counts.tolist(), group.shares.shares.tolist())
    yield _statement(material, "was-analyzed", about)
    over_time = group.over_time
    if not isinstance(result, Recording) or over_time is None:
        return
    for t in over_time.shown.nonzero()[0].tolist():
        figures = _figures(group, over_time.counts[t].tolist(), over_time.shares[t].tolist())
        figures["step-s"] = over_time.step_s
        yield _statement(material, "was-seen-to-show", figures, at_s=float(over_time.start_s[t]))
    for change in over_time.changes.seen:
        yield _statement(material, "was-seen-to-change", _change(change), at_s=change.from_s, said=what(change))


def _figures(group: Group, counts: list[float], shares: list[float]) -> dict[str, Any]:
    return {
        "mean-faces": {name: round(n, 2) for name, n in zip(group.counted, counts, strict=True)},
        "mean-probability": {name: round(share, 4) for name, share in zip(group.outcomes, shares, strict=True)},
    }


def _change(change: ChangePoint) -> dict[str, Any]:
    told = {"kind": change.kind, "changed": change.changed, "people": change.people, "certain": change.certain}
    return told | ({"until-s": round(change.to_s, 3)} if change.to_s is not None else {})


def _statement(
    material: Material, verb: str, figures: dict[str, Any], *, at_s: float | None = None, said: str = ""
) -> dict[str, Any]:
    """A statement; its id follows from what it says, so that a store that gets it twice keeps it once."""
    source = as_text(material.result.source)  # two recordings of one name in two folders are two
    name = visible(file_name_of(source))
    recording = isinstance(material.result, Recording)
    result: dict[str, Any] = {"extensions": {f"{BASE}/extensions/{key}": value for key, value in figures.items()}}
    if said:
        result["response"] = said
    if at_s is not None:
        result["extensions"][TIME] = round(at_s, 3)
    statement = {
        "context": {"platform": GENERATOR, "extensions": {f"{BASE}/extensions/apparent": True}},
        "actor": {
            "objectType": "Agent",
            "name": "class",
            "account": {"homePage": "https://aiducation.invalid/", "name": f"class in {visible(source)}"},
        },
        "verb": {"id": f"{BASE}/verbs/{verb}", "display": {"en": VERBS[verb]}},
        "object": {
            "objectType": "Activity",
            "id": f"{BASE}/{'recordings' if recording else 'photos'}/{uuid.uuid5(uuid.NAMESPACE_URL, visible(source))}",
            "definition": {
                "name": {"en": name},
                "type": "https://w3id.org/xapi/video/activity-type/video"
                if recording
                else f"{BASE}/activity-types/photo",
            },
        },
        "result": result,
    }
    return {**statement, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, json_text(statement, sort_keys=True)))}


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    path = folder / f"{stem}.xapi.json"
    lines = ",\n".join(json_text(statement, allow_nan=False) for statement in statements_of(material))
    write_text(path, f"[{lines}]\n")
    return [path]


XAPI = Format(
    name="xapi",
    about="xAPI statements about the group, for a learning record store; they are only saved, not sent",
    **both(Kind(".xapi.json", "application/json")),
    write=_write,
)
