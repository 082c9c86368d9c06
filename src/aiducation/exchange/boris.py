"""BORIS: a project (.boris) with an observation for each recording and annotator; its tables are read by ``boris_table``.

A state is a pair of events with the same subject, behaviour and modifiers. Times of a project contain its time offset, and run on
over several media files of one player.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any

from aiducation.errors import DataFileError, InputError
from aiducation.exchange.format import AnnotationFormat, Labels, Media, ReadOptions, wrong
from aiducation.exchange.media_addresses import whole_path
from aiducation.exchange.targets import MOMENT_S, SINGLE_S, apart, free_name, joined, person_of, unsaid, with_lengths
from aiducation.files import write_text
from aiducation.observations.annotations import LABELS, Annotation, Annotations, Target
from aiducation.observations.spans import Timed, timed
from aiducation.records import read_record
from aiducation.schemas import ANY_OBJECT, named, or_null
from aiducation.signature import GENERATOR
from aiducation.states import STATE_COLORS
from aiducation.tables.table import clean
from aiducation.visible import json_text
from aiducation.words import many

#: Behaviours with a meaning of their own: something happened; a span is excluded.
EVENT, EXCLUDED = "event", "excluded"

#: What people call the variable that says who observed.
OBSERVERS = ("observer", "annotator", "coder", "rater")

_NAMED = or_null(ANY_OBJECT)
_OBSERVATION = {"type": "object", "properties": {"media_info": _NAMED}}
_SCHEMA = {
    "type": "object",
    "required": ["observations"],
    "properties": {"observations": named(_OBSERVATION), "behaviors_conf": _NAMED},
}


@dataclass
class EventReader:
    """Events on their way to annotations: states are paired."""

    path: Path
    options: ReadOptions
    items: list[Annotation] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    open: dict[tuple[str, ...], tuple[float, str]] = field(default_factory=dict)

    def event(
        self,
        place: str,
        about: Mapping[str, str],
        key: tuple[str, ...],
        time_s: float,
        *,
        point: bool,
        note: str,
        media: Sequence[tuple[str, float]] = (),
    ) -> None:
        """One event: a point, or the beginning or end of a state; ``media``: the files over which times run on, if there are
        several."""
        if not point and key not in self.open:
            self.open[key] = (time_s, note)
            return
        start, said = (time_s, "") if point else self.open.pop(key)
        words = "; ".join(dict.fromkeys(filter(None, (said, note))))
        self.spans(place, about, start, time_s, words, media)

    def spans(
        self,
        place: str,
        about: Mapping[str, str],
        start: float,
        end: float,
        note: str,
        media: Sequence[tuple[str, float]],
    ) -> None:
        """A state or a point, in each of the files that it runs through."""
        for source, first, last in _parts(media, start, end) if len(media) > 1 else [(about["source"], start, end)]:
            self.span(place, {**about, "source": source}, first, last, note)

    def check_closed(self, place: str) -> None:
        """Make sure that every state that began has ended."""
        for (_, subject, code, *_), (start, _) in self.open.items():
            who = f" of {subject}" if subject else ""
            raise wrong(self.path, place, f"'{code}'{who} begins at {start:g} s and never ends. Close it in BORIS.")

    def span(self, place: str, about: Mapping[str, str], start: float, end: float, note: str) -> None:
        """A state from a beginning to an end, or a point."""
        code = about["code"]
        try:
            if code.lower() in (EVENT, EXCLUDED):
                to_s = end if end > start else None
                target = Target(source=about["source"], from_s=round(start, 4), to_s=to_s)
                kind = "event" if code.lower() == EVENT else "exclude"
                self.items.append(Annotation(kind=kind, target=target, note=note or "", annotator=about["annotator"]))
                return
            label = self.options.codes.label(code)
            if label is None:
                self.left_out[code] += 1
            elif label:
                target = Target(
                    source=about["source"],
                    from_s=round(start, 4),
                    to_s=round(end if end - start >= SINGLE_S else start, 4),
                    **person_of(about["subject"] or "everybody"),
                )
                self.items.append(Annotation(state=label, target=target, annotator=about["annotator"], note=note))
        except InputError as error:
            raise wrong(self.path, f"{place}, {start:g} s", error) from error

    def labels(self) -> Labels:
        """What was read; none at all is an error."""
        notes = [
            f"{self.path.name}: behaviour '{name}' does not name a state; left out of it: {n:,}. Use --code "
            f"to say which state it stands for."
            for name, n in self.left_out.items()
        ]
        if not self.items:
            raise DataFileError(
                f"{self.path} has no behaviour that names a state: {', '.join(LABELS)}. If other words are used, "
                f"translate them with --code."
            )
        return Labels(annotations=Annotations(tuple(self.items)), notes=tuple(notes))


def _recognizes(start: bytes, name: str) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and (
        b'"behaviors_conf"' in start or b'"project_format_version"' in start or name.casefold().endswith(".boris")
    )


def _read(path: Path, options: ReadOptions) -> Labels:
    value = read_record(path, _SCHEMA)
    kinds = {
        str(one.get("code")): str(one.get("type", ""))
        for one in (value.get("behaviors_conf") or {}).values()
        if isinstance(one, dict)
    }
    reader = EventReader(path=path, options=options)
    for name, observation in value["observations"].items():
        if observation.get("type") not in (None, "MEDIA"):
            raise wrong(path, f"observation '{name}'", "only observations of media files are read.")
        media = _media(path, name, observation, options)
        annotator = (
            options.annotator or _observer(observation) or (name if len(value["observations"]) > 1 else path.stem)
        )
        events = _events(path, name, observation)
        for time_s, subject, code, modifier, comment in sorted(events, key=lambda one: one[0]):
            about = {"source": media[0][0], "subject": subject, "code": code, "annotator": annotator}
            point = kinds.get(code, "State event").lower().startswith("point")
            key = (name, subject, code, modifier)
            reader.event(f"observation '{name}'", about, key, time_s, point=point, note=comment, media=media)
        reader.check_closed(f"observation '{name}'")
    return reader.labels()


def _media(path: Path, name: str, observation: Mapping[str, Any], options: ReadOptions) -> list[tuple[str, float]]:
    """Names and lengths of the files that the first player shows one after the other."""
    files = observation.get("file") or {}
    first = files.get("1", []) if isinstance(files, dict) else files
    lengths = (observation.get("media_info") or {}).get("length") or {}
    if not isinstance(first, list) or not isinstance(lengths, dict) or (not first and not options.source):
        raise wrong(path, f"observation '{name}'", "no media file is named; name it with --source.")
    names = [PureWindowsPath(str(file)).name for file in first] or [options.source]
    found = [(one, lengths.get(str(file))) for one, file in zip(names, first or [""], strict=False)]
    if len(found) > 1 and not all(isinstance(length, (int, float)) for _, length in found):
        raise wrong(path, f"observation '{name}'", "it has several media files, and their lengths are not known.")
    return [(one, float(length) if isinstance(length, (int, float)) else float("inf")) for one, length in found]


def _parts(media: Sequence[tuple[str, float]], start: float, end: float) -> Iterator[tuple[str, float, float]]:
    """The files that are shown during a span of the observation, with the span in each. A point is in one of them."""
    begins = 0.0
    for k, (source, length) in enumerate(media):
        is_first, is_last = k == 0, k == len(media) - 1
        first = start if is_first else max(start - begins, 0.0)
        last = end - begins if is_last else min(end - begins, length)
        has_point = (is_first or start >= begins) and (is_last or start < begins + length)
        if last > first or (start == end and has_point):
            yield source, first, last
        begins += length


def _observer(observation: Mapping[str, Any]) -> str:
    variables = observation.get("independent_variables") or {}
    named_ = (
        {str(key).lower(): clean(str(value)) for key, value in variables.items()} if isinstance(variables, dict) else {}
    )
    return next((named_[key] for key in OBSERVERS if named_.get(key)), "")


def _events(path: Path, name: str, observation: Mapping[str, Any]) -> Iterator[tuple[float, str, str, str, str]]:
    """Time on the player's clock, subject, behaviour, modifiers and comment of each event."""
    events, offset = observation.get("events") or [], observation.get("time offset") or 0
    if not isinstance(events, list) or not isinstance(offset, (int, float)):
        raise wrong(path, f"observation '{name}'", "its events or its time offset are not as BORIS writes them.")
    for k, event in enumerate(events, start=1):
        whole = isinstance(event, list) and len(event) >= 3 and isinstance(event[0], (int, float))
        if not whole or not all(isinstance(cell, str) for cell in event[1:5]):
            raise wrong(
                path, f"observation '{name}', event {k:,}", "an event must have a time, a subject and a behaviour."
            )
        texts: list[str] = [*event[1:5], *[""] * (5 - len(event[:5]))]
        subject, code, modifier, comment = texts
        yield event[0] - offset, subject, code, modifier, comment


