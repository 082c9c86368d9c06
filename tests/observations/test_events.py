"""``observations.events``: what people marked in a recording becomes a note of its result."""

from __future__ import annotations

import numpy as np

from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.events import event_sentence, with_events
from makers import recording_of


def test_events_are_notes_in_order_of_time() -> None:
    recording = recording_of([[np.eye(5)[0]] for _ in range(4)])
    said = Annotations(
        tuple(
            Annotation(target=Target(source=source, from_s=at), kind="event", note=note)
            for source, at, note in (
                (recording.source, 61.0, "quiz!"),
                (recording.source, 5.0, "group work"),
                ("other.mp4", 1.0, "elsewhere"),
            )
        )
    )
    notes = with_events(recording, said).notes
    assert notes == ("0:05 marked: group work.", "1:01 marked: quiz!", *recording.notes)
    assert with_events(recording, Annotations()) is recording
    assert event_sentence(5.0) == "0:05 marked."
