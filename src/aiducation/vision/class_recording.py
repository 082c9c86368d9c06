"""Class recordings: one person a tile, so that who is who is known without tracking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from aiducation.media.class_folders import ClassFolder
from aiducation.media.class_reader import ClassReader, Tiles
from aiducation.media.sampling import check_interval
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.recording import Checkpoint, Recording
from aiducation.observations.views import for_views
from aiducation.vision.follower import Follower
from aiducation.vision.glimpse import Glimpse
from aiducation.vision.lost_faces import covered
from aiducation.vision.showing import OnFrame, OnProgress, gathered, show
from aiducation.vision.static_faces import without_still
from aiducation.vision.tracker import IN_A_ROW, STRONG

if TYPE_CHECKING:
    from aiducation.vision.analyzer import Analyzer


class TileFollower(Follower):
    """Gives the largest face of each tile the number of that tile's participant; other faces of a tile are not judged.

    Args:
        tiles: how participants share the picture.
        threshold, seed: see ``Follower``.

    Attributes:
        ids: (T,) int64, the number of each tile's participant.
        others: pictures of single tiles that showed further faces.
    """

    def __init__(self, tiles: Tiles, *, threshold: float, seed: int | Sequence[int] | None) -> None:
        super().__init__(threshold=threshold, seed=seed)
        draw = np.random.default_rng(seed)
        self.tiles, self.others = tiles, 0
        self.ids = draw.choice(np.arange(1, 1_000_000), tiles.count, replace=False).astype(np.int64)
        self._confirmed: set[int] = set()
        self._in_a_row = np.zeros(tiles.count, np.int64)

    def confirmed(self, faces: Faces) -> Faces:
        """The frame without what never was a face for sure."""
        return faces.only(np.array([number in self._confirmed for number in faces.track_ids], dtype=bool))

    def _tracked(self, faces: Faces, glimpse: Glimpse | None, known: np.ndarray | None) -> Faces:
        centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
        at = self.tiles.tile_at(centres)
        sides = np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1)
        order = np.argsort(-sides, kind="stable")
        _, first = np.unique(at[order], return_index=True)
        kept = np.zeros(len(faces), dtype=bool)
        kept[order[first]] = True
        self.others += len(set(at[~kept].tolist()))
        people, at = faces.only(kept), at[kept]
        if known is not None:
            self._go_on(at, known[kept])
        seen = np.isin(np.arange(self.tiles.count), at)
        self._in_a_row = np.where(seen, self._in_a_row + 1, 0)
        self._confirmed.update(self.ids[at[people.detections.scores >= STRONG]].tolist())
        self._confirmed.update(self.ids[self._in_a_row >= IN_A_ROW].tolist())
        return replace(people, track_ids=self.ids[at])

    def _go_on(self, tiles: np.ndarray, numbers: np.ndarray) -> None:
        """Take over a checkpoint's numbers; another tile that happened to draw one of them gets the one that is free then."""
        for tile, number in zip(tiles.tolist(), numbers.tolist(), strict=True):
            self.ids[self.ids == number] = self.ids[tile]
            self.ids[tile] = number


def class_recording(
    analyzer: Analyzer,
    recorded: ClassFolder,
    *,
    source: str,
    every_s: float,
    on_frame: OnFrame | None = None,
    min_group: int = 1,
    progress: OnProgress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Recording:
    """What is seen in a class with a file for each participant: one recording, a track for each participant.

    Args:
        analyzer: what finds and judges faces.
        recorded: the class.
        source: name in the results.
        every_s, on_frame, min_group, progress, checkpoint: see ``Analyzer.video``.

    Raises:
        DataFileError: none of the files can be read.
        ConfigError: ``every_s`` is out of its range.
    """
    check_interval(every_s)
    with ClassReader(recorded) as reader:
        follower = TileFollower(reader.tiles, threshold=analyzer.threshold, seed=analyzer.seed_for(source))
        looks = analyzer.followed(follower, reader, source, every_s, checkpoint)
        seen, ended = gathered(looks, progress, reader.duration_s)
        reader.finish()
        frames = tuple(map(analyzer.shown, without_still([follower.confirmed(faces) for faces in seen])))
        if on_frame:
            whole = analyzer.recording(source, every_s, frames)
            shown = covered(for_views(whole, group_of(whole, min_group)).frames)
            ended = show(reader, every_s, shown, on_frame, progress) and ended
    numbers = follower.ids.tolist()
    files = [{**file, "track_id": numbers[file["tile"]]} for file in reader.decoding["files"]]
    notes = [*recorded.notes, *reader.notes]
    if follower.others:
        notes.append(
            f"Pictures of single participants in which more than one face was seen: {follower.others:,}. The largest was judged; "
            "the others were anonymized where faces are, and not counted."
        )
    if not ended:
        notes.append("The analysis was stopped before the end of the recording.")
    return replace(
        analyzer.recording(source, every_s, frames, notes=tuple(notes), decoding={**reader.decoding, "files": files}),
        duration_s=reader.duration_s,
        complete=ended and reader.whole,
        stopped=not ended,
        changed=bool(reader.faults.changed),
    )
