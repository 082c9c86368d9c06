"""Pictures of several sizes in one: each is enlarged or shrunk as a whole and put into the middle, as players do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aiducation.geometry import Fit, Size, largest
from aiducation.observations.faces import Faces


class SteadySpace:
    """The space of the first picture: whoever compares places over time does it there, and a change of size moves nothing."""

    def __init__(self) -> None:
        self._size: Size | None = None

    def fit(self, faces: Faces) -> Fit:
        """How places of a frame become places there."""
        size = (faces.width, faces.height)
        self._size = self._size or size
        return Fit.into(size, self._size)


def one_space(frames: Sequence[Faces]) -> list[Faces]:
    """The frames of a recording with all places in pixels of its largest frame; their quality stays what it was."""
    space = largest([(faces.width, faces.height) for faces in frames])
    return [in_space(faces, space) for faces in frames]


def in_space(faces: Faces, space: Size) -> Faces:
    """The faces of a picture where they lie once it is fitted into a space of (width, height)."""
    if (faces.width, faces.height) == space:
        return faces
    fit, found = Fit.into((faces.width, faces.height), space), faces.detections
    return replace(
        faces,
        width=space[0],
        height=space[1],
        detections=replace(found, boxes=fit.boxes(found.boxes), landmarks=fit.points(found.landmarks)),
        low_confidence=fit.boxes(faces.low_confidence),
    )


def size_note(sizes: Sequence[Size]) -> tuple[str, ...]:
    """What a reader should know of a recording whose picture changes its size."""
    in_order = list(dict.fromkeys(sizes))
    if len(in_order) < 2:
        return ()
    width, height = largest(sizes)
    named = [f"{wide} x {high}" for wide, high in in_order[:6]] + ["and others"] * (len(in_order) > 6)
    return (
        f"The picture changes its size during the recording ({', '.join(named)}). All boxes are given in pixels of the largest, "
        f"{width} x {height}; every other picture is fitted into it.",
    )
