"""Every kind of file that annotations are read from and written to; files are recognized by their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aiducation.errors import ConfigError, DataFileError, InputError, unknown_name
from aiducation.exchange.boris import BORIS
from aiducation.exchange.boris_table import BORIS_TABLE
from aiducation.exchange.csv_table import CSV_TABLE
from aiducation.exchange.cvat import CVAT_IMAGES, CVAT_VIDEO
from aiducation.exchange.elan import ELAN
from aiducation.exchange.format import AnnotationFormat, Codes, Labels, Media, ReadOptions, Write
from aiducation.exchange.label_studio import LABEL_STUDIO
from aiducation.exchange.own_json import OWN_JSON
from aiducation.exchange.source_choice import with_source
from aiducation.observations.annotations import LABELS, Annotations
from aiducation.records import naming, open_regular
from aiducation.tables.table import normalized

#: Name -> format. The first that recognizes a file reads it.
ANNOTATION_FORMATS: dict[str, AnnotationFormat] = {
    one.name: one for one in (OWN_JSON, ELAN, BORIS, BORIS_TABLE, LABEL_STUDIO, CVAT_IMAGES, CVAT_VIDEO, CSV_TABLE)
}

#: Bytes that a format looks at to recognize its files.
_START = 1 << 16


def format_of(path: Path) -> AnnotationFormat:
    """The format of a file.

    Raises:
        DataFileError: it cannot be read, or is not of a known kind.
    """
    with naming(path), open_regular(path) as file:
        start = file.read(_START)
    for one in ANNOTATION_FORMATS.values():
        if one.recognizes(start, path.name):
            return one
    raise DataFileError(
        f"{path} holds no annotations in a known format. Known are: "
        f"{'; '.join(one.about for one in ANNOTATION_FORMATS.values())}."
    )


def read_annotations(path: Path, options: ReadOptions | None = None) -> Labels:
    """The annotations in a file of any known kind.

    Args:
        path: the file.
        options: what it does not say itself.

    Raises:
        DataFileError: it cannot be read, or holds something else; the message says where.
    """
    options = options or ReadOptions()
    return with_source([(path, read_as_named(path, options))], options.source)[0]


def read_as_named(path: Path, options: ReadOptions) -> Labels:
    """The same by the names in the file, whichever source is asked for."""
    read = format_of(path).read(path, options)
    if not options.annotator:
        return read
    named = tuple(replace(one, annotator=options.annotator) for one in read.annotations)
    return replace(read, annotations=Annotations(named))


def write_annotations(annotations: Annotations, path: Path, to: str, media: Media | None = None) -> list[str]:
    """Write annotations for a tool.

    Args:
        annotations: what people say.
        path: the file.
        to: name of a format.
        media: what is known of the photos and recordings.

    Returns:
        A sentence for each thing that the format cannot hold.

    Raises:
        ConfigError: there is no such format, or it is only read.
        DataFileError: the format cannot hold these annotations at all.
        OutputError: the file cannot be written.
    """
    write = writer_of(to)
    try:
        return write(annotations, path, media or Media())
    except InputError as error:
        raise error if isinstance(error, DataFileError) else DataFileError(str(error)) from error


def writer_of(to: str) -> Write:
    """What writes annotations for a tool.

    Raises:
        ConfigError: there is no such format, or it is only read.
    """
    if to not in ANNOTATION_FORMATS:
        raise unknown_name("format of annotations", to, ANNOTATION_FORMATS)
    if (write := ANNOTATION_FORMATS[to].write) is None:
        names = ", ".join(name for name, other in ANNOTATION_FORMATS.items() if other.write)
        raise ConfigError(f"{to} can only be read, not written; these can be written: {names}.")
    return write


def codes_of(given: Sequence[str]) -> Codes:
    """What words mean, from "engaged=focused" and "laughing=" on the command line.

    Raises:
        ConfigError: one is not such a pair.
    """
    codes = {}
    for pair in given:
        word, equals, label = pair.partition("=")
        if not equals or not word.strip() or (label.strip() and normalized(label) not in LABELS):
            raise ConfigError(
                f"--code '{pair[:60]}' must be a word, '=', and one of {', '.join(LABELS)}, or nothing to leave it out."
            )
        codes[normalized(word)] = normalized(label)
    return Codes(given=codes)
