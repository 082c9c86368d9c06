"""ELAN (.eaf): one tier for each person, whose annotations are states; a tier of events and one of excluded spans.

Source: EAF 3.0, https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf and its schema.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

import numpy as np

from aiducation.errors import DataFileError, InputError
from aiducation.exchange.format import AnnotationFormat, Labels, Media, ReadOptions, wrong
from aiducation.exchange.media_addresses import media_addresses
from aiducation.exchange.targets import (
    MOMENT_S,
    SINGLE_S,
    apart,
    free_name,
    joined,
    one_recording,
    person_of,
    unsaid,
    with_lengths,
)
from aiducation.exchange.xml_nodes import Node, element, escaped, read_xml
from aiducation.files import write_text
from aiducation.observations.annotations import LABELS, Annotation, Annotations, Target
from aiducation.observations.spans import timed
from aiducation.signature import GENERATOR
from aiducation.tables.table import clean
from aiducation.words import clock

#: Tiers with a meaning of their own.
EVENTS, EXCLUDED = "events", "excluded"

#: What stands in an excluded span of which nobody said why: an annotation of ELAN should have a text.
_NO_REASON = "excluded"

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_LANGUAGE = "http://cdb.iso.org/lg/CDB-00130975-001"


def _recognizes(start: bytes, name: str) -> bool:
    return b"<ANNOTATION_DOCUMENT" in start


def _read(path: Path, options: ReadOptions) -> Labels:
    root = read_xml(path, "ANNOTATION_DOCUMENT")
    source = _source(root) or options.source
    if not source:
        raise DataFileError(f"{path} names no recording: name the recording that was labelled with --source.")
    times = _times(path, root)
    spans = [_spans(path, tier, times, root) for tier in root.all("TIER")]
    parents = _with_references({key: span for some in spans for key, span in some.items()}, root)
    items: list[Annotation] = []
    notes: list[str] = []
    for tier, own in zip(root.all("TIER"), spans, strict=True):
        some = _aligned(path, tier, own, parents, root)
        read = _Tier(path=path, tier=tier, source=source, options=options)
        values = [value for *_, value in some if value.strip()]
        if read.name not in (EVENTS, EXCLUDED) and not any(options.codes.label(value) for value in values):
            if values:
                notes.append(f"{path.name}: tier '{read.name}' contains no state and was left out.")
            continue
        items += read.annotations(some)
        if empty := len(some) - len(values):
            notes.append(
                f"{path.name}: annotations of tier '{read.name}' without a text, which were left out: {empty:,}."
            )
    if not items:
        raise DataFileError(
            f"{path} has no tier whose annotations name states: {', '.join(LABELS)}. If other words are used, "
            f"translate them with --code."
        )
    return Labels(annotations=Annotations(tuple(items)), notes=tuple(notes))


def _source(root: Node) -> str:
    """The name of the first medium; ELAN writes an address, with the folders of the computer where it was coded."""
    media = root.first("HEADER", "MEDIA_DESCRIPTOR")
    address = unquote(media.get("RELATIVE_MEDIA_URL") or media.get("MEDIA_URL")) if media else ""
    return PureWindowsPath(address.replace("file:", "")).name


def _times(path: Path, root: Node) -> dict[str, float]:
    """Seconds of each time slot in the recording. Slots without a value lie evenly between their neighbours."""
    header = root.first("HEADER")
    if header is not None and header.get("TIME_UNITS") not in ("", "milliseconds"):
        raise DataFileError(f"{path} counts time in {header.get('TIME_UNITS')[:30]}; only milliseconds are read.")
    media = root.first("HEADER", "MEDIA_DESCRIPTOR")
    origin = _milliseconds(path, media, "TIME_ORIGIN") if media is not None and media.get("TIME_ORIGIN") else 0.0
    order = root.first("TIME_ORDER")
    slots = list(order.all("TIME_SLOT")) if order is not None else []
    known = [(i, _milliseconds(path, slot, "TIME_VALUE")) for i, slot in enumerate(slots) if slot.get("TIME_VALUE")]
    numbers, milliseconds = [k for k, _ in known] or [0], [t for _, t in known] or [0.0]
    values = np.interp(np.arange(len(slots)), numbers, milliseconds)
    return {
        slot.get("TIME_SLOT_ID"): (value + origin) / 1000 for slot, value in zip(slots, values.tolist(), strict=True)
    }


def _milliseconds(path: Path, node: Node, name: str) -> float:
    if not re.fullmatch(r"-?\d{1,12}", node.get(name)):
        raise wrong(path, f"line {node.line:,}", f"'{node.get(name)[:30]}' is not a time in milliseconds.")
    return float(node.get(name))


#: Identifier -> beginning, end and text of an annotation.
_Spans = dict[str, tuple[float, float, str]]


def _spans(path: Path, tier: Node, times: Mapping[str, float], root: Node) -> _Spans:
    spans: _Spans = {}
    for one in _of(tier, "ALIGNABLE_ANNOTATION"):
        try:
            ends = [times[one.get(f"TIME_SLOT_REF{k}")] for k in (1, 2)]
        except KeyError:
            raise wrong(path, f"line {one.line:,}", "the annotation names a time slot that does not exist.") from None
        spans[one.get("ANNOTATION_ID")] = (ends[0], ends[1], _value(one, root))
    return spans


def _of(tier: Node, name: str) -> Iterator[Node]:
    return (one for annotation in tier.all("ANNOTATION") for one in annotation.all(name))


def _value(one: Node, root: Node) -> str:
    """The text, or that of the vocabulary's entry if only that is named."""
    value = one.words("ANNOTATION_VALUE")
    if value or not one.get("CVE_REF"):
        return value
    entries = (entry for vocabulary in root.all("CONTROLLED_VOCABULARY") for entry in vocabulary.all("CV_ENTRY_ML"))
    return next((entry.words("CVE_VALUE") for entry in entries if entry.get("CVE_ID") == one.get("CVE_REF")), "")