def _write(annotations: Annotations, path: Path, media: Media) -> list[str]:
    write_text(path, json_text(_project(annotations, media), indent=1) + "\n")
    said = unsaid(annotations, "BORIS", kinds=("state", "event", "exclude"), notes=True)
    long = [one for one in annotations.of("event") if one.target.to_s is not None and not one.target.who]
    if ends := sum((one.target.to_s or 0.0) > (one.target.from_s or 0.0) for one in long):
        said.append(f"BORIS holds the beginnings of events alone; the ends of {many(ends, 'event')} are left out.")
    excluded = [one for one in annotations.of("exclude") if not one.target.who]
    return said + joined(len(excluded), sum(one.kind == "exclude" for one in _marks(annotations)))


def _marks(annotations: Annotations) -> list[Annotation]:
    """Events and excluded spans of everybody; those of one recording and annotator do not overlap."""
    own: dict[tuple[str, str], list[Annotation]] = {}
    for one in annotations.of("exclude"):
        if not one.target.who:
            own.setdefault((one.target.source, one.annotator), []).append(one)
    events = [one for one in annotations.of("event") if not one.target.who]
    return events + [one for some in own.values() for one in apart(some)]


def _project(annotations: Annotations, media: Media) -> dict[str, Any]:
    spans = timed(with_lengths(annotations, MOMENT_S), join=False)
    marks = _marks(annotations)
    pairs = dict.fromkeys(
        [(one.source, one.annotator) for one in spans] + [(m.target.source, m.annotator) for m in marks]
    )
    people = dict.fromkeys(one.who for one in spans)
    taken: set[str] = set()
    behaviours = [(code, "State event", STATE_COLORS.get(code, "#8A8F98")) for code in (*LABELS, EXCLUDED)]
    behaviours.append((EVENT, "Point event", "#1d2733"))
    return {
        "time_format": "hh:mm:ss",
        "project_date": max((one.made_at[:19] for one in annotations if one.made_at), default=""),
        "project_name": f"written by {GENERATOR}",
        "project_description": "",
        "project_format_version": "7.0",
        "subjects_conf": {str(k): {"key": "", "name": who, "description": ""} for k, who in enumerate(people)},
        "behaviors_conf": {
            str(k): _behaviour(k, code, kind, color) for k, (code, kind, color) in enumerate(behaviours)
        },
        "observations": {
            free_name(f"{source}, {annotator}" if annotator else source, taken): _observation(
                source, annotator, spans, marks, media
            )
            for source, annotator in pairs
        },
        "behavioral_categories": [],
        "behavioral_categories_config": {},
        "independent_variables": {
            "0": {"label": "observer", "description": "", "type": "text", "default value": "", "possible values": ""}
        },
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }


