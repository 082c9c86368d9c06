"""Made-up annotations, for tests of what reads, writes and compares them."""

from __future__ import annotations

from collections.abc import Sequence

from aiducation.observations.annotations import Annotation, Annotations, Target

#: A recording that two people coded: person -> spans of (from, to, state).
Coding = dict[str, Sequence[tuple[float, float, str]]]

TWO_PEOPLE: Coding = {
    "track 3": [(0.0, 4.5, "neutral"), (4.5, 9.25, "focused"), (12.0, 20.0, "bored")],
    'Zoë <&> "Ö"': [(0.5, 6.0, "focused"), (6.0, 7.125, "angry"), (8.0, 19.0, "cannot_tell"), (19.0, 20.0, "other")],
}


def coded(
    coding: Coding,
    annotator: str = "Anna",
    source: str = "lesson.mp4",
    box: tuple[float, float, float, float] | None = None,
) -> Annotations:
    """The annotations of one annotator."""
    return Annotations(
        tuple(
            Annotation(
                target=Target(
                    source=source,
                    track=int(who[6:]) if who.startswith("track ") else None,
                    person="" if who.startswith("track ") else who,
                    box=box,
                    from_s=start,
                    to_s=end,
                ),
                state=state,
                annotator=annotator,
            )
            for who, spans in coding.items()
            for start, end, state in spans
        )
    )


def photo_labels(states: Sequence[str], annotator: str = "Anna", source: str = "class.jpg") -> Annotations:
    """Labels of the faces of a photo, with boxes side by side as ``makers.faces_of`` makes them."""
    return Annotations(
        tuple(
            Annotation(
                target=Target(source=source, face=i, box=(60.0 * i, 0.0, 60.0 * i + 40, 50.0)),
                state=state,
                annotator=annotator,
            )
            for i, state in enumerate(states)
        )
    )
