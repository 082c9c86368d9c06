"""Frames of a long session or recording, kept in little memory."""

from __future__ import annotations

import pickle  # nosec B403 - only what this process packed itself is unpacked
import zlib
from collections.abc import Iterator

from aiducation.observations.faces import Faces

#: Frames that are packed together.
_BLOCK = 32


class PackedFrames:
    """Faces of one frame after the other, as they were; all but the last few are compressed.

    A frame of nine faces is a dozen small arrays, whose overhead is several times as large as what they hold. One thread may add
    frames while others read them.

    Attributes:
        last: the frame that was added last; None before the first.
        faces: how many faces all frames have together.
    """

    def __init__(self) -> None:
        self.last: Faces | None = None
        self.faces = 0
        self._packed: list[bytes] = []
        self._shown: tuple[int, tuple[Faces, ...]] = 0, ()  # blocks and loose frames, exchanged together

    def add(self, faces: Faces) -> None:
        """Keep one more frame."""
        blocks, loose = self._shown
        loose = (*loose, faces)
        if len(loose) == _BLOCK:
            self._packed.append(zlib.compress(pickle.dumps(loose), 1))
            blocks, loose = blocks + 1, ()
        self._shown = blocks, loose
        self.last, self.faces = faces, self.faces + len(faces)

    def __len__(self) -> int:
        blocks, loose = self._shown
        return blocks * _BLOCK + len(loose)

    def __iter__(self) -> Iterator[Faces]:
        blocks, loose = self._shown
        for block in self._packed[:blocks]:
            yield from pickle.loads(zlib.decompress(block))  # nosec B301 - packed above
        yield from loose
