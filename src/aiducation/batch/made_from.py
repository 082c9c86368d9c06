"""What a result is made from, as JSON values: the manifest keeps it, and --resume makes again what is made from something new."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiducation.batch.manifest import Entry, differences
from aiducation.batch.names import Named
from aiducation.batch.options import SaveOptions
from aiducation.batch.transcripts import checksum
from aiducation.media.inputs import PHOTO
from aiducation.media.sampling import SAMPLING_VERSION
from aiducation.tables.dialects import STANDARD
from aiducation.texts import ENGLISH
from aiducation.vision.analyzer import Analyzer

#: What lines of earlier versions, which do not have these names, mean.
_NOT_SAID = {
    "CSV dialect": STANDARD,
    "seed of track ids": None,
    "view": "states",
    "transcript": None,
    "purpose": None,
    "language": ENGLISH,
    "explanation of faces": False,
}


def changed_since(before: Entry, now: dict[str, Any]) -> list[str]:
    """Names of the things that a result was made from, and that have changed since; ``now``: see ``made_from``."""
    return differences({**_NOT_SAID, **before.made_from}, now)


def seen_with(one: Named, analyzer: Analyzer, model: str, options: SaveOptions) -> dict[str, Any]:
    """Everything that decides what is seen in single pictures; ``model``: the checksum of its file."""
    sampling = {
        "interval": options.every_s,
        "seed of track ids": analyzer.seed,
        "video track": options.track,
        "rule of sampling": SAMPLING_VERSION,
    }
    return {
        "file": one.identity,
        "model": model,
        "assumptions": analyzer.assumptions.to_json(),
        "detector": analyzer.detector_name,
        "least quality": asdict(analyzer.limits),
        **(sampling if one.input.kind != PHOTO else {}),
    }


def made_from(
    one: Named, analyzer: Analyzer, model: str, options: SaveOptions, transcript: Path | None
) -> dict[str, Any]:
    """Everything that decides what the files hold; ``transcript``: the file beside the recording, if it is shown."""
    return {
        **seen_with(one, analyzer, model, options),
        "threshold": analyzer.threshold,
        "view": analyzer.view,
        "covering of faces": options.hide_faces,
        "smallest group": options.min_group,
        "CSV dialect": options.csv_dialect,
        "transcript": [options.transcript, checksum(transcript)] if transcript else None,
        "purpose": asdict(options.purpose) if options.purpose else None,
        "language": options.language,
        **({"explanation of faces": options.explain} if one.input.kind == PHOTO else {}),
    }
