"""Sources: how what was named becomes a recording, whether it is stored or live."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiducation.batch.options import SaveOptions
from aiducation.media.inputs import Address, Class, Device, File
from aiducation.observations.recording import Checkpoint, Recording
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.class_recording import class_recording
from aiducation.vision.showing import OnFrame, OnProgress


@dataclass(frozen=True)
class Sources:
    """Analyzes recordings of every kind.

    Attributes:
        analyzer: what finds and judges faces.
        options: sampling interval, smallest group, video track.
        on_frame, progress: see ``Analyzer.video``.
    """

    analyzer: Analyzer
    options: SaveOptions
    on_frame: OnFrame | None
    progress: OnProgress | None

    def stored(self, one: File | Class, source: str, checkpoint: Checkpoint) -> Recording:
        """What is seen in files; see ``Analyzer.video``.

        Args:
            one: a video file, or a class with a file for each participant.
            source: name in the results.
            checkpoint: what was seen before, and where to write down the rest.
        """
        options = self.options
        if isinstance(one, Class):
            return class_recording(
                self.analyzer,
                one.recorded,
                source=source,
                every_s=options.every_s,
                on_frame=self.on_frame,
                min_group=options.min_group,
                progress=self.progress,
                checkpoint=checkpoint,
            )
        return self.analyzer.video(
            one.path,
            source=source,
            every_s=options.every_s,
            on_frame=self.on_frame,
            min_group=options.min_group,
            progress=self.progress,
            checkpoint=checkpoint,
            track=options.track,
        )

    def live(self, one: Device | Address, source: str) -> Recording:
        """What a camera, the screen or a stream shows until it ends or Ctrl-C is pressed; see ``Analyzer.live``."""
        from aiducation.media.devices import live_frames
        from aiducation.media.streams import StreamReader

        options, reader = self.options, None
        if isinstance(one, Address):
            reader = StreamReader(one, options.every_s)
            frames = reader.frames()
        else:
            frames = live_frames(one.kind, one.number, options.every_s, label=one.label)
        seen = self.analyzer.live(
            frames,
            source=source,
            every_s=options.every_s,
            on_frame=self.on_frame,
            min_group=options.min_group,
            progress=self.progress,
        )
        if reader is None:
            return seen
        return replace(seen, notes=(*seen.notes, *reader.notes), complete=reader.complete, decoding=reader.decoding)
