"""Any bytes as a file of ours: what it says, or one of our errors.

    pip install atheris && python tests/fuzz/fuzz_own_formats.py CORPUS-FOLDER [-max_total_time=600]

The first byte chooses the reader. The harness has the form that OSS-Fuzz and ClusterFuzzLite run.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from aiducation.batch.manifest import Manifest
from aiducation.data.splits import Split
from aiducation.data.vote_files import read_ferplus
from aiducation.errors import AiducationError
from aiducation.model_info import ModelInfo
from aiducation.observations.result_json import from_json
from aiducation.predictions import Predictions
from aiducation.records import parse, read_record
from aiducation.runs import RunInfo
from aiducation.vision.own_faces import read_labels

READERS: tuple[Callable[[Path], object], ...] = (
    lambda path: from_json(read_record(path)),
    lambda path: RunInfo.from_json(read_record(path)),
    lambda path: Manifest(path.parent),  # the file has its name, too
    lambda path: ModelInfo.from_json(path.read_bytes().decode("utf-8", "replace")),
    lambda path: parse(path.read_bytes()),
    Predictions.load,
    Split.load,
    read_labels,
    read_ferplus,
)


def TestOneInput(data: bytes) -> None:  # noqa: N802 - the name that fuzzers look for
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.jsonl"
        path.write_bytes(data[1:])
        try:
            READERS[data[0] % len(READERS) if data else 0](path)
        except (
            AiducationError,
            ValueError,
        ) as error:  # a ValueError of ``parse`` is turned into one of ours by its callers
            assert str(error)


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()
