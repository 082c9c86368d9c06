"""Class reader: the files of a class's participants as one recording, a tile for each participant, on one clock."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import AiducationError, DataFileError
from aiducation.media.class_folders import ClassFolder, Piece
from aiducation.media.file_faults import FileFaults
from aiducation.media.input_files import MAX_FRAME_PIXELS
from aiducation.media.letterbox import letterboxed
from aiducation.media.recording_files import Reader, open_recording
from aiducation.media.recording_notes import file_notes, is_whole
from aiducation.media.video_files import software
from aiducation.media.videos import Frame

#: Sides of a tile in pixels at most, and of the whole picture: a webcam's face has 50 pixels and more in such a tile.
_TILE, _SIDE = (640, 480), 3840

#: Times closer together than this are the same: those of pictures are rounded to it.
_SAME_S = 1e-6


@dataclass(frozen=True)
class Tiles:
    """How participants share the picture, row by row.

    Attributes:
        count: participants.
        size: (width, height) of a tile in pixels.
    """

    count: int
    size: tuple[int, int]

    @property
    def columns(self) -> int:
        """As many as rows, or one more."""
        return max(math.ceil(math.sqrt(self.count)), 1)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the whole picture."""
        return -(-self.count // self.columns) * self.size[1], self.columns * self.size[0]

    def corner(self, tile: int) -> tuple[int, int]:
        """(left, top) of a tile."""
        row, column = divmod(tile, self.columns)
        return column * self.size[0], row * self.size[1]

    def tile_at(self, points: np.ndarray) -> np.ndarray:
        """(N,) int64, the tile in which each of (N, 2) places lies."""
        column = np.clip(points[:, 0] // self.size[0], 0, self.columns - 1)
        row = np.clip(points[:, 1] // self.size[1], 0, max(-(-self.count // self.columns) - 1, 0))
        return np.asarray(np.minimum(row * self.columns + column, self.count - 1), dtype=np.int64)


class ClassReader:
    """Reads a class; use it in a ``with`` block. It offers what ``VideoReader`` offers.

    Every sampling interval has one picture. In each tile stands the sample of that participant's file that is nearest, so that
    no tile is more than half an interval early or late; a tile without a file at that time is black.

    Args:
        recorded: the class.

    Attributes:
        tiles: how participants share the picture.
        pixels: of the picture.
        duration_s: when the last file ends, on the clock of the class.
        faults: what is missing of a file, or happened to one meanwhile; known after ``finish``.
        notes: of single files, one sentence each; known after ``finish``.
        decoding: which files were read, and where each is shown.

    Raises:
        DataFileError: none of the files can be read.
    """

    def __init__(self, recorded: ClassFolder) -> None:
        self.recorded = recorded
        self.faults = FileFaults()
        self.notes: list[str] = []
        self._lost: list[Piece] = []
        self._short = False  # whether the end of a file is missing
        self._readers: dict[Piece, Reader] = {}
        sizes, ends = [(2, 2)], [0.0]
        for piece in recorded.pieces:
            try:
                with open_recording(piece.path) as reader:
                    sizes.append(_size(reader))
                    ends.append(piece.start_s + (reader.duration_s or 0.0))
            except AiducationError as error:
                self._lost.append(piece)
                self.notes.append(f"{piece.path.name} was left out. {error}")
        if len(self._lost) == len(recorded.pieces):
            raise DataFileError(
                f"None of the {len(recorded.pieces)} files in {recorded.path} can be read: {self.notes[0]}"
            )
        self.duration_s: float | None = max(ends)
        self.tiles = Tiles(len(recorded.participants), _tile(sizes, len(recorded.participants)))
        self.pixels = self.tiles.shape[0] * self.tiles.shape[1]
        self.decoding = self._decoding()

    def __enter__(self) -> ClassReader:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers.values():
            reader.__exit__(None, None, None)

    def again(self) -> ClassReader:
        """The same pictures once more."""
        return ClassReader(self.recorded)

    def frames(self, every_s: float, *, start_s: float = -math.inf) -> Iterator[Frame]:
        """A picture for each sampling interval, in order of time; those before ``start_s`` are left out. Call it once."""
        shown = [_Participant(self, pieces, every_s, start_s) for pieces in self.recorded.participants]
        first = max(math.ceil((max(start_s, 0.0) - _SAME_S) / every_s), 0)
        last = math.floor((self.duration_s or 0.0) / every_s + 1e-6)
        for index in range(first, last + 1):
            time_s = round(index * every_s, 6)
            picture = np.zeros((*self.tiles.shape, 3), np.uint8)
            for tile, participant in enumerate(shown):
                if (image := participant.at(time_s)) is not None:
                    left, top = self.tiles.corner(tile)
                    picture[top : top + image.shape[0], left : left + image.shape[1]] = image
            yield Frame(index, time_s, picture)

    def finish(self) -> FileFaults:
        """Look whether the files were whole and stayed as they were, now that their pictures were taken."""
        for piece in list(self._readers):
            self.close(piece)
        return self.faults

    @property
    def whole(self) -> bool:
        """Whether every file was read to its end; known after ``finish``."""
        return self.faults.none and not self._lost and not self._short

    def opened(self, piece: Piece) -> Reader | None:
        """The reader of a file, None if it cannot be read."""
        if piece in self._lost:
            return None
        try:
            reader = open_recording(piece.path)
        except AiducationError as error:
            self._lost.append(piece)
            self.notes.append(f"{piece.path.name} was left out. {error}")
            return None
        self._readers[piece] = reader
        return reader

    def close(self, piece: Piece) -> None:
        """Look whether a file was whole and stayed as it was, and close it: a long class has more files than can be open."""
        if reader := self._readers.pop(piece, None):
            with reader:
                faults = reader.finish()
            self.notes += (f"{piece.path.name}: {note}" for note in file_notes(reader))
            self._short = self._short or not is_whole(reader)
            if not faults.none:
                self.faults = faults if not self.faults.changed else self.faults

    def failed(self, piece: Piece, error: AiducationError) -> None:
        """Take note that no more can be read of a file."""
        self._lost.append(piece)
        self.notes.append(f"{piece.path.name} was read in part. {error}")

    def _decoding(self) -> dict[str, Any]:
        names = Counter(piece.path.name for piece in self.recorded.pieces)

        def name(path: Path) -> str:  # a name in several folders would not say whose file it is
            return path.name if names[path.name] == 1 else path.relative_to(self.recorded.path).as_posix()

        files = [
            {"file": name(piece.path), "start_s": round(piece.start_s, 3), "tile": tile}
            for tile, pieces in enumerate(self.recorded.participants)
            for piece in pieces
            if piece not in self._lost
        ]
        return {"software": software(), "files": files}


class _Participant:
    """What one participant's files show, time after time."""

    def __init__(self, reader: ClassReader, pieces: tuple[Piece, ...], every_s: float, start_s: float) -> None:
        self._reader, self._every_s, self._size = reader, every_s, reader.tiles.size
        self._samples = self._read(pieces, start_s)
        self._now: tuple[float, np.ndarray] | None = None
        self._next = next(self._samples, None)

    def at(self, time_s: float) -> np.ndarray | None:
        """The sample nearest to a time, at most half an interval away; None where there is none. Times must grow."""
        while self._next and (self._now is None or self._next[0] - time_s <= abs(time_s - self._now[0])):
            self._now, self._next = self._next, next(self._samples, None)
        near = self._now and abs(self._now[0] - time_s) <= self._every_s / 2 + 1e-3
        return self._now[1] if near and self._now else None

    def _read(self, pieces: tuple[Piece, ...], start_s: float) -> Iterator[tuple[float, np.ndarray]]:
        """Samples with their times on the clock of the class; of two files at one time the one that began first."""
        latest_s = -math.inf
        for piece in pieces:
            reader = self._reader.opened(piece)
            if reader is None:
                continue
            try:
                from_s = start_s - piece.start_s - self._every_s
                for frame in reader.frames(self._every_s, start_s=from_s):
                    time_s = piece.start_s + frame.time_s
                    if time_s > latest_s:
                        latest_s = time_s
                        yield time_s, letterboxed(frame.image, self._size)
            except DataFileError as error:
                self._reader.failed(piece, error)
            self._reader.close(piece)


def _size(reader: Any) -> tuple[int, int]:
    """(width, height) of a file's pictures as its container claims them."""
    frame = next(iter(reader.frames(None)), None)
    if frame is None or frame.image.size > 3 * MAX_FRAME_PIXELS:
        raise DataFileError("It has no picture.")
    return frame.image.shape[1], frame.image.shape[0]


def _tile(sizes: list[tuple[int, int]], count: int) -> tuple[int, int]:
    """The size of a tile: as large as the largest file, within its limits, with even sides."""
    columns = max(math.ceil(math.sqrt(count)), 1)
    most_w, most_h = min(_TILE[0], _SIDE // columns), min(_TILE[1], _SIDE // columns)
    width, height = max(w for w, _ in sizes), max(h for _, h in sizes)
    scale = min(most_w / width, most_h / height, 1.0)
    return max(int(width * scale) // 2 * 2, 2), max(int(height * scale) // 2 * 2, 2)
