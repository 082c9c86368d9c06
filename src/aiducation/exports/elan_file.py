"""ELAN: an annotation file (.eaf, version 3.0) with a tier for each track, one for the group and one for its change points."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from aiducation.exchange.media_addresses import media_addresses
from aiducation.exports.format import Format, Kind, Material
from aiducation.exports.tiers import Tier, in_ms, tiers_of
from aiducation.files import write_text
from aiducation.media.source_names import file_name_of
from aiducation.observations.recording import Recording
from aiducation.signature import GENERATOR, XML_MARK
from aiducation.states import UNCLEAR
from aiducation.visible import visible

#: The schema asks for a date; saved files say nothing of when they were made.
_NO_DATE = "1970-01-01T00:00:00+00:00"

#: What ELAN calls the kinds of recordings; "unknown" is its own word, too.
_MIME_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mpg": "video/mpeg",
    ".mpeg": "video/mpeg",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
}

#: Name of the controlled vocabulary: in ELAN an annotation is corrected by choosing from it.
_VOCABULARY = "states"


def eaf_text(tiers: Sequence[Tier], media: Sequence[tuple[str, str]], *, choices: Sequence[str] = ()) -> str:
    """An ELAN annotation file.

    Tiers with a vocabulary are those whose texts are all among the choices.

    Args:
        tiers: names are unique, spans in order of time, without overlap.
        media: absolute address and relative one of each recording that ELAN opens with it: see ``media_links``.
        choices: the controlled vocabulary that annotations are chosen from.

    Source: H. Sloetjes, "ELAN Annotation Format", schema of version 3.0.
    """
    times = [pair for tier in tiers for pair in in_ms(tier.spans)]
    ids, slots = _slots([t for pair in times for t in pair])
    numbers = itertools.count(1)
    body = [_tier(tier, ids, numbers, set(choices)) for tier in tiers]
    head = [
        "<MEDIA_DESCRIPTOR MEDIA_URL={} MIME_TYPE={} RELATIVE_MEDIA_URL={}/>".format(
            *map(_attribute, (absolute, _mime_type(relative), relative))
        )
        for absolute, relative in media
    ]
    head.append(f'<PROPERTY NAME="lastUsedAnnotationId">{len(times)}</PROPERTY>')
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            XML_MARK,
            f'<ANNOTATION_DOCUMENT AUTHOR="{GENERATOR}" DATE="{_NO_DATE}" FORMAT="3.0" VERSION="3.0"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">',
            '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">',
            *head,
            "</HEADER>",
            "<TIME_ORDER>",
            *slots,
            "</TIME_ORDER>",
            *body,
            f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="state" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"'
            f' CONTROLLED_VOCABULARY_REF="{_VOCABULARY}"/>',
            '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="text" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>',
            '<LANGUAGE LANG_DEF="http://cdb.iso.org/lg/CDB-00138502-001" LANG_ID="eng" LANG_LABEL="English (eng)"/>',
            f'<CONTROLLED_VOCABULARY CV_ID="{_VOCABULARY}">',
            '<DESCRIPTION LANG_REF="eng">Apparent states</DESCRIPTION>',
            *(
                f'<CV_ENTRY_ML CVE_ID="cve{i}"><CVE_VALUE LANG_REF="eng">{_text(choice)}</CVE_VALUE></CV_ENTRY_ML>'
                for i, choice in enumerate(choices)
            ),
            "</CONTROLLED_VOCABULARY>",
            "</ANNOTATION_DOCUMENT>",
            "",
        )
    )


def media_links(media: Path | None, source: str, folder: Path) -> tuple[str, str]:
    """Where ELAN finds a recording: an absolute address, and one that begins at the annotation file's folder.

    Where the recording's folder is not known, or is on another drive, it is looked for beside the annotation file; see
    ``media_addresses``.

    Args:
        media: the recording's file; None where it is not known.
        source: its name in the result.
        folder: where the annotation file goes.
    """
    name = file_name_of(source)
    if media is None:
        return f"file:///{name}", f"./{name}"
    return media_addresses(media, folder)


def _slots(times: Sequence[int]) -> tuple[Iterator[str], list[str]]:
    """The id of the slot of each time, as they come, and the slots in order of time, which ELAN's own files keep."""
    ids = [""] * len(times)
    lines = []
    for number, at in enumerate(sorted(range(len(times)), key=times.__getitem__), 1):
        ids[at] = f"ts{number}"
        lines.append(f'<TIME_SLOT TIME_SLOT_ID="ts{number}" TIME_VALUE="{times[at]}"/>')
    return iter(ids), lines


def _tier(tier: Tier, ids: Iterator[str], numbers: Iterator[int], choices: set[str]) -> str:
    kind = "state" if tier.spans and choices.issuperset(span.text for span in tier.spans) else "text"
    person = f" PARTICIPANT={_attribute(tier.person)}" if tier.person else ""
    lines = [f'<TIER LINGUISTIC_TYPE_REF="{kind}" TIER_ID={_attribute(tier.name)}{person}>']
    for span in tier.spans:
        lines.append(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{next(numbers)}" TIME_SLOT_REF1="{next(ids)}"'
            f' TIME_SLOT_REF2="{next(ids)}"><ANNOTATION_VALUE>{_text(span.text)}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        )
    return "\n".join((*lines, "</TIER>"))


def _text(text: str) -> str:
    return escape(visible(text))


def _attribute(text: str) -> str:
    return quoteattr(visible(text))


def _mime_type(name: str) -> str:
    return _MIME_TYPES.get(Path(name).suffix.lower(), "unknown")


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    if not isinstance(material.result, Recording):
        return []
    path = folder / f"{stem}.eaf"
    links = [media_links(material.media, material.result.source, folder)]
    write_text(path, eaf_text(tiers_of(material), links, choices=(*material.result.outcomes, UNCLEAR)))
    return [path]


ELAN = Format(
    name="elan",
    about="for ELAN: a tier for each track, the group, and its change points",
    recording=(Kind(".eaf", "application/xml"),),
    write=_write,
)
