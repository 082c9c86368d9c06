"""BORIS: a project (.boris) with the recording as an observation, each track as a subject and each state as a behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiducation.exchange.media_addresses import whole_path
from aiducation.exports.format import Format, Kind, Material
from aiducation.exports.tiers import CHANGES, Tier, change_spans, changes_of, end_of, in_ms, track_tiers
from aiducation.files import write_text
from aiducation.media.source_names import file_name_of
from aiducation.observations.episodes import episodes_of, who_takes_part
from aiducation.observations.recording import Recording
from aiducation.signature import GENERATOR
from aiducation.states import CALM, STATE_COLORS, UNCLEAR
from aiducation.visible import json_text, visible
from aiducation.words import many

#: BORIS asks for dates; saved files say nothing of when they were made.
_NO_DATE = "1970-01-01T00:00:00"

#: The key that codes each state in BORIS.
_KEYS = {"neutral": "n", CALM: "c", "angry": "a", "focused": "f", "bored": "b", "other": "o", UNCLEAR: "u"}

#: The behaviour of a change point, coded without a subject.
_CHANGE = "group changed"


def boris_project(tiers: Sequence[Tier], changes: Tier, *, source: str, media: str, length_s: float) -> dict[str, Any]:
    """A BORIS project of format 7.0 as JSON values.

    Each span is a pair of events with one subject and one behaviour. Change points are point events.

    Args:
        tiers: of the tracks; the texts of their spans are states.
        changes: of the group.
        source: name of the recording; the observation is called like it.
        media: the recording's address.
        length_s: its length in seconds.
    """
    events = [
        [at / 1000, tier.name, span.text, "", "", "NA"]
        for tier in tiers
        for span, pair in zip(tier.spans, in_ms(tier.spans), strict=True)
        for at in pair
    ]
    events += [[round(span.start_s, 3), "", _CHANGE, "", visible(span.text), "NA"] for span in changes.spans]
    name = visible(file_name_of(source))
    states = [state for state in _KEYS if state != CALM or any(s.text == CALM for tier in tiers for s in tier.spans)]
    behaviours = [
        {**_behaviour("State event", state, _KEYS[state], "Apparent state"), "color": STATE_COLORS[state]}
        | {"excluded": ",".join(other for other in states if other != state)}
        for state in states
    ]
    behaviours.append(_behaviour("Point event", _CHANGE, "g", "Several people changed together; the comment says how"))
    observation = {
        "file": {str(player): [media] if player == 1 else [] for player in range(1, 9)},
        "type": "MEDIA",
        "date": _NO_DATE,
        "description": f"Written by {GENERATOR}. Apparent states of {many(len(tiers), 'track')}.",
        "time offset": 0.0,
        "events": sorted(events, key=lambda event: event[:3]),
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
        "close_behaviors_between_videos": False,
        "media_info": {
            "length": {media: round(length_s, 3)},
            "fps": {media: 0},
            "hasVideo": {media: True},
            "hasAudio": {media: False},
            "offset": {"1": 0.0},
        },
    }
    return {
        "generator": GENERATOR,
        "time_format": "hh:mm:ss",
        "project_date": _NO_DATE,
        "project_name": name,
        "project_description": "Apparent states, not feelings. Correct what is wrong before you count it.",
        "project_format_version": "7.0",
        "subjects_conf": {
            str(i): {"key": "", "name": tier.name, "description": tier.person} for i, tier in enumerate(tiers)
        },
        "behaviors_conf": {str(i): one for i, one in enumerate(behaviours)},
        "observations": {name: observation},
        "behavioral_categories": [],
        "behavioral_categories_config": {},
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }


def _behaviour(kind: str, code: str, key: str, about: str) -> dict[str, Any]:
    return {
        "type": kind,
        "key": key,
        "code": code,
        "description": about,
        "color": "",
        "category": "",
        "modifiers": {},
        "excluded": "",
        "coding map": "",
    }


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    result = material.result
    if not isinstance(result, Recording):
        return []
    end_s = end_of(result)
    changes = Tier(CHANGES, change_spans(changes_of(material.group), end_s))
    project = boris_project(
        track_tiers(who_takes_part(episodes_of(result))),
        changes,
        source=result.source,
        media=whole_path(material.media).as_posix() if material.media else file_name_of(result.source),
        length_s=result.whole_s or end_s,  # BORIS believes it
    )
    path = folder / f"{stem}.boris"
    write_text(path, json_text(project, indent=1) + "\n")
    return [path]


BORIS = Format(
    name="boris",
    about="for BORIS: a project with a subject for each track",
    recording=(Kind(".boris", "application/json"),),
    write=_write,
)