def _with_references(spans: _Spans, root: Node) -> _Spans:
    """The annotations that have a time of their own, and those that refer to one of them, also by way of others."""
    refers = {
        one.get("ANNOTATION_ID"): one.get("ANNOTATION_REF")
        for tier in root.all("TIER")
        for one in _of(tier, "REF_ANNOTATION")
    }
    found, lost = dict(spans), set[str]()
    for name in refers:
        way, at = dict[str, None](), name
        while at in refers and at not in found and at not in way and at not in lost:
            way[at] = None
            at = refers[at]
        if at in found:
            found |= dict.fromkeys(way, found[at])
        else:
            lost |= way.keys()
    return found


def _aligned(path: Path, tier: Node, own: _Spans, parents: _Spans, root: Node) -> list[tuple[float, float, str]]:
    """The annotations of a tier; those that refer to one of another tier have its time."""
    found = list(own.values())
    for one in _of(tier, "REF_ANNOTATION"):
        parent = parents.get(one.get("ANNOTATION_REF"))
        if parent is None:
            raise wrong(path, f"line {one.line:,}", "the annotation refers to one that does not exist.")
        found.append((parent[0], parent[1], _value(one, root)))
    return found


@dataclass(frozen=True, kw_only=True)
class _Tier:
    """A tier that is read."""

    path: Path
    tier: Node
    source: str
    options: ReadOptions

    @property
    def name(self) -> str:
        return self.tier.get("TIER_ID")

    def annotations(self, spans: list[tuple[float, float, str]]) -> Iterator[Annotation]:
        for start, end, value in spans:
            if not value.strip():
                continue
            try:
                found = self._annotation(start, end, value)
            except InputError as error:
                raise wrong(self.path, f"tier '{self.name}' at {clock(start)}", error) from error
            if found is not None:
                yield found

    def _annotation(self, start: float, end: float, value: str) -> Annotation | None:
        about = {
            "annotator": self.options.annotator or clean(self.tier.get("ANNOTATOR")) or self.path.stem,
            "target": Target(source=self.source, from_s=round(start, 4), to_s=round(end, 4)),
        }
        single = end - start < SINGLE_S
        if self.name == EVENTS and single:
            about["target"] = Target(source=self.source, from_s=round(start, 4))
        if self.name in (EVENTS, EXCLUDED):
            note = "" if (self.name, value) == (EXCLUDED, _NO_REASON) else value
            return Annotation(kind="event" if self.name == EVENTS else "exclude", note=note, **about)  # type: ignore[arg-type]
        label = self.options.codes.label(value)
        if label is None:
            raise InputError(self.options.codes.unknown(value))
        who = person_of(
            self.name
        )  # the tiers of our own files are called like their tracks, their participants like places
        if "track" not in who:
            who = person_of(clean(self.tier.get("PARTICIPANT")) or self.name)
        target = Target(source=self.source, from_s=round(start, 4), to_s=round(start if single else end, 4), **who)
        return Annotation(state=label, target=target, annotator=str(about["annotator"])) if label else None


def _write(annotations: Annotations, path: Path, media: Media) -> list[str]:
    source = one_recording(annotations, "ELAN")
    write_text(path, eaf_text(annotations, source, media, path.parent))
    said = unsaid(annotations, "ELAN", kinds=("state", "event", "exclude"))
    people = {(one.kind, one.annotator) for one in annotations.of("event", "exclude") if not one.target.who}
    excluded = [one for one in annotations.about(source).of("exclude") if not one.target.who]
    said += joined(len(excluded), len(apart(excluded)))
    if len(people) > len({kind for kind, _ in people}):
        said.append("ELAN's tiers of events and excluded spans hold those of all annotators, without their names.")
    return said


