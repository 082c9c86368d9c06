"""Frames of a long session or recording, kept in little memory."""

from __future__ import annotations

import io
import pickle  # nosec B403 - only what this process packed itself is unpacked
import zlib
from collections import deque
from collections.abc import Iterator
from typing import Any

from aiducation.observations.faces import Faces, MadeWith

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
        self._packed: deque[bytes] = deque()
        self._made_with: list[MadeWith] = []  # larger than all faces of a frame, and mostly one for all frames
        self._shown: tuple[int, tuple[Faces, ...]] = 0, ()  # blocks and loose frames, exchanged together

    def add(self, faces: Faces) -> None:
        """Keep one more frame."""
        blocks, loose = self._shown
        loose = (*loose, faces)
        if len(loose) == _BLOCK:
            self._packed.append(self._pack(loose))
            blocks, loose = blocks + 1, ()
        self._shown = blocks, loose
        self.last, self.faces = faces, self.faces + len(faces)

    def __len__(self) -> int:
        blocks, loose = self._shown
        return blocks * _BLOCK + len(loose)

    def __iter__(self) -> Iterator[Faces]:
        blocks, loose = self._shown
        for i in range(blocks):
            yield from self._unpack(self._packed[i])
        yield from loose

    def drained(self) -> Iterator[Faces]:
        """All frames, each block of which is let go as soon as it is unpacked; to be called once no frame is added any more."""
        blocks, loose = self._shown
        self._shown = 0, loose
        for _ in range(blocks):
            yield from self._unpack(self._packed.popleft())
        yield from loose

    def _pack(self, frames: tuple[Faces, ...]) -> bytes:
        packed = io.BytesIO()
        pickler = pickle.Pickler(packed)
        pickler.persistent_id = self._number_of  # type: ignore[method-assign]
        pickler.dump(frames)
        return zlib.compress(packed.getvalue(), 1)

    def _unpack(self, block: bytes) -> tuple[Faces, ...]:
        unpickler = pickle.Unpickler(io.BytesIO(zlib.decompress(block)))  # nosec B301 - packed above
        unpickler.persistent_load = self._made_with.__getitem__  # type: ignore[method-assign]
        frames: tuple[Faces, ...] = unpickler.load()
        return frames

    def _number_of(self, value: Any) -> int | None:
        """Where what frames were made with is kept once; None of all other values, which are packed."""
        if not isinstance(value, MadeWith):
            return None
        if value not in self._made_with:
            self._made_with.append(value)
        return self._made_with.index(value)
