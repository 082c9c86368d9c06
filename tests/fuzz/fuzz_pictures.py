"""Any bytes as a photo, to the faces: a result or one of our errors.

    pip install atheris && python tests/fuzz/fuzz_pictures.py CORPUS-FOLDER [-max_total_time=600]

The harness has the form that OSS-Fuzz and ClusterFuzzLite run.
"""

from __future__ import annotations

import sys

from aiducation.errors import AiducationError
from aiducation.media.photos import decode_photo
from aiducation.vision.analyzer import Analyzer

_ANALYZER = Analyzer(threads=1)


def TestOneInput(data: bytes) -> None:  # noqa: N802 - the name that fuzzers look for
    try:
        picture = decode_photo(data, name="The photo", max_pixels=1_000_000)
    except AiducationError:
        return
    faces = _ANALYZER.photo(picture)
    assert len(faces.states) == len(faces.detections)


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()
