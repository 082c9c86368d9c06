"""A result as people changed it."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.exports.format import Material
from aiducation.exports.report import report_html
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.corrections import corrected
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json, to_json
from aiducation.observations.track_names import TrackNames
from aiducation.observations.tracks import tracks_of
from aiducation.states import OUTCOMES, STATES
from makers import faces_of, recording_of

NEUTRAL = np.array([0.6, 0.1, 0.1, 0.1, 0.1], np.float32)
SOURCE = "made up.mp4"


@pytest.fixture
def recording() -> Recording:
    """Six neutral faces for a minute, a sample a second."""
    return recording_of([[NEUTRAL] * 6] * 60)


def said(
    kind: str = "state", state: str = "", into: int | None = None, note: str = "", **target: object
) -> Annotations:
    about = Target(source=SOURCE, **target)  # type: ignore[arg-type]
    return Annotations((Annotation(kind=kind, target=about, state=state, into=into, note=note),))


def test_a_span_of_a_track(recording: Recording) -> None:
    edits = said(state="bored", track=2, from_s=10.0, to_s=20.0)
    changed = corrected(recording, edits)
    states = [frame.states[2] for frame in changed.pictures]
    assert states == ["neutral"] * 10 + ["bored"] * 10 + ["neutral"] * 40
    assert {state for frame in changed.pictures for state in frame.states[3:]} == {"neutral"}
    track = next(one for one in tracks_of(changed) if one.track_id == 2)
    assert [state for *_, state in track.spans] == ["neutral", "bored", "neutral"]
    before, after = (group_of(one, 1).over_time for one in (recording, changed))
    assert before is not None and after is not None
    bored = OUTCOMES.index("bored")
    assert after.shares[15, bored] == pytest.approx(before.shares[15, bored] * 5 / 6 + 1 / 6)
    np.testing.assert_array_equal(after.shares[30], before.shares[30])
    assert changed.notes == ("Changed by hand: states of 10 views of faces.",)
    assert changed.notes[0] in report_html(Material(result=changed, min_group=1))
    assert from_json(to_json(changed)).notes == changed.notes


def test_nothing_is_changed_in_place_and_no_edits_give_the_same(recording: Recording) -> None:
    before = to_json(recording)
    edits = said(state="bored", track=2) + said("hide", track=1) + said("exclude", from_s=3.0, to_s=9.0)
    assert to_json(corrected(recording, edits)) != before
    assert to_json(recording) == before
    assert corrected(recording, Annotations()) is recording


def test_cannot_tell_and_faces_that_the_model_did_not_judge() -> None:
    unclear = recording_of([[NEUTRAL, np.full(5, np.nan, np.float32)]] * 3)
    edits = said(state="cannot_tell", track=0) + said(state="focused", track=1)
    changed = corrected(unclear, edits)
    assert changed.pictures[0].states == ("unclear", "focused") and changed.pictures[0].reasons == ("cannot tell", "")
    assert np.isnan(changed.pictures[0].probs[0]).all() and changed.pictures[0].probs[1].max() == 1
    assert to_json(from_json(to_json(changed))) == to_json(changed)


def test_merge_split_and_hide(recording: Recording) -> None:
    apart = recording_of([[NEUTRAL] * 2] * 10)
    halves = corrected(apart, said("split", track=1, from_s=5.0, into=9))
    assert [int(frame.track_ids[1]) for frame in halves.pictures] == [1] * 5 + [9] * 5
    whole = corrected(apart, said("split", track=1, from_s=5.0, into=9) + said("merge", track=9, into=1))
    assert [int(frame.track_ids[1]) for frame in whole.pictures] == [1] * 10
    hidden = corrected(recording, said("hide", track=4))
    assert len(hidden.pictures[0]) == 5 and len(hidden.pictures[0].to_anonymize) == 6, "still anonymized"
    assert group_of(hidden, 1).found == 5 * 60


def test_excluded_spans_have_no_samples(recording: Recording) -> None:
    changed = corrected(recording, said("exclude", from_s=20.0, to_s=40.0, note="break"))
    assert isinstance(changed, Recording) and len(changed) == 40
    assert "excluded spans: 0:20 to 0:40 (break)" in changed.notes[0]
    over_time = group_of(changed, 1).over_time
    assert over_time is not None and not over_time.shown[25] and over_time.shown[45]
    one = corrected(recording, said("exclude", track=3, from_s=20.0, to_s=40.0))
    assert isinstance(one, Recording) and len(one) == 60 and len(one.pictures[25]) == 5


def test_a_photo_by_number_and_by_place() -> None:
    photo = faces_of([NEUTRAL] * 3)
    edits = said(state="angry", face=2) + said(state="bored", box=(62.0, 1.0, 99.0, 52.0))
    changed = corrected(photo, edits)
    assert changed.pictures[0].states == ("neutral", "bored", "angry")
    assert changed.notes == ("Changed by hand: states of 2 faces.",)


def test_what_cannot_be_applied_is_said_and_the_rest_is_done(recording: Recording) -> None:
    edits = (
        said("merge", track=1, into=2)
        + said("split", track=1, from_s=5.0, into=3)
        + said(state="bored", track=88, from_s=3.0, to_s=4.0)
        + said(state="bored", person="Mia", from_s=3.0, to_s=4.0)
        + said("exclude", from_s=900.0, to_s=901.0)
        + said("merge", track=77, into=1)
        + said(state="angry", track=0)
    )
    changed = corrected(recording, edits)
    assert {frame.states[0] for frame in changed.pictures} == {"angry"}
    refused = changed.notes[1]
    assert refused.startswith("6 edits could not be applied: ") and refused.endswith("; and 1 more.")
    for words in (
        "both tracks are seen at 0:00",
        "track 3 exists already",
        "the face was not found then",
        "no names",
    ):
        assert words in refused
    named = corrected(recording, said(state="bored", person="Mia"), TrackNames(source=SOURCE, names={5: "Mia"}))
    assert {frame.states[5] for frame in named.pictures} == {"bored"}
    typed = corrected(recording, said(state="bored", person="Mia "), TrackNames(source=SOURCE, names={5: " Mia"}))
    assert {frame.states[5] for frame in typed.pictures} == {"bored"}


def test_other_recordings_and_events_change_nothing(recording: Recording) -> None:
    other = Annotations((Annotation(target=Target(source="another.mp4", track=1), state=STATES[1]),))
    assert corrected(recording, other + said("event", from_s=1.0, note="quiz")) is recording


def test_where_annotators_differ_the_last_one_counts_and_is_told(recording: Recording) -> None:
    """Two codings make one result: whoever reads it should know what was decided by the order of the files."""

    def by(annotator: str, state: str, to_s: float) -> Annotation:
        about = Target(source=SOURCE, track=2, from_s=0.0, to_s=to_s)
        return Annotation(target=about, state=state, annotator=annotator)

    both = corrected(
        recording, Annotations((by("Anna", "bored", 20.0), by("Ben", "bored", 5.0), by("Ben", "angry", 4.0)))
    )
    assert both.notes[1:] == (
        "Views of faces whose state annotators do not agree on, and of which the last annotator's counts: 4.",
    )
    alone = corrected(recording, Annotations((by("Anna", "bored", 20.0), by("Anna", "angry", 4.0))))
    assert len(alone.notes) == 1
