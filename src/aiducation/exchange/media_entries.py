"""What is known of photos and recordings as JSON values: our own files of annotations and the API have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiducation.exchange.format import Media


def media_entries(media: Media, sources: Iterable[str]) -> list[dict[str, Any]]:
    """An entry for each source of which something is known; what is not known is left out."""
    entries = []
    for source in sources:
        width, height = media.sizes.get(source, (None, None))
        known = {
            "width": width,
            "height": height,
            "fps": media.fps.get(source),
            "length_s": media.length_s.get(source),
            "frames_off": media.frames_off.get(source),
        }
        if about := {name: value for name, value in known.items() if value is not None}:
            entries.append({"source": source, **about})
    return entries


def media_from(entries: Iterable[Mapping[str, Any]]) -> Media:
    """What ``media_entries`` wrote."""
    some = list(entries)

    def of(name: str) -> dict[str, Any]:
        return {one["source"]: one[name] for one in some if one.get(name) is not None}

    widths, heights = of("width"), of("height")
    return Media(
        sizes={source: (width, heights[source]) for source, width in widths.items() if source in heights},
        fps=of("fps"),
        length_s=of("length_s"),
        frames_off=of("frames_off"),
    )
