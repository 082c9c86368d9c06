"""Picture sequences: animated GIF, WebP, PNG and AVIF, and TIFF files of several pages, read as recordings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aiducation.errors import DataFileError, TooLargeError
from aiducation.media.animations import full_pages, opened, quiet
from aiducation.media.container_ends import missing_end
from aiducation.media.file_faults import GREW, OVERWRITTEN, FileFaults, change
from aiducation.media.frame_policy import EVERY_PICTURE
from aiducation.media.held_file import HeldFile
from aiducation.media.input_files import MAX_FRAME_PIXELS, check_file
from aiducation.media.photos import as_rgb, upright
from aiducation.media.sampling import SampleGrid
from aiducation.media.videos import Frame

if TYPE_CHECKING:
    from PIL import Image

#: A picture that says it stands for so many seconds or less stands for a tenth of a second: browsers do the same.
_SHORTEST_S, _USUAL_S = 0.0105, 0.1

#: Seconds that a page of a TIFF file stands: it has no times.
_PAGE_S = 1.0


class PictureSequence:
    """Reads the pictures of one file in turn, each composed as a viewer shows it; use it in a ``with`` block.

    It has the same methods as ``VideoReader``, so that the analysis can use either of them.

    Args:
        path: the file.
        max_pixels: that a picture may have.
        track: there is one, number 0.
        held: the file, where it is open already; it stays so.
        check: the checksum of its content, where it is known already.

    Attributes:
        width, height: of the pictures in pixels.
        pixels: of a picture.
        duration_s: how long all pictures together stand; None until all were read.
        damaged: pictures that could not be decoded.
        broke_off: whether the file ended before the pictures that it announces.
        faults: what is missing of the file, or happened to it meanwhile; known after ``finish``.
        notes: what a reader should know of the file, one sentence each.
        decoding: which software and decoder gave the pictures.

    Raises:
        DataFileError: the file is missing, empty or damaged, or has not that track.
        TooLargeError: its pictures have too many pixels.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_pixels: int = MAX_FRAME_PIXELS,
        track: int = 0,
        held: HeldFile | None = None,
        check: int | None = None,
    ) -> None:
        self.path = path
        self.damaged, self.broke_off = 0, False
        self.faults = FileFaults()
        self.duration_s: float | None = None
        self._read_s = 0.0  # until when pictures were read
        if track:
            check_file(path)
            raise DataFileError(f"{path} has one video track, number 0; there is no track {track}.")
        self._close = ExitStack()
        self._held = held or self._close.enter_context(HeldFile(path))
        self._state = self._held.first
        self._check = self._held.check() if check is None else check
        self._file = self._close.enter_context(self._held.buffered())
        try:
            with quiet():
                self._picture = opened(self._file)
                self._pages = full_pages(self._picture) if self._picture.format == "TIFF" else None
                if self._pages:
                    self._picture.seek(self._pages[0])
        except Exception as error:
            self._close.close()
            raise DataFileError(f"{path} is damaged or cut short: {error}.") from error
        self.width, self.height = self._upright_size()
        self.pixels, self._most = self.width * self.height, max_pixels
        if self.pixels > max_pixels:
            self._close.close()
            raise self._too_large(self._picture)
        self.notes: tuple[str, ...] = ()
        self.decoding = self._decoding()
        if self._pages is not None:
            self.duration_s = _PAGE_S * len(self._pages)
            self.notes = (f"The pages of the file have no times: each is shown for {_PAGE_S:g} second.",)

    def __enter__(self) -> PictureSequence:
        return self

    def __exit__(self, *_: object) -> None:
        self._close.close()

    def again(self) -> PictureSequence:
        """The same pictures once more, from the same open file."""
        return PictureSequence(self.path, max_pixels=self._most, held=self._held, check=self._check)

    def finish(self) -> FileFaults:
        """Check whether the file was complete and did not change, after all its pictures were read."""
        faults, now = self.faults, self._held.state()
        faults.sizes = (self._held.first.size, now.size)
        faults.changed = change(self._held.first, now) or (OVERWRITTEN if self._is_other() else "")
        faults.torn = missing_end(self._held)
        if not faults.torn and self.broke_off:
            faults.torn = "its last pictures cannot be decoded"
        if not faults.none:
            faults.from_s = self._read_s
        return faults

    def _is_other(self) -> bool:
        """Whether the file's content is not what it was when it was opened."""
        now = self._held.state()
        if now != self._state and now.size == self._state.size and self._held.check() == self._check:
            self._state = now  # only its name or its times were changed
        return now != self._state

    def frames(self, every_s: float | None = None, *, start_s: float = 0.0) -> Iterator[Frame]:
        """The samples in order of time; see ``sampling.SampleGrid`` for which pictures are samples. Call it once.

        Args:
            every_s: sampling interval in seconds; None gives every picture once.
            start_s: leave out what is sampled earlier.

        Raises:
            DataFileError: no picture of the file can be decoded.
        """
        grid, time_s, shown = SampleGrid(every_s), 0.0, 0
        for index, (picture, stands_s) in enumerate(self._pictures()):
            shown += 1
            times = [t for t in grid.times(time_s, time_s + stands_s) if t + 1e-6 >= start_s] if picture else []
            if picture and times:
                image = self._fitted(picture)
                for sampled_s in times:
                    yield Frame(index, sampled_s, image)
            time_s += stands_s
            self._read_s = time_s if picture else self._read_s
        if not shown:
            raise DataFileError(f"{self.path} has no picture that can be decoded.")
        self.duration_s = time_s

    def _upright_size(self) -> tuple[int, int]:
        """Width and height once the pictures are turned as the file's orientation mark says."""
        width, height = self._picture.size
        with suppress(Exception):  # whatever is wrong with the mark, see ``upright``
            if self._pages is None and self._picture.getexif().get(0x0112) in (5, 6, 7, 8):
                return height, width
        return width, height

    def _decoding(self) -> dict[str, Any]:
        import PIL

        return {
            "software": f"Pillow {PIL.__version__}",
            "container": str(self._picture.format).lower(),
            "decoder": type(self._picture).__name__,
            "track": 0,
            "tracks": 1,
            "policy": EVERY_PICTURE,
        }

    def _pictures(self) -> Iterator[tuple[Image.Image | None, float]]:
        """Each picture with the seconds that it stands; None for one that cannot be decoded."""
        still = int(bool(getattr(self._picture, "default_image", False)))  # for viewers that know no animation
        for number in range(still, self._count()):
            try:
                with quiet():
                    self._picture.seek(number if self._pages is None else self._pages[number])
                    if self._picture.width * self._picture.height > self._most:
                        raise self._too_large(self._picture)
                    self._picture.load()
                if self._is_other() and change(self._held.first, self._held.state()) != GREW:
                    return
            except TooLargeError:
                raise
            except EOFError:
                self.broke_off = True
                return
            except Exception:  # decoders raise whatever comes to them on damaged bytes
                self.damaged += 1
                self.broke_off = True  # unless a page that follows is sound
                if self._pages is None:  # the pictures that follow are drawn over this one
                    return
                yield None, _PAGE_S
                continue
            self.broke_off = False
            yield self._picture, self._stands_s()

    def _count(self) -> int:
        if self._pages is not None:
            return len(self._pages)
        with quiet():
            try:
                return int(getattr(self._picture, "n_frames", 1))
            except Exception:  # counting a damaged file's pictures: take what comes
                return 1_000_000_000

    def _stands_s(self) -> float:
        if self._pages is not None:
            return _PAGE_S
        stands_s = float(self._picture.info.get("duration") or 0) / 1000
        return stands_s if stands_s > _SHORTEST_S else _USUAL_S

    def _fitted(self, picture: Image.Image) -> np.ndarray:
        """(height, width, 3) uint8 RGB; pages of other sizes are fitted into that of the first, with black bars."""
        from PIL import Image, ImageOps

        image = as_rgb(upright(picture)[0])
        if image.size == (self.width, self.height):
            return np.array(image)
        return np.array(ImageOps.pad(image, (self.width, self.height), Image.Resampling.LANCZOS))

    def _too_large(self, picture: Image.Image) -> TooLargeError:
        return TooLargeError(
            f"{self.path} has pictures of {picture.width:,} x {picture.height:,} pixels, more than the limit of "
            f"{self._most:,}; make them smaller."
        )