def _behaviour(k: int, code: str, kind: str, color: str) -> dict[str, Any]:
    rest = dict.fromkeys(("description", "category", "excluded", "coding map"), "")
    return {"type": kind, "key": chr(ord("1") + k), "code": code, "color": color, "modifiers": {}, **rest}


def _observation(
    source: str, annotator: str, spans: Iterable[Timed], marks: Iterable[Annotation], media: Media
) -> dict[str, Any]:
    file = str(whole_path(media.folder / source)) if media.folder is not None else source
    events: list[list[Any]] = []
    for one in spans:
        if (one.source, one.annotator) == (source, annotator):
            for span in one.spans:
                events.append([round(span.from_s, 3), one.who, span.state, "", span.note, "NA"])
                events.append([round(span.to_s, 3), one.who, span.state, "", "", "NA"])
    for mark in marks:
        if (mark.target.source, mark.annotator) == (source, annotator):
            start = mark.target.from_s or 0.0
            events.append([round(start, 3), "", EVENT if mark.kind == "event" else EXCLUDED, "", mark.note, "NA"])
            if mark.kind == "exclude":
                events.append([round(mark.target.to_s or start, 3), "", EXCLUDED, "", mark.note, "NA"])
    last = max((event[0] for event in events), default=0.0)
    info = {
        "length": media.length_s.get(source, last),
        "fps": media.fps.get(source, 25.0),
        "hasVideo": True,
        "hasAudio": False,
    }
    return {
        "file": {"1": [file], **{str(k): [] for k in range(2, 9)}},
        "type": "MEDIA",
        "date": "1970-01-01T00:00:00",
        "description": "",
        "time offset": 0.0,
        "events": sorted(events, key=lambda event: event[0]),
        "observation time interval": [0, 0],
        "independent_variables": {"observer": annotator},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "close_behaviors_between_videos": False,
        "media_info": {name: {file: value} for name, value in info.items()},
    }


BORIS = AnnotationFormat(
    name="boris",
    about="BORIS project: one observation for each recording and annotator, one subject for each person",
    ending=".boris",
    recognizes=_recognizes,
    read=_read,
    write=_write,
    photos=False,
)
