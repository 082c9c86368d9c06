"""Sources: how what was named becomes a recording, whether it is stored or live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiducation.batch.options import SaveOptions
from aiducation.media.inputs import Address, Class, Device, File
from aiducation.media.videos import Frame
from aiducation.observations.recording import Checkpoint, Recording
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.class_recording import class_recording
from aiducation.vision.parts import PartLooks
from aiducation.vision.showing import OnFrame, OnProgress


@dataclass(frozen=True)
class Sources:
    """Analyzes recordings of every kind.

    Attributes:
        analyzer: what finds and judges faces.
        options: sampling interval, smallest group, video track.
        on_frame, progress, parts: see ``Analyzer.video``.
    """

    analyzer: Analyzer
    options: SaveOptions
    on_frame: OnFrame | None
    progress: OnProgress | None
    parts: Sequence[PartLooks] = ()

    def stored(self, one: File | Class, source: str, checkpoint: Checkpoint) -> Recording:
        """What is seen in files; see ``Analyzer.video``.

        Args:
            one: a video file, or a class with a file for each participant.
            source: name in the results.
            checkpoint: what was seen before, and where to write down the rest.
        """
        if isinstance(one, Class):
            return class_recording(self.analyzer, one.recorded, checkpoint=checkpoint, **self._asked(source))
        return self.analyzer.video(
            one.path, checkpoint=checkpoint, track=self.options.track, parts=self.parts, **self._asked(source)
        )

    def live(self, one: Device | Address, source: str, on_end: Callable[[], None]) -> Recording:
        """What a camera, the screen or a stream shows until it ends or Ctrl-C is pressed; see ``Analyzer.live``.

        Args:
            one: which.
            source: name in the results.
            on_end: called when it has ended by itself.
        """
        from aiducation.media.devices import DeviceReader
        from aiducation.media.streams import StreamReader

        every_s = self.options.every_s
        reader = (
            StreamReader(one, every_s)
            if isinstance(one, Address)
            else DeviceReader(one.kind, one.number, every_s, label=one.label)
        )

        def frames() -> Iterator[Frame]:
            yield from reader.frames()
            on_end()

        seen = self.analyzer.live(frames(), **self._asked(source))
        return replace(seen, notes=(*seen.notes, *reader.notes), complete=reader.complete, decoding=reader.decoding)

    def _asked(self, source: str) -> dict[str, Any]:
        """What every kind of recording is analyzed with."""
        return {
            "source": source,
            "every_s": self.options.every_s,
            "min_group": self.options.min_group,
            "on_frame": self.on_frame,
            "progress": self.progress,
        }
