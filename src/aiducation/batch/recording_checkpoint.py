"""The checkpoint of a recording: what was seen so far, so that an interrupted analysis can go on."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from aiducation.batch.manifest import differences
from aiducation.files import begin_file
from aiducation.observations.faces import Faces
from aiducation.observations.result_json import checked_faces, face_entries
from aiducation.observations.schema import faces_schema
from aiducation.records import parse, read_lines
from aiducation.schemas import check, number, one_of, or_null, record, text, truth, whole
from aiducation.signature import GENERATOR
from aiducation.states import VIEWS
from aiducation.visible import json_text

#: Frames after which the checkpoint is brought to the disk: a crash costs no more than these.
_FLUSH_EVERY = 20


#: What the line of a frame looks like.
_SCHEMA = record(
    {
        "source": text(longest=4000),
        "width": whole(1, 1_000_000),
        "height": whole(1, 1_000_000),
        "frame": or_null(whole()),
        "time_s": number(0, 1e9),
        "standing": truth(),
        "cut": truth(),
        "view": one_of(*VIEWS),
        "faces": faces_schema(),
    }
)

#: How a line ends: with the checksum of the whole file up to there, so that no digit changes and no line goes unseen.
_SUM = re.compile(rb', "sum": (\d{1,10})\}$')


class RecordingCheckpoint:
    """One line for each frame with its tracks, before smoothing, in a file beside the results; use it in a ``with``
    block.

    Smoothing is done again from these lines, and tracks go on from them, so that a resumed analysis gives what an uninterrupted
    one gives (numbers of new tracks apart, and rounding as in the JSON).

    Args:
        path: the file.
        settings: everything that the lines depend on: file, model, options.
        resume: keep what is there instead of beginning anew.

    Attributes:
        seen: the frames that were there.
        changed: names of the settings that are others than those it was begun with; it begins anew then.
        passed_over: what is said of lines that are not as they were written: from the first of them on, pictures are analyzed
            anew. "" if there are none; of a last line that a crash cut in two nothing need be said.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], *, resume: bool) -> None:
        self.path = path
        self.seen: list[Faces] = []
        self.changed: list[str] = []
        self._settings = json.loads(json.dumps(settings))
        self.passed_over = ""
        self._sum = 0
        if resume and path.is_file():
            self._read()
        self._lines = 0
        self._file: TextIO | None = None

    def _read(self) -> None:
        number = 0
        try:
            for number, line in enumerate(read_lines(self.path)):
                if number:
                    faces, self._sum = _faces(line, self._sum, self.seen[-1] if self.seen else None)
                    self.seen.append(faces)
                elif not isinstance(head := parse(line or b""), dict):
                    raise ValueError("it is not a JSON object")
                elif changed := differences(head, self._settings):
                    self.changed = changed
                    return
                else:
                    self._sum = zlib.crc32(line or b"")
        except (OSError, ValueError) as error:
            if not self._is_cut(number):
                self.passed_over = (
                    f"line {number + 1:,} of {self.path.name} is not as this program writes it "
                    f"({str(error).rstrip('.')}); the recording is analyzed again from there on"
                )

    def _is_cut(self, number: int) -> bool:
        """Whether a line is the last and has no end, as a crash leaves it."""
        lines, last = 0, b""
        try:
            with self.path.open("rb") as file:
                while block := file.read(1 << 20):
                    lines, last = lines + block.count(b"\n"), block
        except OSError:
            return False
        return lines == number and not last.endswith(b"\n")

    def __enter__(self) -> RecordingCheckpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, faces: Faces) -> None:
        """Write down one frame as it was seen, with its tracks."""
        if not self._file:
            head = json.dumps({"generator": GENERATOR, **self._settings})
            self._sum = zlib.crc32(head.encode())
            whole = [head, *map(self._line, self.seen)]  # without the line that a crash cut in two
            self._file = begin_file(self.path, "\n".join(whole) + "\n")
        self._file.write(self._line(faces) + "\n")
        self._lines += 1
        if self._lines % _FLUSH_EVERY == 0:
            self._file.flush()

    def _line(self, faces: Faces) -> str:
        names = ("source", "width", "height", "frame", "time_s", "standing", "cut", "view")
        about = {name: getattr(faces, name) for name in names}
        line = json_text({**about, "faces": list(face_entries(faces))})
        self._sum = zlib.crc32(line.encode(), self._sum)
        return f'{line[:-1]}, "sum": {self._sum}}}'


def _faces(line: bytes | None, total: int, before: Faces | None) -> tuple[Faces, int]:
    """The faces in a line, and the checksum of the file up to its end.

    Args:
        line: without its end.
        total: the checksum up to its beginning.
        before: what the line before holds.

    Raises:
        ValueError: it is not as this program writes it, or does not follow the frame before it.
    """
    if line is None:
        raise ValueError("it is too long")
    if not (summed := _SUM.search(line)):
        raise ValueError("its checksum is missing")
    content = line[: summed.start()] + b"}"
    if (total := zlib.crc32(content, total)) != int(summed[1]):
        raise ValueError("its checksum does not match")
    value = parse(content)
    if why := check(value, _SCHEMA):
        raise ValueError(why)
    if before and not value["time_s"] > (before.time_s or 0.0):
        raise ValueError("its time is not after that of the line before")
    return checked_faces(value.pop("faces"), **value), total
