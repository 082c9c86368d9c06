"""--source: one of the photos and recordings that annotation files name, or another name for the single one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiducation.errors import DataFileError
from aiducation.exchange.format import Labels, Media
from aiducation.observations.annotations import Annotations
from aiducation.words import many

#: Names in a message at most.
_SHOWN = 5


def with_source(read: Sequence[tuple[Path, Labels]], source: str) -> list[Labels]:
    """The labels of files about the source that was asked for. If one of the files names it, only labels about it are read; if
    none does, it is another name for what each file names, which must be a single photo or recording then.

    Args:
        read: each file with what it says, by its own names.
        source: what was asked for; "" for everything.

    Raises:
        DataFileError: a file names several photos or recordings, and none of the files names this one.
    """
    if not source:
        return [labels for _, labels in read]
    if any(source in labels.annotations.sources for _, labels in read):
        return [_only(path, labels, source) for path, labels in read]
    return [_called(path, labels, source) for path, labels in read]


def _only(path: Path, labels: Labels, source: str) -> Labels:
    """The labels about a source; what is left out is said."""
    kept = labels.annotations.about(source)
    if not (left_out := len(labels.annotations) - len(kept)):
        return labels
    said = f"{many(left_out, 'annotation')} in {path.name} not about {source}, which --source chooses, left out."
    return replace(labels, annotations=kept, notes=(*labels.notes, said))


def _called(path: Path, labels: Labels, source: str) -> Labels:
    """The labels about a single photo or recording, by another name."""
    named = labels.annotations.sources
    if len(named) > 1:
        more = ", ..." if len(named) > _SHOWN else ""
        raise DataFileError(
            f"{path} is about {len(named):,} photos or recordings: {', '.join(named[:_SHOWN])}{more}. Choose one of these names "
            f"with --source; to give one of them another name, first write its labels to a file of their own: 'aiducation "
            f"annotations' with --source, --to and --out."
        )
    items = (replace(one, target=replace(one.target, source=source)) for one in labels.annotations)
    return replace(
        labels, annotations=Annotations(tuple(items)), media=_media(labels.media, dict.fromkeys(named, source))
    )


def _media(media: Media, names: Mapping[str, str]) -> Media:
    """What is known of photos and recordings, by their new names."""
    known = ("sizes", "fps", "length_s", "frames_off")
    renamed: dict[str, Any] = {
        kind: {names.get(source, source): value for source, value in getattr(media, kind).items()} for kind in known
    }
    return replace(media, **renamed)
