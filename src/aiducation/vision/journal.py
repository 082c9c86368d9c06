"""The journal of a recording: what was seen so far, so that an interrupted analysis can go on."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from aiducation.files import begin_file
from aiducation.temporary import open_plain
from aiducation.visible import json_text
from aiducation.vision.faces import Faces
from aiducation.vision.register import differences
from aiducation.vision.result_json import face_entries, faces_from_entries
from aiducation.vision.signature import GENERATOR

#: Frames after which the journal is brought to the disk: a crash costs no more than these.
_FLUSH_EVERY = 20


class Journal:
    """One line a frame with its tracks, as it was seen before smoothing, beside the results; use it in a ``with`` block.

    Smoothing is done again from these lines, and tracks go on from them, so that a resumed analysis gives what an uninterrupted
    one gives (numbers of new tracks apart, and rounding as in the JSON).

    Args:
        path: the file.
        settings: everything that the lines depend on: file, model, options.
        resume: keep what is there instead of beginning anew.

    Attributes:
        seen: the frames that were there.
        changed: names of the settings that are others than those it was begun with; it begins anew then.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], *, resume: bool) -> None:
        self.path = path
        self.seen: list[Faces] = []
        self.changed: list[str] = []
        self._settings = json.loads(json.dumps(settings))
        if resume and path.is_file():
            self._read()
        self._lines = 0
        self._file: TextIO | None = None

    def _read(self) -> None:
        with io.TextIOWrapper(open_plain(self.path), encoding="utf-8", errors="replace") as file:
            lines = file.readlines()
        for number, line in enumerate(lines):
            try:
                value = json.loads(line)
            except json.JSONDecodeError:
                break  # a line that a crash cut in two
            if number:
                self.seen.append(faces_from_entries(value.pop("faces"), **value))
            elif changed := differences(value, self._settings):
                self.changed = changed
                break

    def __enter__(self) -> Journal:
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
            whole = [head, *map(_line, self.seen)]  # without the line that a crash cut in two
            self._file = begin_file(self.path, "\n".join(whole) + "\n")
        self._file.write(_line(faces) + "\n")
        self._lines += 1
        if self._lines % _FLUSH_EVERY == 0:
            self._file.flush()


def _line(faces: Faces) -> str:
    names = ("source", "width", "height", "frame", "time_s", "standing", "cut")
    about = {name: getattr(faces, name) for name in names}
    return json_text({**about, "faces": list(face_entries(faces))})
