"""Results that were saved, read again."""

from __future__ import annotations

import re
from pathlib import Path

from aiducation.errors import DataFileError
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json
from aiducation.records import naming, open_regular, read_record

#: Bytes of a result at most: two hours with thirty faces have 0.3 GB.
_LARGEST = 1 << 30

#: What stands near the beginning of a result, and in no other file of ours.
_RESULT = re.compile(rb'"schema_version":\s*\d+,\s*"kind":\s*"(photo|recording)"')


def is_result_json(path: Path) -> bool:
    """Whether a file is the JSON of a result; what is inside is checked by ``read_result``.

    Raises:
        DataFileError: it cannot be read.
    """
    with naming(path), open_regular(path) as file:
        return bool(_RESULT.search(file.read(4096)))


def read_result(path: Path) -> Faces | Recording:
    """The result in a file that ``analyze --save json`` wrote.

    Raises:
        DataFileError: the file is missing, damaged, of another version, or something else.
    """
    try:
        return from_json(read_record(path, most=_LARGEST))
    except DataFileError as error:
        words = str(error)
        raise DataFileError(words if str(path) in words else f"{path}: {words}") from error