@dataclass
class _Document:
    """Annotations that are numbered over the whole file, each with two time slots of its own. Where a slot is shared, whoever
    moves the end of one annotation moves those of others with it, and pympi shifts it once for each of them."""

    times: list[int] = field(default_factory=list)
    count: int = 0

    def annotation(self, start_s: float, end_s: float, value: str) -> str:
        self.count += 1
        start = round(1000 * start_s)
        self.times += [start, max(round(1000 * end_s), start + 1)]
        refs = {f"TIME_SLOT_REF{k}": f"ts{2 * self.count - 2 + k}" for k in (1, 2)}
        inner = element("ANNOTATION_VALUE", None, escaped(value), depth=4)
        return element(
            "ANNOTATION",
            None,
            element("ALIGNABLE_ANNOTATION", {"ANNOTATION_ID": f"a{self.count}", **refs}, inner, depth=3),
            depth=2,
        )


def eaf_text(annotations: Annotations, source: str, media: Media, beside: Path) -> str:
    """The file as text; it has no date of its own: it bears that of the latest annotation.

    Args:
        annotations: what people say.
        source: the recording.
        media: what is known of it.
        beside: the folder of the file, from which ELAN looks for the recording.
    """
    document = _Document()
    people = timed(with_lengths(annotations.about(source), MOMENT_S))
    several = len({one.annotator for one in people}) > 1
    taken = {EVENTS, EXCLUDED}
    tiers = []
    for one in people:
        name = free_name(f"{one.who}, {one.annotator or 'unknown'}" if several else one.who, taken)
        about = {"ANNOTATOR": one.annotator, "LINGUISTIC_TYPE_REF": "state", "PARTICIPANT": one.who, "TIER_ID": name}
        inside = [document.annotation(span.from_s, span.to_s, span.state) for span in one.spans]
        tiers.append(element("TIER", about, *inside, depth=1))
    for name, kind in ((EVENTS, "event"), (EXCLUDED, "exclude")):
        marks = [one for one in annotations.about(source).of(kind) if not one.target.who]
        marks = apart(marks) if kind == "exclude" else marks
        if inside := [_mark(document, one) for one in marks]:
            by = {one.annotator for one in marks}
            about = {"ANNOTATOR": by.pop()} if len(by) == 1 else {}
            about |= {"LINGUISTIC_TYPE_REF": "note", "TIER_ID": name}
            tiers.append(element("TIER", about, *inside, depth=1))
    slots = [
        element("TIME_SLOT", {"TIME_SLOT_ID": f"ts{number}", "TIME_VALUE": ms}, depth=2)
        for number, ms in sorted(enumerate(document.times, 1), key=lambda slot: slot[1])
    ]
    date = max((one.made_at for one in annotations if one.made_at), default="1970-01-01T00:00:00Z")
    body = element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": GENERATOR,
            "DATE": date,
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
        _header(source, media, beside, document.count),
        element("TIME_ORDER", None, *slots, depth=1),
        *tiers,
        *_types(),
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _mark(document: _Document, one: Annotation) -> str:
    start = one.target.from_s or 0.0
    end = one.target.to_s if one.target.to_s is not None else start
    return document.annotation(start, end, one.note or _NO_REASON)


def _header(source: str, media: Media, beside: Path, count: int) -> str:
    kind = mimetypes.guess_type(source)[0] or "video/unknown"
    whole = relative = f"./{source}"
    if media.folder is not None:
        whole, relative = media_addresses(media.folder / source, beside)
    descriptor = {"MEDIA_URL": whole, "MIME_TYPE": kind, "RELATIVE_MEDIA_URL": relative}
    return element(
        "HEADER",
        {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"},
        element("MEDIA_DESCRIPTOR", descriptor, depth=2),
        element("PROPERTY", {"NAME": "lastUsedAnnotationId"}, str(count), depth=2),
        depth=1,
    )


def _types() -> Iterator[str]:
    """Tiers of states offer the states to choose from."""
    yield element(
        "LINGUISTIC_TYPE",
        {
            "CONTROLLED_VOCABULARY_REF": "states",
            "GRAPHIC_REFERENCES": "false",
            "LINGUISTIC_TYPE_ID": "state",
            "TIME_ALIGNABLE": "true",
        },
        depth=1,
    )
    yield element(
        "LINGUISTIC_TYPE",
        {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": "note", "TIME_ALIGNABLE": "true"},
        depth=1,
    )
    yield element("LANGUAGE", {"LANG_DEF": _LANGUAGE, "LANG_ID": "und", "LANG_LABEL": "undetermined (und)"}, depth=1)
    entries = [
        element(
            "CV_ENTRY_ML",
            {"CVE_ID": f"cve_{label}"},
            element("CVE_VALUE", {"LANG_REF": "und"}, label, depth=3),
            depth=2,
        )
        for label in LABELS
    ]
    about = element("DESCRIPTION", {"LANG_REF": "und"}, "Apparent states", depth=2)
    yield element("CONTROLLED_VOCABULARY", {"CV_ID": "states"}, about, *entries, depth=1)


ELAN = AnnotationFormat(
    name="elan",
    about="ELAN: one tier for each person, and the tiers 'events' and 'excluded'",
    ending=".eaf",
    recognizes=_recognizes,
    read=_read,
    write=_write,
    photos=False,
)
