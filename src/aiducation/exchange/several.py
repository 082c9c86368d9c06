"""Several annotation files at once: who said what, also where files do not say who labelled."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path

from aiducation.exchange.format import Media, ReadOptions
from aiducation.exchange.formats import read_as_named
from aiducation.exchange.source_choice import with_source
from aiducation.observations.annotations import Annotations
from aiducation.tables.table import clean, normalized


@dataclass(frozen=True, kw_only=True)
class SeveralLabels:
    """What was read from several files.

    Attributes:
        files: each file with its annotations; an annotator who is not named has the name of the file.
        notes: what a reader should know, one sentence each.
        media: what the files say of the photos and recordings.
    """

    files: tuple[tuple[Path, Annotations], ...]
    notes: tuple[str, ...]
    media: Media = field(default_factory=Media)

    @property
    def together(self) -> Annotations:
        """The annotations of all files, in their order."""
        return Annotations(tuple(one for _, some in self.files for one in some))


def read_several(paths: Sequence[Path], options: ReadOptions | None = None) -> SeveralLabels:
    """Read annotation files. Two files of one name that do not say who labelled, and that label the same photo or recording,
    count as two annotators, who are called after their files with as much of the folder as tells them apart.

    Args:
        paths: the files.
        options: what they do not say themselves.

    Raises:
        DataFileError: one cannot be read, or holds something else; the message says where.
    """
    options = options or ReadOptions()
    read = with_source([(path, read_as_named(path, options)) for path in paths], options.source)
    notes = [line for one in read for line in one.notes]
    said = [one.annotations for one in read]
    own = [_labels_of(path, some) for path, some in zip(paths, said, strict=True)]
    for stem in dict.fromkeys(clean(path.stem) for path in paths):
        alike = [k for k, path in enumerate(paths) if clean(path.stem) == stem and len(own[k])]
        if not _share_a_source([own[k] for k in alike]):
            continue
        names = telling_names([paths[k] for k in alike])
        for k, name in zip(alike, names, strict=True):
            said[k] = _renamed(said[k], ("", stem), name)
        files = " and ".join(str(paths[k]) for k in alike)
        notes.append(
            f"Labels of “{stem}” for the same photo or recording are in {files}. Where a file does not say who labelled, its "
            f"name is taken, so they count as {len(alike)} annotators: {', '.join(names)}. To choose names, fill in the "
            f"annotator in the files (in a CSV the column annotator), or give the files different names."
        )
    notes += _alike(
        [name or clean(path.stem) for path, some in zip(paths, said, strict=True) for name in some.annotators]
    )
    media = reduce(operator.or_, (one.media for one in read), Media())
    return SeveralLabels(files=tuple(zip(paths, said, strict=True)), notes=tuple(notes), media=media)


def _alike(names: Sequence[str]) -> list[str]:
    """A sentence for annotators whose names are the same but for capitals and blanks: often they are one person."""
    written: dict[str, dict[str, None]] = {}
    for name in names:
        written.setdefault(normalized(name), {})[name] = None
    return [
        f"Names of annotators that differ in capital letters or blanks alone: {', '.join(some)}. They count as "
        f"{len(some)} annotators; write the name of one person always in the same way."
        for some in written.values()
        if len(some) > 1
    ]


def telling_names(paths: Sequence[Path]) -> list[str]:
    """The shortest ends of paths that tell the files apart."""
    longest = max(len(path.parts) for path in paths)
    for n in range(1, longest):
        names = ["/".join(path.parts[-n:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]


def _labels_of(path: Path, said: Annotations) -> Annotations:
    """What was said by whoever is called after the file, or not at all."""
    return said.where(lambda one: one.kind in ("state", "group") and one.annotator in ("", clean(path.stem)))


def _share_a_source(several: Sequence[Annotations]) -> bool:
    sources = [source for some in several for source in some.sources]
    return len(several) > 1 and len(set(sources)) < len(sources)


def _renamed(said: Annotations, before: Sequence[str], name: str) -> Annotations:
    return Annotations(tuple(replace(one, annotator=name) if one.annotator in before else one for one in said))
